"""Reads of reports; every one that leaves the store starts from what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.history.mirrors import State
from incidentbase.store.reports.mirrors import REPORT, TERM_LISTS
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.translations.models import ReportTranslation

RESPONSE_TAG = "response"

_LIST_OF_KIND = {kind: name for name, kind in TERM_LISTS.items()}


def states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of reports with their authors, submitters and tags."""
    rows = REPORT.rows(keys)
    found = {
        key: {**REPORT.state_of(row), **{name: [] for name in TERM_LISTS}}
        for key, row in rows.items()
    }
    names = {row.pk: key for key, row in rows.items()}
    terms = ReportTerm.objects.filter(report_id__in=names).order_by("report", "kind", "position")
    for term in terms:
        found[names[term.report_id]][_LIST_OF_KIND[term.kind]].append(term.value)
    return found


def visible(viewer: Viewer) -> QuerySet[Report]:
    """Return every report that the viewer may see, variants included."""
    return Report.objects.visible_to(viewer)


def complete(viewer: Viewer) -> QuerySet[Report]:
    """Return incident and issue reports that the viewer may see."""
    return visible(viewer).complete()  # type: ignore[attr-defined]


def get(report_number: int, *, viewer: Viewer) -> Report | None:
    """Return one complete report with its terms and translations, None when there is none."""
    return with_parts(complete(viewer)).filter(report_number=report_number).first()


def with_parts(reports: QuerySet[Report]) -> QuerySet[Report]:
    """Return the same reports with terms and translations read along (two queries more)."""
    return reports.prefetch_related(
        Prefetch("terms", ReportTerm.objects.order_by("kind", "position")),
        Prefetch("translations", ReportTranslation.objects.order_by("language")),
    )


def terms_of(report: Report, kind: str) -> list[str]:
    """Return the authors, submitters or tags of a report read by `with_parts`."""
    return [term.value for term in report.terms.all() if term.kind == kind]


def existing_numbers(numbers: Iterable[int]) -> set[int]:
    """Return which of the numbers belong to a stored report, whoever may see it."""
    rows = Report.objects.filter(report_number__in=set(numbers))
    return set(rows.values_list("report_number", flat=True))

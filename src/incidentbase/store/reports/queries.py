"""Reads of reports; every one that leaves the store starts from what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet, Value

from incidentbase.store.accounts.rules import EMBARGOED, Viewer
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


@dataclass(slots=True)
class IndexedReport:
    """What search needs of a report: plain values, its terms, its (language, title, text)."""

    key: int
    number: int
    title: str
    url: str
    source_domain: str
    plain_text: str
    language: str
    published_at: dt.datetime
    submitted_at: dt.datetime
    is_flagged: bool
    visibility: str
    embargoed_until: dt.datetime | None
    snippet_max_characters: int
    terms: dict[str, list[str]] = field(default_factory=dict)
    translations: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether this is an incident or issue report rather than a variant."""
        return bool(self.title and self.url and self.source_domain)


_INDEXED = (
    "pk",
    "report_number",
    "title",
    "url",
    "source_domain",
    "plain_text",
    "language",
    "published_at",
    "submitted_at",
    "is_flagged",
    "visibility",
    "embargoed_until",
    "snippet_max_characters",
)


def indexed(
    rows: QuerySet[Report], *, with_texts: bool = True, with_parts: bool = True
) -> list[IndexedReport]:
    """Return the reports by number as plain values, in three queries; made for many at a time.

    Without texts these stay empty; without parts so do terms and translations.
    """
    columns = [Value("") if name == "plain_text" and not with_texts else name for name in _INDEXED]
    found = [
        IndexedReport(*values) for values in rows.order_by("report_number").values_list(*columns)
    ]
    by_key = {each.key: each for each in found}
    if with_parts:
        _add_terms(by_key)
    if with_parts and with_texts:
        add_translations(found)
    return found


def _add_terms(by_key: dict[int, IndexedReport]) -> None:
    terms = ReportTerm.objects.filter(report__in=by_key).order_by("report", "kind", "position")
    for key, kind, value in terms.values_list("report_id", "kind", "value"):
        by_key[key].terms.setdefault(kind, []).append(value)


def add_translations(reports: Iterable[IndexedReport]) -> None:
    """Give the reports their translations, those read without parts."""
    by_key = {report.key: report for report in reports}
    rows = ReportTranslation.objects.filter(report__in=by_key).order_by("language")
    for key, *words in rows.values_list("report_id", "language", "title", "plain_text"):
        by_key[key].translations.append((words[0], words[1], words[2]))


def terms_of(report: Report, kind: str) -> list[str]:
    """Return the authors, submitters or tags of a report read by `with_parts`."""
    return [term.value for term in report.terms.all() if term.kind == kind]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A report with its tags, for lists of many."""

    number: int
    title: str
    tags: tuple[str, ...]


def tagged(numbers: Iterable[int], *, viewer: Viewer) -> list[Tagged]:
    """Return the visible reports among the numbers with their tags, by number."""
    rows = visible(viewer).filter(report_number__in=set(numbers)).order_by("report_number")
    named = list(rows.values_list("pk", "report_number", "title"))
    terms = ReportTerm.objects.filter(
        report__in=[key for key, _number, _title in named], kind=ReportTerm.TAG
    ).order_by("report", "position")
    tags: dict[int, list[str]] = {}
    for key, value in terms.values_list("report_id", "value"):
        tags.setdefault(key, []).append(value)
    return [Tagged(number, title, tuple(tags.get(key, ()))) for key, number, title in named]


def existing_numbers(numbers: Iterable[int]) -> set[int]:
    """Return which of the numbers belong to a stored report, whoever may see it."""
    rows = Report.objects.filter(report_number__in=set(numbers))
    return set(rows.values_list("report_number", flat=True))


def releases(
    after: dt.datetime, until: dt.datetime, *, viewer: Viewer
) -> list[tuple[str, dt.datetime]]:
    """Return the numbers of the complete reports whose embargo ended in the span, and when."""
    rows = complete(viewer).filter(
        visibility=EMBARGOED, embargoed_until__gt=after, embargoed_until__lte=until
    )
    pairs = rows.values_list("report_number", "embargoed_until")
    return [(str(key), end) for key, end in pairs if end is not None]

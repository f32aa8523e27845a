"""Variants as the incident page and the list of variants show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import pgettext

from incidentbase.kit import text
from incidentbase.serve.web import presenting
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.variants import rules


@dataclass(frozen=True, slots=True)
class VariantCard:
    """What `pages/incidents/variant.html` shows; `tools` is empty for who reviews nothing."""

    number: int
    date: dt.datetime
    markdown: str
    exchanges: list[str]
    status: str
    status_name: str
    submitters: str
    language: str
    direction: str
    sensitive: tuple[str, ...]
    tools: tuple[presenting.NamedLink, ...]

    @property
    def is_approved(self) -> bool:
        """Whether an editor stands behind it, so that its links may lead somewhere."""
        return self.status == rules.APPROVED


def card(report: Report, *, viewer: Viewer, themes: Sequence[str] = ()) -> VariantCard:
    """Return the card of a variant that was read with its terms."""
    status = rules.status_of(reports.terms_of(report, ReportTerm.TAG))
    return VariantCard(
        number=report.report_number,
        date=report.published_at,
        markdown=report.text,
        exchanges=[str(part) for part in report.inputs_outputs],
        status=status,
        status_name=status_in_words(status),
        submitters=", ".join(reports.terms_of(report, ReportTerm.SUBMITTER)),
        language=report.language,
        direction=text.direction(report.language),
        sensitive=tuple(presenting.theme_labels(themes)),
        tools=_tools(report.report_number) if viewer.has_role(INCIDENT_EDITOR) else (),
    )


def cards(
    rows: Iterable[Report], *, viewer: Viewer, themes: Sequence[str] = ()
) -> list[VariantCard]:
    """Return the cards of an incident's variants: approved ones first, rejected ones last."""
    made = [card(row, viewer=viewer, themes=themes) for row in rows]
    return sorted(made, key=lambda one: rules.STATUSES.index(one.status))


def status_in_words(status: str) -> str:
    """Return what a status of a variant is called; empty for all of them together."""
    return {
        rules.APPROVED: pgettext("status of a variant", "Approved"),
        rules.UNREVIEWED: pgettext("status of a variant", "Not reviewed"),
        rules.REJECTED: pgettext("status of a variant", "Rejected"),
        "": pgettext("status of a variant", "All"),
    }[status]


def _tools(number: int) -> tuple[presenting.NamedLink, ...]:
    query = f"?report_number={number}"
    return (
        presenting.NamedLink(pgettext("a variant", "Edit"), reverse("report-edit") + query),
        presenting.NamedLink(pgettext("a variant", "Withdraw"), reverse("report-withdraw") + query),
        presenting.NamedLink(pgettext("a variant", "History"), reverse("report-history") + query),
    )

"""Which incidents of a taxonomy are held against all of them, and in which fields.

A taxonomy gets a page of such charts by an entry in `COMPARISONS`, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidentbase.serve.web import counting
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import statistics
from incidentbase.store.taxonomies.models import Taxonomy, TaxonomyField
from incidentbase.store.taxonomies.statistics import Answers, Condition


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the narrower set is called, what makes an incident one of it, and the fields shown.

    One of the conditions is enough. Fields are named by their short names.
    """

    title: str | Promise
    name: str | Promise
    about: str | Promise
    conditions: tuple[Condition, ...]
    fields: tuple[str, ...]


COMPARISONS: Mapping[str, Comparison] = {
    "CSETv1": Comparison(
        title=_("CSETv1: AI harm compared with all incidents"),
        name=_("AI harm"),
        about=_(
            "An incident meets the definition of AI harm when its AI harm level is an event, a"
            " near-miss or an issue, or when the annotators found a special interest intangible"
            " harm that an AI system caused."
        ),
        conditions=(
            (
                "AI Harm Level",
                (
                    "AI tangible harm event",
                    "AI tangible harm near-miss",
                    "AI tangible harm issue",
                ),
            ),
            ("Annotator’s AI special interest intangible harm assessment", ("yes",)),
        ),
        fields=(
            "Sector of Deployment",
            "Infrastructure Sectors",
            "Location Region",
            "Date of Incident Year",
            "Harm Distribution Basis",
            "Impact on Critical Services",
            "Rights Violation",
            "Involving Minor",
            "Detrimental Content",
            "Public Sector Deployment",
            "Autonomy Level",
            "Intentional Harm",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Row:
    """One value: among all who answered, and among those of the narrower set who did."""

    value: str
    label: str
    is_translated: bool
    all: int
    all_percent: str
    meeting: int
    meeting_percent: str
    # In percent of all who answered, piece beside piece.
    meeting_width: float
    rest_width: float
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One field: how many answered it of each set, and its values."""

    field: TaxonomyField
    answered: int
    answered_meeting: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison found: how many incidents there are of each set, and its charts."""

    all: int
    meeting: int
    charts: list[Chart]


def compared(taxonomy: Taxonomy, comparison: Comparison, *, viewer: Viewer) -> Compared:
    """Return the charts of a comparison, in its order; fields that are no more are left out."""
    known = {field.short_name: field for field in reversed(taxonomies.fields_of(taxonomy))}
    fields = [known[name] for name in comparison.fields if name in known]
    meeting = statistics.numbers_meeting(taxonomy.pk, comparison.conditions, viewer=viewer)
    everything = statistics.answers(fields, viewer=viewer, with_reports=False)
    narrowed = statistics.answers(fields, viewer=viewer, meeting=meeting)
    return Compared(
        all=statistics.classified(viewer).get(taxonomy.pk, (0, 0))[0],
        meeting=len(meeting),
        charts=[
            _chart(taxonomy.namespace, field, everything[field.pk], narrowed[field.pk])
            for field in fields
        ],
    )


def _chart(namespace: str, field: TaxonomyField, own: Answers, narrowed: Answers) -> Chart:
    counts = {value.text: value.incidents for value in narrowed.values}
    rows = []
    for row in _in_order(field, counting.rows(namespace, field, own)):
        meeting = counts.get(row.value, 0)
        inner = counting.share(meeting, own.incidents)
        rows.append(
            Row(
                value=row.value,
                label=row.label,
                is_translated=row.is_translated,
                all=row.incidents,
                all_percent=row.percent,
                meeting=meeting,
                meeting_percent=counting.in_words(counting.share(meeting, narrowed.incidents)),
                meeting_width=round(inner, 1),
                rest_width=round(counting.share(row.incidents - meeting, own.incidents), 1),
                url=row.url,
            )
        )
    return Chart(field, own.incidents, narrowed.incidents, rows)


def _in_order(field: TaxonomyField, rows: Sequence[counting.Row]) -> Sequence[counting.Row]:
    """Return years one after the other, other values as they are."""
    is_years = field.display_type in counting.FREE_TYPES and all(
        row.value.isdigit() for row in rows
    )
    return sorted(rows, key=lambda row: int(row.value)) if is_years else rows


def as_data(compared: Compared) -> list[dict[str, Any]]:
    """Return the charts for programs."""
    return [
        {
            "field": chart.field.short_name,
            "field_number": str(chart.field.definition.get("field_number") or ""),
            "answered": {"all": chart.answered, "meeting": chart.answered_meeting},
            "values": [
                {"value": row.value, "all": row.all, "meeting": row.meeting} for row in chart.rows
            ],
        }
        for chart in compared.charts
    ]

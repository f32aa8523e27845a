"""How often the fields of taxonomies are answered, and how: published, of listed records.

Drafts never count, whoever looks: a number means the same for everybody who may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.taxonomies import queries, rules
from incidentbase.store.taxonomies.models import (
    Attribute,
    AttributeValue,
    Classification,
    TaxonomyField,
)

Side = Literal["incident", "report"]

# JSON that says nothing. Texts and groups have no values to tell whether they are answers.
_BLANK = r'^[\s\[\]{}]*(null|"(\s|\\[nrt])*")?[\s\[\]{}]*$'

# That a field says one of some values: (short name, values).
Condition = tuple[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Value:
    """One value with the number of incidents, and of reports, to which it was given."""

    text: str
    incidents: int
    reports: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What a field was answered with.

    `incidents` and `reports` are those with any answer, also one that is too long to be counted
    as a value; `values` begin with the most frequent.
    """

    incidents: int = 0
    reports: int = 0
    values: Sequence[Value] = field(default_factory=tuple)


def classified(viewer: Viewer) -> dict[int, tuple[int, int]]:
    """Return by taxonomy how many incidents and how many reports it has classified."""
    found: dict[int, tuple[int, int]] = {}
    sides: tuple[Side, Side] = ("incident", "report")
    for place, side in enumerate(sides):
        rows = _shown(side, viewer).values_list("taxonomy").annotate(n=Count(side, distinct=True))
        for taxonomy, number in rows:
            both = found.get(taxonomy, (0, 0))
            found[taxonomy] = (number, both[1]) if place == 0 else (both[0], number)
    return found


def numbers_meeting(
    taxonomy: int, conditions: Sequence[Condition], *, viewer: Viewer
) -> frozenset[int]:
    """Return the keys of the incidents for which a taxonomy meets one of the conditions."""
    wanted = Q()
    for name, values in conditions:
        wanted |= Q(values__field__short_name=name, values__text__in=list(values))
    rows = Attribute.objects.filter(
        wanted, classification__in=_shown("incident", viewer).filter(taxonomy=taxonomy)
    )
    return frozenset(rows.values_list("classification__incident", flat=True))


def answers(
    fields: Iterable[TaxonomyField],
    *,
    viewer: Viewer,
    with_reports: bool = True,
    meeting: frozenset[int] | None = None,
) -> dict[int, Answers]:
    """Return what public top-level fields were answered with, by their keys.

    With `meeting` only these incidents count, and no reports.
    """
    kept = [one for one in fields if one.is_public and one.parent_id is None]
    counted = [one.pk for one in kept]
    sides: list[Side] = ["incident"]
    if with_reports and meeting is None:
        sides.append("report")
    values: dict[Side, dict[tuple[int, str], int]] = {"incident": {}, "report": {}}
    answered: dict[Side, dict[int, int]] = {"incident": {}, "report": {}}
    for side in sides:
        shown = _shown(side, viewer).filter(taxonomy__in={one.taxonomy_id for one in kept})
        if meeting is not None:
            shown = shown.filter(incident__in=meeting)
        values[side] = _values(counted, shown, side)
        answered[side] = _answered(kept, shown, side)
    return {
        one.pk: Answers(
            answered["incident"].get(one.pk, 0), answered["report"].get(one.pk, 0), told
        )
        for one, told in zip(kept, _sorted(kept, values), strict=True)
    }


def _sorted(
    fields: Sequence[TaxonomyField], counts: Mapping[Side, Mapping[tuple[int, str], int]]
) -> Iterable[list[Value]]:
    found: dict[int, list[Value]] = {one.pk: [] for one in fields}
    for key in dict.fromkeys([*counts["incident"], *counts["report"]]):
        own, reports = counts["incident"].get(key, 0), counts["report"].get(key, 0)
        found[key[0]].append(Value(key[1], own, reports))
    for values in found.values():
        values.sort(key=lambda one: (-one.incidents, -one.reports, one.text))
    return found.values()


def incidents_by_value(one: TaxonomyField, *, viewer: Viewer) -> dict[str, set[int]]:
    """Return the keys of the incidents that have each value of a public field."""
    shown = _shown("incident", viewer).filter(taxonomy=one.taxonomy_id)
    found: dict[str, set[int]] = {}
    for text, key in _rows([one.pk] if one.is_public else [], shown).values_list(
        "text", "attribute__classification__incident"
    ):
        found.setdefault(text, set()).add(key)
    return found


def _shown(side: Side, viewer: Viewer) -> QuerySet[Classification]:
    """Return the published classifications of listed incidents, or of visible reports."""
    shown = queries.classifications(viewer).filter(is_published=True).order_by()
    if side == "incident":
        return shown.filter(incident__in=incidents.listed(viewer).order_by())
    return shown.filter(report__isnull=False)


def _rows(fields: list[int], shown: QuerySet[Classification]) -> QuerySet[AttributeValue]:
    return AttributeValue.objects.filter(
        field__in=fields, attribute__classification__in=shown.values("pk")
    )


def _values(
    fields: list[int], shown: QuerySet[Classification], side: Side
) -> dict[tuple[int, str], int]:
    subject = f"attribute__classification__{side}"
    rows = _rows(fields, shown).values_list("field", "text")
    counted = rows.annotate(number=Count(subject, distinct=True)).order_by()
    return {(key, text): number for key, text, number in counted}


def _answered(
    fields: Sequence[TaxonomyField], shown: QuerySet[Classification], side: Side
) -> dict[int, int]:
    """Return by field of how many records it was answered, in values or at length."""
    without_values = rules.NESTED_TYPES | rules.PROSE_TYPES
    unvalued = [one.pk for one in fields if one.display_type in without_values]
    says = (
        Exists(AttributeValue.objects.filter(attribute=OuterRef("pk")))
        | Q(size__gt=rules.LONGEST_VALUE)
        | Q(Q(field__in=unvalued), ~Q(value_json__regex=_BLANK))
    )
    rows = Attribute.objects.alias(size=Length("value_json")).filter(
        says,
        field__in=[one.pk for one in fields],
        classification__in=shown.values("pk"),
    )
    counted = rows.values_list("field").annotate(
        number=Count(f"classification__{side}", distinct=True)
    )
    return dict(counted.order_by())

"""How the fields of taxonomies were answered, ready for pages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import get_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from incidentbase.index import facets
from incidentbase.serve.web import charts
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.models import TaxonomyField
from incidentbase.store.taxonomies.statistics import Answers, Value

# Types whose answers are free: a value that only one incident has says little about them all.
FREE_TYPES = frozenset({"string", "date"})
# Types whose values are few enough to be told at a glance.
CHOICE_TYPES = frozenset({"enum", "multi", "list"})
# Choices that are the same for every question.
PLAIN_CHOICES = frozenset({"yes", "no", "maybe"})

VALUES_SHOWN = 5
VALUES_AT_MOST = 30
MOSTLY = 0.8

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TRUTHS = ("true", "false")


@dataclass(frozen=True, slots=True)
class Row:
    """One value: what it is called, how many have it, and the share of those who answered.

    `width` is the share in whole percent, at least 1 for what is not nothing; `url` leads to the
    incidents with the value and is empty where they cannot be searched for.
    """

    value: str
    label: str
    is_translated: bool
    incidents: int
    reports: int
    percent: str
    width: int
    url: str


@dataclass(frozen=True, slots=True)
class Country:
    """One country; `shade` counts from 1, and is 0 for one that the drawing does not have."""

    code: str
    name: str
    incidents: int
    percent: str
    width: int
    shade: int
    url: str


@dataclass(frozen=True, slots=True)
class Shade:
    """One shade of the key: from how many incidents to how many (0: any more)."""

    number: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class World:
    """The map of one field. `elsewhere` are the answers that name no country."""

    countries: tuple[Country, ...]
    key: tuple[Shade, ...]
    placed: int
    answered: int
    elsewhere: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FieldCard:
    """All that is shown of one field. Equal cards look the same, in one language of the reader.

    `hidden` counts the values that are left out, `most` the incidents of the tallest year.
    """

    id: str
    number: str
    name: str
    # That of the definition and the values.
    language: str
    type: str
    is_facet: bool
    short: str
    long: str
    classified: int
    classified_reports: int
    answered: int
    answered_reports: int
    first: tuple[Row, ...]
    others: tuple[Row, ...]
    hidden: int
    permitted: int
    unused: tuple[str, ...]
    years: tuple[charts.Bar, ...]
    most: int
    world: World | None
    subfields: tuple[tuple[str, str], ...]


def has_values(field: TaxonomyField) -> bool:
    """Return whether answers to a field are values that can be counted, not prose or groups."""
    return field.display_type not in rules.PROSE_TYPES | rules.NESTED_TYPES


def share(part: int, whole: int) -> float:
    """Return the share of a part in percent, nothing of nothing."""
    return 100 * part / whole if whole else 0.0


def in_words(percent: float) -> str:
    """Return a share as readers of the language write it."""
    return f"{percent:.1f}".replace(".", get_format("DECIMAL_SEPARATOR"))


def width(percent: float) -> int:
    """Return how wide the bar of a share is, from 0 to 100; what is there is seen."""
    return max(round(percent), 1) if percent > 0 else 0


def label_of(field: TaxonomyField, text: str) -> str:
    """Return what a value is called: yes and no in the reader's language, others as given."""
    if field.display_type == "bool" and text in _TRUTHS:
        return _("Yes") if text == "true" else _("No")
    return text


def rows(
    namespace: str, field: TaxonomyField, answers: Answers, values: Sequence[Value] | None = None
) -> list[Row]:
    """Return a row for each value of a field, or for the values given of it.

    The most frequent come first, but numbers by their size.
    """
    shown = answers.values if values is None else values
    leads = bool(shown) and bool(discover_url(namespace, field, [""]))
    found = []
    for value in shown:
        percent = share(value.incidents, answers.incidents)
        found.append(
            Row(
                value=value.text,
                label=label_of(field, value.text),
                is_translated=field.display_type == "bool" and value.text in _TRUTHS,
                incidents=value.incidents,
                reports=value.reports,
                percent=in_words(percent),
                width=width(percent),
                url=discover_url(namespace, field, [value.text])
                if leads and value.incidents
                else "",
            )
        )
    if field.display_type == "int":
        found.sort(key=lambda row: _number(row.value))
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf


def discover_url(namespace: str, field: TaxonomyField, values: Sequence[str]) -> str:
    """Return where Discover shows the incidents with one of the values, empty where it cannot."""
    is_addressed = (
        field.is_searchable
        and has_values(field)
        and not rules.is_annotator_copy(namespace)
        and not any(facets.SEPARATOR in value or "\0" in value for value in values)
    )
    if not is_addressed:
        return ""
    wanted = [facets.branches(namespace, field.short_name, value)[-1] for value in values]
    asked = {facets.BY_NAME["classifications"].parameter: facets.SEPARATOR.join(wanted)}
    return f"{reverse('discover')}?{urlencode(asked)}"


def worth_showing(field: TaxonomyField, values: Sequence[Value]) -> Sequence[Value]:
    """Return the values that a page shows: not all of a long list, no single texts and numbers."""
    if field.display_type in FREE_TYPES | {"int"} and len(values) > VALUES_SHOWN:
        values = [value for value in values if value.incidents + value.reports > 1]
    return values[:VALUES_AT_MOST]


def unused(field: TaxonomyField, answers: Answers) -> list[str]:
    """Return the permitted values that nobody has used yet, in their order."""
    used = {value.text for value in answers.values}
    return [text for text in permitted(field) if text not in used]


def permitted(field: TaxonomyField) -> list[str]:
    """Return the permitted values of a field as answers have them, without blanks around."""
    return [str(value).strip() for value in field.permitted_values]


def years(field: TaxonomyField, answers: Answers) -> list[charts.Bar]:
    """Return the answers by year, for a field of dates or of hardly anything but years."""
    if field.display_type not in FREE_TYPES:
        return []
    counts: dict[int, int] = {}
    bare = total = 0
    for value in answers.values:
        total += value.incidents
        bare += value.incidents if _YEAR.fullmatch(value.text) else 0
        found = _YEAR.search(value.text)
        if found and value.incidents:
            counts[int(found[0])] = counts.get(int(found[0]), 0) + value.incidents
    if field.display_type != "date" and bare < MOSTLY * total:
        return []
    return charts.years(sorted(counts.items()), url=lambda _year: "")


def telling(fields: Iterable[TaxonomyField]) -> TaxonomyField | None:
    """Return the field that tells incidents best apart by its definition, None without one.

    That is one with values to choose from: the weightiest, and of those the one with most values.
    """
    choices = [
        field
        for field in fields
        if field.display_type in CHOICE_TYPES
        and field.is_searchable
        and not (field.permitted_values and PLAIN_CHOICES.issuperset(permitted(field)))
    ]
    return max(
        choices,
        key=lambda field: (field.is_facet, field.weight, len(field.permitted_values)),
        default=None,
    )

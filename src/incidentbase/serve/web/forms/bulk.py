"""What editors type about many records: numbers and tags, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from incidentbase.kit import text
from incidentbase.store.curation import rules
from incidentbase.store.incidents import queries as incidents

LONGEST_REASON = 2_000
LONGEST_NUMBER = 9
MOST_NUMBERS = 2_000


def typed(query: QueryDict, name: str) -> str:
    """Return what was typed into a field of one line or more, without what nobody sees."""
    return text.without_hidden(query.get(name, "").replace("\0", "")).strip()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers that were typed, and the first thing among them that is none."""

    found: tuple[int, ...]
    nonsense: str = ""


def numbers_in(given: Iterable[str]) -> Numbers:
    """Return the numbers of a list, parted by anything but digits; `#` before one is fine."""
    parts = " ".join(given).replace(",", " ").replace(";", " ").split()
    found, nonsense = [], ""
    for part in parts[:MOST_NUMBERS]:
        bare = part.removeprefix("#")
        is_number = bare.isascii() and bare.isdigit() and len(bare) <= LONGEST_NUMBER
        if is_number and int(bare):
            found.append(int(bare))
        else:
            nonsense = nonsense or part[:40]
    return Numbers(tuple(dict.fromkeys(found)), nonsense)


def tags_in(given: str) -> list[str]:
    """Return the tags in a text, parted by commas or lines."""
    return rules.cleaned_tags(given.replace("\n", ",").split(","))


def field(name: str, label: str, **more: Any) -> dict[str, Any]:
    """Return a field as `parts/field.html` wants it."""
    blank = {"kind": "", "type": "", "value": "", "help": "", "error": "", "options": []}
    return {**blank, "required": False, "rows": 0, "autocomplete": "off", **more} | {
        "name": name,
        "label": label,
    }


def options(pairs: Iterable[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    """Return (value, label) pairs as the options of a select."""
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in pairs]


def problem_of_numbers(given: Numbers, *, among: Iterable[int]) -> str:
    """Return what is wrong with the numbers of incidents, as a sentence, "" when nothing is."""
    if given.nonsense:
        return _("“%(part)s” is not a number.") % {"part": given.nonsense}
    if not given.found:
        return _("Please fill this in.")
    known = set(among)
    for number in given.found:
        if number not in known:
            return missing_incident(number)
    return ""


def missing_incident(number: int) -> str:
    """Return that there is no incident of this number, or which one it leads to."""
    true = incidents.true_number(number)
    if true is None:
        return _("There is no incident %(number)s.") % {"number": number}
    return _("Incident %(number)s is a duplicate of %(true)s; use that number.") % {
        "number": number,
        "true": true,
    }


def problem_of_length(given: str, limit: int, *, is_needed: bool) -> str:
    """Return what is wrong with the length of a text, as a sentence, "" when nothing is."""
    if is_needed and not given:
        return _("Please fill this in.")
    if len(given) > limit:
        return _("This is too long; the limit is %(limit)s.") % {"limit": limit}
    return ""

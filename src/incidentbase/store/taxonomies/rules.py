"""Pure decisions about answers: what `value_json` says, and which scalars can be counted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

# Longer answers are prose: they are shown, but never counted or offered as a filter.
LONGEST_VALUE = 300

PROSE_TYPES = frozenset({"long_string"})
NESTED_TYPES = frozenset({"object-list"})

# Copies that annotators work on; the adjudicated taxonomy stands for them (spec §6.1).
ANNOTATOR_MARK = "_Annotator-"

# The fields that name a country by its two letters, as (namespace, field).
COUNTRY_FIELDS = frozenset({("CSETv1", "Location Country (two letters)")})


@dataclass(frozen=True, slots=True)
class Value:
    """One scalar of an answer: its text, and its number or truth if it is one."""

    text: str
    number: float | None = None
    truth: bool | None = None


def is_annotator_copy(namespace: str) -> bool:
    """Return whether a taxonomy is the working copy of one annotator."""
    return ANNOTATOR_MARK in namespace


def is_country_code(text: str) -> bool:
    """Return whether the text looks like the two letters of a country."""
    return len(text) == 2 and text.isascii() and text.isalpha()


def decode(value_json: str) -> Any:
    """Return what the JSON text says; text that is no JSON is its own value."""
    try:
        return json.loads(value_json)
    except ValueError:
        return value_json


def values_of(value_json: str) -> tuple[Value, ...]:
    """Return the scalars of an answer in order, without repeats, blanks, nulls and objects."""
    decoded = decode(value_json)
    members = decoded if isinstance(decoded, list) else [decoded]
    found: dict[str, Value] = {}
    for member in members:
        value = _scalar(member)
        if value is not None:
            found.setdefault(value.text, value)
    return tuple(found.values())


def _scalar(member: Any) -> Value | None:
    if isinstance(member, bool):
        return Value("true" if member else "false", truth=member)
    if isinstance(member, int | float):
        return Value(str(member), number=float(member))
    if isinstance(member, str):
        text = member.strip()
        return Value(text) if text and len(text) <= LONGEST_VALUE else None
    return None

"""Pure decisions about answers: what `value_json` says, and which scalars can be counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
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


# How an answer came to be.
MANUAL, MODEL, IMPORTED, ADJUDICATED = "manual", "model", "imported", "adjudicated"
METHODS = (MANUAL, MODEL, IMPORTED, ADJUDICATED)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what gave an answer, and how.

    `by` is an account's id or the name of a program, `model` that of the model that a machine
    used; `confidence` is from 0 to 1, None when nobody said; `report` is the number of the report
    in which `passage` stands. Times are as in states.
    """

    by: str = ""
    method: str = MANUAL
    at: str = ""
    model: str = ""
    confidence: float | None = None
    reviewed_by: str = ""
    reviewed_at: str = ""
    report: int | None = None
    passage: str = ""

    @property
    def is_machine(self) -> bool:
        """Whether a machine gave the answer."""
        return self.method == MODEL

    @property
    def is_reviewed(self) -> bool:
        """Whether a person looked at the answer since and found it right."""
        return bool(self.reviewed_by)

    def stored(self) -> dict[str, Any]:
        """Return what is kept of it: what is said, without the rest."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


def provenance_of(stored: Mapping[str, Any], *, is_automated: bool) -> Provenance:
    """Return where an answer came from; of one that says nothing, what its taxonomy says.

    What a snapshot brings has no provenance of its own: in a taxonomy that is marked as
    automated machines gave the answers, in another one people did.
    """
    if not stored:
        return Provenance(method=MODEL if is_automated else IMPORTED)
    known = {one.name for one in fields(Provenance)}
    return Provenance(**{name: value for name, value in stored.items() if name in known})

"""Pure decisions about editing records: what may change, and what two editors changed at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

State = Mapping[str, Any]

# What makes a record this record: set when it is made, never changed by an edit.
FIXED = frozenset(
    {
        "object_id",
        "incident_id",
        "report_number",
        "entity_id",
        "created_at",
        "submitted_at",
        "submitted_by",
        "duplicate_number",
        "duplicate_id",
        "namespace",
    }
)


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two editors changed differently: what it was, and what each made of it."""

    before: Any
    theirs: Any
    own: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """An edit brought together with what others changed meanwhile."""

    state: dict[str, Any]
    clashes: dict[str, Clash]


def merged(before: State, theirs: State, wanted: State) -> Merged:
    """Return `theirs` with the wanted fields that differ from `before`.

    A field that the others changed too, and to something else, is a clash and keeps their value.
    """
    state = dict(theirs)
    clashes = {}
    for name, value in wanted.items():
        if value == before.get(name) or value == theirs.get(name):
            continue
        if theirs.get(name) == before.get(name):
            state[name] = value
        else:
            clashes[name] = Clash(before.get(name), theirs.get(name), value)
    return Merged(state, clashes)


def fixed_fields(before: State, after: State) -> list[str]:
    """Return the fields that differ though no edit may change them."""
    return sorted(name for name in FIXED & after.keys() if before.get(name) != after[name])

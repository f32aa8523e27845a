"""Pure decisions about records: what may change, what two changed at once, what may be seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from incidentbase.kit import clock, text
from incidentbase.store.accounts.rules import (
    EMBARGOED,
    VISIBILITIES,
    Viewer,
    may_see,
    visible_classes,
)

State = Mapping[str, Any]

# What belongs to one account, and is no business of editors unless its owner publishes it.
OWNED_KINDS = frozenset({"checklist", "coding"})

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
    """An edit brought together with what others changed meanwhile.

    `taken` names the fields that the others changed and the edit left alone: whoever goes on with
    the same form must get their values, or the next edit would take them back.
    """

    state: dict[str, Any]
    clashes: dict[str, Clash]
    taken: frozenset[str]


def merged(before: State, theirs: State, wanted: State) -> Merged:
    """Return `theirs` with the wanted fields that differ from `before`.

    A field that the others changed too, and to something else, is a clash and keeps their value.
    """
    state = dict(theirs)
    clashes = {}
    taken = set()
    for name, value in wanted.items():
        if value == theirs.get(name):
            continue
        if value == before.get(name):
            taken.add(name)
            continue
        if theirs.get(name) == before.get(name):
            state[name] = value
        else:
            clashes[name] = Clash(before.get(name), theirs.get(name), value)
    return Merged(state, clashes, frozenset(taken))


def fixed_fields(before: State, after: State) -> list[str]:
    """Return the fields that differ though no edit may change them."""
    return sorted(name for name in FIXED & after.keys() if before.get(name) != after[name])


# Lists whose members are names of other records, and of what.
NAMING = {
    "reports": "reports",
    "deployers": "entities",
    "developers": "entities",
    "harmed": "entities",
    "implicated": "entities",
    "machine_similar": "incidents",
    "editor_similar": "incidents",
    "editor_dissimilar": "incidents",
    "flagged_dissimilar": "incidents",
}
OWN_VISIBILITY = frozenset({"visibility", "embargoed_until"})
# Made from another field, so not worth telling.
DERIVED = frozenset({"plain_text"})
# What no page for visitors shows.
INTERNAL_FIELDS = OWN_VISIBILITY | {"submitted_by"}
# What the source of a report lets readers see only so much of.
_QUOTED = ("text", "description")


def sees_everything(viewer: Viewer) -> bool:
    """Return whether nothing is hidden from the viewer."""
    return visible_classes(viewer) == frozenset(VISIBILITIES)


def seen_while_it_stood(
    viewer: Viewer, state: State | None, *, replaced_at: dt.datetime | None
) -> bool:
    """Return whether the viewer could have seen a version before another took its place.

    A version under embargo was seen only if the embargo ended first. What was removed is seen by
    those alone from whom nothing is hidden.
    """
    if sees_everything(viewer):
        return True
    if state is None:
        return False
    until = clock.from_iso(state.get("embargoed_until"))
    if state["visibility"] == EMBARGOED and replaced_at is not None:
        viewer = replace(viewer, at=min(viewer.at, replaced_at))
        if until is not None and until == replaced_at:
            return False
    return may_see(viewer, visibility=state["visibility"], embargoed_until=until)


@dataclass(frozen=True, slots=True)
class Named:
    """The records and people that some states name."""

    reports: set[int] = field(default_factory=set)
    entities: set[str] = field(default_factory=set)
    incidents: set[int] = field(default_factory=set)
    editors: set[str] = field(default_factory=set)


def named_in(states: Iterable[State]) -> Named:
    """Return whom and what the lists of the states name."""
    found = Named()
    for state in states:
        found.editors.update(state.get("editors") or ())
        for name, what in NAMING.items():
            members = state.get(name) or ()
            getattr(found, what).update(
                member[0] if isinstance(member, list) else member for member in members
            )
    return found


def altered(before: list[Any] | None, after: list[Any] | None) -> list[Any]:
    """Return the members that are in one of two lists only."""
    old, new = before or [], after or []
    return [one for one in old if one not in new] + [one for one in new if one not in old]


def cut_to_size(state: State, *, limit: int | None) -> dict[str, Any]:
    """Return the state of a report with no more of its text than its source permits.

    Its own limit holds and the one given; the state of another record is returned as it is.
    """
    if "snippet_max_characters" not in state:
        return dict(state)
    own = state["snippet_max_characters"]
    most = own if limit is None else min(own, limit)
    cut = {
        name: text.excerpt(state["plain_text"] if name == "text" else state[name], most)
        for name in _QUOTED
        if len(state["plain_text"] if name == "text" else state[name]) > most
    }
    return {**state, **cut}

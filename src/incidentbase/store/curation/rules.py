"""Pure decisions of editors' acts: which states follow from which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidentbase.kit import clock

State = Mapping[str, Any]

# The lists of an incident that are united when two become one.
UNITED = (
    "reports",
    "deployers",
    "developers",
    "harmed",
    "implicated",
    "editors",
    "editor_similar",
    "editor_dissimilar",
    "flagged_dissimilar",
)


def new_incident(
    *, number: int, object_id: str, title: str, description: str, date: str, at: dt.datetime
) -> dict[str, Any]:
    """Return the state of an incident of which nothing is known but title, text and date."""
    now = clock.iso(at)
    return {
        "object_id": object_id,
        "incident_id": number,
        "title": title,
        "description": description,
        "date": date,
        "editor_notes": "",
        "created_at": now,
        "modified_at": now,
        "map_x": None,
        "map_y": None,
        **{name: [] for name in UNITED},
        "machine_similar": [],
        "visibility": "public",
        "embargoed_until": None,
    }


def united(kept: State, merged: State) -> dict[str, Any]:
    """Return the incident that stays when another is merged into it: with the lists of both."""
    own = {kept["incident_id"], merged["incident_id"]}
    lists = {
        name: [
            one for one in dict.fromkeys([*kept[name], *merged[name]]) if _is_other(name, one, own)
        ]
        for name in UNITED
    }
    return {**kept, **lists}


def _is_other(name: str, value: Any, own: set[int]) -> bool:
    return not name.endswith("similar") or value not in own


def without(numbers: Sequence[int], gone: Iterable[int]) -> list[int]:
    """Return the numbers in their order without those that are gone."""
    leaving = set(gone)
    return [number for number in numbers if number not in leaving]

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
LONGEST_TEXT = 1_000_000


def report_from(
    submission: State, *, number: int, object_id: str, at: dt.datetime
) -> dict[str, Any]:
    """Return the state of the report that a submission becomes."""
    payload = submission["payload"]
    now = clock.iso(at)
    limit = submission["snippet_max_characters"]
    return {
        "object_id": object_id,
        "report_number": number,
        "title": submission["title"],
        "url": submission["url"],
        "source_domain": submission["source_domain"],
        "text": submission["text"],
        "plain_text": submission["plain_text"],
        "language": submission["language"],
        "image_url": submission["image_url"],
        "cloudinary_id": submission["cloudinary_id"],
        "description": "",
        "editor_notes": submission["editor_notes"],
        "inputs_outputs": [],
        "published_at": _midnight(submission["date_published"]),
        "downloaded_at": _midnight(submission["date_downloaded"]),
        "submitted_at": _midnight(submission["date_submitted"]) or now,
        "modified_at": now,
        "created_at": now,
        "is_flagged": False,
        "is_quiet": submission["is_quiet"],
        "snippet_max_characters": LONGEST_TEXT if limit is None else limit,
        "submitted_by": submission["submitted_by"],
        "authors": list(payload["authors"]),
        "submitters": list(payload["submitters"]) or ["Anonymous"],
        "tags": list(payload["tags"]),
        "visibility": "public",
        "embargoed_until": None,
    }


def incident_from(
    submission: State,
    *,
    number: int,
    object_id: str,
    entities: Mapping[str, Sequence[str]],
    editors: Sequence[str],
    report: int,
    at: dt.datetime,
) -> dict[str, Any]:
    """Return the state of the incident that a submission becomes; `entities` holds ids by role."""
    payload = submission["payload"]
    made = new_incident(
        number=number,
        object_id=object_id,
        title=submission["incident_title"] or submission["title"],
        description=submission["description"],
        date=submission["incident_date"],
        at=at,
    )
    return {
        **made,
        **{role: list(names) for role, names in entities.items()},
        "editor_notes": submission["editor_notes"],
        "reports": [report],
        "editors": list(dict.fromkeys([*payload["incident_editors"], *editors])),
        "machine_similar": list(payload["machine_similar"]),
        "editor_similar": list(payload["editor_similar"]),
        "editor_dissimilar": list(payload["editor_dissimilar"]),
    }


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


def _midnight(day: str) -> str | None:
    try:
        return clock.iso(clock.midnight(dt.date.fromisoformat(day[:10])))
    except ValueError:
        return None

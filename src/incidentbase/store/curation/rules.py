"""Pure decisions of editors' acts: which states follow from which."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidentbase.kit import clock, text
from incidentbase.store.taxonomies import rules as taxonomy_rules

State = Mapping[str, Any]

# The field by which taxonomies such as CSETv1 say how far an annotation has come.
STATUS_FIELD = "Annotation Status"
# One act changes no more records.
MOST_AT_ONCE = 1_000

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


def cleaned_tags(tags: Iterable[str]) -> list[str]:
    """Return tags without what nobody sees, without blanks and repeats."""
    cleaned = (" ".join(text.without_hidden(tag).split()) for tag in tags)
    return list(dict.fromkeys(tag for tag in cleaned if tag))


def with_tags(tags: Sequence[str], *, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """Return the tags of a report with some more and some less."""
    gone = set(remove)
    return list(dict.fromkeys([*(tag for tag in tags if tag not in gone), *add]))


def with_answer(attributes: Sequence[Sequence[str]], field: str, value: str) -> list[list[str]]:
    """Return the answers of a classification with another value of one field, in its place."""
    answer = [field, json.dumps(value, ensure_ascii=False)]
    others = [list(one) for one in attributes]
    places = [place for place, one in enumerate(others) if one[0] == field]
    if not places:
        return [*others, answer]
    others[places[0]] = answer
    return others


def answer_to(attributes: Sequence[Sequence[str]], field: str) -> str:
    """Return the first answer of a classification to a field as text, "" when there is none."""
    answers = (value for name, value in attributes if name == field)
    values = taxonomy_rules.values_of(next(answers, "null"))
    return values[0].text if values else ""


def marked(state: State, *, status: str, is_published: bool | None) -> dict[str, Any]:
    """Return a classification with another status, published or not; without either as it was."""
    changed = dict(state)
    if status:
        changed["attributes"] = with_answer(state["attributes"], STATUS_FIELD, status)
    if is_published is not None:
        changed["is_published"] = is_published
    return changed


def without(numbers: Sequence[int], gone: Iterable[int]) -> list[int]:
    """Return the numbers in their order without those that are gone."""
    leaving = set(gone)
    return [number for number in numbers if number not in leaving]

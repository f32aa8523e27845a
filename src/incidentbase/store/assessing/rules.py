"""Pure decisions about what an owner writes into a checklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.kit import text
from incidentbase.store.checklists.rules import (
    RISK_FIELDS,
    SCALES,
    STATUSES,
    TAG_LISTS,
    USUAL_SOURCES,
)
from incidentbase.store.submissions.rules import Problem

LONGEST_NAME = 500
LONGEST_ABOUT = 20_000
LONGEST_NOTES = 20_000
LONGEST_WORD = 200
MOST_TAGS = 200
# Their fields fit into one form, of which Django reads a thousand.
MOST_RISKS = 150

TOO_LONG = "too-long"
MISSING = "missing"
NO_SUCH_TAG = "no-such-tag"
NOT_OFFERED = "not-offered"
TOO_MANY = "too-many"

_LIMITS = {
    "title": LONGEST_NAME,
    "severity": LONGEST_WORD,
    "likelihood": LONGEST_WORD,
    "risk_notes": LONGEST_NOTES,
}


@dataclass(frozen=True, slots=True)
class ChecklistDraft:
    """What an owner typed; of risks by their ids, and only what the form had."""

    name: str
    about: str
    tags: Mapping[str, Sequence[str]]
    risk_fields: Sequence[str]
    risks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def wanted(draft: ChecklistDraft) -> dict[str, Any]:
    """Return the draft as `checklists.rules.flat` names its values, in the form that is kept."""
    is_usual = tuple(draft.risk_fields) == USUAL_SOURCES
    values: dict[str, Any] = {
        "name": _line(draft.name),
        "about": _prose(draft.about),
        "risk_fields": [] if is_usual else list(draft.risk_fields),
        **{f"tags.{name}": list(draft.tags.get(name, ())) for name in TAG_LISTS},
    }
    for risk_id, typed in draft.risks.items():
        for name in RISK_FIELDS:
            if name in typed:
                values[f"risk.{risk_id}.{name}"] = _of_risk(name, typed[name])
    return values


def _of_risk(name: str, value: Any) -> Any:
    if name == "tags":
        return list(value)
    return _prose(value) if name == "risk_notes" else _line(value)


def _line(value: str) -> str:
    return " ".join(text.without_hidden(value).split())


def _prose(value: str) -> str:
    return text.without_hidden(value).strip()


def problems(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Problem]:
    """Return what is wrong with wanted values, by name; what stood there before may stay."""
    found = {}
    for name, value in values.items():
        if value != before.get(name) and (problem := _problem(name, value)) is not None:
            found[name] = problem
    return found


def _problem(name: str, value: Any) -> Problem | None:
    last = name.rpartition(".")[2]
    if isinstance(value, list):
        return Problem(TOO_MANY, limit=MOST_TAGS) if len(value) > MOST_TAGS else None
    if name in ("name", "about"):
        limit = LONGEST_NAME if name == "name" else LONGEST_ABOUT
        if name == "name" and not value:
            return Problem(MISSING)
        return Problem(TOO_LONG, limit=limit) if len(value) > limit else None
    if last == "title" and not value:
        return Problem(MISSING)
    if last in SCALES and value and value not in SCALES[last]:
        return Problem(NOT_OFFERED)
    if last == "risk_status" and value and value not in STATUSES:
        return Problem(NOT_OFFERED)
    limit = _LIMITS.get(last, LONGEST_WORD)
    return Problem(TOO_LONG, limit=limit) if len(value) > limit else None

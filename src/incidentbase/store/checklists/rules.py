"""Pure decisions about checklists: who may see one, its scales, its risks, and what makes a tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from incidentbase.store.accounts.rules import SUBMIT, NotPermitted, Viewer

State = Mapping[str, Any]
Risk = Mapping[str, Any]

PRIVATE, LINK, PUBLISHED = "private", "link", "published"
SHARINGS = (PRIVATE, LINK, PUBLISHED)

TAG_LISTS = ("goals", "methods", "other")
STATUSES = ("Not Mitigated", "Mitigated", "Prevented", "Unclear", "Not Applicable")
NOT_APPLICABLE = "Not Applicable"
USUAL_STATUS = "Not Mitigated"
SEVERITIES = ("negligible", "minor", "moderate", "major", "critical")
LIKELIHOODS = ("rare", "unlikely", "possible", "likely", "almost certain")
SCALES = {"severity": SEVERITIES, "likelihood": LIKELIHOODS}
# What its owner writes of a risk.
RISK_FIELDS = ("title", "tags", "risk_status", "severity", "likelihood", "risk_notes")
ORDERS = ("status", "severity", "likelihood")

# The answers that become risks where the owner chose none.
USUAL_SOURCES = ("GMF:Known AI Technical Failure",)
# What a field must be called for its answers to be risks.
_NAMES_RISKS = re.compile(r"\b(?:harm|failure|risk|hazard)s?\b", re.IGNORECASE)
_ENDING_OF = {"goals": "AI Goal", "methods": "AI Technology"}

Band = Literal["low", "medium", "high", "extreme"]
_LEAST_OF_BAND: tuple[tuple[int, Band], ...] = ((15, "extreme"), (10, "high"), (5, "medium"))


def may_change(viewer: Viewer, owner_id: str) -> bool:
    """Return whether the viewer is the owner of a checklist, or an admin."""
    return viewer.is_admin or bool(owner_id and viewer.account_id == owner_id)


def require_account(actor: Viewer) -> None:
    """Raise NotPermitted unless the actor has an account, and came with more than a reading key."""
    if not actor.account_id or not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} may not make checklists")


def require_owner(actor: Viewer, owner_id: str) -> None:
    """Raise NotPermitted unless the actor owns the checklist or is an admin, and may act so."""
    if not may_change(actor, owner_id) or not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} does not own the checklist")


@dataclass(frozen=True, slots=True)
class Tag:
    """One answer of a taxonomy, written as `NAMESPACE:field:value`."""

    namespace: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.field}:{self.text}"

    @property
    def source(self) -> str:
        """The field with its taxonomy, `NAMESPACE:field`."""
        return f"{self.namespace}:{self.field}"


def tag_of(text: str) -> Tag | None:
    """Return the tag that a text is, None when it is none."""
    parts = [part.strip() for part in text.split(":", 2)]
    return Tag(*parts) if len(parts) == 3 and all(parts) else None


def tags_of(state: State) -> list[str]:
    """Return the tags by which a checklist describes its system, each once."""
    given = (state.get("tags") or {}).get
    return list(dict.fromkeys(tag for name in TAG_LISTS for tag in given(name) or ()))


def names_risks(field: str) -> bool:
    """Return whether a field is called as if its answers were failures, harms or risks."""
    return bool(_NAMES_RISKS.search(field))


def list_for(field: str) -> str:
    """Return the list of tags to which the answers of a field belong: goals, methods or other."""
    return next((name for name, end in _ENDING_OF.items() if field.endswith(end)), "other")


def sources_of(state: State) -> tuple[str, ...]:
    """Return the fields, as `NAMESPACE:field`, whose answers become risks of a checklist."""
    return tuple(state.get("risk_fields") or USUAL_SOURCES)


def level(value: str, scale: Sequence[str]) -> int | None:
    """Return the place of a value on a scale, from 1; None for what somebody wrote freely."""
    said = " ".join(value.replace("-", " ").casefold().split())
    return scale.index(said) + 1 if said in scale else None


def band(severity: int, likelihood: int) -> Band:
    """Return how grave a risk of this severity and likelihood is."""
    product = severity * likelihood
    return next((name for least, name in _LEAST_OF_BAND if product >= least), "low")


def filled(risk: Risk) -> int:
    """Return how many of notes, severity and likelihood are filled in."""
    return sum(bool(said(risk, name).strip()) for name in ("risk_notes", "severity", "likelihood"))


def said(risk: Risk, name: str) -> str:
    """Return what a risk says in a field, as text; imports may lack any."""
    value = risk.get(name)
    return "" if value is None else str(value)


def risk_tags(risk: Risk) -> list[str]:
    """Return the tags of a risk."""
    tags = risk.get("tags") or ([risk["tag"]] if risk.get("tag") else [])
    return [str(tag) for tag in tags]


def in_order(risks: Iterable[Risk], by: str) -> list[Risk]:
    """Return the risks sorted: the gravest first, then blanks, what does not apply at the end."""
    listed = list(risks)
    if by in SCALES:
        listed.sort(key=lambda risk: _rank(said(risk, by), SCALES[by]))
    elif by == "status":
        listed.sort(key=_status_rank)
    listed.sort(key=lambda risk: said(risk, "risk_status") == NOT_APPLICABLE)
    return listed


def _rank(value: str, scale: Sequence[str]) -> tuple[int, float, str]:
    place = level(value, scale)
    if place is not None:
        return (0, -place, "")
    try:
        return (1, -float(value), "")
    except ValueError:
        return (2, 0, value.casefold()) if value.strip() else (3, 0, "")


def _status_rank(risk: Risk) -> int:
    status = said(risk, "risk_status")
    return STATUSES.index(status) if status in STATUSES else len(STATUSES)


def flat(state: State) -> dict[str, Any]:
    """Return what an owner edits as one value each, so that two can edit side by side.

    A value of a risk is called `risk.<id>.<name>`.
    """
    tags = state.get("tags") or {}
    found: dict[str, Any] = {
        "name": state["name"],
        "about": state["about"],
        "risk_fields": list(state.get("risk_fields") or ()),
        **{f"tags.{name}": list(tags.get(name) or ()) for name in TAG_LISTS},
    }
    for risk in state["risks"]:
        for name in RISK_FIELDS:
            value = risk_tags(risk) if name == "tags" else said(risk, name)
            found[f"risk.{said(risk, 'id')}.{name}"] = value
    return found


def unflat(values: Mapping[str, Any], state: State) -> dict[str, Any]:
    """Return a state with the values that `flat` names; risks that it does not have stay away."""
    before = flat(state)

    def own(risk: Risk) -> dict[str, Any]:
        prefix = f"risk.{said(risk, 'id')}."
        changed = {
            name: values[prefix + name]
            for name in RISK_FIELDS
            if prefix + name in values and values[prefix + name] != before[prefix + name]
        }
        return {**risk, **changed, **({"touched": True} if changed else {})}

    return {
        **state,
        "name": values["name"],
        "about": values["about"],
        "risk_fields": values["risk_fields"],
        "tags": {name: values[f"tags.{name}"] for name in TAG_LISTS},
        "risks": [own(risk) for risk in state["risks"]],
    }

"""Writes to variants: everybody tells of one, editors review it."""

from __future__ import annotations

from incidentbase.kit import clock, ids
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, SUBMIT, NotPermitted, Viewer, require
from incidentbase.store.history import actions as history
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records.actions import NoSuchRecord, Unfit, writing
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.variants import rules
from incidentbase.store.variants.rules import VariantDraft

_ACTIONS = {rules.APPROVED: "variant.approve", rules.REJECTED: "variant.reject"}


class Refused(Exception):
    """A draft of a variant cannot be taken in."""

    def __init__(self, problems: dict[str, Problem]) -> None:
        """Take what is wrong, by field."""
        super().__init__(f"refused: {', '.join(sorted(problems))}")
        self.problems = problems


def submit(incident: int, draft: VariantDraft, *, actor: Viewer) -> int:
    """Take in a variant of an incident, not reviewed yet, and return its report number.

    Everybody may who can see the incident. Raises Refused, NoSuchRecord, and NotPermitted for a
    token that is not for submitting.
    """
    if not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} came with a token that is not for submitting")
    if incidents.get(incident, viewer=actor) is None:
        raise NoSuchRecord(f"incident {incident}")
    said = rules.cleaned(draft)
    if problems := rules.problems(said, today=actor.at.date()):
        raise Refused(problems)
    with writing(actor, "variant.submit") as writer:
        state = writer.read("incident", str(incident))
        number = history.allocate_number("report")
        made = rules.variant_from(
            said,
            number=number,
            object_id=ids.new_object_id(),
            submitted_by=actor.account_id,
            at=actor.at,
        )
        writer.create("report", made)
        # What a stranger says is no edit: the incident's editors and day of change stay.
        writer.change("incident", str(incident), reports=[*state["reports"], number])
    return number


def review(number: int, status: str, *, actor: Viewer, reason: str = "") -> bool:
    """Approve or reject a variant; return whether that changed anything.

    Raises Unfit for a report that is no variant or a status that is none, NoSuchRecord, and
    NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if status not in _ACTIONS:
        raise Unfit("status", "is none that a review ends with")
    with writing(actor, _ACTIONS[status], reason=reason) as writer:
        state = writer.read("report", str(number))
        if state["title"] and state["url"] and state["source_domain"]:
            raise Unfit("report", "is no variant")
        tags = rules.with_status(state["tags"], status)
        if rules.status_of(state["tags"]) == status:
            return False
        after = {**state, "tags": tags, "modified_at": clock.iso(actor.at)}
        return writer.replace("report", str(number), after)

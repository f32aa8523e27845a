"""Writes to checklists by their owners. Each act is one group of changes in the history.

Everybody with an account may make checklists; what is there is changed by its owner, or an admin.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import clock, ids
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.assessing import queries, rules
from incidentbase.store.assessing.rules import ChecklistDraft
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists import rules as kept
from incidentbase.store.checklists.rules import Tag
from incidentbase.store.history.mirrors import State
from incidentbase.store.records import queries as recorded
from incidentbase.store.records import rules as record_rules
from incidentbase.store.records.actions import (
    EditConflict,
    NoSuchRecord,
    Writer,
    version_of,
    writing,
)
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.subscriptions import actions as subscriptions

KIND = "checklist"


class Refused(Exception):
    """What was typed cannot be kept."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        """Take what is wrong, by name as `checklists.rules.flat` has it."""
        super().__init__(f"refused: {', '.join(sorted(problems))}")
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Edited:
    """A checklist after an edit, and the values that others changed meanwhile."""

    state: State
    taken: frozenset[str]


def create_checklist(name: str, *, actor: Viewer) -> str:
    """Make an empty private checklist of the actor and return its address id.

    Raises NotPermitted for those without an account.
    """
    kept.require_account(actor)
    state = _new(actor, name=name, about="", tags={one: [] for one in kept.TAG_LISTS}, risks=[])
    with writing(actor, f"{KIND}.create") as writer:
        writer.create(KIND, state)
    return str(state["checklist_id"])


def write_checklist(values: Mapping[str, Any], *, key: str = "", actor: Viewer) -> str:
    """Make a checklist of the actor with all that is in it, or give one of theirs other values.

    `values` may have `name`, `about`, `tags` by list, `risks`, and for a new one `checklist_id`;
    what is not named stays. Returns the record's key. Raises Refused, NoSuchRecord, and
    NotPermitted for those without an account, or for somebody else's checklist.
    """
    kept.require_account(actor)
    with writing(actor, f"{KIND}.edit" if key else f"{KIND}.create") as writer:
        blank = {"name": "", "about": "", "tags": {one: [] for one in kept.TAG_LISTS}, "risks": []}
        before = _owned(writer, key, actor) if key else _new(actor, **blank)
        after = {**before, **values, "tags": {**before["tags"], **values.get("tags", {})}}
        if len(after["risks"]) > rules.MOST_RISKS:
            raise Refused({"risks": Problem(rules.TOO_MANY, limit=rules.MOST_RISKS)})
        if problems := rules.problems(kept.flat(after), kept.flat(before)):
            raise Refused(problems)
        if not key:
            return writer.create(KIND, after)
        _replace(writer, before, after, actor)
        return key


def clone_checklist(checklist_id: str, name: str, *, actor: Viewer, link_id: str = "") -> str:
    """Make a private copy for the actor of a checklist that they may see; return its address id.

    `link_id` is that of a link by which it was shared with them. Raises NoSuchRecord, and
    NotPermitted for those without an account.
    """
    kept.require_account(actor)
    source = checklists.get(checklist_id, viewer=actor) or checklists.by_link(link_id)
    if source is None or source["checklist_id"] != checklist_id:
        raise NoSuchRecord(f"{KIND} {checklist_id}")
    state = _new(
        actor,
        name=name[: rules.LONGEST_NAME],
        about=source["about"],
        tags=source["tags"],
        risk_fields=source["risk_fields"],
        risks=[{**risk, "id": str(uuid.uuid4())} for risk in source["risks"]],
    )
    with writing(actor, f"{KIND}.clone") as writer:
        writer.create(KIND, state)
    return str(state["checklist_id"])


def _new(actor: Viewer, **values: Any) -> State:
    at = clock.iso(actor.at)
    return {
        "object_id": ids.new_object_id(),
        "checklist_id": str(uuid.uuid4()),
        "owner_id": actor.account_id,
        "risk_fields": [],
        "sharing": kept.PRIVATE,
        "link_id": "",
        "created_at": at,
        "updated_at": at,
        **values,
    }


def edit_checklist(key: str, draft: ChecklistDraft, *, seen: str, actor: Viewer) -> Edited:
    """Change a checklist as its owner, who saw the version `seen`; return what it is then.

    What was changed elsewhere since then is kept, and what was typed for a risk that is gone falls
    away. Raises Refused, EditConflict when the same was changed, NoSuchRecord and NotPermitted.
    """
    with writing(actor, f"{KIND}.edit") as writer:
        theirs = _owned(writer, key, actor)
        before = recorded.state_at_version(KIND, key, seen) or theirs
        present = kept.flat(theirs)
        wanted = {name: value for name, value in rules.wanted(draft).items() if name in present}
        if problems := rules.problems(wanted, present):
            raise Refused(problems)
        merged = record_rules.merged(kept.flat(before), present, wanted)
        if merged.clashes:
            raise EditConflict(merged.clashes, version_of(theirs), merged.taken)
        after = kept.unflat(merged.state, theirs)
        return Edited(_replace(writer, theirs, after, actor), merged.taken)


def add_risk(key: str, title: str, *, actor: Viewer) -> str:
    """Put a risk of the owner's own on the list and return its id."""
    return _add(key, title, (), actor)


def annotate(key: str, tag: Tag, *, actor: Viewer) -> str:
    """Keep a risk that precedents suggest, to be annotated, and return its id."""
    return _add(key, tag.text, (str(tag),), actor)


def _add(key: str, title: str, tags: Iterable[str], actor: Viewer) -> str:
    risk = {
        "id": str(uuid.uuid4()),
        "title": title,
        "tags": list(tags),
        "risk_status": kept.USUAL_STATUS,
        "risk_notes": "",
        "severity": "",
        "likelihood": "",
        "touched": True,
    }
    with writing(actor, f"{KIND}.edit") as writer:
        state = _owned(writer, key, actor)
        same = [one for one in state["risks"] if tags and kept.risk_tags(one) == list(tags)]
        if same:
            # Somebody pressed twice.
            return kept.said(same[0], "id")
        if len(state["risks"]) >= rules.MOST_RISKS:
            raise Refused({"risks": Problem(rules.TOO_MANY, limit=rules.MOST_RISKS)})
        _replace(writer, state, {**state, "risks": [*state["risks"], risk]}, actor)
    return str(risk["id"])


def remove_risk(key: str, risk_id: str, *, actor: Viewer) -> None:
    """Take a risk off the list; one that precedents suggest is suggested again."""
    with writing(actor, f"{KIND}.edit") as writer:
        state = _owned(writer, key, actor)
        left = [risk for risk in state["risks"] if kept.said(risk, "id") != risk_id]
        _replace(writer, state, {**state, "risks": left}, actor)


def share_checklist(key: str, sharing: str, *, actor: Viewer) -> None:
    """Make a checklist private, shared by a link, or published.

    Each time that it is shared the link is another one; the one before leads nowhere.
    """
    verb = {kept.PRIVATE: "unshare", kept.LINK: "share", kept.PUBLISHED: "publish"}[sharing]
    with writing(actor, f"{KIND}.{verb}") as writer:
        state = _owned(writer, key, actor)
        link_id = ids.new_object_id() if sharing == kept.LINK else ""
        writer.replace(KIND, key, {**state, "sharing": sharing, "link_id": link_id})


def delete_checklist(key: str, *, actor: Viewer) -> None:
    """Take a checklist away, and with it what follows it; an admin can undo that."""
    with writing(actor, f"{KIND}.delete") as writer:
        _owned(writer, key, actor)
        subscriptions.unfollow_checklist(key)
        writer.remove(KIND, key)


def _owned(writer: Writer, key: str, actor: Viewer) -> State:
    state = writer.read(KIND, key)
    kept.require_owner(actor, state["owner_id"])
    return state


def _replace(writer: Writer, before: State, after: State, actor: Viewer) -> State:
    if after == before:
        return before
    touched = {**after, "updated_at": clock.iso(actor.at)}
    writer.replace(KIND, before["object_id"], touched)
    return touched


def follow(checklist_id: str, *, language: str, actor: Viewer) -> None:
    """Let the actor hear of new precedents of a checklist that they may see, in a language.

    Raises NoSuchRecord, and NotPermitted for those without an account.
    """
    kept.require_account(actor)
    state = checklists.get(checklist_id, viewer=actor)
    if state is None:
        raise NoSuchRecord(f"{KIND} {checklist_id}")
    subscriptions.follow_checklist(
        actor.account_id,
        state["object_id"],
        known=sorted(queries.precedents_of(state, viewer=actor)),
        basis=queries.basis_of(state),
        language=language,
        at=actor.at,
    )


def unfollow(checklist_id: str, *, actor: Viewer) -> None:
    """Let the actor hear of a checklist no more. Raises NoSuchRecord and NotPermitted."""
    kept.require_account(actor)
    state = checklists.get(checklist_id, viewer=actor)
    if state is None:
        raise NoSuchRecord(f"{KIND} {checklist_id}")
    subscriptions.unfollow(actor.account_id, state["object_id"])

"""Pure decisions about entities: what a draft says, what two entities become when they are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import text, urls
from incidentbase.store.submissions import rules as limits
from incidentbase.store.submissions.rules import Problem

State = Mapping[str, Any]

RELATED, PARENT, VERSION = "related", "parent", "version"
# What an editor fills in, and the relation that it says; of the last two the entity is the subject.
RELATIONS = {"related": RELATED, "parents": PARENT, "version_of": VERSION}
DIRECTED = (PARENT, VERSION)
KINDS = ("", "organization", "person", "group", "system", "model")
LONGEST_NAME = 255
IS_ITSELF, IS_ANOTHER, NO_SUCH_ENTITY = "is-itself", "is-another", "no-such-entity"
IS_A_CIRCLE = "is-a-circle"
NOT_AN_ID = "not-an-id"


@dataclass(frozen=True, slots=True)
class EntityDraft:
    """What an editor says of an entity: other names as typed, other entities by their ids."""

    name: str = ""
    kind: str = ""
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    version_of: tuple[str, ...] = ()


def wanted(draft: EntityDraft) -> dict[str, Any]:
    """Return the fields of an entity as a draft wants them."""
    return {"name": cleaned(draft.name), "kind": draft.kind}


def cleaned(name: str) -> str:
    """Return a name without what cannot be seen and without needless spaces."""
    return " ".join(text.without_hidden(name).split())


def problems(draft: EntityDraft) -> dict[str, Problem]:
    """Return what is wrong with a draft by itself, by field."""
    found = {
        "name": limits.length(draft.name, (1, LONGEST_NAME), is_needed=True),
        "kind": None if draft.kind in KINDS else Problem(limits.MISSING),
        "aliases": limits.each(draft.aliases, (1, LONGEST_NAME)),
    }
    return {name: problem for name, problem in found.items() if problem is not None}


def problems_of_new(entity_id: str, name: str) -> dict[str, Problem]:
    """Return what is wrong with the id and name of a new entity."""
    found = {
        "entity_id": limits.length(entity_id, (1, LONGEST_NAME), is_needed=True),
        "name": limits.length(cleaned(name), (1, LONGEST_NAME), is_needed=True),
    }
    if entity_id != urls.entity_slug(entity_id):
        found["entity_id"] = Problem(NOT_AN_ID)
    return {field: problem for field, problem in found.items() if problem is not None}


def renamed(state: State, lists: Sequence[str], old: str, new: str) -> dict[str, Any]:
    """Return an incident that names another entity instead of one, each once in a role."""
    return {
        name: list(dict.fromkeys(new if one == old else one for one in state[name]))
        for name in lists
    }

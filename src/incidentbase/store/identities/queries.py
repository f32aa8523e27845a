"""Reads of entities for their editors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from rapidfuzz import fuzz, process, utils

from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import Entity, EntityAlias, EntityRelationship
from incidentbase.store.history.mirrors import State
from incidentbase.store.identities.rules import RELATED, RELATIONS
from incidentbase.store.records import queries as recorded


@dataclass(frozen=True, slots=True)
class Editable:
    """An entity as an editor sees it: its state and other names.

    `relations` holds the names of other entities by their ids, by the fields of RELATIONS.
    """

    state: State
    aliases: list[str]
    relations: dict[str, dict[str, str]]


def editable(entity_id: str) -> Editable | None:
    """Return an entity for its editors, None when there is none."""
    state = recorded.state_of("entity", entity_id)
    if state is None:
        return None
    relations = {
        field: names(relation_ids(entity_id, predicate)) for field, predicate in RELATIONS.items()
    }
    return Editable(state, list(alias_ids(entity_id)), relations)


def alias_ids(entity_id: str) -> dict[str, str]:
    """Return the ids of an entity's other names, by name."""
    rows = EntityAlias.objects.filter(entity__entity_id=entity_id).order_by("name")
    return dict(rows.values_list("name", "public_id"))


def relationships(entity_id: str) -> list[EntityRelationship]:
    """Return the relationships of an entity, in whichever direction they are stored."""
    rows = EntityRelationship.objects.filter(
        Q(subject__entity_id=entity_id) | Q(object__entity_id=entity_id)
    )
    return list(rows.select_related("subject", "object").order_by("pk"))


def relation_ids(entity_id: str, predicate: str) -> dict[str, str]:
    """Return the ids of the relationships that an entity's editor says, by the other entity's id.

    That one is related has no direction; a part names its parents, a version what it is one of.
    """
    is_symmetric = predicate == RELATED
    return {
        row.object.entity_id if row.subject.entity_id == entity_id else row.subject.entity_id: (
            row.public_id
        )
        for row in relationships(entity_id)
        if row.predicate == predicate
        and row.is_symmetric == is_symmetric
        and (is_symmetric or row.subject.entity_id == entity_id)
    }


def above(predicate: str, entity_ids: Iterable[str]) -> set[str]:
    """Return the entities and all that a relation leads up to from them."""
    found: set[str] = set()
    wanted = set(entity_ids)
    while wanted:
        found |= wanted
        rows = EntityRelationship.objects.filter(
            predicate=predicate, is_symmetric=False, subject__entity_id__in=wanted
        )
        wanted = set(rows.values_list("object__entity_id", flat=True)) - found
    return found


def names(entity_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of entities by their ids, in the order of their names."""
    rows = Entity.objects.filter(entity_id__in=set(entity_ids)).order_by("name")
    return dict(rows.values_list("entity_id", "name"))


def other_entity_called(name: str, *, entity_id: str) -> str | None:
    """Return the id of another entity that a name stands for, None if none."""
    found = entities.id_of(name)
    is_other = found is not None and found != entity_id
    return found if is_other and entities.existing_ids([found or ""]) else None


# More pairs than anybody looks through.
MOST_CANDIDATES = 2_000
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two entities whose names are alike, and how much, in percent."""

    entity_id: str
    name: str
    other_id: str
    other_name: str
    likeness: int


def candidates(*, least: int) -> list[Candidate]:
    """Return pairs of entities that may be one, the most alike first; `least` is in percent.

    All names of both are compared, without regard to case, punctuation or the order of words:
    the share of letters that two names have in common (normalized Indel similarity).
    """
    called = _all_names()
    keys = [_sorted_words(name) for name, _entity_id in called]
    best: dict[tuple[str, str], int] = {}
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        rows = keys[start : start + _ROWS_AT_ONCE]
        scores = process.cdist(rows, keys[start:], scorer=fuzz.ratio, score_cutoff=least)
        for row, column in zip(*scores.nonzero(), strict=True):
            one, other = called[start + row][1], called[start + column][1]
            if one == other:
                continue
            pair = (min(one, other), max(one, other))
            best[pair] = max(best.get(pair, 0), int(scores[row, column]))
    shown = names({one for pair in best for one in pair})
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return [
        Candidate(one, shown[one], other, shown[other], likeness)
        for (one, other), likeness in ranked[:MOST_CANDIDATES]
    ]


def _all_names() -> list[tuple[str, str]]:
    """Return (name, entity id) of every name and other name that tells something."""
    found = [
        *Entity.objects.values_list("name", "entity_id"),
        *EntityAlias.objects.values_list("name", "entity__entity_id"),
    ]
    return sorted(pair for pair in found if _sorted_words(pair[0]))


def _sorted_words(name: str) -> str:
    return " ".join(sorted(utils.default_process(name).split()))

"""Entities, how they stand to one another, and incidents that stand for others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql import whole
from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import (
    Given,
    Resolver,
    every,
    first,
    linked,
    throttle,
    told,
)
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, NotPermitted, require
from incidentbase.store.curation import actions as curation
from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import Entity, EntityRelationship
from incidentbase.store.identities import actions as identities
from incidentbase.store.identities import queries as known
from incidentbase.store.identities.rules import EntityDraft
from incidentbase.store.incidents.models import IncidentDuplicate
from incidentbase.store.records import queries as recorded


def _update(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Entity", info, given)
    if pk is None:
        return None
    wanted: Given = given["update"].get("set") or {}
    row = Entity.objects.get(pk=pk)
    for name, value in (("entity_id", row.entity_id), ("_id", row.public_id)):
        if wanted.get(name) not in (None, value):
            raise Unanswerable(f"`{name}` is never changed.")
    if "name" in wanted:
        _edit(row.entity_id, info, name=wanted["name"] or "")
    return told("Entity", info, pk)


def _upsert(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    wanted: Given = given["update"]
    actor, entity_id = info.context.viewer, wanted["entity_id"]
    if not actor.has_role(INCIDENT_EDITOR):
        throttle("submit", info)
    try:
        is_new = identities.create_entity(entity_id, wanted["name"], actor=actor)
    except identities.Refused as error:
        raise Unanswerable(str(error)) from error
    if actor.has_role(INCIDENT_EDITOR) and not is_new:
        true_id = entities.true_id(entity_id) or entity_id
        _edit(true_id, info, name=wanted["name"])
        return _as_stored(Entity.objects.get(entity_id=true_id), info)
    seen = first("Entity", info, {"filter": {"entity_id": {"EQ": entity_id}}})
    if seen is not None:
        if Entity.objects.get(pk=seen).name != wanted["name"]:
            raise NotPermitted("others than editors only put in")
        return told("Entity", info, seen)
    # Nothing tells a stranger whether a name that no incident in sight has was known before.
    at = actor.at
    said = {"_id": None, "created_at": at, "date_modified": at}
    return whole.put_together({**said, "entity_id": entity_id, "name": wanted["name"]}, info)


def _update_with_relationships(
    _root: None,
    info: GraphQLResolveInfo,
    input: Given,
) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    entity_id = input["entity_id"]
    if not entities.existing_ids([entity_id]):
        raise Unanswerable("Entity not found")
    add = _ids(input.get("entity_relationships_to_add"))
    remove = _ids(input.get("entity_relationships_to_remove"))
    _edit(entity_id, info, name=input["name"], add=add, remove=remove)
    row = Entity.objects.get(entity_id=entity_id)
    return {
        "entity_id": entity_id,
        "name": row.name,
        "created_at": row.created_at,
        "date_modified": row.modified_at,
        "entity_relationships_to_add": add,
        "entity_relationships_to_remove": remove,
    }


def _ids(given: Iterable[Any] | None) -> list[str]:
    """Return the ids of entities in a list of `{id, label}`, or of ids."""
    found = [one.get("id") if isinstance(one, dict) else one for one in given or ()]
    return [one for one in found if isinstance(one, str)]


def _edit(
    entity_id: str,
    info: GraphQLResolveInfo,
    *,
    name: str,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> None:
    state = recorded.state_of("entity", entity_id) or {}
    related = set(known.relation_ids(entity_id, entities.RELATED))
    aliases = tuple(known.alias_ids(entity_id))
    draft = EntityDraft(
        name=name,
        kind=state["kind"],
        aliases=aliases,
        related=tuple(sorted((related | set(add)) - set(remove))),
    )
    try:
        identities.edit_entity(
            entity_id,
            draft,
            seen="",
            seen_aliases=aliases,
            seen_relations={"related": related},
            actor=info.context.viewer,
        )
    except identities.Refused as error:
        raise Unanswerable(str(error)) from error


def _merge(
    _root: None,
    info: GraphQLResolveInfo,
    primaryId: str,  # noqa: N803 (the reference's names)
    secondaryId: str,  # noqa: N803
    keepEntity: int,  # noqa: N803
) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    if primaryId == secondaryId:
        raise Unanswerable("Cannot merge an entity with itself.")
    if keepEntity not in (1, 2):
        raise Unanswerable(f"Invalid keepEntity value: {keepEntity}")
    there = entities.existing_ids([primaryId, secondaryId])
    for word, entity_id in (("Primary", primaryId), ("Secondary", secondaryId)):
        if entity_id not in there:
            raise Unanswerable(f"{word} entity with ID {entity_id} not found.")
    kept, gone = (primaryId, secondaryId) if keepEntity == 1 else (secondaryId, primaryId)
    identities.merge_entities(gone, into=kept, actor=actor)
    return _as_stored(Entity.objects.get(entity_id=kept), info)


def _as_stored(row: Entity, info: GraphQLResolveInfo) -> Any:
    """Return an entity as editors see it, also one that no incident names yet."""
    record = {
        "_id": row.public_id,
        "entity_id": row.entity_id,
        "name": row.name,
        "created_at": row.created_at,
        "date_modified": row.modified_at,
    }
    return whole.put_together(record, info)


def _update_relationship(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Entity_relationship", info, given)
    return None if pk is None else _related(given["update"].get("set") or {}, pk, info)


def _upsert_relationship(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    return _related(given["update"], first("Entity_relationship", info, given), info)


def _related(wanted: Given, pk: int | None, info: GraphQLResolveInfo) -> Any:
    row = EntityRelationship.objects.get(pk=pk) if pk is not None else None
    subject = _end("sub", wanted, info) or (row.subject.entity_id if row else "")
    target = _end("obj", wanted, info) or (row.object.entity_id if row else "")
    if not (subject and target):
        raise Unanswerable("A relationship has `sub` and `obj`.")
    predicate = wanted.get("pred") or (row.predicate if row else entities.RELATED)
    try:
        key = identities.write_relationship(
            subject,
            target,
            predicate,
            key=row.public_id if row else "",
            actor=info.context.viewer,
        )
    except identities.Refused as error:
        raise Unanswerable(str(error)) from error
    return told("Entity_relationship", info, EntityRelationship.objects.get(public_id=key).pk)


def _end(member: str, wanted: Given, info: GraphQLResolveInfo) -> str:
    keys = linked("Entity_relationship", member, wanted, info, known=entities.existing_ids)
    return next(iter(keys or ()), "")


def _delete_relationship(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Entity_relationship", info, given)
    gone = told("Entity_relationship", info, pk)
    if pk is not None:
        key = EntityRelationship.objects.get(pk=pk).public_id
        identities.remove_relationship(key, actor=info.context.viewer)
    return gone


def _insert_duplicate(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    number = _put_duplicate(data, info)
    return told("Duplicate", info, _duplicate(number).pk)


def _insert_duplicates(_root: None, info: GraphQLResolveInfo, data: list[Given | None]) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    numbers = [_put_duplicate(one, info) for one in data if one]
    return {"insertedIds": [_duplicate(number).public_id for number in numbers]}


def _put_duplicate(data: Given, info: GraphQLResolveInfo) -> int:
    require(info.context.viewer, INCIDENT_EDITOR)
    number, of = data.get("duplicate_incident_number"), data.get("true_incident_number")
    if not number or not of or min(number, of) < 1:
        raise Unanswerable("A duplicate has both numbers.")
    curation.write_duplicate(number, of=of, actor=info.context.viewer)
    return int(number)


def _update_duplicate(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Duplicate", info, given)
    if pk is not None:
        _change_duplicates([pk], given["update"].get("set") or {}, info)
    return told("Duplicate", info, pk)


def _update_duplicates(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pks = every("Duplicate", info, given)
    changed = _change_duplicates(pks, given["update"].get("set") or {}, info)
    return {"matchedCount": len(pks), "modifiedCount": changed}


def _upsert_duplicate(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Duplicate", info, given)
    if pk is None:
        return _insert_duplicate(None, info, given["update"])
    _change_duplicates([pk], given["update"], info)
    return told("Duplicate", info, pk)


def _change_duplicates(pks: list[int], wanted: Given, info: GraphQLResolveInfo) -> int:
    changed = 0
    of = wanted.get("true_incident_number")
    for row in IncidentDuplicate.objects.filter(pk__in=pks).order_by("pk"):
        if wanted.get("duplicate_incident_number") not in (None, row.duplicate_number):
            raise Unanswerable("`duplicate_incident_number` is never changed.")
        if of is not None and of != row.true_number:
            curation.write_duplicate(
                row.duplicate_number, of=of, is_new=False, actor=info.context.viewer
            )
            changed += 1
    return changed


def _delete_duplicate(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Duplicate", info, given)
    gone = told("Duplicate", info, pk)
    if pk is not None:
        number = IncidentDuplicate.objects.get(pk=pk).duplicate_number
        curation.remove_duplicates([number], actor=info.context.viewer)
    return gone


def _delete_duplicates(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    rows = IncidentDuplicate.objects.filter(pk__in=every("Duplicate", info, given))
    numbers = list(rows.values_list("duplicate_number", flat=True))
    return {"deletedCount": curation.remove_duplicates(numbers, actor=info.context.viewer)}


def _duplicate(number: int) -> IncidentDuplicate:
    return IncidentDuplicate.objects.get(duplicate_number=number)


RESOLVERS: dict[str, Resolver] = {
    "updateOneEntity": _update,
    "upsertOneEntity": _upsert,
    "updateEntityAndRelationships": _update_with_relationships,
    "mergeEntities": _merge,
    "updateOneEntity_relationship": _update_relationship,
    "upsertOneEntity_relationship": _upsert_relationship,
    "deleteOneEntity_relationship": _delete_relationship,
    "insertOneDuplicate": _insert_duplicate,
    "insertManyDuplicates": _insert_duplicates,
    "updateOneDuplicate": _update_duplicate,
    "updateManyDuplicates": _update_duplicates,
    "upsertOneDuplicate": _upsert_duplicate,
    "deleteOneDuplicate": _delete_duplicate,
    "deleteManyDuplicates": _delete_duplicates,
}

"""Writes to entities by editors. Each act is one group of changes, and so one thing to undo.

An act on an entity touches its record too, so that whoever follows the history sees it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from incidentbase.kit import clock, ids
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, SUBMIT, NotPermitted, Viewer, require
from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import EntityRelationship
from incidentbase.store.identities import queries, rules
from incidentbase.store.identities.rules import EntityDraft
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records import rules as record_rules
from incidentbase.store.records.actions import EditConflict, Unfit, Writer, version_of, writing
from incidentbase.store.submissions.rules import ENTITY_FIELDS, Problem
from incidentbase.store.subscriptions import actions as subscriptions


class Refused(Exception):
    """A draft of an entity, or a merger, cannot be taken in."""

    def __init__(self, problems: dict[str, Problem]) -> None:
        """Take what is wrong, by field."""
        super().__init__(f"refused: {', '.join(sorted(problems))}")
        self.problems = problems


def edit_entity(
    entity_id: str,
    draft: EntityDraft,
    *,
    seen: str,
    seen_aliases: Iterable[str],
    seen_relations: Mapping[str, Iterable[str]],
    actor: Viewer,
    reason: str = "",
) -> None:
    """Change an entity as an editor who saw this version, these other names and other entities.

    `seen_relations` are their ids by the fields of RELATIONS. What others changed since then is
    kept. Raises Refused, EditConflict when they changed the
    same fields, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "entity.edit", reason=reason) as writer:
        theirs = writer.read("entity", entity_id)
        before = recorded.state_at_version("entity", entity_id, seen) or theirs
        aliases = [one for one in map(rules.cleaned, draft.aliases) if one]
        _lock_above(writer, entity_id, draft)
        problems = rules.problems(draft) or _problems(entity_id, aliases, draft)
        if problems:
            raise Refused(problems)
        merged = record_rules.merged(before, theirs, rules.wanted(draft))
        if merged.clashes:
            raise EditConflict(merged.clashes, version_of(theirs), merged.taken)
        is_changed = _set_aliases(writer, entity_id, set(aliases), set(seen_aliases))
        for field, predicate in rules.RELATIONS.items():
            wanted, seen_ids = set(getattr(draft, field)), set(seen_relations.get(field, ()))
            is_changed |= _relate(writer, entity_id, predicate, wanted, seen_ids, actor)
        if is_changed or merged.state != theirs:
            after = {**merged.state, "modified_at": clock.iso(actor.at)}
            writer.replace("entity", entity_id, after)


def create_entity(entity_id: str, name: str, *, actor: Viewer) -> bool:
    """Put in an entity of this id unless there is one, and return whether there was none.

    Everybody may, as whoever sends something in names entities. Raises Refused, and NotPermitted
    for a token that is not for it.
    """
    if not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} came with a token that is not for submitting")
    if problems := rules.problems_of_new(entity_id, name):
        raise Refused(problems)
    now = clock.iso(actor.at)
    with writing(actor, "entity.create") as writer:
        if entities.existing_ids([entity_id]) or entities.true_id(entity_id) is not None:
            return False
        writer.create(
            "entity",
            {
                "object_id": ids.new_object_id(),
                "entity_id": entity_id,
                "name": rules.cleaned(name),
                "kind": "",
                "created_at": now,
                "modified_at": now,
            },
        )
    return True


def write_relationship(
    subject: str, target: str, predicate: str, *, key: str = "", actor: Viewer
) -> str:
    """Say how two entities stand to one another, or change what was said; return the record's key.

    What is said already stays. Raises Refused, NoSuchRecord, Unfit, and NotPermitted unless the
    actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if predicate not in EntityRelationship.PREDICATES:
        raise Unfit("pred", f"is one of {', '.join(EntityRelationship.PREDICATES)}")
    field = next(one for one, named in rules.RELATIONS.items() if named == predicate)
    draft = replace(EntityDraft(name="-"), **{field: (target,)})  # type: ignore[arg-type]
    with writing(actor, "entity.relate") as writer:
        writer.read_all("entity", sorted({subject, target}))
        _lock_above(writer, subject, draft)
        if problems := _problems(subject, [], draft):
            raise Refused(problems)
        known = queries.relation_ids(subject, predicate).get(target)
        if known is not None:
            return known
        state = {
            "subject": subject,
            "object": target,
            "predicate": predicate,
            "is_symmetric": predicate not in rules.DIRECTED,
        }
        if key:
            writer.change("entity_relationship", key, **state)
            return key
        made = {"object_id": ids.new_object_id(), "created_at": clock.iso(actor.at), **state}
        return writer.create("entity_relationship", made)


def remove_relationship(key: str, *, actor: Viewer) -> None:
    """Take back how two entities stand to one another.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "entity.unrelate") as writer:
        writer.remove("entity_relationship", key)


def merge_entities(entity_id: str, *, into: str, actor: Viewer, reason: str = "") -> None:
    """Make one entity of two: the other is named instead, and found by all names of both.

    The id leads to the other from then on. Raises Refused when the two are one, NoSuchRecord, and
    NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if entity_id == into:
        raise Refused({"into": Problem(rules.IS_ITSELF)})
    with writing(actor, "entity.merge", reason=reason) as writer:
        states = {one: writer.read("entity", one) for one in sorted((entity_id, into))}
        for number in sorted(incidents.numbers_naming([entity_id])):
            state = writer.read("incident", str(number))
            lists = rules.renamed(state, ENTITY_FIELDS, entity_id, into)
            after = {**state, **lists, "modified_at": clock.iso(actor.at)}
            writer.replace("incident", str(number), after)
        _pass_on_names(writer, entity_id, into, states[entity_id]["name"], states[into]["name"])
        _pass_on_relationships(writer, entity_id, into)
        subscriptions.follow_instead(entity_id, new=into)
        writer.remove("entity", entity_id)
        writer.create(
            "entity_duplicate",
            {"object_id": ids.new_object_id(), "duplicate_id": entity_id, "true_id": into},
        )
        kept = {**states[into], "kind": states[into]["kind"] or states[entity_id]["kind"]}
        writer.replace("entity", into, {**kept, "modified_at": clock.iso(actor.at)})


def _lock_above(writer: Writer, entity_id: str, draft: EntityDraft) -> None:
    """Lock what a circle would lead through, so that no two editors close one together."""
    ends = {predicate: set(getattr(draft, field)) for field, predicate in rules.RELATIONS.items()}
    through = {one for name in rules.DIRECTED for one in queries.above(name, ends[name])}
    if through:
        writer.read_all("entity", sorted(entities.existing_ids({entity_id, *through})))


def _problems(entity_id: str, aliases: list[str], draft: EntityDraft) -> dict[str, Problem]:
    found = {}
    if any(queries.other_entity_called(one, entity_id=entity_id) for one in aliases):
        found["aliases"] = Problem(rules.IS_ANOTHER)
    for field, predicate in rules.RELATIONS.items():
        wanted = set(getattr(draft, field))
        if entity_id in wanted:
            found[field] = Problem(rules.IS_ITSELF)
        elif wanted - entities.existing_ids(wanted):
            found[field] = Problem(rules.NO_SUCH_ENTITY)
        elif predicate in rules.DIRECTED and entity_id in queries.above(predicate, wanted):
            found[field] = Problem(rules.IS_A_CIRCLE)
    return found


def _set_aliases(writer: Writer, entity_id: str, wanted: set[str], seen: set[str]) -> bool:
    """Add and remove other names as an editor did who saw these; return whether any changed."""
    stored = queries.alias_ids(entity_id)
    added = sorted(wanted - seen - stored.keys())
    gone = sorted((seen - wanted) & stored.keys())
    for name in added:
        state = {"object_id": ids.new_object_id(), "entity_id": entity_id, "name": name}
        writer.create("entity_alias", state)
    for name in gone:
        writer.remove("entity_alias", stored[name])
    return bool(added or gone)


def _relate(
    writer: Writer,
    entity_id: str,
    predicate: str,
    wanted: set[str],
    seen: set[str],
    actor: Viewer,
) -> bool:
    stored = queries.relation_ids(entity_id, predicate)
    added = sorted(wanted - seen - stored.keys())
    gone = sorted((seen - wanted) & stored.keys())
    for other in added:
        writer.create(
            "entity_relationship",
            {
                "object_id": ids.new_object_id(),
                "subject": entity_id,
                "object": other,
                "predicate": predicate,
                "is_symmetric": predicate not in rules.DIRECTED,
                "created_at": clock.iso(actor.at),
            },
        )
    for other in gone:
        writer.remove("entity_relationship", stored[other])
    return bool(added or gone)


def _pass_on_names(writer: Writer, entity_id: str, into: str, name: str, kept_name: str) -> None:
    known = {one.casefold() for one in (kept_name, *queries.alias_ids(into))}
    for alias, key in queries.alias_ids(entity_id).items():
        if alias.casefold() in known:
            writer.remove("entity_alias", key)
        else:
            writer.change("entity_alias", key, entity_id=into)
            known.add(alias.casefold())
    if name.casefold() not in known:
        state = {"object_id": ids.new_object_id(), "entity_id": into, "name": name}
        writer.create("entity_alias", state)


def _pass_on_relationships(writer: Writer, entity_id: str, into: str) -> None:
    known = {
        _pair(row.subject.entity_id, row.object.entity_id, row)
        for row in queries.relationships(into)
    }
    for row in queries.relationships(entity_id):
        subject = into if row.subject.entity_id == entity_id else row.subject.entity_id
        target = into if row.object.entity_id == entity_id else row.object.entity_id
        pair = _pair(subject, target, row)
        is_circle = not row.is_symmetric and subject in queries.above(row.predicate, [target])
        if subject == target or is_circle or pair in known:
            writer.remove("entity_relationship", row.public_id)
        else:
            writer.change("entity_relationship", row.public_id, subject=subject, object=target)
            known.add(pair)


def _pair(subject: str, target: str, row: EntityRelationship) -> tuple[str, ...]:
    """Return what makes a relationship this one; a symmetric one is the same in both directions."""
    ends = sorted((subject, target)) if row.is_symmetric else [subject, target]
    return (row.predicate, *ends)

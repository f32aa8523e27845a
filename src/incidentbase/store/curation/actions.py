"""What editors do across areas. Each act is one group of changes, and so one thing to undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from incidentbase.kit import clock, ids, urls
from incidentbase.store.accounts.rules import (
    INCIDENT_EDITOR,
    INTERNAL,
    PUBLIC,
    Viewer,
    require,
    require_classifier,
)
from incidentbase.store.codings import queries as codings
from incidentbase.store.codings.rules import WITHDRAWN
from incidentbase.store.curation import rules
from incidentbase.store.entities import queries as entities
from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import NoSuchRecord, Unfit, Writer, writing
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.taxonomies import queries as taxonomies


def move_reports(
    reports: Iterable[int], *, to: Sequence[int], actor: Viewer, reason: str = ""
) -> None:
    """Make reports belong to these incidents and to no others; to none, they are issue reports.

    Raises NoSuchRecord, also for the number of a duplicate, and NotPermitted unless the actor
    edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    moved = list(dict.fromkeys(reports))
    with writing(actor, "incident.link", reason=reason) as writer:
        _require_no_duplicates(to)
        for number in sorted(incidents.numbers_with_reports(moved) | set(to)):
            state = writer.read("incident", str(number))
            left = rules.without(state["reports"], moved)
            own = [*left, *moved] if number in to else left
            if number in to and set(moved) <= set(state["reports"]):
                continue
            if own != state["reports"]:
                writer.replace("incident", str(number), _touched(state, actor, reports=own))


def link_reports(
    reports: Iterable[int], *, to: Sequence[int], actor: Viewer, reason: str = ""
) -> None:
    """Make reports belong to these incidents too, whatever others they belong to.

    Raises NoSuchRecord, also for the number of a duplicate, Unfit for reports that are none, and
    NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    linked = list(dict.fromkeys(reports))
    with writing(actor, "incident.link", reason=reason) as writer:
        for number in sorted(set(to)):
            add_reports(writer, number, linked, actor)


def unlink_reports(number: int, reports: Iterable[int], *, actor: Viewer, reason: str = "") -> None:
    """Take reports out of one incident, whatever others they belong to.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "incident.unlink", reason=reason) as writer:
        state = writer.read("incident", str(number))
        left = rules.without(state["reports"], reports)
        if left != state["reports"]:
            writer.replace("incident", str(number), _touched(state, actor, reports=left))


def merge(number: int, *, into: int, actor: Viewer, reason: str = "") -> None:
    """Make an incident the duplicate of another, which gets its reports, entities and links.

    The other also gets its classifications by taxonomies that have not classified it yet; those
    by the others stay with the duplicate, as do its words and translations. Codings go along too,
    unless their annotators code the other as well: those are withdrawn. The number leads to
    the other from then on. Raises Unfit when the two are one or either is a
    duplicate already, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if number == into:
        raise Unfit("into", "is the incident itself")
    with writing(actor, "incident.merge", reason=reason) as writer:
        # In one order, so that no two mergers wait for one another.
        states = {one: writer.read("incident", str(one)) for one in sorted((number, into))}
        for one in (number, into):
            if incidents.true_number(one) is not None:
                raise Unfit("into" if one == into else "number", f"{one} is a duplicate already")
        merged, kept = states[number], states[into]
        writer.replace("incident", str(into), _touched(rules.united(kept, merged), actor))
        lacking, _staying = taxonomies.classified_by_others(number, into=into)
        for key in lacking:
            writer.change("classification", key, incident_id=into)
        _move_codings(writer, number, into)
        for key in incidents.links_lacking(number, into=into):
            writer.change("external_link", key, incident_id=into)
        writer.create(
            "incident_duplicate",
            {
                "object_id": ids.new_object_id(),
                "duplicate_number": number,
                "true_number": into,
            },
        )


def _move_codings(writer: Writer, number: int, into: int) -> None:
    lacking, staying = codings.of_merged(number, into=into)
    for key in lacking:
        writer.change("coding", key, incident_id=into)
    for key in staying:
        writer.change("coding", key, state=WITHDRAWN)


def split(
    number: int,
    *,
    reports: Sequence[int],
    title: str,
    description: str,
    date: str,
    actor: Viewer,
    reason: str = "",
) -> int:
    """Move some reports of an incident to a new one and return its number.

    The new one starts with the same entities and editors. Raises Unfit when the reports are none
    of the incident's or all of them, NoSuchRecord, and NotPermitted unless the actor edits
    incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "incident.split", reason=reason) as writer:
        state = writer.read("incident", str(number))
        moved = [one for one in state["reports"] if one in set(reports)]
        if len(moved) != len(set(reports)) or not moved or len(moved) == len(state["reports"]):
            raise Unfit("reports", "must be some of the incident's, and not all")
        new = history.allocate_number("incident")
        made = rules.new_incident(
            number=new,
            object_id=ids.new_object_id(),
            title=title,
            description=description,
            date=date,
            at=actor.at,
        )
        shared = {name: state[name] for name in (*submission_rules.ENTITY_FIELDS, "editors")}
        writer.replace(
            "incident",
            str(number),
            _touched(state, actor, reports=rules.without(state["reports"], moved)),
        )
        writer.create("incident", {**made, **shared, "reports": moved})
    return new


def write_duplicate(number: int, *, of: int, is_new: bool = True, actor: Viewer) -> None:
    """Say that an incident's number stands for another incident, and nothing else.

    Merging does all that follows as well (see `merge`). Raises Unfit for a number that stands for
    another already, or leads back to itself; NoSuchRecord where there is nothing to lead to;
    NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    verb = "create" if is_new else "edit"
    with writing(actor, f"incident_duplicate.{verb}") as writer:
        writer.read("incident", str(incidents.true_number(of) or of))
        if number in (of, incidents.true_number(of)):
            raise Unfit("true_number", "leads back to the duplicate")
        if is_new:
            if incidents.true_number(number) is not None:
                raise Unfit("duplicate_number", "is a duplicate already")
            state = {"duplicate_number": number, "true_number": of}
            writer.create("incident_duplicate", {"object_id": ids.new_object_id(), **state})
        else:
            writer.change("incident_duplicate", str(number), true_number=of)


def remove_duplicates(numbers: Iterable[int], *, actor: Viewer) -> int:
    """Take back that numbers stand for other incidents and return how many those were.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    wanted = sorted(set(numbers))
    with writing(actor, "incident_duplicate.remove") as writer:
        for number in wanted:
            writer.remove("incident_duplicate", str(number))
    return len(wanted)


def withdraw(kind: str, number: int, *, actor: Viewer, reason: str) -> None:
    """Take an incident or a report out of sight; its number is kept and it can be put back.

    If everybody could see it, the reason can be read in its place (`records.queries.tombstone`).
    Raises Unfit when it is out of sight already, NoSuchRecord, and NotPermitted unless the actor
    edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, f"{kind}.withdraw", reason=reason) as writer:
        state = writer.read(kind, str(number))
        if state["visibility"] == INTERNAL:
            raise Unfit("visibility", "is internal already")
        hidden = {"visibility": INTERNAL, "embargoed_until": None}
        writer.replace(kind, str(number), _touched(state, actor, **hidden))


def put_back(kind: str, number: int, *, actor: Viewer, reason: str = "") -> None:
    """Show an internal incident or report again, to those who saw it before it was withdrawn.

    One that never was withdrawn becomes public. Raises Unfit when it is not internal,
    NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, f"{kind}.put_back", reason=reason) as writer:
        state = writer.read(kind, str(number))
        if state["visibility"] != INTERNAL:
            raise Unfit("visibility", "is not internal")
        before = recorded.visibility_before_withdrawal(kind, str(number))
        shown = before or {"visibility": PUBLIC, "embargoed_until": None}
        writer.replace(kind, str(number), _touched(state, actor, **shown))


def change_tags(
    numbers: Sequence[int],
    *,
    add: Sequence[str],
    remove: Sequence[str],
    actor: Viewer,
    reason: str = "",
) -> int:
    """Give reports some tags, take others away, and return how many reports that changed.

    Raises Unfit for tags that do not fit or more than MOST_AT_ONCE reports, NoSuchRecord, and
    NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    _require_few(numbers)
    more, less = rules.cleaned_tags(add), rules.cleaned_tags(remove)
    if submission_rules.problems_of_tags(more) is not None:
        raise Unfit("tags", "are too long or too many")
    with writing(actor, "report.tag", reason=reason) as writer:
        states = writer.read_all("report", map(str, numbers))
        tagged = {
            key: rules.with_tags(state["tags"], add=more, remove=less)
            for key, state in states.items()
        }
        return writer.replace_all(
            "report",
            {
                key: _touched(state, actor, tags=tagged[key])
                for key, state in states.items()
                if tagged[key] != state["tags"]
            },
        )


def mark_classifications(
    namespace: str,
    *,
    incidents: Sequence[int] = (),
    reports: Sequence[int] = (),
    status: str = "",
    is_published: bool | None = None,
    actor: Viewer,
    reason: str = "",
) -> int:
    """Set how far a taxonomy's classifications of records have come; return how many changed.

    `status` is a permitted value of the field STATUS_FIELD; empty, it stays as it is, and so does
    the publication without `is_published`. Raises Unfit for a value that is not permitted or more
    than MOST_AT_ONCE records, and NotPermitted unless the actor edits incidents or this taxonomy.
    """
    require_classifier(actor, namespace)
    _require_few([*incidents, *reports])
    if status and status not in taxonomies.permitted_values(namespace, rules.STATUS_FIELD):
        raise Unfit("status", f"is none that {namespace} permits")
    with writing(actor, "classification.mark", reason=reason) as writer:
        keys = taxonomies.ids_of_records(
            namespace, incidents=incidents, reports=reports, viewer=actor
        )
        states = writer.read_all("classification", keys)
        return writer.replace_all(
            "classification",
            {
                key: rules.marked(state, status=status, is_published=is_published)
                for key, state in states.items()
            },
        )


def _require_few(numbers: Sequence[int]) -> None:
    if len(set(numbers)) > rules.MOST_AT_ONCE:
        raise Unfit("numbers", f"are more than {rules.MOST_AT_ONCE}")


def _require_no_duplicates(numbers: Iterable[int]) -> None:
    for number in numbers:
        if incidents.true_number(number) is not None:
            raise NoSuchRecord(f"incident {number} is a duplicate")


def add_reports(writer: Writer, number: int, reports: Sequence[int], actor: Viewer) -> None:
    """Add reports to an incident as part of an act; the actor becomes one of its editors.

    Raises NoSuchRecord, also for the number of a duplicate.
    """
    _require_no_duplicates([number])
    state = writer.read("incident", str(number))
    own = list(dict.fromkeys([*state["reports"], *reports]))
    editors = list(state["editors"])
    if actor.account_id and actor.account_id not in editors:
        editors.append(actor.account_id)
    writer.replace("incident", str(number), _touched(state, actor, reports=own, editors=editors))


def entities_named(writer: Writer, names: Sequence[str], actor: Viewer) -> list[str]:
    """Return the ids of entities by their names; those that nobody knows yet are made."""
    found = []
    for name in names:
        entity_id = entities.id_of(name) or urls.entity_slug(name)
        if not entities.existing_ids([entity_id]):
            writer.create(
                "entity",
                {
                    "object_id": ids.new_object_id(),
                    "entity_id": entity_id,
                    "name": name.strip(),
                    "kind": "",
                    "created_at": clock.iso(actor.at),
                    "modified_at": clock.iso(actor.at),
                },
            )
        found.append(entity_id)
    return list(dict.fromkeys(found))


def _touched(state: State, actor: Viewer, **changes: object) -> State:
    return {**state, **changes, "modified_at": clock.iso(actor.at)}

"""Writes of those who classify. Each act is one group of changes, and so one thing to undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from incidentbase.kit import clock, ids
from incidentbase.store.accounts.rules import (
    TAXONOMY_EDITOR,
    Viewer,
    require,
    require_classifier,
)
from incidentbase.store.classifying import planning, queries, rules, versions
from incidentbase.store.classifying.columns import MOST_ROWS, Row
from incidentbase.store.classifying.planning import How, Outcome, Plan
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.codings import queries as codings
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records import rules as record_rules
from incidentbase.store.records.actions import (
    EditConflict,
    NoSuchRecord,
    Unfit,
    Writer,
    version_of,
    writing,
)
from incidentbase.store.review.actions import NotReady
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules


@dataclass(frozen=True, slots=True)
class Defined:
    """What became of a taxonomy and its classifications when it was defined.

    `changed` counts the classifications whose answers got other names or values; `unfitting` the
    answers that the definition does not ask for or permit. They are kept as they are.
    """

    was: int | None
    version: int
    is_changed: bool
    changed: int
    unfitting: Counter[tuple[str, str]]


class PlanChanged(Exception):
    """A table would do something else than was looked at; nothing was written."""

    def __init__(self, plan: Plan) -> None:
        """Take what it would do now."""
        super().__init__("the table would do something else now")
        self.plan = plan


def define(wanted: State, *, actor: Viewer, reason: str = "") -> Defined:
    """Put a taxonomy in, or give one another definition and bring its classifications along.

    Raises Unfit when the version is older than the one here, or the same although what answers
    depend on differs; NotPermitted unless the actor edits all taxonomies.
    """
    require(actor, TAXONOMY_EDITOR)
    namespace = wanted["namespace"]
    with writing(actor, "taxonomy.define", reason=reason) as writer:
        there = recorded.state_of("taxonomy", namespace)
        if there is None:
            _require_own_name(namespace)
            made = {**wanted, "object_id": wanted["object_id"] or ids.new_object_id()}
            writer.create("taxonomy", made)
            return Defined(None, wanted["version"], True, 0, Counter())
        theirs = writer.read("taxonomy", namespace)
        before = theirs.get("version", 1)
        _require_newer(wanted, theirs, before)
        is_changed = writer.replace(
            "taxonomy", namespace, {**wanted, "object_id": theirs["object_id"]}
        )
        pending = [one for one in wanted["changes"] if one["version"] > before]
        changed, unfitting = _bring_along(writer, wanted, pending)
    return Defined(before, wanted["version"], is_changed, changed, unfitting)


def _require_own_name(namespace: str) -> None:
    other = taxonomies.get(namespace)
    if other is not None:
        raise Unfit("namespace", f"differs from {other.namespace} in its letter case only")


def _require_newer(wanted: State, theirs: State, before: int) -> None:
    if wanted["version"] < before:
        raise Unfit("version", f"is older than {before}, which is here")
    same = versions.structure(wanted["fields"]) == versions.structure(theirs["fields"])
    if wanted["version"] == before and not same:
        raise Unfit(
            "version",
            f"must be greater than {before}: fields, values or conditions are not what they were",
        )


def _bring_along(
    writer: Writer, wanted: State, pending: Sequence[State]
) -> tuple[int, Counter[tuple[str, str]]]:
    after = _migrated(writer, "classification", taxonomies.ids_of(wanted["namespace"]), pending)
    own = _migrated(writer, "coding", codings.ids_of(wanted["namespace"]), pending)
    changed = writer.replace_all("classification", after) if pending else 0
    if pending:
        writer.replace_all("coding", own)
    unfitting: Counter[tuple[str, str]] = Counter()
    for state in after.values():
        unfitting += versions.unfitting(state["attributes"], wanted["fields"])
    return changed, unfitting


def _migrated(
    writer: Writer, kind: str, keys: Sequence[str], pending: Sequence[State]
) -> dict[str, State]:
    return {
        key: {**state, "attributes": versions.migrated(state["attributes"], pending)}
        for key, state in writer.read_all(kind, keys).items()
    }


def classify(
    namespace: str,
    kind: str,
    number: int,
    draft: ClassificationDraft,
    *,
    seen: str = "",
    is_alone: bool = False,
    actor: Viewer,
    reason: str = "",
) -> str:
    """Say what a taxonomy says of an incident or report, and return the classification's id.

    There is one of each taxonomy for a record: it is made, or edited as somebody does who saw the
    version `seen`. What others changed since is kept. Raises NotReady; EditConflict when they
    changed the same answers, with `is_alone` when they changed any; NoSuchRecord, also for the
    number of a duplicate; and NotPermitted unless the actor edits incidents or the taxonomy.
    """
    require_classifier(actor, namespace)
    with writing(actor, "classification.edit", reason=reason) as writer:
        if kind == "incident" and incidents.true_number(number) is not None:
            raise NoSuchRecord(f"incident {number} is a duplicate")
        # Locked, so that two people who begin at the same moment do not make two.
        writer.read(kind, str(number))
        editable = queries.editable(namespace, kind, number, viewer=actor)
        if editable is None:
            raise NoSuchRecord(f"taxonomy {namespace}")
        if editable.public_id:
            theirs = writer.read("classification", editable.public_id)
        else:
            theirs = rules.blank(editable.taxonomy["namespace"], kind, number, ids.new_object_id())
        after = _after(editable, theirs, draft, seen=seen, is_alone=is_alone, actor=actor)
        if not editable.public_id:
            return writer.create("classification", after)
        writer.replace("classification", editable.public_id, after)
        return editable.public_id


def write_answers(
    namespace: str,
    kind: str,
    number: int,
    answers: Sequence[tuple[str, str]] | None,
    *,
    notes: str | None = None,
    is_published: bool | None = None,
    actor: Viewer,
) -> str:
    """Give a record all answers of a taxonomy as they are kept, and return the classification's id.

    `answers` are (name, JSON) in order; None leaves answers, notes or publication as they are. An
    answer that stays the same keeps where it came from, and those to questions that only
    annotators see stay unless they are named. Raises NoSuchRecord, also for the number of a
    duplicate; Unfit for a question that the taxonomy does not ask and for what is no JSON;
    NotPermitted unless the actor edits incidents or the taxonomy.
    """
    require_classifier(actor, namespace)
    with writing(actor, "classification.edit") as writer:
        if kind == "incident" and incidents.true_number(number) is not None:
            raise NoSuchRecord(f"incident {number} is a duplicate")
        writer.read(kind, str(number))
        editable = queries.editable(namespace, kind, number, viewer=actor)
        if editable is None:
            raise NoSuchRecord(f"taxonomy {namespace}")
        own = editable.taxonomy["namespace"]
        if editable.public_id:
            theirs = writer.read("classification", editable.public_id)
        else:
            theirs = rules.blank(own, kind, number, ids.new_object_id())
        after = {
            **theirs,
            **({} if notes is None else {"notes": notes}),
            **({} if is_published is None else {"is_published": is_published}),
        }
        if answers is not None:
            told = {
                "by": actor.account_id or actor.label,
                "method": taxonomy_rules.MANUAL,
                "at": clock.iso(actor.at) or "",
            }
            try:
                after["attributes"] = rules.rewritten(theirs, answers, editable.fields, told=told)
            except rules.UnfitAnswer as error:
                raise Unfit(error.name, error.problem) from None
        if not editable.public_id:
            return writer.create("classification", after)
        writer.replace("classification", editable.public_id, after)
        return editable.public_id


def _after(
    editable: queries.Editable,
    theirs: State,
    draft: ClassificationDraft,
    *,
    seen: str,
    is_alone: bool,
    actor: Viewer,
) -> State:
    fields = editable.fields
    earlier = (
        recorded.state_at_version("classification", editable.public_id, seen) if seen else None
    )
    # Whoever saw no version saw a blank.
    before = earlier or (_blank_like(theirs) if not seen else theirs)
    now = rules.flattened(theirs, fields)
    merged = record_rules.merged(rules.flattened(before, fields), now, rules.wanted(draft, fields))
    flat = rules.without_unasked(merged.state, fields)
    if problems := rules.problems_of(flat, now, fields):
        raise NotReady(problems)
    if merged.clashes or (is_alone and merged.taken):
        raise EditConflict(merged.clashes, version_of(theirs), merged.taken)
    return rules.written_back(
        theirs,
        flat,
        fields,
        by=actor.account_id or actor.label,
        method=taxonomy_rules.MANUAL,
        at=clock.iso(actor.at) or "",
    )


def _blank_like(theirs: State) -> State:
    return {**theirs, "notes": "", "is_published": False, "attributes": []}


def import_answers(
    namespace: str,
    rows: Sequence[Row],
    *,
    how: How,
    looks_like: planning.Likeness = planning.nothing_alike,
    seen: str,
    leaves_out: bool = False,
    actor: Viewer,
    reason: str = "",
) -> Counter[str]:
    """Take the answers of a table over and return how many rows came to what.

    Rows that are refused are left out with `leaves_out`. Raises PlanChanged when that would do
    anything else than the plan `seen`, or some are refused; Unfit when the rows are more than
    MOST_ROWS; NoSuchRecord for an unknown taxonomy, and NotPermitted unless the actor edits
    incidents or the taxonomy.
    """
    require_classifier(actor, namespace)
    if len(rows) > MOST_ROWS:
        raise Unfit("rows", f"are more than {MOST_ROWS}")
    with writing(actor, "classification.edit_table", reason=reason) as writer:
        _lock(writer, rows, actor)
        plan = planning.plan(namespace, rows, how=how, looks_like=looks_like, viewer=actor)
        if plan is None:
            raise NoSuchRecord(f"taxonomy {namespace}")
        if plan.version != seen or (plan.counts[planning.REFUSED] and not leaves_out):
            raise PlanChanged(plan)
        made = [_taken_over(plan, one, how, actor) for one in plan.outcomes if not one.public_id]
        writer.create_all("classification", [state for state in made if state])
        changed = {
            one.public_id: _taken_over(plan, one, how, actor)
            for one in plan.outcomes
            if one.what == planning.CHANGED
        }
        writer.replace_all("classification", {key: one for key, one in changed.items() if one})
    return plan.counts


def _lock(writer: Writer, rows: Sequence[Row], actor: Viewer) -> None:
    """Keep others from classifying the same records meanwhile."""
    for kind, numbers in planning.visible_numbers(rows, actor).items():
        writer.read_all(kind, map(str, numbers))


def _taken_over(plan: Plan, outcome: Outcome, how: How, actor: Viewer) -> State | None:
    """Return the classification that a row makes, None when it makes none."""
    if outcome.what not in (planning.MADE, planning.CHANGED):
        return None
    row = outcome.row
    state = outcome.state or rules.blank(
        plan.taxonomy["namespace"], row.kind, row.number, ids.new_object_id()
    )
    return rules.written_back(
        state,
        outcome.flat,
        plan.taxonomy["fields"],
        by=actor.account_id or actor.label,
        method=how.method,
        at=clock.iso(actor.at) or "",
        model=how.model,
    )


def review_answers(
    public_id: str, names: Sequence[str], *, seen: str, actor: Viewer, reason: str = ""
) -> None:
    """Note that the actor looked at answers and found them right.

    Raises EditConflict when the classification is not the version `seen` any more, NoSuchRecord,
    and NotPermitted unless the actor edits incidents or the taxonomy.
    """
    with writing(actor, "classification.review", reason=reason) as writer:
        state = writer.read("classification", public_id)
        require_classifier(actor, state["namespace"])
        if version_of(state) != seen:
            raise EditConflict({}, version_of(state))
        by, at = actor.account_id or actor.label, clock.iso(actor.at) or ""
        writer.replace("classification", public_id, rules.reviewed(state, names, by=by, at=at))


def answer_many(
    public_ids: Sequence[str], field: str, value: object, *, actor: Viewer, reason: str = ""
) -> int:
    """Give one question of a taxonomy the same answer in many classifications.

    Returns how many that changed; nothing at all takes the answers away. Raises NotReady when the
    answer does not fit, Unfit when they are more than MOST_AT_ONCE or of several taxonomies,
    NoSuchRecord, and NotPermitted unless the actor edits incidents or the taxonomy.
    """
    if len(set(public_ids)) > rules.MOST_AT_ONCE:
        raise Unfit("ids", f"are more than {rules.MOST_AT_ONCE}")
    with writing(actor, "classification.edit_many", reason=reason) as writer:
        hidden = set(public_ids) - taxonomies.visible_ids(public_ids, viewer=actor)
        if hidden:
            raise NoSuchRecord(f"classification {min(hidden)}")
        states = writer.read_all("classification", sorted(set(public_ids)))
        namespaces = {state["namespace"] for state in states.values()}
        if len(namespaces) != 1:
            raise Unfit("ids", "belong to several taxonomies, or to none")
        (namespace,) = namespaces
        require_classifier(actor, namespace)
        taxonomy = queries.definition(namespace)
        fields = taxonomy["fields"] if taxonomy else []
        if field not in rules.questions(fields):
            raise NoSuchRecord(f"field {field}")
        draft = ClassificationDraft(answers={field: value})
        after = {key: _answered(state, draft, fields, actor) for key, state in states.items()}
        return writer.replace_all("classification", after)


def _answered(
    state: State, draft: ClassificationDraft, fields: rules.Fields, actor: Viewer
) -> State:
    before = rules.flattened(state, fields)
    kept = {"notes": state["notes"], "is_published": state["is_published"]}
    flat = rules.without_unasked({**before, **rules.wanted(draft, fields), **kept}, fields)
    if problems := rules.problems_of(flat, before, fields):
        raise NotReady(problems)
    return rules.written_back(
        state,
        flat,
        fields,
        by=actor.account_id or actor.label,
        method=taxonomy_rules.MANUAL,
        at=clock.iso(actor.at) or "",
    )


def remove_classification(public_id: str, *, actor: Viewer, reason: str = "") -> None:
    """Take a classification away; the history keeps it and the act can be undone.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents or the taxonomy.
    """
    with writing(actor, "classification.remove", reason=reason) as writer:
        state = writer.read("classification", public_id)
        require_classifier(actor, state["namespace"])
        writer.remove("classification", public_id)

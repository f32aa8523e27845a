"""Writes of coordinators, annotators and adjudicators. Each act is one group of changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from incidentbase.kit import clock, ids, text
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import (
    Viewer,
    require_classifier,
    require_taxonomy_editor,
)
from incidentbase.store.annotating import queries, rules
from incidentbase.store.annotating.rules import Decisions
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.classifying import rules as answers
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.codings import queries as codings
from incidentbase.store.codings import rules as kept
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

KIND = "coding"


class Unfinished(Exception):
    """Somebody still codes the record, so nobody may look at its codings."""


class Adjudicated(Exception):
    """The codings of the record were adjudicated, so none of them changes any more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when something is to be coded, and what the annotator should know."""

    due: dt.date | None = None
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is to code many records: so many annotators each, for a share of them (`spread`)."""

    kind: str
    numbers: Sequence[int]
    annotators: Sequence[str]
    each: int
    share: int = 100
    seed: str = ""
    terms: Terms = field(default_factory=Terms)


def planned(namespace: str, plan: Plan, *, actor: Viewer) -> dict[int, list[str]]:
    """Return who would get a coding of each record; those who have one get none again.

    Raises Unfit for what is wrong with the plan (`numbers`, `annotators`, `each`, `share`,
    `instruction`), and NotPermitted unless the actor edits the taxonomy.
    """
    require_taxonomy_editor(actor, namespace)
    if taxonomies.get(namespace) is None or taxonomy_rules.is_annotator_copy(namespace):
        raise NoSuchRecord(f"taxonomy {namespace}")
    if not plan.numbers or len(plan.numbers) > rules.MOST_AT_ONCE:
        raise Unfit("numbers", f"must be from 1 to {rules.MOST_AT_ONCE} records")
    if missing := queries.unknown_records(plan.kind, plan.numbers, viewer=actor):
        raise Unfit("numbers", f"name no {plan.kind}: {missing[0]}")
    if not plan.annotators or set(plan.annotators) - set(accounts.names_of_classifiers(namespace)):
        raise Unfit("annotators", "must be accounts that may classify by the taxonomy")
    if not 1 <= plan.each <= len(set(plan.annotators)):
        raise Unfit("each", "must be from 1 to the number of annotators")
    if not 1 <= plan.share <= 100:
        raise Unfit("share", "must be from 1 to 100")
    if len(plan.terms.instruction) > rules.LONGEST_INSTRUCTION:
        raise Unfit("instruction", "is too long")
    already: dict[int, list[str]] = {}
    there = codings.of_records(namespace, plan.kind, plan.numbers)
    for (number, annotator), (_key, state) in there.items():
        if state != kept.WITHDRAWN:
            already.setdefault(number, []).append(annotator)
    return kept.spread(
        plan.numbers,
        plan.annotators,
        each=plan.each,
        share=plan.share,
        seed=plan.seed,
        already=already,
    )


def assign(namespace: str, plan: Plan, *, actor: Viewer, reason: str = "") -> int:
    """Give out codings as planned and return how many. Raises as `planned` does, and NotSeen.

    Who had a coding that was withdrawn gets it back with the answers in it.
    """
    with writing(actor, f"{KIND}.assign", reason=reason) as writer:
        return _give_out(writer, namespace, plan, actor)


class NotSeen(Exception):
    """An annotator may not see a record that they would have to code."""

    def __init__(self, annotator: str, kind: str, number: int) -> None:
        """Take the account and the record."""
        super().__init__(f"{annotator} may not see {kind} {number}")
        self.annotator, self.kind, self.number = annotator, kind, number


def _require_sight(annotator: str, plan: Plan, numbers: Sequence[int], actor: Viewer) -> None:
    viewer = accounts.viewer_for(annotator, at=actor.at)
    if hidden := queries.unknown_records(plan.kind, numbers, viewer=viewer):
        raise NotSeen(annotator, plan.kind, hidden[0])


def _numbers(namespace: str, annotators: Sequence[str]) -> dict[str, int]:
    """Return by which number each annotator is called: theirs, or the next that is free."""
    known = codings.numbers_of_annotators(namespace)
    taken = [*known.values(), *queries.numbers_of_copies(namespace)]
    following = max(taken, default=0) + 1
    for annotator in dict.fromkeys(annotators):
        if annotator not in known:
            known[annotator] = following
            following += 1
    return known


def _give_out(writer: Writer, namespace: str, plan: Plan, actor: Viewer) -> int:
    require_taxonomy_editor(actor, namespace)
    # Locked, so that two who give out at the same moment neither give twice nor number alike.
    writer.read("taxonomy", namespace)
    found = planned(namespace, plan, actor=actor)
    for annotator in sorted({one for several in found.values() for one in several}):
        _require_sight(annotator, plan, [n for n, who in found.items() if annotator in who], actor)
    numbers = _numbers(namespace, plan.annotators)
    there = codings.of_records(namespace, plan.kind, plan.numbers)
    fresh = {
        "state": kept.ASSIGNED,
        "handed_in_at": None,
        **_of_terms(plan.terms),
    }
    made = []
    again = []
    for number, several in found.items():
        for annotator in several:
            earlier = there.get((number, annotator))
            if earlier is not None:
                again.append(earlier[0])
                continue
            state = _blank(namespace, plan.kind, number, actor)
            made.append({**state, "number": numbers[annotator], "annotator": annotator, **fresh})
    writer.create_all(KIND, made)
    states = writer.read_all(KIND, again)
    writer.replace_all(
        KIND,
        {
            key: {**one, **fresh, "is_blind": one["is_blind"] and not _could_read(one, actor)}
            for key, one in states.items()
        },
    )
    return len(made) + len(again)


def _blank(namespace: str, kind: str, number: int, actor: Viewer) -> State:
    return {
        "object_id": ids.new_object_id(),
        "is_blind": True,
        "attributes": [],
        "notes": "",
        "assigned_at": clock.iso(actor.at),
        "namespace": namespace,
        "incident_id": number if kind == "incident" else None,
        "report_number": number if kind == "report" else None,
    }


def _of_terms(terms: Terms) -> dict[str, str | None]:
    due = terms.due.isoformat() if terms.due else None
    return {"due": due, "instruction": text.without_hidden(terms.instruction).strip()}


def withdraw(public_ids: Sequence[str], *, actor: Viewer, reason: str = "") -> int:
    """Take codings back from their annotators and return how many; what they say is kept.

    Raises Adjudicated, NoSuchRecord, and NotPermitted unless the actor edits the taxonomy.
    """
    with writing(actor, f"{KIND}.withdraw", reason=reason) as writer:
        states = _coordinated(writer, public_ids, actor)
        after = {key: {**state, "state": kept.WITHDRAWN} for key, state in states.items()}
        return writer.replace_all(KIND, after)


def give_back(public_ids: Sequence[str], *, actor: Viewer, reason: str = "") -> int:
    """Give codings that were handed in back to their annotators, and return how many.

    Raises Adjudicated, NoSuchRecord, and NotPermitted unless the actor edits the taxonomy.
    """
    with writing(actor, f"{KIND}.give_back", reason=reason) as writer:
        states = _coordinated(writer, public_ids, actor)
        after = {key: _taken_back(state, actor) for key, state in states.items()}
        return writer.replace_all(KIND, after)


def set_terms(public_ids: Sequence[str], terms: Terms, *, actor: Viewer, reason: str = "") -> int:
    """Give codings another day and other words, and return how many that changed.

    Raises Unfit, NoSuchRecord, and NotPermitted unless the actor edits the taxonomy.
    """
    if len(terms.instruction) > rules.LONGEST_INSTRUCTION:
        raise Unfit("instruction", "is too long")
    with writing(actor, f"{KIND}.set_terms", reason=reason) as writer:
        states = _coordinated(writer, public_ids, actor, of_adjudicated=True)
        told = _of_terms(terms)
        return writer.replace_all(KIND, {key: {**one, **told} for key, one in states.items()})


def reassign(public_ids: Sequence[str], annotator: str, *, actor: Viewer, reason: str = "") -> int:
    """Let another annotator do codings from the beginning, and return how many.

    The former ones are withdrawn and keep what they say. Who codes a record already gets no
    second coding of it. Raises Unfit, NotSeen, Adjudicated, NoSuchRecord and NotPermitted.
    """
    with writing(actor, f"{KIND}.reassign", reason=reason) as writer:
        states = _coordinated(writer, public_ids, actor)
        changed = 0
        for key, state in states.items():
            if state["annotator"] == annotator or state["state"] == kept.WITHDRAWN:
                continue
            writer.replace(KIND, key, {**state, "state": kept.WITHDRAWN})
            _hand_over(writer, state, annotator, actor)
            changed += 1
    return changed


def _hand_over(writer: Writer, state: State, annotator: str, actor: Viewer) -> None:
    kind, number = _record_of(state)
    due = dt.date.fromisoformat(state["due"]) if state["due"] else None
    terms = Terms(due, state["instruction"])
    plan = Plan(kind, [number], [annotator], each=1, terms=terms)
    _give_out(writer, state["namespace"], plan, actor)


def _record_of(state: State) -> tuple[str, int]:
    if state["incident_id"] is not None:
        return "incident", state["incident_id"]
    return "report", state["report_number"]


def _coordinated(
    writer: Writer, public_ids: Sequence[str], actor: Viewer, *, of_adjudicated: bool = False
) -> dict[str, State]:
    if len(public_ids) > rules.MOST_AT_ONCE:
        raise Unfit("ids", f"are more than {rules.MOST_AT_ONCE}")
    states = writer.read_all(KIND, sorted(set(public_ids)))
    for key, state in states.items():
        require_taxonomy_editor(actor, state["namespace"])
        if state["state"] == kept.ADJUDICATED and not of_adjudicated:
            raise Adjudicated(key)
    return states


def keep_answers(
    public_id: str,
    draft: ClassificationDraft,
    *,
    seen: str,
    is_alone: bool = False,
    actor: Viewer,
) -> str:
    """Keep what an annotator answers so far, and return the version that it is then.

    `seen` is the version that their form showed. Raises NotReady, EditConflict when the same was
    changed elsewhere (with `is_alone` when anything was), NoSuchRecord for what is not theirs or
    is handed in, and NotPermitted for who may classify by the taxonomy no more.
    """
    with writing(actor, f"{KIND}.edit") as writer:
        state = _own(writer, public_id, actor, state=kept.ASSIGNED)
        after = _answered(public_id, state, draft, seen=seen, is_alone=is_alone, actor=actor)
        writer.replace(KIND, public_id, after)
        return version_of(after)


def hand_in(public_id: str, draft: ClassificationDraft, *, seen: str, actor: Viewer) -> None:
    """Keep what an annotator answers and hand it in: nobody changes it from then on.

    Raises as `keep_answers` does; NotReady too when an answer is missing that a publication needs.
    """
    with writing(actor, f"{KIND}.hand_in") as writer:
        state = _own(writer, public_id, actor, state=kept.ASSIGNED)
        after = _answered(
            public_id, state, draft, seen=seen, is_alone=False, actor=actor, is_last=True
        )
        done = {"state": kept.HANDED_IN, "handed_in_at": clock.iso(actor.at)}
        writer.replace(KIND, public_id, {**after, **done})


def take_back(public_id: str, *, actor: Viewer) -> None:
    """Let an annotator go on with a coding that they handed in.

    When all codings of the record were handed in, and the annotator could read them, this one is
    not blind any more, and no figure counts it. Raises Adjudicated, NoSuchRecord and NotPermitted.
    """
    with writing(actor, f"{KIND}.take_back") as writer:
        state = _own(writer, public_id, actor)
        if state["state"] == kept.ADJUDICATED:
            raise Adjudicated(public_id)
        writer.replace(KIND, public_id, _taken_back(state, actor))


def _taken_back(state: State, actor: Viewer) -> State:
    if state["state"] != kept.HANDED_IN:
        return state
    return {
        **state,
        "state": kept.ASSIGNED,
        "handed_in_at": None,
        "is_blind": state["is_blind"] and not _could_read(state, actor),
    }


def _could_read(state: State, actor: Viewer) -> bool:
    """Return whether the annotator of a coding may have seen the others' of its record.

    They stand open once nobody codes the record, for those who coordinate the taxonomy.
    """
    namespace, (kind, number) = state["namespace"], _record_of(state)
    others = set(codings.keys_of_record(namespace, kind, number)) - {state["object_id"]}
    annotator = accounts.viewer_for(state["annotator"], at=actor.at)
    return (
        bool(others)
        and codings.are_all_done(namespace, kind, number)
        and kept.coordinates(annotator, namespace)
    )


def _own(writer: Writer, public_id: str, actor: Viewer, *, state: str = "") -> State:
    """Return the state of a coding of the actor's own, in the state that it must have."""
    found = codings.own_one(public_id, viewer=actor)
    if found is None:
        raise NoSuchRecord(f"{KIND} {public_id}")
    require_classifier(actor, found.taxonomy.namespace)
    kept_state = writer.read(KIND, public_id)
    if state and kept_state["state"] != state:
        raise NoSuchRecord(f"{KIND} {public_id} is {kept_state['state']}")
    return kept_state


def _answered(
    public_id: str,
    state: State,
    draft: ClassificationDraft,
    *,
    seen: str,
    is_alone: bool,
    actor: Viewer,
    is_last: bool = False,
) -> State:
    taxonomy = classifying.definition(state["namespace"])
    fields = taxonomy["fields"] if taxonomy else []
    theirs = queries.as_classification(state)
    earlier = recorded.state_at_version(KIND, public_id, seen)
    before = queries.as_classification(earlier) if earlier else theirs
    now = answers.flattened(theirs, fields)
    merged = record_rules.merged(
        answers.flattened(before, fields), now, answers.wanted(draft, fields)
    )
    flat = {**answers.without_unasked(merged.state, fields), "is_published": is_last}
    if problems := answers.problems_of(flat, now, fields):
        raise NotReady(problems)
    if merged.clashes or (is_alone and merged.taken):
        raise EditConflict(merged.clashes, version_of(state), merged.taken)
    by = actor.account_id or actor.label
    after = answers.written_back(
        theirs, flat, fields, by=by, method=taxonomy_rules.MANUAL, at=clock.iso(actor.at) or ""
    )
    return {**state, "attributes": after["attributes"], "notes": after["notes"]}


def adjudicate(
    namespace: str,
    kind: str,
    number: int,
    decisions: Decisions,
    *,
    seen: str,
    actor: Viewer,
    reason: str = "",
) -> str:
    """Make the classification of a record out of its codings, and return its id.

    `seen` is what the adjudicator saw of codings and classification. Raises EditConflict when any
    of it changed since, NotReady for what is to be decided or does not fit, Unfinished while
    somebody codes the record, NoSuchRecord, also for the number of a duplicate and where there
    are no codings, and NotPermitted unless the actor edits the taxonomy.
    """
    require_taxonomy_editor(actor, namespace)
    with writing(actor, "classification.adjudicate", reason=reason) as writer:
        board, own = _board(writer, namespace, (kind, number), actor)
        if board.seen != seen:
            raise EditConflict({}, board.seen)
        result = _result(board, decisions)
        if problems := rules.problems_of(result, board.editable.fields):
            raise NotReady(problems)
        return _write(writer, board, own, result, actor)


def adjudicate_alike(
    namespace: str, records: Sequence[queries.Record], *, actor: Viewer, reason: str = ""
) -> int:
    """Make and publish the classifications of records whose annotators do not differ at all.

    Returns how many; the others are left alone, as are those that somebody still codes, that have
    a classification, or that lack what a publication needs. Raises Unfit when they are too many,
    NoSuchRecord, and NotPermitted unless the actor edits the taxonomy.
    """
    require_taxonomy_editor(actor, namespace)
    if len(records) > rules.MOST_AT_ONCE:
        raise Unfit("records", f"are more than {rules.MOST_AT_ONCE}")
    written = 0
    with writing(actor, "classification.adjudicate", reason=reason) as writer:
        for record in dict.fromkeys(records):
            try:
                board, own = _board(writer, namespace, record, actor)
            except Unfinished:
                continue
            fields = board.editable.fields
            told = rules.proposals(board.codings, fields).values()
            draft = ClassificationDraft(
                notes=rules.notes_proposed(board.codings), is_published=True
            )
            result = _result(board, Decisions({}, draft))
            is_new = not board.editable.public_id
            is_alike = not any(one.is_difference for one in told)
            if is_new and is_alike and not rules.problems_of(result, fields):
                _write(writer, board, own, result, actor)
                written += 1
    return written


def _board(
    writer: Writer, namespace: str, record: queries.Record, actor: Viewer
) -> tuple[queries.Board, dict[str, State]]:
    """Return what is to be adjudicated, and the codings, which nobody changes meanwhile."""
    kind, number = record
    if kind == "incident" and incidents.true_number(number) is not None:
        raise NoSuchRecord(f"incident {number} is a duplicate")
    # Locked, so that two who adjudicate at the same moment do not make two.
    writer.read(kind, str(number))
    own = writer.read_all(KIND, codings.keys_of_record(namespace, kind, number))
    board = queries.board(namespace, kind, number, viewer=actor)
    if board is None or not (board.is_open or board.given):
        raise NoSuchRecord(f"codings of {kind} {number}")
    if board.is_open:
        raise Unfinished(f"{kind} {number}")
    return board, own


def _result(board: queries.Board, decisions: Decisions) -> rules.Settled:
    fields = board.editable.fields
    return rules.settle(board.codings, board.standing, decisions, fields, board.settled)


def _write(
    writer: Writer,
    board: queries.Board,
    own: Mapping[str, State],
    result: rules.Settled,
    actor: Viewer,
) -> str:
    editable = board.editable
    done = {key: {**state, "state": kept.ADJUDICATED} for key, state in own.items()}
    writer.replace_all(KIND, done)
    by, at = actor.account_id or actor.label, clock.iso(actor.at) or ""
    if not editable.public_id:
        about = editable.subject
        namespace = editable.taxonomy["namespace"]
        before = answers.blank(namespace, about.kind, about.number, ids.new_object_id())
        return writer.create(
            "classification", rules.written(before, result, editable.fields, by=by, at=at)
        )
    before = writer.read("classification", editable.public_id)
    after = rules.written(before, result, editable.fields, by=by, at=at)
    writer.replace("classification", editable.public_id, after)
    return editable.public_id

"""A coding from its assignment to the classification that is made of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.store.accounts.rules import NotPermitted, Viewer, anonymous
from incidentbase.store.annotating import actions, queries, rules
from incidentbase.store.annotating.actions import Plan, Terms
from incidentbase.store.annotating.rules import Decisions
from incidentbase.store.classifying import actions as classifying
from incidentbase.store.classifying.rules import ClassificationDraft, Source
from incidentbase.store.codings import comparing
from incidentbase.store.codings.models import Coding
from incidentbase.store.curation import actions as curation
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, Unfit, undo
from incidentbase.store.review.actions import NotReady
from incidentbase.store.taxonomies.models import Classification
from tests.make import codings, people, records

pytestmark = pytest.mark.django_db

SAMPLE = (Path(__file__).parents[2] / "samples" / "everything.yaml").read_text(encoding="utf-8")
NS = "Everything"


def account(name: str, *roles: str) -> Viewer:
    return people.viewer(people.account(f"{name}@people.example", *roles))


@pytest.fixture
def ed() -> Viewer:
    return account("ed", "taxonomy_editor")


@pytest.fixture
def ann() -> Viewer:
    return account("ann", f"taxonomy_editor:{NS}")


@pytest.fixture
def bob() -> Viewer:
    return account("bob", "incident_editor")


@pytest.fixture(autouse=True)
def taxonomy() -> None:
    definition, _ = files.read(SAMPLE)
    classifying.define(definitions.state_of(definition), actor=records.actor())
    for number in (7, 8, 9):
        records.report(number * 10)
        records.incident(number, reports=[number * 10])


def board(who: Viewer, number: int = 7) -> queries.Board:
    found = queries.board(NS, "incident", number, viewer=who)
    assert found is not None
    return found


def adjudicate(
    who: Viewer, number: int = 7, *, seen: str = "", picks: Any = None, **typed: Any
) -> str:
    draft = ClassificationDraft(**{"is_published": True, **typed})
    return actions.adjudicate(
        NS,
        "incident",
        number,
        Decisions(picks or {}, draft),
        seen=seen or board(who, number).seen,
        actor=who,
    )


def state_of(coding: str) -> dict[str, Any]:
    state = recorded.state_of("coding", coding)
    assert state is not None
    return state


def both_coded(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    codings.hand_in(
        ann,
        7,
        notes="Sure.",
        Summary="A bot lied.",
        Outcome="yes",
        Harms=("Body", "Mind"),
        Account="It went on.",
        Stage="Data",
    )
    codings.hand_in(
        bob,
        7,
        Summary="A bot lied.",
        Outcome="maybe",
        Harms=("Mind", "Other: trust"),
        Account="It ended.",
    )


def test_a_record_is_coded_blind_and_adjudicated(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    both_coded(ed, ann, bob)
    found = board(ed)
    told = rules.proposals(found.codings, found.editable.fields)
    verdicts = {name: one.verdict for name, one in told.items() if one.verdict != rules.BLANK}
    assert verdicts == {
        "Summary": rules.SAME,
        "Outcome": rules.DIFFERENT,
        "Harms": rules.UNITED,
        "Account": rules.JOINED,
        "Stage": rules.SINGLE,
    }
    with pytest.raises(NotReady) as refused:
        adjudicate(ed)
    assert {name: one.code for name, one in refused.value.problems.items()} == {
        "answer.Outcome": rules.TO_DECIDE
    }
    picked = {"Outcome": codings.key_of(bob, 7), "Stage": rules.OWN}
    made = adjudicate(ed, picks=picked, answers={"Stage": "Idea"}, notes="Settled.")

    state = recorded.state_of("classification", made)
    assert state is not None
    assert {name: value for name, value, _told in state["attributes"]} == {
        "Summary": '"A bot lied."',
        "Account": '"Annotator 1: It went on.\\n\\nAnnotator 2: It ended."',
        "Outcome": '"maybe"',
        "Stage": '"Idea"',
        "Harms": '["Body","Mind","Other: trust"]',
    }
    assert (state["notes"], state["is_published"]) == ("Settled.", True)
    at = records.AT.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert {tuple(sorted(told.items())) for *_rest, told in state["attributes"]} == {
        (
            ("at", at),
            ("by", ed.account_id),
            ("method", "adjudicated"),
            ("reviewed_at", at),
            ("reviewed_by", ed.account_id),
        )
    }
    assert {state_of(codings.key_of(who, 7))["state"] for who in (ann, bob)} == {"adjudicated"}
    assert not list(recorded.findings())

    # One act, so one thing to undo, by those who undo.
    act = recorded.newest_act("classification", made)
    assert act is not None
    assert undo(act, actor=records.actor()) == 3
    assert recorded.state_of("classification", made) is None
    assert state_of(codings.key_of(ann, 7))["state"] == "handed-in"
    assert not list(recorded.findings())


def test_nobody_but_its_annotator_sees_an_unfinished_coding(
    ed: Viewer, ann: Viewer, bob: Viewer
) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    codings.hand_in(ann, 7, Summary="A bot lied.")
    codings.save(bob, 7, Summary="Bob's own.")
    own = codings.key_of(bob, 7)
    for who in (ed, ann, records.actor(), anonymous(records.AT)):
        assert queries.own(own, viewer=who) is None
    for who in (ed, records.actor()):
        assert board(who).is_open
        assert board(who).given == []
        taxonomy = board(who).editable.taxonomy
        assert queries.given(taxonomy, None, viewer=who) == []
        assert list(queries.exported(taxonomy, viewer=who)) == []
        with pytest.raises(actions.Unfinished):
            adjudicate(who)
    assert queries.board(NS, "incident", 7, viewer=bob) is None
    assert comparing.annotators_of(NS, viewer=ed) == []
    assert all(not one.codings for one in comparing.of_taxonomy(NS, viewer=ed))


def test_what_is_handed_in_may_be_taken_back_and_that_is_told(
    ed: Viewer, ann: Viewer, bob: Viewer
) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    codings.hand_in(ann, 7, Summary="One.")
    key = codings.key_of(ann, 7)
    actions.take_back(key, actor=ann)
    codings.hand_in(ann, 7, Summary="One again.")
    assert state_of(key)["is_blind"]
    codings.hand_in(bob, 7, Summary="Two.")
    assert len(comparing.annotators_of(NS, viewer=ed)) == 2
    # Now all can be read, so what follows is not blind.
    actions.take_back(key, actor=ann)
    assert board(ed).is_open
    codings.hand_in(ann, 7, Summary="Two.")
    assert not state_of(key)["is_blind"]
    assert comparing.annotators_of(NS, viewer=ed) == [f"{NS}_Annotator-2"]
    adjudicate(ed)
    with pytest.raises(actions.Adjudicated):
        actions.take_back(key, actor=ann)
    with pytest.raises(actions.Adjudicated):
        actions.withdraw([key], actor=ed)


def test_who_opens_the_board_by_withdrawing_is_not_blind_either(
    ed: Viewer, ann: Viewer, bob: Viewer
) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    codings.hand_in(bob, 7, Summary="Bob’s.")
    key = codings.key_of(ann, 7)
    # As a taxonomy editor an annotator may withdraw the own coding, and look.
    actions.withdraw([key], actor=ann)
    assert board(ann).given
    codings.assign(NS, [7], ann, actor=ann)
    assert not state_of(key)["is_blind"]
    # Who cannot look may take a coding back, or get it again, as it was.
    codings.hand_in(ann, 7, Summary="Ann’s.")
    actions.take_back(codings.key_of(bob, 7), actor=bob)
    assert state_of(codings.key_of(bob, 7))["is_blind"]


def test_a_missing_answer_keeps_a_coding_from_being_handed_in(ed: Viewer, ann: Viewer) -> None:
    codings.assign(NS, [7], ann, actor=ed)
    with pytest.raises(NotReady) as refused:
        codings.hand_in(ann, 7, Outcome="yes")
    assert list(refused.value.problems) == ["answer.Summary"]
    assert state_of(codings.key_of(ann, 7))["attributes"] == []


def test_two_windows_of_an_annotator_do_not_overwrite_each_other(ed: Viewer, ann: Viewer) -> None:
    codings.assign(NS, [7], ann, actor=ed)
    key = codings.key_of(ann, 7)
    first = queries.own(key, viewer=ann)
    assert first is not None
    codings.save(ann, 7, Outcome="yes")
    draft = ClassificationDraft(answers={"Outcome": "no"})
    with pytest.raises(EditConflict) as conflict:
        actions.keep_answers(key, draft, seen=first.seen, actor=ann)
    assert set(conflict.value.clashes) == {"answer.Outcome"}


def test_what_changed_meanwhile_is_not_overwritten(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    both_coded(ed, ann, bob)
    seen = board(ed).seen
    flo = account("flo", "taxonomy_editor")
    picked = {"Outcome": codings.key_of(bob, 7)}
    made = adjudicate(flo, picks=picked)
    with pytest.raises(EditConflict):
        adjudicate(ed, seen=seen, picks={"Outcome": codings.key_of(ann, 7)})
    # What was adjudicated stays, unless somebody chooses otherwise.
    assert adjudicate(ed) == made
    state = recorded.state_of("classification", made)
    assert state is not None
    told = {name: [value, by["by"]] for name, value, by in state["attributes"]}
    assert told["Outcome"] == ['"maybe"', flo.account_id]


def test_answers_take_their_passages_along(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    own = queries.own(codings.key_of(bob, 7), viewer=bob)
    assert own is not None
    draft = ClassificationDraft(
        answers={"Summary": "Same."}, sources={"Summary": Source("80", "70", "It did.")}
    )
    codings.hand_in(ann, 7, Summary="Same.")
    actions.hand_in(codings.key_of(bob, 7), draft, seen=own.seen, actor=bob)
    made = adjudicate(ed)
    state = recorded.state_of("classification", made)
    assert state is not None
    told = state["attributes"][0][2]
    assert (told["confidence"], told["report"], told["passage"]) == (0.8, 70, "It did.")


def test_copies_and_codings_are_adjudicated_together(ed: Viewer, ann: Viewer) -> None:
    fields = recorded.state_of("taxonomy", NS)["fields"]  # type: ignore[index]
    for copy in ("1", "4"):
        records.taxonomy(f"{NS}_Annotator-{copy}", *fields)
        records.classification(f"{NS}_Annotator-{copy}", 7, ["Summary", '"Theirs."'])
    codings.assign(NS, [7], ann, actor=ed)
    codings.hand_in(ann, 7, Summary="Theirs.", Outcome="yes")
    # The numbers of the copies are not used again.
    labels = [one.label for one in board(ed).codings]
    assert labels == ["Annotator 1", "Annotator 4", "Annotator 5"]
    made = adjudicate(ed)
    state = recorded.state_of("classification", made)
    assert [one[:2] for one in state["attributes"]] == [  # type: ignore[index]
        ["Summary", '"Theirs."'],
        ["Outcome", '"yes"'],
    ]


def test_the_queue_knows_what_waits(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    both_coded(ed, ann, bob)
    codings.assign(NS, [8], ann, bob, actor=ed)
    codings.assign(NS, [9], ann, actor=ed)
    codings.hand_in(ann, 9, Summary="Alone.")
    found = {one.record: one.stage for one in queries.candidates(NS, viewer=ed)}
    assert found == {
        ("incident", 7): queries.WAITS,
        ("incident", 8): queries.IS_CODED,
        ("incident", 9): queries.WAITS,
    }
    taxonomy = board(ed).editable.taxonomy
    assert queries.differences(taxonomy, [("incident", 7)], viewer=ed) == {("incident", 7): (3, 1)}
    assert queries.next_waiting(NS, ("incident", 8), viewer=ed) == ("incident", 9)
    assert queries.next_waiting(NS, ("incident", 9), viewer=ed) == ("incident", 7)
    adjudicate(ed, picks={"Outcome": codings.key_of(bob, 7)})
    found = {one.record: one.stage for one in queries.candidates(NS, viewer=ed)}
    assert found["incident", 7] == queries.IS_DONE
    assert queries.next_waiting(NS, ("incident", 9), viewer=ed) is None
    assert queries.candidates(NS, viewer=bob) == []


def test_records_in_which_nobody_differs_are_taken_over_at_once(
    ed: Viewer, ann: Viewer, bob: Viewer
) -> None:
    both_coded(ed, ann, bob)
    codings.assign(NS, [8], ann, actor=ed)
    codings.hand_in(ann, 8, Summary="Alone.", notes="Easy.")
    codings.assign(NS, [9], ann, bob, actor=ed)
    codings.hand_in(ann, 9, Summary="Half.")
    every = [("incident", number) for number in (7, 8, 9)]
    with pytest.raises(NotPermitted):
        actions.adjudicate_alike(NS, every, actor=bob)
    assert actions.adjudicate_alike(NS, every, actor=ed) == 1
    (made,) = Classification.objects.all()
    assert (made.incident.incident_id, made.notes, made.is_published) == (8, "Easy.", True)  # type: ignore[union-attr]
    # What is adjudicated is not done again.
    assert actions.adjudicate_alike(NS, every, actor=ed) == 0
    assert not list(recorded.findings())


def test_a_coding_is_handed_over_and_nothing_is_lost(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    day = dt.date(2026, 4, 1)
    codings.assign(NS, [7], ann, actor=ed, terms=Terms(day, "Mind the date."))
    codings.save(ann, 7, Summary="Half.")
    first = codings.key_of(ann, 7)
    assert actions.reassign([first], bob.account_id, actor=ed) == 1
    assert state_of(first)["state"] == "withdrawn"
    second = state_of(codings.key_of(bob, 7))
    assert (second["due"], second["instruction"]) == ("2026-04-01", "Mind the date.")
    assert (second["attributes"], second["number"]) == ([], 2)
    assert queries.own(first, viewer=ann) is None
    # Who gets a withdrawn coding again finds what they had written.
    actions.reassign([codings.key_of(bob, 7)], ann.account_id, actor=ed)
    own = queries.own(first, viewer=ann)
    assert own is not None
    assert own.coding.attributes[0][:2] == ["Summary", '"Half."']
    assert actions.set_terms([first], Terms(None, ""), actor=ed) == 1
    assert state_of(first)["due"] is None
    assert not list(recorded.findings())


def test_many_records_are_given_out_in_one_act(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    before = history.head_seq()
    codings.assign(NS, [7, 8, 9], ann, bob, actor=ed, each=2, share=40, seed="x")
    assert Coding.objects.count() == 5
    assert history.head_seq() == before + 5
    # Again is the same as once.
    codings.assign(NS, [7, 8, 9], ann, bob, actor=ed, each=2, share=40, seed="x")
    assert Coding.objects.count() == 5


def test_what_cannot_be_given_out_is_refused(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    sub = account("sub")
    hidden = records.incident(12, visibility="internal")

    def refused(who: Viewer = ed, **changes: Any) -> type[Exception]:
        plan = {"kind": "incident", "numbers": [7], "annotators": [ann.account_id], "each": 1}
        with pytest.raises(Exception) as said:  # noqa: PT011
            actions.assign(NS, Plan(**{**plan, **changes}), actor=who)
        return said.type

    assert refused(numbers=[]) is Unfit
    assert refused(numbers=[99]) is Unfit
    assert refused(numbers=[hidden]) is Unfit
    assert refused(annotators=[sub.account_id]) is Unfit
    assert refused(each=2) is Unfit
    assert refused(share=0) is Unfit
    assert refused(bob) is NotPermitted
    assert refused(sub) is NotPermitted
    assert refused(records.actor(), numbers=[hidden]) is actions.NotSeen
    assert Coding.objects.count() == 0


def test_the_next_version_of_a_taxonomy_takes_codings_along(ed: Viewer, ann: Viewer) -> None:
    codings.assign(NS, [7], ann, actor=ed)
    codings.save(ann, 7, Stage="Idea")
    definition, _ = files.read(
        SAMPLE.replace("version: 1", "version: 2").replace("name: Stage", "name: Phase")
        + "changes:\n  - version: 2\n    fields: {Stage: Phase}\n"
    )
    classifying.define(definitions.state_of(definition), actor=records.actor())
    assert state_of(codings.key_of(ann, 7))["attributes"][0][:2] == ["Phase", '"Idea"']


def test_codings_go_along_when_incidents_are_merged(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    codings.assign(NS, [7], ann, bob, actor=ed)
    codings.assign(NS, [8], ann, actor=ed)
    staying, moving = codings.key_of(ann, 7), codings.key_of(bob, 7)
    curation.merge(7, into=8, actor=bob)
    assert state_of(staying)["state"] == "withdrawn"
    assert state_of(moving)["incident_id"] == 8
    with pytest.raises(NoSuchRecord):
        actions.adjudicate(NS, "incident", 7, Decisions(), seen="", actor=ed)


def test_figures_count_codings_that_are_done(ed: Viewer, ann: Viewer, bob: Viewer) -> None:
    both_coded(ed, ann, bob)
    (outcome,) = [
        one
        for one in comparing.of_taxonomy(NS, viewer=anonymous(records.AT))
        if one.name == "Outcome"
    ]
    assert outcome.codings == [
        (f"{NS}_Annotator-1", "incident 7", "yes"),
        (f"{NS}_Annotator-2", "incident 7", "maybe"),
    ]


def test_the_export_has_the_decision_beside_every_answer(
    ed: Viewer, ann: Viewer, bob: Viewer
) -> None:
    both_coded(ed, ann, bob)
    taxonomy = board(ed).editable.taxonomy
    first, second = queries.exported(taxonomy, viewer=ed)
    assert (first.values["Outcome"], second.values["Outcome"]) == ("yes", "maybe")
    assert first.adjudicated == {}
    adjudicate(ed, picks={"Outcome": codings.key_of(bob, 7)})
    first, _second = queries.exported(taxonomy, viewer=ed)
    assert (first.values["Outcome"], first.adjudicated["Outcome"]) == ("yes", "maybe")
    assert (first.notes, first.origin.label) == ("Sure.", "Annotator 1")
    assert list(queries.exported(taxonomy, viewer=bob)) == []

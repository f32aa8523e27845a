"""Taxonomies defined and brought to their next version; records classified by them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.store import models
from incidentbase.store.accounts.rules import NotPermitted, Viewer, anonymous
from incidentbase.store.classifying import actions, queries, rules
from incidentbase.store.classifying.rules import ClassificationDraft, Source
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, Unfit, undo, version_of
from incidentbase.store.review.actions import NotReady
from tests.make import people, records

pytestmark = pytest.mark.django_db

SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
NS = "Everything"


@pytest.fixture
def ed() -> Viewer:
    return people.viewer(people.account("ed@people.example", "taxonomy_editor"))


def define(text: str = SAMPLE, **changes: Any) -> actions.Defined:
    definition, _ = files.read(text)
    return actions.define({**definitions.state_of(definition), **changes}, actor=records.actor())


def answer(ed: Viewer, *, seen: str = "", number: int = 7, **draft: Any) -> str:
    return actions.classify(
        NS, "incident", number, ClassificationDraft(**draft), seen=seen, actor=ed
    )


def stored(public_id: str) -> dict[str, Any]:
    state = recorded.state_of("classification", public_id)
    assert state is not None
    return {name: value for name, value, *_told in state["attributes"]}


def told(public_id: str, name: str) -> dict[str, Any]:
    state = recorded.state_of("classification", public_id)
    assert state is not None
    return next(rest[0] for one, _value, *rest in state["attributes"] if one == name)


def version(public_id: str) -> str:
    state = recorded.state_of("classification", public_id)
    assert state is not None
    return version_of(state)


EVERYTHING = {
    "Summary": "  A bot   lied. ",
    "Account": "Line one.\r\nLine two.",
    "Outcome": "no",
    "Why not": "It was stopped.",
    "Stage": "Training",
    "Harms": ("Body", "Money, goods and chattels", "Other: trust"),
    "Words": ("b", "a", "b"),
    "Settled": "false",
    "Hurt": "-1",
    "Day": "2024-05",
    "Place": "Oslo",
    "Parties": (
        {"Party": "Acme", "Part": "user", "Named words": ("a",)},
        {"Party": "", "Part": "", "Named words": ()},
    ),
}


def test_every_type_of_answer_is_kept_as_the_reference_writes_it(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers=EVERYTHING, notes="Checked.", is_published=True)
    assert stored(made) == {
        "Summary": '"A bot lied."',
        "Account": '"Line one.\\nLine two."',
        "Outcome": '"no"',
        "Why not": '"It was stopped."',
        "Stage": '"Training"',
        "Harms": '["Body","Money, goods and chattels","Other: trust"]',
        "Words": '["b","a"]',
        "Settled": "false",
        "Hurt": "-1",
        "Day": '"2024-05"',
        "Place": '"Oslo"',
        "Parties": '[{"attributes":[{"short_name":"Party","value_json":"\\"Acme\\""},'
        '{"short_name":"Part","value_json":"\\"user\\""},'
        '{"short_name":"Named words","value_json":"[\\"a\\"]"}]}]',
    }
    assert told(made, "Hurt") == {"by": ed.account_id, "method": "manual", "at": told_at()}
    assert not list(recorded.findings())


def told_at() -> str:
    return records.AT.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Outcome", "perhaps", "not-permitted"),
        ("Stage", "Sale", "not-permitted"),
        ("Harms", ("Body", "Soul"), "not-permitted"),
        ("Settled", "perhaps", "not-permitted"),
        ("Hurt", "many", "no-number"),
        ("Hurt", "1.5", "no-number"),
        ("Day", "31 May", "no-date"),
        ("Day", "2024-13", "no-date"),
        ("Words", ("x" * 301,), "too-long"),
        ("Words", tuple(map(str, range(201))), "too-many"),
        ("Summary", "x" * 1001, "too-long"),
        ("Account", "x" * 50_001, "too-long"),
        ("Parties", ({"Party": "Acme", "Part": "boss"},), "not-permitted"),
        ("Parties", tuple({"Party": str(one)} for one in range(51)), "too-many"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_beside_its_question(
    ed: Viewer, name: str, value: Any, code: str
) -> None:
    define()
    records.incident(7)
    with pytest.raises(NotReady) as refused:
        answer(ed, answers={name: value})
    assert {key: one.code for key, one in refused.value.problems.items()} == {
        f"answer.{name}": code
    }
    assert not models.Classification.objects.exists()


def test_what_is_required_is_needed_to_publish_only(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Words": ("a",)})
    with pytest.raises(NotReady) as refused:
        answer(ed, seen=version(made), answers={}, is_published=True)
    assert list(refused.value.problems) == ["answer.Summary"]


def test_what_is_not_asked_is_not_kept(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Outcome": "no", "Why not": "It was stopped."})
    answer(ed, seen=version(made), answers={"Outcome": "yes"})
    assert stored(made) == {"Outcome": '"yes"'}


def test_answers_of_others_are_kept_and_clashes_are_said(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Outcome": "yes", "Stage": "Idea"})
    seen = version(made)
    other = people.viewer(people.account("flo@people.example", "incident_editor"))
    answer(other, seen=seen, answers={"Outcome": "maybe", "Stage": "Idea"})

    answer(ed, seen=seen, answers={"Outcome": "yes", "Stage": "Design"})
    assert stored(made) == {"Outcome": '"maybe"', "Stage": '"Design"'}
    assert told(made, "Outcome")["by"] == other.account_id
    assert told(made, "Stage")["by"] == ed.account_id

    with pytest.raises(EditConflict) as conflict:
        answer(ed, seen=seen, answers={"Stage": "Data"})
    (clash,) = conflict.value.clashes.values()
    assert (clash.before, clash.theirs, clash.own) == ("Idea", "Design", "Data")


def test_saving_by_itself_never_goes_over_what_others_changed(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Outcome": "yes"})
    seen = version(made)
    answer(ed, seen=seen, answers={"Outcome": "maybe"})
    same = ClassificationDraft(answers={"Outcome": "yes"})
    with pytest.raises(EditConflict) as conflict:
        actions.classify(NS, "incident", 7, same, seen=seen, is_alone=True, actor=ed)
    assert conflict.value.taken == {"answer.Outcome"}
    assert conflict.value.version == version(made)


def test_two_who_begin_at_once_make_one(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Outcome": "yes"})
    assert answer(ed, answers={"Stage": "Idea"}) == made
    assert stored(made) == {"Outcome": '"yes"', "Stage": '"Idea"'}


def test_an_imported_answer_keeps_its_very_text_until_it_is_changed(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = records.classification(
        NS, 7, ["Words", '[ "a" ]'], ["Harms", '"Body"'], ["Gone", '"kept"'], ["Hurt", '""']
    )
    answers = {"Words": ("a",), "Harms": ("Body",), "Hurt": "", "Outcome": "yes"}
    answer(ed, seen=version(made), answers=answers)
    assert stored(made) == {
        "Words": '[ "a" ]',
        "Harms": '"Body"',
        "Gone": '"kept"',
        "Hurt": '""',
        "Outcome": '"yes"',
    }


def test_a_source_is_kept_beside_the_answer(ed: Viewer) -> None:
    define()
    records.incident(7)
    source = Source(confidence="80 %", report="#71", passage=" It lied. ")
    made = answer(ed, answers={"Outcome": "yes"}, sources={"Outcome": source})
    assert told(made, "Outcome") == {
        "by": ed.account_id,
        "method": "manual",
        "at": told_at(),
        "confidence": 0.8,
        "report": 71,
        "passage": "It lied.",
    }
    wrong_ones = (
        Source(confidence="101"),
        Source(confidence="9" * 5_000),
        Source(report="seventy"),
        Source(report="7" * 5_000),
    )
    for wrong in wrong_ones:
        with pytest.raises(NotReady) as refused:
            answer(ed, seen=version(made), sources={"Outcome": wrong})
        assert list(refused.value.problems) == ["source.Outcome"]


def test_a_machines_answers_are_reviewed_by_a_person(ed: Viewer) -> None:
    define(is_automated=True)
    records.incident(7)
    made = records.classification(NS, 7, ["Outcome", '"yes"'], ["Stage", '"Idea"'])
    actions.review_answers(made, ["Outcome"], seen=version(made), actor=ed)
    assert told(made, "Outcome") == {
        "method": "model",
        "reviewed_by": ed.account_id,
        "reviewed_at": told_at(),
    }
    with pytest.raises(EditConflict):
        actions.review_answers(made, ["Stage"], seen="another", actor=ed)


@pytest.mark.parametrize("role", ["subscriber", "submitter", "taxonomy_editor:MIT"])
def test_others_may_not_classify(role: str) -> None:
    define()
    records.incident(7)
    other = people.viewer(people.account("sam@people.example", role))
    for actor in (other, anonymous(records.AT)):
        with pytest.raises(NotPermitted):
            answer(actor, answers={"Outcome": "yes"})
        with pytest.raises(NotPermitted):
            actions.define(definitions.state_of(files.read(SAMPLE)[0]), actor=actor)


def test_an_editor_of_one_taxonomy_sees_its_drafts_only() -> None:
    define()
    records.taxonomy("MIT")
    records.incident(7)
    draft = records.classification(NS, 7, is_published=False)
    records.classification("MIT", 7, is_published=False)
    own = people.viewer(people.account("tax@people.example", f"taxonomy_editor:{NS}"))
    editable = queries.editable(NS, "incident", 7, viewer=own)
    assert editable is not None
    assert editable.public_id == draft
    other = queries.editable("MIT", "incident", 7, viewer=own)
    assert other is not None
    assert other.public_id == ""


# ---- versions ----

SECOND = (
    SAMPLE.replace("version: 1", "version: 2")
    .replace("name: Stage", "name: Phase")
    .replace("[Idea, Design, Data, Training, Deployment, Retirement]", "[Making, Use]")
    .replace("[user, bystander]", "[person]")
    .replace('  - name: Settled\n    number: "2.2"\n    type: bool\n', "")
    + """
changes:
  - version: 2
    note: Fewer stages.
    fields: {Stage: Phase}
    values:
      Phase: {Idea: Making, Design: Making, Data: Making, Training: Making, Deployment: Use}
      Parties / Part: {user: person, bystander: person}
"""
)


def test_a_next_version_brings_its_classifications_along(ed: Viewer) -> None:
    define()
    records.incident(7)
    records.incident(8)
    made = answer(ed, answers=EVERYTHING, is_published=True)
    odd = records.classification(NS, 8, ["Stage", '"Retirement"'], ["Harms", '["Body"]'])
    entries = history.head_seq()

    done = define(SECOND)

    assert (done.was, done.version, done.changed) == (1, 2, 2)
    # Nothing is dropped: neither the value without a successor nor the answer to the field gone.
    assert done.unfitting == Counter({("Settled", ""): 1, ("Phase", "Retirement"): 1})
    after = stored(made)
    assert after["Phase"] == '"Making"'
    assert "Stage" not in after
    assert after["Settled"] == "false"
    assert '\\"person\\"' in after["Parties"]
    assert told(made, "Phase")["by"] == ed.account_id
    assert stored(odd) == {"Phase": '"Retirement"', "Harms": '["Body"]'}
    counted = models.AttributeValue.objects.filter(field__short_name="Phase")
    assert sorted(counted.values_list("text", flat=True)) == ["Making", "Retirement"]
    assert history.head_seq() == entries + 3
    assert not list(recorded.findings())

    (group,) = set(models.Change.objects.filter(seq__gt=entries).values_list("group", flat=True))
    undo(group, actor=records.actor())
    assert stored(made)["Stage"] == '"Training"'
    first = definitions.state_of(files.read(SAMPLE)[0])
    again = queries.definition(NS)
    assert again is not None
    assert again["fields"] == first["fields"]
    assert "version" not in again
    assert not list(recorded.findings())


def test_values_that_become_one_are_said_once(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Harms": ("Body", "Mind")})
    merged = (
        SAMPLE.replace("version: 1", "version: 2").replace("[Body, Mind,", "[Person,")
        + "\nchanges:\n  - version: 2\n    values: {Harms: {Body: Person, Mind: Person}}\n"
    )
    assert define(merged).unfitting == Counter()
    assert stored(made)["Harms"] == '["Person"]'


def test_versions_that_were_skipped_are_all_gone_through(ed: Viewer) -> None:
    define()
    records.incident(7)
    made = answer(ed, answers={"Outcome": "maybe"})
    third = (
        SAMPLE.replace("version: 1", "version: 3").replace(
            "      - value: maybe\n        help: Nobody knows.\n", "      - unknown\n"
        )
        + "\nchanges:\n  - version: 2\n    values: {Outcome: {maybe: unclear}}\n"
        + "  - version: 3\n    values: {Outcome: {unclear: unknown}}\n"
    )
    assert define(third).changed == 1
    assert stored(made)["Outcome"] == '"unknown"'
    assert define(third).is_changed is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SAMPLE.replace("[user, bystander]", "[user]"), "must be greater than 1"),
        (SAMPLE.replace("name: Stage", "name: Phase"), "must be greater than 1"),
        (SAMPLE.replace("taxonomy: Everything", "taxonomy: everything"), "letter case"),
    ],
)
def test_a_definition_that_would_lose_track_is_refused(text: str, words: str) -> None:
    define()
    with pytest.raises(Unfit) as refused:
        define(text)
    assert words in str(refused.value)


def test_words_may_change_without_a_new_version() -> None:
    define()
    done = define(SAMPLE.replace("In a few words.", "In some words."))
    assert (done.is_changed, done.version) == (True, 1)


def test_an_older_version_is_refused() -> None:
    define(SECOND)
    with pytest.raises(Unfit) as refused:
        define(SAMPLE)
    assert "older than 2" in str(refused.value)


def test_a_taxonomy_sealed_before_versions_were_kept_still_verifies() -> None:
    records.taxonomy("Old")
    state = recorded.state_of("taxonomy", "Old")
    assert state is not None
    assert "version" not in state
    assert not list(recorded.findings())


def test_what_is_out_of_sight_is_not_changed_with_others(ed: Viewer) -> None:
    define()
    records.incident(7)
    records.incident(8, visibility="internal")
    seen = records.classification(NS, 7, ["Stage", '"Idea"'])
    hidden = records.classification(NS, 8, ["Stage", '"Secret"'])
    with pytest.raises(NoSuchRecord):
        actions.answer_many([seen, hidden], "Stage", "Data", actor=ed)
    assert (stored(seen)["Stage"], stored(hidden)["Stage"]) == ('"Idea"', '"Secret"')
    offered = queries.values_used(NS, ["Stage"], viewer=ed)
    assert offered == ["Idea"]


def test_chosen_values_in_another_order_are_the_same_answer() -> None:
    definition = {"display_type": "multi", "permitted_values": ["b ", "a", "Other"]}
    assert rules.normal(["Other: x", "a", "b"], definition) == ["b", "a", "Other: x"]
    free = {**definition, "display_type": "list"}
    assert rules.normal(["a", "b"], free) == ["a", "b"]

"""Answers from a table: what rows mean, what would change, and the one act that does it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.classifying import actions, cells, columns, planning, queries, rules
from incidentbase.store.classifying.planning import How, Plan
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.history.models import Change
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from tests.make import people, records

pytestmark = pytest.mark.django_db

NS = "Everything"
SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
HEADER = ("Incident ID", "Summary", "Outcome", "Harms", "Settled", "Hurt", "Parties")


@pytest.fixture
def ed() -> Viewer:
    return people.viewer(people.account("ed@people.example", "taxonomy_editor"))


@pytest.fixture(autouse=True)
def taxonomy() -> None:
    definition, _ = files.read(SAMPLE)
    actions.define(definitions.state_of(definition), actor=records.actor())
    for number in (7, 8, 9):
        records.incident(number)


def fields() -> rules.Fields:
    state = queries.definition(NS)
    assert state
    return list(state["fields"])


def rows(*lines: tuple[str, ...], header: tuple[str, ...] = HEADER) -> list[columns.Row]:
    meanings = columns.guessed(header, fields())
    filled = [line + ("",) * (len(header) - len(line)) for line in lines]
    return [columns.row(at, line, meanings) for at, line in enumerate(filled, 2)]


def plan_of(given: list[columns.Row], viewer: Viewer, **how: Any) -> Plan:
    plan = planning.plan(NS, given, how=How(**how), viewer=viewer)
    assert plan
    return plan


def outcomes(plan: Plan) -> list[str]:
    return [one.what for one in plan.outcomes]


def problems(plan: Plan) -> list[dict[str, str]]:
    return [{key: one.code for key, one in each.problems.items()} for each in plan.outcomes]


def bring(given: list[columns.Row], viewer: Viewer, **how: Any) -> Any:
    plan = plan_of(given, viewer, **how)
    return actions.import_answers(NS, given, how=How(**how), seen=plan.version, actor=viewer)


def answers(number: int) -> dict[str, Any]:
    editable = queries.editable(NS, "incident", number, viewer=records.actor())
    assert editable
    return {name: json.loads(said) for name, said, *_ in editable.state["attributes"]}


def test_every_type_of_answer_comes_in(ed: Viewer) -> None:
    parties = '[{"Party": "Acme", "Part": "user", "Named words": ["a", "b"]}]'
    given = rows(
        ("#7", " A bot lied. ", "YES", "body; Money, goods and chattels", "no", "3", parties)
    )
    assert bring(given, ed) == {planning.MADE: 1}
    found = answers(7)
    group = found.pop("Parties")
    assert found == {
        "Summary": "A bot lied.",
        "Outcome": "yes",
        "Harms": ["Body", "Money, goods and chattels"],
        "Settled": False,
        "Hurt": 3,
    }
    assert [one["short_name"] for one in group[0]["attributes"]] == ["Party", "Part", "Named words"]
    state = queries.editable(NS, "incident", 7, viewer=ed)
    assert state
    assert not state.state["is_published"]
    assert {one[2]["method"] for one in state.state["attributes"]} == {"imported"}
    assert {one[2]["by"] for one in state.state["attributes"]} == {ed.account_id}


def test_what_a_machine_answered_is_marked_so(ed: Viewer) -> None:
    bring(rows(("7", "A bot lied.")), ed, method="model", model="parrot-2", publishes=True)
    editable = queries.editable(NS, "incident", 7, viewer=ed)
    assert editable
    assert editable.state["is_published"]
    assert editable.state["attributes"][0][2]["method"] == "model"
    assert editable.state["attributes"][0][2]["model"] == "parrot-2"


def test_each_row_tells_what_is_wrong_with_it(ed: Viewer) -> None:
    records.duplicate(10, of=7)
    given = rows(
        ("7", "Fine"),
        ("7", "Again"),
        ("", "Nothing"),
        ("99", "Not here"),
        ("10", "Duplicate"),
        ("8", "x", "sometimes", "Soul", "perhaps", "many", "Acme"),
        ("9", "As it is"),
    )
    plan = plan_of(given, ed)
    assert outcomes(plan) == ["made", *["refused"] * 5, "made"]
    assert problems(plan) == [
        {},
        {"": planning.SAID_BEFORE},
        {"": columns.NO_NUMBER},
        {"": planning.NO_RECORD},
        {"": planning.DUPLICATE},
        {
            "answer.Outcome": rules.NOT_PERMITTED,
            "answer.Harms": rules.NOT_PERMITTED,
            "answer.Settled": rules.NOT_PERMITTED,
            "answer.Hurt": rules.NO_NUMBER,
            "answer.Parties": rules.NOT_PERMITTED,
        },
        {},
    ]
    with pytest.raises(actions.PlanChanged):
        actions.import_answers(NS, given, how=How(), seen=plan.version, actor=ed)
    assert answers(7) == {}
    done = actions.import_answers(
        NS, given, how=How(), seen=plan.version, leaves_out=True, actor=ed
    )
    assert done == {"made": 2, "refused": 5}
    assert (answers(7), answers(9)) == ({"Summary": "Fine"}, {"Summary": "As it is"})


def test_an_answer_that_is_not_asked_is_refused_and_not_dropped(ed: Viewer) -> None:
    given = rows(("7", "x", "yes", "because"), header=("incident", "Summary", "Outcome", "Why not"))
    assert problems(plan_of(given, ed)) == [{"answer.Why not": planning.NOT_ASKED}]
    given = rows(("7", "x", "no", "because"), header=("incident", "Summary", "Outcome", "Why not"))
    assert outcomes(plan_of(given, ed)) == ["made"]


def test_empty_cells_keep_answers_unless_they_are_to_clear_them(ed: Viewer) -> None:
    bring(rows(("7", "A bot lied.", "yes", "Body")), ed)
    assert outcomes(plan_of(rows(("7",)), ed)) == ["same"]
    assert bring(rows(("7", "", "maybe")), ed) == {"changed": 1}
    assert answers(7) == {"Summary": "A bot lied.", "Outcome": "maybe", "Harms": ["Body"]}
    bring(rows(("7", "A bot lied.", "", "")), ed, clears=True)
    assert answers(7) == {"Summary": "A bot lied."}


def test_a_published_one_keeps_what_is_required(ed: Viewer) -> None:
    given = rows(("7", "", "yes"))
    assert problems(plan_of(given, ed, publishes=True)) == [{"answer.Summary": "missing"}]
    assert outcomes(plan_of(given, ed)) == ["made"]


def test_publication_and_notes_come_from_columns(ed: Viewer) -> None:
    header = ("kind", "number", "Published", "notes", "Summary")
    given = rows(
        ("incident", "7", "true", "Mind the date.", "x"),
        ("Incident", "8.0", "No", "", "y"),
        ("incident", "9", "perhaps", "", "z"),
        ("person", "9", "", "", "z"),
        header=header,
    )
    plan = plan_of(given, ed)
    assert problems(plan)[2:] == [{"": columns.NO_TRUTH}, {"": columns.NO_NUMBER}]
    bring(given[:2], ed)
    first = queries.editable(NS, "incident", 7, viewer=ed)
    second = queries.editable(NS, "incident", 8, viewer=ed)
    assert first
    assert second
    assert (first.state["is_published"], first.state["notes"]) == (True, "Mind the date.")
    assert (second.state["is_published"], second.state["notes"]) == (False, "")


def test_it_is_one_act_that_can_be_undone(ed: Viewer) -> None:
    bring(rows(("7", "Before")), ed)
    bring(rows(("7", "After"), ("8", "New")), ed)
    group = Change.objects.order_by("-seq").values_list("group", flat=True)[0]
    assert Change.objects.filter(group=group).count() == 2
    editor = people.viewer(people.account("ined@people.example", "incident_editor"))
    record_actions.undo(group, actor=editor)
    assert answers(7) == {"Summary": "Before"}
    assert answers(8) == {}


def test_what_others_changed_since_the_look_is_looked_at_again(ed: Viewer) -> None:
    bring(rows(("7", "Before")), ed)
    given = rows(("7", "After"))
    seen = plan_of(given, ed).version
    actions.classify(
        NS, "incident", 7, ClassificationDraft({"Hurt": "4"}), actor=ed, seen=state_version(ed)
    )
    with pytest.raises(actions.PlanChanged) as changed:
        actions.import_answers(NS, given, how=How(), seen=seen, actor=ed)
    assert answers(7)["Summary"] == "Before"
    actions.import_answers(NS, given, how=How(), seen=changed.value.plan.version, actor=ed)
    assert answers(7) == {"Summary": "After", "Hurt": 4}


def state_version(viewer: Viewer) -> str:
    editable = queries.editable(NS, "incident", 7, viewer=viewer)
    assert editable
    return editable.seen


def test_an_answer_that_changes_loses_the_passage_that_supported_it(ed: Viewer) -> None:
    sources = {"Summary": rules.Source("80", "", "so it says"), "Hurt": rules.Source("70")}
    draft = ClassificationDraft({"Summary": "Before", "Hurt": "3"}, sources)
    actions.classify(NS, "incident", 7, draft, actor=ed)
    bring(rows(("7", "After", "", "", "", "3")), ed)
    editable = queries.editable(NS, "incident", 7, viewer=ed)
    assert editable
    told = {name: provenance for name, _said, provenance in editable.state["attributes"]}
    assert "passage" not in told["Summary"]
    assert told["Hurt"]["confidence"] == 0.7


def test_what_nobody_may_see_is_not_here(ed: Viewer) -> None:
    records.incident(11, visibility="internal")
    assert problems(plan_of(rows(("11", "x")), ed)) == [{"": planning.NO_RECORD}]
    other = people.viewer(people.account("mit@people.example", "taxonomy_editor:MIT"))
    with pytest.raises(NotPermitted):
        actions.import_answers(NS, rows(("7", "x")), how=How(), seen="", actor=other)


def test_too_many_rows_are_refused(ed: Viewer) -> None:
    row = rows(("7", "x"))[0]
    many = [replace(row, number=number) for number in range(1, columns.MOST_ROWS + 2)]
    with pytest.raises(record_actions.Unfit):
        actions.import_answers(NS, many, how=How(), seen="", actor=ed)


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        (("Summary",), [columns.NO_RECORDS]),
        (("number", "Summary"), [columns.NO_KIND]),
        (("incident", "What else"), [columns.NO_ANSWERS]),
        (("incident", "SUMMARY", "summary_"), []),
    ],
)
def test_columns_that_do_not_suffice_are_told(header: tuple[str, ...], codes: list[str]) -> None:
    meanings = columns.guessed(header, fields())
    assert [code for code, _about in columns.wrong(meanings, fields())] == codes


def test_meanings_that_make_no_sense_are_told() -> None:
    meanings = ["incident", "answer.Summary", "answer.Summary", "answer.Weather", "weather"]
    assert columns.wrong(meanings, fields()) == [
        (columns.MEANT_TWICE, "answer.Summary"),
        (columns.UNKNOWN, "answer.Weather"),
        (columns.UNKNOWN, "weather"),
    ]


@pytest.mark.parametrize(
    ("text", "separator", "expected"),
    [
        ("Body; mind", "", ("Body", "Mind")),
        ("Body|Mind\nOther: soul", "", ("Body", "Mind", "Other: soul")),
        (
            "Body, Money, goods and chattels, Mind",
            "",
            ("Body", "Money, goods and chattels", "Mind"),
        ),
        ('["Body", "Mind"]', "", ("Body", "Mind")),
        ("money,  GOODS and chattels", "", ("Money, goods and chattels",)),
        ("Body,Mind", ",", ("Body", "Mind")),
        ("Body; Mind", ",", ("Body; Mind",)),
        ("", "", ()),
    ],
)
def test_lists_are_parted_where_it_shows(text: str, separator: str, expected: object) -> None:
    definition = rules.questions(fields())["Harms"]
    assert cells.read(text, definition, separator) == expected


def test_names_with_commas_stay_whole_in_free_lists() -> None:
    definition = rules.questions(fields())["Words"]
    assert cells.read("Acme, Inc.", definition) == ("Acme, Inc.",)
    assert cells.read("Acme, Inc.", definition, ",") == ("Acme", "Inc.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Words", ["a; b", "c"]),
        ("Words", ["[x"]),
        ("Words", ["two", "three"]),
        ("Harms", ["Body", "Money, goods and chattels"]),
        ("Settled", True),
        ("Hurt", -3),
        ("Account", "first\n\nsecond"),
        ("Day", "2024-05"),
        (
            "Parties",
            [{"attributes": [{"short_name": "Party", "value_json": '"A; \\"B\\""'}]}],
        ),
    ],
)
def test_cells_give_back_the_answer_that_made_them(name: str, value: Any) -> None:
    definition = rules.questions(fields())[name]
    text = cells.written(rules.written(value), definition)
    assert rules.normal(cells.read(text, definition), definition) == value


def test_the_history_says_what_was_done(ed: Viewer) -> None:
    bring(rows(("7", "x")), ed)
    change = Change.objects.order_by("-seq")[0]
    assert change.action == "classification.edit_table"
    assert recorded.act(change.group, viewer=ed) is not None

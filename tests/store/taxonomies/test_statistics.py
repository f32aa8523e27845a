"""How often fields were answered: what counts, and what is an answer without a value."""

from __future__ import annotations

import json

import pytest

from incidentbase.store.accounts import rules as accounts
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.taxonomies import queries, statistics
from incidentbase.store.taxonomies.statistics import Answers, Value
from tests.make import records

pytestmark = pytest.mark.django_db

VISITOR = accounts.anonymous(records.AT)
NOTE = "A long note. " * 40


def editor() -> Viewer:
    viewer = records.actor()
    assert viewer.has_role(accounts.INCIDENT_EDITOR)
    return viewer


def answers_to(namespace: str, viewer: Viewer = VISITOR) -> dict[str, Answers]:
    taxonomy = queries.get(namespace)
    assert taxonomy is not None
    fields = queries.fields_of(taxonomy)
    found = statistics.answers(fields, viewer=viewer)
    return {field.short_name: found[field.pk] for field in fields}


def classified(namespace: str, viewer: Viewer = VISITOR) -> tuple[int, int]:
    taxonomy = queries.get(namespace)
    assert taxonomy is not None
    return statistics.classified(viewer).get(taxonomy.pk, (0, 0))


def classify(number: int, value: object, **changes: object) -> None:
    records.classification("MIT", number, ["Risk", json.dumps(value)], **changes)


def test_incidents_of_any_number_count() -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"))
    for number in (1, 999, 1000, 1001, 54_321):
        records.incident(number)
        classify(number, "Bias")

    assert classified("MIT") == (5, 0)
    assert answers_to("MIT")["Risk"] == Answers(5, 0, [Value("Bias", 5, 0)])


@pytest.mark.parametrize("viewer", [VISITOR, records.actor()], ids=["visitor", "editor"])
def test_drafts_count_for_nobody(viewer: Viewer) -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"))
    for number in (1, 2):
        records.incident(number)
    classify(1, "Bias")
    classify(2, "Misuse", is_published=False)

    assert classified("MIT", viewer) == (1, 0)
    assert answers_to("MIT", viewer)["Risk"] == Answers(1, 0, [Value("Bias", 1, 0)])


def test_duplicates_and_hidden_records_do_not_count() -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"))
    for number in (1, 2):
        records.incident(number)
    records.incident(3, visibility="internal")
    records.report(7, visibility="restricted")
    classify(1, "Bias")
    classify(2, "Bias")
    classify(3, "Bias")
    records.classification("MIT", None, ["Risk", '"Bias"'], report_number=7)
    classify(1, "Misuse", visibility="internal")
    records.duplicate(2, of=1)

    assert classified("MIT") == (1, 0)
    assert answers_to("MIT")["Risk"] == Answers(1, 0, [Value("Bias", 1, 0)])


def test_an_incident_counts_once_however_often_it_is_classified() -> None:
    records.taxonomy("MIT", records.field("Risk", "multi"))
    records.incident(1)
    classify(1, ["Bias", "Misuse", "Bias"])
    classify(1, ["Bias"])

    assert classified("MIT") == (1, 0)
    assert answers_to("MIT")["Risk"] == Answers(1, 0, [Value("Bias", 1, 0), Value("Misuse", 1, 0)])


def test_reports_count_apart_from_incidents() -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"))
    records.incident(1)
    classify(1, "Bias")
    for number in (7, 8):
        records.report(number)
        records.classification("MIT", None, ["Risk", '"Misuse"'], report_number=number)

    assert classified("MIT") == (1, 2)
    assert answers_to("MIT")["Risk"] == Answers(1, 2, [Value("Bias", 1, 0), Value("Misuse", 0, 2)])


def test_a_blank_is_no_answer_and_a_long_text_is_one_without_a_value() -> None:
    records.taxonomy(
        "MIT",
        records.field("Risk", "list"),
        records.field("Note", "long_string"),
        records.field("Parts", "object-list"),
    )
    blanks: list[object] = ["", " \n ", None, [], [""]]
    for number, blank in enumerate(blanks, start=1):
        records.incident(number)
        said = json.dumps(blank)
        records.classification("MIT", number, ["Risk", said], ["Note", said])
    records.incident(9)
    part = {"attributes": [{"short_name": "Part", "value_json": '"wheel"'}]}
    records.incident(10)
    records.classification("MIT", 10, ["Note", '"A short note."'])
    records.classification("MIT", 9, ["Note", json.dumps(NOTE)], ["Parts", json.dumps([part])])

    found = answers_to("MIT")
    assert classified("MIT") == (7, 0)
    assert found["Risk"] == Answers(0, 0, [])
    assert found["Note"].incidents == 2
    assert found["Parts"] == Answers(1, 0, [])


def test_fields_that_are_not_public_are_not_told() -> None:
    records.taxonomy("MIT", records.field("Risk"), records.field("Annotator", public=False))
    records.incident(1)
    records.classification("MIT", 1, ["Risk", '"Bias"'], ["Annotator", '"Ann"'])
    taxonomy = queries.get("MIT")
    assert taxonomy is not None
    every = list(taxonomy.fields.all())
    hidden = next(field for field in every if field.short_name == "Annotator")

    assert set(statistics.answers(every, viewer=editor())) == {
        field.pk for field in every if field != hidden
    }
    assert statistics.incidents_by_value(hidden, viewer=editor()) == {}


def test_one_condition_is_enough_to_meet() -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"), records.field("Level", "enum"))
    for number, risk, level in ((1, "Bias", "low"), (2, "Misuse", "high"), (3, "Misuse", "low")):
        records.incident(number)
        records.classification("MIT", number, ["Risk", f'"{risk}"'], ["Level", f'"{level}"'])
    taxonomy = queries.get("MIT")
    assert taxonomy is not None
    conditions = [("Risk", ["Bias", "Other"]), ("Level", ["high"])]
    meeting = statistics.numbers_meeting(taxonomy.pk, conditions, viewer=VISITOR)
    fields = queries.fields_of(taxonomy)
    (level,) = (field for field in fields if field.short_name == "Level")

    assert len(meeting) == 2
    assert statistics.answers([level], viewer=VISITOR, meeting=meeting)[level.pk] == Answers(
        2, 0, [Value("high", 1, 0), Value("low", 1, 0)]
    )

"""Mutations of incidents and reports, and the workflows that clients make of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve.asking import ask, data

pytestmark = pytest.mark.django_db

REFUSED = "not authorized"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2
MOMENT = "2026-01-05T00:00:00.000Z"

UPDATE = """mutation($id: Int, $set: IncidentSetType) {
  updateOneIncident(filter: {incident_id: {EQ: $id}}, update: {set: $set}) {
    incident_id title date editors { userId } reports { report_number }
    AllegedDeployerOfAISystem { entity_id } editor_similar_incidents date_modified } }"""
INSERT = """mutation($data: IncidentInsertType!) {
  insertOneIncident(data: $data) { incident_id title flagged_dissimilar_incidents } }"""
NEW = {
    "incident_id": 4,
    "title": "A tram stops for good",
    "description": "A tram without a driver stopped between two stations.",
    "date": "2026-02-01",
    "editor_notes": "",
    "flagged_dissimilar_incidents": [],
    "reports": {"link": []},
    "AllegedDeployerOfAISystem": {"link": ["acme", "acme"]},
}
NEW_REPORT = {
    "report_number": 4,
    "title": "A tram stops for good",
    "url": "https://news.example/tram",
    "source_domain": "elsewhere.example",
    "text": f"**{TEXT.strip()}**",
    "plain_text": "made up",
    "authors": ["A. Writer"],
    "submitters": ["B. Reader"],
    "tags": [],
    "language": "en",
    "image_url": "",
    "cloudinary_id": "",
    "date_published": MOMENT,
    "date_downloaded": MOMENT,
    "date_submitted": MOMENT,
    "date_modified": MOMENT,
    "epoch_date_published": 0,
    "epoch_date_submitted": 0,
}
INSERT_REPORT = """mutation($data: ReportInsertType!) { insertOneReport(data: $data) {
  report_number plain_text source_domain epoch_date_published is_incident_report } }"""
LINK = """mutation($input: LinkReportsToIncidentsInput!) { linkReportsToIncidents(input: $input) {
  incident_id reports { report_number is_incident_report } } }"""


@pytest.fixture(autouse=True)
def world(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    cache.clear()
    records.entity("acme")
    for number in (1, 2, 3):
        records.report(number, text=TEXT)
        records.incident(number, title=f"Story number {number}", reports=[number])
    records.incident_translation(1, "ja", "題", "説明")


@pytest.fixture
def editor() -> Client:
    return people.signed_in("ed@example.org", "incident_editor")


def message(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    found: str = error["message"]
    return found


def test_editors_change_fields_and_links_of_an_incident(editor: Client) -> None:
    wanted = {
        "title": "A better title",
        "AllegedDeployerOfAISystem": {"link": ["acme", "acme"]},
        "reports": {"link": [1, 2, 1]},
        "editor_similar_incidents": [2],
        "date_modified": "1999-01-01T00:00:00.000Z",
    }
    told = data(editor, UPDATE, id=1, set=wanted)["updateOneIncident"]
    assert told["title"] == "A better title"
    assert told["AllegedDeployerOfAISystem"] == [{"entity_id": "acme"}]
    assert [one["report_number"] for one in told["reports"]] == [1, 2]
    # The other is told as well, the editor is credited, and the server knows the time.
    query = "{ incident(filter: {incident_id: {EQ: 2}}) { editor_similar_incidents } }"
    assert data(editor, query)["incident"] == {"editor_similar_incidents": [1]}
    assert len(told["editors"]) == 1
    assert told["date_modified"].startswith("2026-")
    query = """{ incident(filter: {incident_id: {EQ: 1}}) {
        translations(languages: ["ja"]) { title dirty } } }"""
    [ja] = data(editor, query)["incident"]["translations"]
    assert ja == {"title": "題", "dirty": True}


def test_a_change_of_the_filtered_field_is_still_told(editor: Client) -> None:
    """D13: what was changed is read by its key."""
    change = """mutation { updateOneIncident(filter: {title: {EQ: "Story number 1"}},
        update: {set: {title: "Something else"}}) { title } }"""
    before = len(list(recorded.versions("incident", "1")))
    assert data(editor, change)["updateOneIncident"] == {"title": "Something else"}
    assert len(list(recorded.versions("incident", "1"))) == before + 1


def test_what_is_not_there_is_said_in_the_words_of_the_reference(editor: Client) -> None:
    seq = history.head_seq()
    links = [
        ({"reports": {"link": [1, 77, 78]}}, "Invalid linked ids: reports -> [77,78]"),
        (
            {"AllegedDeployerOfAISystem": {"link": ["nobody"]}},
            "Invalid linked ids: AllegedDeployerOfAISystem -> [nobody]",
        ),
    ]
    for wanted, said in links:
        answer = ask(editor, UPDATE, id=1, set={"title": "Never kept", **wanted})
        assert (message(answer), answer["data"]) == (said, {"updateOneIncident": None})
    assert "title" in message(ask(editor, UPDATE, id=1, set={"title": "x"}))
    assert "never changed" in message(ask(editor, UPDATE, id=1, set={"incident_id": 9}))
    assert data(editor, UPDATE, id=99, set={"title": "Nobody there"})["updateOneIncident"] is None
    assert history.head_seq() == seq


def test_a_new_incident_has_the_number_that_its_editor_chose_and_nobody_had(editor: Client) -> None:
    """D8: numbers are never given twice, and what lies between is never given."""
    told = data(editor, INSERT, data=NEW)["insertOneIncident"]
    assert told == {
        "incident_id": 4,
        "title": "A tram stops for good",
        "flagged_dissimilar_incidents": [],
    }
    for taken in (4, 2, -1, 0, 10**6):
        assert "taken" in message(ask(editor, INSERT, data={**NEW, "incident_id": taken}))
    data(editor, INSERT, data={**NEW, "incident_id": 9})
    assert "taken" in message(ask(editor, INSERT, data={**NEW, "incident_id": 7}))


def test_many_incidents_are_changed_as_one_and_each_has_its_version(editor: Client) -> None:
    """D11: versions are written for every one, and errors are told."""
    change = """mutation($set: IncidentSetType) { updateManyIncidents(
        filter: {incident_id: {IN: [1, 2]}}, update: {set: $set}
        ) { matchedCount modifiedCount } }"""
    told = data(editor, change, set={"editor_notes": "Looked at"})["updateManyIncidents"]
    assert told == {"matchedCount": 2, "modifiedCount": 2}
    assert "title" in message(ask(editor, change, set={"title": "x"}))
    for number in ("1", "2"):
        assert len(list(recorded.versions("incident", number))) == 2


def test_reports_are_moved_to_incidents_and_away_from_all_others(editor: Client) -> None:
    moved = {"incident_ids": [2, 3, 2], "report_numbers": [1, 1]}
    told = data(editor, LINK, input=moved)["linkReportsToIncidents"]
    assert [one["incident_id"] for one in told] == [2, 3]
    assert {one["report_number"] for one in told[0]["reports"]} == {1, 2}
    away = {"incident_ids": [], "report_numbers": [1]}
    assert data(editor, LINK, input=away)["linkReportsToIncidents"] == []
    query = "{ report(filter: {report_number: {EQ: 1}}) { is_incident_report } }"
    assert data(editor, query)["report"] == {"is_incident_report": False}
    unknown = {"incident_ids": [1], "report_numbers": [77]}
    assert "Invalid linked ids" in message(ask(editor, LINK, input=unknown))
    # D10: a version of every incident whose reports changed.
    assert len(list(recorded.versions("incident", "1"))) == 2


def test_a_new_report_has_what_follows_from_its_text_and_address(editor: Client) -> None:
    told = data(editor, INSERT_REPORT, data=NEW_REPORT)["insertOneReport"]
    assert told["plain_text"].startswith("A bus without")
    assert told["source_domain"] == "news.example"
    assert told["epoch_date_published"] == 1767571200
    assert told["is_incident_report"] is False
    assert "taken" in message(ask(editor, INSERT_REPORT, data=NEW_REPORT))
    short = {**NEW_REPORT, "report_number": 5, "text": "short"}
    assert "text" in message(ask(editor, INSERT_REPORT, data=short))


def test_a_report_is_edited_flagged_and_taken_away(editor: Client) -> None:
    update = """mutation($set: ReportSetType) { updateOneReport(
        filter: {report_number: {EQ: 1}}, update: {set: $set}) { title tags flag plain_text } }"""
    told = data(editor, update, set={"tags": ["response"], "text": f"# Head\n\n{TEXT}"})
    assert told["updateOneReport"]["tags"] == ["response"]
    assert told["updateOneReport"]["plain_text"].startswith("Head")
    flag = "mutation { flagReport(report_number: %s, input: %s) { flag } }"
    assert data(people.browser(), flag % (1, "true"))["flagReport"] == {"flag": True}
    assert message(ask(people.browser(), flag % (77, "true"))) == "Report not found"
    assert message(ask(people.browser(), flag % (1, "false"))) == REFUSED
    assert data(editor, flag % (1, "false"))["flagReport"] == {"flag": False}
    gone = "mutation { deleteOneReport(filter: {report_number: {EQ: 1}}) { report_number } }"
    assert data(editor, gone)["deleteOneReport"] == {"report_number": 1}
    visible = "{ report(filter: {report_number: {EQ: 1}}) { title } }"
    assert data(people.browser(), visible)["report"] is None
    data(editor, LINK, input={"incident_ids": [], "report_numbers": [1]})


def test_values_that_fit_nowhere_are_refused_in_words(editor: Client) -> None:
    update = """mutation($set: ReportSetType) { updateOneReport(
        filter: {report_number: {EQ: 1}}, update: {set: $set}) { title } }"""
    wrong = ask(editor, update, set={"snippet_max_characters": -5})
    assert "snippet_max_characters" in message(wrong)
    long = ask(editor, update, set={"cloudinary_id": None, "language": "x" * 40})
    assert "language" in message(long)
    told = data(editor, update, set={"title": "A bus\x00 drives away"})["updateOneReport"]
    assert told == {"title": "A bus drives away"}
    empty = {"nlp_similar_incidents": None, "editor_similar_incidents": None}
    assert data(editor, UPDATE, id=1, set=empty)["updateOneIncident"]["incident_id"] == 1


def test_translations_are_put_in_and_replaced_by_language(editor: Client) -> None:
    """D15: a report's translation is that of its language."""
    put = """mutation($input: UpdateOneReportTranslationInput!) {
      updateOneReportTranslation(input: $input) {
        translations(languages: ["es", "fr"]) { language title dirty } } }"""
    for language, title in (("es", "Uno"), ("fr", "Une"), ("es", "Otro")):
        given = {"report_number": 1, "language": language, "title": title, "text": "x",
                 "plain_text": "y", "dirty": language == "fr"}  # fmt: skip
        told = data(editor, put, input=given)["updateOneReportTranslation"]
    assert told["translations"] == [
        {"language": "es", "title": "Otro", "dirty": False},
        {"language": "fr", "title": "Une", "dirty": True},
    ]
    incident = """mutation { updateOneIncidentTranslation(input: {incident_id: 1, language: "ja",
        title: "新しい題", description: "説明"}) {
        translations(languages: ["ja"]) { title dirty } } }"""
    told = data(editor, incident)["updateOneIncidentTranslation"]
    assert told["translations"] == [{"title": "新しい題", "dirty": False}]


def test_a_variant_belongs_to_its_incident_and_touches_nothing_else() -> None:
    """D3: the report whose number is the incident's stays where it is."""
    create = """mutation($input: CreateVariantInput!) {
      createVariant(input: $input) { incident_id report_number } }"""
    variant = {"text": TEXT, "date_published": "2026-01-05T00:00:00.000Z", "submitters": ["X. Y."],
               "inputs_outputs": ["What was asked", "What was answered"]}  # fmt: skip
    given = {"incidentId": 2, "variant": variant}
    told = data(people.browser(), create, input=given)["createVariant"]
    assert told == {"incident_id": 2, "report_number": 4}
    query = """{ report(filter: {report_number: {EQ: 4}}) {
        title tags submitters is_incident_report inputs_outputs date_published } }"""
    assert data(people.browser(), query)["report"] == {
        "title": "",
        "tags": ["variant:unreviewed"],
        "submitters": ["X. Y."],
        "is_incident_report": False,
        "inputs_outputs": ["What was asked", "What was answered"],
        "date_published": "2026-01-05T00:00:00.000Z",
    }
    others = """{ incidents { incident_id reports { report_number } } }"""
    found = data(people.browser(), others)["incidents"]
    assert [[one["report_number"] for one in row["reports"]] for row in found] == [[1], [2, 4], [3]]
    unknown = ask(people.browser(), create, input={"incidentId": 77, "variant": variant})
    assert message(unknown) == "Incident 77 not found"


def test_readers_with_an_account_say_what_is_not_alike(editor: Client) -> None:
    """D2: not strangers, and a reader becomes no editor by it."""
    flag = """mutation { flagIncidentSimilarity(incidentId: 1, dissimilarIds: [3, 3]) {
        flagged_dissimilar_incidents editors { userId } } }"""
    assert message(ask(people.browser(), flag)) == REFUSED
    told = data(people.signed_in("ann@example.org"), flag)["flagIncidentSimilarity"]
    assert told == {"flagged_dissimilar_incidents": [3], "editors": []}


@pytest.mark.parametrize("role", ["", "subscriber", "submitter", "taxonomy_editor"])
def test_others_than_editors_change_no_record(role: str) -> None:
    asker = people.signed_in("x@example.org", role) if role else people.browser()
    seq = history.head_seq()
    writes = [
        'updateManyIncidents(filter: {}, update: {set: {title: "x"}}) { modifiedCount }',
        "deleteOneReport(filter: {}) { title }",
        'updateOneReport(filter: {}, update: {set: {title: "x"}}) { title }',
        """updateOneIncidentTranslation(input: {
            incident_id: 1, language: "ja", title: "a", description: "b"}) { title }""",
        """updateOneReportTranslation(input: {
            report_number: 1, text: "b", language: "ja", title: "a", plain_text: ""}) { title }""",
    ]
    refused = [
        ask(asker, UPDATE, id=1, set={"title": "Not mine"}),
        ask(asker, INSERT, data=NEW),
        ask(asker, INSERT_REPORT, data=NEW_REPORT),
        ask(asker, LINK, input={"incident_ids": [], "report_numbers": [1]}),
        *(ask(asker, f"mutation {{ {write} }}") for write in writes),
    ]
    assert [message(answer) for answer in refused] == [REFUSED] * len(refused)
    assert history.head_seq() == seq


def test_an_earlier_version_is_restored_as_the_reference_does_it(editor: Client) -> None:
    data(editor, UPDATE, id=1, set={"title": "A worse title"})
    query = """{ history_incidents(filter: {incident_id: {EQ: 1}}, sort: {created_at: ASC}) {
        title description date reports editor_notes AllegedDeployerOfAISystem } }"""
    old = data(editor, query)["history_incidents"][0]
    wanted = {
        **{name: old[name] for name in ("title", "description", "date", "editor_notes")},
        "reports": {"link": old["reports"]},
        "AllegedDeployerOfAISystem": {"link": old["AllegedDeployerOfAISystem"]},
    }
    assert data(editor, UPDATE, id=1, set=wanted)["updateOneIncident"]["title"] == "Story number 1"

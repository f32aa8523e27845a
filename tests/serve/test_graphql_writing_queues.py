"""Mutations of what waits for editors: submissions, what becomes of them, bare links."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.serve.http import limits
from incidentbase.store.accounts.models import Account
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve.asking import ask, data

pytestmark = pytest.mark.django_db

REFUSED = "not authorized"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2
SENT = {
    "title": "A bus drives away",
    "url": "https://news.example/bus",
    "source_domain": "news.example",
    "text": TEXT,
    "authors": ["A. Writer"],
    "submitters": ["Anonymous"],
    "tags": ["transport"],
    "language": "en",
    "image_url": "",
    "date_published": "2026-02-01",
    "date_downloaded": "2026-02-02",
    "date_submitted": "2026-03-01",
    "date_modified": "2026-03-01",
}
INCIDENT = {
    "incident_title": "A bus went on",
    "incident_date": "2026-01-31",
    "description": "A bus without a driver did not stop.",
    "deployers": {"link": ["acme"]},
    "developers": {"link": ["acme"]},
    "harmed_parties": {"link": ["passengers"]},
    "nlp_similar_incidents": [{"incident_id": 1, "similarity": 0.99}],
    "editor_similar_incidents": [1],
}
INSERT = """mutation($data: SubmissionInsertType!) {
  insertOneSubmission(data: $data) { _id title } }"""
PROMOTE = """mutation($input: PromoteSubmissionToReportInput!) {
  promoteSubmissionToReport(input: $input) { incident_ids report_number } }"""


@pytest.fixture(autouse=True)
def world(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    cache.clear()
    records.entity("acme")
    records.report(1)
    records.incident(1, reports=[1], deployers=["acme"])


@pytest.fixture
def editor() -> Client:
    return people.signed_in("ed@example.org", "incident_editor")


def message(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    found: str = error["message"]
    return found


def insert(client: Client, **more: Any) -> str:
    made = data(client, INSERT, data={**SENT, **more})["insertOneSubmission"]
    assert made["title"] == SENT["title"]
    found: str = made["_id"]
    return found


def test_what_the_form_of_the_reference_sends_lands_in_the_queue(editor: Client) -> None:
    key = insert(people.browser(), **INCIDENT, embedding={"vector": [0.1], "from_text_hash": "a"})
    query = f"""{{ submission(filter: {{_id: {{EQ: "{key}"}}}}) {{
        url text authors tags deployers {{ entity_id }} incident_date editor_similar_incidents
        nlp_similar_incidents {{ incident_id similarity }} status user {{ userId }} }} }}"""
    found = data(editor, query)["submission"]
    assert (found["url"], found["authors"]) == (SENT["url"], ["A. Writer"])
    assert found["deployers"] == [{"entity_id": "acme"}]
    assert found["nlp_similar_incidents"] == [{"incident_id": 1, "similarity": 0.99}]
    assert found["editor_similar_incidents"] == [1]
    assert (found["status"], found["user"]) == ("pendingReview", None)


def test_what_is_wrong_with_a_submission_is_said_and_nothing_is_kept() -> None:
    before = history.head_seq()
    answer = ask(people.browser(), INSERT, data={**SENT, "text": "short"})
    assert "text" in message(answer)
    assert answer["data"] == {"insertOneSubmission": None}
    missing = ask(people.browser(), INSERT, data={**SENT, "incident_ids": [77]})
    assert message(missing) == "Incident 77 not found"
    assert history.head_seq() == before


def test_strangers_send_in_only_so_often(monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "submit", (1, 3600))
    insert(people.browser())
    again = {**SENT, "url": "https://news.example/other"}
    assert "often" in message(ask(people.browser(), INSERT, data=again))


def test_a_submission_becomes_an_incident_with_all_that_was_sent(editor: Client) -> None:
    key = insert(people.browser(), **INCIDENT)
    asked = {"submission_id": key, "incident_ids": [], "is_incident_report": True}
    made = data(editor, PROMOTE, input=asked)["promoteSubmissionToReport"]
    [number] = made["incident_ids"]
    query = f"""{{ incident(filter: {{incident_id: {{EQ: {number}}}}}) {{
        title date AllegedHarmedOrNearlyHarmedParties {{ entity_id }}
        nlp_similar_incidents {{ incident_id }} reports {{ report_number title }} }} }}"""
    found = data(editor, query)["incident"]
    assert (found["title"], found["date"]) == ("A bus went on", "2026-01-31")
    assert found["AllegedHarmedOrNearlyHarmedParties"] == [{"entity_id": "passengers"}]
    assert found["nlp_similar_incidents"] == [{"incident_id": 1}]
    assert found["reports"] == [
        {"report_number": made["report_number"], "title": "A bus drives away"}
    ]
    assert message(ask(editor, PROMOTE, input=asked)).startswith("submission")
    assert data(editor, "{ submissions { title } }")["submissions"] == []


def test_promoting_onto_an_incident_leaves_a_version_of_it(editor: Client) -> None:
    key = insert(people.browser())
    before = len(list(recorded.versions("incident", "1")))
    asked = {"submission_id": key, "incident_ids": [1, 1], "is_incident_report": True}
    made = data(editor, PROMOTE, input=asked)["promoteSubmissionToReport"]
    assert made["incident_ids"] == [1]
    assert len(list(recorded.versions("incident", "1"))) == before + 1


def test_a_submission_becomes_an_issue_report_of_no_incident(editor: Client) -> None:
    key = insert(people.browser())
    asked = {"submission_id": key, "incident_ids": [], "is_incident_report": False}
    made = data(editor, PROMOTE, input=asked)["promoteSubmissionToReport"]
    assert made["incident_ids"] == []
    query = f"""{{ report(filter: {{report_number: {{EQ: {made["report_number"]}}}}}) {{
        is_incident_report submitters date_published epoch_date_published }} }}"""
    assert data(editor, query)["report"] == {
        "is_incident_report": False,
        "submitters": ["Anonymous"],
        "date_published": "2026-02-01T00:00:00.000Z",
        "epoch_date_published": 1769904000,
    }


def test_an_unknown_submission_is_told_in_the_words_of_the_reference(editor: Client) -> None:
    asked = {"submission_id": "a" * 24, "incident_ids": [], "is_incident_report": True}
    answer = ask(editor, PROMOTE, input=asked)
    assert (answer["data"], message(answer)) == (None, "Submission not found")


UPDATE = """mutation($id: ObjectId, $set: SubmissionSetType) {
  updateOneSubmission(filter: {_id: {EQ: $id}}, update: {set: $set}) {
    title status authors incident_editors { userId } } }"""


def test_senders_change_their_own_and_editors_all(editor: Client) -> None:
    own = people.account("ann@example.org")
    ann = people.browser()
    ann.force_login(Account.objects.get(public_id=own))
    key = insert(ann)
    assert data(ann, UPDATE, id=key, set={"title": "Another title"})["updateOneSubmission"]
    ben = people.signed_in("ben@example.org")
    assert message(ask(ben, UPDATE, id=key, set={"title": "Ben was here"})) == REFUSED
    assert message(ask(people.browser(), UPDATE, id=key, set={"title": "X was here"})) == REFUSED
    assert message(ask(ann, UPDATE, id=key, set={"status": "inReview"})) == REFUSED
    told = data(
        editor, UPDATE, id=key, set={"status": "inReview", "authors": ["B. Writer"], "quiet": True}
    )["updateOneSubmission"]
    assert (told["title"], told["status"]) == ("Another title", "inReview")
    assert told["authors"] == ["B. Writer"]
    assert "status" in message(ask(editor, UPDATE, id=key, set={"status": "promoted"}))


def test_only_editors_refuse_and_promote(editor: Client) -> None:
    key = insert(people.browser())
    refuse = f'mutation {{ deleteOneSubmission(filter: {{_id: {{EQ: "{key}"}}}}) {{ title }} }}'
    asked = {"submission_id": key, "incident_ids": [], "is_incident_report": False}
    for role in ("", "subscriber", "submitter", "taxonomy_editor"):
        asker = people.signed_in(f"{role}@example.org", role) if role else people.browser()
        assert message(ask(asker, refuse)) == REFUSED
        assert message(ask(asker, PROMOTE, input=asked)) == REFUSED
    assert data(editor, refuse)["deleteOneSubmission"] == {"title": SENT["title"]}
    assert data(editor, "{ submissions { title } }")["submissions"] == []
    state = recorded.state_of("submission", key)
    assert state is not None
    assert state["status"] == "rejected"


def test_links_are_sent_in_by_everybody_and_kept_by_editors(editor: Client) -> None:
    insert_link = """mutation { insertOneQuickadd(data: {
        url: "https://www.news.example/x", date_submitted: "2020-01-01"}) {
        url source_domain incident_id date_submitted } }"""
    made = data(people.browser(), insert_link)["insertOneQuickadd"]
    assert made == {
        "url": "https://www.news.example/x",
        "source_domain": "news.example",
        "incident_id": 0,
        "date_submitted": records.AT.date().isoformat(),
    }
    writes = [
        """insertManyQuickadds(data: [{url: "https://news.example/y", date_submitted: ""}]) {
            insertedIds }""",
        """updateOneQuickadd(filter: {url: {REGEX: "/y$"}}, update: {set: {incident_id: 1}}) {
            incident_id }""",
        """updateManyQuickadds(filter: {}, update: {set: {incident_id: 1}}) {
            matchedCount modifiedCount }""",
        """upsertOneQuickadd(filter: {url: {EQ: "https://news.example/z"}},
            update: {url: "https://news.example/z", date_submitted: ""}) { url }""",
        "deleteOneQuickadd(filter: {}) { url }",
        "deleteManyQuickadds(filter: {}) { deletedCount }",
    ]
    for write in writes:
        assert message(ask(people.browser(), f"mutation {{ {write} }}")) == REFUSED
    told = [data(editor, f"mutation {{ {write} }}") for write in writes]
    assert told[1] == {"updateOneQuickadd": {"incident_id": 1}}
    assert told[2] == {"updateManyQuickadds": {"matchedCount": 2, "modifiedCount": 1}}
    assert told[3] == {"upsertOneQuickadd": {"url": "https://news.example/z"}}
    assert told[5] == {"deleteManyQuickadds": {"deletedCount": 2}}
    assert "url" in message(
        ask(
            people.browser(),
            'mutation { insertOneQuickadd(data: {url: "x", date_submitted: ""}) { url } }',
        )
    )

"""Mutations of accounts, subscriptions, checklists, classifications and candidates."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.store.accounts.models import Account
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve.asking import ask, data

pytestmark = pytest.mark.django_db

REFUSED = "not authorized"


@pytest.fixture(autouse=True)
def clean(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    cache.clear()


@pytest.fixture
def world() -> None:
    records.entity("acme")
    records.report(1)
    records.incident(1, reports=[1], deployers=["acme"])
    records.incident(2, reports=[1], visibility="restricted")
    records.taxonomy(
        "MIT", records.field("Risk Domain", "enum"), records.field("Annotator", public=False)
    )


def client_of(public_id: str) -> Client:
    client = people.browser()
    client.force_login(Account.objects.get(public_id=public_id))
    return client


def message(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    found: str = error["message"]
    return found


UPDATE_USER = """mutation($id: String, $set: UserSetType) {
  updateOneUser(filter: {userId: {EQ: $id}}, update: {set: $set}) {
    userId first_name last_name roles } }"""


def test_people_change_their_names_and_never_their_roles() -> None:
    own, other = people.account("ann@example.org"), people.account("ben@example.org")
    ann = client_of(own)
    named = data(ann, UPDATE_USER, id=own, set={"first_name": "Ann"})["updateOneUser"]
    assert (named["first_name"], named["last_name"]) == ("Ann", "")
    assert message(ask(ann, UPDATE_USER, id=own, set={"roles": ["admin"]})) == REFUSED
    assert message(ask(ann, UPDATE_USER, id=own, set={"userId": other})) == REFUSED
    # Whom no incident credits nobody else knows of.
    assert data(ann, UPDATE_USER, id=other, set={"first_name": "X"})["updateOneUser"] is None
    assert Account.objects.get(public_id=other).first_name == ""


def test_a_refused_part_leaves_nothing_of_a_change() -> None:
    own = people.account("ann@example.org")
    answer = ask(client_of(own), UPDATE_USER, id=own, set={"first_name": "A", "roles": ["admin"]})
    assert message(answer) == REFUSED
    assert Account.objects.get(public_id=own).first_name == ""


@pytest.mark.usefixtures("world")
def test_admins_give_roles_by_the_names_of_the_reference() -> None:
    other = people.account("ben@example.org")
    admin = people.signed_in("root@example.org", "admin")
    wanted = ["subscriber", "taxonomy_editor_mit"]
    told = data(admin, UPDATE_USER, id=other, set={"roles": wanted})["updateOneUser"]
    assert sorted(told["roles"]) == wanted
    assert "no role" in message(ask(admin, UPDATE_USER, id=other, set={"roles": ["king"]}))


UPSERT_SUBSCRIPTION = """mutation(
  $filter: SubscriptionFilterType!, $update: SubscriptionInsertType!
) {
  upsertOneSubscription(filter: $filter, update: $update) {
    type incident_id { incident_id } entityId { entity_id } userId { userId } } }"""


@pytest.mark.usefixtures("world")
def test_people_follow_for_themselves_only() -> None:
    own, other = people.account("ann@example.org"), people.account("ben@example.org")
    ann = client_of(own)
    filtered = {"type": {"EQ": "incident"}, "userId": {"EQ": own}, "incident_id": {"EQ": 1}}
    update = {"type": "incident", "userId": {"link": own}, "incident_id": {"link": 1}}
    for _ in range(2):
        told = data(ann, UPSERT_SUBSCRIPTION, filter=filtered, update=update)
        assert told["upsertOneSubscription"] == {
            "type": "incident",
            "incident_id": {"incident_id": 1},
            "entityId": None,
            "userId": {"userId": own},
        }
    query = "{ subscriptions { type } }"
    assert data(ann, query)["subscriptions"] == [{"type": "incident"}]
    assert data(client_of(other), query)["subscriptions"] == []
    assert data(people.browser(), query)["subscriptions"] == []
    foreign = {**update, "userId": {"link": other}}
    assert message(ask(ann, UPSERT_SUBSCRIPTION, filter=filtered, update=foreign)) == REFUSED
    stranger = ask(people.browser(), UPSERT_SUBSCRIPTION, filter=filtered, update=update)
    assert message(stranger) == REFUSED
    hidden = {**update, "incident_id": {"link": 2}}
    nothing = ask(ann, UPSERT_SUBSCRIPTION, filter={"type": {"EQ": "x"}}, update=hidden)
    assert message(nothing) == "Invalid linked id: incident_id -> 2"


@pytest.mark.usefixtures("world")
def test_subscriptions_are_changed_and_ended_by_who_has_them() -> None:
    own = people.account("ann@example.org")
    ann, ben = client_of(own), client_of(people.account("ben@example.org"))
    data(ann, UPSERT_SUBSCRIPTION, filter={"type": {"EQ": "entity"}},
         update={"type": "entity", "entityId": {"link": "acme"}})  # fmt: skip
    change = """mutation { updateOneSubscription(filter: {type: {EQ: "entity"}},
        update: {set: {type: "new-incidents"}}) { type entityId { name } } }"""
    assert data(ben, change)["updateOneSubscription"] is None
    assert data(ann, change)["updateOneSubscription"] == {"type": "new-incidents", "entityId": None}
    end = "mutation { deleteManySubscriptions(filter: {}) { deletedCount } }"
    assert data(ben, end)["deleteManySubscriptions"]["deletedCount"] == 0
    one = "mutation { deleteOneSubscription(filter: {}) { type } }"
    assert data(ann, one)["deleteOneSubscription"] == {"type": "new-incidents"}
    assert data(ann, one)["deleteOneSubscription"] is None


UPSERT_CLASSIFICATION = """mutation($update: ClassificationInsertType!) {
  upsertOneClassification(
    filter: {incidents: {EQ: 1}, namespace: {EQ: "MIT"}}, update: $update
  ) { namespace publish notes attributes { short_name value_json } incidents { incident_id } } }"""


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("role", ["incident_editor", "taxonomy_editor:MIT"])
def test_editors_of_a_taxonomy_give_all_answers_at_once(role: str) -> None:
    kept = {"method": "model", "by": "robot", "at": "2025-01-01T00:00:00.000Z"}
    key = records.classification(
        "MIT", 1, ["Risk Domain", '"Privacy"', kept], ["Annotator", '"one"'], notes="old"
    )
    editor = people.signed_in("ed@example.org", role)
    update = {
        "namespace": "MIT",
        "incidents": {"link": [1, 1]},
        "notes": "new",
        "publish": True,
        "attributes": [{"short_name": "Risk Domain", "value_json": '"Privacy"'}],
    }
    told = data(editor, UPSERT_CLASSIFICATION, update=update)["upsertOneClassification"]
    assert told["attributes"] == update["attributes"]
    state = recorded.state_of("classification", key)
    assert state is not None
    assert state["attributes"] == [["Risk Domain", '"Privacy"', kept], ["Annotator", '"one"']]
    update["attributes"] = [{"short_name": "Risk Domain", "value_json": '"Misuse"'}]
    data(editor, UPSERT_CLASSIFICATION, update=update)
    state = recorded.state_of("classification", key)
    assert state is not None
    assert state["attributes"][0][1:][1]["method"] == "manual"
    update["attributes"] = [{"short_name": "Nothing such", "value_json": "1"}]
    assert "is not asked" in message(ask(editor, UPSERT_CLASSIFICATION, update=update))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("role", ["", "subscriber", "taxonomy_editor:CSETv1"])
def test_others_do_not_classify(role: str) -> None:
    asker = people.signed_in("x@example.org", role) if role else people.browser()
    update = {"namespace": "MIT", "incidents": {"link": [1]}}
    assert message(ask(asker, UPSERT_CLASSIFICATION, update=update)) == REFUSED


UPSERT_CHECKLIST = """mutation($filter: ChecklistFilterType!, $update: ChecklistInsertType!) {
  upsertOneChecklist(filter: $filter, update: $update) {
    id name owner_id tags_goals risks { title risk_status tags precedents { incident_id } } } }"""


@pytest.mark.usefixtures("world")
def test_checklists_belong_to_who_makes_them_and_to_nobody_else() -> None:
    own, other = people.account("ann@example.org"), people.account("ben@example.org")
    ann, ben = client_of(own), client_of(other)
    risks = [{"title": "It drifts", "tags": ["MIT:Risk Domain:Privacy"], "risk_status": "Unclear"}]
    update = {
        "id": "mine",
        "name": "A bus",
        "owner_id": other,
        "tags_goals": ["a:b:c"],
        "risks": risks,
    }
    asked = {"filter": {"id": {"EQ": "mine"}}, "update": update}
    told = data(ann, UPSERT_CHECKLIST, **asked)["upsertOneChecklist"]
    assert (told["id"], told["owner_id"], told["tags_goals"]) == ("mine", own, ["a:b:c"])
    assert told["risks"][0]["title"] == "It drifts"
    update["name"] = "A tram"
    assert data(ann, UPSERT_CHECKLIST, **asked)["upsertOneChecklist"]["name"] == "A tram"
    assert message(ask(ben, UPSERT_CHECKLIST, **asked)) == REFUSED
    assert message(ask(people.browser(), UPSERT_CHECKLIST, **asked)) == REFUSED
    remove = 'mutation { deleteOneChecklist(filter: {id: {EQ: "mine"}}) { name } }'
    assert data(ben, remove)["deleteOneChecklist"] is None
    assert data(ann, remove)["deleteOneChecklist"] == {"name": "A tram"}
    insert = 'mutation { insertOneChecklist(data: {name: "Own"}) { name owner_id } }'
    assert data(ben, insert)["insertOneChecklist"] == {"name": "Own", "owner_id": other}
    assert message(ask(people.browser(), insert)) == REFUSED


INSERT_CANDIDATE = """mutation($data: CandidateInsertType!) { insertOneCandidate(data: $data) {
  _id title url matching_keywords match created_at } }"""


def test_crawlers_bring_candidates_and_admins_keep_them() -> None:
    editor = people.signed_in("ed@example.org", "incident_editor")
    admin = people.signed_in("root@example.org", "admin")
    wanted = {
        "title": "A robot falls",
        "url": "https://news.example/robot",
        "date_published": "2026-03-01",
        "matching_keywords": ["robot"],
    }
    made = data(editor, INSERT_CANDIDATE, data=wanted)["insertOneCandidate"]
    assert (made["matching_keywords"], made["match"]) == (["robot"], False)
    assert "is known" in message(ask(editor, INSERT_CANDIDATE, data=wanted))
    assert message(ask(people.browser(), INSERT_CANDIDATE, data=wanted)) == REFUSED
    change = """mutation { updateManyCandidates(filter: {match: {EQ: false}},
        update: {set: {dismissed: true, matching_entities: ["Acme"]}}) {
        matchedCount modifiedCount } }"""
    assert message(ask(editor, change)) == REFUSED
    assert data(admin, change)["updateManyCandidates"] == {"matchedCount": 1, "modifiedCount": 1}
    [now] = data(admin, "{ candidates { dismissed matching_keywords matching_entities } }")[
        "candidates"
    ]
    assert now == {
        "dismissed": True,
        "matching_keywords": ["robot"],
        "matching_entities": ["Acme"],
    }
    upsert = """mutation { upsertOneCandidate(filter: {url: {EQ: "https://news.example/robot"}},
        update: {url: "https://news.example/robot", title: "It falls", date_published: ""}
    ) { title } }"""
    assert data(admin, upsert)["upsertOneCandidate"] == {"title": "It falls"}
    gone = "mutation { deleteManyCandidates(filter: {}) { deletedCount } }"
    assert message(ask(editor, gone)) == REFUSED
    assert data(admin, gone)["deleteManyCandidates"] == {"deletedCount": 1}

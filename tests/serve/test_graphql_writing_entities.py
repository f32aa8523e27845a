"""Mutations of entities, of how they stand to one another, and of duplicates of incidents."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.store.entities.models import Entity
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve.asking import ask, data

pytestmark = pytest.mark.django_db

REFUSED = "not authorized"
UPSERT = """mutation($id: String!, $name: String!) { upsertOneEntity(
  filter: {entity_id: {EQ: $id}}, update: {entity_id: $id, name: $name}) { entity_id name } }"""
BOTH = """mutation($input: UpdateOneEntityInput!) {
  updateEntityAndRelationships(input: $input) { entity_id name } }"""
MERGE = """mutation($one: String!, $other: String!, $keep: Int!) {
  mergeEntities(primaryId: $one, secondaryId: $other, keepEntity: $keep) { entity_id name } }"""
DUPLICATE = """mutation($data: DuplicateInsertType!) { insertOneDuplicate(data: $data) {
  duplicate_incident_number true_incident_number } }"""


@pytest.fixture(autouse=True)
def world(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    cache.clear()
    for name in ("acme", "globex", "initech"):
        records.entity(name)
    records.entity("hushed-firm", "Hushed Firm")
    for number in (1, 2):
        records.report(number)
        records.incident(number, reports=[number], deployers=["acme", "globex"])
    records.incident(3, visibility="restricted", deployers=["hushed-firm"], developers=["initech"])


@pytest.fixture
def editor() -> Client:
    return people.signed_in("ed@example.org", "incident_editor")


def message(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    found: str = error["message"]
    return found


def test_everybody_puts_entities_in_and_only_editors_change_them(editor: Client) -> None:
    """D2: the form of strangers goes on working, and changes nobody's name."""
    stranger = people.browser()
    told = data(stranger, UPSERT, id="new-firm", name="New Firm")["upsertOneEntity"]
    assert told == {"entity_id": "new-firm", "name": "New Firm"}
    assert Entity.objects.get(entity_id="new-firm").name == "New Firm"
    again = data(stranger, UPSERT, id="acme", name="Acme")["upsertOneEntity"]
    assert again == {"entity_id": "acme", "name": "Acme"}
    assert message(ask(stranger, UPSERT, id="acme", name="Acme the Great")) == REFUSED
    assert "entity_id" in message(ask(stranger, UPSERT, id="Not An Id", name="x"))
    told = data(editor, UPSERT, id="acme", name="Acme the Great")["upsertOneEntity"]
    assert told == {"entity_id": "acme", "name": "Acme the Great"}
    rename = """mutation { updateOneEntity(filter: {entity_id: {EQ: "acme"}},
        update: {set: {name: "Acme"}}) { name } }"""
    assert message(ask(stranger, rename)) == REFUSED
    assert data(editor, rename)["updateOneEntity"] == {"name": "Acme"}


def test_strangers_do_not_learn_which_hidden_names_are_known() -> None:
    stranger = people.browser()
    for entity_id in ("hushed-firm", "not-known"):
        told = data(stranger, UPSERT, id=entity_id, name="Whatever")["upsertOneEntity"]
        assert told == {"entity_id": entity_id, "name": "Whatever"}
    assert Entity.objects.get(entity_id="hushed-firm").name == "Hushed Firm"


def test_an_entity_is_edited_together_with_whom_it_is_related_to(editor: Client) -> None:
    given = {"entity_id": "acme", "name": "Acme Group",
             "entity_relationships_to_add": [{"id": "globex", "label": "Globex"}],
             "entity_relationships_to_remove": []}  # fmt: skip
    assert message(ask(people.browser(), BOTH, input=given)) == REFUSED
    told = data(editor, BOTH, input=given)["updateEntityAndRelationships"]
    assert told == {"entity_id": "acme", "name": "Acme Group"}
    query = "{ entity_relationships { pred is_symmetric sub { entity_id } obj { entity_id } } }"
    assert data(people.browser(), query)["entity_relationships"] == [
        {
            "pred": "related",
            "is_symmetric": True,
            "sub": {"entity_id": "acme"},
            "obj": {"entity_id": "globex"},
        }
    ]
    given["entity_relationships_to_add"] = []
    given["entity_relationships_to_remove"] = [{"id": "globex", "label": "Globex"}]
    data(editor, BOTH, input=given)
    assert data(editor, query)["entity_relationships"] == []
    unknown = ask(editor, BOTH, input={**given, "entity_id": "nobody"})
    assert (message(unknown), unknown["data"]) == ("Entity not found", None)


def test_two_entities_become_one_and_the_incidents_have_versions(editor: Client) -> None:
    """D9: followers and versions go with the entity that stays."""
    asked = {"one": "acme", "other": "globex", "keep": 2}
    assert message(ask(people.browser(), MERGE, **asked)) == REFUSED
    assert data(editor, MERGE, **asked)["mergeEntities"] == {
        "entity_id": "globex",
        "name": "Globex",
    }
    query = "{ incident(filter: {incident_id: {EQ: 1}}) { AllegedDeployerOfAISystem { name } } }"
    assert data(editor, query)["incident"] == {"AllegedDeployerOfAISystem": [{"name": "Globex"}]}
    assert len(list(recorded.versions("incident", "1"))) == 2
    duplicates = "{ entityDuplicates { duplicate_entity_id true_entity_id } }"
    assert data(editor, duplicates)["entityDuplicates"] == [
        {"duplicate_entity_id": "acme", "true_entity_id": "globex"}
    ]
    said = [
        ({"one": "a", "other": "a", "keep": 1}, "Cannot merge an entity with itself."),
        ({"one": "globex", "other": "initech", "keep": 3}, "Invalid keepEntity value: 3"),
        ({"one": "nobody", "other": "globex", "keep": 1},
         "Primary entity with ID nobody not found."),
        ({"one": "globex", "other": "nobody", "keep": 1},
         "Secondary entity with ID nobody not found."),
    ]  # fmt: skip
    for wrong, words in said:
        assert message(ask(editor, MERGE, **wrong)) == words


def test_relationships_are_kept_one_by_one(editor: Client) -> None:
    upsert = """mutation { upsertOneEntity_relationship(
        filter: {sub: {EQ: "acme"}, obj: {EQ: "globex"}}, update: {sub: {link: "acme"},
        obj: {link: "globex"}, pred: "related", is_symmetric: true}) { _id pred } }"""
    change = """mutation { updateOneEntity_relationship(filter: {sub: {EQ: "acme"}},
        update: {set: {pred: "parent"}}) { pred is_symmetric } }"""
    remove = 'mutation { deleteOneEntity_relationship(filter: {sub: {EQ: "acme"}}) { pred } }'
    for write in (upsert, change, remove):
        assert message(ask(people.browser(), write)) == REFUSED
    made = data(editor, upsert)["upsertOneEntity_relationship"]
    assert data(editor, upsert)["upsertOneEntity_relationship"] == made
    assert data(editor, change)["updateOneEntity_relationship"] == {
        "pred": "parent",
        "is_symmetric": False,
    }
    assert data(editor, remove)["deleteOneEntity_relationship"] == {"pred": "parent"}
    assert data(editor, remove)["deleteOneEntity_relationship"] is None
    unknown = upsert.replace('link: "globex"', 'link: "nobody"')
    assert message(ask(editor, unknown)) == "Invalid linked id: obj -> nobody"


def test_incidents_that_stand_for_others_are_kept_by_editors(editor: Client) -> None:
    given = {"duplicate_incident_number": 2, "true_incident_number": 1}
    assert message(ask(people.browser(), DUPLICATE, data=given)) == REFUSED
    assert data(editor, DUPLICATE, data=given)["insertOneDuplicate"] == given
    assert "already" in message(ask(editor, DUPLICATE, data=given))
    back = {"duplicate_incident_number": 1, "true_incident_number": 2}
    assert "back" in message(ask(editor, DUPLICATE, data=back))
    assert "both numbers" in message(ask(editor, DUPLICATE, data={"true_incident_number": 1}))
    writes = [
        """insertManyDuplicates(data: [{duplicate_incident_number: 77, true_incident_number: 1}]) {
            insertedIds }""",
        """updateManyDuplicates(filter: {}, update: {set: {true_incident_number: 1}}) {
            matchedCount modifiedCount }""",
        """upsertOneDuplicate(filter: {duplicate_incident_number: {EQ: 78}}, update: {
            duplicate_incident_number: 78, true_incident_number: 1}) { true_incident_number }""",
        """updateOneDuplicate(filter: {duplicate_incident_number: {EQ: 78}},
            update: {set: {true_incident_number: 1}}) { duplicate_incident_number }""",
        "deleteOneDuplicate(filter: {duplicate_incident_number: {EQ: 78}}) { _id }",
        "deleteManyDuplicates(filter: {}) { deletedCount }",
    ]
    seq = history.head_seq()
    for write in writes:
        assert message(ask(people.browser(), f"mutation {{ {write} }}")) == REFUSED
    assert history.head_seq() == seq
    told = [data(editor, f"mutation {{ {write} }}") for write in writes]
    assert told[1] == {"updateManyDuplicates": {"matchedCount": 2, "modifiedCount": 0}}
    assert told[5] == {"deleteManyDuplicates": {"deletedCount": 2}}


def test_a_duplicate_incident_is_removed_as_the_reference_does_it(editor: Client) -> None:
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 2, ["Risk Domain", '"Privacy"'])
    data(editor, DUPLICATE, data={"duplicate_incident_number": 2, "true_incident_number": 1})
    union = """mutation { updateOneIncident(filter: {incident_id: {EQ: 1}},
        update: {set: {reports: {link: [1, 2]}}}) { reports { report_number } } }"""
    assert len(data(editor, union)["updateOneIncident"]["reports"]) == 2
    classify = """mutation { upsertOneClassification(
        filter: {incidents: {EQ: 1}, namespace: {EQ: "MIT"}},
        update: {incidents: {link: [1]}, namespace: "MIT", publish: true,
                 attributes: [{short_name: "Risk Domain", value_json: "\\"Privacy\\""}]}
        ) { incidents { incident_id } attributes { value_json } } }"""
    assert data(editor, classify)["upsertOneClassification"] == {
        "incidents": [{"incident_id": 1}],
        "attributes": [{"value_json": '"Privacy"'}],
    }

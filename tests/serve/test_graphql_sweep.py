"""Everything that the GraphQL schema knows is asked for: fields, filters and orders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type

from incidentbase.serve.graphql import limits
from incidentbase.serve.graphql.schema import executable
from incidentbase.store.accounts import rules
from incidentbase.store.review import actions as review
from tests.guards import test_access as hidden
from tests.make import people, records
from tests.serve import asking
from tests.serve.test_exports import candidate, quick_add, submission

pytestmark = pytest.mark.django_db

# Members that exist for their names' sake: nothing can be found by them here.
UNANSWERED = {
    ("Incident", "embedding"): "the vectors of texts are compared by the search, not by filters",
    ("Report", "embedding"): "as above",
    ("Submission", "embedding"): "submissions have no vector before they are promoted",
    ("Submission", "epoch_date_modified"): "dates of submissions are texts: `date_modified`",
    ("Candidate", "embedding"): "candidates have no vector here",
}
VALUES = {
    "String": '"a"',
    "Int": "1",
    "Float": "0.5",
    "Boolean": "true",
    "DateTime": '"2024-05-01T00:00:00.000Z"',
    "ObjectId": f'"{"a" * 24}"',
    "Long": "1",
    "OprExists": "EXISTS",
    "Opr": "EQL",
}


@pytest.fixture(autouse=True)
def unlimited(frozen_time: Any, monkeypatch: Any) -> None:
    frozen_time.move_to(records.AT)
    monkeypatch.setattr("incidentbase.serve.http.limits.LIMITS", {"api": (10**9, 3600)})
    cache.clear()


@pytest.fixture
def world() -> None:
    hidden.make_public_records()
    records.bring_in("quick_add", quick_add())
    records.bring_in("submission", {**submission(), "payload": {"authors": ["A. Writer"]}})
    records.bring_in("candidate", candidate())
    records.duplicate(98, of=1)
    records.relationship("acme", "parent", "public")
    records.incident_translation(1, "ja", "題", "説明")


@pytest.mark.slow
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("name", asking.roots())
@pytest.mark.parametrize("role", ["", "incident_editor", "admin"])
def test_every_field_of_every_record_is_answered(client: Client, name: str, role: str) -> None:
    asker = people.signed_in("somebody@example.org", role) if role else client
    answer = asking.ask(asker, asking.whole(name))
    if name.startswith("notification") and role != "admin":
        assert [one["message"] for one in answer["errors"]] == ["not authorized"]
    else:
        assert "errors" not in answer, answer["errors"]


@pytest.mark.slow
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("name", asking.roots())
def test_every_filter_and_every_order_is_understood(client: Client, name: str) -> None:
    schema = executable()
    field = asking.roots()[name]
    if "filter" not in field.args or name.startswith("notification"):
        return
    kind = get_named_type(field.type).name
    asked = schema.type_map[f"{kind}FilterType"]
    assert isinstance(asked, GraphQLInputObjectType)
    for member, tests in _tests(asked):
        answer = asking.ask(client, f"{{ {name}(filter: {{{tests}}}) {{ __typename }} }}")
        if (kind, member) in UNANSWERED:
            assert "cannot be found" in answer["errors"][0]["message"]
        elif member == "embedding":
            continue
        else:
            assert "errors" not in answer, (tests, answer["errors"])
    sort = schema.type_map[f"{kind}SortType"]
    assert isinstance(sort, GraphQLInputObjectType)
    for order in _orders(sort):
        asking.data(client, f"{{ {name}(sort: {{{order}}}) {{ __typename }} }}")


def _tests(asked: GraphQLInputObjectType) -> list[tuple[str, str]]:
    found = []
    for member, field in asked.fields.items():
        if member in ("AND", "OR", "NOR"):
            found.append((member, f"{member}: [{{}}, {{_id: {{NE: {VALUES['ObjectId']}}}}}]"))
            continue
        kind = get_named_type(field.type)
        assert isinstance(kind, GraphQLInputObjectType)
        found += [(member, f"{member}: {{{test}}}") for test in _inside(kind)]
    return found


def _inside(kind: GraphQLInputObjectType) -> list[str]:
    found = []
    for word, field in kind.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            found += [f"{word}: {{{one}}}" for one in _inside(inner)][:3]
            continue
        value = VALUES[inner.name]
        is_list = isinstance(field.type, GraphQLList)
        found.append(f"{word}: {f'[{value}]' if is_list else value}")
    return found


def _orders(sort: GraphQLInputObjectType) -> list[str]:
    found = []
    for member, field in sort.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            found += [f"{member}: {{{one}: ASC}}" for one in inner.fields]
        else:
            found += [f"{member}: ASC", f"{member}: DESC"]
    return found


def test_hidden_records_leave_no_trace_in_any_answer(client: Client) -> None:
    hidden.make_public_records()
    before = _everything(client)
    hidden.make_hidden_records()
    review.quick_add("https://news.example/link", actor=rules.anonymous(records.AT))
    people.account("hushed@example.org", "incident_editor")
    records.bring_in("candidate", candidate())
    after = _everything(client)
    assert "news.example/link" in after.pop("quickadds")
    before.pop("quickadds")
    assert after == before


def _everything(client: Client) -> dict[str, str]:
    names = [one for one in asking.roots() if one.endswith("s") and one != "notifications"]
    names += ["history_incidents", "history_reports"]
    return {one: json.dumps(asking.data(client, asking.whole(one))) for one in names}


@pytest.mark.usefixtures("world")
def test_what_waits_is_told_to_others_by_its_title_unless_a_setting_opens_it(
    client: Client, settings: Any
) -> None:
    query = "{ submissions { title url text authors } candidates { title } }"
    [told] = asking.data(client, query)["submissions"]
    assert told == {"title": "withheld", "url": "", "text": "", "authors": []}
    assert asking.data(client, query)["candidates"] == []
    assert not asking.data(client, '{ submissions(filter: {text: {REGEX: "w"}}) { title } }')[
        "submissions"
    ]
    settings.OPEN_QUEUE = True
    opened = asking.data(client, query)
    assert opened["submissions"][0]["text"] == "withheld"
    assert opened["submissions"][0]["authors"] == ["A. Writer"]
    assert len(opened["candidates"]) == 1
    found = asking.data(client, '{ submissions(filter: {authors: {EQ: "A. Writer"}}) { url } }')
    assert found["submissions"] == [{"url": "https://hushed.example/"}]


def test_addresses_of_accounts_are_for_themselves_and_admins(client: Client) -> None:
    own = people.account("ann@example.org")
    other = people.account("ben@example.org")
    query = "{ users { userId roles adminData { email disabled creationDate } } }"
    asker = people.browser()
    asker.force_login(people.Account.objects.get(public_id=own))
    assert asking.data(asker, query)["users"][0]["adminData"]["email"] == "ann@example.org"
    assert asking.data(client, query) == {"users": []}
    records.incident(2, editors=[other])
    by_role = '{ users(filter: {roles: {EQ: "subscriber"}}) { userId roles } }'
    assert asking.data(client, "{ users { roles } }") == {"users": [{"roles": []}]}
    assert asking.data(client, by_role) == {"users": []}
    assert {"userId": other, "roles": ["subscriber"]} in asking.data(asker, by_role)["users"]
    admin = people.signed_in("root@example.org", "admin")
    found = {one["userId"]: one["adminData"]["email"] for one in asking.data(admin, query)["users"]}
    assert found[other] == "ben@example.org"
    records.incident(1, editors=[other])
    [error] = asking.ask(asker, "{ incidents { editors { adminData { email } } } }")["errors"]
    assert error["message"] == "not authorized"


def test_a_limit_on_records_stops_what_would_be_too_large(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "RECORDS", 3)
    records.report(1)
    for number in range(1, 4):
        records.incident(number, reports=[1])
    [error] = asking.ask(client, "{ incidents { reports { title } } }")["errors"]
    assert "too large" in error["message"]
    assert len(asking.data(client, "{ incidents { title } }")["incidents"]) == 3


def test_versions_of_a_record_are_told_with_the_newest_values_last(client: Client) -> None:
    records.entity("acme")
    records.report(1)
    records.incident(1, title="First words", reports=[1], deployers=["acme"])
    records.incident(1, title="Better words", reports=[1], deployers=["acme"])
    query = """{ history_incidents(filter: {incident_id: {EQ: 1}}, sort: {created_at: ASC}) {
        title reports AllegedDeployerOfAISystem modifiedBy } }"""
    found = asking.data(client, query)["history_incidents"]
    assert [one["title"] for one in found] == ["First words", "Better words"]
    assert found[0]["reports"] == [1]
    assert found[0]["AllegedDeployerOfAISystem"] == ["acme"]


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Apple Inc", "Apple Incorporated", 66.67),
        ("Google LLC", "Go ogle LLC", 84.21),
    ],
)
def test_names_are_alike_as_the_reference_says(
    client: Client, one: str, other: str, likeness: float
) -> None:
    names = [records.entity("one", one), records.entity("other", other)]
    records.report(1)
    records.incident(1, reports=[1], deployers=names)
    query = "{ similarEntities(threshold: 60) { pairs { similarity entityId1 } hasMore } }"
    found = asking.data(client, query)["similarEntities"]
    assert [round(pair["similarity"], 2) for pair in found["pairs"]] == [likeness]
    assert not found["hasMore"]


def test_risks_are_failures_of_incidents_that_share_a_tag(client: Client) -> None:
    failure = "Known AI Technical Failure"
    records.taxonomy("GMF", records.field(failure, "multi"))
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    for number, domain in ((1, "Privacy"), (2, "Privacy"), (3, "Security")):
        records.report(number)
        records.incident(number, title=f"Story number {number}", reports=[number])
        records.classification("MIT", number, ["Risk Domain", f'"{domain}"'])
    records.classification("GMF", 1, [failure, '["Bias", "Drift"]'])
    records.classification("GMF", 2, [failure, '["Bias"]'])
    records.classification("GMF", 3, [failure, '["Leak"]'])
    query = """query($tags: [String]) { risks(input: {tags: $tags}) {
        tag title precedents { incident_id tags } } }"""
    found = asking.data(client, query, tags=["MIT:Risk Domain:Privacy"])["risks"]
    assert [(one["title"], len(one["precedents"])) for one in found] == [("Bias", 2), ("Drift", 1)]
    assert found[1]["precedents"] == [
        {
            "incident_id": 1,
            "tags": sorted(
                ["GMF:" + failure + ":Bias", "GMF:" + failure + ":Drift", "MIT:Risk Domain:Privacy"]
            ),
        }
    ]
    assert len(asking.data(client, query, tags=[])["risks"]) == 3


def test_an_id_that_is_none_is_refused_before_anything_is_read(client: Client) -> None:
    asking.ask(client, '{ entities(filter: {_id: {EQ: "xyz"}}) { name } }', status=400)

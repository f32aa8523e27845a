"""The GraphQL API as clients of the reference database use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.make import records

pytestmark = pytest.mark.django_db

SHORT = "{ incidents%s { incident_id } }"


@pytest.fixture(autouse=True)
def world() -> None:
    for name in ("acme", "globex", "riders"):
        records.entity(name)
    records.report(1, title="A bus drives away", url="https://news.example/a")
    records.report(2, title="A camera mistakes a shop", url="https://news.example/b")
    records.report(3, title="Nobody may read this", visibility="internal")
    records.incident(
        1, title="A bus drives away", date="2024-05-01", reports=[1, 3], deployers=["acme"]
    )
    records.incident(
        2, title="A camera errs", date="2025-01-31", reports=[1, 2], developers=["globex"]
    )
    records.incident(3, title="Kept back", date="2023-01-01", visibility="restricted")
    records.incident_translation(1, "es", "Un autobús se va")


def ask(client: Client, query: str, *, status: int = 200, **variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer = client.post("/api/graphql", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def numbers(client: Client, arguments: str) -> list[int]:
    answer = ask(client, SHORT % arguments)
    assert "errors" not in answer, answer
    return [one["incident_id"] for one in answer["data"]["incidents"]]


def test_both_addresses_take_posts(client: Client) -> None:
    for address in ("/api/graphql", "/api/graphql/"):
        body = {"query": SHORT % ""}
        answer = client.post(address, body, content_type="application/json")
        assert answer.json() == {"data": {"incidents": [{"incident_id": 1}, {"incident_id": 2}]}}


def test_a_mirror_reads_incidents_with_all_that_belongs_to_them(client: Client) -> None:
    answer = ask(
        client,
        """query All($filter: IncidentFilterType, $pagination: PaginationType,
                     $sort: IncidentSortType, $languages: [String]!) {
          incidents(filter: $filter, pagination: $pagination, sort: $sort) {
            __typename incident_id title date created_at flagged_dissimilar_incidents
            AllegedDeployerOfAISystem { entity_id name } reports { report_number authors tags }
            translations(languages: $languages) { language title dirty } tsne { x y }
          }
        }""",
        filter={"incident_id": {"EQ": 1}},
        pagination={"limit": 5, "skip": 0},
        sort={"incident_id": "ASC"},
        languages=["es", "eng"],
    )
    [incident] = answer["data"]["incidents"]
    assert incident["__typename"] == "Incident"
    assert incident["date"] == "2024-05-01"
    assert incident["created_at"].endswith("Z")
    assert incident["AllegedDeployerOfAISystem"] == [{"entity_id": "acme", "name": "Acme"}]
    assert [one["report_number"] for one in incident["reports"]] == [1]
    assert incident["flagged_dissimilar_incidents"] == []
    assert incident["translations"] == [
        {"language": "es", "title": "Un autobús se va", "dirty": False},
        {"language": "eng", "title": None, "dirty": None},
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("incident_id: {EQ: 2}", [2]),
        ("incident_id: {IN: []}", []),
        ("incident_id: {NIN: []}", [1, 2]),
        ("incident_id: {NOT: {IN: [1]}}", [2]),
        ("incident_id: {NEQ: 1}", [2]),
        ("incident_id: {opr: GTE, value: 2}", [2]),
        ("incident_id: {opr: IN, values: [1, 3]}", [1]),
        ("incident_id: {GT: null}", []),
        ('date: {GTE: "2025"}', [2]),
        ('date: {EQ: "2024-05-01"}', [1]),
        ('title: {REGEX: "^a BUS", OPTIONS: "i"}', [1]),
        ('title: {NOT: {REGEX: "bus"}}', [2]),
        ('OR: [{title: {REGEX: "bus"}}, {description: {EQ: "none such"}}]', [1]),
        ("OR: []", [1, 2]),
        ("NOR: [{incident_id: {EQ: 1}}]", [2]),
        ("NOR: [{}]", []),
        ("reports: {EQ: 1}", [1, 2]),
        ("reports: {ALL: [1, 2]}", [2]),
        ("reports: {NE: 2}", [1]),
        ("reports: {EQ: 3}", []),
        ('AllegedDeployerOfAISystem: {EQ: "acme"}', [1]),
        ('AllegedDeveloperOfAISystem: {REGEX: "^glo"}', [2]),
        ('created_at: {GTE: "1970-01-01T00:00:00.000Z"}', [1, 2]),
        ("date_modified: {EQ: null}", [1, 2]),
    ],
)
def test_filters_mean_what_they_mean_to_the_reference(
    client: Client, asked: str, found: list[int]
) -> None:
    assert numbers(client, f"(filter: {{{asked}}})") == found


def test_lists_come_in_the_asked_order_and_in_pages(client: Client) -> None:
    assert numbers(client, "(sort: {date: DESC})") == [2, 1]
    assert numbers(client, "(sort: {incident_id: DESC, date: ASC})") == [1, 2]
    assert numbers(client, "(pagination: {limit: 1, skip: 1})") == [2]
    assert numbers(client, "(pagination: {limit: 0})") == [1, 2]


def test_what_is_withheld_is_nowhere(client: Client) -> None:
    answer = ask(client, "{ incident(filter: {incident_id: {EQ: 3}}) { title } }")
    assert answer == {"data": {"incident": None}}
    reports = ask(client, "{ reports { report_number title } }")["data"]["reports"]
    assert [one["report_number"] for one in reports] == [1, 2]
    assert numbers(client, '(filter: {title: {REGEX: "Kept"}})') == []


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ incidents { ", "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ("{ incidents { nope } }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field"),
        ("{ incidents(limit: 3) { title } }", "GRAPHQL_VALIDATION_FAILED", "`pagination`"),
        (
            '{ incidents(filter: {created_at: {GT: "2026-01-01"}}) { title } }',
            "GRAPHQL_VALIDATION_FAILED",
            "DateTime cannot represent an invalid date-time-string",
        ),
        ("query($d: DateTime!) { incidents(filter: {created_at: {GT: $d}}) { title } }",
         "BAD_USER_INPUT", "was not provided"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_code(
    client: Client, query: str, code: str, message: str
) -> None:
    [error, *_] = ask(client, query, status=400)["errors"]
    assert error["extensions"]["code"] == code
    assert message in error["message"]


def test_an_expression_that_no_machine_can_hurry_through_is_refused(client: Client) -> None:
    answer = ask(client, SHORT % r'(filter: {title: {REGEX: "(a)\\1"}})')
    assert answer["data"] == {"incidents": None}
    assert answer["errors"][0]["path"] == ["incidents"]
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert numbers(client, '(filter: {title: {REGEX: "(a+)+$"}})') == []


def test_options_that_mean_nothing_here_are_refused(client: Client) -> None:
    answer = ask(client, SHORT % '(filter: {title: {REGEX: "a b", OPTIONS: "x"}})')
    assert answer["errors"][0]["message"] == "Not known as OPTIONS: x."


def test_batches_forms_and_bare_reads_are_refused(client: Client) -> None:
    batch = client.post("/api/graphql", [{"query": SHORT}], content_type="application/json")
    assert (batch.status_code, batch.json()["errors"][0]["message"]) == (
        400,
        "Operation batching disabled.",
    )
    assert client.post("/api/graphql", {"query": SHORT % ""}).status_code == 400
    assert client.get("/api/graphql", {"query": SHORT % ""}).status_code == 400
    proven = {"apollo-require-preflight": "1"}
    answer = client.get("/api/graphql", {"query": SHORT % ""}, headers=proven)
    assert len(answer.json()["data"]["incidents"]) == 2


def test_depth_is_limited_and_introspection_is_not(client: Client) -> None:
    inner = "classifications { incidents { " * 7 + "title" + " } }" * 7
    [error] = ask(client, f"{{ incidents {{ {inner} }} }}", status=400)["errors"]
    assert "too deep" in error["message"]
    told = ask(client, "{ __schema { types { fields { type { ofType { name } } } } } }")
    assert told["data"]["__schema"]["types"]


def test_no_account_is_told_of_anothers_address(client: Client) -> None:
    assert ask(client, "{ users { userId roles } }")["data"] == {"users": []}


def test_queries_do_not_grow_with_records(client: Client) -> None:
    asked = """{ incidents { incident_id AllegedDeployerOfAISystem { name }
        AllegedDeveloperOfAISystem { name } reports { title }
        classifications { namespace attributes { short_name value_json } } } }"""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask(client, asked)
    assert len(captured) <= 12


def test_a_browser_that_looks_at_the_address_gets_a_page_to_try_it(client: Client) -> None:
    answer = client.get("/api/graphql", {"query": SHORT % ""}, headers={"accept": "text/html"})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "&quot;incident_id&quot;: 2" in page.content.decode()
    assert "type-Incident" in page.content.decode()
    asked = client.get("/api-spec/graphql/", {"query": "{ nope }"}).content.decode()
    assert "Cannot query field" in asked
    wrong = client.get("/api-spec/graphql/", {"query": SHORT % "", "variables": "{"})
    assert "is not JSON" in wrong.content.decode()

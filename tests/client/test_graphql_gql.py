"""The gql library of Python reads an instance as it reads the reference database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gql
import pytest
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport

from incidentbase.client import Client
from tests.client import mirror
from tests.client.conftest import Instance


@pytest.fixture
def session(instance: Instance) -> Iterator[Any]:
    """Return a session that checks what it asks against the schema that it fetched."""
    transport = RequestsHTTPTransport(f"{instance.address}/api/graphql", timeout=30)
    with gql.Client(transport=transport, fetch_schema_from_transport=True) as opened:
        yield opened


def ask(session: Any, query: str, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = session.execute(gql.GraphQLRequest(query, variable_values=variables))
    return found


def test_the_schema_is_fetched_and_every_operation_fits_it(session: Any) -> None:
    assert session.client.schema is not None
    assert {"Incident", "Report", "Entity", "Classification", "Taxa"} <= set(
        session.client.schema.type_map
    )


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_give_every_incident_once(session: Any, db: Client, order: str) -> None:
    numbers: list[int] = []
    while True:
        page = ask(
            session,
            mirror.SHORT_LIST,
            sort={"incident_id": order},
            pagination={"limit": 10, "skip": len(numbers)},
        )["incidents"]
        if not page:
            break
        numbers += [one["incident_id"] for one in page]
    expected = [one.incident_id for one in db.incidents(fields="incident_id")]
    assert numbers == (expected if order == "ASC" else expected[::-1])


def test_a_mirror_has_what_the_other_api_has(session: Any, db: Client) -> None:
    found = ask(session, mirror.WHOLE_LIST, sort={"incident_id": "ASC"})["incidents"]
    for told, one in zip(found, db.incidents(), strict=True):
        assert (told["incident_id"], told["title"], told["date"]) == (
            one.incident_id,
            one.title,
            one.date.isoformat(),
        )
        deployers = {each["entity_id"] for each in told["AllegedDeployerOfAISystem"]}
        assert deployers == {each.entity_id for each in one.entities.deployer}
        numbers = {each["report_number"] for each in told["reports"]}
        assert numbers == set(one.report_numbers)


def test_the_rest_of_a_mirror_is_there(session: Any, db: Client) -> None:
    found = ask(session, mirror.REST_OF_A_MIRROR, pagination={"limit": 1000})
    assert {one["entity_id"] for one in found["entities"]} == {
        one.entity_id for one in db.entities()
    }
    assert len(found["classifications"]) == len(db.classifications().to_list())
    assert {one["namespace"] for one in found["taxas"]} == {
        one.namespace for one in db.taxonomies()
    }


def test_one_incident_and_one_report_are_found_by_number(session: Any, db: Client) -> None:
    number = db.incidents(limit=1).to_list()[0].incident_id
    incident = ask(session, mirror.ONE, number=number)["incident"]
    assert incident["incident_id"] == number
    report = incident["reports"][0]["report_number"]
    assert ask(session, mirror.ONE_REPORT, number=report)["report"]["report_number"] == report
    assert ask(session, mirror.ONE, number=999_999)["incident"] is None


def test_an_unknown_language_is_an_empty_translation(session: Any) -> None:
    query = """{ incidents(pagination: { limit: 1 }) {
      translations(languages: ["eng"]) { language title description }
    } }"""
    (incident,) = ask(session, query)["incidents"]
    (words,) = incident["translations"]
    assert words["title"] is None


def test_what_is_not_in_the_schema_is_refused_with_a_code(instance: Instance) -> None:
    transport = RequestsHTTPTransport(f"{instance.address}/api/graphql", timeout=30)
    with gql.Client(transport=transport) as session:
        with pytest.raises(TransportQueryError) as caught:
            ask(session, '{ incidents(query: "x", limit: 5) { incident_id } }')
        (first, *_rest) = caught.value.errors or [{}]
        assert first["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        with pytest.raises(TransportQueryError) as caught:
            ask(session, mirror.SINCE)
        assert '"$date"' in str(caught.value)

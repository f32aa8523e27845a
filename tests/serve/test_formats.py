"""The same content for programs: JSON and CSV, open to other sites, errors as problem documents."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from tests.make import records
from tests.serve.site import body_of

pytestmark = pytest.mark.django_db

JSON = [
    "/cite/5.json",
    "/reports/7.json",
    "/summaries/incidents.json",
    "/entities.json",
    "/entities/acme.json",
    "/taxonomies.json",
    "/taxonomies/mit.json",
    "/apps/discover.json",
    "/apps/variants.json",
]
CSV = [
    "/summaries/incidents.csv",
    "/entities.csv",
    "/taxonomies/mit.csv",
    "/apps/discover.csv",
    "/apps/variants.csv",
]
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def world() -> None:
    records.entity("acme", "+Acme")
    records.report(7, title="@Robot fell", tags=["response"], authors=["-Ann", "Bo"])
    records.incident(5, reports=[7], deployers=["acme"], developers=["acme"], title=FORMULA)
    records.incident_translation(5, "ja", "題", "説明")
    records.taxonomy("MIT", records.field("Risk Domain"), records.field("Annotator", public=False))
    records.classification("MIT", 5, ["Risk Domain", '["A", "B"]'], ["Annotator", '"X"'])
    sync.catch_up(at=records.AT)


def table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body_of(response).decode(), newline="")))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("address", [*JSON, *CSV])
def test_every_such_address_is_open_to_other_sites(client: Client, address: str) -> None:
    response = client.get(address, headers={"origin": "https://other.example"})
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    is_json = address.endswith(".json")
    assert response["Content-Type"].split(";")[0] == ("application/json" if is_json else "text/csv")
    assert not response.cookies


@pytest.mark.usefixtures("world")
def test_an_incident_has_everything_of_its_page(client: Client) -> None:
    shape = client.get("/cite/5.json").json()

    assert shape["incident_id"] == 5
    assert shape["_id"] == records.object_id("incident", 5)
    assert shape["date"] == "2024-01-02"
    assert shape["created_at"] == "2024-01-03T00:00:00.000Z"
    assert [each["entity_id"] for each in shape["entities"]["deployer"]] == ["acme"]
    assert [each["report_number"] for each in shape["reports"]] == [7]
    assert shape["translations"] == [{"language": "ja", "title": "題", "description": "説明"}]
    (classification,) = shape["classifications"]
    (answer,) = classification["attributes"]
    assert (answer["short_name"], answer["value"]) == ("Risk Domain", ["A", "B"])
    assert answer["provenance"]["method"] == "imported"
    assert answer["provenance"]["machine"] is False
    assert shape["url"] == "http://localhost/cite/5/"


@pytest.mark.usefixtures("world")
def test_a_report_names_its_incidents(client: Client) -> None:
    shape = client.get("/reports/7.json").json()
    assert shape["authors"] == ["-Ann", "Bo"]
    assert shape["tags"] == ["response"]
    assert [each["incident_id"] for each in shape["incidents"]] == [5]
    assert shape["text"] == "The text of report 7 tells what happened.\n"


@pytest.mark.usefixtures("world")
def test_lists_carry_counts(client: Client) -> None:
    (row,) = client.get("/summaries/incidents.json").json()["incidents"]
    assert (row["incident_id"], row["reports"]) == (5, 1)
    (entity,) = client.get("/entities.json").json()["entities"]
    assert (entity["entity_id"], entity["deployer_and_developer"], entity["deployer"]) == (
        "acme",
        1,
        0,
    )
    one = client.get("/entities/acme.json").json()
    assert one["incidents"][0]["roles"] == ["deployer", "developer"]
    (taxonomy,) = client.get("/taxonomies.json").json()["taxonomies"]
    assert (taxonomy["namespace"], taxonomy["classifications"]) == ("MIT", 1)
    (field,) = client.get("/taxonomies/MIT.json").json()["fields"]
    assert field["values"] == [
        {"value": "A", "incidents": 1, "reports": 0},
        {"value": "B", "incidents": 1, "reports": 0},
    ]


@pytest.mark.usefixtures("world")
def test_discover_answers_with_results_and_facets(client: Client) -> None:
    found = client.get("/apps/discover.json", {"s": "happened"}).json()
    assert (found["total"], found["page"], found["page_size"]) == (1, 1, 28)
    (hit,) = found["results"]
    assert hit["incident_id"] == 5
    assert "tells what happened" in hit["passages"][0]["text"]
    assert found["facets"]["deployer"] == [{"value": "acme", "count": 1}]
    assert found["facets"]["year"] == [{"value": "2024", "count": 1}]


@pytest.mark.parametrize("name", ["colour", "class", "q", "s[]"])
def test_unknown_parameters_are_refused_to_programs(client: Client, name: str) -> None:
    response = client.get("/apps/discover.json", {name: "x", "s": "robot"})
    problem(response, 400)
    detail = response.json()["detail"]
    assert detail.startswith(f"Not known: {name}. Known: ")
    assert "source_domain" in detail


def problem(response: Any, status: int) -> None:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    body = response.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]


@pytest.mark.parametrize(
    "address",
    [
        "/cite/5.json",
        "/reports/7.json",
        "/entities/nobody.json",
        "/taxonomies/none.json",
        "/no/such.json",
        "/api/nothing",
    ],
)
def test_what_is_missing_is_a_problem_document(client: Client, address: str) -> None:
    problem(client.get(address), 404)


@pytest.mark.usefixtures("world")
def test_no_cell_is_a_formula(client: Client) -> None:
    (incident,) = table(client.get("/summaries/incidents.csv"))
    assert incident["title"] == "'" + FORMULA
    (entity,) = table(client.get("/entities.csv"))
    assert (entity["name"], entity["incidents"]) == ("'+Acme", "1")
    (found,) = table(client.get("/apps/discover.csv"))
    assert found["title"] == "'" + FORMULA
    (report,) = table(client.get("/apps/discover.csv?is_incident_report=true"))
    assert (report["title"], report["authors"]) == ("'@Robot fell", "'-Ann||Bo")


def test_the_table_has_every_hit_and_json_one_page(client: Client) -> None:
    records.bring_in("incident", *(records.incident_state(number) for number in range(1, 41)))
    sync.catch_up(at=records.AT)

    response = client.get("/apps/discover.csv?s=incident")

    assert response["Content-Disposition"] == 'attachment; filename="discover.csv"'
    assert {row["incident_id"] for row in table(response)} == {str(n) for n in range(1, 41)}
    first = client.get("/apps/discover.json?s=incident").json()
    second = client.get("/apps/discover.json?s=incident&page=2").json()
    assert [len(first["results"]), len(second["results"])] == [28, 12]
    numbers = {row["incident_id"] for row in (*first["results"], *second["results"])}
    assert len(numbers) == first["total"] == 40


def test_empty_tables_have_their_header(client: Client) -> None:
    records.taxonomy("MIT", records.field("Risk Domain"))
    for address in CSV:
        assert body_of(client.get(address)).count(b"\r\n") == 1

"""The page of an entity and the table of all: counted by the rules of the reference (§5.8)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stories(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    for entity_id, name, kind in (
        ("acme", "Acme", "organization"),
        ("bot", "Écho Bot", "system"),
        ("bus", "Public Bus", ""),
        ("riders", "Riders", "group"),
    ):
        records.entity(entity_id, name, kind=kind)
    records.report(71, tags=["response"], title="Acme answers")
    records.report(72, tags=["response"], title="Acme answers again")
    records.report(73)
    records.report(74, tags=["response"], title="", url="", source_domain="")
    for number, year, state in (
        (1, 2020, {"deployers": ["acme"], "developers": ["acme", "bus"], "reports": [71, 72]}),
        (2, 2020, {"deployers": ["acme"], "harmed": ["acme", "riders"], "reports": [73]}),
        (3, 2022, {"developers": ["acme"], "implicated": ["bot"], "harmed": ["riders"]}),
        (4, 2023, {"implicated": ["bot"], "reports": [74]}),
        (5, 2023, {"harmed": ["riders", "acme"]}),
    ):
        records.incident(number, date=f"{year}-05-06", title=f"Story {number}", **state)


def numbers(section: site.Element) -> list[str]:
    return [one.text.split()[-1] for one in section.all(class_="card__number")]


def test_an_incident_counts_in_each_role_by_the_rules_and_never_twice_as_maker(
    client: Client,
) -> None:
    page = site.tree(client.get("/entities/acme/"))
    found = {one: numbers(page.section(one)) for one in ("both", "deployer", "developer", "harmed")}
    assert found == {"both": ["1"], "deployer": ["2"], "developer": ["3"], "harmed": ["2", "5"]}
    assert page.all(id="implicated") == []
    order = [one["id"] for one in page.all("h2") if one.attributes.get("id") in found]
    assert order == ["both", "harmed", "developer", "deployer"]
    assert "Organization" in page.one(class_="page-head").text


def test_who_is_named_together_says_in_which_incidents(client: Client) -> None:
    section = site.tree(client.get("/entities/acme/")).section("related")
    first, *others = [one for one in section.all("li") if one.all("details")]
    assert first.all("a")[0].text == "Riders"
    assert [link.text for link in first.one("details").all("a")] == [
        "Story 5",
        "Story 3",
        "Story 2",
    ]
    assert [one.all("a")[0].text for one in others] == ["Public Bus", "Écho Bot"]
    shape = client.get("/entities/acme.json").json()
    related = {one["entity_id"]: (one["incidents"], one["harmed_in"]) for one in shape["related"]}
    # In incident 5 both were harmed: nobody is said to have harmed there.
    assert related == {"riders": ([2, 3, 5], [2, 3]), "bus": ([1], []), "bot": ([3], [])}
    harmed = site.tree(client.get("/entities/acme/")).section("harmed-by")
    assert [one.text for one in harmed.all("li")] == ["Riders 2"]


def test_roles_over_the_years_stand_in_bars_and_in_a_table(client: Client) -> None:
    page = site.tree(client.get("/entities/acme/"))
    figure = page.one("figure", class_="histogram")
    rows = [[cell.text for cell in row.all("td")] for row in figure.one("tbody").all("tr")]
    years = [row.one("th").text for row in figure.one("tbody").all("tr")]
    assert dict(zip(years, rows, strict=True)) == {
        "2020": ["1", "1", "0", "1"],
        "2021": ["0", "0", "0", "0"],
        "2022": ["0", "0", "1", "0"],
        "2023": ["0", "0", "0", "1"],
    }
    pieces = [one for one in figure.all("rect", class_="roles__piece") if "x" in one.attributes]
    assert [(one["y"], one["height"]) for one in pieces[:3]] == [
        ("0.0", "33.33"),
        ("33.33", "33.33"),
        ("66.67", "33.33"),
    ]
    # All of one year is no course of time.
    assert not site.tree(client.get("/entities/bus/")).all("figure")
    arabic = site.tree(client.get("/ar/entities/acme/")).one("figure", class_="histogram")
    assert "33.33" in {one.attributes.get("y") for one in arabic.all("rect")}


def test_responses_are_listed_with_their_incidents_and_counted_by_them(client: Client) -> None:
    section = site.tree(client.get("/entities/acme/")).section("responses")
    assert "Somebody responded to 1 of these incidents." in section.text
    assert section.links() == ["/reports/72/", "/cite/1/", "/reports/71/", "/cite/1/"]
    # What no source stands behind is no response.
    assert not site.tree(client.get("/entities/bot/")).all(id="responses")


def table(client: Client, query: str = "") -> list[list[str]]:
    page = site.tree(client.get(f"/entities/{query}"))
    rows = [row for row in page.one("tbody").all("tr") if row.all("th")]
    return [[row.one("th").text, *(one.text for one in row.all("td")[1:])] for row in rows]


def names(client: Client, query: str) -> list[str]:
    return [row[0] for row in table(client, query)]


def test_the_table_has_every_count(client: Client) -> None:
    people.account("ed@people.example", "incident_editor")
    for subject, predicate in (("bot", "parent"), ("bus", "related")):
        records.relationship(subject, predicate, "acme")
    rows = {row[0]: row[1:] for row in table(client)}
    assert rows["Acme"] == ["Organization", "1", "1", "1", "2", "0", "4", "3", "2", "1"]
    assert rows["Écho Bot"] == ["System", "0", "0", "0", "0", "2", "2", "2", "1", "0"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Acme", "Riders", "Écho Bot", "Public Bus"]),
        ("?sort=name", ["Acme", "Public Bus", "Riders", "Écho Bot"]),
        ("?sort=both", ["Acme", "Public Bus", "Riders", "Écho Bot"]),
        ("?sort=implicated", ["Écho Bot", "Acme", "Public Bus", "Riders"]),
        ("?sort=kind", ["Riders", "Acme", "Écho Bot", "Public Bus"]),
        ("?sort=nonsense&kind=nonsense&role=nonsense&page=99&open=nobody", None),
        ("?q=ECHO", ["Écho Bot"]),
        ("?q=riders", ["Riders"]),
        ("?q=nobody", []),
        ("?kind=system", ["Écho Bot"]),
        ("?kind=none", ["Public Bus"]),
        ("?role=developer", ["Acme", "Public Bus"]),
        ("?role=harmed&kind=group", ["Riders"]),
    ],
)
def test_the_table_is_narrowed_and_sorted_and_the_same_for_programs(
    client: Client, query: str, expected: list[str] | None
) -> None:
    wanted = ["Acme", "Riders", "Écho Bot", "Public Bus"] if expected is None else expected
    assert names(client, query) == wanted
    found = client.get(f"/entities.json{query}").json()["entities"]
    assert [one["name"] for one in found] == wanted
    body = site.body_of(client.get(f"/entities.csv{query}")).decode()
    assert [row["name"] for row in csv.DictReader(io.StringIO(body, newline=""))] == wanted
    if found:
        assert {"kind", "related", "relationships", "responses"} <= set(found[0])


def test_a_row_opens_and_closes_by_its_address(client: Client) -> None:
    page = site.tree(client.get("/entities/?kind=organization"))
    link = page.one("a", class_="table__open")
    assert "open=acme" in link["href"]
    opened = site.tree(client.get("/entities/" + link["href"].partition("#")[0]))
    details = opened.one("tbody").one("dl")
    assert {"/cite/1/", "/cite/5/", "/entities/riders/", "/cite/1/#r71"} <= set(details.links())
    link = opened.one("a", class_="table__open")
    assert "open=" not in link["href"]
    assert "kind=organization" in link["href"]


def test_an_editor_says_of_what_kind_an_entity_is(client: Client) -> None:
    ed = people.signed_in("ed@people.example", "incident_editor")
    address = "/entities/edit/?entity_id=bus"
    (form,) = [
        one
        for one in site.tree(ed.get(address)).all("form", method="post")
        if one.all("input", name="seen")
    ]
    for kind in ("organization", "person", "group", "system", "model"):
        ed.post(address, {**site.typed_in(form), "kind": kind})
        assert names(client, f"?kind={kind}&q=bus") == ["Public Bus"]
        assert client.get("/entities/bus.json").json()["kind"] == kind
        (form,) = [
            one
            for one in site.tree(ed.get(address)).all("form", method="post")
            if one.all("input", name="seen")
        ]
    assert list(recorded.findings()) == []


def test_nothing_of_hidden_incidents_is_counted(client: Client) -> None:
    before = client.get("/entities/acme.json").content, table(client)
    records.entity("hushed", "Hushed")
    records.report(79, tags=["response"])
    records.incident(
        9, visibility="internal", deployers=["acme", "hushed"], harmed=["riders"], reports=[79]
    )
    records.relationship("hushed", "parent", "acme")
    assert (client.get("/entities/acme.json").content, table(client)) == before
    assert "Hushed" not in client.get("/entities/acme/").content.decode()
    assert "Hushed" not in client.get("/entities/?open=acme&open=hushed").content.decode()

"""Taxonomy pages: numbers with their denominators, links that find what they count, the map."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.serve.web import atlas, comparing
from tests.make import records
from tests.serve.site import Element, body_of

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]

PLACES = {
    1: "US",
    2: "United States",
    3: "France",
    1000: "Lagos, Nigeria",
    1001: "SG",
    5: "The sea",
}
HARM = "AI tangible harm event"


@pytest.fixture
def world() -> None:
    records.taxonomy(
        "CSETv1",
        records.field(
            "Sector of Deployment",
            "multi",
            field_number="9.3",
            permitted_values=["education ", "defense", "other"],
        ),
        records.field("AI Harm Level", "enum", field_number="3.5", permitted_values=[HARM, "none"]),
        records.field("Location Country (two letters)", field_number="6.9"),
        records.field("Date of Incident Year", field_number="6.1"),
        records.field("Deployed", "bool", field_number="3.1", instant_facet=False),
        records.field("Lives Lost", "int", field_number="8.1"),
        records.field("Private", field_number="9.9", hide_search=True),
        records.field("Story", "long_string"),
        headings=[["3", "Harm "], ["6", "Where and when"], ["9", "System"], ["10", "Empty"]],
    )
    for place, (number, country) in enumerate(PLACES.items()):
        records.incident(number)
        records.classification(
            "CSETv1",
            number,
            ["Sector of Deployment", json.dumps(["education"] if place % 2 else ["defense", "x"])],
            ["AI Harm Level", json.dumps(HARM if place < 2 else "none")],
            ["Location Country (two letters)", json.dumps(country)],
            ["Date of Incident Year", json.dumps(str(2015 + place % 2))],
            ["Deployed", "true" if place else '""'],
            ["Lives Lost", str((10, 9, 9, 9, 100, 10)[place])],
            ["Private", '"secret sauce"'],
            ["Story", json.dumps("Once " * 100)],
        )
    records.incident(6)
    records.classification("CSETv1", 6, ["AI Harm Level", '"draft only"'], is_published=False)
    sync.catch_up(at=records.AT)


def card(page: Element, name: str) -> Element:
    (found,) = (
        one for one in page.all("section", class_="field-card") if one.one("h3").text.endswith(name)
    )
    return found


def lines(table: Element) -> list[tuple[str, ...]]:
    return [
        tuple(cell.text for cell in row.children if isinstance(cell, Element) and cell.text)
        for row in table.one("tbody").all("tr")
    ]


def counted(client: Client, address: str) -> int:
    """Return how many incidents Discover finds at an address."""
    path, _, query = address.partition("?")
    return client.get(f"{path.rstrip('/')}.json?{query}").json()["total"]


@pytest.mark.usefixtures("world")
def test_fields_stand_under_their_headings_with_facets_first(read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    headings = [one.text for one in page.all("h2") if one.attributes.get("id", "").startswith("s")]
    assert headings == ["Harm", "Where and when", "System", "Other fields"]
    titles = [one.one("h3").text for one in page.all("section", class_="field-card")]
    assert titles[:2] == ["3.5 AI Harm Level", "3.1 Deployed"]


@pytest.mark.usefixtures("world")
def test_shares_are_of_those_who_answered_whatever_their_numbers(read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    assert "6 incidents classified" in page.text
    assert "draft only" not in page.text
    deployed = card(page, "Deployed")
    assert "Answered for 5 of 6 classified incidents." in deployed.text
    assert lines(deployed.one("table")) == [("Yes", "5", "100.0 %")]
    harm = card(page, "AI Harm Level")
    assert lines(harm.one("table")) == [("none", "4", "66.7 %"), (HARM, "2", "33.3 %")]
    widths = [one["width"] for one in harm.all("rect", class_="share__part")]
    assert widths == ["67", "33"]


@pytest.mark.usefixtures("world")
def test_values_that_nobody_used_are_named(read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    sector = card(page, "Sector of Deployment")
    assert "1 of 3 permitted values are not used yet" in sector.text
    assert [one.text for one in sector.all("li")] == ["other"]
    assert "All 2 permitted values are used." in card(page, "AI Harm Level").text


@pytest.mark.usefixtures("world")
def test_each_link_finds_as_many_incidents_as_it_counts(client: Client, read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    tables = [
        one for field in page.all("section", class_="field-card") for one in field.all("table")
    ]
    links = [
        (row.one("a")["href"], int(row.all("td", class_="table__number")[0].text))
        for table in tables
        for row in table.one("tbody").all("tr")
        if row.all("a")
    ]
    assert len(links) == 15
    assert [(url, counted(client, url)) for url, _number in links] == links


@pytest.mark.usefixtures("world")
def test_what_cannot_be_searched_has_no_link_and_prose_no_values(read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    private = card(page, "Private")
    assert lines(private.one("table")) == [("secret sauce", "6", "100.0 %")]
    assert private.links() == []
    story = card(page, "Story")
    assert "Answered for 6 of 6 classified incidents." in story.text
    assert story.all("table") == []


@pytest.mark.usefixtures("world")
def test_numbers_stand_by_their_size_and_years_as_a_histogram(read: Read) -> None:
    page = read("/taxonomies/csetv1/")
    assert [line[0] for line in lines(card(page, "Lives Lost").one("table"))] == ["9", "10", "100"]
    years = card(page, "Date of Incident Year").one("figure", class_="histogram")
    assert lines(years.one("table")) == [("2015", "3"), ("2016", "3")]


@pytest.mark.usefixtures("world")
def test_the_map_joins_the_ways_to_write_a_country_and_lists_the_rest(read: Read) -> None:
    figure = card(read("/taxonomies/csetv1/"), "Location Country (two letters)").one(
        "figure", class_="world"
    )
    assert "5 of 6 incidents with an answer name a country" in figure.text
    assert lines(figure.one("table"))[0] == ("United States", "2", "33.3 %")
    link = figure.one("table").links()[0]
    (wanted,) = parse_qs(urlsplit(link).query)["classifications"]
    field = "CSETv1:Location Country (two letters)"
    assert wanted.split("||") == [f"{field}:US", f"{field}:United States"]
    drawn = [use for use in figure.all("use") if "world.svg" in use["href"]]
    shapes = {use["href"].partition("#")[2]: use["class"] for use in drawn}
    assert shapes["US"].endswith("world__country--2")
    assert set(shapes) == {"land", "US", "FR", "NG", "SG"}
    assert [one.text for one in figure.one("ul", class_="plain").all("li")] == [
        "The sea (1 incident)"
    ]


@pytest.mark.usefixtures("world")
def test_the_map_speaks_the_language_of_the_reader(read: Read) -> None:
    figure = read("/fr/taxonomies/csetv1/").one("figure", class_="world")
    assert "États-Unis" in figure.one("table").text
    assert "33,3 %" in figure.one("table").text


def test_the_drawing_has_the_countries_and_says_where_it_is_from() -> None:
    drawing = Path(atlas.__file__).parent / "static" / "img" / "world.svg"
    assert "Natural Earth" in drawing.read_text(encoding="utf-8")
    assert {"US", "FR", "TW", "XK", "SG", "MT"} <= atlas._shapes()
    assert len(atlas._shapes()) > 190


@pytest.mark.usefixtures("world")
def test_an_incident_that_meets_one_condition_is_compared(client: Client, read: Read) -> None:
    page = read("/taxonomies/csetv1/comparison/")
    assert "2 of 6 classified incidents meet it." in page.text
    sector = page.all("section")[0]
    assert lines(sector.one("table")) == [
        ("defense", "3", "50.0 %", "1", "50.0 %"),
        ("education", "3", "50.0 %", "1", "50.0 %"),
        ("x", "3", "50.0 %", "1", "50.0 %"),
    ]
    data = client.get("/taxonomies/csetv1/comparison.json").json()
    assert data["incidents"] == {"all": 6, "meeting": 2}
    # Only those of the declared fields that the taxonomy has.
    assert [one["field"] for one in data["charts"]] == [
        "Sector of Deployment",
        "Date of Incident Year",
    ]
    rows = table(client, "/taxonomies/csetv1/comparison.csv")
    assert rows[0] == {
        "field": "Sector of Deployment",
        "value": "defense",
        "all": "3",
        "all_answered": "6",
        "meeting": "1",
        "meeting_answered": "2",
    }


def test_the_declared_comparison_has_twelve_charts() -> None:
    assert len(set(comparing.COMPARISONS["CSETv1"].fields)) == 12


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("suffix", ["/", ".json", ".csv"])
def test_what_is_not_declared_is_not_there(client: Client, suffix: str) -> None:
    records.taxonomy("MIT", records.field("Risk"))
    assert client.get(f"/taxonomies/mit/comparison{suffix}").status_code == 404
    assert client.get(f"/taxonomies/none/comparison{suffix}").status_code == 404
    assert "comparison" not in client.get("/taxonomies/mit/").content.decode()


@pytest.mark.usefixtures("world")
def test_addresses_in_capitals_lead_to_those_in_small_letters(client: Client) -> None:
    moved = client.get("/taxonomies/CSETv1/comparison/")
    assert (moved.status_code, moved["Location"]) == (301, "/taxonomies/csetv1/comparison/")
    moved = client.get("/taxonomies/CSETv1/")
    assert (moved.status_code, moved["Location"]) == (301, "/taxonomies/csetv1/")


def table(client: Client, address: str) -> list[dict[str, str]]:
    text = body_of(client.get(address)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("world")
def test_programs_read_the_same_numbers(client: Client) -> None:
    data = client.get("/taxonomies/csetv1.json").json()
    assert data["classified"] == {"incidents": 6, "reports": 0}
    deployed = next(one for one in data["fields"] if one["short_name"] == "Deployed")
    assert deployed["answered"] == {"incidents": 5, "reports": 0}
    assert deployed["values"] == [{"value": "true", "incidents": 5, "reports": 0}]
    rows = table(client, "/taxonomies/csetv1.csv")
    sector = [row for row in rows if row["field"] == "Sector of Deployment"]
    assert [(row["value"], row["permitted"], row["incidents"]) for row in sector] == [
        ("defense", "yes", "3"),
        ("education", "yes", "3"),
        ("x", "no", "3"),
        ("other", "yes", "0"),
    ]
    assert {row["incidents_classified"] for row in rows} == {"6"}
    assert sector[0]["share_of_answered"] == "0.5000"


@pytest.mark.usefixtures("world")
def test_the_list_counts_the_same_and_shows_the_most_telling_field(read: Read) -> None:
    records.taxonomy("Empty", records.field("Anything", "enum"))
    page = read("/taxonomies/")
    (told, empty) = page.one("main").all("article")
    assert "6 incidents classified" in told.text
    assert "Sector of Deployment: answered for 6 of 6 incidents" in told.text
    assert len(lines(told.one("table"))) == 3
    assert "0 incidents classified" in empty.text
    assert empty.all("table") == []


def test_reports_have_numbers_of_their_own(read: Read) -> None:
    records.taxonomy("MIT", records.field("Risk", "enum"))
    records.incident(1)
    records.classification("MIT", 1, ["Risk", '"Bias"'])
    for number in (7, 8):
        records.report(number)
        records.classification("MIT", None, ["Risk", '"Misuse"'], report_number=number)
    page = read("/taxonomies/mit/")

    assert "1 incident classified" in page.text
    assert "2 reports classified" in page.text
    risk = card(page, "Risk")
    assert "Answered for 2 of 2 classified reports." in risk.text
    assert lines(risk.one("table")) == [
        ("Bias", "1", "100.0 %", "0 reports"),
        ("Misuse", "0", "0.0 %", "2 reports"),
    ]
    assert len(risk.links()) == 1


def test_a_taxonomy_nobody_used_says_so(read: Read) -> None:
    records.taxonomy("MIT", records.field("Risk", "enum", permitted_values=["A", "B"]))
    page = read("/taxonomies/mit/")
    assert "Nothing is classified yet" in page.text
    assert "2 of 2 permitted values are not used yet" in page.text


def test_a_changed_definition_shows_at_once(read: Read) -> None:
    records.taxonomy("MIT", records.field("Risk"))
    assert "What Risk means." in read("/taxonomies/mit/").text
    records.taxonomy("MIT", records.field("Risk", short_description="Something else."))
    text = read("/taxonomies/mit/").text
    assert "Something else." in text
    assert "What Risk means." not in text


@pytest.mark.parametrize("text", ['<b>"x"</b>', "a||b", "NS:a:b", "=1+1", "50 %", "\u202eevil"])
def test_any_value_is_shown_as_it_is(client: Client, read: Read, text: str) -> None:
    records.taxonomy("MIT", records.field("Risk"))
    records.incident(1)
    records.classification("MIT", 1, ["Risk", json.dumps(text)])
    sync.catch_up(at=records.AT)
    risk = card(read("/taxonomies/mit/"), "Risk")
    (line,) = lines(risk.one("table"))
    assert line[0] == text
    assert [counted(client, url) for url in risk.links()] == ([] if "||" in text else [1])

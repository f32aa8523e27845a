"""The map of incidents: what is drawn, how it is colored, which part is in view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.index import spatial, sync
from incidentbase.serve.web import mapping
from incidentbase.store.accounts import rules
from tests.make import records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

MAP = "/summaries/spatial/"
NUMBERS = range(1, 31)


@pytest.fixture(autouse=True)
def incidents(tmp_path: Path, settings: Any, frozen_time: Any) -> Iterator[None]:
    with site.index_in(tmp_path / "index", settings):
        records.entity("acme")
        records.report(7001, text="A witness saw it.\n")
        for number in NUMBERS:
            records.incident(
                number,
                title=f"{'Robot' if number % 3 else 'Drone'} incident number {number}",
                description="It fell over." if number % 2 else "It flew away.",
                deployers=["acme"] if number <= 5 else [],
                reports=[7001] if number == 4 else [],
            )
        records.incident_translation(2, "ja", "ロボットの出来事")
        records.taxonomy(
            "MIT",
            records.field("Risk Domain", "enum"),
            records.field("Entity", "enum"),
            records.field("Only one answer", "enum"),
            records.field("Hidden", "enum", public=False),
        )
        for number in range(1, 25):
            domain = f"Domain {min(number // 4, 9)}"
            records.classification(
                "MIT",
                number,
                ["Risk Domain", f'"{domain}"'],
                ["Entity", f'"{"AI" if number % 2 else "Human"}"'],
                ["Only one answer", '"yes"'],
                ["Hidden", f'"withheld {number % 2}"'],
            )
        sync.catch_up(at=records.AT)
        spatial.lay_out(at=records.AT)
        yield


def drawn(client: Client, query: str = "", prefix: str = "") -> Element:
    response = client.get(f"{prefix}{MAP}{query}")
    assert response.status_code == 200
    return site.tree(response)


def numbers_of(page: Element) -> set[int]:
    return {int(dot["href"].rstrip("/").rsplit("/", 1)[1]) for dot in page.all("a", class_="dot")}


def legend_of(page: Element) -> dict[str, int]:
    entries = page.all("li", class_="map-legend__entry")
    return {entry.one("label").text: int(entry.all(class_="figures")[0].text) for entry in entries}


def behind(page: Element) -> int:
    return page.one("path", class_="map__behind")["d"].count("M")


def test_every_incident_is_a_link_with_its_title(client: Client) -> None:
    page = drawn(client)

    assert numbers_of(page) == set(NUMBERS)
    titles = {dot["href"]: dot.one("title").text for dot in page.all("a", class_="dot")}
    assert titles["/cite/3/"] == "Drone incident number 3"
    assert behind(page) == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?s=drone", {n for n in NUMBERS if n % 3 == 0}),
        ("?deployer=acme", {1, 2, 3, 4, 5}),
        ("?not_deployer=acme&s=robot", {n for n in NUMBERS if n % 3 and n > 5}),
        ("?classifications=MIT:Entity:Human", set(range(2, 25, 2))),
        ("?s=witness&is_incident_report=true", {4}),
        ("?s=nothingatall", set()),
    ],
)
def test_it_shows_what_discover_finds_and_the_rest_behind(
    client: Client, query: str, expected: set[int]
) -> None:
    page = drawn(client, query)

    assert numbers_of(page) == expected
    assert behind(page) == len(NUMBERS) - len(expected)
    assert str(len(expected)) in page.one(id="map-count").text


def test_discover_leads_to_the_map_of_the_same_result_and_back(client: Client) -> None:
    discover = site.tree(client.get("/apps/discover/?s=drone&deployer=acme&display=list&page=1"))
    (url,) = {link for link in discover.links() if link.startswith(MAP + "?")}

    page = drawn(client, url.removeprefix(MAP))

    assert numbers_of(page) == {3}
    assert "/apps/discover/?s=drone&deployer=acme" in page.links()
    assert "/apps/discover/?s=drone&deployer=acme&display=list" in page.links()


def test_colors_stand_for_the_domain_and_are_counted(client: Client) -> None:
    page = drawn(client)

    legend = legend_of(page)
    assert legend["Not classified"] == 6
    assert sum(legend.values()) == len(NUMBERS)
    colors = Counter(
        one for dot in page.all("a", class_="dot") for one in dot["class"].split() if "--" in one
    )
    assert colors["dot--none"] == 6
    assert colors["dot--0"] == legend["Domain 1"] == 4


def test_a_color_keeps_its_meaning_in_every_search(client: Client) -> None:
    def meaning(query: str) -> dict[str, str]:
        marks = drawn(client, query).all("li", class_="map-legend__entry")
        return {one.one("input")["id"]: one.one("label").text for one in marks}

    whole, some = meaning(""), meaning("?s=number+23")

    assert {key: whole[key] for key in some if key in whole} == some


def test_the_reader_chooses_what_colors_stand_for(client: Client) -> None:
    page = drawn(client, "?color=MIT:Entity")

    assert legend_of(page) == {"Human": 12, "AI": 12, "Not classified": 6}
    assert [one["value"] for one in page.all("option")] == ["MIT:Risk Domain", "MIT:Entity"]


def test_answers_beyond_the_eighth_share_a_color(client: Client) -> None:
    records.taxonomy("GMF", records.field("Technology", "enum"))
    for number in range(1, 25):
        answer = f"Answer {number if number > 14 else number // 2}"
        records.classification("GMF", number, ["Technology", f'"{answer}"'])
    sync.catch_up(at=records.AT)

    legend = legend_of(drawn(client, "?color=GMF:Technology"))

    assert len(legend) == mapping.COLORS + 2
    assert sum(legend.values()) == len(NUMBERS)
    assert legend["Other answers"] == 24 - 6 * 2 - 2


@pytest.mark.parametrize("color", ["MIT:Hidden", "MIT:Only one answer", "NO:Such", "x", ":::"])
def test_a_field_that_tells_nothing_or_is_hidden_is_not_taken(client: Client, color: str) -> None:
    response = client.get(MAP, {"color": color})

    assert b"withheld" not in response.content
    assert site.tree(response).one(id="map-legend").text == "MIT : Risk Domain"


def test_an_incident_is_marked_told_of_and_in_the_middle(client: Client) -> None:
    page = drawn(client, "?incident=7")

    (chosen,) = page.all("a", class_="dot--chosen")
    circle = chosen.one("circle")
    left, top, side, _height = map(int, page.one("svg", class_="map")["viewbox"].split())
    assert side == mapping.SIDE // 2
    assert left <= int(circle["cx"]) <= left + side
    assert top <= int(circle["cy"]) <= top + side
    panel = page.one("section", class_="map-card")
    assert "Robot incident number 7" in panel.text
    assert len(panel.one("ol").all("li")) == mapping.NEAREST


def test_a_marked_incident_is_drawn_though_it_does_not_match(client: Client) -> None:
    page = drawn(client, "?s=drone&incident=7")

    assert numbers_of(page) == {7} | {n for n in NUMBERS if n % 3 == 0}


def test_the_card_of_a_point_is_the_same_as_in_the_page(client: Client) -> None:
    answer = client.get(f"{MAP}7/?s=drone")

    assert answer.status_code == 200
    card = site.tree(answer)
    assert "Robot incident number 7" in card.text
    assert f"{MAP}?s=drone&incident=7" in card.links()
    assert client.get(f"{MAP}999/").status_code == 404


@pytest.mark.parametrize(
    ("query", "box"),
    [
        ("", "0 0 1000 1000"),
        ("?zoom=4&at=500,500", "375 375 250 250"),
        ("?zoom=8&at=0,1000", "0 875 125 125"),
        ("?zoom=3", "0 0 1000 1000"),
        ("?zoom=2&at=x", "250 250 500 500"),
        ("?zoom=2&at=9999,9999", "500 500 500 500"),
        ("?incident=999", "0 0 1000 1000"),
        ("?incident=%00", "0 0 1000 1000"),
    ],
)
def test_the_part_in_view_is_in_the_address(client: Client, query: str, box: str) -> None:
    assert drawn(client, query).one("svg", class_="map")["viewbox"] == box


def test_links_zoom_and_move(client: Client) -> None:
    page = drawn(client, "?s=drone&zoom=2&at=500,500")
    links = {
        one["data-move"]: one.attributes.get("href", "")
        for one in page.all("a")
        if "data-move" in one.attributes
    }

    assert links["in"] == f"{MAP}?s=drone&zoom=4&at=500%2C500#map-count"
    assert links["out"] == f"{MAP}?s=drone&zoom=1#map-count"
    assert links["left"] == f"{MAP}?s=drone&zoom=2&at=250%2C500#map-count"
    whole = {
        one["data-move"]: one for one in drawn(client).all("a") if "data-move" in one.attributes
    }
    assert [name for name, one in whole.items() if "href" in one.attributes] == ["in"]


def test_incidents_without_a_place_are_counted_and_the_rest_is_shown(client: Client) -> None:
    records.incident(31, title="Robot of tomorrow")
    sync.catch_up(at=records.AT)

    page = drawn(client)

    assert numbers_of(page) == set(NUMBERS)
    assert "1 incident has no place on the map yet." in page.text


def test_a_withdrawn_incident_is_gone_at_once(client: Client) -> None:
    records.incident(7, title="Robot incident number 7", visibility=rules.INTERNAL)

    page = drawn(client)

    assert numbers_of(page) == set(NUMBERS) - {7}
    assert behind(page) == 0
    assert client.get(f"{MAP}7/").status_code == 404


def test_titles_come_in_the_language_of_the_reader(client: Client) -> None:
    page = drawn(client, prefix="/ja")
    dots = {dot["href"]: dot for dot in page.all("a", class_="dot")}

    assert dots["/ja/cite/2/"].one("title").text == "ロボットの出来事"
    assert "lang" not in dots["/ja/cite/2/"].attributes
    assert dots["/ja/cite/3/"]["lang"] == "en"


def test_only_the_first_points_have_links_where_there_are_too_many(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "MOST_LINKED", 10)

    page = drawn(client, "?s=robot")

    assert len(numbers_of(page)) == 10
    assert behind(page) == len(NUMBERS) - 10
    assert "10 further incidents are drawn without color and link." in page.text


def test_it_works_before_there_is_any_layout(client: Client) -> None:
    spatial._path().unlink()

    page = drawn(client, "?incident=7")

    assert numbers_of(page) == set()
    assert "30 incidents have no place on the map yet." in page.text

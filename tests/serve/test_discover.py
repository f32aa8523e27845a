"""Discover: what people type, what they click, and the addresses of the reference site."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client

from incidentbase.index import sync
from tests.make import records
from tests.serve.site import Element, body_of, tree

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]
Find = Callable[..., list[int]]

TEXTS = {
    11: ("ja", "配達用のロボットが歩道で通行人にぶつかった。"),
    12: ("zh", "送货机器人在人行道上撞到了行人。"),
    13: ("ko", "배달로봇이 인도에서 보행자와 부딪혔다."),
    14: ("ar", "اصطدم روبوت التوصيل بأحد المشاة على الرصيف."),
    15: ("en", "The delivery robot bumped into a walker. Nobody was injured in the crash."),
    16: ("en", "A chatbot invented court cases, and a lawyer filed them."),
}
FOUND = {
    "robot": [5],
    "ROBOTS": [5],
    "robot walker": [5],
    # No incident has both words, so those with the rarer one are found.
    "robot lawyer": [5, 6],
    '"delivery robot"': [5],
    '"robot delivery"': [],
    "event -robot": [1, 2, 3, 4, 6],
    '"event 6"': [6],
    "robot OR lawyer": [5, 6],
    "(robot OR court) -crash": [6],
    "deployer:bolt": [4, 5, 6],
    'deployer:"acme inc"': [],
    "source:a.example -lang:en": [1, 3],
    "after:2013 before:2015": [3, 4],
    "id:#5": [5],
    "歩道": [1],
    "ロボット": [1],
    "机器人": [2],
    "撞到了行人": [2],
    "로봇": [3],
    "보행자": [3],
    "روبوت": [4],
    "الرصيف": [4],
    "acme": [1, 2, 3],
    "": [1, 2, 3, 4, 5, 6],
}
HOSTILE = [
    '"',
    '""',
    '"unclosed',
    "-",
    "--",
    "- -",
    "-" * 300,
    "(" * 200,
    "a AND (b OR",
    "NOT",
    "title:x^9 ~2 *?",
    "[a TO b]",
    "'; DROP TABLE store_incident; --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% debug %}",
    "%00%0a%",
    "\x00\x01\x1f",
    "\ud800",
    "🤖" * 50,
    "ا\u0301" * 200,
    "word " * 500,
    "x" * 100_000,
    "-a " * 200,
    '"' * 500,
    "\u202e\u200f\ufeff",
    "999999999999999999999",
    "#",
    "*",
    "OR",
    "/.*/",
    "\\",
]


ASCENDING = ["incident-date-asc", "published-date-asc", "submitted-date-asc"]
DESCENDING = [
    "incident-date-desc",
    "published-date-desc",
    "submitted-date-desc",
    "relevance",
    "nonsense",
]
STRANGE = ["9" * 5000, "-1", "٣", "\x00", "\ud800", "a||" * 500, "x" * 70_000, "<b>", "1e9"]


@pytest.fixture
def world() -> None:
    for name in ("acme", "bolt", "city"):
        records.entity(name)
    for number, (language, text) in TEXTS.items():
        records.report(
            number,
            language=language,
            text=text,
            source_domain="a.example" if number % 2 else "b.example",
            tags=["response"] if number == 16 else [],
        )
    for number in range(11, 17):
        records.incident(
            number - 10,
            title=f"Event {number - 10}",
            reports=[number],
            date=f"20{number}-06-0{number - 10}",
            deployers=["acme"] if number < 14 else ["bolt"],
            harmed=["city"] if number % 2 else [],
        )
    records.report(31, text="An issue without an incident, about robots.")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 5, ["Risk Domain", '"7. AI safety"'])
    sync.catch_up(at=records.AT)


@pytest.fixture
def find(client: Client, world: None) -> Find:
    def numbers(s: str = "", **asked: str) -> list[int]:
        response = client.get("/apps/discover.json", {"s": s, **asked})
        assert response.status_code == 200
        rows = response.json()["results"]
        return sorted(row.get("incident_id") or row["report_number"] for row in rows)

    return numbers


def test_words_find_incidents(find: Find) -> None:
    assert {typed: find(typed) for typed in FOUND} == FOUND


def test_words_find_reports(find: Find) -> None:
    words = {"歩道": [11], "机器人": [12], "로봇": [13], "روبوت": [14], "robot": [15]}
    assert {typed: find(typed, is_incident_report="true") for typed in words} == words


@pytest.mark.usefixtures("world")
def test_the_matching_passage_is_shown_and_marked(read: Read) -> None:
    passage = read("/apps/discover/?s=walker").one("div", class_="passage")
    assert passage.one("mark").text == "walker"
    assert "bumped into a walker" in passage.text
    japanese = read("/ja/apps/discover/?s=通行人").one("div", class_="passage")
    assert japanese.one("mark").text == "通行人"
    assert japanese.all("p")[-1]["lang"] == "ja"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("query", ["", "s=event", "entity=acme", "is_incident_report=true"])
def test_a_facet_promises_what_a_click_gives(read: Read, query: str) -> None:
    for facet in ("deployer", "harmed", "source", "language", "mit_domain"):
        box = read(f"/apps/discover/?{query}").one("details", **{"data-facet": facet})
        promised = {
            each["href"]: int(each.one(class_="facet__count").text)
            for each in box.all("a", class_="facet__item")
        }
        assert promised or (facet, query) == ("mit_domain", "entity=acme")
        for address, count in promised.items():
            page = read(address)
            assert page.one("h2", id="result-count").text.split()[0] == str(count)
            cards = page.all("article", class_="incident-card") + page.all(class_="report-card")
            assert len(cards) == count, address
            # Once more takes it away.
            own = page.one("details", **{"data-facet": facet})
            again = own.one("a", **{"aria-current": "true"})["href"]
            assert again == f"/apps/discover/{'?' if query else ''}{query}"


@pytest.mark.usefixtures("world")
def test_a_click_on_a_year_gives_its_bar(read: Read) -> None:
    rows = read("/apps/discover/").all("figure")[0].one("tbody").all("tr")
    links = {row.one("th").text: row.one("th").links() for row in rows}
    assert list(links) == [str(year) for year in range(2011, 2017)]
    page = read(links["2013"][0])
    assert page.one("h2", id="result-count").text == "1 result"


def test_values_are_joined_by_two_bars(find: Find) -> None:
    assert find(source_domain="a.example||b.example") == [1, 2, 3, 4, 5, 6]
    assert find(source_domain="a.example") == [1, 3, 5]
    assert find(year="2011||2016") == [1, 6]
    assert find(year="2011||2016", deployer="bolt") == [6]
    assert find(incident_id="2||3||77") == [2, 3]
    assert find(source_domain="||", language="||||") == [1, 2, 3, 4, 5, 6]


def test_values_may_be_repeated(client: Client, find: Find) -> None:
    response = client.get("/apps/discover.json?year=2011&year=2016||2012")
    assert sorted(row["incident_id"] for row in response.json()["results"]) == [1, 2, 6]


def test_the_old_parameters_work_as_they_did(find: Find) -> None:
    reports = [11, 12, 13, 14, 15, 16]
    assert find(is_incident_report="true") == reports
    assert find(is_incident_report="false") == [31]
    assert find(is_incident_report="false||true") == [*reports, 31]
    assert find(is_incident_report="true", hideDuplicates="1") == [1, 2, 3, 4, 5, 6]
    assert find(is_incident_report="true", incident_id="5") == [15]
    assert find(is_incident_report="true", tags="response") == [16]
    assert find(display="list", page="1") == [1, 2, 3, 4, 5, 6]


def test_old_date_spans_are_in_seconds(find: Find) -> None:
    june = 1_338_508_800  # 2012-06-01
    assert find(epoch_incident_date_min=str(june), epoch_incident_date_max=str(june + 86_400)) == [
        2
    ]
    assert find(epoch_incident_date_min=str(june)) == [2, 3, 4, 5, 6]
    assert find(epoch_date_published_max="0") == []
    assert find(epoch_incident_date_min="soon", epoch_incident_date_max="9" * 5000) == [
        1, 2, 3, 4, 5, 6,
    ]  # fmt: skip


@pytest.mark.usefixtures("world")
def test_results_come_in_the_order_asked_for(client: Client) -> None:
    for order in (*ASCENDING, *DESCENDING):
        rows = client.get("/apps/discover.json", {"sortBy": order}).json()["results"]
        ends = (rows[0]["incident_id"], rows[-1]["incident_id"])
        assert ends == ((1, 6) if order in ASCENDING else (6, 1)), order


@pytest.mark.usefixtures("world")
def test_unknown_parameters_are_ignored_on_the_page(read: Read) -> None:
    page = read("/apps/discover/?NS=1&utm_source=x&s=robot")
    assert page.one("h2", id="result-count").text == "1 result"
    formats = [each["href"] for each in page.one("footer").all("a") if "discover." in each["href"]]
    endings = ("json", "csv", "rss", "atom", "jsonfeed")
    assert formats == [f"/apps/discover.{ending}?s=robot" for ending in endings]


@pytest.mark.usefixtures("world")
def test_a_number_leads_to_its_incident(read: Read, client: Client) -> None:
    for typed in ("3", "#3", " # 3 ", "３"):
        query = urlencode({"s": typed})
        response = client.get(f"/ja/apps/discover/?{query}")
        assert (response.status_code, response["Location"]) == (302, "/ja/cite/3/"), typed
        live = client.get(f"/apps/discover/?{query}", headers={"hx-request": "true"})
        assert live["HX-Redirect"] == "/cite/3/"
        # Not while somebody is still typing, and not when more was asked for.
        typing = {"hx-request": "true", "hx-trigger": "discover-s"}
        assert b"Go to incident 3" in client.get(f"/apps/discover/?{query}", headers=typing).content
        narrowed = read(f"/apps/discover/?{query}&language=ko")
        assert "/cite/3/" in narrowed.section("result-count").links()
    for typed in ("#77", "3 robots", "0", '"3"'):
        page = read("/apps/discover/?" + urlencode({"s": typed}))
        assert "Go to incident" not in page.text, typed


@pytest.mark.usefixtures("world")
def test_every_text_is_a_search(client: Client) -> None:
    for typed in HOSTILE:
        query = urlencode({"s": typed}, errors="surrogatepass")
        for address in ("/apps/discover/", "/apps/discover.json", "/apps/discover.csv"):
            response = client.get(f"{address}?{query}")
            assert (response.status_code, bool(body_of(response))) == (200, True), typed[:50]
        page = tree(client.get(f"/apps/discover/?{query}"))
        assert not [each for each in page.all("script") if "alert" in each.raw]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("name", ["year", "entity", "source_domain", "page", "sortBy", "language"])
def test_every_value_is_a_filter(client: Client, name: str) -> None:
    for value in STRANGE:
        query = urlencode({name: value}, errors="surrogatepass")
        assert client.get(f"/apps/discover/?{query}").status_code == 200, value[:50]
        assert client.get(f"/apps/discover.json?{query}").status_code == 200, value[:50]


@pytest.mark.usefixtures("world")
def test_beyond_the_last_page_is_the_last(read: Read, client: Client) -> None:
    for number in ("2", "1000000", "9999999"):
        page = read(f"/apps/discover/?page={number}")
        assert len(page.all("article", class_="incident-card")) == 6
        assert page.one("nav", class_="pager").text == "Page 1 of 1"
        assert client.get(f"/apps/discover.json?page={number}").json()["results"] == []


@pytest.mark.usefixtures("world")
def test_nothing_found_is_said_with_a_way_back(read: Read) -> None:
    page = read("/apps/discover/?s=zzzzqqqq&deployer=acme")
    assert page.one("h2", id="result-count").text == "0 results"
    assert "Nothing found" in page.one("main").text
    assert "/apps/discover/" in page.section("result-count").links()


@pytest.mark.usefixtures("world")
def test_applied_filters_can_be_taken_away_one_by_one(read: Read) -> None:
    page = read("/apps/discover/?s=event&deployer=acme&year=2012")
    chips = {each.one(class_="chip__value").text: each["href"] for each in page.all(class_="chip")}
    assert chips == {
        "Acme": "/apps/discover/?s=event&year=2012",
        "2012": "/apps/discover/?s=event&deployer=acme",
    }
    assert page.one("input", id="discover-s")["value"] == "event"
    kept = page.all("input", type="hidden", form="discover-form")
    assert [(each["name"], each["value"]) for each in kept] == [
        ("deployer", "acme"),
        ("year", "2012"),
    ]


@pytest.mark.usefixtures("world")
def test_results_alone_are_sent_to_htmx(client: Client) -> None:
    response = client.get("/apps/discover/?s=robot", headers={"hx-request": "true"})
    assert re.search(rb"<html", response.content) is None
    assert b"Event 5" in response.content

"""Results of Discover: facets, exclusions, layouts, feeds, charts, and what a withdrawal does."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from incidentbase.index import facets, sync
from incidentbase.serve.http.asking import Address
from tests.make import records
from tests.serve.site import Element, body_of, tree

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]
Ask = Callable[..., dict[str, Any]]

COUNTRY = "Location Country (two letters)"
WORDS = ("robot", "court", "scan", "loan")
FIRMS = ("acme", "bolt", "city", "dyne")
MANY = 40


@pytest.fixture
def world() -> None:
    """Make forty incidents whose properties are drawn by chance, the same at every run."""
    rng = random.Random(8)
    for name in FIRMS:
        records.entity(name, f"{name.title()} Works")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"), records.field("Intent", "enum"))
    records.taxonomy("CSETv1", records.field(COUNTRY), records.field("Notes", "long_string"))
    for number in range(1, MANY + 1):
        _report(rng, number)
        _incident(rng, number)
    records.report(900, title="An issue", text="A scan of nothing in particular.\n")
    sync.catch_up(at=records.AT)


def _report(rng: random.Random, number: int) -> None:
    records.report(
        number,
        text=f"It was a {rng.choice(WORDS)} and a {rng.choice(WORDS)}.\n",
        source_domain=rng.choice(("a.example", "b.example", "c.example")),
        language=rng.choice(("en", "ja", "fr")),
        authors=[rng.choice(("Ann", "Bo b", "Cy"))],
        tags=rng.sample(["response", "court case"], rng.randrange(3)),
        published=dt.date(rng.randrange(2014, 2024), 5, 6),
        is_flagged=number % 9 == 0,
    )


def _incident(rng: random.Random, number: int) -> None:
    records.incident(
        number,
        title=f"Event {number} with a {rng.choice(WORDS)}",
        date=f"20{rng.randrange(12, 22)}-03-04",
        reports=[number],
        deployers=rng.sample(FIRMS, rng.randrange(1, 3)),
        harmed=rng.sample(FIRMS, rng.randrange(2)),
    )
    if number % 3:
        answers = [["Risk Domain", f'"{rng.randrange(1, 4)}. Domain"'], ["Intent", '"Yes: both"']]
        records.classification("MIT", number, *answers)
    if number % 4 == 0:
        records.classification(
            "CSETv1", number, [COUNTRY, f'"{rng.choice(("us", "JP", "?"))}"'], ["Notes", '"x"']
        )


@pytest.fixture
def ask(client: Client, world: None) -> Ask:
    def answer(query: str = "", **asked: str) -> dict[str, Any]:
        response = client.get(f"/apps/discover.json?{query}", asked or None)
        assert response.status_code == 200, response.content
        return dict(response.json())

    return answer


def test_counts_are_what_choosing_the_value_alone_gives(ask: Ask) -> None:
    rng = random.Random(4)
    everything = ask("facet_size=1000&below=MIT")["facets"]
    values = {
        name: [one["value"] for one in counted]
        for name, counted in everything.items()
        if counted and name != "is_incident_report"
    }
    for _ in range(200):
        asked = _some(rng, values)
        address = Address("", asked)
        name = rng.choice(sorted(values))
        counted = ask(f"{asked.urlencode()}&facet_size=1000&below=MIT")["facets"][name]
        for one in rng.sample(counted, min(2, len(counted))):
            others = _others_of_the_facet(asked, name, one["value"])
            alone = address.having({name: [*others, one["value"]]})
            # Years and their span are one choice.
            gone = {"year": "incident_date_max", "published_year": "date_published_max"}
            alone = alone.having({gone[name]: ""}) if name in gone else alone
            assert ask(alone.query.urlencode())["total"] == one["count"], alone.query


def _some(rng: random.Random, values: dict[str, list[str]]) -> QueryDict:
    """Return a random question: words, kind, facets chosen and excluded, an order, a span."""
    asked = QueryDict(mutable=True)
    asked["s"] = rng.choice(("", "", "robot", "court -scan", "robot loan", "event"))
    asked["sortBy"] = rng.choice(("relevance", "incident-date-desc"))
    asked["is_incident_report"] = rng.choice(("", "true", "false||true"))
    for name in rng.sample(sorted(values), rng.randrange(4)):
        chosen = rng.sample(values[name], min(len(values[name]), rng.randrange(1, 3)))
        asked[rng.choice(("", "", "not_")) + name] = "||".join(chosen)
    if rng.random() < 0.2:
        asked[rng.choice(("incident_date_max", "date_published_max"))] = "2018"
    return asked


def _others_of_the_facet(asked: QueryDict, name: str, value: str) -> list[str]:
    """Return the chosen values that stay when a value is chosen alone: other fields of a tree."""
    facet = facets.BY_PARAMETER[name].name
    group = facets.group_of(facet, value)
    chosen = [one for one in asked.get(name, "").split("||") if one]
    return [one for one in chosen if facets.group_of(facet, one) != group]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "query", ["", "s=robot", "deployer=acme", "s=court&is_incident_report=true"]
)
def test_the_tabs_of_kinds_promise_what_they_give(read: Read, query: str) -> None:
    tabs = read(f"/apps/discover/?{query}").all(class_="tabs__tab")[:4]
    assert len(tabs) == 4
    for tab in tabs:
        page = read(tab["href"])
        count = page.one("h2", id="result-count").text.split()[0]
        assert count == tab.one(class_="tabs__count").text, tab.text


def test_a_value_can_be_excluded_and_the_chip_takes_it_back(read: Read, ask: Ask) -> None:
    page = read("/apps/discover/?s=event")
    box = page.one("details", **{"data-facet": "deployer"})
    row = box.all(class_="facet__row")[0]
    count = int(row.one(class_="facet__count").text)
    without = read(row.one(class_="facet__exclude")["href"])
    assert without.one("h2", id="result-count").text == f"{MANY - count} results"
    chip = without.one(class_="chip")
    assert chip.text.startswith("Not: Alleged deployer")
    assert read(chip["href"]).one("h2", id="result-count").text == f"{MANY} results"
    # Choosing an excluded value, or excluding a chosen one, changes its side.
    assert "not_deployer" not in QueryDict(
        Address("/", QueryDict("not_deployer=acme")).toggled("deployer", "acme").url()[2:]
    )
    assert ask(not_deployer="acme||bolt")["total"] + ask(deployer="acme||bolt")["total"] == MANY


@pytest.mark.usefixtures("world")
def test_the_tree_of_answers_opens_level_by_level(read: Read) -> None:
    box = read("/apps/discover/").one("details", **{"data-facet": "classifications"})
    names = [each.text for each in box.all(class_="facet__label")]
    assert names == ["MIT", "CSETv1"]
    below = box.all(class_="facet__below")[0].links()[0]
    page = read(below)
    assert [each.text.split()[0] for each in page.all(class_="facet__fieldname")] == [
        "Intent",
        "Risk",
    ]
    values = page.all(class_="facet__item")
    assert "Yes: both" in values[0].text
    count = values[0].one(class_="facet__count").text
    chosen = read(values[0]["href"])
    assert chosen.one("h2", id="result-count").text.split()[0] == count
    assert chosen.one(class_="chip__value").text == "MIT : Intent : Yes: both"
    assert "Notes" not in read("/apps/discover/facets/classifications/?below=CSETv1").text


def test_old_addresses_of_classifications_work(ask: Ask) -> None:
    total = ask(classifications="MIT:Risk Domain:1. Domain||MIT:Risk Domain:2. Domain")["total"]
    one = ask(classifications="MIT:Risk Domain:1. Domain")["total"]
    other = ask(classifications="MIT:Risk Domain:2. Domain")["total"]
    assert total == one + other > one > 0
    # Values of one field are alternatives; those of two fields must both hold.
    assert ask(classifications="MIT:Risk Domain:1. Domain||MIT:Intent:Yes: both")["total"] == one
    assert ask(classifications="MIT:Intent:No||MIT:Risk Domain:1. Domain")["total"] == 0
    assert ask(classifications="MIT")["total"] == ask(classifications="MIT:Intent")["total"]


def test_countries_are_named_in_the_readers_language(read: Read, ask: Ask) -> None:
    assert {one["value"] for one in ask()["facets"]["country"]} == {"US", "JP"}
    box = read("/fr/apps/discover/").one("details", **{"data-facet": "country"})
    assert {each.text for each in box.all(class_="facet__label")} == {"États-Unis", "Japon"}
    assert ask(s="country:jp")["total"] == ask(country="JP")["total"]


@pytest.mark.usefixtures("world")
def test_all_values_of_a_facet_can_be_searched(read: Read, client: Client) -> None:
    page = read("/apps/discover/facets/entity/?find=ACM&s=event")
    (item,) = page.all(class_="facet__item")
    assert item.one(class_="facet__label").text == "Acme Works"
    assert item["href"] == "/apps/discover/?s=event&entity=acme"
    assert page.one("input", id="find")["value"] == "ACM"
    assert "No values" in read("/apps/discover/facets/entity/?find=zzz").text
    for name in ("nothing", "kind"):
        assert client.get(f"/apps/discover/facets/{name}/").status_code == 404


@pytest.mark.usefixtures("world")
def test_a_span_of_years_is_typed_and_bars_outside_stay_in_reach(read: Read) -> None:
    page = read("/apps/discover/?incident_date_min=2014&incident_date_max=2016")
    assert page.one(class_="chip__value").text == "2014-01-01 to 2016-12-31"
    rows = {row.one("th").text: row for row in page.all("figure")[0].one("tbody").all("tr")}
    assert {"2012", "2021"} <= set(rows)
    inside = sum(int(rows[str(year)].one("td").text) for year in (2014, 2015, 2016))
    assert page.one("h2", id="result-count").text == f"{inside} results"
    one_year = read(rows["2021"].links()[0])
    assert one_year.one("h2", id="result-count").text.split()[0] == rows["2021"].one("td").text
    form = page.all("form", class_="span__form")[0]
    assert [each["value"] for each in form.all("input", inputmode="numeric")] == [
        "2014",
        "2016",
    ]


def test_days_months_and_years_bound_a_span(ask: Ask) -> None:
    def total(**span: str) -> int:
        return int(ask(**span)["total"])

    assert total(incident_date_min="2016-03-04", incident_date_max="2016-03-04") == total(
        year="2016"
    )
    assert total(incident_date_min="2016-03", incident_date_max="2016-03") == total(year="2016")
    assert total(incident_date_max="2016-02") == total(incident_date_max="2015")
    assert total(incident_date_min="2016-02-31", incident_date_max="soon") == MANY
    assert total(s="after:2016 before:2017") == total(year="2016")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("kind", ["", "&is_incident_report=true", "&is_incident_report=false"])
def test_every_layout_shows_every_result(read: Read, kind: str) -> None:
    for display in ("details", "compact", "list", "table", "nonsense"):
        page = read(f"/ja/apps/discover/?s=scan&display={display}{kind}")
        total = int(page.one("h2", id="result-count").text.split()[1].rstrip("件"))
        assert total > 0
        shown = {
            "details": ("article", "card"),
            "compact": ("article", "tile"),
            "list": ("li", "row"),
            "nonsense": ("article", "card"),
        }
        results = page.one("section", **{"aria-labelledby": "result-count"})
        if display == "table":
            assert len(results.one("tbody").all("tr")) == total
        else:
            tag, name = shown[display]
            assert len(results.all(tag, class_=name)) == total


@pytest.mark.usefixtures("world")
def test_the_reader_chooses_the_columns_of_the_table(read: Read) -> None:
    page = read("/apps/discover/?display=table&columns=number&columns=country||language||nonsense")
    results = page.one("section", **{"aria-labelledby": "result-count"})
    assert [each.text for each in results.one("thead").all("th")] == [
        "Incident",
        "Country",
        "Language",
    ]
    cells = {each.text for row in results.one("tbody").all("tr") for each in row.all("td")}
    assert {"United States", "Japan", "French"} <= cells
    assert "US" not in cells
    chosen = [
        each["value"]
        for each in results.all("input", name="columns")
        if "checked" in each.attributes
    ]
    assert chosen == ["number", "country", "language"]


@pytest.mark.usefixtures("world")
def test_a_result_says_why_it_matched_and_shows_its_reports(read: Read) -> None:
    records.report(501, title="A zeppelin over town", text="Nobody saw the zeppelin coming.\n")
    records.report(502, text="The Zeppelin burned; zeppelins do.\n", source_domain="z.example")
    records.incident(77, title="A zeppelin burns", reports=[501, 502], deployers=["acme"])
    sync.catch_up(at=records.AT)
    page = read("/apps/discover/?s=zeppelin")
    card = page.one("article", class_="incident-card")
    assert card.one("h3").one("mark").text == "zeppelin"
    assert card.text.endswith("Why it matched: title · 2 reports")
    passages = card.all(class_="passage")
    assert [each.links()[0] for each in passages] == ["/cite/77/#r501", "/cite/77/#r502"]
    assert {each.text for each in passages[1].all("mark")} == {"Zeppelin", "zeppelins"}
    named = read("/apps/discover/?s=works").all("article", class_="incident-card")[0]
    assert "named: " in named.text


@pytest.mark.usefixtures("world")
def test_what_was_not_taken_as_typed_is_said(read: Read) -> None:
    for typed, said in (
        ("(robot", "The parentheses do not match"),
        ("OR robot", "OR needs something on both sides"),
        ("after:soon robot", "A date was not understood"),
        ('robot "court', "A quotation mark has no partner"),
        ("a" * 401, "The search is very long"),
        ("(" * 20 + "robot" + ")" * 20, "The parentheses are too deep"),
        ("robot " * 40, "The search has many parts"),
        ("robbot", "These results are spelled alike"),
        ("robot zzyzx", "Nothing has all of these words"),
    ):
        page = read(f"/apps/discover/?s={typed}")
        assert said in page.section("result-count").text, typed
    assert "flash" not in read("/apps/discover/?s=robot").section("result-count").raw


def test_the_table_of_all_hits_has_the_facets_as_columns(ask: Ask, client: Client) -> None:
    rows = _table(client, "/apps/discover.csv?s=robot&sortBy=incident-date-asc")
    assert len(rows) == ask(s="robot", sortBy="incident-date-asc")["total"] > 0
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    for facet in ("deployer", "country", "classifications", "published_year", "source_domain"):
        counted = ask(s="robot", sortBy="incident-date-asc", facet_size="999", below="MIT")
        for one in counted["facets"][facet]:
            having = [row for row in rows if one["value"] in row[facet].split("||")]
            assert len(having) == one["count"], (facet, one)
    reports = _table(client, "/apps/discover.csv?s=robot&is_incident_report=true")
    assert {row["report_number"] for row in reports} == {
        str(row["report_number"])
        for row in ask("s=robot&is_incident_report=true&page_size=100")["results"]
    }


def _table(client: Client, address: str) -> list[dict[str, str]]:
    text = body_of(client.get(address)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_feed_has_the_newest_first_and_stable_ids(ask: Ask, client: Client) -> None:
    response = client.get("/apps/discover.rss?s=robot&deployer=acme")
    assert response["Content-Type"].startswith("application/rss+xml")
    channel = ET.fromstring(response.content).find("channel")
    assert channel is not None
    links = [item.findtext("link") for item in channel.findall("item")]
    rows = ask(s="robot", deployer="acme", sortBy="submitted-date-desc")["results"]
    assert links == [row["url"] for row in rows]
    assert links == [item.findtext("guid") for item in channel.findall("item")]
    assert channel.findtext("link") == "http://localhost/apps/discover/?s=robot&deployer=acme"
    reports = client.get("/apps/discover.rss?s=scan&is_incident_report=false")
    assert b"http://localhost/reports/900/" in reports.content


@pytest.mark.usefixtures("world")
def test_charts_have_tables_with_denominators(read: Read, client: Client, ask: Ask) -> None:
    page = read("/apps/discover/charts/?s=robot&sortBy=relevance")
    total = ask(s="robot")["total"]
    assert f"{total} of {MANY} records in the database" in page.text
    (region,) = page.all("div", **{"aria-labelledby": "chart-year-heading"})
    rows = region.one("tbody").all("tr")
    by_year = {row.one("th").text: [each.text for each in row.all("td")] for row in rows}
    assert sum(int(cells[0]) for cells in by_year.values()) == total
    for year, (count, of_all, share) in by_year.items():
        assert int(of_all) == ask(year=year)["total"]
        assert share == f"{round(100 * int(count) / int(of_all), 1)} %"
    table = _table(client, "/apps/discover/charts.csv?chart=year&s=robot")
    assert {row["year"]: row["results"] for row in table} == {
        year: cells[0] for year, cells in by_year.items()
    }
    # A chart narrows by its own choices too: it shows the results and nothing else.
    chosen = _table(client, "/apps/discover/charts.csv?chart=deployer&deployer=acme")
    assert {row["deployer"]: row["results"] for row in chosen}["acme"] == str(
        ask(deployer="acme")["total"]
    )
    assert client.get("/apps/discover/charts.csv?chart=nonsense").status_code == 400


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page_size=0", "page_size is a number from 1 to 100"),
        ("page_size=x", "page_size"),
        ("facet_size=1001", "facet_size is a number from 1 to 1000"),
        ("facets=deployer||shoe", "facets are some of"),
    ],
)
def test_programs_are_told_what_makes_no_sense(client: Client, query: str, said: str) -> None:
    response = client.get(f"/apps/discover.json?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert said in response.json()["detail"]


def test_programs_choose_the_size_and_the_facets(ask: Ask) -> None:
    found = ask("page_size=7&page=2&facets=deployer||is_incident_report&facet_size=2")
    assert (len(found["results"]), found["page_size"]) == (7, 7)
    assert len(found["facets"]["deployer"]) == 2
    kinds = {one["value"]: one["count"] for one in found["facets"]["is_incident_report"]}
    assert kinds == {"incident": MANY, "report": 41, "incident_report": 40, "issue_report": 1}
    assert ask("facets=")["facets"] == {}


def test_what_is_withdrawn_is_gone_from_every_output(read: Read, client: Client, ask: Ask) -> None:
    number = ask(s="robot", sortBy="incident-date-desc")["results"][0]["incident_id"]
    state = records.incident_state(number, title="Event with a robot", reports=[number])
    records.incident(number, **{**state, "title": f"A quagga robot {number}"})
    sync.catch_up(at=records.AT)
    addresses = [
        f"/apps/discover{ending}s=quagga"
        for ending in ("/?", "/?display=list&", "/?display=table&", ".json?", ".csv?", ".rss?")
    ]
    addresses += ["/apps/discover/charts/?s=quagga", "/apps/discover/charts.csv?s=quagga"]
    addresses += [
        f"/apps/discover.json?incident_id={number}",
        "/apps/discover/facets/year/?s=quagga",
    ]

    before = {address: body_of(client.get(address)) for address in addresses}
    records.incident(number, **{**state, "visibility": "internal", "title": f"A quagga {number}"})
    sync.catch_up(at=records.AT)
    after = {address: body_of(client.get(address)) for address in addresses}

    assert [address for address in addresses if before[address] == after[address]] == []
    assert all(b"A quagga" not in answer for answer in after.values())
    assert ask(s="quagga")["total"] == 0
    assert ask()["total"] == MANY - 1
    everything = ask("facet_size=1000")["facets"]
    assert sum(one["count"] for one in everything["year"]) == MANY - 1
    assert {one["value"]: one["count"] for one in everything["is_incident_report"]}["incident"] == (
        MANY - 1
    )
    assert str(number) not in {row["incident_id"] for row in _table(client, "/apps/discover.csv")}
    charted = _table(client, "/apps/discover/charts.csv?chart=year")
    assert sum(int(row["results"]) for row in charted) == MANY - 1
    assert sum(int(row["all"]) for row in charted) == MANY - 1


HOSTILE = (
    *(
        '"',
        "(",
        ")",
        "-",
        "*",
        ":",
        "OR ",
        "AND ",
        "NOT ",
        "#",
        "||",
        "deployer:",
        "after:",
        "lang:",
    ),
    *("\x00", "\x08", "\u202e", "\u0301", "\ue000", "🤖", "顔", "の", "س", "é", "İ", "ß", "9" * 50),
    *("(a+)+$", "[a-z", "{1,9999}", "\\", "%", "'; --", "<script>", "{{7*7}}", " ", "robot", "\n"),
)


@pytest.mark.usefixtures("world")
def test_four_hundred_hostile_texts_are_searched_or_refused(client: Client) -> None:
    rng = random.Random(400)
    for number in range(400):
        length = 10_000 if number % 20 == 0 else rng.randrange(1, 60)
        text = "".join(rng.choice(HOSTILE) for _ in range(length))[:10_000]
        address = rng.choice(("/apps/discover/", "/apps/discover.json", "/apps/discover.rss"))
        response = client.get(address, {"s": text, "sortBy": rng.choice(("", "relevance"))})
        assert response.status_code in (200, 302, 400), text[:80]
        assert body_of(response) is not None
    page = tree(client.get("/apps/discover/", {"s": "<script>alert(1)</script> (robot"}))
    assert not [each for each in page.all("script") if "alert" in each.raw]

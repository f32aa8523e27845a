"""Feeds: read strictly, by the rules of the formats; every list has its own; oEmbed."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidentbase.index import sync
from incidentbase.kit import clock as time
from incidentbase.store.assessing import actions as assessing
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.review import actions as review
from incidentbase.store.review import queries as review_queries
from incidentbase.store.review.rules import Draft
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = (
    "/apps/discover.{}?s=incident",
    "/apps/discover.{}?is_incident_report=true",
    "/apps/discover.{}?deployer=acme&s=nothing%20like%20it",
    "/apps/discover.{}?classifications=MIT:Risk%20Domain:Privacy",
    "/summaries/incidents.{}",
    "/entities/acme.{}",
    "/taxonomies/mit.{}",
    "/cite/1.{}",
    "/apps/variants.{}?status=",
    "/apps/submitted.{}",
    "/summaries/flagged.{}",
    "/entities.{}?q=ac&role=deployer",
    "/apps/checklists.{}",
    "/research/snapshots.{}",
)
ODD = 'Signs <b>&amp;</b> ]]> "quotes" 日本 \x0b\x00 end'.replace("\x00", "")
MOST_QUERIES = 8


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture
def world() -> None:
    records.entity("acme", "Acme")
    for number in range(1, 8):
        records.report(
            number,
            title=ODD if number == 2 else f"Headline {number}",
            text=f"{ODD} {'words ' * 200}",
            submitted_at=f"2024-03-{number:02}T10:00:00.000Z",
            image_url="https://pictures.example/a.jpg" if number == 3 else "",
        )
    records.incident(1, title=ODD, reports=[1, 2, 3], deployers=["acme"], date="2020-01-01")
    records.incident(2, reports=[3, 4], deployers=["acme"], date="2022-01-01")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 1, ["Risk Domain", '"Privacy"'])
    wait_for_editors()
    sync.catch_up(at=records.AT)


def wait_for_editors() -> None:
    """Make what stands in the lists that are no searches."""
    records.report(30, title="", url="", source_domain="", text=ODD)
    records.report(31, is_flagged=True, title=ODD, submitted_at="2020-01-01T00:00:00.000Z")
    records.incident(3, reports=[30], date="2019-01-01")
    ann = people.viewer(people.account())
    draft = Draft(
        url="https://news.example/bus",
        title=f"A bus astray {ODD}",
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-02",
        text="A bus without a driver went past its stop. " * 4,
    )
    review.submit(draft, actor=ann)
    name = assessing.create_checklist("A bus", actor=ann)
    key = Checklist.objects.get(checklist_id=name).public_id
    assessing.share_checklist(key, "published", actor=ann)
    entity = {"object_id": records.object_id("entity", "acme"), "entity_id": "acme"}
    times = {"created_at": "2024-01-01T00:00:00.000Z", "modified_at": None}
    records.bring_in("entity", {**entity, "name": "Acme", "kind": "organization", **times})


def parsed(answer: Any) -> Any:
    """Return a feed as a strict reader reads it."""
    assert answer.status_code == 200, answer.content
    headers = {name.lower(): value for name, value in answer.headers.items()}
    found = feedparser.parse(answer.content, response_headers=headers)
    assert not found.bozo, found.get("bozo_exception")
    return found


def items_of(answer: Any) -> list[ET.Element]:
    return ET.fromstring(answer.content).findall("channel/item")


# /rss.xml


@pytest.mark.usefixtures("world")
def test_the_newest_reports_are_in_the_shape_of_the_reference(client: Client) -> None:
    answer = client.get("/rss.xml")
    assert "application/xml" in answer["Content-Type"]
    found = parsed(answer)
    assert found.version == "rss20"
    assert [one.title for one in found.entries][:2] == ["Headline 7", "Headline 6"]
    items = {item.findtext("title"): item for item in items_of(answer)}
    text = items["Headline 4"].findtext("description")
    assert text is not None
    # Clients look for this.
    link = re.search(r" \.\.\. \(http://localhost/cite/(\d+)(?:#(\d+))?\)$", text)
    assert link
    assert link.groups() == ("2", "4")
    assert len(text) - len(link[0]) == 240
    # Of two incidents it is the one with the later date.
    assert str(items["Headline 3"].findtext("description")).endswith("/cite/2#3)")
    assert str(items["Headline 7"].findtext("description")).endswith(" ... (report_number: 7)")
    assert items["Headline 4"].findtext("link") == "https://news.example/4"
    assert items["Headline 4"].findtext("pubDate") == "Mon, 04 Mar 2024 10:00:00 +0000"
    (guid,) = items["Headline 4"].findall("guid")
    assert guid.attrib == {"isPermaLink": "false"}
    (enclosure,) = items["Headline 3"].findall("enclosure")
    assert enclosure.attrib == {
        "url": "https://pictures.example/a.jpg",
        "length": "0",
        "type": "image/jpeg",
    }
    assert answer.content.count(b"<![CDATA[") >= 14
    for name in ("dc", "content", "atom"):
        assert f"xmlns:{name}=".encode() in answer.content


def test_an_empty_database_says_so_in_its_feed(client: Client) -> None:
    found = parsed(client.get("/rss.xml"))
    assert [one.title for one in found.entries] == ["There are no reports yet."]


@pytest.mark.usefixtures("world")
def test_approved_variants_are_among_the_newest_and_others_are_not(client: Client) -> None:
    bare = {"title": "", "url": "", "source_domain": "", "submitted_at": "2025-01-01T00:00:00.000Z"}
    records.report(20, **bare, tags=["variant:approved"])
    records.report(21, **bare, tags=["variant:unreviewed"])
    records.report(22, **bare, tags=["variant:rejected"])
    records.report(23, **bare, tags=["variant:approved"])
    records.report(24, visibility="internal")
    records.incident(1, title=ODD, reports=[1, 2, 3, 20, 21, 22])
    found = parsed(client.get("/rss.xml")).entries
    # All but the incident's variants that are not approved, and what is internal.
    assert len(found) == 9
    assert found[0].title == "Variant of incident 1"
    assert found[0].link == "http://localhost/cite/1#20"


@pytest.mark.usefixtures("world")
def test_a_feed_that_the_reader_has_is_not_sent_again(client: Client) -> None:
    for address in ("/rss.xml", *(one.format("atom") for one in LISTS)):
        etag = client.get(address)["ETag"]
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304, address


# The rules of the formats


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("address", ["/rss.xml", *(one.format("rss") for one in LISTS)])
def test_rss_keeps_the_rules_that_validators_check(client: Client, address: str) -> None:
    answer = client.get(address)
    parsed(answer)
    root = ET.fromstring(answer.content)
    assert (root.tag, root.attrib["version"]) == ("rss", "2.0")
    (channel,) = root.findall("channel")
    for name in ("title", "link", "description"):
        assert channel.findtext(name)
    (own,) = channel.findall(f"{ATOM}link[@rel='self']")
    assert own.attrib["href"] == f"http://localhost{answer.request['PATH_INFO']}" + (
        f"?{answer.request['QUERY_STRING'].replace('%20', '+').replace(':', '%3A')}"
        if answer.request["QUERY_STRING"]
        else ""
    )
    parsedate_to_datetime(str(channel.findtext("lastBuildDate")))
    ids = [item.findtext("guid") for item in channel.findall("item")]
    assert len(ids) == len(set(ids))
    for item in channel.findall("item"):
        assert item.findtext("title")
        assert is_absolute(str(item.findtext("link")))
        assert parsedate_to_datetime(str(item.findtext("pubDate"))).tzinfo is not None
        if item.find("guid[@isPermaLink='true']") is not None:
            assert is_absolute(str(item.findtext("guid")))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("address", [one.format("atom") for one in LISTS])
def test_atom_keeps_the_rules_that_validators_check(client: Client, address: str) -> None:
    answer = client.get(address)
    assert parsed(answer).version == "atom10"
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    for one in (root, *root.findall(f"{ATOM}entry")):
        assert is_absolute(str(one.findtext(f"{ATOM}id")))
        assert one.findtext(f"{ATOM}title")
        assert time.from_iso(one.findtext(f"{ATOM}updated")) is not None
        assert len(one.findall(f"{ATOM}link[@rel='alternate']")) == 1
    assert len(root.findall(f"{ATOM}link[@rel='self']")) == 1
    ids = [one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("address", [one.format("jsonfeed") for one in LISTS])
def test_json_feed_keeps_its_rules(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer["Content-Type"].startswith("application/feed+json")
    found = json.loads(answer.content)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["title"]
    assert is_absolute(found["home_page_url"])
    assert is_absolute(found["feed_url"])
    for one in found["items"]:
        assert is_absolute(one["id"])
        assert one["content_text"] is not None
        assert time.from_iso(one["date_published"]) is not None
        assert all(author["name"] for author in one.get("authors", ()))
    assert len({one["id"] for one in found["items"]}) == len(found["items"])


def is_absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in url


@pytest.mark.usefixtures("world")
def test_a_feed_has_what_its_list_has(client: Client) -> None:
    def links(address: str) -> list[str]:
        return [one.link for one in parsed(client.get(address)).entries]

    incident_pages = ["http://localhost/cite/2/", "http://localhost/cite/1/"]
    assert links("/summaries/incidents.rss")[:2] == incident_pages
    assert links("/entities/acme.atom") == incident_pages
    assert links("/taxonomies/mit.rss") == incident_pages[1:]
    assert links("/cite/1.rss") == [f"http://localhost/reports/{n}/" for n in (3, 2, 1)]
    assert links("/apps/discover.rss?deployer=acme&s=nothing%20like%20it") == []
    assert links("/apps/variants.rss") == ["http://localhost/cite/3/#r30"]
    assert links("/apps/variants.atom?status=approved") == []
    assert links("/summaries/flagged.rss") == ["http://localhost/reports/31/"]
    assert links("/entities.rss?q=acm&kind=organization") == ["http://localhost/entities/acme/"]
    for narrower in ("q=nobody", "kind=person", "role=harmed"):
        assert links(f"/entities.rss?{narrower}") == []
    checklist = Checklist.objects.get()
    address = f"http://localhost/apps/checklists/{checklist.checklist_id}/"
    assert links("/apps/checklists.rss") == [address]
    for address in ("/cite/99.rss", "/entities/nobody.atom", "/taxonomies/no.jsonfeed"):
        assert client.get(address).status_code == 404


@pytest.mark.usefixtures("world")
def test_the_feed_of_submissions_says_no_more_than_the_open_queue(client: Client) -> None:
    answer = client.get("/apps/submitted.jsonfeed")
    (item,) = json.loads(answer.content)["items"]
    assert item["title"].startswith("A bus astray")
    assert b"https://news.example/bus" not in answer.content
    (row,) = review_queries.queue()
    assert row.public_id.encode() not in answer.content


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/summaries/incidents/",
        "/cite/1/",
        "/entities/acme/",
        "/taxonomies/mit/",
        "/apps/discover/?s=incident&deployer=acme",
        "/apps/variants/?status=",
        "/apps/submitted/",
        "/summaries/flagged/",
        "/entities/?q=ac",
        "/apps/checklists/",
        "/research/snapshots/",
    ],
)
def test_pages_name_their_feeds(client: Client, page: str) -> None:
    head = site.tree(client.get(page)).one("head")
    links = {
        one["type"]: one["href"]
        for one in head.all("link", rel="alternate")
        if "type" in one.attributes
    }
    assert head.all("link", href="/rss.xml", type="application/rss+xml")
    if page != "/":
        for kind in ("application/atom+xml", "application/feed+json"):
            assert client.get(links[kind]).status_code == 200
        feeds = [one["href"] for one in head.all("link", type="application/rss+xml")]
        assert len(feeds) == 2


@pytest.mark.usefixtures("world")
def test_no_feed_asks_the_database_often(client: Client) -> None:
    for address in ("/rss.xml", *(one.format("jsonfeed") for one in LISTS)):
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        assert len(captured) <= MOST_QUERIES, address


# oEmbed


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("page", ["/cite/1/", "/reports/2/", "/ja/cite/1/"])
def test_a_page_says_what_stands_for_it_on_other_sites(client: Client, page: str) -> None:
    head = site.tree(client.get(page)).one("head")
    (link,) = head.all("link", type="application/json+oembed")
    answer = client.get(link["href"].removeprefix("http://localhost"))
    found = answer.json()
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert (found["version"], found["type"]) == ("1.0", "rich")
    assert "<b>" not in found["html"]
    assert page.removeprefix("/ja") in found["html"]
    as_xml = client.get(link["href"].removeprefix("http://localhost") + "&format=xml")
    assert ET.fromstring(as_xml.content).findtext("title") is not None


@pytest.mark.usefixtures("world")
def test_nothing_stands_for_other_pages(client: Client) -> None:
    records.incident(9, visibility="internal")
    for url, status in {
        "": 404,
        "http://localhost/cite/9/": 404,
        "http://localhost/cite/999/": 404,
        "http://elsewhere.example/cite/1/": 404,
        "http://[/cite/1/": 404,
        "http://localhost/account/": 404,
    }.items():
        assert client.get("/oembed", {"url": url}).status_code == status, url
    known = {"url": "http://localhost/cite/1/"}
    assert client.get("/oembed", {**known, "format": "png"}).status_code == 501
    assert client.get("/oembed", {**known, "maxwidth": "x"}).status_code == 400
    assert client.get("/oembed", {**known, "maxwidth": "320"}).json()["width"] == 320

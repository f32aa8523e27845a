"""The report page, its text as a fragment, and numbers that are variants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.make import records
from tests.serve.site import Element, tree

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]
TEXT = "## What is known\n\nIt *fell*. <script>alert(1)</script> [More](javascript:alert(1))\n"


@pytest.fixture
def report() -> None:
    records.report(
        7,
        title="The robot fell",
        text=TEXT,
        authors=["Ann Author", "Bo Writer"],
        submitters=["Grace Hopper"],
        tags=["response"],
    )
    records.incident(3, reports=[7])
    records.incident(4, reports=[7], title="Another")


@pytest.mark.usefixtures("report")
def test_the_page_shows_everything_of_the_report(read: Read) -> None:
    page = read("/reports/7/")

    main = page.one("main")
    assert page.one("h1").text == "The robot fell"
    assert main.one("div", class_="prose").one("em").text == "fell"
    assert "Report 7" in main.text
    assert "Response" in main.one("div", class_="page-head").text
    facts = {each.one("dt").text: each.one("dd").text for each in page.section("facts").all("div")}
    assert facts == {
        "Source": "news.example",
        "Published": "Jan. 8, 2024",
        "Authors": "Ann Author, Bo Writer",
        "Submitters": "Grace Hopper",
        "Submitted": "Jan. 8, 2024",
        "Written in": "English",
    }
    assert {"https://news.example/7", "/cite/3/", "/cite/4/"} <= set(main.links())
    assert page.section("associated").links() == ["/cite/3/", "/cite/4/"]
    assert not [each for each in main.walk() if each.tag == "script"]
    assert not [link for link in main.links() if link.startswith("javascript:")]


def test_a_report_without_an_incident_is_an_issue_report(read: Read) -> None:
    records.report(7)
    assert "This is an issue report" in read("/reports/7/").section("associated").text


def test_classifications_of_the_report_are_shown(read: Read) -> None:
    records.report(7)
    records.taxonomy("CSET", records.field("Harm", "enum"))
    records.classification("CSET", None, ["Harm", '"Minor"'], report_number=7)
    assert [each.text for each in read("/reports/7/").section("classifications").all("dd")] == [
        "Minor"
    ]


def test_an_address_that_is_no_web_address_is_not_a_link(read: Read) -> None:
    records.report(7, url="javascript:alert(1)")
    records.incident(3, reports=[7])
    for address in ("/reports/7/", "/cite/3/"):
        links = read(address).one("main").links()
        assert not [link for link in links if "javascript" in link or "web.archive" in link]


@pytest.mark.usefixtures("report")
def test_the_text_alone_is_a_fragment(client: Client) -> None:
    response = client.get("/reports/7/text/")
    assert response["X-Robots-Tag"] == "noindex"
    fragment = tree(response)
    assert not fragment.all("html")
    assert "It fell." in fragment.text
    assert not fragment.all("script")
    assert client.get("/reports/8/text/").status_code == 404


def test_the_number_of_a_variant_leads_to_its_place_in_the_incident(client: Client) -> None:
    state = records.report_state(9, title="", url="", source_domain="")
    records.bring_in("report", state)
    assert client.get("/reports/9/").status_code == 404
    records.incident(3, reports=[9])

    response = client.get("/ja/reports/9/")

    assert (response.status_code, response["Location"]) == (301, "/ja/cite/3/#r9")
    assert client.get("/reports/9.json").status_code == 404
    assert client.get("/reports/9/text/").status_code == 404

"""The headers of every answer, and pages that keep to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from tests.make import records
from tests.serve.site import tree

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/cite/5/",
    "/cite/6/",
    "/reports/7/",
    "/summaries/incidents/",
    "/entities/",
    "/entities/acme/",
    "/taxonomies/",
    "/taxonomies/mit/",
    "/apps/discover/?s=text",
    "/about/",
    "/research/snapshots/",
    "/styleguide/",
    "/no/such/page/",
]
OTHERS = ["/cite/5.json", "/entities.csv", "/sitemap-0.xml", "/robots.txt", "/discover", "/x.json"]


@pytest.fixture(autouse=True)
def world() -> None:
    records.entity("acme")
    records.report(7, text='<p style="color:red" onclick="x()">A text</p>\n')
    records.incident(5, reports=[7], deployers=["acme"])
    records.duplicate(6, of=9)
    records.taxonomy("MIT", records.field("Risk Domain"))
    records.classification("MIT", 5, ["Risk Domain", '"A"'])
    sync.catch_up(at=records.AT)


def test_every_answer_is_guarded(client: Client) -> None:
    for address in (*PAGES, *OTHERS):
        check_headers(client.get(address).headers)


def check_headers(headers: Mapping[str, str]) -> None:
    parts = headers["Content-Security-Policy"].split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-cache"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_no_page_has_a_script_or_style_of_its_own(client: Client) -> None:
    for address in PAGES:
        response = client.get(f"/ar{address}")
        assert not response.cookies
        check_elements(response)


def check_elements(response: Any) -> None:
    for element in tree(response).walk():
        handlers = [name for name in element.attributes if name.startswith("on")]
        assert handlers == [], element.tag
        assert "style" not in element.attributes, element.tag
        assert element.tag != "style"
        if element.tag == "script" and "src" not in element.attributes:
            assert element["type"] == "application/ld+json"


def test_no_page_loads_anything_from_elsewhere(client: Client) -> None:
    for address in PAGES:
        for element in tree(client.get(address)).walk():
            loaded = element.attributes.get("src", "")
            if element.tag == "link" and element["rel"] in {"stylesheet", "icon"}:
                loaded = element["href"]
            assert not loaded or loaded.startswith("/static/"), loaded


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/", SERVER_NAME="evil.example").status_code == 400

"""The sitemap names every page in every language, and robots.txt names the sitemap."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from incidentbase.serve.web.pages import sitemap
from tests.make import records
from tests.serve.site import PREFIXES, body_of, tree

pytestmark = pytest.mark.django_db

NS = f"{{{sitemap.NAMESPACE}}}"


@pytest.fixture
def some_records() -> None:
    records.entity("a-&-b", "A & B")
    records.entity("unnamed")
    records.report(1)
    records.report(2)
    records.incident(5, reports=[1], deployers=["a-&-b"])
    records.incident(6)
    records.duplicate(6, of=5)
    records.taxonomy("CSETv1", records.field("Harm"))


def locations(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(body_of(response))
    return [each.text or "" for each in root.iter(f"{NS}loc")]


@pytest.mark.usefixtures("some_records")
def test_every_address_of_the_sitemap_answers(client: Client) -> None:
    assert locations(client, "/sitemap-index.xml") == ["http://localhost/sitemap-0.xml"]
    found = locations(client, "/sitemap-0.xml")

    assert len(found) == len(set(found))
    paths = [address.removeprefix("http://localhost") for address in found]
    for path in ("/", "/cite/5/", "/ja/reports/2/", "/entities/a-%26-b/", "/taxonomies/csetv1/"):
        assert path in paths
    assert not [path for path in paths if "/cite/6/" in path or "unnamed" in path]
    for path in paths:
        assert client.get(path).status_code == 200, path


@pytest.mark.usefixtures("some_records")
def test_each_page_is_there_once_in_each_language(client: Client) -> None:
    paths = locations(client, "/sitemap-0.xml")
    english = [path for path in paths if path.split("/")[3] not in PREFIXES]
    assert len(paths) == len(english) * len(PREFIXES)


@pytest.mark.usefixtures("some_records")
def test_a_long_list_is_spread_over_files(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = locations(client, "/sitemap-0.xml")
    monkeypatch.setattr(sitemap, "ADDRESSES_PER_FILE", 50)

    files = locations(client, "/sitemap-index.xml")

    assert len(files) == -(-len(whole) // 50) > 1
    parts = [locations(client, file.removeprefix("http://localhost")) for file in files]
    assert [path for part in parts for path in part] == whole
    assert client.get(f"/sitemap-{len(files)}.xml").status_code == 404


def test_an_empty_site_has_a_sitemap(client: Client) -> None:
    assert "http://localhost/about/" in locations(client, "/sitemap-0.xml")
    assert client.get(f"/sitemap-{'9' * 30}.xml").status_code == 404


def test_robots_and_pages_name_the_sitemap(client: Client) -> None:
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert "Sitemap: http://localhost/sitemap-index.xml" in robots.content.decode().splitlines()
    assert tree(client.get("/ja/about/")).one("link", rel="sitemap")["href"] == "/sitemap-index.xml"

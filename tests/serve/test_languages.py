"""Six languages: every page type answers in each, and says so to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from incidentbase.serve.web.pages.documents import ADDRESSES
from tests.make import records
from tests.serve.site import PREFIXES, Element, tree

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]

PAGES = [
    "/",
    "/cite/5/",
    "/reports/7/",
    "/summaries/incidents/",
    "/entities/",
    "/entities/acme/",
    "/taxonomies/",
    "/taxonomies/mit/",
    "/apps/discover/",
    *(f"/{address}/" for address in ADDRESSES),
]
TITLE = "</script><script>alert('&amp;')</script>"


@pytest.fixture
def world() -> None:
    records.entity("acme", "Acme")
    records.report(7, language="es", title="El robot cayó", text="El robot cayó ayer.\n")
    records.incident(5, reports=[7], deployers=["acme"], title=TITLE)
    records.taxonomy("MIT", records.field("Risk Domain"))
    records.classification("MIT", 5, ["Risk Domain", '"A"'])


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_every_language(client: Client, path: str) -> None:
    titles = set()
    for language, prefix in PREFIXES.items():
        response = client.get(prefix + path)
        assert response.status_code == 200
        assert response["Content-Language"] == language
        page = tree(response)
        html = page.one("html")
        assert (html["lang"], html["dir"]) == (language, "rtl" if language == "ar" else "ltr")
        titles.add(page.one("nav", id="side-menu").text)
        check_head(page, prefix, path)
    assert len(titles) == len(PREFIXES)


def check_head(page: Element, prefix: str, path: str) -> None:
    head = page.one("head")
    own = f"http://localhost{prefix}{path}"
    assert head.one("link", rel="canonical")["href"] == own
    alternates = [
        each for each in head.all("link", rel="alternate") if "hreflang" in each.attributes
    ]
    assert {each["hreflang"]: each["href"] for each in alternates} == {
        "en": f"http://localhost{path}",
        "ja": f"http://localhost/ja{path}",
        "es": f"http://localhost/es{path}",
        "fr": f"http://localhost/fr{path}",
        "pt-BR": f"http://localhost/pt-br{path}",
        "ar": f"http://localhost/ar{path}",
        "x-default": f"http://localhost{path}",
    }
    graph = [each for each in head.all("meta") if "property" in each.attributes]
    properties = {each["property"]: each["content"] for each in graph}
    assert properties["og:url"] == own
    assert properties["og:title"]
    assert properties["og:description"] == head.one("meta", name="description")["content"]
    switcher = [each for each in page.one("header").all("a") if "hreflang" in each.attributes]
    assert {each["lang"]: each["href"] for each in switcher} == {
        code: one + path for code, one in PREFIXES.items()
    }


@pytest.mark.usefixtures("world")
def test_links_stay_within_the_language(read: Read) -> None:
    machine_made = (".json", ".csv", ".rss", ".atom", ".jsonfeed")
    for path in PAGES:
        page = read(f"/pt-br{path}")
        links = [each["href"] for each in page.all("a") if "hreflang" not in each.attributes]
        inside = [link for link in links if link.startswith("/")]
        strays = [
            link
            for link in inside
            if not link.startswith("/pt-br/") and not link.split("?")[0].endswith(machine_made)
        ]
        assert strays == [], path


@pytest.mark.usefixtures("world")
def test_the_switcher_keeps_the_query(read: Read) -> None:
    page = read("/ja/apps/discover/?s=robot&page=2")
    assert "/ar/apps/discover/?s=robot&page=2" in page.one("header").links()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", ["/", "/cite/5/", "/reports/7/", "/entities/acme/"])
def test_json_ld_is_json_and_cannot_leave_its_element(read: Read, path: str) -> None:
    page = read(f"/fr{path}")
    data = json.loads(page.one("script", type="application/ld+json").raw)
    assert data["@context"] == "https://schema.org"
    assert len([each for each in page.all("script") if "src" not in each.attributes]) == 1
    if path == "/cite/5/":
        assert data["headline"] == TITLE
        assert data["inLanguage"] == "en"
        assert data["about"]["startDate"] == "2024-01-02"
    if path == "/reports/7/":
        assert (data["headline"], data["inLanguage"]) == ("El robot cayó", "es")


@pytest.mark.usefixtures("world")
def test_a_stored_translation_is_shown_and_marked(read: Read) -> None:
    records.incident_translation(5, "ja", "ロボットが倒れた", "昨日のこと。")
    records.incident_translation(5, "pt", "O robô caiu", "Foi ontem.")

    page = read("/ja/cite/5/")

    heading = page.one("h1")
    assert (heading.text, heading["lang"], heading["dir"]) == ("ロボットが倒れた", "ja", "ltr")
    assert "翻訳（原文：英語）" in page.one("div", class_="page-head").text
    assert read("/pt-br/cite/5/").one("h1").text == "O robô caiu"
    for path in ("/ja/summaries/incidents/", "/ja/entities/acme/", "/ja/"):
        assert "ロボットが倒れた" in read(path).one("main").text


@pytest.mark.usefixtures("world")
def test_without_a_translation_the_original_is_marked_as_such(read: Read) -> None:
    page = read("/ar/cite/5/")
    heading = page.one("h1")
    assert (heading.text, heading["lang"], heading["dir"]) == (TITLE, "en", "ltr")
    assert page.one("p", class_="lead")["lang"] == "en"


@pytest.mark.usefixtures("world")
def test_reports_say_in_which_language_they_were_written(read: Read) -> None:
    records.report_translation(7, "ar", "سقط الروبوت", "سقط الروبوت أمس.\n")

    english, arabic, spanish = (read(f"{p}/reports/7/") for p in ("", "/ar", "/es"))

    assert english.one("h1")["lang"] == spanish.one("h1")["lang"] == "es"
    assert "Original in: Spanish" in english.one("div", class_="page-head").text
    assert (arabic.one("h1")["lang"], arabic.one("h1")["dir"]) == ("ar", "rtl")
    assert "سقط الروبوت أمس." in arabic.one("main").text
    assert "El robot cayó ayer." in spanish.one("main").text


def test_a_record_written_in_the_readers_language_is_never_translated(read: Read) -> None:
    records.report(7, language="pt", title="O robô caiu")
    records.report_translation(7, "pt", "Outra coisa", "Outra coisa.\n")
    assert read("/pt-br/reports/7/").one("h1").text == "O robô caiu"


def test_the_browsers_language_has_no_say(client: Client) -> None:
    response = client.get("/about/", headers={"accept-language": "ja"})
    assert response["Content-Language"] == "en"


@pytest.mark.parametrize("path", ["/de/about/", "/en/about/", "/pt/about/", "/JA/about/"])
def test_other_prefixes_are_no_languages(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404

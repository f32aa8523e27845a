"""Duplicates, merged entities and what does not exist: never a blank page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.make import records
from tests.serve.site import PREFIXES, Element, tree

pytestmark = pytest.mark.django_db

Read = Callable[[str], Element]

NOT_FOUND = {
    "en": "Page not found",
    "ja": "ページが見つかりません",
    "es": "Página no encontrada",
    "fr": "Page introuvable",
    "pt-br": "Página não encontrada",
    "ar": "الصفحة غير موجودة",
}


@pytest.fixture
def duplicates() -> None:
    records.incident(1)
    records.duplicate(2, of=1)
    records.duplicate(3, of=2)
    records.duplicate(5, of=4)


@pytest.mark.usefixtures("duplicates")
@pytest.mark.parametrize("prefix", PREFIXES.values())
@pytest.mark.parametrize("number", [2, 3])
def test_a_duplicate_leads_to_the_end_of_its_chain(
    client: Client, prefix: str, number: int
) -> None:
    response = client.get(f"{prefix}/cite/{number}/")
    assert response.status_code == 301
    assert response["Location"] == f"{prefix}/cite/1/?from={number}"


@pytest.mark.usefixtures("duplicates")
def test_whoever_comes_from_a_duplicate_is_told_so(read: Read) -> None:
    page = read("/cite/1/?from=3")
    notice = "Incident 3 was found to be the same event as this one."
    assert notice in page.one("main").text
    assert page.one("link", rel="canonical")["href"] == "http://localhost/cite/1/"


@pytest.mark.usefixtures("duplicates")
@pytest.mark.parametrize(
    "forged", ["4", "5", "1", "999", "0", "-2", "２", "2x", "", "9" * 5000, "<script>"]
)
def test_a_forged_origin_says_nothing(read: Read, client: Client, forged: str) -> None:
    response = client.get("/cite/1/", {"from": forged})
    assert response.status_code == 200
    assert "the same event" not in tree(response).one("main").text


@pytest.mark.usefixtures("duplicates")
def test_a_duplicate_of_a_missing_incident_names_it(client: Client) -> None:
    response = client.get("/cite/5/")
    assert response.status_code == 404
    page = tree(response)
    assert page.one("h1").text == "Incident 5 is a duplicate"
    assert "the same event as incident 4" in page.one("main").text
    assert page.one("meta", name="robots")["content"] == "noindex"


@pytest.mark.usefixtures("duplicates")
def test_a_duplicate_of_a_hidden_incident_is_as_one_of_a_missing_one(client: Client) -> None:
    before = client.get("/cite/5/").content
    records.incident(4, visibility="internal")
    assert client.get("/cite/5/").content == before


@pytest.mark.usefixtures("duplicates")
def test_the_json_of_a_duplicate_leads_on_too(client: Client) -> None:
    response = client.get("/cite/3.json")
    assert (response.status_code, response["Location"]) == (301, "/cite/1.json")
    assert client.get("/cite/5.json").status_code == 404


def test_a_merged_entity_leads_to_what_it_became(client: Client) -> None:
    records.entity("acme")
    records.incident(1, deployers=["acme"])
    for old, new in (
        ("older", "old"),
        ("old", "acme"),
        ("gone", "nowhere"),
        ("a", "b"),
        ("b", "a"),
    ):
        records.bring_in(
            "entity_duplicate",
            {"object_id": records.object_id(old), "duplicate_id": old, "true_id": new},
        )
    for name in ("old", "older"):
        response = client.get(f"/es/entities/{name}/")
        assert (response.status_code, response["Location"]) == (301, "/es/entities/acme/")
    for name in ("gone", "a", "b"):
        assert client.get(f"/es/entities/{name}/").status_code == 404


@pytest.mark.parametrize("language", PREFIXES)
@pytest.mark.parametrize(
    "address",
    [
        "/cite/77/",
        "/reports/77/",
        "/entities/nobody/",
        "/taxonomies/none/",
        "/no/such/place/",
        "/cite/77.html",
        "/apps/discover/more/",
    ],
)
def test_what_is_missing_is_answered_in_the_readers_language(
    client: Client, language: str, address: str
) -> None:
    response = client.get(PREFIXES[language] + address)
    assert response.status_code == 404
    page = tree(response)
    assert page.one("html")["lang"] == language
    assert page.one("h1").text == NOT_FOUND[language]
    home = PREFIXES[language] + "/"
    assert home in page.one("main").links()


@pytest.mark.parametrize("page", ["cite", "reports"])
@pytest.mark.parametrize(
    "number", ["0", "00", "01", "-1", "1.5", "abc", "٣", "9999999999", "9" * 400, "1e3", "%00"]
)
def test_numbers_that_are_none_are_not_found(client: Client, page: str, number: str) -> None:
    for suffix in ("/", ".json"):
        response = client.get(f"/{page}/{number}{suffix}")
        assert response.status_code == 404
        assert response.content


def test_the_largest_number_that_may_exist_is_looked_up(client: Client) -> None:
    assert client.get("/cite/999999999/").status_code == 404
    assert client.get("/cite/999999999.json").status_code == 404


def test_a_page_without_its_slash_gets_it(client: Client) -> None:
    response = client.get("/ja/cite/1?a=b")
    assert (response.status_code, response["Location"]) == (301, "/ja/cite/1/?a=b")


@pytest.mark.parametrize(
    "name", ["%2e%2e", "a%20b", "%F0%9F%98%80", "%00", "'", "%22%3E%3Cscript%3E"]
)
def test_strange_names_are_not_found(client: Client, name: str) -> None:
    assert client.get(f"/entities/{name}/").status_code == 404
    assert client.get(f"/taxonomies/{name}/").status_code == 404

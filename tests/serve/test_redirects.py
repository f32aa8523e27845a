"""Addresses that have moved: permanent, in each language, with or without a slash."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.make import records

MOVED = {
    "/discover": "/apps/discover/",
    "/summaries": "/about_apps/",
    "/about_apps/1-discover": "/about_apps/",
    "/about_apps/2-submit": "/about_apps/",
    "/about_apps/3-your_app_here": "/about_apps/",
    "/apps/quickadd": "/apps/submit/",
    "/about/1-governance": "/about/",
    "/about/blog": "/blog/",
    "/research/4-taxonomies": "/taxonomies/",
    "/research": "/research/snapshots/",
    "/apps/newsSearch": "/apps/newsdigest/",
    "/research/related-work": "/research/4-related-work/",
    "/blog/incident-report-2022-january": "/blog/incident-report-2023-january/",
    "/taxonomy/cset": "/taxonomies/cset/",
    "/taxonomy/CSETv1_Annotator-1": "/taxonomies/CSETv1_Annotator-1/",
}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "/ja", "/pt-br"])
@pytest.mark.parametrize("old", MOVED)
def test_moved_addresses_lead_on_for_good(
    client: Client, old: str, prefix: str, slash: str
) -> None:
    response = client.get(f"{prefix}{old}{slash}?s=a%26b&page=2")
    assert response.status_code == 301
    assert response["Location"] == f"{prefix}{MOVED[old]}?s=a%26b&page=2"


@pytest.mark.django_db
def test_the_list_of_taxonomies_has_moved_too(client: Client) -> None:
    response = client.get("/ja/taxonomy", follow=True)
    assert response.redirect_chain[-1] == ("/ja/taxonomies/", 301)


def test_nothing_is_added_where_there_is_no_query(client: Client) -> None:
    assert client.get("/discover")["Location"] == "/apps/discover/"


@pytest.mark.parametrize("rest", ["//evil.example", "/%5Cevil.example", "//evil.example/%2e%2e"])
def test_no_rest_leads_to_another_site(client: Client, rest: str) -> None:
    assert client.get(f"/taxonomy{rest}")["Location"].startswith("/taxonomies/")


@pytest.mark.django_db
def test_a_taxonomy_has_one_address(client: Client) -> None:
    records.taxonomy("CSETv1", records.field("Harm"))
    response = client.get("/fr/taxonomies/CSETv1/")
    assert (response.status_code, response["Location"]) == (301, "/fr/taxonomies/csetv1/")
    assert client.get("/fr/taxonomies/csetv1/").status_code == 200

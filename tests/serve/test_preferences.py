"""The display choice: a cookie, and back to where the reader was, on this site only."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.serve.site import tree


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_is_kept_in_a_cookie(client: Client, theme: str) -> None:
    response = client.post("/preferences/", {"theme": theme, "next": "/ja/cite/1/?from=2"})
    assert (response.status_code, response["Location"]) == (302, "/ja/cite/1/?from=2")
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["samesite"]) == (theme, "Lax")
    page = tree(client.get("/about/"))
    assert page.one("html")["data-theme"] == theme


@pytest.mark.parametrize("theme", ["", "purple", '"><script>'])
def test_anything_else_takes_the_choice_away(client: Client, theme: str) -> None:
    client.post("/preferences/", {"theme": "dark"})
    response = client.post("/preferences/", {"theme": theme})
    assert response.cookies["theme"].value == ""
    assert "data-theme" not in tree(client.get("/about/")).one("html").attributes


def test_a_cookie_that_was_made_up_is_ignored(client: Client) -> None:
    client.cookies["theme"] = "x onload=alert(1)"
    assert "data-theme" not in tree(client.get("/about/")).one("html").attributes


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\r\nSet-Cookie: a=b",
        "/\x00/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
    ],
)
def test_no_target_leads_to_another_site(client: Client, target: str) -> None:
    response = client.post("/preferences/", {"theme": "dark", "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_reading_changes_nothing(client: Client) -> None:
    response = client.get("/preferences/?theme=dark")
    assert response.status_code == 405
    assert not response.cookies

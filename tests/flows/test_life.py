"""The whole life of a report: found, sent in, read, accepted, edited, restored, merged, undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from incidentbase.index import sync
from incidentbase.kit import clock
from incidentbase.store.accounts import rules as roles
from incidentbase.store.records import queries as recorded
from tests.flows import world
from tests.flows.conftest import Readers
from tests.ingest.capture import publisher
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

STORY = "A lift without an attendant went past every floor and nobody could get out. " * 3


@pytest.fixture(autouse=True)
def unlimited() -> None:
    cache.clear()


@pytest.fixture
def visitor(readers: Readers) -> Page:
    return readers.arrive()


@pytest.fixture
def editor(readers: Readers) -> Page:
    page = readers.arrive()
    readers.sign_in(page, people.session_key("ed@people.example", roles.INCIDENT_EDITOR))
    return page


def send_in(page: Page, settings: Any) -> str:
    """Let the form read a page of a publisher, send it in, and return where it is tracked."""
    settings.FETCH_ALLOW = publisher.ALLOW
    with publisher.running() as press:
        url = press.give(
            "/lift",
            f"<html lang=en><head><title>A lift goes its own way</title><meta name=author "
            f"content='Ann Author'><meta property='article:published_time' content='2024-01-02'>"
            f"</head><body><article><h1>A lift goes its own way</h1><p>{STORY}</p><p>{STORY} It "
            f"was mended on the next day.</p></article></body></html>",
        )
        page.goto("/apps/submit/")
        page.fill("#field-url", url)
        page.get_by_role("button", name="Fill in from the address").click()
        expect(page.locator("#field-title")).to_have_value("A lift goes its own way")
    page.wait_for_timeout(2_100)
    page.locator("[data-step]:not([hidden])").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/apps/submitted/*/?new=1")
    return page.url.partition("?")[0]


def accept(page: Page) -> None:
    """Claim the submission at the desk, complete it, and make a new incident of it."""
    page.goto("/apps/review/")
    page.get_by_role("link", name="A lift goes its own way").click()
    page.get_by_role("button", name="Claim").click()
    expect(page.locator(".desk__decision")).to_contain_text("claimed by you")
    page.fill("#field-incident_date", "2024-01-01")
    page.fill("#field-description", "A lift did not stop for its passengers.")
    for name, said in (
        ("deployers", "Tall House"),
        ("developers", "Lift Works"),
        ("harmed", "Passengers"),
    ):
        page.fill(f"#field-{name}", said)
    page.get_by_role("button", name="As a new incident").click()
    expect(page.get_by_role("status").first).to_contain_text("Accepted as report")
    sync.catch_up(at=clock.now())


def agree(page: Page, number: int, title: str) -> None:
    """Insist that the page, search, the feed and the history say the same of an incident."""
    sync.catch_up(at=clock.now())
    page.goto(f"/cite/{number}/")
    expect(page.locator("h1")).to_have_text(title)
    page.goto("/apps/discover/?s=lift")
    expect(page.locator(".incident-card .card__title")).to_have_count(1)
    expect(page.locator(".incident-card .card__title").first).to_contain_text(title)
    feed = page.request.get("/apps/discover.rss?s=lift").text()
    assert f"/cite/{number}/" in feed
    page.goto(f"/incidents/history/?incident_id={number}")
    newest = page.locator(".versions > li").first
    newest.get_by_role("link", name="This version in full").click()
    expect(page.locator(".facts")).to_contain_text(title)
    assert list(recorded.findings()) == []


def test_the_whole_life_of_a_report(visitor: Page, editor: Page, settings: Any) -> None:
    tracked = send_in(visitor, settings)
    expect(visitor.locator(".facts")).to_contain_text("Waiting for review")

    accept(editor)
    visitor.goto(tracked)
    expect(visitor.locator(".facts")).to_contain_text("Accepted")
    visitor.locator(".incident-card a").first.click()
    visitor.wait_for_url("**/cite/*/")
    number = int(visitor.url.rstrip("/").rsplit("/", 1)[1])
    agree(visitor, number, "A lift goes its own way")

    editor.goto(f"/cite/{number}/")
    editor.get_by_role("navigation", name="This record").get_by_role("link", name="Edit").click()
    editor.fill("#field-title", "A lift passes every floor")
    editor.fill("#field-reason", "as the sources say")
    editor.get_by_role("button", name="Save the changes").click()
    expect(editor.get_by_role("status").first).to_contain_text("Your changes are saved.")
    agree(visitor, number, "A lift passes every floor")
    visitor.goto(f"/incidents/history/?incident_id={number}")
    newest = visitor.locator(".versions > li").first
    expect(newest).to_contain_text("as the sources say")
    expect(newest.locator("del").first).to_contain_text("goes its own way")

    editor.goto(f"/incidents/history/?incident_id={number}")
    first = editor.locator(".versions > li").last
    first.get_by_role("link", name="This version in full").click()
    editor.get_by_role("button", name="Restore this version").click()
    editor.wait_for_url("**/history/*/")
    agree(visitor, number, "A lift goes its own way")

    editor.goto(f"/incidents/merge/?incident_id={number}&into={world.LONG_STORY}")
    editor.get_by_role("button", name="Merge", exact=True).click()
    editor.wait_for_url("**/history/*/")
    sync.catch_up(at=clock.now())
    visitor.goto(f"/cite/{number}/")
    visitor.wait_for_url(f"**/cite/{world.LONG_STORY}/?from={number}")
    visitor.goto("/apps/discover/?s=lift")
    expect(visitor.locator(".incident-card .card__number").first).to_have_text(
        f"Incident {world.LONG_STORY}"
    )
    assert list(recorded.findings()) == []

    editor.get_by_role("button", name="Undo all of this").click()
    expect(editor.locator("h1")).to_have_text("Undid an act")
    agree(visitor, number, "A lift goes its own way")

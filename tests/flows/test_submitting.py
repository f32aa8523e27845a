"""Submitting in a browser: step by step, kept while typing, filled from a page, tracked."""

from __future__ import annotations

import base64

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from incidentbase.store.submissions.models import Submission
from tests.flows.conftest import Readers
from tests.ingest.capture import publisher

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

FORM = "/apps/submit/"
TEXT = "A lift without an attendant went past every floor and nobody could get out. " * 3


# One pixel.
DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@pytest.fixture(autouse=True)
def unlimited():
    cache.clear()


def fill(page: Page):
    page.fill("#field-url", "https://press.example/lift")
    page.fill("#field-title", "A lift goes its own way")
    page.fill("#field-authors", "Ann Author")
    page.fill("#field-date_published", "2024-01-02")
    page.fill("#field-text", TEXT)


def test_a_report_is_sent_in_step_by_step_and_tracked(page: Page):
    page.goto(FORM)
    fill(page)
    page.get_by_role("button", name="Add more").click()
    expect(page.locator("#field-submitters")).to_be_focused()
    expect(page.locator("#field-title")).to_be_hidden()
    page.get_by_role("button", name="Add more").click()
    page.fill("#field-deployers", "Tall House\nLift Works, Inc.")
    page.wait_for_timeout(2_100)
    page.locator("[data-step]:not([hidden])").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/apps/submitted/*/?new=1")
    expect(page.locator("h1")).to_have_text("Your submission")
    assert Submission.objects.get().payload["deployers"] == ["Tall House", "Lift Works, Inc."]


def test_an_image_is_looked_at_on_the_step_where_it_is_named(page: Page, settings):
    settings.FETCH_ALLOW = publisher.ALLOW
    page.goto(FORM)
    fill(page)
    page.get_by_role("button", name="Add more").click()
    with publisher.running() as press:
        page.fill("#field-image_url", press.give("/lift.gif", DOT, "image/gif"))
        page.get_by_role("button", name="Preview the image").click()
        image = page.get_by_role("img", name="Preview of the image")
        expect(image).to_be_visible()
        expect(page.get_by_role("button", name="Preview the image")).to_be_focused()
    assert image.evaluate("one => one.decode().then(() => one.naturalWidth)") == 1
    expect(page.locator("#field-title")).to_have_value("A lift goes its own way")


def test_a_field_that_is_missing_is_shown_whatever_step_it_is_on(page: Page):
    page.goto(FORM)
    fill(page)
    page.fill("#field-title", "")
    page.get_by_role("button", name="Add more").click()
    page.locator("[data-step]:not([hidden])").get_by_role("button", name="Submit").click()
    expect(page.locator("#field-title")).to_be_visible()


def test_what_is_typed_is_kept_until_it_is_sent_or_cleared(page: Page):
    page.goto(FORM)
    fill(page)
    page.wait_for_timeout(800)
    assert "own way" in page.evaluate("localStorage.getItem('draft:submission')")
    page.goto("/about/")
    page.goto(FORM)
    expect(page.locator("#field-title")).to_have_value("A lift goes its own way")
    page.get_by_role("button", name="Clear the form").click()
    expect(page.locator("#field-title")).to_have_value("")


def test_the_form_is_filled_from_a_page_and_sent_without_script(readers: Readers, settings):
    settings.FETCH_ALLOW = publisher.ALLOW
    page = readers.arrive(java_script_enabled=False)
    with publisher.running() as press:
        url = press.give(
            "/lift",
            f"<html lang=en><head><title>A lift goes its own way</title><meta name=author "
            f"content='Ann Author'><meta property='article:published_time' content='2024-01-02'>"
            f"</head><body><article><h1>A lift goes its own way</h1><p>{TEXT}</p><p>{TEXT} It was "
            f"mended on the next day.</p></article></body></html>",
        )
        page.goto(FORM)
        page.fill("#field-url", url)
        page.get_by_role("button", name="Fill in from the address").click()
        expect(page.locator("#field-title")).to_have_value("A lift goes its own way")
    expect(page.locator("#field-date_published")).to_have_value("2024-01-02")
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Submit", exact=True).first.click()
    page.wait_for_url("**/apps/submitted/*/?new=1")
    assert Submission.objects.get().payload["authors"] == ["Ann Author"]


def test_names_are_offered_while_one_types_and_taken_by_keys(page: Page):
    page.goto(FORM)
    for _ in range(2):
        page.get_by_role("button", name="Add more").click()
    field = page.locator("#field-deployers")
    field.press_sequentially("Tall House\nopen")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    chosen = page.get_by_role("option", selected=True).inner_text()
    field.press("Enter")
    expect(field).to_have_value(f"Tall House\n{chosen}")
    expect(page.get_by_role("listbox")).to_have_count(0)
    field.press_sequentially("\nopen")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)


def test_an_incident_that_reads_alike_is_offered_while_one_types(page: Page):
    page.goto(FORM)
    page.fill("#field-title", "A camera mistakes a shop for another in the same street")
    page.fill("#field-text", "The camera of a shop in the street reported another shop to police.")
    offered = page.get_by_role("button", name="It is incident").first
    expect(offered).to_be_visible()
    number = offered.get_attribute("data-use")
    offered.click()
    expect(page.locator("#field-incident_ids")).to_have_value(number)

"""The review desk in a browser: keys, saving while typing, and the way from queue to incident."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from incidentbase.index import sync
from incidentbase.kit import clock
from incidentbase.store.accounts import rules as roles
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.submissions.models import Submission
from tests.flows.conftest import Readers, press
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

TEXT = "A lift without an attendant went past every floor and nobody could get out. " * 2


@pytest.fixture
def desk(readers: Readers) -> Page:
    for number in (1, 2, 3):
        draft = Draft(
            url=f"https://press.example/{number}",
            title=f"A lift goes its own way {number}",
            authors=("Ann Author",),
            date_published="2024-01-02",
            date_downloaded="2024-01-03",
            text=TEXT,
            incident_date="2024-01-01",
            description="A lift did not stop.",
            deployers=("Tall House",),
            developers=("Lift Works",),
            harmed=("visitors",),
        )
        review.submit(draft, actor=roles.anonymous(clock.now()))
    page = readers.arrive()
    readers.sign_in(page, people.session_key("ed@people.example", roles.INCIDENT_EDITOR))
    return page


def test_from_the_queue_by_keys_to_a_new_incident(desk: Page):
    desk.goto("/apps/review/?order=oldest")
    desk.get_by_role("link", name="A lift goes its own way 1").click()
    desk.wait_for_url("**/apps/review/*/?order=oldest")
    press(desk, "j")
    expect(desk.locator("#desk-source")).to_have_text("A lift goes its own way 2")
    press(desk, "k")
    expect(desk.locator("#desk-source")).to_have_text("A lift goes its own way 1")
    press(desk, "c")
    expect(desk.locator(".desk__decision")).to_contain_text("claimed by you")
    press(desk, "n")
    expect(desk.get_by_role("status").first).to_contain_text("Accepted as report")
    expect(desk.locator("#desk-source")).to_have_text("A lift goes its own way 2")
    sync.catch_up(at=clock.now())
    desk.goto("/apps/discover/?s=lift+own+way")
    expect(desk.locator(".incident-card .card__title").first).to_contain_text("its own way 1")


def test_what_is_typed_is_saved_and_letters_are_no_keys_there(desk: Page):
    desk.goto("/apps/review/")
    desk.get_by_role("link", name="A lift goes its own way 3").click()
    desk.fill("#field-incident_title", "njcakr")
    desk.locator("#field-incident_title").press("n")
    expect(desk.locator("[data-desk-state]")).to_have_text("Saved")
    desk.reload()
    expect(desk.locator("#field-incident_title")).to_have_value("njcakrn")
    assert Submission.objects.filter(incident_title="njcakrn", status="pendingReview").exists()


def test_what_is_typed_before_the_script_has_come_is_saved_too(desk: Page):
    nothing = {"body": "", "content_type": "text/javascript"}
    desk.route(re.compile(r"/js/desk(?!.*late)"), lambda route: route.fulfill(**nothing))
    desk.goto("/apps/review/")
    desk.get_by_role("link", name="A lift goes its own way 3").click()
    desk.fill("#field-incident_title", "Typed in a hurry")
    expect(desk.locator("[data-desk-help]")).to_be_hidden()
    late = desk.locator('script[src*="/js/desk"]').get_attribute("src")
    desk.evaluate("async (late) => { await import(late); }", f"{late}?late")
    expect(desk.locator("[data-desk-state]")).to_have_text("Saved")
    assert Submission.objects.filter(incident_title="Typed in a hurry").exists()


def test_a_refusal_begins_with_a_key_and_is_sent_with_its_reason(desk: Page):
    desk.goto("/apps/review/")
    desk.get_by_role("link", name="A lift goes its own way 3").click()
    desk.wait_for_url("**/apps/review/*/")
    press(desk, "r")
    expect(desk.locator("#field-code")).to_be_focused()
    desk.select_option("#field-code", "no-ai")
    desk.fill("#field-reason", "It was a broken cable.")
    desk.locator('button[value="reject"]').click()
    expect(desk.get_by_role("status").first).to_contain_text("1 submission was not accepted.")
    refusal = Submission.objects.get(status="rejected").payload["refusal"]
    assert refusal == {"code": "no-ai", "reason": "It was a broken cable."}

"""Codings in browsers: given out, coded blind by two, handed in, adjudicated by keys, exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from incidentbase.store.accounts import rules as roles
from incidentbase.store.records import queries as recorded
from tests.flows import world
from tests.flows.conftest import Readers, press
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

SAMPLE = Path(__file__).parents[1] / "samples" / "everything.yaml"
STORY = world.LONG_STORY
BOARD = f"/apps/codings/everything/incident/{STORY}/"


def window_of(readers: Readers, name: str, role: str) -> Page:
    page = readers.arrive()
    readers.sign_in(page, people.session_key(f"{name}@people.example", role))
    return page


def code(page: Page, summary: str, outcome: str, harm: str) -> None:
    """Do the one coding that waits, as somebody would."""
    page.goto("/apps/codings/")
    page.get_by_role("link", name=f"Incident {STORY}").click()
    page.get_by_role("textbox", name="1.1 Summary").fill(summary)
    page.get_by_role("radiogroup", name="1.3 Outcome").get_by_label(outcome, exact=True).check()
    page.get_by_role("group", name="1.6 Harms").first.get_by_label(harm, exact=True).check()
    # It saves itself.
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="1.1 Summary")).to_have_value(summary)
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_text("All is handed in")).to_be_visible()


def give_out(page: Page) -> None:
    """Give the record to both annotators, after a look at who would get what."""
    page.goto("/taxonomies/everything/")
    page.get_by_role("main").get_by_role("link", name="Codings", exact=True).click()
    page.get_by_role("link", name="Give out codings").click()
    page.get_by_role("textbox", name="Numbers").fill(str(STORY))
    people_to_choose = page.get_by_role("group", name="Who may classify").get_by_role("checkbox")
    for one in people_to_choose.all()[1:]:
        one.check()
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("2 codings would be given out")).to_be_visible()
    page.get_by_role("button", name="Give them out").first.click()
    expect(page.get_by_text("2 codings are given out.")).to_be_visible()


def adjudicate(page: Page) -> None:
    """Decide by keys, write an answer of one's own, look elsewhere, and save."""
    page.goto("/apps/codings/everything/adjudication/")
    page.get_by_role("link", name=f"Incident {STORY}").click()
    state = page.get_by_role("status").filter(has_text="to be decided")
    expect(state).to_contain_text("1 to be decided · 2 differences")
    summary = page.get_by_role("group", name="1.1 Summary")
    expect(summary).to_be_visible()
    expect(page.get_by_text("Keys: n and p")).to_be_visible()
    press(page, "d")
    expect(summary).to_be_hidden()
    page.keyboard.press("n")
    page.keyboard.press("2")
    expect(state).to_contain_text("0 to be decided")
    page.keyboard.press("d")
    stage = page.get_by_role("group", name="1.5 Stage")
    stage.get_by_text("Write it").click()
    stage.get_by_role("combobox").select_option("Deployment")
    expect(stage.get_by_label("Another answer")).to_be_checked()
    page.wait_for_function("() => sessionStorage.length > 0")
    page.wait_for_timeout(400)
    page.goto(f"/cite/{STORY}/")
    page.goto(BOARD)
    expect(state).to_contain_text("0 to be decided")
    page.get_by_role("button", name="Adjudicate", exact=True).click()
    expect(page.get_by_text("The record is adjudicated.")).to_be_visible()


def test_two_annotators_and_an_adjudicator(readers: Readers) -> None:
    call_command("taxonomy", "add", str(SAMPLE))
    coordinator = window_of(readers, "ed", roles.TAXONOMY_EDITOR)
    ann = window_of(readers, "ann", f"{roles.TAXONOMY_EDITOR}:Everything")
    bob = window_of(readers, "bob", roles.INCIDENT_EDITOR)
    give_out(coordinator)

    # Both code, and nobody sees anything until both are done.
    code(ann, "A camera took one shop for another.", "yes", "Mind")
    coordinator.goto(BOARD)
    expect(coordinator.get_by_text("Somebody still codes this record").first).to_be_visible()
    code(bob, "A camera took one shop for another.", "no", "Body")
    adjudicate(coordinator)

    # Readers see the decision, and the export has all of it.
    reader = readers.arrive()
    reader.goto(f"/cite/{STORY}/")
    block = reader.locator("#Everything-classifications")
    expect(block).to_contain_text("Deployment")
    answer = coordinator.request.get("/apps/codings/everything.json")
    found = json.loads(answer.text())["codings"]
    decided = {
        one["annotator"]: {said["field"]: said for said in one["answers"]}["Outcome"]
        for one in found
    }
    assert {one["value"] for one in decided.values()} == {"yes", "no"}
    second = decided["Annotator 2"]
    assert second["value"] == second["adjudicated_value"]
    assert not list(recorded.findings())

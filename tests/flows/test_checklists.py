"""A checklist in a browser: tags while typing, suggestions kept, saving by itself, the link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from incidentbase.store.checklists.models import Checklist, ChecklistRisk
from tests.flows.conftest import Readers
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def owner(readers: Readers) -> Page:
    page = readers.arrive()
    readers.sign_in(page, people.session_key("olga@people.example"))
    return page


def test_from_an_empty_checklist_to_a_shared_one(owner: Page, readers: Readers):
    owner.goto("/apps/checklists/")
    owner.get_by_role("button", name="New checklist").click()
    owner.wait_for_url("**/apps/checklists/*/edit/")
    saved = owner.locator("[data-desk-state]")

    owner.fill("#field-name", "A camera for a shop")
    owner.locator("[id='field-tags.other']").press_sequentially("bias")
    owner.get_by_role("option", name="MIT:Risk Domain:1. Bias").click()
    owner.get_by_text("What counts as a risk").click()
    owner.get_by_label("MIT: Risk Domain").check()
    expect(saved).to_have_text("Saved")
    owner.reload()
    expect(owner.locator("#field-name")).to_have_value("A camera for a shop")

    owner.locator("button[value$=':1. Bias']").click()
    owner.wait_for_url("**/edit/#risk-*")
    owner.locator("select[name$='.severity']").select_option("critical")
    owner.locator("select[name$='.likelihood']").select_option("likely")
    owner.locator("textarea[name$='risk_notes']").fill("Measured every month.")
    expect(saved).to_have_text("Saved")
    owner.reload()
    expect(owner.locator(".matrix__cell--extreme", has_text="1. Bias")).to_be_visible()
    row = Checklist.objects.get(name="A camera for a shop")
    assert ChecklistRisk.objects.get(checklist=row).payload["risk_notes"] == "Measured every month."

    owner.get_by_text("Who can see it").click()
    owner.get_by_role("button", name="Share it by a link").click()
    expect(owner.get_by_role("status").first).to_contain_text("everybody who has the link")
    owner.get_by_text("Who can see it").click()
    link = owner.locator("#checklist-link").inner_text()
    reader = readers.arrive()
    reader.goto(link)
    expect(reader.get_by_role("heading", level=1)).to_have_text("A camera for a shop")
    expect(reader.get_by_role("link", name="Edit", exact=True)).to_have_count(0)


def test_without_script_every_step_is_a_button(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    readers.sign_in(page, people.session_key("olga@people.example"))
    page.goto("/apps/checklists/")
    page.get_by_role("button", name="New checklist").click()
    page.fill("#field-name", "Plain")
    page.get_by_role("button", name="Add a risk").click()
    page.locator("input[name$='.title']").fill("Rust")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Your changes are saved.")
    expect(page.locator("article h3", has_text="Rust")).to_be_visible()
    page.get_by_text("Delete this risk").click()
    page.locator("button[value^='remove:']").click()
    expect(page.locator("article h3", has_text="Rust")).to_have_count(0)

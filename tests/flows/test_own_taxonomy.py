"""A taxonomy of one's own: its file added, used by hand, brought to its next version, exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from incidentbase.formats import taxonomies as files
from incidentbase.index import sync
from incidentbase.kit import clock
from incidentbase.store.accounts import rules as roles
from incidentbase.store.records import queries as recorded
from tests.flows import world
from tests.flows.conftest import Readers
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

SAMPLE = Path(__file__).parents[1] / "samples" / "everything.yaml"
STORY = world.LONG_STORY


@pytest.fixture
def editor(readers: Readers) -> Page:
    page = readers.arrive()
    readers.sign_in(page, people.session_key("ed@people.example", roles.TAXONOMY_EDITOR))
    return page


def fill_in(page: Page) -> None:
    """Answer a question of every type, as somebody would."""
    page.get_by_role("textbox", name="1.1 Summary").fill("A camera took one shop for another.")
    page.get_by_role("textbox", name="1.2 Account").fill("First line.\nSecond line.")
    hidden = page.get_by_role("textbox", name="1.4 Why not")
    expect(hidden).to_have_count(0)
    page.get_by_role("radiogroup", name="1.3 Outcome").get_by_label("no", exact=True).check()
    page.get_by_role("textbox", name="1.4 Why not").fill("It was switched off.")
    page.get_by_role("combobox", name="1.5 Stage").select_option("Deployment")
    harms = page.get_by_role("group", name="1.6 Harms").first
    harms.get_by_label("Mind", exact=True).check()
    harms.get_by_label("Money, goods and chattels").check()
    page.get_by_role("textbox", name="2.1 Words").fill("camera\nshop")
    page.get_by_role("radiogroup", name="2.2 Settled").get_by_label("Yes").check()
    page.get_by_role("textbox", name="2.3 Hurt").fill("3")
    page.get_by_role("textbox", name="2.4 Day").fill("2024-05")
    page.get_by_role("textbox", name="2.5 Place").fill("Oslo")
    page.get_by_role("textbox", name="Party").first.fill("The shop")
    page.get_by_role("radiogroup", name="Part", exact=True).get_by_label("bystander").check()
    page.get_by_role("button", name="Add another").click()
    page.get_by_role("textbox", name="Party").nth(1).fill("A passer-by")


def test_a_taxonomy_of_ones_own(editor: Page, tmp_path: Path) -> None:
    # Its file is checked and added on the command line.
    call_command("taxonomy", "check", str(SAMPLE))
    call_command("taxonomy", "add", str(SAMPLE))

    # It is used on the page of an incident.
    editor.goto(f"/cite/{STORY}/")
    editor.get_by_role("link", name="Everything", exact=True).click()
    fill_in(editor)
    editor.get_by_label("Publish it").check()
    editor.get_by_role("button", name="Save", exact=True).click()
    block = editor.locator("#Everything-classifications")
    expect(block).to_contain_text("A camera took one shop for another.")
    block.get_by_text("All values").click()
    expect(block).to_contain_text("Mind, Money, goods and chattels")
    expect(block).to_contain_text("(Party: The shop; Part: bystander)")

    # What is answered can be found, counted and exported.
    sync.catch_up(at=clock.now())
    editor.goto("/apps/discover/?classifications=Everything:Outcome:no")
    expect(editor.get_by_role("main")).to_contain_text(f"Incident {STORY}")
    editor.goto("/taxonomies/everything/")
    expect(editor.get_by_role("main")).to_contain_text("Deployment")

    # Its next version renames a field and merges values; the answers come along.
    following = tmp_path / "everything-2.yaml"
    following.write_text(
        SAMPLE.read_text(encoding="utf-8")
        .replace("version: 1", "version: 2")
        .replace("name: Stage", "name: Phase")
        .replace("[Idea, Design, Data, Training, Deployment, Retirement]", "[Making, Use]")
        + "changes:\n  - version: 2\n    fields: {Stage: Phase}\n    values:\n"
        "      Phase: {Idea: Making, Design: Making, Data: Making, Training: Making,\n"
        "              Deployment: Use, Retirement: Use}\n",
        encoding="utf-8",
    )
    call_command("taxonomy", "add", str(following))
    editor.goto(f"/classifications/edit/?namespace=Everything&incident_id={STORY}")
    expect(editor.get_by_role("radiogroup", name="1.5 Phase").get_by_label("Use")).to_be_checked()
    expect(editor.get_by_role("textbox", name="2.1 Words")).to_have_value("camera\nshop")

    # It is exported: the definition as a file, the answers with where they come from.
    exported = tmp_path / "exported.yaml"
    call_command("taxonomy", "export", "Everything", str(exported))
    again, _ = files.read(exported.read_text(encoding="utf-8"))
    wanted, _ = files.read(following.read_text(encoding="utf-8"))
    assert (again.fields, again.changes, again.version) == (wanted.fields, wanted.changes, 2)
    answer = editor.request.get(f"/apps/classifications.json?namespace=Everything&record={STORY}")
    (classification,) = json.loads(answer.text())["classifications"]
    said = {one["short_name"]: one for one in classification["attributes"]}
    assert said["Phase"]["value"] == "Use"
    assert said["Hurt"]["value"] == 3
    assert said["Settled"]["value"] is True
    assert said["Phase"]["provenance"]["method"] == "manual"
    assert not list(recorded.findings())

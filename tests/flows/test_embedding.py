"""The widget on another page: links to incidents, by number and by the address of a report."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.flows import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

PAGE = """
<div class="aiid-embed" id="number" data-incident-id="5"
  data-text-template="No. {{incident_id}}"></div>
<div class="aiid-embed" id="report" data-report-url="https://NEWS.example/1001?from=x#top"></div>
<div class="aiid-embed" id="unknown" data-report-url="https://nothing.example/"></div>
<div class="aiid-embed" id="silent" data-report-url="https://nothing.example/"
  data-empty-text-message=""></div>
<script src="/embed.js"></script>
"""


def test_the_widget_shows_links_to_incidents(page: Page) -> None:
    page.goto("/")
    page.set_content(PAGE)

    link = page.locator("#number a")
    expect(link).to_have_text("No. 5")
    assert str(link.get_attribute("href")).endswith("/cite/5")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    found = page.locator("#report a")
    expect(found).to_have_text(f"View incident #{world.LONG_STORY} on AIID")
    expect(page.locator("#unknown")).to_have_text("No incidents found")
    expect(page.locator("#silent")).to_be_hidden()

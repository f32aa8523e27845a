"""Discover in a browser: live results, Back, the brush, the sheet of filters, keys, no script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Readers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

PHONE = {"width": 375, "height": 720}


def test_results_follow_what_is_typed_and_keep_the_filters(page: Page):
    page.goto("/apps/discover/?deployer=city-of-harbor")
    page.evaluate("window.keptByTest = true")
    box = page.locator("#discover-s")
    box.press_sequentially("camera", delay=20)
    page.wait_for_url("**/apps/discover/?*s=camera*")
    expect(box).to_be_focused()
    expect(page.locator(".chip__value")).to_have_text("City of Harbor")
    assert "deployer=city-of-harbor" in page.url
    # A choice among the results is carried along by the next words.
    page.locator('.tabs__tab[href*="display=list"]').click()
    page.wait_for_url("**display=list**")
    box.fill("")
    box.press_sequentially("tram", delay=20)
    page.wait_for_url("**s=tram**")
    assert {"display=list", "deployer=city-of-harbor"} <= set(re.split("[?&]", page.url))
    assert page.evaluate("window.keptByTest")


def test_the_order_is_changed_in_place_and_back_undoes_it(page: Page):
    page.goto("/apps/discover/?s=camera")
    first = page.locator(".incident-card .card__title").first
    before = first.inner_text()
    page.locator("#discover-sort").select_option("incident-date-asc")
    page.wait_for_url("**sortBy=incident-date-asc**")
    expect(first).not_to_have_text(before)
    expect(page.locator("#discover-sort")).to_be_focused()
    page.go_back()
    page.wait_for_url("**/apps/discover/?s=camera")
    expect(first).to_have_text(before)


def test_arrows_go_through_the_results_and_enter_opens_one(page: Page):
    page.goto("/apps/discover/?s=camera")
    page.keyboard.press("/")
    page.locator("#discover-s").focus()
    titles = page.locator("[data-results] .card__title a")
    page.keyboard.press("ArrowDown")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#discover-s")).to_be_focused()
    page.keyboard.press("ArrowDown")
    target = titles.nth(0).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")


def test_a_span_is_brushed_over_the_years(page: Page):
    page.goto("/apps/discover/")
    plot = page.locator("[data-span] .histogram__svg").first
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=5)
    page.mouse.up()
    page.wait_for_url("**incident_date_min=**")
    first, last = re.findall(r"incident_date_(?:min|max)=(\d{4})", page.url)
    assert first < last
    expect(page.locator(".chip__value")).to_have_text(f"{first}-01-01 to {last}-12-31")
    # A click is still a choice of one year.
    page.goto("/apps/discover/")
    page.locator("[data-span] .histogram__svg a").first.click()
    page.wait_for_url("**year=**")


def test_branches_of_the_tree_are_fetched_when_opened(page: Page):
    page.goto("/apps/discover/")
    branch = page.locator(".facet__branch").first
    branch.locator("summary").click()
    expect(branch.locator(".facet__fieldname").first).to_be_visible()
    value = branch.locator(".facet__item").first
    count = value.locator(".facet__count").inner_text()
    value.click()
    page.wait_for_url("**classifications=**")
    expect(page.locator("#result-count")).to_have_text(re.compile(f"^{count} result"))


def test_a_value_is_excluded_and_taken_back(page: Page):
    page.goto("/apps/discover/")
    page.locator(".facet__exclude").first.click()
    page.wait_for_url("**not_classifications=**")
    chip = page.locator(".chip")
    expect(chip).to_contain_text("Not: Classifications")
    chip.click()
    page.wait_for_url("**/apps/discover/")
    expect(chip).to_have_count(0)


def test_on_a_phone_the_filters_are_a_sheet(readers: Readers):
    page = readers.arrive(viewport=PHONE)
    page.goto("/apps/discover/?s=camera")
    sheet = page.locator(".filters__body")
    expect(sheet).to_be_hidden()
    page.locator(".filters__label").click()
    expect(sheet).to_be_visible()
    page.locator('[data-facet="source"] > summary').click()
    page.locator('[data-facet="source"] .facet__item').first.click()
    page.wait_for_url("**source_domain=**")
    expect(page.locator(".filters__body")).to_be_visible()
    page.locator(".filters__close").click()
    expect(page.locator(".filters__body")).to_be_hidden()
    expect(page.locator(".chip")).to_have_count(1)
    page.locator(".filters__label").click()
    page.keyboard.press("Escape")
    expect(page.locator(".filters__body")).to_be_hidden()


def test_everything_works_without_script(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    page.goto("/apps/discover/")
    page.locator("#discover-s").fill("camera")
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps/discover/?s=camera**")
    page.locator("#discover-sort").select_option("incident-date-asc")
    page.locator("noscript button, .results__head button").first.click()
    page.wait_for_url("**sortBy=incident-date-asc**")
    page.locator(".facet__branch summary").first.click()
    page.locator(".facet__below a").first.click()
    page.wait_for_url("**/facets/classifications/**")
    page.locator(".facet__item").first.click()
    page.wait_for_url("**/apps/discover/?*classifications=**")
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("input[name=incident_date_min]").fill("2001")
    page.locator(".span__form button").first.click()
    page.wait_for_url("**incident_date_min=2001**")
    expect(page.locator(".chip")).to_have_count(2)
    page.locator('.tabs__tab[href*="display=table"]').click()
    page.locator("#results details.more summary", has_text="Columns").click()
    page.locator("input[name=columns][value=country]").check()
    page.locator(".choices ~ p button").click()
    page.wait_for_url("**columns=country**")
    expect(page.locator("thead th", has_text="Country")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_number_typed_and_sent_leads_to_its_incident(page: Page, language: str):
    prefix = "" if language == "en" else f"/{language}"
    page.goto(f"{prefix}/apps/discover/")
    box = page.locator("#discover-s")
    box.press_sequentially("530", delay=10)
    page.wait_for_url("**s=530**")
    expect(page.locator("#results")).to_contain_text("530")
    box.press("Enter")
    page.wait_for_url(f"**{prefix}/cite/530/")

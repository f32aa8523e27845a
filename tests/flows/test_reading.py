import re

import pytest
from playwright.sync_api import Page, expect

from tests.flows import world
from tests.flows.conftest import Readers
from tests.flows.places import address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


def search_in_header(page: Page, words: str) -> None:
    page.locator("#site-search").fill(words)
    page.locator("#site-search").press("Enter")
    page.wait_for_url("**/apps/discover/**")


def test_from_the_landing_page_to_an_article_and_back(page: Page):
    page.goto("/")
    search_in_header(page, "tram crossing bulletin")

    result = page.locator(".incident-card").first
    expect(result.locator(".passage mark").first).to_have_text(re.compile("tram", re.IGNORECASE))
    result.locator(".card__title a").click()
    page.wait_for_url(f"**/cite/{world.LONG_STORY}/")
    expect(page.locator("h1")).to_have_text("Driverless tram stopped at a crossing")

    card = page.locator("#r1001")
    full = card.locator("[data-card-full]")
    expect(full).to_be_hidden()
    card.locator("[data-card-toggle]").click()
    expect(full).to_contain_text("Nobody was hurt, says bulletin 1001.")
    assert page.url.endswith(f"/cite/{world.LONG_STORY}/"), "the text comes into the card"
    card.locator("[data-card-toggle]").click()
    expect(full).to_be_hidden()

    card.locator(".card__title a").click()
    page.wait_for_url("**/reports/1001/")
    expect(page.locator("main article.stack")).to_contain_text(
        "Nobody was hurt, says bulletin 1001."
    )
    page.locator(f'main a[href="/cite/{world.LONG_STORY}/"]').first.click()
    page.wait_for_url(f"**/cite/{world.LONG_STORY}/")


def test_all_cards_open_and_close_at_once(page: Page):
    page.goto(address("incident with a notice"))
    page.locator("details.sensitive > summary").evaluate_all(
        "all => all.forEach(one => one.click())"
    )
    page.locator('[data-cards="expand"]').click()
    texts = page.locator("[data-card-full]")
    for number in range(3):
        expect(texts.nth(number)).to_be_visible()
    expect(page.locator('[data-cards="expand"]')).to_be_disabled()
    page.locator('[data-cards="collapse"]').click()
    for number in range(3):
        expect(texts.nth(number)).to_be_hidden()


def test_sensitive_texts_are_opened_on_purpose(page: Page):
    page.goto(address("incident with a notice"))
    description = page.get_by_text("non-consensual images from pictures")
    expect(description.first).to_be_hidden()
    page.locator(".page-head details.sensitive > summary").click()
    expect(description.first).to_be_visible()


@pytest.mark.parametrize(
    ("code", "direction"),
    [("ja", "ltr"), ("es", "ltr"), ("fr", "ltr"), ("pt-br", "ltr"), ("ar", "rtl")],
)
def test_another_language_keeps_the_place(page: Page, code: str, direction: str):
    page.goto("/apps/discover/?s=camera&deployer=city-of-harbor&page=1")
    page.locator("details[data-drop] summary").first.click()
    page.locator(f'a.drop__item[hreflang="{code}"]').click()
    page.wait_for_url(f"**/{code}/apps/discover/?s=camera&deployer=city-of-harbor&page=1")

    root = page.locator("html")
    expect(root).to_have_attribute("lang", code)
    expect(root).to_have_attribute("dir", direction)
    expect(page.locator("#site-search")).to_have_value("camera")
    expect(page.locator(".chip__value")).to_have_text("City of Harbor")
    page.locator(".incident-card .card__title a").first.click()
    page.wait_for_url(f"**/{code}/cite/**")


def test_arabic_pages_are_laid_out_from_the_right(page: Page):
    page.goto(address("incident", "ar"))
    expect(page.locator("h1")).to_have_text(world.ARABIC_TITLE)
    menu = page.locator("#side-menu").bounding_box()
    main = page.locator("#main").bounding_box()
    assert menu
    assert main
    assert menu["x"] > main["x"], "the menu stands at the start of the line: at the right"


def test_the_japanese_report_page_has_all_that_the_first_sight_showed(page: Page):
    page.goto(address("report", "ja"))
    main = page.locator("main")
    # P15: title, source and year, text, the way to the source, language badge
    heading = page.locator("h1")
    expect(heading).to_have_text(world.JAPANESE_TITLE)
    expect(heading).to_have_attribute("lang", "ja")
    head = page.locator(".page-head .card__meta")
    expect(head).to_contain_text("shimbun.example")
    expect(head.locator("time")).to_contain_text("2021")
    expect(main.locator("article.stack")).to_contain_text("利用者は増え続けていた。")
    expect(main.locator(f'a[href="https://news.example/{world.SENSITIVE_REPORT}"]')).to_have_count(
        1
    )
    expect(page.locator(".page-head .badge")).to_have_count(1)
    # P16: the incident with its number, its number of reports, its title and its address
    card = main.locator("aside .incident-card")
    expect(card).to_contain_text(str(world.SENSITIVE))
    expect(card.locator(".card__meta")).to_contain_text("3")
    link = card.locator(".card__title a")
    expect(link).to_have_text(world.JAPANESE_INCIDENT)
    expect(link).to_have_attribute("href", f"/ja/cite/{world.SENSITIVE}/")
    # P17 to P20: the menu and the legal pages, all in the same language
    for path in (
        "research/1-criteria/",
        "research/4-related-work/",
        "research/snapshots/",
        "about/",
        "contact/",
        "apps/discover/",
        "summaries/incidents/",
        "taxonomies/",
    ):
        expect(page.locator(f'#side-menu a[href="/ja/{path}"]')).to_have_count(1)
    for path in ("terms-of-use/", "privacy-policy/"):
        expect(page.locator(f'footer a[href="/ja/{path}"]')).to_have_count(1)
    # P22 and P23: the build, and this page in every language
    expect(page.locator("footer .figures")).to_contain_text(re.compile(r"[0-9a-f]{7}|\d+\.\d+"))
    codes = {"": "en", "/ja": "ja", "/es": "es", "/fr": "fr", "/pt-br": "pt-br", "/ar": "ar"}
    for prefix, code in codes.items():
        path = f"{prefix}/reports/{world.SENSITIVE_REPORT}/"
        expect(page.locator(f'a.drop__item[hreflang="{code}"]')).to_have_attribute("href", path)


def test_a_facet_swaps_the_results_and_back_restores_them(page: Page):
    page.goto("/apps/discover/?s=camera")
    count = page.locator("#result-count")
    before = count.inner_text()
    page.evaluate("window.keptByTest = true")

    page.locator('[data-facet="source"] > summary').click()
    page.locator('.facet__item[href*="deployer=city-of-harbor"]').click()
    page.wait_for_url("**/apps/discover/?*deployer=city-of-harbor*")
    expect(page.locator(".chip__value")).to_have_text("City of Harbor")
    expect(page.locator(".facet__item[aria-current]")).to_be_focused()
    expect(page.locator('[data-facet="source"]')).to_have_attribute("open", "")
    expect(count).not_to_have_text(before)
    assert page.evaluate("window.keptByTest"), "only the results change, the page stays"
    expect(page.locator("#site-search")).to_have_count(1)

    page.go_back()
    page.wait_for_url("**/apps/discover/?s=camera")
    expect(count).to_have_text(before)
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#site-search")).to_have_count(1)

    page.go_forward()
    expect(page.locator(".chip__value")).to_have_text("City of Harbor")
    expect(page.locator("#site-search")).to_have_count(1)


def test_the_next_page_of_results_starts_at_its_top(page: Page):
    page.goto("/apps/discover/?s=camera")
    first = page.locator(".incident-card .card__title").first.inner_text()
    page.locator('.pager a[rel="next"]').click()
    page.wait_for_url("**page=2**")
    expect(page.locator(".incident-card .card__title").first).not_to_have_text(first)
    expect(page.locator("#result-count")).to_be_focused()
    expect(page.locator("#result-count")).to_be_in_viewport()


def test_a_report_among_results_opens_in_its_place(page: Page):
    page.goto("/apps/discover/?s=bulletin&is_incident_report=true")
    card = page.locator(".report-card").first
    card.locator("[data-card-toggle]").click()
    expect(card.locator("[data-card-full]")).to_contain_text("Nobody was hurt")
    assert page.url.endswith("?s=bulletin&is_incident_report=true")


def test_search_inside_a_facet_looks_through_all_its_values(page: Page):
    page.goto("/apps/discover/")
    facet = page.locator(".facet", has=page.locator("[data-facet-search]")).first
    if facet.get_attribute("open") is None:
        facet.locator("summary").first.click()
    facet.locator("[data-facet-search]").fill("maker c")
    expect(facet.locator(".facet__label")).to_have_text(["Maker C"])
    assert page.url.endswith("/apps/discover/")
    facet.locator("[data-facet-search]").fill("no such value")
    expect(facet).to_contain_text("No values for these results.")
    facet.locator("[data-facet-search]").press("Escape")
    expect(facet.locator(".facet__label").nth(5)).to_be_visible()


def test_everything_can_be_read_without_scripts(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    page.goto("/")
    search_in_header(page, "camera")
    before = page.locator("#result-count").inner_text()
    page.locator('.pager a[rel="next"]').click()
    page.wait_for_url("**page=2**")
    assert page.locator("#result-count").inner_text() == before
    assert page.locator(".incident-card").count() > 0

    page.locator('.facet__item[href*="deployer=city-of-harbor"]').click()
    page.wait_for_url("**deployer=city-of-harbor**")
    assert page.locator("#result-count").inner_text() != before
    assert page.locator("button.needs-js:visible").count() == 0

    page.goto(address("incident"))
    card = page.locator("#r1001")
    assert "driverless tram" in card.locator(".report-card__excerpt").inner_text()
    card.locator("[data-card-toggle]").click()
    page.wait_for_url("**/reports/1001/")
    assert "says bulletin 1001" in page.locator("main article.stack").inner_text()

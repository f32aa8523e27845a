"""The map in a browser: keys, buttons, drag, cards, legend, and all of it without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.flows import world
from tests.flows.conftest import Readers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

MAP = "/summaries/spatial/"
BOX = "document.querySelector('[data-map]').getAttribute('viewBox').split(' ').map(Number)"


def test_keys_go_from_point_to_point_and_open_one(page: Page):
    page.goto(f"{MAP}?s=camera")
    assert page.locator('.dot[tabindex="0"]').count() == 1
    page.locator('.dot[tabindex="0"]').focus()
    seen = set()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 2:
        page.keyboard.press(key)
        seen.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert len(seen) > 2
    here = page.evaluate("document.activeElement.getAttribute('href')")
    expect(page.locator(f'[data-map-card] .card__title a[href="{here}"]')).to_be_visible()
    page.keyboard.press("+")
    assert page.evaluate(BOX)[2] == 500
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{here}")


def test_buttons_zoom_in_place_and_the_address_follows(page: Page):
    page.goto(MAP)
    page.evaluate("window.keptByTest = true")
    page.locator('[data-move="in"]').click()
    page.locator('[data-move="left"]').press("Enter")
    assert page.evaluate(BOX) == [0, 250, 500, 500]
    page.wait_for_url("**zoom=2**")
    assert page.evaluate("window.keptByTest")
    page.reload()
    assert page.evaluate(BOX) == [0, 250, 500, 500]


def test_a_drag_moves_the_map_and_opens_nothing(page: Page):
    page.goto(f"{MAP}?zoom=2&at=500,500")
    dot = page.locator(".dot").first
    page.locator("[data-map]").scroll_into_view_if_needed()
    frame = page.locator("[data-map]").bounding_box()
    assert frame
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=4)
    page.mouse.up()
    left, top, side, _height = page.evaluate(BOX)
    assert (left < 250, top < 250, side) == (True, True, 500)
    assert MAP in page.url
    assert dot.count() == 1


def test_the_mouse_over_a_point_shows_its_card(page: Page):
    page.goto(f"{MAP}?incident={world.LONG_STORY}")
    page.locator(".dot--chosen").hover()
    expect(page.locator("[data-map-card]")).to_contain_text(str(world.LONG_STORY))


def test_the_first_touch_shows_the_card_and_the_second_opens(readers: Readers):
    page = readers.arrive(viewport={"width": 375, "height": 720}, has_touch=True)
    page.goto(f"{MAP}?s=camera&incident={world.LAST}")
    dot = page.locator(".dot--chosen")
    dot.tap()
    expect(dot).to_have_class("dot dot--chosen dot--none dot--at-hand")
    assert MAP in page.url
    dot.tap()
    page.wait_for_url(f"**/cite/{world.LAST}/")


def test_the_legend_hides_without_script(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    page.goto(MAP)
    box = page.locator(".map-legend__box").first
    name = box.get_attribute("id").removeprefix("map-show-")
    dot = page.locator(f"a.dot--{name}").first
    expect(dot).to_be_visible()
    box.uncheck()
    expect(dot).to_be_hidden()


def test_everything_is_reached_without_script(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    page.goto("/apps/discover/?s=camera")
    page.locator(f'.tabs a[href*="{MAP}"]').click()
    page.wait_for_url(f"**{MAP}?s=camera")
    page.locator('[data-move="in"]').click()
    page.wait_for_url("**zoom=2**")
    page.locator("[data-move]", has_text="The whole map").click()
    page.wait_for_url("**zoom=1**")
    page.locator("a.dot").first.click()
    page.wait_for_url("**/cite/*/")

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import WIDE, Readers
from tests.flows.places import address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def choose(page: Page, theme: str) -> None:
    page.locator(".drop summary:has(+ form)").click()
    page.locator(f'form[data-theme-form] button[value="{theme}"]').click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_chosen_color_scheme_stays(readers: Readers, scripts: bool):
    page = readers.arrive(java_script_enabled=scripts, color_scheme="light")
    page.goto(address("discover"))
    root = page.locator("html")
    light = background(page)
    assert root.get_attribute("data-theme") is None

    with page.expect_response("**/preferences/"):
        choose(page, "dark")
    expect(root).to_have_attribute("data-theme", "dark")
    assert page.url.endswith(address("discover")), "the reader stays on the page"
    dark = background(page)
    assert dark != light

    page.goto(address("incident", "ja"))
    expect(root).to_have_attribute("data-theme", "dark")
    assert background(page) == dark

    with page.expect_response("**/preferences/"):
        choose(page, "")
    expect(root).not_to_have_attribute("data-theme", "dark")
    assert background(page) == light, "as on the device"
    page.reload()
    assert background(page) == light


def test_without_a_choice_the_device_decides(readers: Readers):
    page = readers.arrive(color_scheme="dark")
    page.goto("/")
    dark = background(page)
    page.emulate_media(color_scheme="light")
    assert background(page) != dark


def test_the_folded_menu_stays_folded(page: Page):
    page.goto("/")
    page.locator(".side-menu__fold > summary").click()
    expect(page.locator(".menu")).to_be_hidden()
    page.goto(address("entities"))
    expect(page.locator(".menu")).to_be_hidden()
    page.locator(".side-menu__fold > summary").click()
    expect(page.locator(".menu")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_menu_opens_on_a_small_screen(readers: Readers, scripts: bool):
    page = readers.arrive(java_script_enabled=scripts, viewport={"width": 375, "height": 720})
    page.goto("/")
    expect(page.locator("#side-menu")).to_be_hidden()
    page.locator(".menu-opener").click()
    page.locator('#side-menu a[href="/entities/"]').click()
    page.wait_for_url("**/entities/")
    expect(page.locator("#side-menu")).to_be_hidden()
    page.set_viewport_size(WIDE)
    expect(page.locator("#side-menu")).to_be_visible()

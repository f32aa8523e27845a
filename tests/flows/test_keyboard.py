import pytest
from playwright.sync_api import Page, expect

from tests.flows import world
from tests.flows.places import address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

TABS = 40
FEW_ENOUGH_TABS = 60

# What a person sees of the focused element: a line or shadow around it, inside the window.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const look = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  const line = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
  return {
    name: `${at.tagName}.${at.className} ${at.textContent.trim().slice(0, 30)}`,
    marked: line || look.boxShadow !== "none",
    seen: box.width > 4 && box.height > 4 && box.right > 0 && box.left < innerWidth
      && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def focus_is_on(page: Page, selector: str) -> bool:
    return page.evaluate("name => document.activeElement.matches(name)", selector)


def test_the_first_stop_skips_to_the_content(page: Page):
    page.goto(address("discover"))
    page.keyboard.press("Tab")
    assert focus_is_on(page, ".skip-link")
    assert page.evaluate(FOCUSED)["seen"]
    page.keyboard.press("Enter")
    assert focus_is_on(page, "#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_a_search_by_keyboard_alone(page: Page):
    page.goto("/")
    page.keyboard.press("/")
    assert focus_is_on(page, "#site-search")
    page.keyboard.type("tram/crossing")
    page.keyboard.press("Escape")
    assert not focus_is_on(page, "#site-search")
    page.keyboard.press("/")
    page.keyboard.type("driverless tram", delay=0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps/discover/?s=driverless+tram")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(FEW_ENOUGH_TABS):
        page.keyboard.press("Tab")
        if focus_is_on(page, ".incident-card .card__title a"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cite/{world.LONG_STORY}/")
    expect(page.locator("h1")).to_have_text("Driverless tram stopped at a crossing")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", ["landing", "incident", "discover", "styleguide"])
def test_the_focus_is_always_seen(page: Page, place: str, theme: str):
    page.emulate_media(color_scheme=theme)
    page.goto(address(place))
    lost = []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused and not (focused["marked"] and focused["seen"]):
            lost.append(focused)
    assert lost == []


def test_escape_closes_a_menu_and_keeps_the_focus(page: Page):
    page.goto("/")
    opener = page.locator("details[data-drop] summary").first
    opener.focus()
    page.keyboard.press("Enter")
    panel = page.locator(".drop__panel").first
    expect(panel).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()

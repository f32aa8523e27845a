from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from incidentbase.store.accounts import actions, queries, rules
from incidentbase.store.webhooks import actions as webhooks
from incidentbase.store.webhooks.rules import WebhookDraft
from tests.flows import world
from tests.flows.conftest import WIDE, Readers, Watch
from tests.flows.places import MISSING, PLACES, SIGNED_IN, address
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

NARROWEST = {"width": 320, "height": 640}
PHONE = {"width": 375, "height": 720}
ON_A_PHONE = ("incident", "discover")
MOST_BYTES = 100_000
MOST_BYTES_OF_SCRIPT = 30_000

RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLORS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}

# Names what reaches over the edge, so that a failure says what to mend.
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
    })
    .slice(0, 5)
    .map((one) => `${one.tagName}.${one.getAttribute("class")}`)
    .concat(`page is ${root.scrollWidth} wide`);
}"""

OPEN_ALL = """() => {
  for (const one of document.querySelectorAll("main details")) one.open = true;
}"""


def violations(page: Page, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found
        for node in one["nodes"][:4]
    ]


def faults_of(page: Page, place: str, language: str) -> list[str]:
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    page.goto(address(place, language))
    faults = {}
    if language == "en":
        page.evaluate(OPEN_ALL)
    faults["light"] = violations(page, RULES)
    page.emulate_media(color_scheme="dark")
    faults["dark"] = violations(page, COLORS)
    if place in ON_A_PHONE:
        page.set_viewport_size(PHONE)
        faults["on a phone"] = violations(page, RULES)
    page.set_viewport_size(NARROWEST)
    faults["narrow"] = page.evaluate(TOO_WIDE)
    return [f"{place}, {name}: {fault}" for name, found in faults.items() for fault in found]


@pytest.mark.parametrize(
    "language",
    ["en", pytest.param("ja", marks=pytest.mark.slow), pytest.param("ar", marks=pytest.mark.slow)],
)
def test_axe_finds_nothing(page: Page, watch: Watch, language: str):
    watch.expected.append(MISSING)
    faults = [fault for place in PLACES for fault in faults_of(page, place, language)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["en", pytest.param("ar", marks=pytest.mark.slow)])
def test_axe_finds_nothing_when_signed_in(page: Page, language: str):
    session = people.signed_in(people.ANN, "admin", "taxonomy_editor:MIT").cookies["sessionid"]
    own = people.viewer(str(queries.id_of_address(people.ANN)))
    actions.create_token("mirror", rules.READ, actor=own)
    coding = world.make_codings(own.account_id)
    draft = WebhookDraft("https://8.8.8.8/hook", ("incident.changed",))
    webhook = webhooks.create_webhook(draft, actor=own)
    webhooks.send_ping(webhook, actor=own)
    cookie = {"name": "sessionid", "value": session.value, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])
    faults = [fault for place in SIGNED_IN for fault in faults_of(page, place, language)]
    for further in (
        f"/admin/accounts/{own.account_id}/",
        f"/codings/{coding}/",
        f"/account/webhooks/{webhook}/",
    ):
        page.goto(further)
        faults += violations(page, RULES)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_open_menus(page: Page, theme: str):
    page.emulate_media(color_scheme=theme)
    page.goto(address("document"))
    for opener in page.locator("details[data-drop] > summary").all():
        opener.click()
        faults = violations(page, RULES)
        assert not faults, "\n".join(faults)
    page.set_viewport_size(PHONE)
    page.locator(".menu-opener").click()
    expect(page.locator("#side-menu")).to_be_visible()
    faults = violations(page, RULES)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("place", ["landing", "incident", "discover"])
def test_the_first_load_is_small(readers: Readers, place: str):
    page = readers.arrive(viewport=WIDE)
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    page.goto(address(place), wait_until="networkidle")
    weights: Counter[str] = Counter()
    for request in finished:
        sizes = request.sizes()
        weights[request.resource_type] += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    weights.pop("image", None)
    assert weights["script"] <= MOST_BYTES_OF_SCRIPT, weights
    assert weights.total() <= MOST_BYTES, weights

"""Signing in with a browser: codes, passkeys, and what works without script."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tests.flows.conftest import Readers, Watch
from tests.make import people

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


def give_keys(page: Page) -> None:
    """Give the window a device that keeps passkeys and always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def sign_in(page: Page, address: str = "/login/") -> None:
    page.goto(address)
    page.get_by_label("E-mail address").fill(people.ANN)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(people.newest_code())
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page, *, alone: bool = True) -> None:
    page.goto("/account/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    if not alone:
        page.get_by_label("Sign in with this passkey alone").uncheck()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".recovery li")).to_have_count(10)


def sign_out(page: Page) -> None:
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_reader_signs_in_from_a_page_and_comes_back_to_it(page: Page):
    page.goto("/about/")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, page.url)
    expect(page).to_have_url(re.compile("/about/$"))
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_text(people.ANN)).to_be_visible()


def test_everything_but_passkeys_works_without_script(readers: Readers):
    page = readers.arrive(java_script_enabled=False)
    sign_in(page)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_label("First name").fill("Ann")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your names have been saved.")).to_be_visible()
    page.goto("/account/tokens/")
    page.get_by_label("Name").fill("mirror")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#new-token")).to_have_text(re.compile("^ib_"))
    page.goto("/account/security/passkeys/add/")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_alone(page: Page):
    give_keys(page)
    sign_in(page)
    add_passkey(page)
    sign_out(page)

    page.goto("/login/?redirectTo=/about/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page).to_have_url(re.compile("/about/$"))
    expect(page.get_by_role("link", name="Account")).to_be_visible()


def test_a_passkey_is_the_second_factor_after_a_code(page: Page):
    give_keys(page)
    sign_in(page)
    add_passkey(page, alone=False)
    sign_out(page)
    cache.clear()

    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey_confirms_what_matters_and_can_be_removed(page: Page):
    give_keys(page)
    sign_in(page)
    add_passkey(page)
    sign_out(page)
    page.goto("/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto("/account/security/")
    page.get_by_role("link", name=re.compile("^Remove")).click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove the passkey").click()

    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()


def test_a_browser_that_gives_no_passkey_is_told_so(page: Page, watch: Watch):
    give_keys(page)
    page.goto("/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()
    sign_in(page, page.url)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

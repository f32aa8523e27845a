"""One's own account: names, sessions, deletion, links and passwords."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import translation

from incidentbase.serve.web import entering
from incidentbase.serve.web.pages.accounts import device
from incidentbase.store.accounts import rules
from incidentbase.store.accounts.models import Account, ApiToken
from incidentbase.store.history.models import Change
from incidentbase.store.records import queries as curation
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from tests.make import people, records
from tests.serve.site import tree

pytestmark = pytest.mark.django_db

OWN_PAGES = [
    "/account/",
    "/account/submissions/",
    "/account/sessions/",
    "/account/tokens/",
    "/account/delete/",
    "/account/security/",
    "/account/security/passkeys/add/",
    "/account/security/app/add/",
]


@pytest.mark.parametrize("address", OWN_PAGES)
def test_a_visitor_is_asked_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")
    assert client.post(address, {"first_name": "X"}).status_code == 302


@pytest.mark.parametrize("address", OWN_PAGES)
def test_own_pages_have_no_script_or_style_in_them_and_are_never_kept(address: str) -> None:
    response = people.signed_in().get(address)
    assert "no-store" in response["Cache-Control"]
    for element in tree(response).walk():
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "style" not in element.attributes
        if element.tag == "script" and "src" not in element.attributes:
            assert element["type"] == "application/json"


def test_names_are_set_and_stay_out_of_the_history() -> None:
    client = people.signed_in()
    before = Change.objects.count()
    client.post("/account/", {"first_name": " Ann ", "last_name": "Author"})
    account = Account.objects.get()
    assert account.full_name == "Ann Author"
    assert Change.objects.count() == before
    page = tree(client.get("/account/"))
    assert page.one("input", name="first_name")["value"] == "Ann"


def test_a_name_that_is_too_long_is_refused() -> None:
    response = people.signed_in().post("/account/", {"first_name": "x" * 151})
    assert tree(response).one("input", name="first_name")["aria-invalid"] == "true"
    assert Account.objects.get().first_name == ""


def test_the_account_page_shows_address_and_roles() -> None:
    text = tree(people.signed_in("ed@example.org", "taxonomy_editor:MIT").get("/account/")).text
    assert "ed@example.org" in text
    assert "Subscriber, Taxonomy editor of MIT" in text
    assert "All accounts" not in text


def test_posted_roles_and_addresses_change_nothing() -> None:
    client = people.signed_in()
    form = {"first_name": "A", "roles": "admin", "email": "x@example.org", "is_active": ""}
    client.post("/account/", form)
    account = Account.objects.get()
    assert account.email == people.ANN
    assert [role.role for role in account.roles.all()] == ["subscriber"]


def test_sessions_are_listed_and_can_be_ended_from_elsewhere(client: Client) -> None:
    other = Client(SERVER_NAME="localhost", headers={"user-agent": "Firefox/120.0 (Windows)"})
    people.enter(other)
    people.enter(client)
    page = tree(client.get("/account/sessions/"))
    rows = [row.text for row in page.one("tbody").all("tr")]
    assert len(rows) == 2
    assert "This session" in rows[0]
    assert "Firefox on Windows" in rows[1]
    assert "127.0.0.1" in rows[1]

    client.post(page.one("tbody").one("form")["action"])

    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200
    assert len(tree(client.get("/account/sessions/")).one("tbody").all("tr")) == 1


def test_nobody_ends_sessions_of_others(client: Client) -> None:
    other = people.browser()
    people.enter(other, "bob@example.org")
    people.enter(client)
    number = Account.objects.get(email="bob@example.org").usersession_set.get().pk
    client.post(f"/account/sessions/{number}/end/")
    assert other.get("/account/").status_code == 200


def test_a_session_that_has_run_out_is_not_listed(client: Client, frozen_time: Any) -> None:
    people.enter(people.browser())
    frozen_time.shift(dt.timedelta(days=6))
    people.enter(client)
    assert len(tree(client.get("/account/sessions/")).one("tbody").all("tr")) == 1


def test_deleting_an_account_asks_once_more_and_leaves_nothing_personal(client: Client) -> None:
    people.enter(client)
    account = Account.objects.get()
    client.post("/account/", {"first_name": "Ann", "last_name": "Author"})
    client.post("/account/tokens/", {"name": "mine", "scope": "read", "lifetime": "0"})
    records.incident(5, editors=[account.public_id])
    assert client.get("/account/delete/").status_code == 200
    assert Account.objects.get().is_active

    assert client.post("/account/delete/")["Location"] == "/"

    account.refresh_from_db()
    assert (account.email, account.full_name, account.is_active) == (None, "", False)
    assert account.last_login is None
    assert not account.roles.exists()
    assert not account.usersession_set.exists()
    assert not ApiToken.objects.exists()
    assert not Session.objects.exists()
    assert account.edited_incidents.count() == 1
    assert client.get("/account/").status_code == 302
    assert list(curation.findings()) == []


def test_an_address_can_be_used_again_after_deletion(client: Client) -> None:
    people.enter(client)
    client.post("/account/delete/")
    people.enter(client)
    assert client.get("/account/").status_code == 200
    assert Account.objects.count() == 2


def test_the_only_admin_cannot_leave() -> None:
    client = people.signed_in(people.ANN, "admin")
    response = client.post("/account/delete/")
    assert response.status_code == 409
    assert "only admin" in tree(response).one(role="alert").text
    assert Account.objects.get().is_active


def link_to(public_id: str) -> str:
    with translation.override("en"):  # whatever page was read before
        return entering.login_path(Account.objects.get(public_id=public_id))


def test_a_link_signs_in_by_its_button_and_once(client: Client) -> None:
    path = link_to(people.account())
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert client.get("/account/").status_code == 302
    assert client.post(path)["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    other = people.browser()
    assert other.get(path).status_code == 410
    assert other.post(path).status_code == 410
    assert other.get("/account/").status_code == 302


def test_a_link_is_worth_nothing_after_a_day(client: Client, frozen_time: Any) -> None:
    path = link_to(people.account())
    frozen_time.shift(dt.timedelta(days=1, seconds=1))
    assert client.post(path).status_code == 410


def test_a_link_of_one_account_is_none_of_another(client: Client) -> None:
    key = link_to(people.account()).split("/")[-2]
    other = people.account("bob@example.org")
    assert client.post(f"/login/link/{other}/{key}/").status_code == 410
    assert client.post(f"/login/link/nobody/{key}/").status_code == 410


PASSWORD_PAGES = [
    "/login/password/",
    "/account/security/password/",
    "/account/security/password/new/",
]


@pytest.mark.parametrize("address", PASSWORD_PAGES)
def test_there_are_no_passwords_unless_the_operator_allows_them(address: str) -> None:
    assert people.signed_in().get(address).status_code == 404


def test_passwords_can_be_allowed(client: Client, settings: Any) -> None:
    settings.PASSWORDS = True
    owner = people.signed_in()
    word = "a long enough phrase"
    page = "/account/security/password/new/"
    short = owner.post(page, {"password1": "short", "password2": "short"})
    assert short.status_code == 200
    assert not Account.objects.get().has_usable_password()
    owner.post(page, {"password1": word, "password2": word})
    assert Account.objects.get().check_password(word)

    wrong = client.post("/login/password/", {"login": people.ANN, "password": "another phrase"})
    assert wrong.status_code == 200
    answer = client.post("/login/password/", {"login": people.ANN, "password": word})
    assert answer["Location"] == "/account/"
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Version/17.0 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        ("curl/8.0", "Unknown device"),
    ],
)
def test_devices_are_told_in_words(user_agent: str, said: str) -> None:
    with translation.override("en"):
        assert device(user_agent) == said


def test_people_see_what_became_of_what_they_sent_in(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    ann = people.signed_in()
    own = people.viewer(Account.objects.get(email=people.ANN).public_id)
    for title, actor in (
        ("A bus goes its own way", own),
        ("Not of this account", rules.anonymous(records.AT)),
    ):
        review.submit(draft(title), actor=actor)
    assert "You have not sent in anything yet" in tree(signed_in_other()).text

    page = tree(ann.get("/account/submissions/"))

    assert "A bus goes its own way" in page.text
    assert "Waiting for review" in page.text
    assert "Not of this account" not in page.text
    (link,) = [one for one in page.links() if one.startswith("/apps/submitted/") and len(one) > 30]
    assert "A bus goes its own way" in tree(ann.get(link)).text


def test_the_form_knows_the_name_of_who_is_signed_in(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    ann = people.signed_in()
    ann.post("/account/", {"first_name": "Ann", "last_name": "Example"})

    page = tree(ann.get("/apps/submit/"))

    assert page.one("input", name="submitters")["value"] == "Ann Example"


def signed_in_other() -> Any:
    return people.signed_in("bo@example.org").get("/account/submissions/")


def draft(title: str) -> Draft:
    return Draft(
        url="https://news.example/bus",
        title=title,
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-02",
        text="A bus without a driver went past its stop and nobody could get off. " * 2,
    )

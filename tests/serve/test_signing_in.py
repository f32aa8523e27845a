"""Signing in and up by a code: one form, the same answers to everybody, and nowhere else after."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from incidentbase.store.accounts.models import Account
from incidentbase.store.history.models import Change
from incidentbase.store.records import queries as curation
from tests.make import people
from tests.serve.site import tree

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "evil.example",
]


def ask(client: Client, email: str = people.ANN, **more: str) -> Any:
    return client.post("/login/", {"email": email, **more})


def confirm(client: Client, code: str = "", **more: str) -> Any:
    return client.post("/login/code/", {"code": code or people.newest_code(), **more})


def next_fields(response: Any) -> list[str]:
    """Return where the forms of a page lead afterwards; the header has one of its own."""
    return [field["value"] for field in tree(response).one("main").all("input", name="next")]


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_new_address_gets_an_account_that_is_a_subscriber(client: Client) -> None:
    assert ask(client, " Ann@Example.ORG ").status_code == 302
    assert not Account.objects.exists()

    response = confirm(client)

    assert (response.status_code, response["Location"]) == (302, "/account/")
    account = Account.objects.get()
    assert account.email == people.ANN
    assert [role.role for role in account.roles.all()] == ["subscriber"]
    assert is_signed_in(client)


def test_the_history_knows_of_a_new_account_but_nothing_personal(client: Client) -> None:
    people.enter(client)
    account = Account.objects.get()
    change = Change.objects.get(kind="account")
    assert (change.key, change.action) == (account.public_id, "account.create")
    assert people.ANN not in repr(list(Change.objects.values()))
    assert list(curation.findings()) == []


def test_a_known_address_signs_in_to_its_account(client: Client) -> None:
    public_id = people.account()
    people.enter(client)
    assert is_signed_in(client)
    assert Account.objects.get().public_id == public_id


def test_known_and_unknown_addresses_get_the_same_answers(client: Client) -> None:
    people.account()
    other = people.browser()
    known, unknown = ask(client), ask(other, "bob@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    pages = [each.get("/login/code/").content.decode() for each in (client, other)]
    assert _bare(pages[0]) == _bare(pages[1])
    wrong = [confirm(each, "WRNG-CODE").content.decode() for each in (client, other)]
    assert _bare(wrong[0]) == _bare(wrong[1])
    assert [message.to for message in mail.outbox] == [[people.ANN], ["bob@example.org"]]


def _bare(page: str) -> str:
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return page.replace(people.ANN, "ADDRESS").replace("bob@example.org", "ADDRESS")


def test_a_code_takes_spaces_and_small_letters(client: Client) -> None:
    ask(client)
    confirm(client, f" {people.newest_code().lower().replace('-', ' ')} ")
    assert is_signed_in(client)


def test_a_wrong_code_is_said_beside_the_field(client: Client) -> None:
    ask(client)
    page = tree(confirm(client, "WRNG-CODE"))
    assert page.one("input", name="code")["aria-invalid"] == "true"
    assert not is_signed_in(client)


def test_after_three_wrong_codes_the_right_one_is_worth_nothing(client: Client) -> None:
    ask(client)
    for _ in range(3):
        confirm(client, "WRNG-CODE")
    response = confirm(client)
    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert not is_signed_in(client)
    assert not Account.objects.exists()


def test_a_code_is_worth_nothing_after_a_quarter_of_an_hour(
    client: Client, frozen_time: Any
) -> None:
    ask(client)
    frozen_time.shift(dt.timedelta(minutes=16))
    assert confirm(client)["Location"] == "/login/"
    assert not is_signed_in(client)


def test_a_code_works_only_where_it_was_asked_for(client: Client) -> None:
    ask(client)
    other = people.browser()
    assert confirm(other)["Location"] == "/login/"
    assert not is_signed_in(other)


def test_a_code_works_once(client: Client) -> None:
    ask(client)
    code = people.newest_code()
    confirm(client, code)
    client.post("/logout/")
    assert confirm(client, code)["Location"] == "/login/"
    assert not is_signed_in(client)


def test_another_code_can_be_sent_and_replaces_the_first(client: Client) -> None:
    ask(client)
    first = people.newest_code()
    client.post("/login/code/", {"action": "resend"})
    assert people.newest_code() != first
    confirm(client, first)
    assert not is_signed_in(client)
    confirm(client)
    assert is_signed_in(client)


def test_a_mistyped_address_can_be_replaced(client: Client) -> None:
    ask(client, "amn@example.org")
    assert client.get("/login/").status_code == 200
    ask(client)
    confirm(client)
    assert Account.objects.get().email == people.ANN


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_refused_beside_the_field(client: Client, email: str) -> None:
    response = ask(client, email)
    assert response.status_code == 200
    assert tree(response).one("input", name="email")["aria-invalid"] == "true"
    assert mail.outbox == []


def test_nobody_is_flooded_with_codes(client: Client) -> None:
    answers = [ask(people.browser()).status_code for _ in range(5)]
    assert answers == [302, 302, 302, 200, 200]
    assert len(mail.outbox) == 3


def test_two_who_sign_up_with_one_address_share_one_account(client: Client) -> None:
    other = people.browser()
    ask(client)
    first = people.newest_code()
    ask(other)
    confirm(client, first)
    confirm(other)
    assert is_signed_in(client)
    assert is_signed_in(other)
    assert Account.objects.count() == 1


def test_a_mail_server_that_does_not_answer_is_told_and_nothing_breaks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    response = ask(client)
    assert response.status_code == 503
    assert "Please try again later." in tree(response).one("div", role="alert").text


@pytest.mark.parametrize("name", ["next", "redirectTo", "callbackUrl"])
@pytest.mark.parametrize("target", ["/cite/5/?a=b", "http://localhost/cite/5/?a=b"])
def test_people_return_to_where_they_were(client: Client, name: str, target: str) -> None:
    given = set(next_fields(client.get("/login/", {name: target})))
    assert given == {"/cite/5/?a=b"}
    code_page = ask(client, next=given.pop())["Location"]
    again = next_fields(client.get(code_page))[0]
    assert confirm(client, next=again)["Location"] == "/cite/5/?a=b"
    assert client.get("/login/", {name: target})["Location"] == "/cite/5/?a=b"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_to_another_site(client: Client, target: str) -> None:
    for name in ("next", "redirectTo", "callbackUrl"):
        assert next_fields(client.get("/login/", {name: target})) == []
    code_page = ask(client, next=target)["Location"]
    assert code_page == "/login/code/"
    assert confirm(client, next=target)["Location"] == "/account/"
    assert client.get("/login/", {"redirectTo": target})["Location"] == "/account/"
    assert client.post("/logout/", {"next": target})["Location"] == "/"


def test_signing_up_is_the_same_form(client: Client) -> None:
    response = client.get("/signup/?redirectTo=/about/")
    assert response["Location"] == "/login/?redirectTo=/about/"
    assert client.get("/login?redirectTo=/about/")["Location"] == "/login/?redirectTo=/about/"


def test_signing_out_needs_a_button(client: Client) -> None:
    people.enter(client)
    assert client.get("/logout/").status_code == 200
    assert is_signed_in(client)
    client.post("/logout/")
    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_forms_sent_by_other_sites_are_refused() -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert ask(strict).status_code == 403
    assert mail.outbox == []


def test_a_session_lasts_five_days_and_is_renewed_once_a_day(
    client: Client, frozen_time: Any
) -> None:
    people.enter(client)
    assert client.cookies["sessionid"]["max-age"] == 5 * 86_400
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
    client.get("/about/")
    frozen_time.shift(dt.timedelta(hours=1))
    assert "sessionid" not in client.get("/about/").cookies
    frozen_time.shift(dt.timedelta(days=4))
    assert "sessionid" in client.get("/about/").cookies
    frozen_time.shift(dt.timedelta(days=4))
    assert is_signed_in(client)
    frozen_time.shift(dt.timedelta(days=5, seconds=1))
    assert not is_signed_in(client)


def test_who_does_not_sign_in_gets_no_cookie_and_the_same_page(client: Client) -> None:
    people.account()
    first = client.get("/about/")
    assert not first.cookies
    assert first["Cache-Control"] == "no-cache"
    other = Client(SERVER_NAME="localhost")
    other.cookies["sessionid"] = "made-up"
    assert other.get("/about/").content == first.content


def test_a_page_for_who_is_signed_in_is_not_kept_for_others(client: Client) -> None:
    people.enter(client)
    page = client.get("/about/")
    assert page["Cache-Control"] == "private, no-cache"
    assert "Cookie" in page["Vary"]
    links = [link for link in tree(page).one("header").links() if "account" in link]
    assert links == ["/account/"]
    assert "no-store" in client.get("/account/")["Cache-Control"]
    assert "no-store" in client.get("/login/code/")["Cache-Control"]


def test_the_header_leads_to_signing_in_and_back(client: Client) -> None:
    links = tree(client.get("/about/?a=b")).one("header").links()
    assert "/login/?next=%2Fabout%2F%3Fa%3Db" in links


@pytest.mark.parametrize("prefix", ["", "/ja", "/es", "/fr", "/pt-br", "/ar"])
def test_signing_in_works_in_every_language(client: Client, prefix: str) -> None:
    client.post(f"{prefix}/login/", {"email": people.ANN})
    response = client.post(f"{prefix}/login/code/", {"code": people.newest_code()})
    assert response["Location"] == f"{prefix}/account/"
    assert client.get(f"{prefix}/account/").status_code == 200


def test_each_visitor_behind_a_proxy_is_counted_apart(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(25):
        shown = {"HTTP_X_FORWARDED_FOR": f"203.0.113.99, 198.51.100.{number}"}
        assert (
            client.post("/login/", {"email": f"a{number}@example.org"}, **shown).status_code == 302
        )
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    answers = [
        client.post("/login/", {"email": f"b{number}@example.org"}).status_code
        for number in range(25)
    ]
    assert answers.count(302) == 20


def test_a_made_up_chain_of_proxies_breaks_nothing(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    for chain in ("nonsense", "198.51.100.1", "a, b, c", ""):
        response = client.post("/login/", {"email": people.ANN}, HTTP_X_FORWARDED_FOR=chain)
        assert response.status_code in {200, 302}

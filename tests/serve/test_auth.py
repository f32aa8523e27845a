"""Signing in as scripts of the reference database do: link, cookies, and what nobody may forge."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from incidentbase.serve.http import cookies
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import around
from incidentbase.serve.web.adapters import AccountAdapter, MailNotSent
from incidentbase.store.accounts import rules
from incidentbase.store.accounts.models import Account
from tests.make import people, records
from tests.serve.site import tree
from tests.serve.test_signing_in import ELSEWHERE

pytestmark = pytest.mark.django_db

SENT = "http://localhost/api/auth/verify-request?provider=http-email&type=email"
BOTH = (cookies.SESSION, cookies.SECURE_SESSION)


def token_of(client: Client) -> str:
    return str(client.get("/api/auth/csrf").json()["csrfToken"])


def ask(client: Client, email: str = people.ANN, *, query: str = "", **more: str) -> Any:
    given = {"email": email, "csrfToken": token_of(client), "redirect": "false", "json": "true"}
    return client.post(f"/api/auth/signin/http-email{query}", {**given, **more})


def newest_link() -> str:
    """Return the interstitial's address in the newest mail."""
    found = re.search(r"^http\S+$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def newest_callback() -> str:
    address = urlsplit(newest_link())
    assert address.path == "/magic-link"
    return parse_qs(address.query)["link"][0].removeprefix("http://localhost")


def importer(email: str = people.ANN, **more: str) -> Client:
    """Return a client that sends a session's key in both cookies and has no other."""
    browser = people.browser()
    ask(browser, email, **more)
    key = browser.get(newest_callback()).cookies[cookies.SESSION].value
    return with_cookies(**dict.fromkeys(BOTH, key))


def with_cookies(**given: str) -> Client:
    client = people.browser()
    for name, value in given.items():
        client.cookies[name] = value
    return client


def session_of(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/auth/session").json()
    return found


def test_the_importer_of_the_reference_signs_in_and_reads_as_an_editor(frozen_time: Any) -> None:
    public_id = people.account(people.ANN, rules.INCIDENT_EDITOR, "taxonomy_editor:MIT")
    records.incident(7, visibility=rules.RESTRICTED)

    client = importer()

    assert session_of(client) == {
        "user": {
            "email": people.ANN,
            "id": public_id,
            "roles": ["incident_editor", "subscriber", "taxonomy_editor_mit"],
        },
        "expires": "2026-03-09T05:06:07.000Z",
    }
    assert client.get("/api/v1/incidents/7").status_code == 200
    assert people.browser().get("/api/v1/incidents/7").status_code == 404


def test_a_visitor_has_an_empty_session(client: Client) -> None:
    assert session_of(client) == {}
    assert session_of(with_cookies(**dict.fromkeys(BOTH, "madeup" * 5))) == {}


def test_an_old_cookie_beside_a_living_one_does_no_harm() -> None:
    good = importer().cookies[cookies.SESSION].value
    for one, other in ((good, "old" * 10), ("old" * 10, good)):
        client = with_cookies(**{cookies.SESSION: one, cookies.SECURE_SESSION: other})
        assert session_of(client)["user"]["email"] == people.ANN


def test_the_cookies_of_the_reference_open_no_pages() -> None:
    assert importer().get("/account/").status_code == 302


def test_the_cookie_of_the_site_counts_for_programs_too() -> None:
    assert session_of(people.signed_in())["user"]["email"] == people.ANN


def test_a_token_is_no_session() -> None:
    client = people.browser()
    assert (
        client.get("/api/auth/session", headers={"Authorization": "Bearer ib_x"}).status_code == 401
    )


def test_the_cookies_are_safe_ones(client: Client, settings: Any) -> None:
    ask(client)
    response = client.get(newest_callback())
    for name in (cookies.SESSION, settings.SESSION_COOKIE_NAME):
        cookie = response.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["max-age"] == 5 * 86_400


def test_on_https_the_cookies_have_the_names_and_marks_for_it(
    client: Client, settings: Any
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    assert client.get("/api/auth/csrf").cookies[cookies.HOST_CSRF]["secure"]
    ask(client)
    response = client.get(newest_callback())
    assert response.cookies[cookies.SECURE_SESSION]["secure"]
    assert cookies.SESSION not in response.cookies


def test_a_new_address_gets_an_account_and_is_led_to_it(client: Client) -> None:
    assert ask(client, " Ann@Example.ORG ", callbackUrl="/cite/1/").json() == {"url": SENT}
    assert not Account.objects.exists()
    response = client.get(newest_callback())
    after = "/account/?callbackUrl=http%3A%2F%2Flocalhost%2Fcite%2F1%2F"
    assert (response.status_code, response["Location"]) == (302, after)
    assert Account.objects.get().email == people.ANN
    assert re.fullmatch("[0-9a-f]{24}", session_of(client)["user"]["id"])
    assert client.get("/account/").status_code == 200


def test_json_is_taken_as_forms_are(client: Client) -> None:
    people.account()
    given = {"email": people.ANN, "csrfToken": token_of(client), "callbackUrl": "/cite/1/"}
    answer = client.post("/api/auth/signin/http-email", given, content_type="application/json")
    assert answer.json() == {"url": SENT}
    assert client.get(newest_callback())["Location"] == "/cite/1/"


@pytest.mark.parametrize("query", ["", "?operation=signup", "?operation=login"])
def test_known_and_unknown_addresses_get_the_same_answer(client: Client, query: str) -> None:
    people.account()
    answers = [ask(client, email, query=query) for email in (people.ANN, "bob@example.org")]
    assert [answer.json() for answer in answers] == [{"url": SENT}] * 2
    first, second = (dict(answer.items()) for answer in answers)
    assert first == second
    reached = [message.to[0] for message in mail.outbox]
    assert reached == [people.ANN, "bob@example.org"][: 1 if "login" in query else 2]
    assert Account.objects.count() == 1


def test_an_unsent_mail_tells_nothing_to_who_may_only_sign_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise MailNotSent

    people.account()
    monkeypatch.setattr(AccountAdapter, "send_mail", fail)
    assert ask(client, query="?operation=login").json() == {"url": SENT}
    for email in (people.ANN, "bob@example.org"):
        assert "error=EmailSignin" in ask(client, email).json()["url"]


@pytest.mark.parametrize(
    "email",
    ["", "ann", "a@b@example.org", '"ann"@example.org', "ann@localhost", "@example.org", "a b@x.y"],
)
def test_what_is_no_address_gets_no_link(client: Client, email: str) -> None:
    assert ask(client, email).json()["url"].endswith("/api/auth/error?error=EmailSignin")
    assert mail.outbox == []


def test_a_second_address_gets_nothing(client: Client) -> None:
    ask(client, "ann@example.org,evil.example")
    assert mail.outbox[0].to == [people.ANN]
    ask(client, "ann@example.org\r\nBcc: eve@evil.example")
    assert len(mail.outbox) == 1


def test_asking_often_is_slowed_down(client: Client) -> None:
    answers = [ask(client).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert len(mail.outbox) == 5


def test_a_link_works_once(client: Client) -> None:
    ask(client)
    address = newest_callback()
    client.get(address)
    response = people.browser().get(address)
    assert response["Location"] == "/auth-error/?error=Verification"
    assert cookies.SESSION not in response.cookies


def test_a_link_works_for_a_day_and_for_its_address_only(client: Client, frozen_time: Any) -> None:
    people.account("bob@example.org", rules.ADMIN)
    ask(client)
    address = newest_callback()
    assert "error" in client.get(address.replace("ann%40", "bob%40"))["Location"]
    frozen_time.shift(dt.timedelta(hours=24, seconds=1))
    assert "error" in client.get(address)["Location"]
    assert session_of(client) == {}


def test_the_database_holds_no_secret_of_a_link(client: Client) -> None:
    ask(client)
    secret = parse_qs(urlsplit(newest_callback()).query)["token"][0]
    assert re.fullmatch("[0-9a-f]{64}", secret)
    kept = repr(list(Session.objects.values()))
    assert "link." in kept
    assert secret not in kept


def test_what_keeps_a_link_is_no_session(client: Client) -> None:
    ask(client)
    key = Session.objects.get().session_key
    assert session_of(with_cookies(**dict.fromkeys(BOTH, key))) == {}


def test_only_the_button_follows_a_link(client: Client) -> None:
    ask(client)
    page = client.get(newest_link(), follow=True)
    link = tree(page).one("main").one("input", name="link")["value"]
    assert session_of(client) == {}
    response = client.post("/magic-link/", {"link": link})
    assert response["Location"] == newest_callback()
    client.get(response["Location"], headers={"Sec-Fetch-Site": "same-origin"})
    assert session_of(client)["user"]["email"] == people.ANN


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_no_other_site_signs_a_browser_in(client: Client, site: str) -> None:
    ask(client)
    response = client.get(newest_callback(), headers={"Sec-Fetch-Site": site})
    assert response["Location"].startswith("/magic-link/?link=%2Fapi%2Fauth%2Fcallback")
    assert session_of(client) == {}
    client.get(newest_callback())
    assert session_of(client) != {}


def test_looking_at_the_head_of_a_link_does_not_use_it_up(client: Client) -> None:
    ask(client)
    people.browser().head(newest_callback())
    client.get(newest_callback())
    assert session_of(client) != {}


@pytest.mark.parametrize("elsewhere", [*ELSEWHERE, "http://localhost:80@evil.example/", "data:,x"])
def test_nobody_is_led_to_another_site(client: Client, elsewhere: str) -> None:
    people.account()
    assert client.get("/magic-link/", {"link": elsewhere}).status_code == 400
    assert client.post("/magic-link/", {"link": elsewhere}).status_code == 400
    ask(client, callbackUrl=elsewhere)
    given = parse_qs(urlsplit(newest_callback()).query)
    assert given["callbackUrl"] == ["http://localhost/"]
    given["callbackUrl"] = [elsewhere]
    assert client.get("/api/auth/callback/http-email", given)["Location"] == "/"
    out = {"csrfToken": token_of(client), "callbackUrl": elsewhere}
    assert client.post("/api/auth/signout", out).json() == {"url": "http://localhost/"}


def test_signing_out_ends_the_session_everywhere() -> None:
    client = importer()
    twin = with_cookies(**{cookies.SESSION: client.cookies[cookies.SESSION].value})
    assert client.post("/api/auth/signout", {}).json()["url"].endswith("/signout?csrf=true")
    assert session_of(client) != {}
    response = client.post("/api/auth/signout", {"csrfToken": token_of(client)})
    assert response.json() == {"url": "http://localhost/"}
    assert response.cookies[cookies.SESSION]["max-age"] == 0
    assert session_of(twin) == {}


def test_a_session_is_listed_and_ended_on_the_account_page() -> None:
    browser = people.browser()
    ask(browser)
    key = browser.get(newest_callback()).cookies[cookies.SESSION].value
    script = with_cookies(**dict.fromkeys(BOTH, key))
    own = people.browser()
    people.enter(own)
    ends = [one["action"] for one in tree(own.get("/account/sessions/")).one("main").all("form")]
    assert len(ends) >= 1
    for address in ends:
        own.post(address)
    assert session_of(script) == {}


def test_a_session_lives_for_five_days_and_is_extended_once_a_day(frozen_time: Any) -> None:
    client = importer()
    first = session_of(client)["expires"]
    frozen_time.shift(dt.timedelta(hours=23))
    assert session_of(client)["expires"] == first
    frozen_time.shift(dt.timedelta(hours=2))
    response = client.get("/api/auth/session")
    assert response.json()["expires"] == "2026-03-10T06:06:07.000Z"
    assert response.cookies[cookies.SESSION]["max-age"] == 5 * 86_400
    frozen_time.shift(dt.timedelta(days=5, seconds=1))
    assert session_of(client) == {}


@pytest.mark.parametrize("address", ["/api/auth/signin/http-email", "/api/auth/signout"])
def test_without_the_token_against_forgery_nothing_happens(address: str) -> None:
    client = importer()
    mail.outbox.clear()
    token = token_of(client)
    forged = {"email": "bob@example.org", "csrfToken": "0" * 64}
    for given in ({}, forged):
        assert "csrf=true" in client.post(address, given).json()["url"]
    client.cookies[cookies.CSRF] = f"{'0' * 64}|{token}"
    assert "csrf=true" in client.post(address, forged).json()["url"]
    assert mail.outbox == []
    assert session_of(client) != {}


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
        ("application/json", True),
    ],
)
@pytest.mark.parametrize("name", [*BOTH, "sessionid"])
def test_a_post_that_other_sites_can_send_comes_without_its_session(
    name: str, kind: str, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def note(request: Any) -> str:
        seen.append(viewer_of(request).account_id)
        return "somebody"

    client = with_cookies(**{name: importer().cookies[cookies.SESSION].value})
    monkeypatch.setattr(around, "_who", note)
    client.post("/api/semanticallyRelated", '{"text": "a"}', content_type=kind)
    assert [bool(account) for account in seen] == [counts]


@pytest.mark.parametrize(
    "address",
    ["csrf", "providers", "session", "signin", "signin/http-email", "callback/http-email",
     "signout", "verify-request", "error"],
)  # fmt: skip
def test_no_answer_is_kept_on_the_way(client: Client, address: str) -> None:
    response = client.get(f"/api/auth/{address}")
    assert response.status_code in (200, 302)
    assert response["Cache-Control"] == "no-store, max-age=0"
    assert "Access-Control-Allow-Origin" not in response


def test_the_provider_is_told(client: Client) -> None:
    assert client.get("/api/auth/providers").json() == {
        "http-email": {
            "id": "http-email",
            "name": "Email",
            "type": "email",
            "signinUrl": "http://localhost/api/auth/signin/http-email",
            "callbackUrl": "http://localhost/api/auth/callback/http-email",
        }
    }


@pytest.mark.parametrize(
    ("address", "status"),
    [("/login", 200), ("/logout", 200), ("/verify-request", 200), ("/account", 200),
     ("/auth-error?error=Verification", 200), ("/auth-error?error=x", 200)],
)  # fmt: skip
def test_the_pages_have_the_addresses_of_the_reference(address: str, status: int) -> None:
    assert people.signed_in().get(address, follow=True).status_code == status


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"csrfToken": 1}', "[" * 100_000])
def test_a_broken_body_is_answered(client: Client, body: str) -> None:
    for address in ("signin/http-email", "signout"):
        answer = client.post(f"/api/auth/{address}", body, content_type="application/json")
        assert "csrf=true" in answer.json()["url"]

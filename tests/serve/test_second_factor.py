"""The second factor without a browser's keys: authenticator app, recovery codes, confirmation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from incidentbase.store.accounts import actions
from incidentbase.store.accounts.models import Account, ApiToken
from tests.make import people, records
from tests.serve.site import tree

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_time")]

TOKEN = {"name": "x", "scope": "read", "lifetime": "0"}


def app_code(secret: str) -> str:
    """Return the code that an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def owner() -> Client:
    """Return a client signed in by a code."""
    client = people.browser()
    people.enter(client)
    return client


@pytest.fixture
def secret(owner: Client, frozen_time: Any) -> str:
    """Set up an app for the owner and return its key."""
    page = tree(owner.get("/account/security/app/add/"))
    key = page.one("code", class_="key").text
    response = owner.post("/account/security/app/add/", {"code": app_code(key)})
    assert response["Location"] == "/account/security/codes/"
    frozen_time.shift(60)  # a code is taken once
    return key


def recovery_codes(owner: Client) -> list[str]:
    page = tree(owner.get("/account/security/codes/"))
    return [code.text for code in page.one("ul", class_="recovery").all("code")]


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_an_app_is_set_up_with_a_picture_and_a_key(owner: Client) -> None:
    page = tree(owner.get("/account/security/app/add/"))
    assert page.one("img", class_="qr")["src"].startswith("data:image/svg+xml;base64,")
    wrong = owner.post("/account/security/app/add/", {"code": "000000"})
    assert tree(wrong).one("input", name="code")["aria-invalid"] == "true"


def test_ten_recovery_codes_come_with_the_app(owner: Client, secret: str) -> None:
    codes = recovery_codes(owner)
    assert len(set(codes)) == 10
    saved = owner.get("/account/security/codes/text/")
    assert saved["Content-Type"].startswith("text/plain")
    assert saved.content.decode().split() == codes


def test_the_person_is_told_by_mail(owner: Client, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        key = tree(owner.get("/account/security/app/add/")).one("code", class_="key").text
        owner.post("/account/security/app/add/", {"code": app_code(key)})
    message = mail.outbox[-1]
    assert message.to == [people.ANN]
    assert "An authenticator app was set up." in str(message.body)


def test_a_code_by_mail_alone_is_then_not_enough(secret: str) -> None:
    client = people.browser()
    client.post("/login/", {"email": people.ANN, "next": "/about/"})
    answer = client.post("/login/code/", {"code": people.newest_code(), "next": "/about/"})
    assert answer["Location"] == "/login/second-factor/"
    assert not is_signed_in(client)
    wrong = client.post("/login/second-factor/", {"code": "000000"})
    assert tree(wrong).one("input", name="code")["aria-invalid"] == "true"
    assert not is_signed_in(client)
    right = client.post("/login/second-factor/", {"code": app_code(secret)})
    assert right["Location"] == "/about/"
    assert is_signed_in(client)


def test_the_second_factor_cannot_be_asked_for_first(client: Client, secret: str) -> None:
    assert client.get("/login/second-factor/")["Location"] == "/login/"
    answer = client.post("/login/second-factor/", {"code": app_code(secret)})
    assert answer["Location"] == "/login/"
    assert not is_signed_in(client)


def test_a_recovery_code_signs_in_once(owner: Client, secret: str) -> None:
    code = recovery_codes(owner)[0]
    for expected in (True, False):
        client = people.browser()
        people.enter(client)
        client.post("/login/second-factor/", {"code": code})
        assert is_signed_in(client) is expected
    assert code not in recovery_codes(owner)


def test_guessing_the_second_factor_is_slowed_down(secret: str) -> None:
    client = people.browser()
    people.enter(client)
    for _ in range(6):
        client.post("/login/second-factor/", {"code": "000000"})
    client.post("/login/second-factor/", {"code": app_code(secret)})
    assert not is_signed_in(client)


def test_what_matters_is_confirmed_first(owner: Client, secret: str, frozen_time: Any) -> None:
    frozen_time.shift(600)
    asked = owner.post("/account/tokens/", TOKEN)
    assert asked["Location"].startswith("/account/security/confirm/?next=")
    assert owner.post("/account/delete/").status_code == 302
    assert Account.objects.get().is_active
    assert not ApiToken.objects.exists()
    assert owner.get(asked["Location"]).status_code == 200


def test_once_confirmed_it_goes_on_where_it_stopped(
    owner: Client, secret: str, frozen_time: Any
) -> None:
    frozen_time.shift(600)
    asked = owner.post("/account/tokens/", TOKEN)["Location"]
    form = {"code": app_code(secret), "next": "/account/tokens/"}
    response = owner.post(asked, form)
    assert response.status_code == 200
    assert ApiToken.objects.get().name == "x"


def test_the_app_can_be_removed(owner: Client, secret: str) -> None:
    asked = owner.post("/account/security/app/remove/")["Location"]
    owner.post(asked, {"code": app_code(secret), "next": "/account/security/app/remove/"})
    owner.post("/account/security/app/remove/")
    people.enter(client := people.browser())
    assert is_signed_in(client)


def test_an_operator_resets_what_was_lost(owner: Client, secret: str) -> None:
    account = Account.objects.get()
    actions.forget_credentials(account.public_id, actor=records.actor())
    assert not is_signed_in(owner)
    people.enter(client := people.browser())
    assert is_signed_in(client)


NONSENSE = ["", "x", "{}", "[]", "null", "1", "\0", '{"id": "x"}', '{"id": 1, "rawId": []}']
NONSENSE += [
    json.dumps({"id": "eA", "rawId": "eA", "type": "public-key", "response": response})
    for response in (
        None,
        {},
        {"clientDataJSON": "x", "attestationObject": "x", "authenticatorData": "x"},
        {"clientDataJSON": "e30", "attestationObject": "oA", "signature": "e30"},
        {
            "clientDataJSON": "e30",
            "authenticatorData": "e30",
            "signature": "e30",
            "userHandle": "zzzz",
        },
    )
]


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_is_not_added_as_a_passkey(owner: Client, credential: str) -> None:
    owner.get("/account/security/passkeys/add/")
    answer = owner.post("/account/security/passkeys/add/", {"credential": credential})
    assert answer.status_code == 200
    assert not Account.objects.get().authenticator_set.exists()


@pytest.mark.parametrize("credential", NONSENSE)
def test_a_passkey_that_makes_no_sense_is_refused(client: Client, credential: str) -> None:
    begun = client.get("/login/passkey/", HTTP_ACCEPT="application/json")
    assert "challenge" in begun.json()["request_options"]["publicKey"]
    answer = client.post("/login/passkey/", {"credential": credential})
    assert answer["Location"] == "/login/"
    assert not is_signed_in(client)

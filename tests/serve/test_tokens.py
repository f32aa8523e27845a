"""API tokens: made once, kept as digests, narrower than their account, never a session."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path

from incidentbase.config import urls
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.accounts import actions, rules
from incidentbase.store.accounts.models import ApiToken
from incidentbase.store.records import queries as curation
from tests.make import people, records
from tests.serve.site import tree

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def tell(request: HttpRequest) -> JsonResponse:
    """Tell as whom a request is taken, posts included."""
    viewer = viewer_of(request)
    return JsonResponse({"label": viewer.label, "roles": sorted(viewer.roles), "s": viewer.scope})


urlpatterns = [path("tell/", tell), *urls.urlpatterns]
handler404 = urls.handler404


@pytest.fixture
def make() -> Iterator[Any]:
    """Return what makes a token of an account with roles."""
    made: dict[str, str] = {}

    def token(*roles: str, scope: str = "read", days: int = 0, email: str = people.ANN) -> str:
        public_id = made.setdefault(email, "") or people.account(email, *roles)
        made[email] = public_id
        until = records.AT + dt.timedelta(days=days) if days else None
        actor = people.viewer(public_id)
        return actions.create_token("a program", scope, expires_at=until, actor=actor).text

    return token


def bearer(text: str, **more: Any) -> Client:
    headers = {"authorization": f"Bearer {text}"}
    return Client(SERVER_NAME="localhost", headers=headers, enforce_csrf_checks=True, **more)


def test_a_token_is_shown_once_and_only_its_digest_is_kept() -> None:
    client = people.signed_in()
    form = {"name": "mirror", "scope": "read", "lifetime": "90"}
    page = client.post("/account/tokens/", form).content.decode()
    text = re.search(r"ib_[\w-]{43}", page)[0]  # type: ignore[index]
    token = ApiToken.objects.get()
    assert text not in repr(vars(token))
    assert text not in client.get("/account/tokens/").content.decode()
    assert bearer(text).get("/tell/").json()["label"].startswith("account:")
    assert token.expires_at is not None
    assert list(curation.findings()) == []


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "scope": "read", "lifetime": "90"},
        {"name": "x", "scope": "admin", "lifetime": "90"},
        {"name": "x", "scope": "full", "lifetime": "90"},
        {"name": "x", "scope": "read", "lifetime": "36500"},
        {"name": "x" * 101, "scope": "read", "lifetime": "90"},
    ],
)
def test_a_token_that_makes_no_sense_is_refused(form: dict[str, str]) -> None:
    response = people.signed_in().post("/account/tokens/", form)
    assert response.status_code == 200
    assert tree(response).all("ul", class_="errorlist")
    assert not ApiToken.objects.exists()


def test_a_token_is_its_account_but_never_an_admin(make: Any) -> None:
    told = bearer(make("admin", scope="edit")).get("/tell/").json()
    assert told["roles"] == ["incident_editor", "submitter", "subscriber", "taxonomy_editor"]
    assert told["s"] == "edit"


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        ("read", []),
        ("submit", ["submitter"]),
        ("edit", ["submitter", "incident_editor"]),
    ],
)
def test_actions_hold_a_token_to_its_scope(scope: str, may: list[str]) -> None:
    owner = people.viewer(people.account(people.ANN, "submitter", "incident_editor"))
    viewer = rules.narrowed(owner, scope)
    allowed = []
    for role in ("submitter", "incident_editor", "admin"):
        try:
            rules.require(viewer, role)
        except rules.NotPermitted:
            continue
        allowed.append(role)
    assert allowed == may


def test_an_editor_reads_with_a_reading_token_what_editors_read(make: Any) -> None:
    records.incident(5, visibility="internal")
    assert bearer(make("incident_editor")).get("/cite/5.json").status_code == 200
    assert bearer(make(email="bob@example.org")).get("/cite/5.json").status_code == 404


def test_answers_to_tokens_are_not_kept_for_others(make: Any) -> None:
    response = bearer(make()).get("/about/")
    assert response["Cache-Control"].startswith("private")
    assert "Authorization" in response["Vary"]
    assert not response.cookies


@pytest.mark.parametrize("text", ["", "x", "ib_", "ib_made-up", "ib_\udcff", "IB_x"])
def test_a_wrong_token_is_a_problem_and_not_a_visitor(text: str) -> None:
    client = Client(SERVER_NAME="localhost")
    response = client.get("/about/", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_ends_on_its_day(make: Any, frozen_time: Any) -> None:
    client = bearer(make(days=30))
    assert client.get("/tell/").status_code == 200
    frozen_time.shift(dt.timedelta(days=30))
    assert client.get("/tell/").status_code == 401


def test_a_revoked_token_is_wrong_at_once(make: Any) -> None:
    text = make()
    owner = people.browser()
    owner.force_login(ApiToken.objects.get().account)
    page = tree(owner.get("/account/tokens/"))
    owner.post(page.one("table").one("form")["action"])
    assert bearer(text).get("/tell/").status_code == 401
    assert list(curation.findings()) == []


def test_nobody_revokes_tokens_of_others(make: Any) -> None:
    text = make()
    token_id = ApiToken.objects.get().public_id
    people.signed_in("bob@example.org").post(f"/account/tokens/{token_id}/revoke/")
    assert bearer(text).get("/tell/").status_code == 200


def test_tokens_of_a_deleted_account_are_wrong(make: Any) -> None:
    text = make()
    account = ApiToken.objects.get().account
    actions.erase(account.public_id, actor=people.viewer(account.public_id))
    assert bearer(text).get("/tell/").status_code == 401


def test_posts_with_a_token_need_no_csrf_token_and_posts_with_a_cookie_do(make: Any) -> None:
    assert bearer(make()).post("/tell/").status_code == 200
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(ApiToken.objects.get().account)
    assert strict.post("/tell/").status_code == 403


def test_a_wrong_token_takes_away_the_session_beside_it() -> None:
    client = people.signed_in()
    assert client.post("/tell/", HTTP_AUTHORIZATION="Bearer ib_made-up").status_code == 401


def test_a_token_beside_a_session_counts_alone(make: Any) -> None:
    text = make("incident_editor")
    admin = people.signed_in("root@example.org", "admin")
    told = admin.get("/tell/", HTTP_AUTHORIZATION=f"Bearer {text}").json()
    assert told["roles"] == ["incident_editor", "subscriber"]
    assert admin.get("/account/", HTTP_AUTHORIZATION=f"Bearer {text}").status_code == 302


def test_a_token_opens_neither_account_nor_admin_pages(make: Any) -> None:
    client = bearer(make("admin", scope="edit"))
    assert client.get("/account/tokens/").status_code == 302
    assert client.get("/admin/").status_code == 404
    form = {"name": "x", "scope": "edit", "lifetime": "0"}
    assert client.post("/account/tokens/", form).status_code == 302
    assert ApiToken.objects.count() == 1


def test_last_use_is_noted_now_and_then(make: Any, frozen_time: Any) -> None:
    client = bearer(make())
    client.get("/tell/")
    first = ApiToken.objects.get().last_used_at
    assert first == records.AT
    frozen_time.shift(60)
    client.get("/tell/")
    assert ApiToken.objects.get().last_used_at == first
    frozen_time.shift(300)
    client.get("/tell/")
    assert ApiToken.objects.get().last_used_at > first


def test_other_schemes_are_left_alone(client: Client) -> None:
    assert client.get("/about/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200

"""The image of a draft, looked at in the form and at the desk: fetched once, shown, not kept."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.serve.http import limits
from incidentbase.store.accounts import rules as roles
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from tests.ingest.capture import publisher
from tests.ingest.capture.publisher import Publisher
from tests.make import people, records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

FORM = "/apps/submit/"
GIF = b"GIF89a" + bytes(20)
SHOWN = f"data:image/gif;base64,{base64.b64encode(GIF).decode()}"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Iterator[None]:
    cache.clear()
    frozen_time.move_to(records.AT)
    yield
    cache.clear()


@pytest.fixture
def press(settings: Any) -> Iterator[Publisher]:
    settings.FETCH_ALLOW = publisher.ALLOW
    with publisher.running() as one:
        yield one


def look(client: Client, url: str, **typed: str) -> Any:
    return client.post(FORM, {"do": "preview-image", "image_url": url, **typed})


def pictures(page: Element) -> list[str]:
    return [one["src"] for one in page.all("img")]


def trouble(response: Any) -> str:
    (place,) = site.tree(response).all("div", **{"data-step-here": ""})
    return place.all("div", role="alert")[0].text


def test_an_image_is_shown_within_the_page_and_nothing_typed_is_lost(
    client: Client, press: Publisher
) -> None:
    url = press.give("/bus.gif", GIF, "image/png")

    response = look(client, url, title="My own title")

    page = site.tree(response)
    assert response.status_code == 200
    assert pictures(page) == [SHOWN]
    assert page.one("input", id="field-image_url")["value"] == url
    assert page.one("input", id="field-title")["value"] == "My own title"
    assert "data:" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_nothing_is_fetched_until_somebody_asks(client: Client, press: Publisher) -> None:
    url = press.give("/bus.gif", GIF, "image/gif")

    page = site.tree(client.get(FORM, {"image_url": url, "do": "preview-image"}))

    assert pictures(page) == []
    assert press.asked == []


@pytest.mark.parametrize(
    "url", ["", "nothing", "javascript:alert(1)", "http://127.0.0.1:1/", "http://169.254.169.254/"]
)
def test_an_address_that_is_not_fetched_is_explained(client: Client, url: str) -> None:
    response = look(client, url)

    assert response.status_code == 422
    assert trouble(response)
    assert "169.254" not in trouble(response)
    assert pictures(site.tree(response)) == []


def test_what_is_no_image_is_not_shown(client: Client, press: Publisher) -> None:
    url = press.give("/bus.svg", "<svg onload='alert(1)'></svg>", "image/svg+xml")

    response = look(client, url)

    assert response.status_code == 422
    assert "This is not a PNG, JPEG, WebP or GIF image." in trouble(response)
    assert b"onload=" not in response.content


def test_nobody_looks_too_often(client: Client, press: Publisher, monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "image", (1, 3600))
    url = press.give("/bus.gif", GIF, "image/gif")

    assert look(client, url).status_code == 200
    assert look(client, url).status_code == 429
    assert press.asked.count("/bus.gif") == 1


def test_other_sites_cannot_have_images_fetched(press: Publisher) -> None:
    careful = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    assert look(careful, press.give("/bus.gif", GIF, "image/gif")).status_code == 403
    assert press.asked == []


@pytest.fixture
def submission() -> str:
    draft = Draft(
        url="https://news.example/1",
        title="A bus goes its own way",
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-02",
        text=TEXT,
    )
    return review.submit(draft, actor=roles.anonymous(records.AT))


def test_at_the_desk_it_is_shown_and_what_was_typed_is_saved(
    press: Publisher, submission: str
) -> None:
    address = f"/apps/review/{submission}/"
    ed = people.signed_in("ed@people.example", "incident_editor")
    form = {
        one["name"]: one.attributes.get("value", one.raw)
        for one in site.tree(ed.get(address)).one("form", **{"data-desk": ""}).walk()
        if one.tag in ("input", "textarea") and one["name"] != "csrfmiddlewaretoken"
    }
    url = press.give("/bus.gif", GIF, "image/gif")

    response = ed.post(address, {**form, "image_url": url, "do": "preview-image"})

    page = site.tree(response)
    assert pictures(page) == [SHOWN]
    saved = recorded.state_of("submission", submission)
    assert saved is not None
    assert (saved["image_url"], saved["status"]) == (url, "pendingReview")
    again = {**form, "seen": page.one("input", name="seen")["value"], "do": "preview-image"}
    missing = ed.post(address, {**again, "image_url": press.url + "/none"})
    assert missing.status_code == 422
    assert "has nothing at this address" in trouble(missing)


@pytest.mark.parametrize("role", ["", "subscriber", "submitter", "taxonomy_editor"])
def test_nobody_else_has_anything_fetched_or_saved_at_the_desk(
    client: Client, press: Publisher, submission: str, role: str
) -> None:
    other = people.signed_in("ann@people.example", role) if role else client
    url = press.give("/bus.gif", GIF, "image/gif")
    head = history.head_seq()

    answer = other.post(f"/apps/review/{submission}/", {"image_url": url, "do": "preview-image"})

    assert answer.status_code == 404
    assert press.asked == []
    assert history.head_seq() == head

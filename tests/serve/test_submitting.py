"""Submitting by plain posts: fetched, refused, sent in, tracked, answered; hostile or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.index import sync
from incidentbase.serve.http import limits, tracking
from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts import rules as roles
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.submissions.models import QuickAdd, Submission
from tests.ingest.capture import publisher
from tests.make import records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

FORM = "/apps/submit/"
QUEUE = "/apps/submitted/"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2
COMPLETE = {
    "url": "https://news.example/bus",
    "title": "A bus goes its own way",
    "authors": "Ann Author, Bo Writer",
    "date_published": "2026-02-01",
    "date_downloaded": "2026-02-02",
    "text": TEXT,
    "language": "en",
}
EDITOR = "e" * 24


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Iterator[Any]:
    cache.clear()
    frozen_time.move_to(records.AT)
    yield frozen_time
    cache.clear()


def hidden_of(page: Element) -> dict[str, str]:
    form = page.all("form", action=FORM)[0]
    return {
        one["name"]: one.attributes.get("value", "")
        for one in form.all("input", type="hidden")
        if one["name"] != "csrfmiddlewaretoken"
    }


def post(client: Client, clock: Any, do: str = "submit", **typed: str) -> Any:
    """Open the form, take some time, and send it."""
    hidden = hidden_of(site.tree(client.get(FORM)))
    clock.shift(30)
    return client.post(FORM, {**hidden, "do": do, **typed})


def submitted(client: Client, clock: Any, **typed: str) -> str:
    """Submit and return the address at which it is tracked."""
    response = post(client, clock, **{**COMPLETE, **typed})
    assert response.status_code == 302, errors_of(response)
    return response["Location"].removesuffix("?new=1")


def errors_of(response: Any) -> dict[str, str]:
    page = site.tree(response)
    fields = page.all("div", class_="field--error")
    return {
        one.one("label")["for"].removeprefix("field-"): one.all(class_="field__error")[0].text
        for one in fields
    }


def editor() -> Viewer:
    accounts.ensure_named([EDITOR], actor=records.actor())
    return Viewer(f"account:{EDITOR}", records.AT, frozenset({roles.INCIDENT_EDITOR}), EDITOR)


def stored() -> dict[str, Any]:
    (row,) = Submission.objects.all()
    state = recorded.state_of("submission", row.public_id)
    assert state is not None
    return state


def test_a_report_is_sent_in_without_an_account_and_waits_in_the_queue(
    client: Client, clock: Any
) -> None:
    url = submitted(client, clock, deployers="Acme, Inc.\nPublic Bus", incident_title="The bus")

    state = stored()
    assert state["payload"]["authors"] == ["Ann Author", "Bo Writer"]
    assert state["payload"]["deployers"] == ["Acme, Inc.", "Public Bus"]
    assert (state["source_domain"], state["status"]) == ("news.example", "pendingReview")
    assert (state["date_submitted"], state["submitted_by"]) == ("2026-03-04", "")
    change = history.of_record("submission", state["object_id"]).get()
    assert (change.actor, change.action) == ("anonymous", "submission.submit")
    page = site.tree(client.get(url + "?new=1"))
    assert "Waiting for review" in page.text
    assert "A bus goes its own way" in site.tree(client.get(QUEUE)).text
    assert url not in client.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"url": ""}, "url", "Please fill this in."),
        ({"url": "javascript:alert(1)"}, "url", "This is not a web address"),
        ({"title": "Bus"}, "title", "Use at least 6 characters."),
        ({"title": "x" * 501}, "title", "the limit is 500"),
        ({"authors": ""}, "authors", "Please fill this in."),
        ({"date_published": "yesterday"}, "date_published", "This is not a date"),
        ({"date_published": "2026-03-05"}, "date_published", "This day is in the future."),
        ({"text": "too little"}, "text", "Use at least 80 characters."),
        ({"text": "x" * 50_001}, "text", "the limit is 50000"),
        ({"incident_ids": "404"}, "incident_ids", "There is no incident with this number."),
        ({"image_url": "data:image/png;base64,AA"}, "image_url", "This is not a web address"),
        ({"deployers": "x"}, "deployers", "Use at least 3 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    client: Client, clock: Any, typed: dict[str, str], field: str, said: str
) -> None:
    response = post(client, clock, **{**COMPLETE, **typed})

    assert response.status_code == 422
    errors = errors_of(response)
    assert list(errors) == [field]
    assert said in errors[field].replace(",", "")
    page = site.tree(response)
    assert page.one("input", id="field-authors")["value"] == {**COMPLETE, **typed}["authors"]
    assert (
        page.one("textarea", id="field-text").raw.strip() == {**COMPLETE, **typed}["text"].strip()
    )
    assert not Submission.objects.exists()


def test_the_address_fills_what_is_empty_and_keeps_what_was_typed(
    client: Client, clock: Any, settings: Any
) -> None:
    settings.FETCH_ALLOW = publisher.ALLOW
    paragraphs = "".join(f"<p>{TEXT} Part {number}.</p>" for number in range(4))
    with publisher.running() as press:
        url = press.give(
            "/bus",
            f"<html lang=en><head><title>A headline of the press</title>"
            f"<meta name=author content='Ann Author'></head><body><article>"
            f"<h1>A headline of the press</h1>{paragraphs}</article></body></html>",
        )
        response = post(client, clock, "fetch", url=url, title="My own title")

    page = site.tree(response)
    assert response.status_code == 200
    assert page.one("input", id="field-title")["value"] == "My own title"
    assert page.one("input", id="field-authors")["value"] == "Ann Author"
    assert "Part 3." in page.one("textarea", id="field-text").raw
    assert "Filled in:" in page.text


def test_an_address_that_must_not_be_fetched_is_refused_without_a_word_of_inside(
    client: Client, clock: Any
) -> None:
    for url in (
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/",
        "file:///",
    ):
        response = post(client, clock, "fetch", url=url)

        assert response.status_code == 422
        assert "169.254" not in site.tree(response).one("form", action=FORM).text


def test_a_known_source_is_shown_and_submitted_only_on_purpose(client: Client, clock: Any) -> None:
    records.report(11, url="https://www.news.example/bus/?utm_source=x", title="The bus again")
    records.incident(7, title="A bus without a driver did not stop", reports=[11])
    records.report(12, url="https://news.example/bus?page=2")
    sync.catch_up(at=records.AT)

    response = post(client, clock, **COMPLETE)

    assert response.status_code == 409
    page = site.tree(response)
    assert page.section("known-reports").links() == ["/reports/11/"]
    assert "/cite/7/" in page.section("known-incidents").links()
    assert not Submission.objects.exists()
    assert post(client, clock, **COMPLETE, anyway="yes").status_code == 302


def test_hidden_records_are_not_given_away_by_the_form(client: Client, clock: Any) -> None:
    records.report(11, url="https://news.example/bus", visibility=roles.RESTRICTED)
    records.incident(
        7, title="Hushed bus without a driver did not stop", reports=[11], visibility=roles.INTERNAL
    )
    sync.catch_up(at=records.AT)

    response = post(client, clock, "preview", **COMPLETE, incident_ids="7")

    assert b"Hushed" not in response.content
    assert b"/reports/11/" not in response.content
    assert post(client, clock, **COMPLETE).status_code == 302


def test_the_form_is_filled_by_its_address_as_on_the_reference(client: Client) -> None:
    page = site.tree(
        client.get(
            FORM + "?url=https://a.example/1&title=T&authors=Ann&authors=Bo&incident_ids=5,6"
            "&harmed_parties=Them&tags=response&language=ja"
        )
    )

    assert page.one("input", id="field-authors")["value"] == "Ann, Bo"
    assert page.one("input", id="field-incident_ids")["value"] == "5, 6"
    assert page.one("textarea", id="field-harmed").text == "Them"
    (chosen,) = page.one("select", id="field-language").all("option", selected="")
    assert chosen["value"] == "ja"


def test_the_preview_is_harmless(client: Client, clock: Any) -> None:
    text = "# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://i.example/)"
    response = post(client, clock, "preview", **{**COMPLETE, "text": text})

    (preview,) = site.tree(response).all("section", class_="prose")
    assert preview.all("script") == []
    assert preview.all("img") == []
    assert all("javascript:" not in one for one in preview.links())


def test_machines_are_kept_out(client: Client, clock: Any) -> None:
    assert post(client, clock, **COMPLETE, website="https://spam.example").status_code == 429
    hidden = hidden_of(site.tree(client.get(FORM)))
    assert client.post(FORM, {**hidden, **COMPLETE}).status_code == 429
    assert client.post(FORM, COMPLETE).status_code == 429
    assert client.post(FORM, {**COMPLETE, "since": "forged:seal"}).status_code == 429
    assert not Submission.objects.exists()


def test_nobody_submits_too_often(client: Client, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "submit", (2, 3600))
    for number in range(2):
        submitted(client, clock, url=f"https://news.example/{number}")

    assert post(client, clock, **COMPLETE).status_code == 429


def test_posts_from_other_sites_are_refused(clock: Any) -> None:
    careful = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    assert careful.post(FORM, COMPLETE).status_code == 403
    assert careful.post("/apps/submit/link/", {"url": "https://a.example/"}).status_code == 403


def test_a_bare_link_is_taken_in_and_listed(client: Client) -> None:
    response = client.post("/apps/submit/link/", {"url": " https://www.press.example/story "})

    assert response.status_code == 302
    (row,) = QuickAdd.objects.all()
    assert (row.url, row.source_domain) == ("https://www.press.example/story", "press.example")
    assert "https://www.press.example/story" in site.tree(client.get(QUEUE)).text
    refused = client.post("/apps/submit/link/", {"url": "nothing"})
    assert refused.status_code == 422
    assert errors_of(refused) == {"url": errors_of(refused)["url"]}


@pytest.mark.parametrize("code", ["x", "a" * 24, "a" * 44, "%F0%9F%9A%8C", "0" * 500])
def test_a_code_that_is_none_leads_nowhere(client: Client, code: str) -> None:
    assert client.get(f"{QUEUE}{code}/").status_code == 404
    assert client.post(f"{QUEUE}{code}/", COMPLETE).status_code == 404


def test_the_code_of_one_submission_opens_no_other(client: Client, clock: Any) -> None:
    first = submitted(client, clock)
    second = submitted(client, clock, url="https://news.example/other")
    forged = second.rstrip("/")[:-20] + first.rstrip("/")[-20:] + "/"

    assert client.get(forged).status_code == 404


def revise(client: Client, url: str, **typed: str) -> Any:
    seen = site.tree(client.get(url)).one("input", name="seen")["value"]
    return client.post(url, {**COMPLETE, "seen": seen, **typed})


def test_the_sender_changes_a_submission(client: Client, clock: Any) -> None:
    url = submitted(client, clock)

    assert revise(client, url, title="A better headline").status_code == 302

    assert stored()["title"] == "A better headline"
    change = history.of_record("submission", stored()["object_id"]).first()
    assert change.actor == f"submission:{stored()['object_id']}"
    assert revise(client, url, title="x").status_code == 422
    assert stored()["title"] == "A better headline"


def test_a_refusal_is_explained_and_answered(client: Client, clock: Any) -> None:
    url = submitted(client, clock)
    key = stored()["object_id"]
    review.reject(key, code="no-ai", reason="Which system was it?", actor=editor())

    page = site.tree(client.get(url))
    assert "Not accepted" in page.text
    assert "No AI system played a part in it." in page.text
    assert "Which system was it?" in page.text
    assert "A bus goes its own way" not in site.tree(client.get(QUEUE)).text

    assert revise(client, url, description="The bus drives by itself.").status_code == 302
    assert stored()["status"] == "pendingReview"
    assert "refusal" not in stored()["payload"]
    assert "A bus goes its own way" in site.tree(client.get(QUEUE)).text


def test_an_editors_change_and_the_senders_meet(client: Client, clock: Any) -> None:
    url = submitted(client, clock)
    seen = site.tree(client.get(url)).one("input", name="seen")["value"]
    key = stored()["object_id"]
    review.claim([key], actor=editor())
    draft_of_editor = {**COMPLETE, "title": "An editor's headline"}
    assert client.post(url, {**draft_of_editor, "seen": seen}).status_code == 302

    late = client.post(url, {**COMPLETE, "title": "A sender's headline", "seen": seen})

    assert late.status_code == 409
    assert "A sender&#x27;s headline" in late.content.decode()
    assert stored()["title"] == "An editor's headline"
    assert stored()["payload"]["incident_editors"] == [EDITOR]


def test_what_became_of_it_is_linked_and_closed(client: Client, clock: Any) -> None:
    url = submitted(client, clock)
    done = review.promote(stored()["object_id"], target="issue", actor=editor())

    page = site.tree(client.get(url))

    assert "Accepted" in page.text
    assert f"/reports/{done.report}/" in page.links()
    assert page.all("input", name="seen") == []
    assert client.post(url, {**COMPLETE, "seen": ""}).status_code == 409


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) "
    "\u202egnp.exe\u202c \u200bzero\u200b & \"quoted\" 'single' {{ 7*7 }} %(name)s"
)


def test_hostile_text_in_every_field_comes_out_as_text(client: Client, clock: Any) -> None:
    names = ("title", "authors", "submitters", "tags", "editor_notes", "incident_title")
    typed = dict.fromkeys((*names, "description"), HOSTILE)
    typed |= {"deployers": HOSTILE[:150], "text": HOSTILE + TEXT}
    url = submitted(client, clock, **typed)
    assert not set("\u202e\u200b") & set(str(stored()))
    review.promote(stored()["object_id"], target="issue", actor=editor())
    sync.catch_up(at=records.AT)

    for address in (url, QUEUE, "/reports/1/", "/apps/discover/?is_incident_report=false"):
        response = client.get(address)
        page = site.tree(response)
        assert response.status_code == 200
        scripts = [one for one in page.all("script") if "type" not in one.attributes]
        assert [one for one in scripts if one.raw.strip()] == []
        assert [one for one in page.walk() if any(n.startswith("on") for n in one.attributes)] == []
        assert all(not link.lower().startswith("javascript:") for link in page.links())
        assert "{{ 7*7 }}" in page.text or address in (url, QUEUE)


def test_a_megabyte_in_every_field_is_refused_kindly(client: Client, clock: Any) -> None:
    large = "x" * 1_000_000
    response = post(client, clock, **{name: large for name in COMPLETE if name != "language"})

    assert response.status_code in (400, 413, 422)
    assert not Submission.objects.exists()


def test_codes_are_sealed_by_the_secret_key(settings: Any) -> None:
    code = tracking.code_for("a" * 24)
    assert tracking.submission_of(code) == "a" * 24
    settings.SECRET_KEY = "another"
    assert tracking.submission_of(code) is None


def test_what_is_known_is_told_while_one_types(client: Client) -> None:
    records.report(11, url="https://news.example/bus")
    records.incident(7, title="A bus goes its own way", description=TEXT, reports=[11])
    records.report(12, url="https://news.example/secret", visibility="internal")
    records.incident(8, title="A bus in secret", description=TEXT, visibility="internal")
    sync.catch_up(at=records.AT)
    address = f"{FORM}known/"

    found = client.post(address, {"url": "https://news.example/bus?utm_source=x", "text": TEXT})

    page = site.tree(found)
    assert "/reports/11/" in page.links()
    assert page.one("button", type="button")["data-use"] == "7"
    assert "secret" not in found.content.decode()
    hidden = client.post(address, {"url": "https://news.example/secret"})
    assert site.tree(hidden).links() == []
    assert client.get(address).status_code == 405
    most, _seconds = limits.LIMITS["known"]
    for _ in range(most):
        limits.take("known", hidden.wsgi_request)
    assert client.post(address, {"url": "x"}).status_code == 429

"""Sending to webhooks: again after failures, by one worker, to safe addresses only."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError
from django.test import Client

from incidentbase.kit import clock as time
from incidentbase.kit import fetch
from incidentbase.serve.notify import delivering
from incidentbase.serve.notify.delivering import Sender, send_due
from incidentbase.serve.notify.webhooks import catch_up
from incidentbase.serve.rest import telling
from incidentbase.store.accounts.models import Account
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery
from tests.make import people, records
from tests.serve import receiving
from tests.serve.receiving import ADDRESS, Receiver, make, own, work
from tests.serve.site import tree

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(frozen_time: Any, settings: Any) -> Any:
    frozen_time.move_to(records.AT)
    settings.SITE_URL = "https://incidents.example"
    settings.FETCH_ALLOW = ("127.0.0.0/8",)
    catch_up(telling, at=time.now())
    return frozen_time


# Tries


def test_the_id_is_the_same_over_all_tries_and_they_get_rarer(
    receiver: Receiver, ann: Client, clock: Any
) -> None:
    receiver.status, receiver.answer = 503, b"Come\x00 back later"
    make(ann, receiver.url)
    records.incident(1)
    assert work() == 0
    waits = []
    for _ in range(12):
        row = WebhookDelivery.objects.get()
        if row.state != rules.WAITING:
            break
        waits.append((row.due_at - time.now()).total_seconds())
        clock.shift(max(waits[-1], 301))
        work()
    assert len(receiver.messages) == rules.MOST_TRIES
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
    assert len({message.body for message in receiver.messages}) == 1
    assert waits == sorted(waits)
    assert 0.7 * 86_400 < sum(waits) < 1.3 * 86_400
    page = ann.get(own()).content.decode()
    assert "Given up" in page
    assert "503" in page
    assert "Come  back later" in page


def test_a_success_ends_it_and_a_failure_holds_back_what_comes_after(
    receiver: Receiver, ann: Client, clock: Any
) -> None:
    make(ann, receiver.url)
    receiver.status = 500
    for number in (1, 2, 3):
        records.incident(number)
    assert work() == 0
    assert len(receiver.messages) == 1
    receiver.status = 200
    clock.shift(301)
    assert work() == 3
    assert WebhookDelivery.objects.filter(state=rules.DELIVERED).count() == 3
    assert Webhook.objects.get().failing_since is None


def test_what_is_delivered_can_be_sent_again(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.incident(1)
    work()
    key = WebhookDelivery.objects.get().message_id
    ann.post(own(), {"do": "again", "message": key})
    ann.post(own(), {"do": "again", "message": "msg_of_somebody\x00"})
    assert work() == 1
    assert [one.headers["webhook-id"] for one in receiver.messages] == [key, key]


def test_a_webhook_that_fails_for_days_is_switched_off_and_its_owner_told(
    receiver: Receiver, ann: Client, clock: Any
) -> None:
    receiver.status = 500
    make(ann, receiver.url)
    sender = Sender(telling, keep_days=30)
    for number in range(1, 6):
        records.incident(number)
        work()
        sender.tend(at=time.now())
        clock.shift(86_400)
    assert Webhook.objects.get().stopped_at is not None
    assert len(receiver.messages) < 10
    (message,) = [one for one in mail.outbox if "switched off" in one.subject]
    assert message.to == [people.ANN]
    assert f"https://incidents.example{own()}" in message.body
    # Her session has ended by now.
    ann.force_login(Account.objects.get(email=people.ANN))
    assert "Switched off" in ann.get(ADDRESS).content.decode()
    receiver.status = 200
    ann.post(own(), {"do": "resume"})
    records.incident(9)
    assert work() == 1


def test_a_receiver_that_is_gone_is_left_alone_at_once(receiver: Receiver, ann: Client) -> None:
    receiver.status = 410
    make(ann, receiver.url)
    records.incident(1)
    work()
    assert Webhook.objects.get().stopped_at == time.now()


def test_old_deliveries_are_forgotten(receiver: Receiver, ann: Client, clock: Any) -> None:
    make(ann, receiver.url)
    records.incident(1)
    work()
    sender = Sender(telling, keep_days=30)
    sender.tend(at=time.now())
    assert WebhookDelivery.objects.count() == 1
    clock.shift(31 * 86_400)
    sender.tend(at=time.now())
    assert WebhookDelivery.objects.count() == 0


def test_a_delivery_is_sent_by_one_worker(
    receiver: Receiver, ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ann, receiver.url)
    records.incident(1)
    catch_up(telling, at=time.now())
    real = fetch.post

    def post(*args: Any, **options: Any) -> Any:
        # Another worker looks while this one sends.
        assert send_due(telling, at=time.now()) == 0
        return real(*args, **options)

    monkeypatch.setattr(delivering.fetch, "post", post)
    assert send_due(telling, at=time.now()) == 1
    assert len(receiver.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_beside_itself(receiver: Receiver) -> None:
    make(people.signed_in(), receiver.url)
    records.incident(1)
    catch_up(telling, at=time.now())
    with Sender(telling, keep_days=30) as sender:
        sender.tend(at=time.now())
        for running in sender._running.values():
            assert running.result(10) == 1
    assert receiver.types() == ["incident.published"]


@pytest.mark.django_db(transaction=True)
def test_trouble_while_sending_is_logged_and_the_message_sent_later(
    receiver: Receiver,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make(people.signed_in(), receiver.url)
    records.incident(1)
    catch_up(telling, at=time.now())
    with Sender(telling, keep_days=30) as sender:
        with monkeypatch.context() as patch:
            patch.setattr(delivering, "headers_of", _broken)
            sender.tend(at=time.now())
            for running in sender._running.values():
                assert isinstance(running.exception(10), DatabaseError)
        sender.tend(at=time.now())
    assert "could not be served" in caplog.text
    clock.shift(rules.CLAIMED_FOR)
    assert send_due(telling, at=time.now()) == 1


def _broken(*_args: Any, **_options: Any) -> None:
    raise DatabaseError("no room")


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://localhost/",
        "https://user:word@8.8.8.8/",
        "https://8.8.8.8:22/",
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "javascript:alert(1)",
        "https://8.8.8.8/\r\nX: y",
        "x",
    ],
)
def test_addresses_that_are_not_of_the_open_internet_are_refused(
    ann: Client, settings: Any, url: str
) -> None:
    settings.FETCH_ALLOW = ()
    answer = ann.post(ADDRESS, {"url": url, "events": ["incident.published"]})
    assert tree(answer).all("ul", class_="errorlist")
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.1"])
def test_a_name_that_leads_elsewhere_by_now_is_not_reached(
    ann: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.FETCH_ALLOW = ()
    leads = {"to": "8.8.8.8"}

    def resolve(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads["to"], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    make(ann, "https://hooks.example/in")
    leads["to"] = address
    records.incident(1)
    work()
    row = WebhookDelivery.objects.get()
    assert (row.trouble, row.status, row.state) == (rules.REFUSED, 0, rules.WAITING)
    assert "not one that may be reached" in ann.get(own()).content.decode()


def test_redirects_are_not_followed(receiver: Receiver, ann: Client) -> None:
    with receiving.running() as inside:
        receiver.status = 307
        receiver.answer_headers = {"Location": inside.url}
        make(ann, receiver.url)
        records.incident(1)
        assert work() == 0
        assert inside.messages == []
    assert WebhookDelivery.objects.get().status == 307


def test_of_an_answer_that_never_ends_only_the_beginning_is_read(
    receiver: Receiver, ann: Client
) -> None:
    receiver.status, receiver.answer = 200, None
    make(ann, receiver.url)
    records.incident(1)
    assert work() == 1
    assert len(WebhookDelivery.objects.get().answer) <= rules.LONGEST_ANSWER


def test_what_a_receiver_answers_is_shown_as_it_is(receiver: Receiver, ann: Client) -> None:
    receiver.status, receiver.answer = (
        500,
        b"<script>alert(1)</script>\xff\xe2\x80\xae" + b"x" * 900,
    )
    make(ann, receiver.url)
    records.incident(1)
    work()
    page = ann.get(own()).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page

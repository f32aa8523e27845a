"""Webhooks: each event once, as a visitor sees it, signed; nobody touches those of others."""

from __future__ import annotations

import datetime as dt
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from incidentbase.kit import clock as time
from incidentbase.serve.http import limits
from incidentbase.serve.notify import webhooks
from incidentbase.serve.notify.webhooks import Announcer, catch_up
from incidentbase.serve.rest import telling
from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts.models import Account
from incidentbase.store.history import actions as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery
from tests.make import people, records
from tests.serve.receiving import ADDRESS, Receiver, change, make, own, work
from tests.serve.site import tree

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(frozen_time: Any, settings: Any) -> Any:
    frozen_time.move_to(records.AT)
    settings.SITE_URL = "https://incidents.example"
    settings.FETCH_ALLOW = ("127.0.0.0/8",)
    catch_up(telling, at=time.now())
    return frozen_time


# What is told


def test_what_happens_is_told_once_and_in_order(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.report(11)
    records.incident(1, reports=[11])
    assert work() == 2
    assert receiver.types() == ["report.published", "incident.published"]
    change("incident", "1", title="It was worse than thought")
    assert work() == 1
    assert work() == 0
    shape = receiver.messages[-1].shape
    assert shape["type"] == "incident.changed"
    record = shape["data"].pop("record")
    assert record["title"] == "It was worse than thought"
    assert record["report_numbers"] == [11]
    (told,) = [
        item
        for item in ann.get("/api/v1/changes").json()["items"]
        if (item["kind"], item["id"]) == ("incident", "1")
    ]
    assert shape["data"] == {**told, "at": shape["timestamp"]}
    assert shape["data"]["url"] == "https://incidents.example/api/v1/incidents/1"
    listed = ann.get("/api/v1/incidents").json()["items"]
    assert record == listed[0]


def test_every_kind_of_record_is_told(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.entity("acme", "Acme")
    records.incident(1, deployers=["acme"])
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 1, ["Risk Domain", '"Open"'])
    work()
    told = {message.shape["type"]: message.shape["data"] for message in receiver.messages}
    assert sorted(told) == [
        "classification.published",
        "entity.published",
        "incident.published",
        "taxonomy.published",
    ]
    assert told["entity.published"]["record"]["name"] == "Acme"
    assert told["taxonomy.published"]["record"]["namespace"] == "MIT"
    assert told["classification.published"]["record"]["attributes"][0]["value"] == "Open"
    for data in told.values():
        path = data["url"].removeprefix("https://incidents.example")
        assert ann.get(path).status_code == 200


def test_nothing_hidden_is_told(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.report(11, visibility="internal", title="hushedtitle")
    records.incident(2, visibility="restricted", title="hushedtitle")
    records.incident(1, reports=[11])
    change("incident", "2", title="hushedtitle again")
    change("report", "11", title="hushedtitle again")
    work()
    assert receiver.types() == ["incident.published"]
    assert b"hushed" not in receiver.messages[0].body
    assert receiver.messages[0].shape["data"]["record"]["report_numbers"] == []


def test_the_end_of_an_embargo_is_told_when_it_comes(
    receiver: Receiver, ann: Client, clock: Any
) -> None:
    make(ann, receiver.url)
    until = time.iso(records.AT + dt.timedelta(hours=1))
    records.incident(1, visibility="embargoed", embargoed_until=until)
    assert work() == 0
    clock.shift(3_601)
    assert work() == 1
    assert receiver.types() == ["incident.published"]
    clock.shift(3_601)
    assert work() == 0


def test_embargoes_that_end_together_are_all_told(
    receiver: Receiver, ann: Client, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ann, receiver.url, "incident.published")
    until = time.iso(records.AT + dt.timedelta(hours=1))
    for number in range(1, 6):
        records.incident(number, visibility="embargoed", embargoed_until=until)
    work()
    monkeypatch.setattr(webhooks, "AT_ONCE", 2)
    clock.shift(3_601)
    records.incident(9)
    work()
    told = [one.shape["data"]["id"] for one in receiver.messages]
    assert told == ["1", "2", "3", "4", "5", "9"]


def test_what_is_withdrawn_is_told_by_its_number_alone(receiver: Receiver, ann: Client) -> None:
    records.incident(1, title="A title to forget")
    work()
    make(ann, receiver.url)
    editor = people.signed_in("eve@example.org", "incident_editor")
    editor.post("/incidents/withdraw/?incident_id=1", {"reason": "Wrong."})
    work()
    (message,) = receiver.messages
    assert message.shape["type"] == "incident.withdrawn"
    assert message.shape["data"] == {
        "kind": "incident",
        "id": "1",
        "event": "gone",
        "at": message.shape["timestamp"],
        "url": None,
        "record": None,
    }


def test_what_was_hidden_before_it_was_sent_is_not_sent(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url, "incident.published")
    records.incident(1)
    catch_up(telling, at=time.now())
    change("incident", "1", visibility="internal")
    assert work() == 0
    assert receiver.messages == []
    assert "Not sent: not public any more" in ann.get(own()).content.decode()


def test_a_webhook_hears_only_of_the_events_that_it_asked_for(
    receiver: Receiver, ann: Client
) -> None:
    make(ann, receiver.url, "report.published")
    records.report(11)
    records.incident(1, reports=[11])
    work()
    assert receiver.types() == ["report.published"]


def test_a_webhook_of_one_incident_hears_of_what_belongs_to_it(
    receiver: Receiver, ann: Client
) -> None:
    records.incident(1)
    records.incident(2)
    work()
    make(ann, receiver.url, incident="1")
    records.report(11)
    records.report(12)
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    change("incident", "1", reports=[11])
    change("incident", "2", reports=[12])
    records.classification("MIT", 1, ["Risk Domain", '"Open"'])
    records.classification("MIT", 2, ["Risk Domain", '"Open"'])
    work()
    told = [(one.shape["type"], one.shape["data"]["id"]) for one in receiver.messages]
    assert told[:2] == [("report.published", "11"), ("incident.changed", "1")]
    assert [name for name, _id in told[2:]] == ["classification.published"]
    change("report", "12", visibility="internal")
    change("report", "11", visibility="internal")
    work()
    assert receiver.types()[3:] == ["report.withdrawn"]


def test_a_webhook_of_one_entity_hears_of_the_incidents_that_name_it(
    receiver: Receiver, ann: Client
) -> None:
    records.entity("acme", "Acme")
    records.incident(1, harmed=["acme"])
    records.incident(2)
    work()
    make(ann, receiver.url, entity="acme")
    for key in ("1", "2"):
        change("incident", key, title=f"A new title of {key}")
    work()
    assert [one.shape["data"]["id"] for one in receiver.messages] == ["1"]


def test_what_is_sent_in_is_told_as_the_open_queue_shows_it(
    receiver: Receiver, ann: Client
) -> None:
    make(ann, receiver.url, "submission.received")
    draft = Draft(
        url="https://news.example/bus",
        title="A bus without a driver",
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-02",
        text="A bus without a driver went past its stop. " * 4,
        editor_notes="For editors only",
    )
    sent = review.submit(draft, actor=records.actor())
    assert work() == 1
    (message,) = receiver.messages
    assert message.shape["data"]["record"] == ann.get("/api/v1/submissions").json()["items"][0]
    assert sent.encode() not in message.body
    assert b"For editors only" not in message.body


def test_two_workers_note_an_event_once(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.incident(1)
    start = rules_place()
    catch_up(telling, at=time.now())
    assert not history.advance_cursor("webhooks", start=start, seq=9, at=time.now())
    assert WebhookDelivery.objects.count() == 1


def rules_place() -> Any:
    from incidentbase.store.history import queries

    return queries.cursor("webhooks")


def test_what_could_not_be_noted_is_noted_the_next_time(
    receiver: Receiver, ann: Client, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    make(ann, receiver.url)
    records.incident(1)
    announcer = Announcer(telling)
    with monkeypatch.context() as patch:
        patch.setattr(WebhookDelivery.objects, "bulk_create", _broken)
        assert announcer.tend(at=time.now()) == 0
    assert announcer.tend(at=time.now()) == 0
    clock.shift(61)
    assert announcer.tend(at=time.now()) == 1


def _broken(*_args: Any, **_options: Any) -> None:
    raise DatabaseError("no room")


def test_nothing_is_noted_for_who_came_later_or_is_paused(receiver: Receiver, ann: Client) -> None:
    records.incident(1)
    work()
    make(ann, receiver.url)
    work()
    ann.post(own(), {"do": "pause"})
    records.incident(2)
    work()
    ann.post(own(), {"do": "resume"})
    records.incident(3)
    work()
    assert [one.shape["data"]["id"] for one in receiver.messages] == ["3"]


# How it is signed


def test_the_example_in_the_guide_takes_what_is_genuine_and_nothing_else(
    receiver: Receiver, ann: Client, repository: Path
) -> None:
    guide = (repository / "docs/guide/webhooks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    is_genuine = names["is_genuine"]
    secret = make(ann, receiver.url)
    records.incident(1)
    work()
    (message,) = receiver.messages
    headers, body = message.headers, message.body
    assert is_genuine(secret, headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(rules.secret_of(b"x" * 32), headers, body)
    assert not is_genuine(secret, {**headers, "webhook-id": "msg_other"}, body)
    assert not is_genuine(secret, {**headers, "webhook-timestamp": "1"}, body)


def test_signatures_are_those_of_the_specification() -> None:
    # The example of standardwebhooks.com.
    found = rules.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_new_secret_counts_beside_the_old_one_for_a_day(
    receiver: Receiver, ann: Client, clock: Any
) -> None:
    old = make(ann, receiver.url)
    page = tree(ann.post(own(), {"do": "rotate"}))
    new = page.one(id="new-secret").text
    assert new != old
    assert signed_by(receiver, ann) == 2
    clock.shift(86_401)
    assert signed_by(receiver, ann) == 1
    message = receiver.messages[-1]
    expected = rules.signature(
        new,
        message_id=message.headers["webhook-id"],
        timestamp=int(message.headers["webhook-timestamp"]),
        body=message.body,
    )
    assert message.headers["webhook-signature"] == expected


def signed_by(receiver: Receiver, client: Client) -> int:
    client.post(own(), {"do": "ping"})
    work()
    return len(receiver.messages[-1].headers["webhook-signature"].split())


def test_a_secret_is_shown_once_and_stands_in_no_table_and_no_log(
    receiver: Receiver, ann: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status = 500
    secret = make(ann, receiver.url)
    records.incident(1)
    work()
    assert secret.removeprefix("whsec_") not in caplog.text
    for address in (ADDRESS, own()):
        assert secret not in ann.get(address).content.decode()
    rows = [*Webhook.objects.values(), *WebhookDelivery.objects.values()]
    assert secret.removeprefix("whsec_") not in repr(rows)
    assert receiver.url not in "".join(people.browser().get("/history.jsonl").getvalue().decode())


# Whose they are


def test_nobody_sees_or_changes_webhooks_of_others(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    address = own()
    before = Webhook.objects.values().get()
    bob = people.signed_in("bob@example.org", "incident_editor")
    assert bob.get(address).status_code == 404
    assert receiver.url.encode() not in bob.get(ADDRESS).content
    form = {"url": receiver.url + "/other", "events": ["report.changed"]}
    for do in ("save", "rotate", "pause", "resume", "ping", "again", "delete", "x"):
        assert bob.post(address, {"do": do, **form}).status_code == 404, do
    assert Webhook.objects.values().get() == before
    assert not WebhookDelivery.objects.exists()


def test_admins_see_all_and_may_pause_and_delete_but_have_no_secrets(
    receiver: Receiver, ann: Client
) -> None:
    make(ann, receiver.url)
    address = own()
    root = people.signed_in("root@example.org", "admin")
    assert people.ANN in root.get("/admin/webhooks/").content.decode()
    assert ann.get("/admin/webhooks/").status_code == 404
    assert b"Make a new secret" not in root.get(address).content
    for do in ("rotate", "resume", "ping", "again"):
        assert root.post(address, {"do": do}).status_code == 404, do
    root.post(address, {"do": "pause"})
    assert Webhook.objects.get().is_paused
    root.post(address, {"do": "delete"})
    assert not Webhook.objects.exists()
    assert list(recorded.findings()) == []


def test_a_webhook_is_changed_by_its_form(receiver: Receiver, ann: Client) -> None:
    records.incident(1)
    make(ann, receiver.url, "incident.published")
    page = tree(ann.get(own()))
    form = {"do": "save", "url": receiver.url, "events": ["report.changed"], "incident": "1"}
    assert ann.post(own(), {**form, "incident": "99"}).status_code == 200
    assert ann.post(own(), {**form, "entity": "nobody"}).status_code == 200
    assert Webhook.objects.get().events == ["incident.published"]
    assert ann.post(own(), form).status_code == 302
    row = Webhook.objects.get()
    assert (row.events, row.subject, row.key) == (["report.changed"], "incident", "1")
    assert page.one("h1").text == "Webhook"
    assert list(recorded.findings()) == []


def test_an_account_has_only_so_many(receiver: Receiver, ann: Client) -> None:
    for _ in range(rules.MOST_WEBHOOKS):
        make(ann, receiver.url)
    answer = ann.post(ADDRESS, {"url": receiver.url, "events": ["report.changed"]})
    assert "as many webhooks as one account may have" in answer.content.decode()
    assert Webhook.objects.count() == rules.MOST_WEBHOOKS


def test_others_servers_are_not_flooded(
    receiver: Receiver, ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ann, receiver.url)
    monkeypatch.setitem(limits.LIMITS, "webhook", (3, 3600))
    for _ in range(5):
        ann.post(own(), {"do": "ping"})
        work()
    assert len(receiver.messages) == 2
    ann.post(ADDRESS, {"url": receiver.url, "events": ["report.changed"]})
    assert Webhook.objects.count() == 1
    ann.post(own(), {"do": "pause"})
    assert Webhook.objects.get().is_paused


def test_webhooks_go_with_their_account(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    records.incident(1)
    catch_up(telling, at=time.now())
    account = Account.objects.get(email=people.ANN).public_id
    accounts.erase(account, actor=people.viewer(account))
    assert work() == 0
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert list(recorded.findings()) == []


def test_a_test_event_has_no_record(receiver: Receiver, ann: Client) -> None:
    make(ann, receiver.url)
    for _ in range(2):
        ann.post(own(), {"do": "ping"})
    assert work() == 1
    assert receiver.types() == ["ping"]
    assert receiver.messages[0].shape["data"] == {}

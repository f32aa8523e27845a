"""Followers of checklists hear of new precedents: each once, what they may see, in their words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from incidentbase.serve.notify.checklists import Teller, catch_up
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import NotPermitted, anonymous
from incidentbase.store.assessing import actions
from incidentbase.store.assessing.rules import ChecklistDraft
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import NoSuchRecord, version_of, writing
from incidentbase.store.subscriptions.models import Subscription
from tests.make import people, records

pytestmark = pytest.mark.django_db

GOAL = "GMF:Known AI Goal:Driving"


@pytest.fixture(autouse=True)
def archive(settings: Any) -> None:
    settings.SITE_URL = "https://incidents.example"
    records.taxonomy(
        "GMF",
        records.field("Known AI Goal", "list"),
        records.field("Known AI Technical Failure", "list"),
    )
    for number in range(1, 6):
        records.incident(number)
    records.incident(9, visibility="internal", title="hushedtitle")
    classify(1)


def classify(number: int, goal: str = "Driving", **more: Any) -> str:
    return records.classification(
        "GMF",
        number,
        ["Known AI Goal", json.dumps([goal])],
        ["Known AI Technical Failure", '["Haste"]'],
        **more,
    )


@pytest.fixture
def key() -> str:
    """Return the address id of a published checklist of somebody else."""
    olga = people.viewer(people.account("olga@people.example"))
    checklist_id = actions.create_checklist("A car\nwith a break", actor=olga)
    describe(checklist_id, GOAL)
    actions.share_checklist(Checklist.objects.get().public_id, "published", actor=olga)
    return checklist_id


def describe(checklist_id: str, *tags: str) -> None:
    row = Checklist.objects.get(checklist_id=checklist_id)
    state = recorded.state_of("checklist", row.public_id) or {}
    draft = ChecklistDraft(row.name, row.about, {"goals": list(tags)}, row.risk_fields)
    owner = people.viewer(row.owner_id)
    actions.edit_checklist(row.public_id, draft, seen=version_of(state), actor=owner)


@pytest.fixture
def ann(key: str) -> Client:
    client = people.signed_in()
    client.post(f"/apps/checklists/{key}/", {"do": "follow"})
    return client


def tell() -> list[Any]:
    """Let the follower work and return the mails that it sent."""
    before = len(mail.outbox)
    catch_up(at=records.AT)
    return mail.outbox[before:]


@pytest.mark.usefixtures("ann")
def test_a_new_precedent_is_told_once(key: str):
    assert tell() == []
    classify(2)
    classify(3, goal="Parking")
    (message,) = tell()
    assert message.to == [people.ANN]
    assert message.subject == "[IncidentBase] 1 new precedent for “A car with a break”"
    assert "- 2: Title of incident 2\n  https://incidents.example/cite/2/" in message.body
    assert f"https://incidents.example/apps/checklists/{key}/" in message.body
    assert "Title of incident 1" not in message.body
    assert tell() == []
    classify(4)
    classify(5)
    (message,) = tell()
    assert "2 new precedents" in message.subject
    assert tell() == []


@pytest.mark.usefixtures("ann")
def test_a_precedent_that_went_and_came_back_is_no_news():
    made = classify(2)
    assert len(tell()) == 1
    for is_published in (False, True):
        with writing(records.actor(), "classification.mark") as writer:
            writer.change("classification", made, is_published=is_published)
        assert tell() == []


@pytest.mark.usefixtures("ann")
def test_what_a_follower_may_not_see_is_not_told():
    classify(9)
    classify(2, is_published=False)
    classify(3, visibility="internal")
    assert tell() == []
    classify(4)
    (message,) = tell()
    assert "hushedtitle" not in message.body


@pytest.mark.usefixtures("ann")
def test_the_end_of_an_embargo_is_told_without_a_change():
    classify(2, visibility="embargoed", embargoed_until="2026-06-01T00:00:00.000Z")
    assert tell() == []
    catch_up(at=records.AT.replace(month=7))
    assert [message.to for message in mail.outbox] == [[people.ANN]]


@pytest.mark.usefixtures("ann")
def test_what_follows_from_other_tags_is_no_news(key: str):
    classify(3, goal="Parking")
    tell()
    describe(key, GOAL, "GMF:Known AI Goal:Parking")
    assert tell() == []
    classify(4, goal="Parking")
    (message,) = tell()
    assert "- 4:" in message.body
    assert "- 3:" not in message.body


@pytest.mark.usefixtures("ann")
def test_what_is_private_again_or_gone_is_told_to_nobody(key: str):
    row = Checklist.objects.get()
    owner = people.viewer(row.owner_id)
    actions.share_checklist(row.public_id, "private", actor=owner)
    classify(2)
    assert tell() == []
    actions.share_checklist(row.public_id, "published", actor=owner)
    assert len(tell()) == 1
    actions.delete_checklist(row.public_id, actor=owner)
    classify(3)
    assert tell() == []
    assert not Subscription.objects.exists()


def test_the_mail_is_in_the_language_of_its_reader(key: str):
    client = people.signed_in()
    client.post(f"/ja/apps/checklists/{key}/", {"do": "follow"})
    classify(2)
    (message,) = tell()
    assert f"https://incidents.example/ja/apps/checklists/{key}/" in message.body


def test_the_link_in_the_mail_ends_it_without_signing_in(key: str, ann: Client):
    classify(2)
    (message,) = tell()
    found = re.search(r"https://incidents\.example(/apps/checklists/unfollow/\w+/)", message.body)
    assert found
    assert message.extra_headers["List-Unsubscribe"] == f"<https://incidents.example{found[1]}>"
    reader = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert b"Send me no more" in reader.get(found[1]).content
    assert Subscription.objects.count() == 1
    answer = reader.post(found[1], {"List-Unsubscribe": "One-Click"})
    assert b"You will hear of this checklist no more." in answer.content
    assert not Subscription.objects.exists()
    as_link = found[1].replace("/unfollow/", "/shared/")
    for code in (found[1], found[1][:-3] + "00/", "/apps/checklists/unfollow/x/", as_link):
        assert reader.get(code).status_code == 404
    classify(3)
    assert tell() == []


def test_the_page_says_whether_one_follows(key: str, ann: Client):
    address = f"/apps/checklists/{key}/"
    assert b"Do not tell me" in ann.get(address).content
    ann.post(address, {"do": "follow"})
    assert Subscription.objects.count() == 1
    ann.post(address, {"do": "unfollow"})
    assert not Subscription.objects.exists()
    assert b"Tell me of new precedents" in ann.get(address).content
    assert b"Tell me of new precedents" not in Client(SERVER_NAME="localhost").get(address).content


def test_only_what_one_sees_can_be_followed(key: str):
    row = Checklist.objects.get()
    actions.share_checklist(row.public_id, "private", actor=people.viewer(row.owner_id))
    other = people.viewer(people.account())
    with pytest.raises(NoSuchRecord):
        actions.follow(key, language="en", actor=other)
    with pytest.raises(NotPermitted):
        actions.follow(key, language="en", actor=anonymous(records.AT))


@pytest.mark.usefixtures("ann")
def test_a_mail_server_that_is_down_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    classify(2)

    def refuse(*_messages: Any) -> int:
        raise OSError("the server is down")

    teller = Teller()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        assert teller.tend(at=records.AT) == 0
    assert teller.tend(at=records.AT) == 0  # it rests
    assert teller.tend(at=records.AT.replace(minute=59)) == 1
    assert teller.tend(at=records.AT.replace(minute=59)) == 0


@pytest.mark.usefixtures("ann")
def test_a_closed_account_is_not_written_to():
    Account.objects.filter(email=people.ANN).update(is_active=False)
    classify(2)
    assert tell() == []

"""Flags: raised by anybody, read and resolved by editors; nothing told of hidden reports."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.index import sync
from incidentbase.serve.http import limits
from incidentbase.store.accounts.rules import NotPermitted, anonymous
from incidentbase.store.flags.models import Flag
from incidentbase.store.history import queries as history
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

FORM = "/reports/71/flag/"
LIST = "/summaries/flagged/"
HOSTILE = "<script>alert(1)</script>\u202e\u200b [x](javascript:alert(1))"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    cache.clear()
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture(autouse=True)
def stories() -> None:
    records.report(71)
    records.report(72, is_flagged=True)
    records.report(73, visibility="internal", is_flagged=True)
    records.report(74, title="", url="", source_domain="")
    records.incident(7, reports=[71, 74])


def post(client: Client, clock: Any, address: str = FORM, **typed: str) -> Any:
    form = site.tree(client.get(address))
    hidden = {one["name"]: one["value"] for one in form.all("input", name="since")}
    clock.shift(30)
    return client.post(address, {**hidden, **typed})


def is_flagged(number: int = 71) -> bool:
    return bool((recorded.state_of("report", str(number)) or {})["is_flagged"])


def titles(client: Client) -> list[str]:
    page = site.tree(client.get(LIST))
    return [one.all("a")[0].text[-2:] for one in page.all("h2", class_="card__title")]


def test_a_visitor_flags_a_report_and_an_editor_resolves_it(client: Client, clock: Any) -> None:
    answer = post(client, clock, code="privacy", words="It names my neighbor.")

    assert answer["Location"] == "/reports/71/"
    assert "An editor will look at it." in site.tree(client.get("/reports/71/")).text
    assert is_flagged()
    public = site.tree(client.get(LIST)).text
    assert "It tells too much of a private person" in public
    assert "neighbor" not in public
    sync.catch_up(at=records.AT)
    found = client.get("/apps/discover.json?flag=true&is_incident_report=true").json()["results"]
    assert [row["report_number"] for row in found] == [71]

    ed = people.signed_in("ed@people.example", "incident_editor")
    assert "It names my neighbor." in site.tree(ed.get(LIST)).text
    done = ed.post(LIST, {"number": "71", "outcome": "corrected", "reason": "name taken out"})

    assert "1 report is not flagged any more." in site.tree(ed.get(done["Location"])).text
    assert not is_flagged()
    assert Flag.objects.get().outcome == "corrected"
    assert list(recorded.findings()) == []


def test_a_flag_that_was_imported_is_listed_and_resolved_too(client: Client) -> None:
    assert titles(client) == ["72"]
    ed = people.signed_in("ed@people.example", "incident_editor")
    assert set(titles(ed)) == {"72", "73"}

    ed.post(LIST, {"number": "72", "outcome": "unfounded"})

    assert not is_flagged(72)


@pytest.mark.parametrize("number", [73, 74, 99])
def test_what_cannot_be_seen_cannot_be_flagged(client: Client, number: int) -> None:
    head = history.head_seq()
    missing = client.get("/reports/98/flag/")
    answer = client.get(f"/reports/{number}/flag/")
    assert answer.status_code == client.post(f"/reports/{number}/flag/").status_code == 404
    # Not every 99: the version in the footer may have one.
    page = re.sub(rf"(reports(?:/|%2F)){number}\b", r"\g<1>98", answer.content.decode())
    assert page == missing.content.decode()
    assert history.head_seq() == head


@pytest.mark.parametrize("role", ["", "subscriber", "submitter", "taxonomy_editor"])
def test_nobody_but_editors_takes_a_flag_away(client: Client, role: str) -> None:
    other = people.signed_in("ann@people.example", *([role] if role else [])) if role else client
    assert other.post(LIST, {"number": "72", "outcome": "unfounded"}).status_code == 404
    assert is_flagged(72)
    with pytest.raises(NotPermitted):
        review.resolve_flags(72, outcome="unfounded", actor=anonymous(records.AT))


@pytest.mark.parametrize(
    "typed", [{"number": "99", "outcome": "unfounded"}, {"number": "72", "outcome": "x"}]
)
def test_a_resolution_that_makes_no_sense_writes_nothing(typed: dict[str, str]) -> None:
    ed = people.signed_in("ed@people.example", "incident_editor")
    assert ed.post(LIST, typed).status_code == 404
    assert is_flagged(72)


def test_machines_are_slowed_down(client: Client, clock: Any) -> None:
    assert post(client, clock, code="wrong", website="x").status_code == 422
    assert post(client, clock, code="").status_code == 422
    assert post(client, clock, code="wrong", words="x" * 2_001).status_code == 422
    assert client.post(FORM, {"code": "wrong"}).status_code == 422
    most, _seconds = limits.LIMITS["flag"]
    answers = [post(client, clock, code="wrong").status_code for _ in range(most + 1)]
    assert answers == [302] * most + [422]


def test_hostile_words_are_harmless(client: Client, clock: Any) -> None:
    post(client, clock, code="other", words=HOSTILE)
    page = site.tree(people.signed_in("ed@people.example", "incident_editor").get(LIST))
    assert [one for one in page.all("script") if "alert" in one.raw] == []
    assert "\u202e" not in page.raw
    assert "javascript:" not in "".join(page.links())


def test_a_resolution_is_undone_as_one(client: Client, clock: Any) -> None:
    post(client, clock, code="wrong")
    post(client, clock, code="other")
    ed = people.viewer(people.account("ed@people.example", "incident_editor"))
    review.resolve_flags(71, outcome="corrected", actor=ed)

    group = recorded.newest_act("report", "71")
    assert group is not None
    record_actions.undo(group, actor=ed)

    assert is_flagged()
    assert Flag.objects.filter(resolved_at=None).count() == 2
    assert list(recorded.findings()) == []

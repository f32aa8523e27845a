"""The history for others: what everybody may read of it, and every kind of tampering found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.store.accounts.rules import anonymous, system
from incidentbase.store.history import log
from incidentbase.store.history.models import ChainHead, Change
from incidentbase.store.incidents.models import Incident
from incidentbase.store.records import actions, queries
from incidentbase.store.records import log as exported
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from tests.make import records

pytestmark = pytest.mark.django_db

VISITOR = anonymous(records.AT)
OPERATOR = system("export", records.AT)


def edit(number: int, reason: str = "", **wanted: Any) -> None:
    seen = actions.version_of(queries.state_of("incident", str(number)) or {})
    actions.edit("incident", str(number), wanted, seen=seen, actor=OPERATOR, reason=reason)


@pytest.fixture(autouse=True)
def story() -> None:
    records.report(71)
    records.incident(7, reports=[71])
    edit(7, title="A better title", reason="clearer")
    records.incident(8, visibility="internal", title="secret draft")
    edit(8, title="still secret", reason="secret reason")
    review.submit(
        Draft(
            url="https://news.example/bus",
            title="A secret submission",
            authors=("Ann Author",),
            date_published="2026-02-01",
            date_downloaded="2026-02-02",
            text="A bus without a driver went past its stop and nobody could get off. " * 2,
        ),
        actor=VISITOR,
    )


def all_lines() -> list[str]:
    return list(exported.lines(OPERATOR))


def public_lines() -> list[str]:
    return list(exported.lines(VISITOR))


def test_the_whole_log_is_sound_and_says_everything() -> None:
    found = log.verify(all_lines())

    assert (found.entries, found.withheld) == (Change.objects.count(), 0)
    assert found.head == ChainHead.objects.get().hash
    assert "secret reason" in "".join(all_lines())


def test_what_everybody_may_read_is_verified_as_well_and_tells_nothing_else() -> None:
    lines = public_lines()
    found = log.verify(lines)

    assert found.entries == Change.objects.count()
    assert "secret" not in "".join(lines)
    entries = [json.loads(line) for line in lines[:-1]]
    told = [(one["kind"], one["key"], one["action"]) for one in entries if "delta" in one]
    assert ("incident", "7", "incident.edit") in told
    assert ("report", "71", "report.import") in told
    assert {key for kind, key, _action in told if kind == "incident"} == {"7"}
    assert found.withheld == found.entries - len(told)


def test_entries_of_a_hidden_time_are_withheld() -> None:
    edit(7, visibility="internal", reason="secret matter")
    edit(7, title="secret title")
    edit(7, visibility="public", title="Open again")

    lines = public_lines()

    assert "secret" not in "".join(lines)
    assert log.verify(lines).entries == Change.objects.count()


def changed(place: int, **values: Any) -> Callable[[list[str]], list[str]]:
    def tamper(lines: list[str]) -> list[str]:
        found = {**json.loads(lines[place]), **values}
        return [*lines[:place], json.dumps(found), *lines[place + 1 :]]

    return tamper


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (changed(2, reason="otherwise"), "the content of entry 3 does not match its hash"),
        (changed(2, delta={}), "the content of entry 3 does not match its hash"),
        (changed(2, at="2020-01-01T00:00:00.000Z"), "the content of entry 3"),
        (changed(2, at="yesterday"), "entry 3 lacks what its hash seals"),
        (changed(2, hash="0" * 64), "the content of entry 3 does not match its hash"),
        (changed(2, previous="0" * 64), "entry 3 does not follow the entry before it"),
        (lambda lines: lines[:1] + lines[2:], "entry 2 is missing"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "entry 1 is missing"),
        (lambda lines: lines[:-1], "the file is cut off after entry"),
        (lambda lines: [*lines[:-2], lines[-1]], "is missing: the file says that it ends"),
        (lambda lines: [*lines, lines[0]], "there is more after the end"),
        (lambda lines: ["no json\n", *lines], "line 1 is not JSON"),
        (lambda lines: ["[1]\n", *lines], "line 1 is no entry"),
        (lambda _lines: [], "the file is cut off after entry 0"),
    ],
)
def test_every_kind_of_tampering_is_found(
    tamper: Callable[[list[str]], list[str]], said: str
) -> None:
    with pytest.raises(log.Broken, match=said):
        log.verify(tamper(all_lines()))


def test_a_withheld_entry_cannot_be_exchanged_either() -> None:
    lines = public_lines()
    place = next(n for n, line in enumerate(lines) if "delta" not in json.loads(line))
    with pytest.raises(log.Broken, match=f"entry {place + 2} does not follow"):
        log.verify(changed(place, hash="0" * 64)(lines))


def test_everybody_downloads_it(client: Client) -> None:
    cache.clear()
    answer = Client(SERVER_NAME="localhost").get("/history.jsonl")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert log.verify(lines).entries == Change.objects.count()
    assert "secret" not in "".join(lines)


def break_content() -> None:
    Change.objects.filter(seq=3).update(reason="another")


def break_link() -> None:
    Change.objects.filter(seq=3).update(previous="0" * 64)


def remove_entry() -> None:
    Change.objects.filter(seq=2).delete()


def remove_last() -> None:
    Change.objects.order_by("-seq").first().delete()  # type: ignore[union-attr]


def move_head() -> None:
    ChainHead.objects.update(hash="0" * 64)


def break_record() -> None:
    Incident.objects.filter(incident_id=7).update(title="Changed behind the back")


def remove_record() -> None:
    Incident.objects.filter(incident_id=8).delete()


@pytest.mark.parametrize(
    ("tamper", "where", "problem"),
    [
        (break_content, "history entry 3", "its content does not match its hash"),
        (break_link, "history entry 3", "it does not follow the entry before it"),
        (remove_entry, "history entry 2", "entry 2 is missing"),
        (remove_last, "history entry", "the head of the chain points elsewhere"),
        (move_head, "history entry", "the head of the chain points elsewhere"),
        (break_record, "incident 7", "it differs from its newest entry in the history"),
        (remove_record, "incident 8", "it is in the history, but not in the store"),
    ],
)
def test_verify_names_the_first_thing_that_is_broken(
    tamper: Callable[[], None], where: str, problem: str
) -> None:
    assert list(queries.findings()) == []

    tamper()

    first = next(queries.findings())
    assert first.where.startswith(where)
    assert first.problem == problem

"""The history of a record as viewers may read it, asked by those who try to learn too much."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from incidentbase.store.accounts import rules
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.curation import actions as curation
from incidentbase.store.records import actions, past, queries
from incidentbase.store.records.past import Actor
from tests.make import records

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
NOW = records.AT + 100 * HOUR
VISITOR = rules.anonymous(NOW)
STAFF = Viewer("account:staff", NOW, frozenset({rules.TAXONOMY_EDITOR}))
EDITOR = Viewer("account:editor", NOW, frozenset({rules.INCIDENT_EDITOR}))


def edit(
    number: int,
    *,
    after: int,
    kind: str = "incident",
    actor: str = "account:editor",
    reason: str = "",
    **wanted: Any,
) -> None:
    """Edit a record so many hours after it was made."""
    state = queries.state_of(kind, str(number))
    assert state is not None
    who = Viewer(actor, records.AT + after * HOUR, frozenset({rules.INCIDENT_EDITOR}))
    seen = actions.version_of(state)
    actions.edit(kind, str(number), wanted, seen=seen, actor=who, reason=reason)


def told(number: int = 7, viewer: Viewer = VISITOR) -> list[past.PastVersion]:
    found = past.of_incident(number, viewer=viewer)
    assert found is not None
    return found.versions


def told_of_report(number: int = 1, viewer: Viewer = VISITOR) -> list[past.PastVersion]:
    found = past.of_report(number, viewer=viewer)
    assert found is not None
    return found.versions


def hidden_incident(number: int, **changes: Any) -> int:
    return records.incident(number, visibility=rules.INTERNAL, **changes)


def test_every_version_says_when_who_what_and_why_newest_first() -> None:
    records.incident(7)
    edit(7, after=1, title="Better", reason="clearer")

    newest, first = told()

    assert newest.at == records.AT + HOUR
    assert (newest.action, newest.reason) == ("incident.edit", "clearer")
    assert newest.delta["title"] == ["Title of incident 7", "Better"]
    assert newest.state is not None
    assert newest.state["title"] == "Better"
    assert first.is_first
    assert first.delta == {}
    assert first.actor == Actor(is_account=False, name="tests")
    assert not newest.is_first


@pytest.mark.parametrize("number", [8, 9, 10])
def test_a_record_that_is_hidden_or_missing_has_no_past(number: int) -> None:
    hidden_incident(8)
    records.incident(9, visibility=rules.EMBARGOED, embargoed_until="2030-01-01T00:00:00.000Z")
    records.report(8, visibility=rules.RESTRICTED)

    assert past.of_incident(number, viewer=VISITOR) is None
    assert past.of_report(number, viewer=VISITOR) is None


def test_a_withdrawn_record_has_no_past_for_visitors_and_all_of_it_for_editors() -> None:
    records.incident(7)
    edit(7, after=1, visibility=rules.INTERNAL, reason="a complaint")

    assert past.of_incident(7, viewer=VISITOR) is None
    newest, _first = told(viewer=EDITOR)
    assert newest.delta["visibility"] == [rules.PUBLIC, rules.INTERNAL]
    assert newest.reason == "a complaint"


def test_versions_of_a_hidden_time_are_listed_without_anything() -> None:
    records.incident(7)
    edit(7, after=1, visibility=rules.INTERNAL, reason="because of secret one")
    edit(7, after=2, title="secret two", reason="secret three")
    edit(7, after=3, title="Open again", visibility=rules.PUBLIC, reason="no longer secret two")

    newest, third, second, first = told()

    assert (second, third) == (past.PastVersion(second.seq), past.PastVersion(third.seq))
    assert not second.is_shown
    assert newest.has_gap
    assert newest.delta["title"] == ["Title of incident 7", "Open again"]
    assert first.is_first
    assert "secret" not in repr([newest, third, second, first])
    assert rules.INTERNAL not in repr([newest, third, second, first])


def test_a_record_published_at_last_begins_there() -> None:
    hidden_incident(7, title="secret draft", deployers=[])
    edit(7, after=1, title="Published", visibility=rules.PUBLIC, reason="secret reason")

    newest, draft = told()

    assert newest.is_first
    assert newest.delta == {}
    assert not draft.is_shown
    assert "secret" not in repr([newest, draft])


def test_a_text_taken_back_during_an_embargo_stays_hidden_after_it() -> None:
    until = (records.AT + 10 * HOUR).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    records.incident(7, title="secret", visibility=rules.EMBARGOED, embargoed_until=until)
    edit(7, after=2, title="also secret")
    edit(7, after=10, title="secret to the last moment")
    edit(7, after=10, title="As it was opened")
    edit(7, after=20, title="Edited in the open")

    newest, opened, *before = told()

    assert newest.delta["title"] == ["As it was opened", "Edited in the open"]
    assert opened.is_first
    assert [one.is_shown for one in before] == [False, False, False]
    assert "secret" not in repr(told())
    assert past.of_incident(7, viewer=rules.anonymous(records.AT + 9 * HOUR)) is None


def test_restricted_versions_are_shown_to_staff_and_not_to_visitors() -> None:
    records.incident(7, title="for staff", visibility=rules.RESTRICTED)
    edit(7, after=1, title="for all", visibility=rules.PUBLIC)

    assert [one.is_shown for one in told(viewer=STAFF)] == [True, True]
    assert [one.is_shown for one in told(viewer=VISITOR)] == [True, False]


def test_hidden_reports_incidents_and_entities_are_never_named() -> None:
    records.entity("acme")
    records.entity("secret-firm")
    records.report(1)
    records.report(2, visibility=rules.RESTRICTED)
    hidden_incident(8, deployers=["secret-firm"])
    records.incident(7)
    edit(
        7,
        after=1,
        reports=[1, 2],
        deployers=["acme", "secret-firm"],
        editor_similar=[8],
        machine_similar=[[8, 0.5]],
        reason="with report 2, see incident 8",
    )
    edit(7, after=2, deployers=["acme"], reports=[1], reason="secret-firm and 2 taken out")

    newest, middle, _first = told()

    assert middle.delta == {
        "reports": [[], [1]],
        "deployers": [[], ["acme"]],
        "modified_at": [None, "2026-03-04T06:06:07.000Z"],
    }
    assert middle.reason == ""
    assert middle.action == "incident.edit"
    assert newest.delta.keys() == {"modified_at"}
    assert newest.reason == ""
    assert "secret" not in repr(told())
    assert middle.state is not None
    assert (middle.state["editor_similar"], middle.state["machine_similar"]) == ([], [])
    everything = told(viewer=EDITOR)
    assert everything[1].delta["reports"] == [[], [1, 2]]
    assert everything[1].delta["deployers"] == [[], ["acme", "secret-firm"]]


def test_a_version_that_differs_in_hidden_records_only_is_as_if_it_had_never_been() -> None:
    records.incident(7)
    before = told()
    records.report(2, visibility=rules.INTERNAL)
    records.incident(7, reports=[2])

    assert told() == before
    assert len(told(viewer=EDITOR)) == 2


def test_an_act_on_a_hidden_record_too_tells_neither_its_name_nor_its_reason() -> None:
    for number in (1, 2, 3):
        records.report(number)
    records.incident(7, reports=[1])
    records.incident(9)
    hidden_incident(8, reports=[2])
    actor = Viewer("account:editor", records.AT + HOUR, frozenset({rules.INCIDENT_EDITOR}))
    with actions.writing(actor, "incident.merge", reason="the same as secret 8") as writer:
        writer.change("incident", "7", reports=[1, 2])
        writer.change("incident", "8", reports=[])
    curation.move_reports([3], to=[9], actor=actor, reason="all of it in the open")

    assert (told()[0].action, told()[0].reason) == ("incident.edit", "")
    assert told()[0].delta["reports"] == [[1], [1, 2]]
    assert (told(9)[0].action, told(9)[0].reason) == ("incident.link", "all of it in the open")
    assert told(viewer=EDITOR)[0].reason == "the same as secret 8"


def test_people_are_named_only_if_an_open_incident_credits_them() -> None:
    credited, unknown, hidden = (records.object_id("editor", name) for name in "abc")
    records.incident(7, editors=[credited])
    hidden_incident(8, editors=[hidden])
    records.incident(9, editors=[unknown])
    for public_id, name in ((credited, "Ada"), (hidden, "Hedy"), (unknown, "")):
        Account.objects.filter(public_id=public_id).update(first_name=name)
    for hour, public_id in enumerate((credited, unknown, hidden), 1):
        edit(7, after=hour, actor=f"account:{public_id}", title=f"Title {hour}")

    versions = told()

    assert [one.actor.name for one in versions[:3] if one.actor] == ["", "", "Ada"]
    # The ids of those who are credited are public, as editors of the incident.
    assert not any(public_id in repr(versions) for public_id in (unknown, hidden))
    assert told(viewer=EDITOR)[0].actor == Actor(True, "Hedy", account_id=hidden)

    edit(7, after=5, editors=[credited, hidden])

    assert told()[0].delta["editors"] == [["Ada"], ["Ada", "Hedy"]]


def test_no_version_of_a_report_shows_more_text_than_its_source_permits_now() -> None:
    words = "word " * 40
    records.report(1, text=f"{words}forbidden end")
    edit(1, kind="report", after=1, text=f"{words}other forbidden end")
    edit(1, kind="report", after=2, snippet_max_characters=30, description="forbidden " * 9)

    versions = told_of_report()

    assert "forbidden end" not in repr(versions)
    texts = [one.state["text"] for one in versions if one.state]
    assert all(len(shown) <= 30 and shown.endswith("…") for shown in texts)
    assert "other forbidden end" in repr(told_of_report(viewer=EDITOR))


def test_a_variant_has_a_past_only_through_an_incident_that_may_be_seen() -> None:
    for number in (1, 2):
        records.report(number, title="", url="", source_domain="")
    records.incident(7, reports=[1])
    hidden_incident(8, reports=[2])

    assert past.of_report(1, viewer=VISITOR) is not None
    assert past.of_report(2, viewer=VISITOR) is None


def test_a_removal_and_what_was_before_it_are_told() -> None:
    records.report(1)
    first = queries.state_of("report", "1")
    actor = Viewer("account:editor", records.AT + HOUR, frozenset({rules.INCIDENT_EDITOR}))
    with actions.writing(actor, "report.remove", reason="secret") as writer:
        writer.remove("report", "1")
    assert past.of_report(1, viewer=VISITOR) is None
    assert past.of_report(1, viewer=EDITOR) is None
    made = next(iter(queries.versions("report", "1"))).seq - 1
    actions.restore("report", "1", made, actor=actor)

    again, removed, before = told_of_report()

    assert [again.is_shown, removed.is_shown, before.is_shown] == [True, False, True]
    assert first is not None
    assert before.state is not None
    assert before.state["title"] == first["title"]
    assert "secret" not in repr(told_of_report())
    assert [one.is_shown for one in told_of_report(viewer=EDITOR)] == [True, True, True]


def test_a_version_is_found_by_its_number_only_if_it_is_shown() -> None:
    hidden_incident(7)
    edit(7, after=1, visibility=rules.PUBLIC)
    found = past.of_incident(7, viewer=VISITOR)
    assert found is not None
    newest, draft = found.versions

    assert found.version(newest.seq) == newest
    assert found.version(draft.seq) is None
    assert found.version(10**9) is None

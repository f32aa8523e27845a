"""Editing any record: versions, conflicts, restoring, undoing; the history stays sound."""

from __future__ import annotations

import datetime as dt

import pytest

from incidentbase.store.accounts import rules
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.records import actions, queries
from tests.make import records

pytestmark = pytest.mark.django_db

LATER = records.AT + dt.timedelta(hours=1)


def editor(name: str = "one", *, at: dt.datetime = LATER) -> Viewer:
    return Viewer(f"system:{name}", at, frozenset({rules.INCIDENT_EDITOR}))


def incident(**changes: object) -> str:
    return str(records.incident(7, **changes))


def seen(kind: str, key: str) -> str:
    state = queries.state_of(kind, key)
    assert state is not None
    return actions.version_of(state)


def edit(key: str, *, version: str = "", **wanted: object) -> dict[str, object]:
    version = version or seen("incident", key)
    return actions.edit("incident", key, wanted, seen=version, actor=editor(), reason="why not")


def sound() -> bool:
    return list(queries.findings()) == []


def test_an_edit_is_a_version_with_who_when_and_why() -> None:
    key = incident()

    edit(key, title="A better title")

    newest, first = list(queries.versions("incident", key))
    assert newest.change.actor == "system:one"
    assert newest.change.reason == "why not"
    assert newest.change.at == LATER
    assert newest.change.delta["title"] == ["Title of incident 7", "A better title"]
    assert newest.state is not None
    assert first.state is not None
    assert (newest.state["title"], first.state["title"]) == (
        "A better title",
        "Title of incident 7",
    )
    assert newest.state["modified_at"] == "2026-03-04T06:06:07.000Z"
    assert sound()


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    key = incident()
    head = history.head_seq()

    edit(key, title="Title of incident 7")

    assert history.head_seq() == head


def test_lists_are_edited_like_any_field() -> None:
    records.report(1)
    records.report(2)
    records.entity("acme")
    key = incident(reports=[1])

    edit(key, reports=[2, 1], deployers=["acme"])

    state = queries.state_of("incident", key)
    assert state is not None
    assert (state["reports"], state["deployers"]) == ([2, 1], ["acme"])
    assert sound()


def test_edits_of_different_fields_meet_without_a_conflict() -> None:
    key = incident()
    version = seen("incident", key)
    edit(key, title="By the first")

    state = edit(key, version=version, description="By the second")

    assert (state["title"], state["description"]) == ("By the first", "By the second")


def test_edits_of_the_same_field_are_a_conflict_that_loses_nothing() -> None:
    key = incident()
    version = seen("incident", key)
    edit(key, title="By the first", date="2020-01-01")
    head = history.head_seq()

    with pytest.raises(actions.EditConflict) as conflict:
        edit(key, version=version, title="By the second", description="By the second")

    (clash,) = conflict.value.clashes.items()
    assert clash[0] == "title"
    assert (clash[1].before, clash[1].theirs, clash[1].own) == (
        "Title of incident 7",
        "By the first",
        "By the second",
    )
    assert conflict.value.version == seen("incident", key)
    assert history.head_seq() == head
    edit(key, version=conflict.value.version, title="By the second", description="By the second")
    assert sound()


def test_the_same_change_by_two_is_no_conflict() -> None:
    key = incident()
    version = seen("incident", key)
    edit(key, title="Both think so")

    assert edit(key, version=version, title="Both think so")["title"] == "Both think so"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"incident_id": 8}, "incident_id"),
        ({"created_at": "2020-01-01T00:00:00.000Z"}, "created_at"),
        ({"reports": [99]}, "reports"),
        ({"deployers": ["nobody"]}, "deployers"),
        ({"editors": ["0" * 24]}, "editors"),
        ({"visibility": "x" * 11}, "visibility"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    wanted: dict[str, object], field: str
) -> None:
    key = incident()
    head = history.head_seq()

    with pytest.raises(actions.Unfit) as unfit:
        edit(key, title="Half a write", **wanted)

    assert unfit.value.field == field
    assert history.head_seq() == head
    assert sound()


@pytest.mark.parametrize("role", [None, rules.SUBSCRIBER, rules.SUBMITTER, rules.TAXONOMY_EDITOR])
def test_only_editors_edit_restore_and_undo(role: str | None) -> None:
    key = incident()
    change = history.of_record("incident", key).get()
    stranger = Viewer("account:x", LATER, frozenset({role} - {None}))

    for act in (
        lambda: actions.edit("incident", key, {"title": "x"}, seen="", actor=stranger),
        lambda: actions.restore("incident", key, change.seq, actor=stranger),
        lambda: actions.undo(change.group, actor=stranger),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_version_is_restored_as_a_new_one() -> None:
    key = incident()
    first = history.of_record("incident", key).get().seq
    edit(key, title="Wrong", description="Wrong")

    actions.restore("incident", key, first, actor=editor(), reason="vandalism")

    state = queries.state_of("incident", key)
    assert state is not None
    assert (state["title"], state["description"]) == (
        "Title of incident 7",
        "Description of incident 7.",
    )
    assert len(list(queries.versions("incident", key))) == 3
    assert sound()
    with pytest.raises(actions.NoSuchRecord):
        actions.restore("incident", key, 10**6, actor=editor())


def test_a_removed_record_is_undone_and_restored() -> None:
    records.report(1, tags=["one", "two"])
    before = queries.state_of("report", "1")
    with actions.writing(editor(), "report.remove") as writer:
        writer.remove("report", "1")
    assert queries.state_of("report", "1") is None
    assert sound()

    actions.undo(history.of_record("report", "1").first().group, actor=editor())

    assert queries.state_of("report", "1") == before
    assert sound()


def test_what_others_refer_to_is_not_removed() -> None:
    records.report(1)
    records.incident(7, reports=[1])
    records.incident_translation(7, "ja", "題")

    for kind, key in (("report", "1"), ("incident", "7")):
        with pytest.raises(actions.StillNeeded), actions.writing(editor(), "x.y") as writer:
            writer.remove(kind, key)
    assert sound()


def test_an_act_is_undone_as_a_whole_and_only_if_nothing_came_after() -> None:
    records.report(1)
    records.incident(7, reports=[1])
    records.incident(8)
    before = [queries.state_of("incident", key) for key in ("7", "8")]
    with actions.writing(editor(), "incident.move") as writer:
        writer.change("incident", "7", reports=[])
        writer.change("incident", "8", reports=[1])
        writer.change("incident", "8", title="With a report")
    group = Change.objects.order_by("-seq").first().group
    edit("7", title="Edited afterwards")

    with pytest.raises(actions.CannotUndo):
        actions.undo(group, actor=editor())
    assert queries.state_of("incident", "8")["title"] == "With a report"
    actions.undo(Change.objects.order_by("-seq").first().group, actor=editor())
    assert actions.undo(group, actor=editor()) == 3
    with pytest.raises(actions.CannotUndo):
        actions.undo(group, actor=editor())

    assert [queries.state_of("incident", key) for key in ("7", "8")] == before
    assert sound()


def test_imports_are_not_undone() -> None:
    key = incident()

    with pytest.raises(actions.CannotUndo):
        actions.undo(history.of_record("incident", key).get().group, actor=editor())


def test_an_edited_record_is_known_to_the_next_import() -> None:
    key = incident()
    edit(key, title="Edited here")

    outcome = records.imports.import_states(
        "incident", [records.incident_state(7, title="Changed there")], actor=records.actor()
    )

    assert [skipped.key for skipped in outcome.skipped] == ["7"]
    assert queries.state_of("incident", key)["title"] == "Edited here"

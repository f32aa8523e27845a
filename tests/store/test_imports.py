"""Imports in batches: repeatable, local edits kept, bad rows left out, the chain sound."""

from __future__ import annotations

import pytest

from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.imports import actions as imports
from incidentbase.store.incidents.models import Incident
from incidentbase.store.records import queries as verification
from tests.make import records

pytestmark = pytest.mark.django_db


def test_a_second_import_changes_nothing() -> None:
    state = records.report_state(1)
    records.bring_in("report", state)
    head = history.head_seq()

    outcome = imports.import_states("report", [state], actor=records.actor())

    assert (outcome.unchanged, outcome.added, outcome.changed) == (1, [], {})
    assert history.head_seq() == head


def test_a_changed_record_is_reported_with_its_fields() -> None:
    records.report(1)

    outcome = imports.import_states(
        "report",
        [records.report_state(1, title="A better headline", authors=["Somebody Else"])],
        actor=records.actor(),
    )

    assert outcome.changed == {"1": ["title", "authors"]}
    delta = history.of_record("report", "1").first().delta
    assert delta["title"] == ["Headline of report 1", "A better headline"]


def test_a_local_edit_survives_a_change_at_the_source() -> None:
    records.incident(7)
    with history_actions.recording(records.actor(), "incident.edit", at=records.AT) as recorder:
        Incident.objects.filter(incident_id=7).update(title="Edited here")
        before = records.incident_state(7)
        recorder.changed("incident", "7", before, {**before, "title": "Edited here"})

    outcome = imports.import_states(
        "incident", [records.incident_state(7, description="New text")], actor=records.actor()
    )

    assert [skipped.key for skipped in outcome.skipped] == ["7"]
    assert Incident.objects.get(incident_id=7).title == "Edited here"


def test_a_record_that_the_database_refuses_does_not_take_its_batch_along() -> None:
    states = [records.report_state(number) for number in (1, 2, 3)]
    states[1]["object_id"] = states[0]["object_id"]

    outcome = imports.import_states("report", states, actor=records.actor())

    assert outcome.added == ["1", "3"]
    assert [skipped.key for skipped in outcome.skipped] == ["2"]
    assert not list(verification.findings())


def test_a_rehearsal_keeps_nothing() -> None:
    with imports.rehearsal():
        records.incident(1)
    assert not Incident.objects.exists()
    assert history.head_seq() == 0


def test_numbers_are_never_given_twice() -> None:
    records.incident(41)
    with history_actions.recording(records.actor(), "number.take", at=records.AT):
        assert history_actions.allocate_number("incident") == 42
    with history_actions.recording(records.actor(), "number.take", at=records.AT):
        assert history_actions.allocate_number("incident") == 43


def test_verify_finds_a_row_changed_behind_the_historys_back() -> None:
    records.incident(1)
    Incident.objects.update(title="Tampered with")

    findings = list(verification.findings())

    assert [finding.where for finding in findings] == ["incident 1"]


def test_verify_names_the_first_broken_entry_of_the_chain() -> None:
    for number in range(1, 6):
        records.report(number)
    Change.objects.filter(seq=3).update(actor="somebody:else")

    assert next(iter(verification.findings())).where == "history entry 3"


def test_verify_notices_a_missing_entry() -> None:
    for number in range(1, 4):
        records.report(number)
    Change.objects.filter(seq=2).delete()

    assert next(iter(verification.findings())).where == "history entry 2"


def test_every_state_reads_back_as_it_was_written() -> None:
    records.entity("acme")
    records.entity("public")
    records.report(1)
    records.taxonomy("CSET", records.field("Harm", "multi"), records.field("Notes", "long_string"))
    records.incident(
        5,
        reports=[1],
        deployers=["acme"],
        harmed=["public"],
        editors=["65031f49ec066d7c64380f5c"],
        machine_similar=[[3, 0.991], [4, None]],
        editor_similar=[3],
        flagged_dissimilar=[9],
        map_x=-0.25,
        map_y=0.5,
    )
    records.classification("CSET", 5, ["Harm", '["a, b", "c"]'], ["Unknown field", "not json"])
    records.incident_translation(5, "ja", "題名", "説明")

    assert not list(verification.findings())


def test_only_an_admin_may_import() -> None:
    editor = Viewer(label="account:x", at=records.AT, roles=frozenset({"incident_editor"}))
    with pytest.raises(NotPermitted):
        imports.import_states("report", [records.report_state(1)], actor=editor)
    assert history.head_seq() == 0


def test_a_text_too_long_for_its_column_is_skipped_with_its_name() -> None:
    outcome = imports.import_states(
        "report",
        [records.report_state(1, source_domain="x" * 300), records.report_state(2)],
        actor=records.actor(),
    )
    assert outcome.added == ["2"]
    assert outcome.skipped[0].reason == "source_domain is too long"

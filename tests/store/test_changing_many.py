"""Tags of many reports and statuses of many classifications: one act each, for those who may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from incidentbase.store.accounts import rules as roles
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.curation import actions as curation
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports import queries as reports
from tests.make import records

pytestmark = pytest.mark.django_db

LATER = records.AT + dt.timedelta(hours=1)
VISITOR = roles.anonymous(LATER)
STATUS = "Annotation Status"
STATUSES = ["1. Annotation in progress", "6. Complete and final"]


def viewer(*held: str, **more: Any) -> Viewer:
    return Viewer("account:ed", LATER, frozenset(held), **more)


ED = viewer(roles.INCIDENT_EDITOR)


def state(kind: str, key: object) -> dict[str, Any]:
    found = recorded.state_of(kind, str(key))
    assert found is not None
    return found


def everything() -> dict[tuple[str, str], dict[str, Any]]:
    pairs = Change.objects.exclude(kind="account").values_list("kind", "key").distinct()
    found = {pair: recorded.state_of(*pair) for pair in pairs}
    return {pair: one for pair, one in found.items() if one is not None}


def undo_last() -> None:
    group = history.newest_act(ED.label, after=0)
    assert group is not None
    record_actions.undo(group, actor=ED)


def sound() -> bool:
    return list(recorded.findings()) == []


def test_tags_are_given_to_many_and_taken_away_in_one_act() -> None:
    for number in range(1, 31):
        records.report(number, tags=["old", "kept"] if number % 2 else ["new"])
    before = everything()

    changed = curation.change_tags(
        range(1, 31), add=[" new ", "new", ""], remove=["old", "none"], actor=ED
    )

    assert changed == 15
    assert state("report", 1)["tags"] == ["kept", "new"]
    assert state("report", 2) == before["report", "2"]
    assert len(set(Change.objects.filter(action="report.tag").values_list("group"))) == 1
    assert sound()
    undo_last()
    assert everything() == before


def test_too_many_or_unfit_changes_are_refused_whole() -> None:
    records.report(1)
    before = everything()
    for numbers, add in (([1], ["x" * 201]), (range(1, 1_002), ["x"])):
        with pytest.raises(record_actions.Unfit):
            curation.change_tags(numbers, add=add, remove=[], actor=ED)
    with pytest.raises(record_actions.NoSuchRecord):
        curation.change_tags([1, 2], add=["x"], remove=[], actor=ED)
    assert everything() == before


def annotated() -> dict[int, str]:
    """Make incidents and a report with classifications; return the ids by number."""
    field = records.field(STATUS, "enum", public=False, permitted_values=STATUSES)
    records.taxonomy("CSETv1", field, records.field("Notes"))
    records.taxonomy("MIT", records.field("Notes"))
    found = {}
    for number in (1, 2, 3):
        records.incident(number)
        answers = [["Notes", '"n"'], [STATUS, f'"{STATUSES[0]}"']][: 1 + number % 2]
        found[number] = records.classification("CSETv1", number, *answers)
        records.classification("MIT", number, ["Notes", '"n"'])
    records.report(9)
    found[9] = records.classification(
        "CSETv1", None, ["Notes", '"n"'], report_number=9, is_published=False
    )
    return found


def test_statuses_of_many_classifications_are_set_in_one_act() -> None:
    made = annotated()
    before = everything()

    changed = curation.mark_classifications(
        "CSETv1", incidents=[1, 2, 99], reports=[9], status=STATUSES[1], actor=ED
    )

    assert changed == 3
    assert state("classification", made[1])["attributes"] == [
        ["Notes", '"n"'],
        [STATUS, '"6. Complete and final"'],
    ]
    assert state("classification", made[2])["attributes"][1][0] == STATUS
    assert state("classification", made[3]) == before["classification", made[3]]
    again = {"incidents": [1, 2], "status": STATUSES[1]}
    assert curation.mark_classifications("CSETv1", **again, actor=ED) == 0
    assert sound()
    undo_last()
    assert everything() == before


def test_classifications_are_published_and_taken_back() -> None:
    made = annotated()
    assert (
        curation.mark_classifications(
            "CSETv1", incidents=[1, 2, 3], reports=[9], is_published=True, actor=ED
        )
        == 1
    )
    assert state("classification", made[9])["is_published"] is True
    curation.mark_classifications("CSETv1", incidents=[1], is_published=False, actor=ED)
    assert state("classification", made[1])["is_published"] is False
    assert sound()


@pytest.mark.parametrize(("namespace", "status"), [("CSETv1", "7. Else"), ("MIT", STATUSES[0])])
def test_a_status_is_one_that_the_taxonomy_permits(namespace: str, status: str) -> None:
    annotated()
    with pytest.raises(record_actions.Unfit):
        curation.mark_classifications(namespace, incidents=[1], status=status, actor=ED)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (viewer(), False),
        (viewer(roles.SUBMITTER), False),
        (viewer(namespaces=frozenset({"MIT"})), False),
        (viewer(namespaces=frozenset({"CSETv1"})), True),
        (viewer(roles.TAXONOMY_EDITOR), True),
        (viewer(roles.INCIDENT_EDITOR), True),
        (viewer(roles.ADMIN), True),
        (viewer(roles.TAXONOMY_EDITOR, scope=roles.SUBMIT), False),
    ],
)
def test_editors_of_a_taxonomy_mark_its_classifications(who: Viewer, may: bool) -> None:
    annotated()
    try:
        curation.mark_classifications("CSETv1", incidents=[1], status=STATUSES[1], actor=who)
    except NotPermitted:
        assert not may
    else:
        assert may


def test_classifications_of_records_that_one_may_not_see_stay_as_they_are() -> None:
    annotated()
    records.incident(1, visibility="internal")
    own = viewer(namespaces=frozenset({"CSETv1"}))
    assert (
        curation.mark_classifications("CSETv1", incidents=[1, 2], status=STATUSES[1], actor=own)
        == 1
    )


@pytest.mark.parametrize("role", ["", roles.SUBSCRIBER, roles.SUBMITTER, roles.TAXONOMY_EDITOR])
def test_only_incident_editors_tag_and_link(role: str) -> None:
    records.report(1)
    records.incident(7)
    who = viewer(*filter(None, [role]))
    with pytest.raises(NotPermitted):
        curation.change_tags([1], add=["x"], remove=[], actor=who)
    with pytest.raises(NotPermitted):
        curation.link_reports([1], to=[7], actor=who)
    assert reports.get(1, viewer=VISITOR) is not None

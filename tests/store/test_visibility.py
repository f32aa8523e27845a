"""Who sees what: one record of each class, in every query that leaves the store."""

from __future__ import annotations

import datetime as dt

import pytest

from incidentbase.store.accounts import rules
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports
from tests.make import records

pytestmark = pytest.mark.django_db

LATER = "2026-06-01T00:00:00.000Z"


@pytest.fixture
def one_of_each() -> None:
    for number, visibility in enumerate(rules.VISIBILITIES, start=1):
        until = LATER if visibility == rules.EMBARGOED else None
        records.report(number, visibility=visibility, embargoed_until=until)
        records.incident(number, visibility=visibility, embargoed_until=until, reports=[number])


def viewer(*roles: str, at: dt.datetime = records.AT) -> rules.Viewer:
    return rules.Viewer(label="account:x", at=at, roles=frozenset(roles))


@pytest.mark.parametrize(
    ("who", "numbers"),
    [
        (viewer(), {1}),
        (viewer("subscriber"), {1}),
        (viewer("taxonomy_editor"), {1, 2}),
        (viewer("incident_editor"), {1, 2, 3, 4}),
        (viewer("admin"), {1, 2, 3, 4}),
        (viewer(at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)), {1, 3}),
    ],
)
@pytest.mark.usefixtures("one_of_each")
def test_each_viewer_sees_the_classes_of_their_role(who: rules.Viewer, numbers: set[int]) -> None:
    shown = incidents.listed(who).values_list("incident_id", flat=True)
    assert set(shown) == numbers
    assert set(reports.complete(who).values_list("report_number", flat=True)) == numbers
    for number in range(1, 5):
        found = incidents.get(number, viewer=who)
        assert (found is not None) == (number in numbers)
        state = "embargoed" if number == 3 else rules.VISIBILITIES[number - 1]
        until = dt.datetime(2026, 6, 1, tzinfo=dt.UTC) if state == "embargoed" else None
        assert rules.may_see(who, visibility=state, embargoed_until=until) == (number in numbers)


@pytest.mark.usefixtures("one_of_each")
def test_counts_and_neighbors_speak_only_of_what_is_seen() -> None:
    assert incidents.count_by_year(viewer()) == [(2024, 1)]
    assert incidents.neighbors(1, viewer=viewer()).following is None
    assert incidents.number_at(0.99, viewer=viewer()) == 1
    assert [row.incident_id for row in incidents.newest(viewer(), limit=9)] == [1]


def test_a_hidden_report_does_not_count_in_a_public_incident() -> None:
    records.report(1)
    records.report(2, visibility="internal")
    records.incident(1, reports=[1, 2])

    card = incidents.cards([1], viewer=viewer())[1]

    assert card.report_count == 1  # type: ignore[attr-defined]


def test_duplicates_are_left_out_of_lists_and_lead_to_the_end_of_their_chain() -> None:
    records.incident(1)
    records.incident(2)
    records.duplicate(2, of=1)
    records.duplicate(3, of=2)

    assert [row.incident_id for row in incidents.listed(viewer())] == [1]
    assert incidents.true_number(3) == 1
    assert incidents.true_number(1) is None


def test_a_circle_of_duplicates_ends() -> None:
    records.duplicate(1, of=2)
    records.duplicate(2, of=1)
    assert incidents.true_number(1) in {1, 2}

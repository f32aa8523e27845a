"""The layout of the map: who has a point, when it is made anew, and that nothing hidden counts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidentbase.index import location, spatial, sync
from incidentbase.store.accounts import rules
from tests.make import records
from tests.serve import site

pytestmark = pytest.mark.django_db

WORDS = ("a car hit a cyclist", "a face was mistaken", "a loan was denied", "a chatbot lied")


@pytest.fixture(autouse=True)
def fresh_index(tmp_path: Path, settings: Any) -> Iterator[Path]:
    with site.index_in(tmp_path / "index", settings) as folder:
        yield folder


def make(*numbers: int, **changes: Any) -> None:
    for number in numbers:
        words = WORDS[number % len(WORDS)]
        title = f"Report says that {words}"
        records.incident(number, title=title, description=f"{words} again", **changes)
    sync.catch_up(at=records.AT)


def pending() -> spatial.Pending:
    return spatial.pending(at=records.AT)


def test_there_is_no_layout_at_first_and_none_is_due_without_incidents() -> None:
    assert spatial.layout().points == {}
    assert pending() == spatial.Pending((), is_due=False)


def test_every_incident_gets_a_point() -> None:
    make(*range(1, 41))
    assert pending().is_due

    assert spatial.lay_out(at=records.AT) == 40

    assert set(spatial.layout().points) == set(range(1, 41))
    assert pending() == spatial.Pending((), is_due=False)


def test_a_new_incident_joins_those_that_are_most_like_it() -> None:
    make(*range(1, 41))
    spatial.lay_out(at=records.AT)
    before = dict(spatial.layout().points)
    make(41)
    assert pending() == spatial.Pending((41,), is_due=False)

    spatial.join((41,), at=records.AT)

    points = spatial.layout().points
    assert {number: points[number] for number in before} == before
    alike = [math.dist(points[41], before[number]) for number in range(1, 41, 4)]
    others = [math.dist(points[41], before[number]) for number in range(2, 41, 4)]
    assert sum(alike) < sum(others)
    assert spatial.layout().joined == {41}


def test_no_point_covers_another() -> None:
    make(*range(1, 41))
    spatial.lay_out(at=records.AT)
    make(41, 42, 43, 44)
    spatial.join((41, 42, 43, 44), at=records.AT)

    points = list(spatial.layout().points.values())

    nearest = min(
        math.dist(one, other) for place, one in enumerate(points) for other in points[:place]
    )
    assert nearest > 0.001


def test_an_incident_like_no_other_lies_in_the_middle() -> None:
    make(*range(1, 9))
    spatial.lay_out(at=records.AT)
    records.incident(50, title="Zzyzx", description="quux")
    sync.catch_up(at=records.AT)

    spatial.join((50,), at=records.AT)

    assert spatial.layout().points[50] == (0.0, 0.0)


def test_many_new_incidents_make_a_new_layout_due_and_so_do_many_that_went() -> None:
    make(*range(1, 21))
    spatial.lay_out(at=records.AT)
    make(*range(21, 31))
    assert not pending().is_due
    spatial.join(pending().missing, at=records.AT)
    assert pending() == spatial.Pending((), is_due=False)
    make(31)
    assert pending().is_due

    spatial.lay_out(at=records.AT)
    assert not pending().is_due
    make(*range(1, 12), visibility=rules.INTERNAL)
    assert pending().is_due


def test_what_is_hidden_has_no_point_and_moves_none() -> None:
    make(*range(1, 13))
    spatial.lay_out(at=records.AT)
    before = dict(spatial.layout().points)
    make(*range(13, 30), visibility=rules.RESTRICTED)
    assert pending() == spatial.Pending((), is_due=False)

    spatial._path().unlink()
    spatial.lay_out(at=records.AT)

    assert spatial.layout().points == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 0}', '{"version":1,"points":[3]}'])
def test_a_damaged_file_counts_as_none_and_is_replaced(content: str) -> None:
    make(1, 2, 3)
    location.folder().mkdir(parents=True, exist_ok=True)
    spatial._path().write_text(content)

    assert spatial.layout().points == {}
    assert pending().is_due
    spatial.lay_out(at=records.AT)
    assert set(spatial.layout().points) == {1, 2, 3}


def test_a_layout_survives_a_new_index() -> None:
    make(1, 2, 3)
    spatial.lay_out(at=records.AT)

    with location.rebuilding():
        pass

    assert set(spatial.layout().points) == {1, 2, 3}

"""Who codes what: spread evenly, drawn by a seed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from incidentbase.store.codings.rules import spread

RECORDS = list(range(1, 61))
PEOPLE = ["ann", "bob", "cyd", "dan"]


@pytest.mark.parametrize("each", [1, 2, 3, 4])
def test_everybody_gets_as_many_as_the_others(each: int) -> None:
    for number in (1, 7, 59, 60):
        found = spread(RECORDS[:number], PEOPLE, each=each, seed="s")
        assert {len(set(who)) for who in found.values()} == {each}
        loads = Counter(one for who in found.values() for one in who)
        assert sum(loads.values()) == number * each
        assert max(loads.values()) - min(loads.get(one, 0) for one in PEOPLE) <= 1


def test_every_two_meet_about_as_often() -> None:
    found = spread(RECORDS, PEOPLE, each=2, seed="s")
    met = Counter(pair for who in found.values() for pair in combinations(sorted(who), 2))
    assert len(met) == 6
    assert max(met.values()) - min(met.values()) <= 2


def test_the_seed_decides_and_nothing_else() -> None:
    found = spread(RECORDS, PEOPLE, each=2, share=30, seed="s")
    again = spread(RECORDS[::-1], [*PEOPLE[::-1], "ann"], each=2, share=30, seed="s")
    assert {key: set(who) for key, who in again.items()} == {k: set(w) for k, w in found.items()}
    assert list(again) == RECORDS[::-1]
    assert spread(RECORDS, PEOPLE, each=2, share=30, seed="t") != found


def test_a_share_of_the_records_is_coded_by_several() -> None:
    found = spread(RECORDS, PEOPLE, each=3, share=25, seed="s")
    assert Counter(len(who) for who in found.values()) == {3: 15, 1: 45}
    assert Counter(len(w) for w in spread([1, 2, 3], PEOPLE, each=2, share=10).values()) == {
        2: 1,
        1: 2,
    }


def test_who_has_a_record_already_counts_for_it() -> None:
    already = {1: ["ann"], 2: ["ann", "bob"], 3: ["eve"]}
    found = spread([1, 2, 3], PEOPLE, each=2, already=already)
    assert len(found[1]) == 1
    assert "ann" not in found[1]
    assert found[2] == []
    assert len(found[3]) == 2

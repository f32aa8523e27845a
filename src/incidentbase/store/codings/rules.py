"""Pure decisions about codings: how far one has come, and who codes what of many records."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from incidentbase.store.accounts.rules import Viewer

ASSIGNED, HANDED_IN = "assigned", "handed-in"
ADJUDICATED, WITHDRAWN = "adjudicated", "withdrawn"
STATES = (ASSIGNED, HANDED_IN, ADJUDICATED, WITHDRAWN)
# Those whose annotator has finished.
DONE = frozenset({HANDED_IN, ADJUDICATED})

# What the label of an annotator begins with: no name of anybody ever leaves the house.
LABEL = "Annotator"

Record = TypeVar("Record", bound=Hashable)


def label_of(number: int) -> str:
    """Return what an annotator is called in everything that others read."""
    return f"{LABEL} {number}"


def coordinates(viewer: Viewer, namespace: str) -> bool:
    """Return whether the viewer gives out codings by a taxonomy and adjudicates them."""
    return viewer.edits_taxonomy(namespace)


def spread(
    records: Collection[Record],
    annotators: Collection[str],
    *,
    each: int,
    share: int = 100,
    seed: str = "",
    already: Mapping[Record, Collection[str]] | None = None,
) -> dict[Record, list[str]]:
    """Return who is to code each record, in the order of the records.

    So many annotators `each` code a share of the records, in percent and rounded up; one codes
    each of the others. Which records those are, and who codes which, is drawn by the seed: the
    same seed gives the same again, in whatever order records and annotators come. Everybody gets
    as many as the others, give or take one, and meets each of the others about as often. Those of
    them who have a record `already` count for it and are not named again.
    """
    people = list(dict.fromkeys(annotators))
    taken = already or {}
    loads = dict.fromkeys(people, 0)
    met: dict[frozenset[str], int] = {}
    drawn = sorted(dict.fromkeys(records), key=lambda one: _draw(seed, one))
    several = -(-len(drawn) * share // 100)
    found: dict[Record, list[str]] = {}
    for place, record in enumerate(drawn):
        wanted = min(each if place < several else 1, len(people))
        chosen = [one for one in people if one in taken.get(record, ())]
        found[record] = []
        while len(chosen) < wanted:
            one = min(
                (one for one in people if one not in chosen),
                key=lambda one: (
                    loads[one],
                    sum(met.get(frozenset({one, other}), 0) for other in chosen),
                    _draw(seed, record, one),
                ),
            )
            loads[one] += 1
            for other in chosen:
                pair = frozenset({one, other})
                met[pair] = met.get(pair, 0) + 1
            chosen.append(one)
            found[record].append(one)
    return {record: found[record] for record in dict.fromkeys(records)}


def _draw(seed: str, *what: object) -> bytes:
    return hashlib.sha256(repr((seed, *what)).encode()).digest()

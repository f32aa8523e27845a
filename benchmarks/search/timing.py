"""Times queries, warm as design/technology.md did: each is asked twice, the second time counts.

What the first time took is kept too. A slow query is asked once, and fewer where they take long.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.search.engines import Contestant
from benchmarks.search.queries import Query

COLD = frozenset({"browse everything anew"})

_WARMING = 3
_SLOW_MS = 1_000.0
# After so long three samples are enough for a cell of the table, and after longer, one.
_SECONDS = 30.0
_SECONDS_AT_MOST = 120.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The milliseconds that each query of a kind took, in order, and how many hits they had.

    `first` are those of the first time, with words that nobody had asked for before.
    """

    taken: tuple[float, ...]
    hits: tuple[int, ...]
    first: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The median of the milliseconds."""
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        """The least time that 95 of 100 queries do not exceed."""
        ranked = sorted(self.taken)
        return ranked[max(0, math.ceil(0.95 * len(ranked)) - 1)]

    def times_slower_than(self, other: Timing) -> float:
        """Return the ratio of the medians over the queries that both were asked."""
        both = min(len(self.taken), len(other.taken))
        return statistics.median(self.taken[:both]) / statistics.median(other.taken[:both])


def measure(contestant: Contestant, view: str, queries: Sequence[Query]) -> Timing:
    """Ask the queries and return the spread."""
    queries, warming = queries[:-_WARMING], queries[-_WARMING:]
    for query in warming:
        if _ask(contestant, view, query)[0] > _SLOW_MS:
            break
    taken: list[float] = []
    first: list[float] = []
    hits: list[int] = []
    started = time.perf_counter()
    for query in queries:
        milliseconds, total = _ask(contestant, view, query)
        first.append(milliseconds)
        # What is counted anew must not be asked for again: the second answer would be a kept one.
        if milliseconds < _SLOW_MS and query.kind not in COLD:
            milliseconds, total = _ask(contestant, view, query)
        taken.append(milliseconds)
        hits.append(total)
        seconds = time.perf_counter() - started
        if seconds > (_SECONDS if len(taken) >= 3 else _SECONDS_AT_MOST):
            break
    return Timing(tuple(taken), tuple(hits), tuple(first))


def _ask(contestant: Contestant, view: str, query: Query) -> tuple[float, int]:
    started = time.perf_counter()
    total = contestant.ask(query, view)
    return (time.perf_counter() - started) * 1_000, total

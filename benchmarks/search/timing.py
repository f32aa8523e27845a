"""Times queries: some to warm up, then each once, and fewer where one takes long."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.search.engines import Contestant
from benchmarks.search.queries import Query

_WARMING = 3
# A cell of the table takes about this long at most, and has at least one sample.
_SECONDS = 30.0
_SLOW_MS = 1_000.0
# What takes so long is sampled three times, which is enough to say that it is slow.
_VERY_SLOW_MS = 5_000.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What a kind of query took."""

    median: float
    p95: float
    samples: int
    hits: float


def measure(contestant: Contestant, view: str, queries: Sequence[Query]) -> Timing:
    """Ask the queries and return the spread."""
    # The last ones warm up, so that only a very short list is asked something twice.
    for query in queries[-_WARMING:]:
        if _ask(contestant, view, query)[0] > _SLOW_MS:
            break
    taken: list[float] = []
    hits: list[int] = []
    started = time.perf_counter()
    for query in queries:
        milliseconds, total = _ask(contestant, view, query)
        taken.append(milliseconds)
        hits.append(total)
        is_enough = len(taken) >= 3 and max(taken) > _VERY_SLOW_MS
        if is_enough or time.perf_counter() - started > _SECONDS:
            break
    return Timing(
        median=statistics.median(taken),
        p95=_percentile(taken, 0.95),
        samples=len(taken),
        hits=statistics.median(hits),
    )


def _ask(contestant: Contestant, view: str, query: Query) -> tuple[float, int]:
    started = time.perf_counter()
    total = contestant.ask(query, view)
    return (time.perf_counter() - started) * 1_000, total


def _percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that so large a share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]

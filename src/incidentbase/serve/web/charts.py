"""Numbers as the bars of `parts/histogram.html`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# A label under every bar would not fit; the last year and each fifth one are enough.
TICK_EVERY = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its count, where it leads."""

    label: str
    count: int
    url: str
    tick: str
    selected: bool = False


def years(
    counts: Sequence[tuple[int, int]],
    *,
    url: Callable[[int], str],
    selected: frozenset[int] = frozenset(),
) -> list[Bar]:
    """Return a bar for each year from the first to the last, empty years included."""
    if not counts:
        return []
    known = dict(counts)
    first, last = min(known), max(known)
    return [
        Bar(
            label=str(year),
            count=known.get(year, 0),
            url=url(year) if year in known else "",
            tick=str(year) if year % TICK_EVERY == 0 else "",
            selected=year in selected,
        )
        for year in range(first, last + 1)
    ]

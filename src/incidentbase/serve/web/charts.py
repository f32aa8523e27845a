"""Numbers as the bars of `parts/histogram.html`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# A label under every bar would not fit: round years only, none right beside the two ends,
# which always have one.
FEW_YEARS = 15


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
            tick=str(year) if _has_tick(year, first, last) else "",
            selected=year in selected,
        )
        for year in range(first, last + 1)
    ]


def _has_tick(year: int, first: int, last: int) -> bool:
    every = 5 if last - first <= FEW_YEARS else 10
    return year % every == 0 and min(year - first, last - year) >= every / 2

"""Numbers as the bars of `parts/histogram.html`, and stacked ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a stack: its count, and where it begins and how high it is in percent."""

    name: str
    count: int
    start: float
    height: float


@dataclass(frozen=True, slots=True)
class Stack:
    """What is counted of one year, piece upon piece."""

    label: str
    tick: str
    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        """The count of all pieces."""
        return sum(segment.count for segment in self.segments)


def stacks(counts: Mapping[int, Mapping[str, int]], names: Sequence[str]) -> list[Stack]:
    """Return a stack for each year from the first to the last; its pieces are in one order."""
    if not counts:
        return []
    first, last = min(counts), max(counts)
    highest = max(sum(pieces.values()) for pieces in counts.values())
    return [
        Stack(
            label=str(year),
            tick=str(year) if _has_tick(year, first, last) else "",
            segments=tuple(_pile(counts.get(year, {}), names, highest)),
        )
        for year in range(first, last + 1)
    ]


def _pile(pieces: Mapping[str, int], names: Sequence[str], highest: int) -> list[Segment]:
    found, below = [], 0
    for name in names:
        count = pieces.get(name, 0)
        start, height = (round(100 * part / highest, 2) for part in (below, count))
        found.append(Segment(name, count, start, height))
        below += count
    return found


def _has_tick(year: int, first: int, last: int) -> bool:
    every = 5 if last - first <= FEW_YEARS else 10
    return year % every == 0 and min(year - first, last - year) >= every / 2

"""The arithmetic of numbered pages, for lists short enough to be counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `start` and `stop` slice the list, `page` counts from 1."""

    page: int
    pages: int
    size: int
    total: int
    start: int
    stop: int
    # The page asked for does not exist, the nearest one is given.
    is_clamped: bool

    @property
    def has_previous(self) -> bool:
        """Return whether there is a page before this one."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Return whether there is a page after this one."""
        return self.page < self.pages

    @property
    def first(self) -> int:
        """Return the number, from 1, of the first row on the page; 0 for an empty list."""
        return self.start + 1 if self.total else 0

    @property
    def last(self) -> int:
        """Return the number, from 1, of the last row on the page; 0 for an empty list."""
        return self.stop


def paginate(total: int, page: int, size: int) -> Page:
    """Return the page asked for, or the nearest there is. Raises ValueError for a size below 1."""
    if size < 1:
        raise ValueError(f"a page holds at least one row, not {size}")
    total = max(total, 0)
    pages = max((total + size - 1) // size, 1)
    nearest = min(max(page, 1), pages)
    start = (nearest - 1) * size
    stop = min(start + size, total)
    return Page(nearest, pages, size, total, start, stop, is_clamped=nearest != page)

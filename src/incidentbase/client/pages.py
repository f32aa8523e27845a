"""Lists that fetch their pages while they are read, and become frames when that is wanted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from incidentbase.client import frames
from incidentbase.client.answers import ChangePage, PageOf, SearchPage
from incidentbase.client.errors import UnreadableAnswer
from incidentbase.client.records import Change, FacetValue, Hit, Incident, Record

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

T = TypeVar("T", bound=Record)

LARGEST_PAGE = 100


class Rows(Generic[T]):
    """Records of one kind, read from the instance anew each time they are gone through."""

    def __init__(self, kind: type[T], read: Callable[[], Iterator[T]]) -> None:
        self._kind = kind
        self._read = read

    def __iter__(self) -> Iterator[T]:
        """Yield the records; a page is fetched when its first record is wanted."""
        return self._read()

    def first(self) -> T | None:
        """Return the first record, None when there is none."""
        return next(iter(self), None)

    def to_list(self) -> list[T]:
        """Return all records."""
        return list(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return all records as a frame of pandas. Raises MissingLibrary without it."""
        frames.need("pandas")
        return frames.to_pandas(self._kind, self)

    def to_polars(self) -> pl.DataFrame:
        """Return all records as a frame of polars. Raises MissingLibrary without it."""
        frames.need("polars")
        return frames.to_polars(self._kind, self)

    def __repr__(self) -> str:
        """Show what it is, without reading anything."""
        return f"<{type(self).__name__} of {self._kind.__name__}>"


class Pages(Rows[T]):
    """A list of the API; with `limit` not more records than that."""

    def __init__(
        self, kind: type[T], ask: Callable[[str, int], PageOf[T]], *, limit: int | None = None
    ) -> None:
        """Prepare; `ask` gives the page of a cursor and a size. Raises ValueError."""
        if limit is not None and limit < 0:
            raise ValueError("limit is the number of records that are wanted, 0 or more")
        super().__init__(kind, self._items)
        self._ask = ask
        self._limit = limit

    def pages(self) -> Iterator[PageOf[T]]:
        """Yield whole pages, as many as the limit needs. Raises UnreadableAnswer for a circle."""
        wanted = self._limit
        cursor: str | None = ""
        seen: set[str] = set()
        while cursor is not None and (wanted is None or wanted > 0):
            page = self._ask(cursor, LARGEST_PAGE if wanted is None else min(wanted, LARGEST_PAGE))
            yield page
            wanted = None if wanted is None else wanted - len(page.items)
            cursor = page.next_cursor
            if cursor in seen:
                raise UnreadableAnswer("the pages of this list go in a circle")
            seen.add(cursor or "")

    def _items(self) -> Iterator[T]:
        left = self._limit
        for page in self.pages():
            items = page.items if left is None else page.items[:left]
            yield from items
            left = None if left is None else left - len(items)


class Results(Pages[Hit]):
    """What a search found, the best first. Its first page is asked for once and kept."""

    def __init__(
        self,
        ask: Callable[[str, int], SearchPage],
        *,
        incident: Callable[[int], Incident],
        limit: int | None = None,
    ) -> None:
        """Prepare; `incident` reads one incident by its number."""
        super().__init__(Hit, self._page, limit=limit)
        self._search = ask
        self._incident = incident
        self._first: SearchPage | None = None

    def _page(self, cursor: str, size: int) -> SearchPage:
        if not cursor:
            return self._start()
        return self._search(cursor, size)

    def _start(self) -> SearchPage:
        if self._first is None:
            size = LARGEST_PAGE if self._limit is None else min(self._limit, LARGEST_PAGE)
            self._first = self._search("", max(1, size))
        return self._first

    def _items(self) -> Iterator[Hit]:
        given = 0
        for hit in super()._items():
            given += 1
            yield hit
        # An instance gives no more than its first ten thousand results.
        if self._limit is None and given < self.total:
            warnings.warn(
                f"only {given:,} of {self.total:,} results can be read; narrow the search, "
                "or read a list instead",
                stacklevel=2,
            )

    @property
    def total(self) -> int:
        """How many results there are, whatever the limit."""
        return self._start().total

    @property
    def matched(self) -> Literal["typed", "spelling", "most"]:
        """How the words were taken: as typed, with like spelling, or by most of them."""
        return self._start().matched

    @property
    def notes(self) -> tuple[str, ...]:
        """What the instance says of the query."""
        return self._start().notes

    @property
    def facets(self) -> Mapping[str, tuple[FacetValue, ...]]:
        """Counts of the facets that were asked for, over all results."""
        return self._start().facets

    def incidents(self) -> Rows[Incident]:
        """Return the whole incidents of the results; each is read by a request of its own."""
        return Rows(Incident, self._whole)

    def _whole(self) -> Iterator[Incident]:
        for hit in self:
            if hit.incident_id is not None:
                yield self._incident(hit.incident_id)


class Changes(Rows[Change]):
    """What changed since a cursor; `cursor` is where to go on the next time.

    The cursor moves on after the last change of a page was taken, so who stops early is told
    some changes again and misses none.
    """

    def __init__(self, ask: Callable[[str], ChangePage], *, since: str | None) -> None:
        """Prepare; `ask` gives the page after a cursor."""
        super().__init__(Change, self._items)
        self._ask = ask
        self.cursor = since

    def _items(self) -> Iterator[Change]:
        while True:
            page = self._ask(self.cursor or "")
            yield from page.items
            if page.has_more and page.cursor == self.cursor:
                raise UnreadableAnswer("the changes of this instance go in a circle")
            self.cursor = page.cursor
            if not page.has_more:
                return

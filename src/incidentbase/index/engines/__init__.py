"""What a search engine has to do, and the values that go in and come out.

An engine knows nothing of pages, of the store, or of where the current index lies; it is given
documents and a folder or an address. Every engine passes the tests in tests/index/engines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from incidentbase.index.documents import Document
from incidentbase.index.query import Query

# "report" stands for both kinds of report below it.
Kind = Literal["incident", "report", "incident_report", "issue_report"]
Sort = Literal[
    "relevance",
    "incident-date-desc",
    "incident-date-asc",
    "published-date-desc",
    "published-date-asc",
    "submitted-date-desc",
    "submitted-date-asc",
    "number-desc",
]
DateName = Literal["incident", "published", "submitted"]


class IndexBusy(Exception):
    """Another process is writing to the index; try again in a moment."""


class IndexUnusable(Exception):
    """The folder holds an index of another version, or a damaged one: it must be rebuilt."""


class UnknownFacet(ValueError):
    """A facet was named that is not in the list of facets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One search. Filters are OR within a facet and AND across facets; exclusions always hold.

    In the tree facet each field is a facet of its own in this (`facets.group_of`). What is
    counted of it lies below the branch `below`: without one the taxonomies themselves, else
    everything under it. With `is_narrowed` a facet's own choices narrow its counts as well, and
    `coverage` says how many hits have a value of it at all. `visible` are the classes that the
    viewer sees; embargoed records are also found by everybody once their embargo has ended at
    `now`.
    """

    now: dt.datetime
    visible: tuple[str, ...]
    query: Query = field(default_factory=Query)
    kinds: tuple[Kind, ...] = ("incident",)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: Mapping[DateName, tuple[dt.date | None, dt.date | None]] = field(default_factory=dict)
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    facet_size: int = 10
    below: str = ""
    is_narrowed: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One document that matches."""

    key: str
    kind: str
    number: int
    score: float


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many documents choosing the value would give, all other filters kept."""

    value: str
    count: int
    selected: bool


# How a query was taken: as typed; with like spellings too, because little matched as typed; or,
# when that was little as well, by most of its words.
Exactness = Literal["typed", "spelling", "most"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer, how the query was taken to get it, and how many match it as typed.

    Filters narrow `total`, not `exact_total`.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    took_ms: float
    exactness: Exactness = "typed"
    exact_total: int = 0
    coverage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BestReports:
    """The reports of an incident that match best, best first, and how many match at all."""

    numbers: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Neighbor:
    """An incident whose words are like a text; the higher the score the more so."""

    number: int
    score: float


class SearchEngine(Protocol):
    """An index that can be written, searched and compared with the store."""

    def write(self, documents: Iterable[Document], delete: Iterable[str]) -> int:
        """Put the documents in, replacing those of the same key, and delete the other keys.

        Searches see all of it at once, except that a very large write may come in parts.
        Returns the number of documents put in. Raises IndexBusy.
        """

    def fill(self, documents: Iterable[Document]) -> int:
        """Put the documents into an empty index that nobody reads yet; returns their number."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits with the facet counts asked for."""

    def every_hit(self, request: SearchRequest) -> Iterator[Hit]:
        """Yield all hits in order, from one state of the index; offset and limit do not count."""

    def passages(
        self, incidents: Sequence[int], request: SearchRequest, exactness: Exactness = "spelling"
    ) -> dict[int, BestReports]:
        """Return, for each incident with reports that match, the best: up to the limit.

        Of the request only query, viewer, time and limit count; `exactness` says how it was taken.
        """

    def similar(
        self,
        text: str,
        *,
        visible: tuple[str, ...],
        now: dt.datetime,
        language: str = "en",
        without: Sequence[int] = (),
        limit: int = 10,
    ) -> tuple[Neighbor, ...]:
        """Return the incidents whose words are most like the text."""

    def count(self) -> int:
        """Return how many documents there are."""

    def keys(self) -> Iterator[tuple[str, str]]:
        """Yield the key and the fingerprint of every document."""

    def close(self) -> None:
        """Let go of files; the engine is not used afterwards."""

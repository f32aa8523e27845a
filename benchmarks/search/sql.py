"""What a search made of SQL has in common: the rows it keeps, and the order of its statements.

It keeps the reports only, with a table of (document, facet, value) to count by, and answers in
the view of reports with titles and counts. Unlike the product it makes no passages and knows
nothing of who may see what.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from benchmarks.search.corpus import Corpus, facet_values
from benchmarks.search.engines import REPORTS
from benchmarks.search.queries import FACETS, SHOWN, Query

_CHARACTER = re.compile("([\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff])")
_DOCUMENTS_AT_ONCE = 4_000

# A report as (number, title, text), and what it has in a facet as (report, facet, value).
Doc = tuple[int, str, str]
Place = tuple[int, int, int]

FACET_NUMBERS = {name: number for number, name in enumerate(FACETS)}


def apart(text: str) -> str:
    """Put spaces round each Chinese or Japanese letter, so that it is a token of its own."""
    return text if text.isascii() else _CHARACTER.sub(r" \1 ", text)


class Values:
    """Numbers for the values of facets."""

    def __init__(self, rows: Sequence[tuple[int, int, str]] = ()) -> None:
        self._numbers = {(facet, value): number for number, facet, value in rows}

    def number(self, facet: str, value: str) -> int:
        """Return the number of a value, a new one for a value that was not seen before."""
        return self._numbers.setdefault((FACET_NUMBERS[facet], value), len(self._numbers))

    def rows(self) -> list[tuple[int, int, str]]:
        """Return (number, facet, value) of all."""
        return [(number, facet, value) for (facet, value), number in self._numbers.items()]


def batches(corpus: Corpus, values: Values) -> Iterator[tuple[list[Doc], list[Place]]]:
    """Yield the reports of a corpus, some thousands at a time."""
    docs: list[Doc] = []
    places: list[Place] = []
    for incident in corpus:
        for report in incident.reports:
            docs.append((report.number, apart(report.title), apart(report.text)))
            for name, found in facet_values(incident, report, corpus.entities).items():
                facet = FACET_NUMBERS[name]
                places += [(report.number, facet, values.number(name, value)) for value in found]
        if len(docs) >= _DOCUMENTS_AT_ONCE:
            yield docs, places
            docs, places = [], []
    yield docs, places


# (facet, value) numbers that were chosen.
Filters = list[tuple[int, int]]


class SqlSearch(ABC):
    """Answers a query by one statement for the first hits and one for all facets."""

    name = ""
    views = (REPORTS,)

    def __init__(self, values: Values) -> None:
        self._values = values

    def ask(self, query: Query, view: str) -> int:
        """Return the number of hits, having read the first ones and counted the facets."""
        if view != REPORTS:
            raise ValueError(view)
        match = self.match_of(query) if query.words else None
        filters = [
            (FACET_NUMBERS[name], self._values.number(name, value)) for name, value in query.filters
        ]
        total = self.first(match, filters)
        if query.facets:
            chosen = {facet for facet, _value in filters}
            asked = [FACET_NUMBERS[name] for name in query.facets]
            self.count(match, filters, [one for one in asked if one not in chosen])
            for own in chosen:
                # What is chosen in a facet does not narrow that facet: one pass more for each.
                self.count(match, [one for one in filters if one[0] != own], [own])
        return total

    @abstractmethod
    def can(self, query: Query) -> bool:
        """Return whether it can answer such a query at all."""

    @abstractmethod
    def match_of(self, query: Query) -> str:
        """Return the words in the language of the database's full-text search."""

    @abstractmethod
    def first(self, match: str | None, filters: Filters) -> int:
        """Read the first hits with their titles and return how many there are."""

    @abstractmethod
    def count(self, match: str | None, filters: Filters, facets: list[int]) -> None:
        """Count the values of the facets among the hits."""


def counting(condition: str, facets: list[int]) -> str:
    """Return the statement that counts facets in documents: the top values of each."""
    wanted = ", ".join(map(str, facets))
    return f"""
        SELECT facet, value, n FROM (
          SELECT facet, value, n, row_number() OVER (PARTITION BY facet ORDER BY n DESC) AS place
          FROM (
            SELECT facet, value, count(*) AS n FROM docf
            WHERE facet IN ({wanted}) {condition} GROUP BY facet, value
          ) counted
        ) ranked WHERE place <= {SHOWN}"""


def chosen(filters: Filters, key: str) -> list[str]:
    """Return the conditions on documents to have the chosen values; all are numbers."""
    return [
        f"{key} IN (SELECT doc FROM docf WHERE facet = {facet} AND value = {value})"
        for facet, value in filters
    ]

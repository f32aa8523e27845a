"""Counts the values of facets, exactly and in a stable order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import tantivy

from incidentbase.index import analysis
from incidentbase.index.engines import FacetCount
from incidentbase.index.engines.tantivy_schema import facet_field
from incidentbase.index.facets import BY_NAME

# More values than this are not counted exactly; the engine refuses more buckets than that.
_ALL_VALUES: Final = 65_000


def total(found: Any) -> int:
    """Return how many documents a search found; tantivy's type stubs lack the attribute."""
    return int(found.count)


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts over one state of the index; `chosen` are the values selected in each facet."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    chosen: Mapping[str, tuple[str, ...]]
    size: int

    def count(
        self, query: tantivy.Query, names: Sequence[str]
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Return the greatest counts of each facet, with the chosen values before the others."""
        if not names:
            return {}
        # Some more than asked for: ties at the end are then put in order by value.
        enough = self.size * 2 + 20
        answer = self.searcher.aggregate(query, {name: _terms(name, enough) for name in names})
        return {name: self._ordered(query, name, _numbers(answer[name]), enough) for name in names}

    def _ordered(
        self, query: tantivy.Query, name: str, counted: dict[str, int], asked: int
    ) -> tuple[FacetCount, ...]:
        if BY_NAME[name].kind == "year":
            ranked = sorted(counted, reverse=True)
        else:
            if self._is_cut_in_a_tie(counted, asked):
                every = {name: _terms(name, _ALL_VALUES)}
                counted = _numbers(self.searcher.aggregate(query, every)[name])
            ranked = sorted(counted, key=lambda value: (-counted[value], value))
        chosen = self.chosen.get(name, ())
        shown = [*dict.fromkeys(chosen)]
        shown += [value for value in ranked[: self.size + len(shown)] if value not in chosen]
        return tuple(
            FacetCount(value, self._of_value(query, name, value, counted), value in chosen)
            for value in shown[: max(self.size, len(chosen))]
        )

    def _is_cut_in_a_tie(self, counted: dict[str, int], asked: int) -> bool:
        if len(counted) < asked:
            return False
        numbers = sorted(counted.values(), reverse=True)
        return numbers[self.size - 1] == numbers[-1]

    def _of_value(
        self, query: tantivy.Query, name: str, value: str, counted: dict[str, int]
    ) -> int:
        if value in counted:
            return counted[value]
        has_value = tantivy.Query.term_query(
            self.schema, facet_field(name), analysis.encodable(value)
        )
        both = [(tantivy.Occur.Must, query), (tantivy.Occur.Must, has_value)]
        return total(self.searcher.search(tantivy.Query.boolean_query(both), 1))


def _terms(name: str, size: int) -> dict[str, Any]:
    return {
        "terms": {
            "field": facet_field(name),
            "size": size,
            "segment_size": _ALL_VALUES,
            "order": {"_key": "desc"} if BY_NAME[name].kind == "year" else {"_count": "desc"},
        }
    }


def _numbers(answer: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}

"""Counts the values of facets, exactly and in a stable order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import tantivy

from incidentbase.index import analysis, facets
from incidentbase.index.engines import FacetCount
from incidentbase.index.engines.tantivy_queries import total
from incidentbase.index.engines.tantivy_schema import facet_field, outermost_field
from incidentbase.index.facets import BY_NAME

# More values than this are not counted exactly; the engine refuses more buckets than that.
MOST_VALUES: Final = 65_000

# In a tree all that lies below a branch is given, up to this many.
_BELOW: Final = 20_000
_YEARS: Final = 1_000

_LONGEST_BRANCH: Final = 200

# How many values each segment of the index gives: more take longer, fewer are doubtful oftener.
_BY_SEGMENT: Final = 200
# How many more than asked for are looked at.
_TIED: Final = 10
# Taxonomies, the outermost values of the tree.
_OUTERMOST: Final = 100

# What a regular expression of the engine takes for something else than itself.
_SIGNS: Final = frozenset('\\.+*?()|[]{}^$#&-~/"<>@')


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts over one state of the index; `chosen` are the values selected in each facet."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    chosen: Mapping[str, tuple[str, ...]]
    size: int
    below: str = ""

    def groups(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return the chosen values of a facet by what they share their OR with."""
        found: dict[str, list[str]] = {}
        for value in self.chosen.get(name, ()):
            found.setdefault(facets.group_of(name, value), []).append(value)
        return {group: tuple(values) for group, values in found.items()}

    def count(
        self, query: tantivy.Query, names: Sequence[str]
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Return the greatest counts of each facet, with the chosen values before the others."""
        if not names:
            return {}
        # Some more than asked for: of ties at the end most are then put in order by value.
        enough = min(self.size + _TIED, MOST_VALUES)
        answer = self.searcher.aggregate(query, {name: self._terms(name, enough) for name in names})
        counted = {name: self._below_only(name, _numbers(answer[name])) for name in names}
        if self.searcher.num_segments > 1:
            errors = {name: answer[name].get("doc_count_error_upper_bound") for name in names}
            doubtful = {name: int(error) for name, error in errors.items() if error}
            counted |= self._exactly(query, counted, doubtful)
        return {name: self._ordered(query, name, counted[name]) for name in names}

    def _exactly(
        self,
        query: tantivy.Query,
        counted: Mapping[str, dict[str, int]],
        doubtful: Mapping[str, int],
    ) -> dict[str, dict[str, int]]:
        """Return exact counts of facets that segments gave only in part.

        The values at hand are counted anew. One that is missing has at most the least count
        among them and the error: if that could reach the last shown, all values are counted.
        """
        if not doubtful:
            return {}
        anew = {name: self._of_values(name, list(counted[name])) for name in doubtful}
        answer = self.searcher.aggregate(query, anew)
        exact = {name: _numbers(answer[name]) for name in doubtful}
        unsure = [
            name
            for name, error in doubtful.items()
            if _at(exact[name], self.size) <= min(counted[name].values(), default=0) + error
        ]
        if unsure:
            all_of_them = {name: self._terms(name, MOST_VALUES) for name in unsure}
            answer = self.searcher.aggregate(query, all_of_them)
            exact |= {name: _numbers(answer[name]) for name in unsure}
        return exact

    def _of_values(self, name: str, values: list[str]) -> dict[str, Any]:
        return {"terms": {"field": facet_field(name), "include": values, "size": len(values)}}

    def count_tree(
        self, query_without: Callable[[str], tantivy.Query], name: str
    ) -> tuple[FacetCount, ...]:
        """Return the counts below a branch; each chosen group is counted as if it were free."""
        counted = self._all_below(query_without(""), name)
        for group, values in self.groups(name).items():
            free = query_without(group)
            offered = self._all_below(free, name)
            own = {value for value in counted if facets.group_of(name, value) == group}
            own |= {value for value in offered if facets.group_of(name, value) == group}
            for value in own:
                counted[value] = offered.get(value, 0)
            for value in values:
                if self._is_below(value):
                    counted.setdefault(value, 0)
        chosen = set(self.chosen.get(name, ()))
        ranked = sorted(counted, key=lambda value: (value not in chosen, -counted[value], value))
        return tuple(FacetCount(value, counted[value], value in chosen) for value in ranked)

    def _below_only(self, name: str, counted: dict[str, int]) -> dict[str, int]:
        if BY_NAME[name].kind != "tree":
            return counted
        return {value: count for value, count in counted.items() if self._is_below(value)}

    def _is_below(self, value: str) -> bool:
        if not self.below:
            return facets.LEVELS not in value
        return value.startswith(self.below + facets.LEVELS)

    def _all_below(self, query: tantivy.Query, name: str) -> dict[str, int]:
        answer = self.searcher.aggregate(query, {name: self._terms(name, 0)})
        return self._below_only(name, _numbers(answer[name]))

    def _ordered(
        self, query: tantivy.Query, name: str, counted: dict[str, int]
    ) -> tuple[FacetCount, ...]:
        kind = BY_NAME[name].kind
        if kind == "year":
            ranked = sorted(counted, reverse=True)
        else:
            ranked = sorted(counted, key=lambda value: (-counted[value], value))
        chosen = self.chosen.get(name, ())
        shown = [*dict.fromkeys(chosen)]
        size = len(ranked) + len(shown) if kind in ("year", "record", "tree") else self.size
        shown += [value for value in ranked[: size + len(shown)] if value not in chosen]
        return tuple(
            FacetCount(value, self._of_value(query, name, value, counted), value in chosen)
            for value in shown[: max(size, len(chosen))]
        )

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

    def _terms(self, name: str, size: int) -> dict[str, Any]:
        kind = BY_NAME[name].kind
        tree = _BELOW if self.below else _OUTERMOST
        wanted = {"year": _YEARS, "tree": tree}.get(kind, size)
        asked: dict[str, Any] = {
            "field": facet_field(name),
            "size": wanted,
            "segment_size": max(wanted, _BY_SEGMENT),
            "order": {"_key": "desc"} if kind == "year" else {"_count": "desc"},
        }
        if kind == "tree" and self.below:
            # A pattern has its bounds: what a longer branch does not hold is left out afterwards.
            asked["include"] = _beginning(self.below[:_LONGEST_BRANCH])
        elif kind == "tree":
            asked["field"] = outermost_field(name)
        return {"terms": asked}


def _beginning(branch: str) -> str:
    """Return the pattern of the values that begin with a branch."""
    return "".join(_escaped(letter) for letter in analysis.encodable(branch)) + ".+"


def _escaped(letter: str) -> str:
    return f"\\{letter}" if letter in _SIGNS else letter


def _at(counted: Mapping[str, int], place: int) -> int:
    """Return the count at a place of the ranking, 0 beyond its end."""
    numbers = sorted(counted.values(), reverse=True)
    return numbers[place - 1] if place <= len(numbers) else 0


def _numbers(answer: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}

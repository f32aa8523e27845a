"""Filters and orders over values at hand; they mean what they mean to MongoDB."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

import re2

from incidentbase.serve.graphql.limits import Unanswerable

Filter = Mapping[str, Any]
Test = tuple[str, Any]

OPPOSITES = {"NE": "EQ", "NIN": "IN"}
_OLDER = {"EQL": "EQ"}
_RANGES: dict[str, Callable[[Any, Any], bool]] = {"GT": gt, "GTE": ge, "LT": lt, "LTE": le}
# What may be said of one value; all else are members of an object.
_WORDS = frozenset(
    {"EQ", "GT", "GTE", "IN", "ALL", "LT", "LTE", "NE", "NIN", "REGEX", "OPTIONS", "NOT"}
    | {"NEQ", "opr", "value", "values"}
)
_REGEX_FLAGS = frozenset("ims")
_REGEX_MEMORY = 1 << 23
_REGEX_CHARACTERS = 1000


def tests_of(given: Filter) -> Iterator[Test]:
    """Yield the tests of a filter of one value, in today's words; those of NOT as a list."""
    for word, value in given.items():
        if word in ("opr", "value", "values", "OPTIONS"):
            continue
        if word == "REGEX":
            if value is not None:
                yield "REGEX", (value, given.get("OPTIONS") or "")
        elif word == "NOT":
            if value is not None:
                yield "NOT", list(tests_of(value))
        else:
            yield ("NE" if word == "NEQ" else word), value
    if older := given.get("opr"):
        operator = _OLDER.get(older, str(older))
        member = "values" if operator in ("IN", "NIN", "ALL") else "value"
        yield operator, given.get(member)


def expression(pattern: str, flags: str) -> Any:
    """Return a compiled expression, which takes time linear to the text; raises Unanswerable."""
    if len(pattern) > _REGEX_CHARACTERS:
        raise Unanswerable(f"A regular expression has at most {_REGEX_CHARACTERS} characters.")
    if unknown := set(flags) - _REGEX_FLAGS:
        raise Unanswerable(f"Not known as OPTIONS: {', '.join(sorted(unknown))}.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _REGEX_MEMORY
    options.case_sensitive = "i" not in flags
    told = "".join(sorted(set(flags) & {"m", "s"}))
    try:
        return re2.compile(f"(?{told}){pattern}" if told else pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise Unanswerable(f"This regular expression cannot be used: {error}") from error


def predicate(given: Filter) -> Callable[[Any], bool]:
    """Return whether a value, a list or an object meets what a filter says of it.

    A value has tests, an object members with filters of their own; of a list some entry must
    meet all that is said of an object, and each test of a value for itself.
    """
    if given.keys() - _WORDS or given.get("opr") in ("EXISTS", "NOT_EXISTS"):
        return _of_object(given)
    tests = [_meets(test) for test in tests_of(given)]
    return lambda value: all(meets(value) for meets in tests)


def record_predicate(given: Filter | None) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a record meets a whole filter, with AND, OR and NOR."""
    parts: list[Callable[[Mapping[str, Any]], bool]] = []
    for name, asked in (given or {}).items():
        if asked is None:
            continue
        if name in ("AND", "OR", "NOR"):
            inner = [record_predicate(one) for one in asked]
            if inner:
                parts.append(_joined(name, inner))
        else:
            parts.append(_of_member(name, predicate(asked)))
    return lambda record: all(part(record) for part in parts)


def in_order(
    records: Iterable[Mapping[str, Any]], members: Sequence[str], asked: Mapping[str, Any] | None
) -> list[Mapping[str, Any]]:
    """Return records sorted; of several keys the order of `members` decides.

    What is missing comes before everything else, and what is equal stays as it was.
    """
    found = list(records)
    for member in reversed(members):
        if (direction := (asked or {}).get(member)) in ("ASC", "DESC"):
            found.sort(
                key=lambda one, at=member: _sortable(one.get(at)),  # type: ignore[misc]
                reverse=direction == "DESC",
            )
    return found


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    if isinstance(value, str):
        return (2, value.encode(errors="replace"))
    return (1, value.timestamp() if isinstance(value, dt.datetime) else value)


def _joined(
    name: str, inner: list[Callable[[Mapping[str, Any]], bool]]
) -> Callable[[Mapping[str, Any]], bool]:
    if name == "AND":
        return lambda record: all(one(record) for one in inner)
    if name == "OR":
        return lambda record: any(one(record) for one in inner)
    return lambda record: not any(one(record) for one in inner)


def _of_member(name: str, meets: Callable[[Any], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda record: meets(record.get(name))


def _of_object(given: Filter) -> Callable[[Any], bool]:
    members = {
        name: predicate(asked)
        for name, asked in given.items()
        if name != "opr" and asked is not None
    }
    operator = given.get("opr")

    def met(value: Any) -> bool:
        return isinstance(value, Mapping) and all(
            meets(value.get(name)) for name, meets in members.items()
        )

    def meets(value: Any) -> bool:
        is_there = value is not None and value != []
        if operator is not None and is_there != (operator == "EXISTS"):
            return False
        if not members:
            return True
        return any(map(met, value)) if isinstance(value, list | tuple) else met(value)

    return meets


def _meets(test: Test) -> Callable[[Any], bool]:
    word, wanted = test
    if word == "NOT":
        inner = [_meets(one) for one in wanted]
        return lambda value: not all(one(value) for one in inner)
    if word in OPPOSITES:
        opposite = _meets((OPPOSITES[word], wanted))
        return lambda value: not opposite(value)
    if word == "ALL":
        each = [_meets(("EQ", one)) for one in wanted or ()]
        return lambda value: bool(each) and all(one(value) for one in each)
    single = _of_one(word, wanted)

    def meets(value: Any) -> bool:
        if isinstance(value, list | tuple):
            return any(map(single, value)) or (not value and word == "EQ" and wanted == [])
        return single(value)

    return meets


def _of_one(word: str, wanted: Any) -> Callable[[Any], bool]:
    if word == "REGEX":
        compiled = expression(*wanted)
        return lambda value: isinstance(value, str) and bool(compiled.search(value))
    if word == "IN":
        among = list(wanted or ())
        return lambda value: any(_same(value, one) for one in among)
    if word == "EQ":
        return lambda value: _same(value, wanted)
    compare = _RANGES[word]
    return lambda value: (
        value is not None
        and wanted is not None
        and _kind(value) == _kind(wanted)
        and compare(_bytes(value), _bytes(wanted))
    )


def _same(value: Any, wanted: Any) -> bool:
    if value is None or wanted is None:
        return value is wanted
    return bool(_kind(value) == _kind(wanted) and value == wanted)


def _kind(value: Any) -> type:
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)


def _bytes(value: Any) -> Any:
    return value.encode(errors="replace") if isinstance(value, str) else value

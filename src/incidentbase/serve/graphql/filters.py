"""Filters and orders of clients as conditions on rows; they mean what they mean to MongoDB."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import re2
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from incidentbase.serve.graphql.limits import Budget
from incidentbase.serve.graphql.sources import SOURCES, Beside, Link, Source
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer

NOTHING = Q(pk__in=[])
_OLDER = {"EQL": "EQ"}
_OPPOSITES = {"NE": "EQ", "NIN": "IN"}
_RANGES = {
    "GT": GreaterThan,
    "GTE": GreaterThanOrEqual,
    "LT": LessThan,
    "LTE": LessThanOrEqual,
}
_REGEX_FLAGS = frozenset("imsx")
_REGEX_MEMORY = 1 << 23
_REGEX_CHARACTERS = 1000
_CHECKED_EVERY = 256

Filter = dict[str, Any]
Test = tuple[str, Any]


class Unanswerable(Exception):
    """A filter that cannot be answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what the answer may still cost."""

    viewer: Viewer
    budget: Budget


def condition(name: str, asked: Filter | None, asking: Asking) -> Q:
    """Return the condition for rows of a type; raises Unanswerable."""
    found = Q()
    for member, given in (asked or {}).items():
        if member in ("AND", "OR", "NOR"):
            found &= _joined(name, member, given, asking)
        elif given is not None:
            found &= _of_member(name, member, given, asking)
    return found


def order(name: str, asked: dict[str, Any] | None) -> list[Any]:
    """Return the order of rows; of several keys the table's order decides, not the client's."""
    columns = SOURCES[name].columns
    keys: list[Any] = []
    for member in columns:
        if direction := (asked or {}).get(member):
            column = F(columns[member])
            is_up = direction == "ASC"
            # What is missing comes before everything else.
            keys.append(column.asc(nulls_first=True) if is_up else column.desc(nulls_last=True))
    return [*keys, "pk"]


def _joined(name: str, word: str, given: list[Filter | None] | None, asking: Asking) -> Q:
    parts = [condition(name, one, asking) for one in given or ()]
    if not parts:
        return Q()
    if word == "AND":
        return reduce(lambda left, right: left & right, parts)
    # A condition that everything meets is empty, and must not be lost among others.
    parts = [one or Q(pk__isnull=False) for one in parts]
    either = reduce(lambda left, right: left | right, parts)
    return ~either if word == "NOR" else either


def _of_member(name: str, member: str, given: Filter, asking: Asking) -> Q:
    source = SOURCES[name]
    if member in source.for_editors and not asking.viewer.has_role(INCIDENT_EDITOR):
        return NOTHING
    if column := source.columns.get(member):
        rows = source.rows(asking.viewer)
        return _all(given, lambda test: _on_column(rows, column, test, asking))
    if link := source.links.get(member):
        return _all(given, lambda test: _on_list(_ends(link, asking), link, test, asking))
    if beside := source.beside.get(member):
        if beside.members:
            return _on_objects(source, beside, given, asking)
        return _all(given, lambda test: _on_list(_entries(beside), beside, test, asking))
    raise Unanswerable(f"`{name}` cannot be found by `{member}` here.")


def _all(given: Filter, meets: Callable[[Test], Q]) -> Q:
    return reduce(lambda left, right: left & right, map(meets, _tests(given)), Q())


def _tests(given: Filter) -> Iterator[Test]:
    """Yield the tests of a filter in today's words."""
    for word, value in given.items():
        if word in ("opr", "value", "values", "OPTIONS"):
            continue
        if word == "REGEX":
            if value is not None:
                yield "REGEX", (value, given.get("OPTIONS") or "")
        elif word == "NOT":
            if value is not None:
                yield "NOT", list(_tests(value))
        else:
            yield ("NE" if word == "NEQ" else word), value
    if operator := given.get("opr"):
        operator = _OLDER.get(operator, operator)
        member = "values" if operator in ("IN", "NIN", "ALL") else "value"
        yield operator, given.get(member)


def _on_column(rows: QuerySet[Any], column: str, test: Test, asking: Asking) -> Q:
    word, value = test
    if word == "NOT":
        inner = (_on_column(rows, column, one, asking) for one in value)
        return ~reduce(lambda left, right: left & right, inner, Q(pk__isnull=False))
    if word in _OPPOSITES:
        return ~_on_column(rows, column, (_OPPOSITES[word], value), asking)
    if word == "REGEX":
        return Q(pk__in=among(_matching(rows, "pk", column, value, asking)))
    if word == "ALL":
        tests = (_compared(column, "EQ", one) for one in value or ())
        return reduce(lambda left, right: left & right, tests) if value else NOTHING
    return _compared(column, word, value)


def _on_list(rows: QuerySet[Any], of: Beside | Link, test: Test, asking: Asking) -> Q:
    """Return the condition that some entry meets a test; of an opposite, that none does."""
    word, value = test
    if word == "NOT":
        inner = (_on_list(rows, of, one, asking) for one in value)
        return ~reduce(lambda left, right: left & right, inner, Q(pk__isnull=False))
    if word in _OPPOSITES:
        return ~_on_list(rows, of, (_OPPOSITES[word], value), asking)
    column = f"{of.target}__{of.key}" if isinstance(of, Link) else of.value
    if word == "ALL":
        tests = (_on_list(rows, of, ("EQ", one), asking) for one in value or ())
        return reduce(lambda left, right: left & right, tests) if value else NOTHING
    if word == "REGEX":
        return Q(pk__in=among(_matching(rows, of.owner, column, value, asking)))
    met = rows.filter(_compared(column, word, value))
    return Q(Exists(met.filter(**{of.owner: OuterRef("pk")})))


def _on_objects(source: Source, beside: Beside, given: Filter, asking: Asking) -> Q:
    """Return the condition that one entry meets all that is said of its members."""
    entries = _entries(beside)
    met = Q()
    for member, tests in given.items():
        if member != "opr" and tests is not None:
            column = beside.members[member]
            met &= _all(tests, lambda test, at=column: _on_column(entries, at, test, asking))  # type: ignore[misc]
    some = Q(Exists(entries.filter(met).filter(**{beside.owner: OuterRef("pk")})))
    return ~some if given.get("opr") == "NOT_EXISTS" else some


def _entries(beside: Beside) -> QuerySet[Any]:
    return beside.model._default_manager.filter(**beside.where)


def _ends(link: Link, asking: Asking) -> QuerySet[Any]:
    seen = SOURCES[link.type].rows(asking.viewer).order_by().values("pk")
    return link.model._default_manager.filter(**link.where, **{f"{link.target}__in": seen})


def _compared(column: str, word: str, value: Any) -> Q:
    if word == "IN":
        values = [_known(one, column) for one in value or ()]
        found = Q(**{f"{column}__in": [one for one in values if one is not None]})
        return found | Q(**{f"{column}__isnull": True}) if None in (value or ()) else found
    value = _known(value, column)
    if word == "EQ":
        return Q(**{f"{column}__isnull": True}) if value is None else Q(**{column: value})
    if value is None:
        return NOTHING
    return Q(_RANGES[word](_bytewise(column) if isinstance(value, str) else F(column), value))


def _known(value: Any, column: str) -> Any:
    """Return a value as the column has it."""
    if isinstance(value, str):
        # No database takes it, and no text of ours has it.
        return value.replace("\x00", "\ufffd")
    if isinstance(value, int) and column.endswith("_at"):
        return dt.datetime.fromtimestamp(value, dt.UTC)
    return value


def _bytewise(column: str) -> Collate:
    return Collate(F(column), "C" if connection.vendor == "postgresql" else "BINARY")


def among(keys: list[int]) -> RawSQL:
    """Return a table of keys, however many there are."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [keys])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(keys)])


def _matching(
    rows: QuerySet[Any], key: str, column: str, pattern: tuple[str, str], asking: Asking
) -> list[int]:
    """Return the keys of rows that a stranger's expression finds, in time linear to the text."""
    compiled = _compile(*pattern)
    found = []
    texts = rows.order_by().exclude(**{column: None}).values_list(key, column)
    for number, (row, text) in enumerate(texts.iterator(chunk_size=500)):
        if number % _CHECKED_EVERY == 0:
            asking.budget.check_time()
        if isinstance(text, str) and compiled.search(text):
            found.append(row)
    return found


def _compile(pattern: str, flags: str) -> Any:
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

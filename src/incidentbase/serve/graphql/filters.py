"""Filters and orders of clients as conditions on rows; they mean what they mean to MongoDB."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.http import HttpRequest

from incidentbase.serve.graphql.limits import Budget, Unanswerable
from incidentbase.serve.graphql.matching import (
    OPPOSITES,
    Filter,
    Test,
    expression,
    predicate,
    tests_of,
)
from incidentbase.serve.graphql.shapes import Beside, Link, Made, Source, tagged
from incidentbase.serve.graphql.sources import SOURCES
from incidentbase.serve.graphql.table import RECORDS
from incidentbase.store.accounts.models import AccountRole
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer

NOTHING = Q(pk__in=[])
_RANGES = {
    "GT": GreaterThan,
    "GTE": GreaterThanOrEqual,
    "LT": LessThan,
    "LTE": LessThanOrEqual,
}
_CHECKED_EVERY = 256


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what the answer may still cost."""

    viewer: Viewer
    budget: Budget
    # Whether what waits for editors is open to everybody here.
    is_queue_open: bool = False
    # Counts what strangers do; none where nobody asked over HTTP.
    request: HttpRequest | None = None

    def reads_all_of(self, source: Source) -> bool:
        """Return whether nothing that editors read is withheld."""
        return self.viewer.has_role(INCIDENT_EDITOR) or (source.is_queue and self.is_queue_open)

    def rows(self, name: str) -> QuerySet[Any]:
        """Return the records of a type that are seen, in their lasting order."""
        source = SOURCES[name]
        if source.is_queue:
            return source.rows(self.viewer, is_open=self.is_queue_open)
        return source.rows(self.viewer)


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
    source = SOURCES[name]
    keys: list[Any] = []
    for member in RECORDS[name]:
        direction = (asked or {}).get(member)
        if isinstance(direction, str) and member in source.columns:
            keys.append(_key(source.columns[member], direction))
        elif isinstance(direction, dict):
            columns = source.objects.get(member, {})
            keys += [_key(columns[one], direction[one]) for one in columns if direction.get(one)]
    return [*keys, "pk"]


def _key(column: str, direction: str) -> Any:
    # What is missing comes before everything else.
    is_up = direction == "ASC"
    return F(column).asc(nulls_first=True) if is_up else F(column).desc(nulls_last=True)


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
    if member in source.for_editors and not asking.reads_all_of(source):
        return NOTHING
    rows = asking.rows(name)
    if column := source.columns.get(member):
        return _all(given, lambda test: _on_column(rows, column, test, asking))
    if link := source.links.get(member):
        return _all(given, lambda test: _on_list(_ends(link, asking), link, test, asking))
    if beside := source.beside.get(member):
        if beside.model is AccountRole and not asking.viewer.account_id:
            # Nobody finds by what they cannot read.
            return NOTHING
        if beside.members:
            return _on_objects(beside, given, asking)
        return _all(given, lambda test: _on_list(_entries(beside), beside, test, asking))
    if columns := source.objects.get(member):
        return _on_parts(rows, columns, given, asking)
    made = source.made.get(member)
    if named := source.named.get(member):
        made = named.keys
    if made is None:
        raise Unanswerable(f"`{name}` cannot be found by `{member}` here.")
    return _on_made(rows, made, given, asking)


def _on_made(rows: QuerySet[Any], made: Made, given: Filter, asking: Asking) -> Q:
    meets = predicate(given)
    found = []
    values = rows.order_by().values("pk", *made.columns).iterator(chunk_size=500)
    for number, row in enumerate(values):
        if number % _CHECKED_EVERY == 0:
            asking.budget.check_time()
        if meets(made.of(row)):
            found.append(row["pk"])
    return Q(pk__in=among(found))


def _on_parts(rows: QuerySet[Any], columns: dict[str, str], given: Filter, asking: Asking) -> Q:
    """Return the condition on an object that stands in columns of the record."""
    found = Q()
    for member, tests in given.items():
        if member in columns and tests is not None:
            at = columns[member]
            found &= _all(tests, lambda test, at=at: _on_column(rows, at, test, asking))  # type: ignore[misc]
    if operator := given.get("opr"):
        found &= Q(**{f"{next(iter(columns.values()))}__isnull": operator == "NOT_EXISTS"})
    return found


def _all(given: Filter, meets: Callable[[Test], Q]) -> Q:
    return reduce(lambda left, right: left & right, map(meets, tests_of(given)), Q())


def _on_column(rows: QuerySet[Any], column: str, test: Test, asking: Asking) -> Q:
    word, value = test
    if word == "NOT":
        inner = (_on_column(rows, column, one, asking) for one in value)
        return ~reduce(lambda left, right: left & right, inner, Q(pk__isnull=False))
    if word in OPPOSITES:
        return ~_on_column(rows, column, (OPPOSITES[word], value), asking)
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
    if word in OPPOSITES:
        return ~_on_list(rows, of, (OPPOSITES[word], value), asking)
    column = f"{of.target}__{of.key}" if isinstance(of, Link) else of.value
    if word == "ALL":
        tests = (_on_list(rows, of, ("EQ", one), asking) for one in value or ())
        return reduce(lambda left, right: left & right, tests) if value else NOTHING
    if word == "REGEX":
        return Q(pk__in=among(_matching(rows, of.owner, column, value, asking)))
    met = rows.filter(_compared(column, word, value))
    return Q(Exists(met.filter(**{of.owner: OuterRef("pk")})))


def _on_objects(beside: Beside, given: Filter, asking: Asking) -> Q:
    """Return the condition that one entry meets all that is said of its members."""
    entries = _entries(beside)
    met = Q()
    for member, tests in given.items():
        if member != "opr" and tests is not None:
            column = beside.members.get(member)
            if column is None:
                raise Unanswerable(f"Nothing can be found by `{member}` here.")
            met &= _all(tests, lambda test, at=column: _on_column(entries, at, test, asking))  # type: ignore[misc]
    some = Q(Exists(entries.filter(met).filter(**{beside.owner: OuterRef("pk")})))
    return ~some if given.get("opr") == "NOT_EXISTS" else some


def _entries(beside: Beside) -> QuerySet[Any]:
    rows = beside.model._default_manager.annotate(**beside.computed)
    return rows.filter(**beside.where, **tagged(beside))


def _ends(link: Link, asking: Asking) -> QuerySet[Any]:
    seen = asking.rows(link.to).order_by().values("pk")
    return link.model._default_manager.filter(**tagged(link), **{f"{link.target}__in": seen})


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
    compiled = expression(*pattern)
    found = []
    texts = rows.order_by().exclude(**{column: None}).values_list(key, column)
    for number, (row, text) in enumerate(texts.iterator(chunk_size=500)):
        if number % _CHECKED_EVERY == 0:
            asking.budget.check_time()
        if isinstance(text, str) and compiled.search(text):
            found.append(row)
    return found

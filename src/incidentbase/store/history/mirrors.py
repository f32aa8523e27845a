"""How a table looks as plain states: the shape that history seals and imports compare.

A *state* is a JSON-ready dict of everything that a record says. A `Mirror` knows how the
columns of one table become that dict and back; areas add their lists of links beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from incidentbase.kit import clock

State = dict[str, Any]


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """One name in the state and the table column behind it.

    A column with a `usual` value is left out of states in which it has it: it came to its table
    when records were sealed without it, and those must read as they did.
    """

    name: str
    column: str
    to_column: Callable[[Any], Any] = _same
    from_column: Callable[[Any], Any] = _same
    usual: Any = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One name in the state that holds the public key of another table's row."""

    name: str
    column: str
    model: type[models.Model]
    by: str


def plain(name: str, column: str = "") -> Column:
    """Return a column whose value is the same in the state."""
    return Column(name, column or name)


def later(name: str, *, usual: Any) -> Column:
    """Return a column that came later: states say it only where it is not as usual."""
    return Column(name, name, usual=usual)


def moment(name: str, column: str = "") -> Column:
    """Return a column that holds a point in time."""
    return Column(name, column or name, clock.from_iso, clock.iso)


def day(name: str, column: str = "") -> Column:
    """Return a column that holds a date, or none."""
    return Column(name, column or name, _day_of, _day_in_words)


def _day_of(value: str | None) -> dt.date | None:
    return None if value is None else dt.date.fromisoformat(value)


def _day_in_words(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


VISIBILITY = (plain("visibility"), moment("embargoed_until"))


@dataclass(frozen=True, slots=True)
class Mirror:
    """One kind of record: its name in the history, its table, its columns and references.

    `key` names the state entries that together identify a record, the most selective first.
    """

    kind: str
    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()

    def recovered(self, delta: Mapping[str, Sequence[Any]]) -> State:
        """Return the state of a removed record; the delta of a removal has no empty values."""
        names = [*(column.name for column in self.columns), *(one.name for one in self.references)]
        return {**dict.fromkeys(names), **{name: before for name, (before, _) in delta.items()}}

    def key_of(self, state: Mapping[str, Any]) -> str:
        """Return the history key of a state."""
        return ":".join(str(state[name]) for name in self.key)

    def rows(self, keys: Iterable[str]) -> dict[str, models.Model]:
        """Return the stored rows for the keys."""
        wanted = set(keys)
        first = self._path(self.key[0])
        candidates = self.model._default_manager.filter(
            **{f"{first}__in": {key.split(":", 1)[0] for key in wanted}}
            if len(self.key) > 1
            else {f"{first}__in": wanted}
        ).select_related(*(reference.column for reference in self.references))
        found = ((self._row_key(row), row) for row in candidates)
        return {key: row for key, row in found if key in wanted}

    def lock(self, keys: Iterable[str]) -> None:
        """Keep others from changing the rows of the keys until the transaction ends."""
        path = self._path(self.key[0])
        firsts = {key.split(":", 1)[0] if len(self.key) > 1 else key for key in keys}
        rows = self.model._default_manager.filter(**{f"{path}__in": firsts}).order_by("pk")
        # Evaluated, because the lock is taken when the rows are read.
        list(rows.select_for_update(of=("self",)).values_list("pk"))

    def state_of(self, row: models.Model) -> State:
        """Return the state of a stored row, without the lists that its area adds."""
        state = {
            column.name: column.from_column(getattr(row, column.column)) for column in self.columns
        }
        state = self.plainest(state)
        for reference in self.references:
            target = getattr(row, reference.column)
            state[reference.name] = getattr(target, reference.by) if target else None
        return state

    def plainest(self, state: Mapping[str, Any]) -> State:
        """Return a state without what is as usual in columns that came later."""
        usual = {one.name: one.usual for one in self.columns if one.usual is not None}
        return {
            name: value
            for name, value in state.items()
            if name not in usual or value not in (None, usual[name])
        }

    def targets(self, states: Sequence[State]) -> dict[str, dict[Any, int]]:
        """Return, for each reference, the primary keys of the rows that the states name."""
        found: dict[str, dict[Any, int]] = {}
        for reference in self.references:
            names = {state[reference.name] for state in states} - {None}
            found[reference.name] = dict(
                reference.model._default_manager.filter(
                    **{f"{reference.by}__in": names}
                ).values_list(reference.by, "pk")
            )
        return found

    def apply(
        self, row: models.Model, state: State, targets: Mapping[str, Mapping[Any, int]]
    ) -> None:
        """Set the columns of an unsaved or loaded row from a state."""
        for column in self.columns:
            value = state[column.name] if column.usual is None else state.get(column.name)
            value = column.usual if value is None and column.usual is not None else value
            setattr(row, column.column, column.to_column(value))
        for reference in self.references:
            name = state[reference.name]
            found = targets[reference.name]
            setattr(row, f"{reference.column}_id", None if name is None else found[name])

    def column_names(self) -> list[str]:
        """Return the names of the columns that a state sets."""
        return [
            *(column.column for column in self.columns),
            *(reference.column for reference in self.references),
        ]

    def too_long(self, state: State) -> str | None:
        """Return the name of the first text that does not fit its column, None when all fit."""
        for column in self.columns:
            limit = getattr(self.model._meta.get_field(column.column), "max_length", None)
            value = state.get(column.name)
            if limit and isinstance(value, str) and len(value) > limit:
                return column.name
        return None

    def missing_target(self, state: State, targets: Mapping[str, Mapping[Any, int]]) -> str | None:
        """Return which referenced record does not exist, None when all do."""
        for reference in self.references:
            name = state[reference.name]
            if name is not None and name not in targets[reference.name]:
                return f"{reference.name} {name}"
        return None

    def _path(self, name: str) -> str:
        for reference in self.references:
            if reference.name == name:
                return f"{reference.column}__{reference.by}"
        for column in self.columns:
            if column.name == name:
                return column.column
        raise KeyError(name)

    def _row_key(self, row: models.Model) -> str:
        return self.key_of(self.state_of(row))

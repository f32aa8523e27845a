"""Records as frames: one column a member, dates as dates, lists as lists.

What does not fit into a cell is made plain: roles become columns of entity ids, records in a
record become their numbers, and a classification becomes a row for each value of each answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from incidentbase.client import records
from incidentbase.client.errors import MissingLibrary
from incidentbase.client.records import Record

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Row = Mapping[str, Any]


class Type(Enum):
    """What a column holds; by name in pandas, in polars see `_polars_types`."""

    TEXT = "string"
    NUMBER = "Int64"
    REAL = "Float64"
    FLAG = "boolean"
    DAY = "datetime64[s]"
    MOMENT = "datetime64[us, UTC]"
    TEXTS = "object"
    NUMBERS = "list of numbers"


_PLAIN = {
    str: Type.TEXT,
    int: Type.NUMBER,
    float: Type.REAL,
    bool: Type.FLAG,
    dt.date: Type.DAY,
    dt.datetime: Type.MOMENT,
}
_ROLES = records.RoleCounts.members()
_ANSWER = {
    "classification_id": Type.TEXT,
    "namespace": Type.TEXT,
    "incident_id": Type.NUMBER,
    "report_number": Type.NUMBER,
    "publish": Type.FLAG,
    "short_name": Type.TEXT,
    "value": Type.TEXT,
    "method": Type.TEXT,
    "machine": Type.FLAG,
    "confidence": Type.REAL,
}


def need(library: str) -> None:
    """Raise MissingLibrary when a library for frames is not installed."""
    if importlib.util.find_spec(library) is None:
        raise MissingLibrary(
            f"frames of {library} need {library}: pip install 'incidentbase[{library}]'"
        )


def to_pandas(kind: type[Record], rows: Iterable[Record]) -> pd.DataFrame:
    """Return records as a frame of pandas; what is unknown is missing (NA or NaT)."""
    import pandas as pd

    table = _table(kind, rows)
    columns = {name: _series(values, wanted) for name, (wanted, values) in table.items()}
    return pd.DataFrame(columns)


def _series(values: list[Any], wanted: Type) -> Any:
    import pandas as pd

    if wanted in (Type.TEXTS, Type.NUMBERS):
        return pd.Series(values, dtype="object")
    return pd.Series(values, dtype=wanted.value)


def to_polars(kind: type[Record], rows: Iterable[Record]) -> pl.DataFrame:
    """Return records as a frame of polars; what is unknown is null."""
    import polars as pl

    types: dict[Type, Any] = {
        Type.TEXT: pl.String,
        Type.NUMBER: pl.Int64,
        Type.REAL: pl.Float64,
        Type.FLAG: pl.Boolean,
        Type.DAY: pl.Date,
        Type.MOMENT: pl.Datetime("us", "UTC"),
        Type.TEXTS: pl.List(pl.String),
        Type.NUMBERS: pl.List(pl.Int64),
    }
    table = _table(kind, rows)
    return pl.DataFrame(
        [pl.Series(name, values, dtype=types[wanted]) for name, (wanted, values) in table.items()]
    )


def _table(kind: type[Record], rows: Iterable[Record]) -> dict[str, tuple[Type, list[Any]]]:
    """Return the columns with their values; a member that no record has is no column."""
    columns = _ANSWER if kind is records.Classification else _columns(kind)  # type: ignore[arg-type]
    spread: Callable[[Any], Iterator[Row]] = (
        _answers if kind is records.Classification else functools.partial(_cells, kind)
    )
    cells = [row for record in rows for row in spread(record)]
    has = set().union(*cells) if cells else set(columns)
    return {
        name: (wanted, [row.get(name) for row in cells])
        for name, wanted in columns.items()
        if name in has
    }


@functools.cache
def _columns(kind: Any) -> dict[str, Type]:
    """Return the columns of a kind of record, in order."""
    found: dict[str, Type] = {}
    for name, hint in _hints(kind).items():
        if hint is records.Roles:
            found |= dict.fromkeys(_ROLES, Type.TEXTS)
        elif hint is records.RoleCounts:
            found |= dict.fromkeys(_ROLES, Type.NUMBER)
        elif (wanted := _type_of(hint)) is not None:
            found[name] = wanted
    return found


def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in dataclasses.fields(kind)}


def _type_of(hint: Any) -> Type | None:
    """Return how a member stands in a cell, None when it does not."""
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return Type.TEXT
    if get_origin(hint) is tuple:
        return {str: Type.TEXTS, int: Type.NUMBERS}.get(parts[0])
    if NoneType in parts:
        (hint,) = (one for one in parts if one is not NoneType)
    return _PLAIN.get(hint)


def _cells(kind: type[Record], record: Record) -> Iterator[Row]:
    row: dict[str, Any] = {}
    for name, hint in _hints(kind).items():
        if not record.has(name):
            continue
        value = getattr(record, name)
        if isinstance(value, records.Roles):
            named = {role: [one.entity_id for one in getattr(value, role)] for role in _ROLES}
            row |= named
        elif isinstance(value, records.RoleCounts):
            row |= value.to_dict()
        elif _type_of(hint) is not None:
            row[name] = list(value) if isinstance(value, tuple) else value
    yield row


def _answers(record: records.Classification) -> Iterator[Row]:
    about = {
        name: getattr(record, name)
        for name in ("namespace", "incident_id", "report_number", "publish")
        if record.has(name)
    }
    if record.has("id"):
        about["classification_id"] = record.id
    if not record.has("attributes"):
        yield about
        return
    for answer in record.attributes:
        told = answer.provenance
        values = answer.value if isinstance(answer.value, list) else [answer.value]
        for value in values:
            yield {
                **about,
                "short_name": answer.short_name,
                "value": value if isinstance(value, str) or value is None else json.dumps(value),
                "method": told.method,
                "machine": told.machine,
                "confidence": told.confidence,
            }

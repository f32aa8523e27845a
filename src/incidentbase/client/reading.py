"""JSON into records: checks each member against its type, and turns dates into dates."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from incidentbase.client.errors import UnreadableAnswer
from incidentbase.client.records import Record

R = TypeVar("R", bound=Record)

_PLAIN = (str, int, bool)


def read(kind: type[R], data: object) -> R:
    """Return the record that an answer holds; members that are not known here are passed over.

    Raises UnreadableAnswer, naming the member, when it has another shape.
    """
    return cast("R", _record(kind, data, kind.__name__))


@functools.cache
def _members(kind: Any) -> tuple[tuple[str, str, Any, Any], ...]:
    """Return name, name in the API, type and default of each member."""
    hints = get_type_hints(kind)
    return tuple(
        (one.name, kind.NAMES.get(one.name, one.name), hints[one.name], one.default)
        for one in dataclasses.fields(kind)
    )


def _record(kind: type[Record], data: object, where: str) -> Record:
    if not isinstance(data, dict):
        raise _unlike(where, data)
    values: dict[str, Any] = {}
    # mypy takes the hash of records for that of their class.
    for name, key, wanted, default in _members(kind):  # type: ignore[arg-type]
        if key in data:
            values[name] = _value(wanted, data[key], f"{where}.{key}")
        elif default is not dataclasses.MISSING:
            values[name] = default
        elif not kind.NARROWED:
            raise UnreadableAnswer(f"the answer has no {where}.{key}")
    return kind.of(values)


def _value(wanted: Any, data: object, where: str) -> Any:
    if wanted is Any:
        return data
    origin = get_origin(wanted)
    if origin is not None:
        return _compound(origin, get_args(wanted), data, where)
    if issubclass(wanted, Record):
        return _record(wanted, data, where)
    if wanted is float and type(data) in (int, float):
        return float(data)  # type: ignore[arg-type]
    if wanted in _PLAIN and type(data) is wanted:
        return data
    if wanted in (dt.date, dt.datetime) and isinstance(data, str):
        return _moment(wanted, data, where)
    raise _unlike(where, data)


def _compound(origin: Any, parts: tuple[Any, ...], data: object, where: str) -> Any:
    if origin is Literal:
        if data in parts:
            return data
    elif origin in (types.UnionType, Union):
        (other,) = (one for one in parts if one is not types.NoneType)
        return None if data is None else _value(other, data, where)
    elif origin is tuple and isinstance(data, list):
        return tuple(_value(parts[0], one, f"{where}[{at}]") for at, one in enumerate(data))
    elif isinstance(data, dict) and issubclass(origin, Mapping):
        return {name: _value(parts[1], one, f"{where}.{name}") for name, one in data.items()}
    raise _unlike(where, data)


def _moment(wanted: Any, data: str, where: str) -> dt.date:
    try:
        found: dt.date = wanted.fromisoformat(data)
    except ValueError:
        raise _unlike(where, data) from None
    if isinstance(found, dt.datetime) and found.tzinfo is None:
        raise _unlike(where, data)
    return found


def _unlike(where: str, data: object) -> UnreadableAnswer:
    shown = repr(data)
    short = shown if len(shown) < 60 else f"{shown[:57]}..."
    return UnreadableAnswer(f"the answer's {where} makes no sense: {short}")

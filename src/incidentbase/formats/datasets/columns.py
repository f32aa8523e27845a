"""What a table is: columns of few types, each with a sentence about it."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Row = Sequence[Any]


class Type(enum.Enum):
    """What a column holds; the value is its name for people.

    Days and moments are texts as `2024-05-01` and `2024-05-01T12:00:00.000Z`.
    """

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    TRUTH = "true or false"
    DAY = "day"
    MOMENT = "moment in UTC"
    TEXTS = "list of texts"
    INTEGERS = "list of whole numbers"
    JSON = "JSON"


LISTS = frozenset({Type.TEXTS, Type.INTEGERS})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type and what it says."""

    name: str
    type: Type
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `key` names the columns that identify a row, `indexed` those to look up by.

    `is_quoted` says that it holds texts that belong to others.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
    is_quoted: bool = False


Rows = Callable[[Table], Iterable[Row]]

DICTIONARY = ("table", "column", "type", "description")


def dictionary(tables: Iterable[Table]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (table, column, type, description) of every column, under what the table is."""
    for table in tables:
        yield table.name, "", "", table.about
        for column in table.columns:
            yield table.name, column.name, column.type.value, column.about


def as_text(value: Any) -> str:
    """Return a value as the text of a cell: nothing is empty, lists and objects are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)

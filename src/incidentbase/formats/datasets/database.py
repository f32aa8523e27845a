"""Tables as one SQLite database, with keys, indexes and a full-text table, ready to be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from incidentbase.formats.datasets.columns import (
    DICTIONARY,
    Column,
    Rows,
    Table,
    Type,
    as_text,
    dictionary,
)

_TYPES = {Type.INTEGER: "INTEGER", Type.NUMBER: "REAL", Type.TRUTH: "INTEGER"}


def write(
    target: Path, tables: Sequence[Table], rows: Rows, *, licences: Rows, search: Sequence[str]
) -> None:
    """Write the database.

    `licences` gives (licence, address) for a table. `search` are queries that fill the full-text
    table `search` with (kind, number, title, text).
    """
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target, isolation_level=None)) as database:
        # It is whole or thrown away, so nothing must be kept for undoing.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table in tables:
            _fill(database, table, rows)
        _describe(database, tables, licences)
        database.execute(
            "CREATE VIRTUAL TABLE search USING fts5(kind UNINDEXED, number UNINDEXED, title, text, "
            "tokenize = 'unicode61 remove_diacritics 2')"
        )
        for query in search:
            database.execute(f"INSERT INTO search (kind, number, title, text) {query}")
        database.execute("INSERT INTO search (search) VALUES ('optimize')")
        database.execute("COMMIT")
        database.execute("ANALYZE")


def _fill(database: sqlite3.Connection, table: Table, rows: Rows) -> None:
    columns = [f"{_named(one.name)} {_TYPES.get(one.type, 'TEXT')}" for one in table.columns]
    if table.key:
        columns.append(f"PRIMARY KEY ({', '.join(map(_named, table.key))})")
    without = " WITHOUT ROWID" if len(table.key) > 1 else ""
    database.execute(f"CREATE TABLE {_named(table.name)} ({', '.join(columns)}){without}")
    places = ", ".join("?" * len(table.columns))
    database.executemany(
        f"INSERT INTO {_named(table.name)} VALUES ({places})",  # noqa: S608 (our own names)
        (
            [_stored(column, value) for column, value in zip(table.columns, row, strict=True)]
            for row in rows(table)
        ),
    )
    for name in table.indexed:
        index = _named(f"{table.name}_by_{name}")
        database.execute(f"CREATE INDEX {index} ON {_named(table.name)} ({_named(name)})")


def _stored(column: Column, value: Any) -> Any:
    if value is None or column.type in _TYPES:
        return value
    return as_text(value)


def _describe(database: sqlite3.Connection, tables: Sequence[Table], licences: Rows) -> None:
    """Write what the tables and columns are, and under which terms each table stands."""
    database.execute(f"CREATE TABLE data_dictionary ({', '.join(map(_named, DICTIONARY))})")
    database.executemany("INSERT INTO data_dictionary VALUES (?, ?, ?, ?)", dictionary(tables))
    database.execute('CREATE TABLE licences ("table" TEXT PRIMARY KEY, licence TEXT, url TEXT)')
    database.executemany(
        "INSERT INTO licences VALUES (?, ?, ?)",
        ((table.name, *row) for table in tables for row in licences(table)),
    )


def _named(name: str) -> str:
    return f'"{name}"'

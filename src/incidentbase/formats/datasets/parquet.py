"""Tables as Parquet files, one each, with typed columns and their descriptions inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from incidentbase.formats.datasets.columns import Row, Rows, Table, Type, as_text

# Rows of a group: with long articles about ten megabytes.
GROUP = 500


class NoParquet(Exception):
    """The library that writes Parquet is not installed; the message is one clear line."""


def write(folder: Path, tables: Sequence[Table], rows: Rows) -> list[Path]:
    """Write the tables into a folder; return the files in order. Raises NoParquet."""
    try:
        from pyarrow import RecordBatch, parquet
    except ImportError:
        raise NoParquet("Parquet needs a library: pip install 'incidentbase[parquet]'") from None
    written = []
    for table in tables:
        path = folder / f"{table.name}.parquet"
        schema = _schema(table)
        with parquet.ParquetWriter(path, schema, compression="zstd") as file:
            for group in _groups(rows(table)):
                columns = [
                    [_CONVERSIONS.get(column.type, _same)(row[place]) for row in group]
                    for place, column in enumerate(table.columns)
                ]
                named = dict(zip((column.name for column in table.columns), columns, strict=True))
                file.write_batch(RecordBatch.from_pydict(named, schema))
        written.append(path)
    return written


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while group := list(islice(remaining, GROUP)):
        yield group


def _schema(table: Table) -> Any:
    import pyarrow as pa

    types: Mapping[Type, Any] = {
        Type.TEXT: pa.string(),
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.TRUTH: pa.bool_(),
        Type.DAY: pa.date32(),
        Type.MOMENT: pa.timestamp("ms", tz="UTC"),
        Type.TEXTS: pa.list_(pa.string()),
        Type.INTEGERS: pa.list_(pa.int64()),
        Type.JSON: pa.string(),
    }
    fields = [
        pa.field(column.name, types[column.type], metadata={"description": column.about})
        for column in table.columns
    ]
    return pa.schema(fields, metadata={"description": table.about})


def _same(value: Any) -> Any:
    return value


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _moment(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value.replace("Z", "+00:00")) if value else None


def _json(value: Any) -> str | None:
    return None if value is None else as_text(value)


_CONVERSIONS: Mapping[Type, Callable[[Any], Any]] = {
    Type.DAY: _day,
    Type.MOMENT: _moment,
    Type.JSON: _json,
}

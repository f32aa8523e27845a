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
        from pyarrow import RecordBatch, parquet  # noqa: PLC0415
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
    import pyarrow  # noqa: PLC0415

    types: Mapping[Type, Any] = {
        Type.TEXT: pyarrow.string(),
        Type.INTEGER: pyarrow.int64(),
        Type.NUMBER: pyarrow.float64(),
        Type.TRUTH: pyarrow.bool_(),
        Type.DAY: pyarrow.date32(),
        Type.MOMENT: pyarrow.timestamp("ms", tz="UTC"),
        Type.TEXTS: pyarrow.list_(pyarrow.string()),
        Type.INTEGERS: pyarrow.list_(pyarrow.int64()),
        Type.JSON: pyarrow.string(),
    }
    fields = [
        pyarrow.field(column.name, types[column.type], metadata={"description": column.about})
        for column in table.columns
    ]
    return pyarrow.schema(fields, metadata={"description": table.about})


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

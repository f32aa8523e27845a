"""Tables as CSV and as JSON lines: one file a table, with the data dictionary beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from incidentbase.formats import tables as csv_tables
from incidentbase.formats.datasets.columns import DICTIONARY, Rows, Table, as_text, dictionary


def write_csv(folder: Path, tables: Sequence[Table], rows: Rows) -> list[Path]:
    """Write the tables into a folder; return the files in order.

    Cells that a spreadsheet would execute are made harmless, as in all tables of this product.
    """
    written = []
    for table in tables:
        header = [column.name for column in table.columns]
        cells = ([as_text(value) for value in row] for row in rows(table))
        written.append(_write(folder / f"{table.name}.csv", csv_tables.csv_lines(header, cells)))
    described = csv_tables.csv_lines(DICTIONARY, dictionary(tables))
    return [*written, _write(folder / "data-dictionary.csv", described)]


def write_jsonl(folder: Path, tables: Sequence[Table], rows: Rows) -> list[Path]:
    """Write the tables into a folder, an object a line; return the files in order."""
    written = []
    for table in tables:
        names = [column.name for column in table.columns]
        lines = (
            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n"
            for row in rows(table)
        )
        written.append(_write(folder / f"{table.name}.jsonl", lines))
    described = [dict(zip(DICTIONARY, row, strict=True)) for row in dictionary(tables)]
    text = json.dumps(described, ensure_ascii=False, indent=1)
    return [*written, _write(folder / "data-dictionary.json", [text, "\n"])]


def _write(path: Path, lines: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return path

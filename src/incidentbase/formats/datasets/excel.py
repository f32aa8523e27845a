"""Tables as one Excel workbook, with the data dictionary as its first sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from incidentbase.formats.datasets.columns import (
    DICTIONARY,
    Row,
    Rows,
    Table,
    as_text,
    dictionary,
)

# What the format allows.
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
_LONGEST_NAME = 31
_CUT = "… [cut: a cell of Excel holds no more]"
# The largest number that Excel keeps exactly.
_LARGEST = 2**53
_WIDEST = 60
# Files made of equal data are equal.
_MADE_AT = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)


def write(
    target: Path, tables: Sequence[Table], rows: Rows, *, title: str, notice: str, scratch: Path
) -> None:
    """Write the workbook row by row; `scratch` is a folder for what lies on the disk meanwhile.

    Every text is a text: nothing in it is taken for a formula or a link. A table with more rows
    than a sheet can hold goes on in the next sheet.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "tmpdir": str(scratch),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(str(target), options) as book:
        book.set_properties({"title": title, "comments": notice, "created": _MADE_AT})
        head = book.add_format({"bold": True, "bottom": 1})
        described: list[Row] = [(title, "", "", notice), *dictionary(tables)]
        _fill(book, "Data dictionary", DICTIONARY, described, head)
        for table in tables:
            header = [column.name for column in table.columns]
            _fill(book, table.name, header, rows(table), head)


def _fill(book: Any, name: str, header: Sequence[str], rows: Iterable[Row], head: Any) -> None:
    sheet, number, place = _sheet(book, name, 1, header, head), 1, 1
    for row in rows:
        if place == MOST_ROWS:
            number += 1
            sheet, place = _sheet(book, name, number, header, head), 1
        for column, value in enumerate(row):
            _put(sheet, place, column, value)
        place += 1


def _sheet(book: Any, name: str, number: int, header: Sequence[str], head: Any) -> Any:
    suffix = f" ({number})" if number > 1 else ""
    sheet = book.add_worksheet(name[: _LONGEST_NAME - len(suffix)] + suffix)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(header):
        width = _WIDEST if heading in {"title", "description", "text", "url"} else 18
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    return sheet


def _put(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and abs(value) <= _LARGEST:
        sheet.write_number(row, column, value)
    elif value not in (None, ""):
        text = as_text(value)
        if len(text) > LONGEST_CELL:
            text = text[: LONGEST_CELL - len(_CUT)] + _CUT
        sheet.write_string(row, column, text)

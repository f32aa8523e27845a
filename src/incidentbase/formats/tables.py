"""Tables as CSV text, line by line: RFC 4180, and nothing that a spreadsheet would execute.

Reading takes what spreadsheets write: other separators, byte order marks, short rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
# The wide forms count too: spreadsheets set to East Asian languages read them as the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the header and each row as one line ended by CR LF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_harmless(cell) for cell in header])
    yield _taken(buffer)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    line = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return line


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    Cells that look guarded already are guarded once more, so that `_plain` gives back any cell.
    """
    if cell.lstrip("'").startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


# Why a file cannot be read as a table.
NO_TEXT, EMPTY, BROKEN, UNNAMED, TOO_MANY_ROWS = (
    "no-text",
    "empty",
    "broken",
    "unnamed",
    "too-many-rows",
)
SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unreadable(Exception):
    """A file that is no table; `why` is one of the codes above, `line` 0 for the whole file."""

    def __init__(self, why: str, line: int = 0) -> None:
        """Take the code and the number of the line."""
        super().__init__(f"{why} (line {line})" if line else why)
        self.why = why
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: the number of its first line in the file, and as many cells as columns.

    `more` counts the cells beyond the last column that are not blank.
    """

    number: int
    cells: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: the names of its columns, and the rows that are not blank."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8 or UTF-16. Raises Unreadable for any other."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(NO_TEXT, data.count(b"\n", 0, error.start) + 1) from None


def read(text: str, *, most_rows: int) -> Table:
    """Return the table in a text, whose cells are separated by what separates its first names.

    The first line that is not blank names the columns. Quotes that `csv_lines` put before what
    looks like a formula are taken away again. Raises Unreadable.
    """
    text = text.removeprefix("\ufeff").replace("\0", "")
    if not text.strip():
        raise Unreadable(EMPTY)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    lines: list[Line] = []
    header: tuple[str, ...] = ()
    start = 1
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                pass
            elif not header:
                header = _named([_plain(cell).strip() for cell in row], start)
            else:
                if len(lines) == most_rows:
                    raise Unreadable(TOO_MANY_ROWS, start)
                lines.append(_line(start, row, len(header)))
            start = rows.line_num + 1
    except csv.Error:
        raise Unreadable(BROKEN, start) from None
    return Table(header, tuple(lines))


def _separator(text: str) -> str:
    """Return what separates the names of columns: what stands there most often outside quotes."""
    counted: Counter[str] = Counter()
    is_quoted = False
    for letter in text:
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == "\n" and not is_quoted and counted.total():
            break
        elif letter in SEPARATORS and not is_quoted:
            counted[letter] += 1
    return max(SEPARATORS, key=lambda one: counted[one])


def _named(row: Sequence[str], line: int) -> tuple[str, ...]:
    """Return the names of the columns, without blank ones at the end."""
    names = list(row)
    while names and not names[-1]:
        names.pop()
    if not names or "" in names:
        raise Unreadable(UNNAMED, line)
    return tuple(names)


def _line(number: int, row: Sequence[str], width: int) -> Line:
    cells = [_plain(cell) for cell in row[:width]]
    cells += [""] * (width - len(cells))
    return Line(number, tuple(cells), sum(1 for cell in row[width:] if cell.strip()))


def _plain(cell: str) -> str:
    """Return a cell as it was before `_harmless`."""
    is_guarded = cell.startswith("'") and _harmless(cell[1:]) == cell
    return cell[1:] if is_guarded else cell

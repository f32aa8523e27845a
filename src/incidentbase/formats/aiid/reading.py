"""Streams the rows of one file: BSON documents, lines of JSON, or rows of CSV cells.

At any moment one row is in memory, and no row may be larger than `LARGEST_ROW`. A file that
cannot be read on raises `SnapshotBroken`; what a row says is not judged here.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import bson
from bson.codec_options import CodecOptions, DatetimeConversion

from incidentbase.formats.aiid import values
from incidentbase.formats.aiid.records import BadRow

# Row by row: its number from 1, what it holds, and the bytes read up to its end.
Numbered = tuple[int, Any, int]

LARGEST_ROW = 64 * 1024 * 1024

_CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True,
    unicode_decode_error_handler="replace",
    # Dates before year 1 become a value of their own instead of an error in mid-file.
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
_BACKSLASHES = re.compile(rb"\\+")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SnapshotBroken(Exception):
    """A file of the snapshot cannot be read to its end."""

    def __init__(self, file: str, row: int, reason: str) -> None:
        super().__init__(f"{file}, row {row}: {reason}")
        self.file = file
        self.row = row
        self.reason = reason


def bson_documents(path: Path, name: str) -> Iterator[Numbered]:
    """Yield the documents of a dump; a file without bytes holds none."""
    with path.open("rb") as stream:
        number = 1
        while head := stream.read(4):
            size = int.from_bytes(head, "little", signed=True)
            if len(head) < 4:
                raise SnapshotBroken(name, number, "the file ends in the middle of a row")
            if not 5 <= size <= LARGEST_ROW:
                raise SnapshotBroken(name, number, f"no row can be {size} bytes long")
            body = stream.read(size - 4)
            if len(body) < size - 4:
                raise SnapshotBroken(name, number, "the file ends in the middle of a row")
            yield number, _decoded(head + body, name, number), stream.tell()
            number += 1


def _decoded(document: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        return bson.decode(document, codec_options=_CODEC)
    # The decoder promises InvalidBSON, but damaged bytes reach other errors of its parts.
    except (bson.errors.BSONError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise SnapshotBroken(name, number, f"not valid BSON: {error}") from error


def json_documents(path: Path, name: str) -> Iterator[Numbered]:
    """Yield the documents of a file with one JSON object per line; blank lines are skipped."""
    number = 0
    with path.open("rb") as stream:
        for line in _lines(stream, name):
            if not line.strip():
                continue
            number += 1
            yield number, _parsed(line), stream.tell()


def _parsed(line: bytes) -> object:
    try:
        return values.extended(json.loads(line.decode("utf-8", "replace")))
    except values.Unreadable as reason:
        return BadRow(str(reason))
    except (ValueError, RecursionError) as error:
        return BadRow(f"the line is not JSON: {error}")


def csv_rows(path: Path, name: str, *, is_escaped: bool = False) -> Iterator[Numbered]:
    """Yield the header as row 0 and then every row as a list of cells.

    `is_escaped` says that backslashes are doubled. Line ends may be LF or CRLF, mixed.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_ROW))
    number = 0
    with path.open("rb") as stream:
        lines = (line.decode("utf-8", "replace") for line in _lines(stream, name))
        reader = csv.reader(lines, escapechar="\\" if is_escaped else None, strict=True)
        try:
            for cells in reader:
                if not cells:
                    continue
                yield number, cells, stream.tell()
                number += 1
        except csv.Error as error:
            raise SnapshotBroken(name, number, f"not valid CSV: {error}") from error


def doubles_backslashes(path: Path, name: str) -> bool:
    """Return whether every run of backslashes is even: the writer then escaped them.

    Newer versions of the reference's exporter double backslashes, older ones do not, and
    nothing in the file says which.
    """
    with path.open("rb") as stream:
        return all(
            len(run) % 2 == 0 for line in _lines(stream, name) for run in _BACKSLASHES.findall(line)
        )


def first_bytes(path: Path) -> bytes:
    """Return how a file begins, without the byte order mark."""
    with path.open("rb") as stream:
        return stream.read(16).removeprefix(_BYTE_ORDER_MARK)


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield lines with their ends; `for line in stream` would not let anyone ask `tell`."""
    number = 0
    while line := stream.readline(LARGEST_ROW + 1):
        number += 1
        if len(line) > LARGEST_ROW:
            raise SnapshotBroken(name, number, f"the line is longer than {LARGEST_ROW} bytes")
        yield line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line

"""Every kind of file that leaves, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from incidentbase.formats.datasets import Row, Table, database, excel, lines, parquet
from incidentbase.kit import packing
from incidentbase.serve.exports import aiid, licences, tables
from incidentbase.serve.exports.aiid import Progress
from incidentbase.store.records import published

Write = Callable[[Path, dt.datetime, Progress], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its name, the end of its files' names, its media type, how it is written.

    `has_quotes` says that it holds texts of reports, which belong to others.
    """

    name: str
    ending: str
    media_type: str
    write: Write
    has_quotes: bool = False


def _reader(at: dt.datetime, progress: Progress) -> Callable[[Table], Iterator[Row]]:
    """Return what gives the rows of tables and says how far it has come."""

    def rows(table: Table) -> Iterator[Row]:
        total = tables.looked_at(table, at=at)
        # A record may have any number of rows, or none.
        for done, row in enumerate(tables.rows(table, at=at), 1):
            progress(table.name, min(done, total), total)
            yield row

    return rows


def _aiid(target: Path, at: dt.datetime, progress: Progress) -> None:
    aiid.write(target, at=at, progress=progress)


def _zip_of(write: Callable[..., list[Path]], chosen: Sequence[Table], notice: str) -> Write:
    """Return what writes tables into files of their own and packs them together."""

    def zipped(target: Path, at: dt.datetime, progress: Progress) -> None:
        with packing.workshop(target) as folder, packing.whole(target) as partial:
            with published.at_one_moment():
                written = write(folder, chosen, _reader(at, progress))
            terms = folder / "LICENSE.txt"
            terms.write_text(notice, encoding="utf-8")
            progress("packing", 0, 1)
            packing.zipped([terms, *written], partial)
            progress("packing", 1, 1)

    return zipped


def _xlsx(target: Path, at: dt.datetime, progress: Progress) -> None:
    with (
        packing.workshop(target) as folder,
        packing.whole(target) as partial,
        published.at_one_moment(),
    ):
        excel.write(
            partial,
            tables.OPEN_TABLES,
            _reader(at, progress),
            title="AI incidents",
            notice=licences.OPEN_NOTICE,
            scratch=folder,
        )


def _sqlite(target: Path, at: dt.datetime, progress: Progress) -> None:
    with packing.whole(target) as partial, published.at_one_moment():
        database.write(
            partial,
            tables.TABLES,
            _reader(at, progress),
            licences=tables.licences,
            search=tables.SEARCH,
        )


_OPEN, _QUOTED = tables.OPEN_TABLES, tables.QUOTED_TABLES
_ZIP = "application/zip"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("aiid", ".tar.bz2", "application/x-bzip2", _aiid, has_quotes=True),
        Kind("csv", "-csv.zip", _ZIP, _zip_of(lines.write_csv, _OPEN, licences.OPEN_NOTICE)),
        Kind("jsonl", "-jsonl.zip", _ZIP, _zip_of(lines.write_jsonl, _OPEN, licences.OPEN_NOTICE)),
        Kind(
            "xlsx",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _xlsx,
        ),
        Kind("parquet", "-parquet.zip", _ZIP, _zip_of(parquet.write, _OPEN, licences.OPEN_NOTICE)),
        Kind("sqlite", ".sqlite", "application/vnd.sqlite3", _sqlite, has_quotes=True),
        Kind(
            "texts",
            "-report-texts-jsonl.zip",
            _ZIP,
            _zip_of(lines.write_jsonl, _QUOTED, licences.QUOTED_NOTICE),
            has_quotes=True,
        ),
    )
}


def name_at(kind: Kind, at: dt.datetime) -> str:
    """Return the name of a file of this kind and moment."""
    if kind.name == "aiid":
        return aiid.name_at(at)
    return f"incidentbase-{at:%Y%m%d%H%M%S}{kind.ending}"

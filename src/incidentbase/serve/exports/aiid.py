"""A snapshot in the layout of the reference database (spec aiid-interface §5.1, §5.2).

Collections are written one after another from one moment of the store, then the flat files from
what was written. The same data always give the same bytes: the time stands in no file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from incidentbase.formats.aiid import flat, reading, writing
from incidentbase.kit import packing
from incidentbase.serve.exports import licences, records
from incidentbase.store.records import published

TOP = "mongodump_full_snapshot"
# What the reference's snapshots have as well, and nobody sees here.
EMPTY = ("candidates", "submissions")

Progress = Callable[[str, int, int], None]
Witness = Callable[[str, Any], None]


def _nobody(_collection: str, _record: Any) -> None:
    pass


def name_at(at: dt.datetime) -> str:
    """Return the name that the reference gives to a snapshot of this moment."""
    return f"backup-{at:%Y%m%d%H%M%S}.tar.bz2"


def write(target: Path, *, at: dt.datetime, progress: Progress, witness: Witness = _nobody) -> None:
    """Write a snapshot of what everybody may see; the file is there whole or not at all.

    `progress` is called with what is being written, how much of it is, and how much there is;
    `witness` with every record. Raises OSError.
    """
    with packing.workshop(target) as folder, packing.whole(target) as partial:
        _write_collections(folder, at=at, progress=progress, witness=witness)
        _write_flat_files(folder, progress)
        (folder / "license.txt").write_text(licences.NOTICE, encoding="utf-8")
        progress("packing", 0, 1)
        packing.tar_bz2(folder, partial, top=TOP)
        progress("packing", 1, 1)


def _write_collections(
    folder: Path, *, at: dt.datetime, progress: Progress, witness: Witness
) -> None:
    for name in (*records.KIND_OF, *EMPTY):
        path = _dump(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        path.with_suffix(".metadata.json").write_text(writing.metadata(name), encoding="utf-8")
    with published.at_one_moment():
        for name, (kind, _to_record) in records.KIND_OF.items():
            total = published.count(kind, at=at)
            with _dump(folder, name).open("wb") as dump:
                for done, record in enumerate(records.records(name, at=at), 1):
                    dump.write(writing.encoded(record))
                    witness(name, record)
                    progress(name, done, total)


def _dump(folder: Path, collection: str) -> Path:
    inside = collection if "/" in collection else f"aiidprod/{collection}"
    return folder / f"{inside}.bson"


def _documents(folder: Path, collection: str, progress: Progress) -> Iterator[Mapping[str, Any]]:
    path = _dump(folder, collection)
    size = path.stat().st_size
    for _number, document, position in reading.bson_documents(path, path.name):
        progress(f"{collection}.csv", position, size)
        yield document


def _write_flat_files(folder: Path, progress: Progress) -> None:
    for name, columns in (
        ("incidents", flat.INCIDENT_COLUMNS),
        ("duplicates", flat.DUPLICATE_COLUMNS),
        ("quickadd", flat.QUICK_ADD_COLUMNS),
        ("submissions", flat.SUBMISSION_COLUMNS),
    ):
        lines = flat.exported_lines(columns, _documents(folder, name, progress))
        _write_lines(folder / f"{name}.csv", lines)
    lines = flat.report_lines(_documents(folder, "reports", progress))
    _write_lines(folder / "reports.csv", lines)
    for taxonomy in list(_documents(folder, "taxa", progress)):
        namespace = taxonomy["namespace"]
        names = [field["short_name"] for field in taxonomy["field_list"]]
        rows = (
            flat.classification_row(document)
            for document in _documents(folder, "classifications", progress)
            if document["namespace"] == namespace
        )
        lines = flat.classification_lines(namespace, names, rows, line_end="\r\n")
        _write_lines(folder / f"classifications_{_safe(namespace)}.csv", lines)


def _safe(namespace: str) -> str:
    """Return a namespace as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in namespace)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)

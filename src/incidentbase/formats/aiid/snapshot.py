"""Finds the collections of an unpacked snapshot and streams their rows.

Three layouts are known: the reference's dump with BSON files (`aiidprod/`, `translations/`),
its CSV files beside them, and a flat folder of JSON lines, which the bundled demo records are.
Each collection comes from the first of BSON, JSON lines, CSV that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incidentbase.formats.aiid import documents, reading, tables
from incidentbase.formats.aiid.documents import COLLECTIONS
from incidentbase.formats.aiid.records import BadRow, IncidentRecord, Record, TaxonomyRecord

_TOP_FOLDER = "mongodump_full_snapshot"
_CSV_FILES = {
    "incidents": "incidents.csv",
    "reports": "reports.csv",
    "submissions": "submissions.csv",
    "quickadd": "quickadd.csv",
    "duplicates": "duplicates.csv",
    "classifications": "classifications_*.csv",
}
_LANGUAGE_FILE = re.compile(r"(?:incidents|reports)_([a-z]{2}(?:-[a-z]{2})?)\.bson")


class NotASnapshot(Exception):
    """The folder holds nothing that is known as part of a snapshot."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, what it is, and the collection's bytes read so far."""

    file: str
    number: int
    record: Record | BadRow
    position: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of a collection."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its file or files, and their size in bytes."""

    name: str
    file: str
    size: int
    parts: tuple[_Part, ...]
    # Made from the entity ids of incidents, for want of anything better.
    is_derived: bool = False


class Snapshot:
    """An unpacked snapshot, ready to be streamed as often as needed."""

    def __init__(
        self,
        folder: Path,
        collections: tuple[Collection, ...],
        taxonomies: tuple[TaxonomyRecord, ...],
    ) -> None:
        self.folder = folder
        self.collections = collections
        self._given_taxonomies = taxonomies

    def rows(self, collection: str) -> Iterator[Row]:
        """Yield the rows of a collection; one that the snapshot lacks has none.

        Raises `SnapshotBroken` where a file cannot be read on.
        """
        found = next((part for part in self.collections if part.name == collection), None)
        if found is None:
            return iter(())
        return self._derived_entities(found) if found.is_derived else self._rows(found)

    def _rows(self, collection: Collection) -> Iterator[Row]:
        before = 0
        for part in collection.parts:
            language = _language_of(part)
            for number, document, position in self._numbered(collection.name, part):
                if isinstance(document, BadRow):
                    yield Row(part.name, number, document, before + position)
                    continue
                if language and isinstance(document, dict):
                    document.setdefault("language", language)
                record = documents.convert(collection.name, document)
                yield Row(part.name, number, record, before + position)
            before += part.size

    def _numbered(self, collection: str, part: _Part) -> Iterator[reading.Numbered]:
        if part.path.suffix == ".bson":
            return reading.bson_documents(part.path, part.name)
        if part.path.suffix == ".jsonl":
            return reading.json_documents(part.path, part.name)
        taxonomies = self._taxonomies() if collection == "classifications" else {}
        return tables.table_rows(collection, part.path, part.name, taxonomies)

    def _taxonomies(self) -> dict[str, TaxonomyRecord]:
        """Return the definitions by namespace: the snapshot's own before the given ones."""
        found: dict[str, Any] = {}
        own = (row.record for row in self.rows("taxa"))
        for record in (*own, *self._given_taxonomies):
            if isinstance(record, TaxonomyRecord):
                found.setdefault(record.namespace, record)
        return found

    def _derived_entities(self, collection: Collection) -> Iterator[Row]:
        seen: set[str] = set()
        for row in self.rows("incidents"):
            record = row.record
            if not isinstance(record, IncidentRecord):
                continue
            named = (*record.deployers, *record.developers, *record.harmed, *record.implicated)
            for entity_id in named:
                if entity_id not in seen:
                    seen.add(entity_id)
                    entity = documents.entity_named_by_id(entity_id)
                    yield Row(collection.file, row.number, entity, row.position)


def _language_of(part: _Part) -> str:
    found = _LANGUAGE_FILE.fullmatch(part.path.name)
    return found[1] if found else ""


def open_snapshot(folder: Path, *, taxonomies: tuple[TaxonomyRecord, ...] = ()) -> Snapshot:
    """Return the snapshot in a folder, or in the one folder inside of it.

    `taxonomies` define the columns of classifications when the snapshot does not: its CSV
    files carry answers only. Raises `NotASnapshot`.
    """
    if not folder.is_dir():
        raise NotASnapshot(f"{folder} is not a folder")
    for root in _possible_roots(folder):
        if collections := _collections(root):
            return Snapshot(root, collections, taxonomies)
    raise NotASnapshot(
        f"{folder} holds no snapshot: neither {_TOP_FOLDER}/, nor aiidprod/*.bson, "
        "nor incidents.csv, nor *.jsonl files of records"
    )


def _possible_roots(folder: Path) -> list[Path]:
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    known = [path for path in inside if path.name == _TOP_FOLDER]
    return [folder, *(known or (inside if len(inside) == 1 else []))]


def _collections(root: Path) -> tuple[Collection, ...]:
    found: dict[str, Collection] = {}
    for name in COLLECTIONS:
        if paths := _paths(root, name):
            found[name] = _collection(root, name, paths)
    if "incidents" in found and "entities" not in found:
        source = found["incidents"]
        found["entities"] = Collection(
            "entities", source.file, source.size, source.parts, is_derived=True
        )
    return tuple(found[name] for name in COLLECTIONS if name in found)


def _collection(root: Path, name: str, paths: list[Path]) -> Collection:
    parts = tuple(
        _Part(path, path.relative_to(root).as_posix(), path.stat().st_size) for path in paths
    )
    listed = ", ".join(part.name for part in parts)
    return Collection(name, listed, sum(part.size for part in parts), parts)


def _paths(root: Path, name: str) -> list[Path]:
    dump = root / (f"{name}.bson" if "/" in name else f"aiidprod/{name}.bson")
    # Snapshots of 2025 kept each language apart, beside or instead of the one file.
    by_language = [
        path
        for path in sorted(dump.parent.glob(f"{dump.stem}_*.bson"))
        if "/" in name and _LANGUAGE_FILE.fullmatch(path.name)
    ]
    if dump.is_file() and not (by_language and dump.stat().st_size == 0):
        return [dump]
    if by_language:
        return by_language
    lines = root / f"{name.replace('/', '_')}.jsonl"
    if lines.is_file():
        return [lines]
    if name not in _CSV_FILES:
        return []
    return sorted(path for path in root.glob(_CSV_FILES[name]) if path.is_file())

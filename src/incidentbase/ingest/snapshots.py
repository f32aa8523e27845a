"""Imports a snapshot of the reference database, streaming it batch by batch into the store.

A batch is one transaction of at most `BATCH_ROWS` records or `BATCH_BYTES` of input, so
memory stays flat whatever the size of the archive, and a run that is killed leaves whole
batches that the next run finds unchanged. A snapshot is read through once before anything
is written, so that a broken one leaves the database as it was.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidentbase.formats import aiid
from incidentbase.ingest import definitions, states
from incidentbase.kit import hashing
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities import queries as entities
from incidentbase.store.imports import actions as imports
from incidentbase.store.imports.rules import Outcome
from incidentbase.store.incidents import actions as incident_actions
from incidentbase.store.reports import actions as report_actions
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies

BATCH_ROWS = 200
BATCH_BYTES = 8_000_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was left out: where it stands, and why."""

    file: str
    row: int
    key: str
    reason: str


@dataclass(slots=True)
class CollectionReport:
    """What became of one collection."""

    name: str
    kind: str
    rows: int = 0
    added: int = 0
    unchanged: int = 0
    changed: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[SkippedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """What became of a whole snapshot: the diff report on screen and as JSON."""

    source: str
    is_dry_run: bool
    collections: list[CollectionReport] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many records were added or changed."""
        return sum(part.added + len(part.changed) for part in self.collections)

    @property
    def skipped(self) -> int:
        """How many rows were left out."""
        return sum(len(part.skipped) for part in self.collections)


@dataclass(slots=True)
class _Batch:
    """Rows on their way: their records, and where each came from by key."""

    rows: list[aiid.Row] = field(default_factory=list)
    size: int = 0


def import_folder(
    folder: Path,
    *,
    source: str,
    actor: Viewer,
    dry_run: bool = False,
    progress: Progress = lambda _name, _done, _total: None,
) -> ImportReport:
    """Import an unpacked snapshot and return the diff report.

    `progress` is called with a collection's name, the bytes dealt with, and its size.
    Raises `aiid.NotASnapshot` or `aiid.SnapshotBroken` before anything is written.
    """
    snapshot = aiid.open_snapshot(folder, taxonomies=_bundled_taxonomies())
    _read_through(snapshot, progress)
    report = ImportReport(source, dry_run)
    with imports.rehearsal() if dry_run else nullcontext():
        _supply_taxonomies(snapshot, report, actor)
        for collection in snapshot.collections:
            report.collections.append(_import_collection(snapshot, collection, actor, progress))
        if report.changes:
            imports.refresh_statistics()
    return report


def _bundled_taxonomies() -> tuple[aiid.TaxonomyRecord, ...]:
    return tuple(map(definitions.record_of, definitions.bundled()))


def _supply_taxonomies(snapshot: aiid.Snapshot, report: ImportReport, actor: Viewer) -> None:
    """Bring in the bundled definitions where a snapshot has answers but no questions.

    That is so for one that holds CSV files only. Definitions already here are left alone.
    """
    names = {collection.name for collection in snapshot.collections}
    if "taxa" in names or "classifications" not in names:
        return
    missing = [
        states.taxonomy(record)
        for record in _bundled_taxonomies()
        if taxonomies.get(record.namespace) is None
    ]
    outcome = imports.import_states("taxonomy", missing, actor=actor)
    part = CollectionReport("taxa", "taxonomy", rows=len(missing), added=len(outcome.added))
    part.notes.append("the snapshot has no definitions; the bundled ones were taken")
    report.collections.append(part)


def _read_through(snapshot: aiid.Snapshot, progress: Progress) -> None:
    """Read every row once; a broken file raises here, before the first write."""
    for collection in snapshot.collections:
        for row in snapshot.rows(collection.name):
            progress(f"checking {collection.name}", row.position, collection.size)


def _import_collection(
    snapshot: aiid.Snapshot,
    collection: aiid.Collection,
    actor: Viewer,
    progress: Progress,
) -> CollectionReport:
    kind, _to_state = states.KIND_OF[collection.name]
    part = CollectionReport(collection.name, kind)
    seen: set[str] = set()
    for batch in _batches(snapshot.rows(collection.name)):
        _import_batch(batch, part, seen, actor)
        progress(collection.name, batch.rows[-1].position, collection.size)
    return part


def _batches(rows: Iterable[aiid.Row]) -> Iterator[_Batch]:
    batch, start = _Batch(), 0
    for row in rows:
        batch.rows.append(row)
        batch.size = row.position - start
        if len(batch.rows) >= BATCH_ROWS or batch.size >= BATCH_BYTES:
            yield batch
            batch, start = _Batch(), row.position
    if batch.rows:
        yield batch


def _import_batch(batch: _Batch, part: CollectionReport, seen: set[str], actor: Viewer) -> None:
    part.rows += len(batch.rows)
    _kind, to_state = states.KIND_OF[part.name]
    origin: dict[str, aiid.Row] = {}
    records: dict[str, Any] = {}
    found: dict[str, states.State] = {}
    for row in batch.rows:
        reason = _refusal(row.record)
        if reason is not None:
            part.skipped.append(SkippedRow(row.file, row.number, "", reason))
            continue
        state = to_state(row.record)
        key = imports.key_of(part.kind, state)
        if key in seen:
            reason = f"{part.kind} {key} stood earlier in the snapshot"
            part.skipped.append(SkippedRow(row.file, row.number, key, reason))
            continue
        seen.add(key)
        origin[key], records[key], found[key] = row, row.record, state
    _resolve(part, list(found.values()), actor)
    outcome = imports.import_states(part.kind, list(found.values()), actor=actor)
    _note(part, outcome, origin)
    fresh = [records[key] for key in (*outcome.added, *outcome.changed)]
    _keep_embeddings(part.kind, fresh)


def _refusal(record: Any) -> str | None:
    if isinstance(record, aiid.BadRow):
        return record.reason
    if isinstance(record, aiid.ClassificationRecord):
        links = len(record.incidents) + len(record.reports)
        if links != 1:
            return f"a classification belongs to one incident or report, this one to {links}"
    return None


def _note(part: CollectionReport, outcome: Outcome, origin: dict[str, aiid.Row]) -> None:
    part.added += len(outcome.added)
    part.changed |= outcome.changed
    part.unchanged += outcome.unchanged
    for skipped in outcome.skipped:
        row = origin[skipped.key]
        part.skipped.append(SkippedRow(row.file, row.number, skipped.key, skipped.reason))


def _resolve(part: CollectionReport, found: list[states.State], actor: Viewer) -> None:
    """Make incidents name only reports and entities that exist.

    Reports that are nowhere in the snapshot are left out and noted; entities are made from
    their ids, because an incident without its names would lose what it says.
    """
    if part.kind != "incident":
        return
    numbers = {number for state in found for number in state["reports"]}
    known_reports = reports.existing_numbers(numbers)
    for state in found:
        missing = [number for number in state["reports"] if number not in known_reports]
        if missing:
            state["reports"] = [n for n in state["reports"] if n in known_reports]
            listed = ", ".join(map(str, missing))
            part.notes.append(f"incident {state['incident_id']}: no report {listed}")
    lists = ("deployers", "developers", "harmed", "implicated")
    names = {name for state in found for key in lists for name in state[key]}
    missing_names = sorted(names - entities.existing_ids(names))
    if missing_names:
        made = [states.entity(_nameless_entity(name)) for name in missing_names]
        imports.import_states("entity", made, actor=actor)
        part.notes += [f"entity {name} was made from its id" for name in missing_names]


def _nameless_entity(entity_id: str) -> aiid.EntityRecord:
    return aiid.EntityRecord(
        object_id=hashing.digest(["entity", entity_id])[:24],
        entity_id=entity_id,
        name=entity_id.replace("-", " ").strip().title() or entity_id,
        created_at=None,
        modified_at=None,
    )


def _keep_embeddings(kind: str, records: Iterable[Any]) -> None:
    with_vectors = [record for record in records if getattr(record, "embedding", None) is not None]
    if not with_vectors:
        return
    if kind == "report":
        report_actions.set_embeddings(
            aiid.EMBEDDING_MODEL,
            {
                record.report_number: (
                    _packed(record.embedding.vector),
                    record.embedding.from_text_hash,
                )
                for record in with_vectors
            },
        )
    elif kind == "incident":
        incident_actions.set_embeddings(
            aiid.EMBEDDING_MODEL,
            {
                record.incident_id: (
                    _packed(record.embedding.vector),
                    record.embedding.from_reports,
                )
                for record in with_vectors
            },
        )


def _packed(vector: Iterable[float]) -> bytes:
    packed = array.array("f", vector)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()

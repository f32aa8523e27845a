"""What the corpus is grown from: texts, names and classifications of the reference archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import measuring
from benchmarks.search import sentences
from incidentbase.formats import aiid
from incidentbase.kit import archives

# The fields whose answers are taken over, as (namespace, field).
FIELDS = (
    ("MIT", "Risk Domain"),
    ("MIT", "Risk Subdomain"),
    ("MIT", "Entity"),
    ("MIT", "Timing"),
    ("MIT", "Intent"),
    ("CSETv1", "Tangible Harm"),
    ("CSETv1", "Sector of Deployment"),
    ("GMF", "Known AI Goal"),
    ("GMF", "Known AI Technology"),
    ("GMF", "Known AI Technical Failure"),
)
NAMESPACES = ("MIT", "CSETv1", "GMF")

# (field, value as JSON) pairs of one classification.
Answers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was read: pools of sentences, entity names, fields and classifications by namespace."""

    pools: sentences.Pools
    entity_names: tuple[str, ...]
    fields: dict[tuple[str, str], aiid.FieldRecord]
    answers: dict[str, tuple[Answers, ...]]


def learn(path: Path = measuring.SNAPSHOT) -> Learnt:
    """Read the archive."""
    with archives.unpacked(path, wanted=lambda name: name.endswith(".bson")) as folder:
        snapshot = aiid.open_snapshot(folder)
        titles, texts = _words(snapshot)
        answers = _answers(snapshot)
        return Learnt(
            pools=sentences.pools(titles, texts),
            entity_names=tuple(
                row.record.name
                for row in snapshot.rows("entities")
                if isinstance(row.record, aiid.EntityRecord)
            ),
            fields=_fields(snapshot),
            answers=answers,
        )


def _words(snapshot: aiid.Snapshot) -> tuple[list[str], list[str]]:
    titles, texts = [], []
    for row in snapshot.rows("incidents"):
        if isinstance(row.record, aiid.IncidentRecord):
            titles.append(row.record.title)
            texts.append(row.record.description)
    for collection in ("reports", "submissions"):
        for row in snapshot.rows(collection):
            record = row.record
            if isinstance(record, aiid.ReportRecord | aiid.SubmissionRecord) and (
                record.language == "en"
            ):
                texts.append(record.plain_text)
    return titles, texts


def _fields(snapshot: aiid.Snapshot) -> dict[tuple[str, str], aiid.FieldRecord]:
    found = {}
    for row in snapshot.rows("taxa"):
        if isinstance(row.record, aiid.TaxonomyRecord):
            for field in row.record.fields:
                found[row.record.namespace, field.short_name] = field
    return {key: found[key] for key in FIELDS}


def _answers(snapshot: aiid.Snapshot) -> dict[str, tuple[Answers, ...]]:
    found: dict[str, list[Answers]] = {namespace: [] for namespace in NAMESPACES}
    for row in snapshot.rows("classifications"):
        record = row.record
        if not isinstance(record, aiid.ClassificationRecord) or record.namespace not in found:
            continue
        kept = tuple(
            (field, value)
            for field, value in record.attributes
            if (record.namespace, field) in FIELDS
        )
        if kept:
            found[record.namespace].append(kept)
    return {namespace: tuple(rows) for namespace, rows in found.items()}

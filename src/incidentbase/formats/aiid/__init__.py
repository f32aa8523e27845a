"""The reference database's snapshot format: what its records are, and how a folder is read.

`open_snapshot` finds the layout; `Snapshot.rows` streams every collection as records or
`BadRow`s. A row that makes no sense is a `BadRow` with a reason, never an exception; only a
file that cannot be read on raises `SnapshotBroken`. Specification: aiid-interface §1, §5, §6.
"""

from incidentbase.formats.aiid.documents import COLLECTIONS
from incidentbase.formats.aiid.reading import SnapshotBroken
from incidentbase.formats.aiid.records import (
    BadRow,
    CandidateRecord,
    ChecklistRecord,
    ClassificationRecord,
    DuplicateRecord,
    Embedding,
    EntityAliasRecord,
    EntityDuplicateRecord,
    EntityRecord,
    EntityRelationshipRecord,
    ExternalLinkRecord,
    FieldRecord,
    IncidentRecord,
    IncidentTranslationRecord,
    QuickAddRecord,
    Record,
    ReportRecord,
    ReportTranslationRecord,
    SubmissionRecord,
    TaxonomyRecord,
)
from incidentbase.formats.aiid.snapshot import (
    Collection,
    NotASnapshot,
    Row,
    Snapshot,
    open_snapshot,
)

# The model behind the vectors that the reference database ships (spec §3.3).
EMBEDDING_MODEL = "aiid-longformer"

__all__ = [
    "COLLECTIONS",
    "EMBEDDING_MODEL",
    "BadRow",
    "CandidateRecord",
    "ChecklistRecord",
    "ClassificationRecord",
    "Collection",
    "DuplicateRecord",
    "Embedding",
    "EntityAliasRecord",
    "EntityDuplicateRecord",
    "EntityRecord",
    "EntityRelationshipRecord",
    "ExternalLinkRecord",
    "FieldRecord",
    "IncidentRecord",
    "IncidentTranslationRecord",
    "NotASnapshot",
    "QuickAddRecord",
    "Record",
    "ReportRecord",
    "ReportTranslationRecord",
    "Row",
    "Snapshot",
    "SnapshotBroken",
    "SubmissionRecord",
    "TaxonomyRecord",
    "open_snapshot",
]

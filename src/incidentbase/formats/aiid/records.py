"""The records of the reference database as plain values, without any of its storage names.

Lists are tuples, moments are aware and in UTC, `object_id` is 24 lower-case hexadecimal
digits. Text holds neither NUL characters nor lone surrogates: no database stores them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be a record, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector, and the text or the reports it was computed from."""

    vector: tuple[float, ...]
    from_text_hash: str
    from_reports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """An organization, person, group, system or model."""

    object_id: str
    entity_id: str
    name: str
    created_at: dt.datetime | None
    modified_at: dt.datetime | None
    # The reference knows no kinds of entity.
    kind: str = ""


@dataclass(frozen=True, slots=True)
class EntityAliasRecord:
    """Another name of an entity; the reference has none, so it passes over them."""

    object_id: str
    entity_id: str
    name: str


@dataclass(frozen=True, slots=True)
class EntityRelationshipRecord:
    """A relation between two entities."""

    object_id: str
    subject_id: str
    object_entity_id: str
    predicate: str
    is_symmetric: bool
    created_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class EntityDuplicateRecord:
    """An entity id that was merged into another."""

    object_id: str
    duplicate_id: str
    true_id: str


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """An article about incidents or issues, or a variant."""

    object_id: str
    report_number: int
    title: str
    url: str
    source_domain: str
    text: str
    plain_text: str
    authors: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    image_url: str
    cloudinary_id: str
    description: str
    editor_notes: str
    inputs_outputs: tuple[str, ...]
    date_published: dt.datetime
    date_downloaded: dt.datetime
    date_submitted: dt.datetime
    date_modified: dt.datetime
    created_at: dt.datetime | None
    flag: bool
    quiet: bool
    snippet_max_characters: int
    user_id: str
    embedding: Embedding | None
    # Follows from its incidents; kept for those who read snapshots only.
    is_incident_report: bool | None = None


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An event in which an AI system harmed, or nearly harmed, somebody."""

    object_id: str
    incident_id: int
    title: str
    description: str
    date: dt.date
    editor_notes: str
    reports: tuple[int, ...]
    deployers: tuple[str, ...]
    developers: tuple[str, ...]
    harmed: tuple[str, ...]
    implicated: tuple[str, ...]
    editors: tuple[str, ...]
    nlp_similar: tuple[tuple[int, float | None], ...]
    editor_similar: tuple[int, ...]
    editor_dissimilar: tuple[int, ...]
    flagged_dissimilar: tuple[int, ...]
    created_at: dt.datetime | None
    modified_at: dt.datetime | None
    tsne: tuple[float, float] | None
    embedding: Embedding | None


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One question of a taxonomy."""

    short_name: str
    field_number: str
    long_name: str
    short_description: str
    long_description: str
    display_type: str
    storage_type: str
    default: str
    placeholder: str
    permitted_values: tuple[str, ...]
    weight: int
    instant_facet: bool
    required: bool
    public: bool
    hide_search: bool
    render_as: str
    notes: str
    complete_from: dict[str, Any]
    item_fields: dict[str, Any] | None
    subfields: tuple[FieldRecord, ...]


@dataclass(frozen=True, slots=True)
class TaxonomyRecord:
    """A named set of fields."""

    object_id: str
    namespace: str
    weight: int
    description: str
    complete_entities: bool | None
    automated: bool | None
    headings: tuple[tuple[str, str], ...]
    fields: tuple[FieldRecord, ...]
    # The reference has no versions of definitions.
    version: int = 1


@dataclass(frozen=True, slots=True)
class ClassificationRecord:
    """The answers of one taxonomy; each value is JSON text, exactly as given.

    `provenance` tells by the place of an answer where it came from, of those that say so.
    """

    object_id: str
    namespace: str
    incidents: tuple[int, ...]
    reports: tuple[int, ...]
    attributes: tuple[tuple[str, str], ...]
    notes: str
    publish: bool
    provenance: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """An incident number that turned out to be another incident."""

    object_id: str
    duplicate_number: int
    true_number: int


@dataclass(frozen=True, slots=True)
class ExternalLinkRecord:
    """The same incident in another database."""

    object_id: str
    incident_id: int
    url: str
    namespace: str


@dataclass(frozen=True, slots=True)
class IncidentTranslationRecord:
    """Title and description of an incident in another language."""

    object_id: str
    incident_id: int
    language: str
    title: str
    description: str
    dirty: bool
    created_at: dt.datetime | None
    modified_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ReportTranslationRecord:
    """Title and text of a report in another language."""

    object_id: str
    report_number: int
    language: str
    title: str
    text: str
    plain_text: str
    dirty: bool
    created_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """A proposed report in the review queue; its dates are the texts people typed."""

    object_id: str
    title: str
    url: str
    source_domain: str
    text: str
    plain_text: str
    authors: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    image_url: str
    cloudinary_id: str
    date_published: str
    date_downloaded: str
    date_submitted: str
    date_modified: str
    description: str
    editor_notes: str
    incident_title: str
    incident_date: str
    incident_ids: tuple[int, ...]
    incident_editors: tuple[str, ...]
    developers: tuple[str, ...]
    deployers: tuple[str, ...]
    harmed: tuple[str, ...]
    implicated: tuple[str, ...]
    nlp_similar: tuple[tuple[int, float | None], ...]
    editor_similar: tuple[int, ...]
    editor_dissimilar: tuple[int, ...]
    status: str
    quiet: bool
    user_id: str
    snippet_max_characters: int | None


@dataclass(frozen=True, slots=True)
class QuickAddRecord:
    """A bare link to triage."""

    object_id: str
    url: str
    date_submitted: str
    source_domain: str
    incident_id: int


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A news article that a crawler found and ranked."""

    object_id: str
    url: str
    title: str
    date_published: str
    text: str
    plain_text: str
    matching_keywords: tuple[str, ...]
    matching_harm_keywords: tuple[str, ...]
    matching_entities: tuple[str, ...]
    similarity: float | None
    match: bool
    dismissed: bool
    created_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ChecklistRecord:
    """A list of risks that somebody keeps for a system of theirs."""

    object_id: str
    checklist_id: str
    owner_id: str
    name: str
    about: str
    tags_goals: tuple[str, ...]
    tags_methods: tuple[str, ...]
    tags_other: tuple[str, ...]
    risks: tuple[dict[str, Any], ...]
    date_created: dt.datetime | None
    date_updated: dt.datetime | None
    # Fields whose answers become risks, which only checklists made here choose.
    risk_fields: tuple[str, ...] = ()


Record = (
    EntityRecord
    | EntityAliasRecord
    | EntityRelationshipRecord
    | EntityDuplicateRecord
    | ReportRecord
    | IncidentRecord
    | TaxonomyRecord
    | ClassificationRecord
    | DuplicateRecord
    | ExternalLinkRecord
    | IncidentTranslationRecord
    | ReportTranslationRecord
    | SubmissionRecord
    | QuickAddRecord
    | CandidateRecord
    | ChecklistRecord
)

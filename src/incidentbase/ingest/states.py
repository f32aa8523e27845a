"""Records of the reference database's shape, turned into the states that the store imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from incidentbase.formats import aiid
from incidentbase.kit import clock

State = dict[str, Any]

VISIBLE: State = {"visibility": "public", "embargoed_until": None}


def taxonomy(record: aiid.TaxonomyRecord) -> State:
    """Return the state of a taxonomy with its fields."""
    return {
        "object_id": record.object_id,
        "namespace": record.namespace,
        "weight": record.weight,
        "description": record.description,
        "complete_entities": record.complete_entities,
        "is_automated": record.automated,
        "headings": [list(heading) for heading in record.headings],
        "fields": [_field(field) for field in record.fields],
        # States say of columns that came later only what is not as usual.
        **({"version": record.version} if record.version != 1 else {}),
    }


def _field(record: aiid.FieldRecord) -> State:
    return {
        "short_name": record.short_name,
        "field_number": record.field_number,
        "long_name": record.long_name,
        "short_description": record.short_description,
        "long_description": record.long_description,
        "display_type": record.display_type,
        "mongo_type": record.storage_type,
        "default": record.default,
        "placeholder": record.placeholder,
        "permitted_values": list(record.permitted_values),
        "weight": record.weight,
        "instant_facet": record.instant_facet,
        "required": record.required,
        "public": record.public,
        "hide_search": record.hide_search,
        "render_as": record.render_as,
        "notes": record.notes,
        "complete_from": record.complete_from,
        "item_fields": record.item_fields,
        "subfields": [_field(subfield) for subfield in record.subfields],
    }


def entity(record: aiid.EntityRecord) -> State:
    """Return the state of an entity."""
    return {
        "object_id": record.object_id,
        "entity_id": record.entity_id,
        "name": record.name,
        "kind": record.kind,
        "created_at": clock.iso(record.created_at),
        "modified_at": clock.iso(record.modified_at),
    }


def entity_alias(record: aiid.EntityAliasRecord) -> State:
    """Return the state of another name of an entity."""
    return {
        "object_id": record.object_id,
        "name": record.name,
        "entity_id": record.entity_id,
    }


def entity_relationship(record: aiid.EntityRelationshipRecord) -> State:
    """Return the state of a relationship between two entities."""
    return {
        "object_id": record.object_id,
        "subject": record.subject_id,
        "object": record.object_entity_id,
        "predicate": record.predicate,
        "is_symmetric": record.is_symmetric,
        "created_at": clock.iso(record.created_at),
    }


def entity_duplicate(record: aiid.EntityDuplicateRecord) -> State:
    """Return the state of a merged entity's tombstone."""
    return {
        "object_id": record.object_id,
        "duplicate_id": record.duplicate_id,
        "true_id": record.true_id,
    }


def report(record: aiid.ReportRecord) -> State:
    """Return the state of a report. Its embedding is kept apart: machines made it."""
    return {
        "object_id": record.object_id,
        "report_number": record.report_number,
        "title": record.title,
        "url": record.url,
        "source_domain": record.source_domain,
        "text": record.text,
        "plain_text": record.plain_text,
        "language": record.language,
        "image_url": record.image_url,
        "cloudinary_id": record.cloudinary_id,
        "description": record.description,
        "editor_notes": record.editor_notes,
        "inputs_outputs": list(record.inputs_outputs),
        "published_at": clock.iso(record.date_published),
        "downloaded_at": clock.iso(record.date_downloaded),
        "submitted_at": clock.iso(record.date_submitted),
        "modified_at": clock.iso(record.date_modified),
        "created_at": clock.iso(record.created_at),
        "is_flagged": record.flag,
        "is_quiet": record.quiet,
        "snippet_max_characters": record.snippet_max_characters,
        "submitted_by": record.user_id,
        "authors": list(record.authors),
        "submitters": list(record.submitters),
        "tags": list(record.tags),
        **VISIBLE,
    }


def incident(record: aiid.IncidentRecord) -> State:
    """Return the state of an incident with its lists, each without repeats.

    Rows from before 2024 had no moment of creation; the incident's date stands in (spec §1.1).
    """
    map_x, map_y = record.tsne or (None, None)
    return {
        "object_id": record.object_id,
        "incident_id": record.incident_id,
        "title": record.title,
        "description": record.description,
        "date": record.date.isoformat(),
        "editor_notes": record.editor_notes,
        "created_at": clock.iso(record.created_at or clock.midnight(record.date)),
        "modified_at": clock.iso(record.modified_at),
        "map_x": map_x,
        "map_y": map_y,
        "reports": _once(record.reports),
        "deployers": _once(record.deployers),
        "developers": _once(record.developers),
        "harmed": _once(record.harmed),
        "implicated": _once(record.implicated),
        "editors": _once(record.editors),
        "machine_similar": _similar(record.nlp_similar),
        "editor_similar": _once(record.editor_similar),
        "editor_dissimilar": _once(record.editor_dissimilar),
        "flagged_dissimilar": _once(record.flagged_dissimilar),
        **VISIBLE,
    }


def _once(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _similar(pairs: Iterable[tuple[int, float | None]]) -> list[list[Any]]:
    first: dict[int, float | None] = {}
    for number, similarity in pairs:
        first.setdefault(number, similarity)
    return [[number, similarity] for number, similarity in first.items()]


def incident_duplicate(record: aiid.DuplicateRecord) -> State:
    """Return the state of a duplicate incident's tombstone."""
    return {
        "object_id": record.object_id,
        "duplicate_number": record.duplicate_number,
        "true_number": record.true_number,
    }


def external_link(record: aiid.ExternalLinkRecord) -> State:
    """Return the state of a link to the same incident elsewhere."""
    return {
        "object_id": record.object_id,
        "incident_id": record.incident_id,
        "url": record.url,
        "namespace": record.namespace,
    }


def classification(record: aiid.ClassificationRecord) -> State:
    """Return the state of a classification of one incident or one report."""
    return {
        "object_id": record.object_id,
        "namespace": record.namespace,
        "incident_id": record.incidents[0] if record.incidents else None,
        "report_number": record.reports[0] if record.reports else None,
        "notes": record.notes,
        "is_published": record.publish,
        "attributes": [
            [*attribute, *([record.provenance[place]] if place in record.provenance else [])]
            for place, attribute in enumerate(record.attributes)
        ],
        **VISIBLE,
    }


def incident_translation(record: aiid.IncidentTranslationRecord) -> State:
    """Return the state of an incident's translation."""
    return {
        "object_id": record.object_id,
        "incident_id": record.incident_id,
        "language": record.language,
        "title": record.title,
        "description": record.description,
        "is_dirty": record.dirty,
        "created_at": clock.iso(record.created_at),
        "modified_at": clock.iso(record.modified_at),
    }


def report_translation(record: aiid.ReportTranslationRecord) -> State:
    """Return the state of a report's translation."""
    return {
        "object_id": record.object_id,
        "report_number": record.report_number,
        "language": record.language,
        "title": record.title,
        "text": record.text,
        "plain_text": record.plain_text,
        "is_dirty": record.dirty,
        "created_at": clock.iso(record.created_at),
    }


def submission(record: aiid.SubmissionRecord) -> State:
    """Return the state of a submission in the review queue."""
    return {
        "object_id": record.object_id,
        "title": record.title,
        "url": record.url,
        "source_domain": record.source_domain,
        "text": record.text,
        "plain_text": record.plain_text,
        "language": record.language,
        "image_url": record.image_url,
        "cloudinary_id": record.cloudinary_id,
        "date_published": record.date_published,
        "date_downloaded": record.date_downloaded,
        "date_submitted": record.date_submitted,
        "date_modified": record.date_modified,
        "description": record.description,
        "editor_notes": record.editor_notes,
        "incident_title": record.incident_title,
        "incident_date": record.incident_date,
        "status": record.status,
        "is_quiet": record.quiet,
        "submitted_by": record.user_id,
        "snippet_max_characters": record.snippet_max_characters,
        "payload": {
            "authors": list(record.authors),
            "submitters": list(record.submitters),
            "tags": list(record.tags),
            "incident_ids": list(record.incident_ids),
            "incident_editors": list(record.incident_editors),
            "developers": list(record.developers),
            "deployers": list(record.deployers),
            "harmed": list(record.harmed),
            "implicated": list(record.implicated),
            "machine_similar": _similar(record.nlp_similar),
            "editor_similar": list(record.editor_similar),
            "editor_dissimilar": list(record.editor_dissimilar),
        },
    }


def quick_add(record: aiid.QuickAddRecord) -> State:
    """Return the state of a bare link."""
    return {
        "object_id": record.object_id,
        "url": record.url,
        "date_submitted": record.date_submitted,
        "source_domain": record.source_domain,
        "incident_number": record.incident_id,
    }


def candidate(record: aiid.CandidateRecord) -> State:
    """Return the state of a news candidate."""
    return {
        "object_id": record.object_id,
        "url": record.url,
        "title": record.title,
        "date_published": record.date_published,
        "text": record.text,
        "plain_text": record.plain_text,
        "similarity": record.similarity,
        "is_match": record.match,
        "is_dismissed": record.dismissed,
        "created_at": clock.iso(record.created_at),
        "payload": {
            "keywords": list(record.matching_keywords),
            "harm_keywords": list(record.matching_harm_keywords),
            "entities": list(record.matching_entities),
        },
    }


def checklist(record: aiid.ChecklistRecord) -> State:
    """Return the state of a checklist with its risks."""
    return {
        "object_id": record.object_id,
        "checklist_id": record.checklist_id,
        "owner_id": record.owner_id,
        "name": record.name,
        "about": record.about,
        "tags": {
            "goals": list(record.tags_goals),
            "methods": list(record.tags_methods),
            "other": list(record.tags_other),
        },
        "risk_fields": list(record.risk_fields),
        # Whatever a snapshot holds was published with it.
        "sharing": "published",
        "link_id": "",
        "created_at": clock.iso(record.date_created),
        "updated_at": clock.iso(record.date_updated),
        "risks": list(record.risks),
    }


# Which kind of record each collection becomes, and how.
KIND_OF: dict[str, tuple[str, Callable[[Any], State]]] = {
    "taxa": ("taxonomy", taxonomy),
    "entities": ("entity", entity),
    "entity_aliases": ("entity_alias", entity_alias),
    "entity_relationships": ("entity_relationship", entity_relationship),
    "entity_duplicates": ("entity_duplicate", entity_duplicate),
    "reports": ("report", report),
    "incidents": ("incident", incident),
    "duplicates": ("incident_duplicate", incident_duplicate),
    "incident_links": ("external_link", external_link),
    "classifications": ("classification", classification),
    "translations/incidents": ("incident_translation", incident_translation),
    "translations/reports": ("report_translation", report_translation),
    "submissions": ("submission", submission),
    "quickadd": ("quick_add", quick_add),
    "candidates": ("candidate", candidate),
    "checklists": ("checklist", checklist),
}

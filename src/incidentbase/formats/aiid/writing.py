"""Turns records into the documents of a snapshot: the way back from `documents`.

Reading a written document gives the record again. What the reference does not know (kinds and
other names of entities, versions of taxonomies, provenance of answers) stands in keys of its own,
which its own programs pass over.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import bson
from bson import ObjectId

from incidentbase.formats.aiid import records
from incidentbase.formats.aiid.documents import DEPLOYERS, DEVELOPERS, HARMED

WrittenDocument = dict[str, Any]


def document(record: records.Record) -> WrittenDocument:
    """Return the document of a record, with its keys in the reference's order."""
    return _WRITERS[type(record)](record)


def encoded(record: records.Record) -> bytes:
    """Return the document of a record as it stands in a dump."""
    return bson.encode(document(record))


def metadata(collection: str) -> str:
    """Return what stands beside a dump: its indexes, and a lasting id instead of a random one."""
    name = collection.rpartition("/")[2]
    lasting = uuid.UUID(bytes=hashlib.sha256(collection.encode()).digest()[:16], version=4)
    number = {"$numberInt": "2"}
    described = {
        "indexes": [{"v": number, "key": {"_id": {"$numberInt": "1"}}, "name": "_id_"}],
        "uuid": lasting.hex,
        "collectionName": name,
        "type": "collection",
    }
    return json.dumps(described)


def _said(**values: Any) -> WrittenDocument:
    """Return a document without what nobody said."""
    return {name: value for name, value in values.items() if value is not None}


def _in_order(value: Any) -> Any:
    """Return a value with its keys sorted: not every database keeps the order they came in."""
    if isinstance(value, Mapping):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list) else value


def _taxonomy(record: records.TaxonomyRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "namespace": record.namespace,
        "weight": record.weight,
        **_said(
            complete_entities=record.complete_entities,
            automatedClassifications=record.automated,
        ),
        "description": record.description,
        "dummy_fields": [
            {"field_number": number, "short_name": name} for number, name in record.headings
        ],
        "field_list": [_field(field) for field in record.fields],
        **({"version": record.version} if record.version != 1 else {}),
    }


def _field(record: records.FieldRecord) -> WrittenDocument:
    written = {
        "field_number": record.field_number,
        "short_name": record.short_name,
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
    }
    seldom = {
        "render_as": record.render_as,
        "notes": record.notes,
        "complete_from": _in_order(record.complete_from),
        "subfields": [_field(field) for field in record.subfields],
    }
    written |= {name: value for name, value in seldom.items() if value}
    if record.item_fields is not None:
        written["item_fields"] = _in_order(record.item_fields)
    return written


def _entity(record: records.EntityRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "entity_id": record.entity_id,
        "name": record.name,
        **_said(
            created_at=record.created_at,
            date_modified=record.modified_at,
            kind=record.kind or None,
        ),
    }


def _entity_alias(record: records.EntityAliasRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "entity_id": record.entity_id,
        "name": record.name,
    }


def _entity_relationship(record: records.EntityRelationshipRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "sub": record.subject_id,
        "obj": record.object_entity_id,
        "pred": record.predicate,
        "is_symmetric": record.is_symmetric,
        **_said(created_at=record.created_at),
    }


def _entity_duplicate(record: records.EntityDuplicateRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "duplicate_entity_id": record.duplicate_id,
        "true_entity_id": record.true_id,
    }


def _report(record: records.ReportRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "report_number": record.report_number,
        "title": record.title,
        "text": record.text,
        "plain_text": record.plain_text,
        "authors": list(record.authors),
        "submitters": list(record.submitters),
        "date_published": record.date_published,
        "date_downloaded": record.date_downloaded,
        "date_submitted": record.date_submitted,
        "date_modified": record.date_modified,
        "epoch_date_published": int(record.date_published.timestamp() // 1),
        "epoch_date_submitted": int(record.date_submitted.timestamp() // 1),
        "url": record.url,
        "source_domain": record.source_domain,
        "image_url": record.image_url,
        "language": record.language,
        "tags": list(record.tags),
        **_said(is_incident_report=record.is_incident_report),
        "flag": record.flag,
        "user": record.user_id,
        "description": record.description,
        "editor_notes": record.editor_notes,
        "inputs_outputs": list(record.inputs_outputs),
        "quiet": record.quiet,
        "snippet_max_characters": record.snippet_max_characters,
        "cloudinary_id": record.cloudinary_id,
        **_said(created_at=record.created_at),
        **_embedding(record.embedding, "from_text_hash"),
    }


def _embedding(embedding: records.Embedding | None, source: str) -> WrittenDocument:
    if embedding is None:
        return {}
    told = getattr(embedding, source)
    is_list = isinstance(told, tuple)
    return {
        "embedding": {
            "vector": list(embedding.vector),
            source: list(told) if is_list else told,
        }
    }


def _incident(record: records.IncidentRecord) -> WrittenDocument:
    position = record.tsne
    return {
        "_id": ObjectId(record.object_id),
        "incident_id": record.incident_id,
        "date": record.date.isoformat(),
        "reports": list(record.reports),
        "title": record.title,
        "description": record.description,
        "editors": list(record.editors),
        "editor_notes": record.editor_notes,
        "nlp_similar_incidents": [
            {"incident_id": number, **_said(similarity=similarity)}
            for number, similarity in record.nlp_similar
        ],
        "editor_similar_incidents": list(record.editor_similar),
        "editor_dissimilar_incidents": list(record.editor_dissimilar),
        "flagged_dissimilar_incidents": list(record.flagged_dissimilar),
        "implicated_systems": list(record.implicated),
        **_said(created_at=record.created_at, date_modified=record.modified_at),
        DEPLOYERS: list(record.deployers),
        DEVELOPERS: list(record.developers),
        HARMED: list(record.harmed),
        **({"tsne": {"x": position[0], "y": position[1]}} if position else {}),
        **_embedding(record.embedding, "from_reports"),
    }


def _duplicate(record: records.DuplicateRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "duplicate_incident_number": record.duplicate_number,
        "true_incident_number": record.true_number,
    }


def _external_link(record: records.ExternalLinkRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "incident_id": record.incident_id,
        "sameAs": record.url,
        "source_namespace": record.namespace,
    }


def _classification(record: records.ClassificationRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "namespace": record.namespace,
        "incidents": list(record.incidents),
        "reports": list(record.reports),
        "attributes": [
            {
                "short_name": name,
                "value_json": value,
                **_said(provenance=_in_order(record.provenance.get(place))),
            }
            for place, (name, value) in enumerate(record.attributes)
        ],
        "notes": record.notes,
        "publish": record.publish,
    }


def _incident_translation(record: records.IncidentTranslationRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "incident_id": record.incident_id,
        "language": record.language,
        "title": record.title,
        "description": record.description,
        "dirty": record.dirty,
        **_said(created_at=record.created_at, modified_at=record.modified_at),
    }


def _report_translation(record: records.ReportTranslationRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "report_number": record.report_number,
        "language": record.language,
        "dirty": record.dirty,
        "title": record.title,
        "text": record.text,
        "plain_text": record.plain_text,
        **_said(created_at=record.created_at),
    }


def _quick_add(record: records.QuickAddRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "incident_id": record.incident_id,
        "url": record.url,
        "date_submitted": record.date_submitted,
        "source_domain": record.source_domain,
    }


def _checklist(record: records.ChecklistRecord) -> WrittenDocument:
    return {
        "_id": ObjectId(record.object_id),
        "id": record.checklist_id,
        "owner_id": record.owner_id,
        "name": record.name,
        "about": record.about,
        "tags_goals": list(record.tags_goals),
        "tags_methods": list(record.tags_methods),
        "tags_other": list(record.tags_other),
        "risks": [_in_order(risk) for risk in record.risks],
        **_said(date_created=record.date_created, date_updated=record.date_updated),
        **({"risk_fields": list(record.risk_fields)} if record.risk_fields else {}),
    }


# Submissions and candidates are not written: nobody but editors reads them here.
_WRITERS: Mapping[type, Callable[[Any], WrittenDocument]] = {
    records.TaxonomyRecord: _taxonomy,
    records.EntityRecord: _entity,
    records.EntityAliasRecord: _entity_alias,
    records.EntityRelationshipRecord: _entity_relationship,
    records.EntityDuplicateRecord: _entity_duplicate,
    records.ReportRecord: _report,
    records.IncidentRecord: _incident,
    records.DuplicateRecord: _duplicate,
    records.ExternalLinkRecord: _external_link,
    records.ClassificationRecord: _classification,
    records.IncidentTranslationRecord: _incident_translation,
    records.ReportTranslationRecord: _report_translation,
    records.QuickAddRecord: _quick_add,
    records.ChecklistRecord: _checklist,
}

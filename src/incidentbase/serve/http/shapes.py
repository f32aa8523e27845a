"""Records as JSON: the shapes behind every page's `.json` address.

Field names are those of the reference's API where it has them (spec §2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from incidentbase.kit import clock
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents.models import ROLES, ExternalLink, Incident, IncidentEntity
from incidentbase.store.incidents.naming import Companion, EntityRoles
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.taxonomies import rules as taxonomy_rules
from incidentbase.store.taxonomies.models import Attribute, Classification
from incidentbase.store.translations.models import IncidentTranslation

Shape = dict[str, Any]


def listed_incident(incident: Incident, *, base: str) -> Shape:
    """Return an incident as a line of a list; it was read with its report count."""
    return {
        "incident_id": incident.incident_id,
        "date": incident.date.isoformat(),
        "title": incident.title,
        "description": incident.description,
        "reports": incident.report_count,  # type: ignore[attr-defined]
        "created_at": clock.iso(incident.created_at),
        "url": f"{base}/cite/{incident.incident_id}/",
    }


def incident(
    row: Incident,
    *,
    own_reports: Sequence[Report],
    entities: Iterable[IncidentEntity],
    translations: Iterable[IncidentTranslation],
    classifications: Iterable[Classification],
    links: Iterable[ExternalLink],
    base: str,
) -> Shape:
    """Return a whole incident with everything that belongs to it."""
    named: dict[str, list[Shape]] = {role: [] for role in ROLES}
    for link in entities:
        named[link.role].append(entity(link.entity, base=base))
    return {
        "incident_id": row.incident_id,
        "_id": row.public_id,
        "title": row.title,
        "description": row.description,
        "date": row.date.isoformat(),
        "editor_notes": row.editor_notes,
        "created_at": clock.iso(row.created_at),
        "date_modified": clock.iso(row.modified_at),
        "url": f"{base}/cite/{row.incident_id}/",
        "entities": named,
        "reports": [report(one, base=base) for one in own_reports],
        "classifications": [classification(one) for one in classifications],
        "translations": [
            {"language": one.language, "title": one.title, "description": one.description}
            for one in translations
        ],
        "same_as": [link.url for link in links],
    }


def report(row: Report, *, base: str) -> Shape:
    """Return a report that was read with its terms and translations."""
    limit = row.snippet_max_characters
    return {
        "report_number": row.report_number,
        "_id": row.public_id,
        "title": row.title,
        "url": row.url,
        "source_domain": row.source_domain,
        "text": row.text[:limit],
        "language": row.language,
        "authors": reports.terms_of(row, ReportTerm.AUTHOR),
        "submitters": reports.terms_of(row, ReportTerm.SUBMITTER),
        "tags": reports.terms_of(row, ReportTerm.TAG),
        "date_published": clock.iso(row.published_at),
        "date_submitted": clock.iso(row.submitted_at),
        "date_modified": clock.iso(row.modified_at),
        "flag": row.is_flagged,
        "inputs_outputs": row.inputs_outputs,
        "page": f"{base}/reports/{row.report_number}/" if row.is_complete else None,
        "translations": [
            {"language": one.language, "title": one.title, "text": one.text[:limit]}
            for one in row.translations.all()
        ],
    }


def listed_report(row: Report, *, base: str) -> Shape:
    """Return a report as a line of a list, without its texts."""
    shape = report(row, base=base)
    for name in ("text", "translations"):
        shape.pop(name)
    return shape


def classification(row: Classification) -> Shape:
    """Return the public answers of a classification, decoded."""
    return {
        "_id": row.public_id,
        "namespace": row.taxonomy.namespace,
        "attributes": [
            {
                "short_name": answer.short_name,
                "value": taxonomy_rules.decode(answer.value_json),
                "provenance": provenance(row, answer),
            }
            for answer in row.attributes.all()
            if answer.field is not None and answer.field.is_public
        ],
    }


def provenance(row: Classification, answer: Attribute) -> Shape:
    """Return who or what gave an answer and how; what nobody said is null."""
    told = taxonomy_rules.provenance_of(
        answer.provenance, is_automated=bool(row.taxonomy.is_automated)
    )
    return {
        "method": told.method,
        "machine": told.is_machine,
        "by": told.by or None,
        "model": told.model or None,
        "at": told.at or None,
        "confidence": told.confidence,
        "reviewed_by": told.reviewed_by or None,
        "reviewed_at": told.reviewed_at or None,
        "report": told.report,
        "passage": told.passage or None,
    }


def entity(row: Entity, *, base: str) -> Shape:
    """Return an entity's names and page."""
    return {
        "entity_id": row.entity_id,
        "name": row.name,
        "kind": row.kind,
        "url": f"{base}/entities/{quote(row.entity_id)}/",
    }


def entity_roles(row: EntityRoles, *, base: str) -> Shape:
    """Return an entity with the number of its incidents, role by role."""
    return {
        "entity_id": row.entity_id,
        "name": row.name,
        "kind": row.kind,
        "url": f"{base}/entities/{quote(row.entity_id)}/",
        "incidents": row.incidents,
        "deployer_and_developer": row.both,
        "deployer": row.deployer,
        "developer": row.developer,
        "harmed": row.harmed,
        "implicated": row.implicated,
        "related": row.related,
        "relationships": row.relationships,
        "responses": row.responses,
    }


def companion(row: Companion, *, base: str) -> Shape:
    """Return an entity that is named together with another, with the incidents they share."""
    return {
        "entity_id": row.entity_id,
        "name": row.name,
        "url": f"{base}/entities/{quote(row.entity_id)}/",
        "incidents": row.incidents,
        "harmed_in": row.harmed_in,
    }

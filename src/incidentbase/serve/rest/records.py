"""Records as the API gives them: many at a time, each part read only if it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from incidentbase.kit import clock
from incidentbase.serve.http import shapes
from incidentbase.serve.http.shapes import Shape
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents import naming
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import ROLES, Incident
from incidentbase.store.reports.models import Report
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.submissions.models import Submission
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import Classification, Taxonomy, TaxonomyField

Wanted = frozenset[str]


def only(shape: Shape, wanted: Wanted) -> Shape:
    """Return the members of a shape that are wanted."""
    return {name: value for name, value in shape.items() if name in wanted}


def incident_list(
    rows: Sequence[Incident], wanted: Wanted, *, viewer: Viewer, base: str
) -> list[Shape]:
    """Return incidents with the parts that are wanted, in a few queries for all of them."""
    keys = [row.pk for row in rows]
    numbers: dict[int, list[int]] = {}
    roles: dict[int, dict[str, list[Shape]]] = {}
    words: dict[int, list[tuple[str, str, str]]] = {}
    pages: dict[int, list[str]] = {}
    if "report_numbers" in wanted:
        numbers = incidents.report_numbers_by_incident(keys, viewer=viewer)
    if "entities" in wanted:
        for link in incidents.entity_links_of(rows):
            own = roles.setdefault(link.incident_id, _no_roles())
            own[link.role].append(shapes.entity(link.entity, base=base))
    if "translations" in wanted:
        words = incidents.translated_words(keys)
    if "same_as" in wanted:
        pages = incidents.external_urls(keys)
    return [
        only(
            {
                **_plain_incident(row, base),
                "entities": roles.get(row.pk) or _no_roles(),
                "report_numbers": numbers.get(row.pk, []),
                "translations": [
                    {"language": language, "title": title, "description": description}
                    for language, title, description in words.get(row.pk, ())
                ],
                "same_as": pages.get(row.pk, []),
            },
            wanted,
        )
        for row in rows
    ]


def incident(row: Incident, *, viewer: Viewer, base: str) -> Shape:
    """Return a whole incident with its reports and classifications."""
    own = [one for one in incidents.reports_of(row, viewer=viewer) if one.is_complete]
    told = incidents.numbers_by_report([one.pk for one in own], viewer=viewer)
    blocks = taxonomies.of_incident(row, viewer=viewer)
    shape = shapes.incident(
        row,
        own_reports=own,
        entities=incidents.entity_links_of([row]),
        translations=incidents.translations_of(row),
        classifications=blocks,
        links=incidents.external_links_of(row),
        base=base,
    )
    for part, one in zip(shape["reports"], own, strict=True):
        part["incident_ids"] = told.get(one.pk, [])
    for part, block in zip(shape["classifications"], blocks, strict=True):
        part.update(_subject(row.incident_id, None, block))
    shape["report_numbers"] = [one.report_number for one in own]
    return shape


def _plain_incident(row: Incident, base: str) -> Shape:
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
    }


def _no_roles() -> dict[str, list[Shape]]:
    return {role: [] for role in ROLES}


def report_list(
    rows: Iterable[Report], wanted: Wanted, *, viewer: Viewer, base: str
) -> list[Shape]:
    """Return reports that were read with their terms and translations."""
    found = list(rows)
    told: dict[int, list[int]] = {}
    if "incident_ids" in wanted:
        told = incidents.numbers_by_report([row.pk for row in found], viewer=viewer)
    return [
        only({**shapes.report(row, base=base), "incident_ids": told.get(row.pk, [])}, wanted)
        for row in found
    ]


def entity_list(
    rows: Sequence[Entity], wanted: Wanted, *, viewer: Viewer, base: str
) -> list[Shape]:
    """Return entities that were read with their aliases."""
    counts: dict[int, dict[str, int]] = {}
    if "counts" in wanted:
        counts = naming.counts_by_role(rows, viewer=viewer)
    nothing = dict.fromkeys(ROLES, 0)
    return [
        only(
            {
                **shapes.entity(row, base=base),
                "aliases": sorted(one.name for one in row.aliases.all()),
                "counts": nothing | counts.get(row.pk, {}),
            },
            wanted,
        )
        for row in rows
    ]


def entity(row: Entity, *, viewer: Viewer, base: str) -> Shape:
    """Return a whole entity with its incidents by role and its relationships."""
    places: dict[str, list[int]] = {}
    for number, roles in sorted(naming.places_of(row, viewer=viewer).items()):
        for role in sorted(roles):
            places.setdefault(role, []).append(number)
    related = naming.related(row, viewer=viewer)
    return {
        **shapes.entity(row, base=base),
        "aliases": sorted(one.name for one in row.aliases.all()),
        "counts": {role: len(places.get(role, ())) for role in ROLES},
        "incidents": places,
        "related": {
            name: [shapes.entity(one, base=base) for one in others]
            for name, others in related.items()
        },
    }


def taxonomy(row: Taxonomy, *, base: str) -> Shape:
    """Return a taxonomy that was read with the number of its classifications."""
    return {
        "namespace": row.namespace,
        "description": row.description,
        "version": row.version,
        "is_automated": row.is_automated,
        "classifications": row.classified,  # type: ignore[attr-defined]
        "url": f"{base}/taxonomies/{row.namespace.lower()}/",
    }


def field(row: TaxonomyField) -> Shape:
    """Return a field of a taxonomy."""
    return {
        "short_name": row.short_name,
        "display_type": row.display_type,
        "short_description": row.short_description,
        "long_description": row.long_description,
        "permitted_values": row.permitted_values,
    }


def classification(row: Classification) -> Shape:
    """Return a classification that was read with its record and answers."""
    return {
        **shapes.classification(row),
        **_subject(
            row.incident.incident_id if row.incident else None,
            row.report.report_number if row.report else None,
            row,
        ),
    }


def submission(row: Submission) -> Shape:
    """Return what everybody may see of a submission that waits."""
    return {
        "title": row.title,
        "source_domain": row.source_domain,
        "language": row.language,
        "date_submitted": row.date_submitted[:10],
        "submitters": row.payload.get("submitters") or [submission_rules.ANONYMOUS],
        "status": row.status or submission_rules.PENDING,
    }


def _subject(incident_id: int | None, number: int | None, row: Classification) -> dict[str, Any]:
    return {"incident_id": incident_id, "report_number": number, "publish": row.is_published}

"""Reads of the entities that incidents name: counted by role, and by whom they are named with.

An entity as deployer and developer of one incident counts as `both` there, and in neither of the
two (spec aiid-site §5.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from incidentbase.store.accounts.models import visible
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import Entity, EntityRelationship
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import (
    DEPLOYER,
    DEVELOPER,
    HARMED,
    IMPLICATED,
    IncidentReport,
)
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import ReportTerm, complete

BOTH = "both"
# How an entity stands in an incident, in the order of pages.
STANDINGS = (BOTH, DEPLOYER, DEVELOPER, HARMED, IMPLICATED)
_MAKING = {DEPLOYER, DEVELOPER}


def standings(roles: Iterable[str]) -> set[str]:
    """Return how an entity with these roles stands in an incident."""
    found = set(roles)
    return (found - _MAKING) | {BOTH} if found >= _MAKING else found


@dataclass(slots=True)
class EntityRoles:
    """What the table of entities tells of one: how many listed incidents name it, role by role.

    `related` counts the entities named together with it, `relationships` those that editors
    related to it, `responses` the incidents in which somebody responded.
    """

    entity_id: str
    name: str
    kind: str
    both: int = 0
    deployer: int = 0
    developer: int = 0
    harmed: int = 0
    implicated: int = 0
    incidents: int = 0
    related: int = 0
    relationships: int = 0
    responses: int = 0


def role_counts(viewer: Viewer) -> list[EntityRoles]:
    """Return the counts of all entities that listed incidents name, unsorted."""
    places: dict[int, dict[int, set[str]]] = {}
    named: dict[int, set[int]] = {}
    links = incidents.entity_links_listed(viewer)
    for entity, incident, role in links.values_list("entity_id", "incident_id", "role"):
        places.setdefault(entity, {}).setdefault(incident, set()).add(role)
        named.setdefault(incident, set()).add(entity)
    responded = set(_responses(viewer).values_list("incident_id", flat=True))
    others: dict[int, set[int]] = {}
    for _predicate, subject, target in entities.relations(EntityRelationship.PREDICATES):
        if subject in places and target in places:
            others.setdefault(subject, set()).add(target)
            others.setdefault(target, set()).add(subject)
    found = []
    rows = Entity.objects.values_list("pk", "entity_id", "name", "kind")
    for key, entity_id, name, kind in rows:
        if (own := places.get(key)) is None:
            continue
        row = EntityRoles(entity_id, name, kind, incidents=len(own))
        for roles in own.values():
            for standing in standings(roles):
                setattr(row, standing, getattr(row, standing) + 1)
        row.related = len(set().union(*(named[incident] for incident in own))) - 1
        row.relationships = len(others.get(key, ()))
        row.responses = len(responded & own.keys())
        found.append(row)
    return found


def counts_by_role(chosen: Iterable[Entity], *, viewer: Viewer) -> dict[int, dict[str, int]]:
    """Return in how many listed incidents entities have each role, by the entities' keys."""
    rows = (
        incidents.entity_links_listed(viewer)
        .filter(entity__in=[entity.pk for entity in chosen])
        .order_by()
        .values_list("entity_id", "role")
        .annotate(number=Count("incident", distinct=True))
    )
    found: dict[int, dict[str, int]] = {}
    for entity, role, number in rows:
        found.setdefault(entity, {})[role] = number
    return found


def places_of(entity: Entity, *, viewer: Viewer) -> dict[int, set[str]]:
    """Return the roles of an entity by the numbers of the listed incidents that name it."""
    rows = incidents.entity_links_listed(viewer).filter(entity=entity)
    found: dict[int, set[str]] = {}
    for number, role in rows.values_list("incident__incident_id", "role"):
        found.setdefault(number, set()).add(role)
    return found


@dataclass(slots=True)
class Companion:
    """An entity that is named together with another: in which incidents, in order.

    `harmed_in` are those in which it was harmed and the other took part or is implicated.
    """

    entity_id: str
    name: str
    incidents: list[int]
    harmed_in: list[int]


def companions(
    entity: Entity, places: Mapping[int, set[str]], *, viewer: Viewer
) -> list[Companion]:
    """Return who is named together with an entity in the places that `places_of` found.

    Who shares most incidents comes first.
    """
    rows = (
        incidents.entity_links_listed(viewer)
        .filter(incident__incident_id__in=list(places))
        .exclude(entity=entity)
        .order_by("incident__incident_id")
        .values_list("entity__entity_id", "entity__name", "incident__incident_id", "role")
    )
    found: dict[str, Companion] = {}
    for entity_id, name, number, role in rows:
        other = found.setdefault(entity_id, Companion(entity_id, name, [], []))
        if other.incidents[-1:] != [number]:
            other.incidents.append(number)
        if role == HARMED and places[number] - {HARMED}:
            other.harmed_in.append(number)
    return sorted(found.values(), key=lambda one: (-len(one.incidents), one.name.casefold()))


PART, VERSION_OF = "part", "version_of"
# How editors say that another entity stands to one, in the order of pages.
RELATIONS = (EntityRelationship.PARENT, PART, VERSION_OF, EntityRelationship.VERSION, "related")


def related(entity: Entity, *, viewer: Viewer) -> dict[str, list[Entity]]:
    """Return the visible entities that editors related to one, by name, by how they stand to it.

    Seen from a part, the other is its `parent`, and from there it is a `part`; seen from a
    version, the other is what it is a `version_of`, and from there it is a `version`.
    """
    said = entities.relations(EntityRelationship.PREDICATES, of=entity)
    keys: dict[str, set[int]] = {name: set() for name in RELATIONS}
    for predicate, subject, target in said:
        is_subject = subject == entity.pk
        keys[_stands(predicate, is_subject=is_subject)].add(target if is_subject else subject)
    rows = incidents.visible_entities(viewer).filter(pk__in=set().union(*keys.values()))
    known = sorted(rows, key=lambda one: one.name.casefold())
    found = {name: [one for one in known if one.pk in keys[name]] for name in RELATIONS}
    return {name: others for name, others in found.items() if others}


def _stands(predicate: str, *, is_subject: bool) -> str:
    if predicate == EntityRelationship.PARENT:
        return EntityRelationship.PARENT if is_subject else PART
    if predicate == EntityRelationship.VERSION:
        return VERSION_OF if is_subject else EntityRelationship.VERSION
    return EntityRelationship.RELATED


def responses_to(numbers: Iterable[int], *, viewer: Viewer) -> list[tuple[int, int]]:
    """Return (incident number, report number) of responses among the incidents' reports."""
    rows = (
        _responses(viewer)
        .filter(incident__incident_id__in=list(numbers))
        .annotate(incident_number=F("incident__incident_id"), number=F("report__report_number"))
    )
    return sorted(rows.values_list("incident_number", "number"))


def _responses(viewer: Viewer) -> QuerySet[IncidentReport]:
    tagged = ReportTerm.objects.filter(
        report=OuterRef("report"), kind=ReportTerm.TAG, value=reports.RESPONSE_TAG
    )
    return IncidentReport.objects.filter(
        Exists(tagged), visible(viewer, "report__"), complete("report__")
    )

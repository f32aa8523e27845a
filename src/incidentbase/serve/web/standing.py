"""How entities stand in incidents and to one another, in words and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from incidentbase.serve.web import presenting
from incidentbase.serve.web.presenting import NamedLink
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents import naming


def names() -> dict[str, str]:
    """Return what the ways are called in which an entity stands in an incident, in order."""
    return {
        naming.BOTH: _("As deployer and developer"),
        "deployer": _("As deployer"),
        "developer": _("As developer"),
        "harmed": _("As harmed party"),
        "implicated": _("As implicated system"),
    }


def numbers_of(places: Mapping[int, set[str]]) -> dict[str, list[int]]:
    """Return the numbers of incidents by how an entity stands in them, newest first."""
    found: dict[str, list[int]] = {one: [] for one in naming.STANDINGS}
    for number in sorted(places, reverse=True):
        for one in naming.standings(places[number]):
            found[one].append(number)
    return {one: numbers for one, numbers in found.items() if numbers}


def incident_link(number: int, *, report: int | None = None) -> NamedLink:
    """Return a link to an incident, or to a report on its page, by the incident's number."""
    anchor = f"#r{report}" if report else ""
    return NamedLink(str(number), f"{presenting.incident_url(number)}{anchor}")


@dataclass(frozen=True, slots=True)
class Relation:
    """Entities that stand to another in one way that editors said."""

    label: str
    others: list[NamedLink]


def relations_of(entity: Entity, *, viewer: Viewer) -> list[Relation]:
    """Return what editors said of an entity and others, seen from its side."""
    labels = {
        "parent": _("Part of, or owned by"),
        "part": _("Its parts, or what it owns"),
        "version_of": _("A version of"),
        "version": _("Its versions"),
        "related": _("Related otherwise"),
    }
    return [
        Relation(
            labels[kind],
            [NamedLink(one.name, presenting.entity_url(one.entity_id)) for one in others],
        )
        for kind, others in naming.related(entity, viewer=viewer).items()
    ]

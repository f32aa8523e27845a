"""Incidents like another one, by the words of their texts."""

from __future__ import annotations

from incidentbase.index import location
from incidentbase.store.accounts.rules import Viewer, visible_classes
from incidentbase.store.incidents.models import Incident


def by_text(incident: Incident, *, limit: int, viewer: Viewer) -> list[int]:
    """Return the numbers of the incidents whose words are most alike, best first."""
    found = location.current().similar(
        f"{incident.title}\n{incident.description}",
        visible=tuple(sorted(visible_classes(viewer))),
        now=viewer.at,
        without=(incident.incident_id,),
        limit=limit,
    )
    return [neighbor.number for neighbor in found]

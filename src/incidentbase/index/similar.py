"""Incidents like another one, by the words of their texts."""

from __future__ import annotations

from collections.abc import Sequence

from incidentbase.index import location
from incidentbase.store.accounts.rules import Viewer, visible_classes
from incidentbase.store.incidents.models import Incident


def by_text(incident: Incident, *, limit: int, viewer: Viewer) -> list[int]:
    """Return the numbers of the incidents whose words are most alike, best first."""
    words = f"{incident.title}\n{incident.description}"
    return by_words(words, limit=limit, viewer=viewer, without=(incident.incident_id,))


def by_words(words: str, *, limit: int, viewer: Viewer, without: Sequence[int] = ()) -> list[int]:
    """Return the numbers of the incidents that are most like a text, best first."""
    found = location.current().similar(
        words,
        visible=tuple(sorted(visible_classes(viewer))),
        now=viewer.at,
        without=without,
        limit=limit,
    )
    return [neighbor.number for neighbor in found]

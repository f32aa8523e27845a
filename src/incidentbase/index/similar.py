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
    return [number for number, _score in scored(words, limit=limit, viewer=viewer, without=without)]


def scored(
    words: str, *, limit: int, viewer: Viewer, without: Sequence[int] = ()
) -> list[tuple[int, float]]:
    """Return the incidents that are most like a text by number, with scores, best first."""
    found = location.current().similar(
        words,
        visible=tuple(sorted(visible_classes(viewer))),
        now=viewer.at,
        without=without,
        limit=limit,
    )
    return [(neighbor.number, neighbor.score) for neighbor in found]

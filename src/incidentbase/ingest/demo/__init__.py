"""The bundled demo records: well-known incidents, every sentence our own."""

from __future__ import annotations

from pathlib import Path

from incidentbase.ingest import snapshots
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents

FOLDER = Path(__file__).parent


def holds_other_records(viewer: Viewer) -> bool:
    """Return whether the store has incidents already."""
    return incidents.visible_incidents(viewer).exists()


def load(*, actor: Viewer) -> snapshots.ImportReport:
    """Bring the demo records in; those that are there already stay as they are."""
    return snapshots.import_folder(FOLDER, source="the bundled demo records", actor=actor)

"""Checklists from before there was sharing: published, and the history agrees."""

from __future__ import annotations

import importlib
import uuid
from typing import Any

import pytest
from django.apps import apps

from incidentbase.kit import hashing
from incidentbase.store.accounts.rules import anonymous
from incidentbase.store.checklists import queries
from incidentbase.store.checklists.models import Checklist, ChecklistRisk
from incidentbase.store.history.models import ChainHead, Change
from incidentbase.store.history.rules import Entry, chained_hash
from incidentbase.store.imports import actions as imports
from incidentbase.store.records import queries as recorded
from tests.make import records

pytestmark = pytest.mark.django_db

OLD: dict[str, Any] = {
    "object_id": "a" * 24,
    "checklist_id": "old",
    "owner_id": "",
    "name": "Imported before",
    "about": "",
    "tags": {"goals": [], "methods": [], "other": []},
    "created_at": None,
    "updated_at": None,
    "risks": [{"id": "1", "title": "A risk"}],
}


@pytest.fixture
def imported_before() -> None:
    """Make the row and the history as an import left them before the migration."""
    digest = hashing.digest(OLD)
    row = Checklist.objects.create(
        public_id=OLD["object_id"],
        checklist_id=OLD["checklist_id"],
        name=OLD["name"],
        tags=OLD["tags"],
        source_digest=digest,
    )
    ChecklistRisk.objects.create(checklist=row, position=0, payload=OLD["risks"][0])
    sealed: dict[str, Any] = {"seq": 1, "at": records.AT, "actor": "system:import", "reason": ""}
    sealed |= {"group": uuid.uuid4(), "previous": ""}
    entry = Entry("checklist.import", "checklist", row.public_id, {}, digest)
    written = chained_hash(entry=entry, **sealed)
    Change.objects.create(
        **sealed,
        action=entry.action,
        kind=entry.kind,
        key=entry.key,
        delta={},
        digest=digest,
        hash=written,
    )
    ChainHead.objects.update_or_create(pk=1, defaults={"seq": 1, "hash": written})


@pytest.mark.usefixtures("imported_before")
def test_what_a_snapshot_brought_is_published_and_taken_for_what_was_imported():
    assert queries.get("old", viewer=anonymous(records.AT)) is None
    name = "incidentbase.store.migrations.0006_share_and_follow_checklists"
    importlib.import_module(name).publish_imported(apps, None)

    assert queries.get("old", viewer=anonymous(records.AT))
    assert list(recorded.findings()) == []
    state = {**OLD, "risk_fields": [], "sharing": "published", "link_id": ""}
    assert imports.import_states("checklist", [state], actor=records.actor()).unchanged == 1

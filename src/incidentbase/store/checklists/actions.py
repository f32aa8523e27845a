"""Writes to checklists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from incidentbase.store.checklists.mirrors import CHECKLIST
from incidentbase.store.checklists.models import ChecklistRisk
from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State


def insert_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Insert imported checklists with their risks."""
    keys = history.insert_rows(CHECKLIST, states, source_digests=digests)
    _insert_risks(states, keys)


def replace_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Overwrite checklists with imported states."""
    keys = history.replace_rows(CHECKLIST, states, source_digests=digests)
    ChecklistRisk.objects.filter(checklist_id__in=keys.values()).delete()
    _insert_risks(states, keys)


def _insert_risks(states: Sequence[State], keys: Mapping[str, int]) -> None:
    ChecklistRisk.objects.bulk_create(
        ChecklistRisk(checklist_id=keys[CHECKLIST.key_of(state)], position=position, payload=risk)
        for state in states
        for position, risk in enumerate(state["risks"])
    )

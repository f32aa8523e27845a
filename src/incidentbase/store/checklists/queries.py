"""Reads of checklists."""

from __future__ import annotations

from collections.abc import Iterable

from incidentbase.store.checklists.mirrors import CHECKLIST
from incidentbase.store.checklists.models import ChecklistRisk
from incidentbase.store.history.mirrors import State


def states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of checklists with their risks."""
    rows = CHECKLIST.rows(keys)
    found = {key: {**CHECKLIST.state_of(row), "risks": []} for key, row in rows.items()}
    names = {row.pk: key for key, row in rows.items()}
    for risk in ChecklistRisk.objects.filter(checklist_id__in=names).order_by("position"):
        found[names[risk.checklist_id]]["risks"].append(risk.payload)
    return found

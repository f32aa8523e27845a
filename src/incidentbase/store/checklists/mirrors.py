"""The checklist table as plain states; risks are added by the area."""

from __future__ import annotations

from incidentbase.store.checklists.models import Checklist
from incidentbase.store.history.mirrors import Mirror, moment, plain

CHECKLIST = Mirror(
    kind="checklist",
    model=Checklist,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("checklist_id"),
        plain("owner_id"),
        plain("name"),
        plain("about"),
        plain("tags"),
        plain("risk_fields"),
        plain("sharing"),
        plain("link_id"),
        moment("created_at"),
        moment("updated_at"),
    ),
)

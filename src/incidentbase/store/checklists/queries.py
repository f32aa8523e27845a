"""Reads of checklists: of what is private only its owner and admins, of the rest everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Lower

from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.checklists import rules
from incidentbase.store.checklists.mirrors import CHECKLIST
from incidentbase.store.checklists.models import Checklist, ChecklistRisk
from incidentbase.store.history.mirrors import State

_ORDERS: dict[str, tuple[Any, ...]] = {
    "updated": ("-updated_at", "-pk"),
    "newest": ("-created_at", "-pk"),
    "oldest": ("created_at", "pk"),
    "name": (Lower("name"), "pk"),
}
ORDERS = tuple(_ORDERS)


def states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of checklists with their risks."""
    rows = CHECKLIST.rows(keys)
    found = {key: {**CHECKLIST.state_of(row), "risks": []} for key, row in rows.items()}
    names = {row.pk: key for key, row in rows.items()}
    for risk in ChecklistRisk.objects.filter(checklist_id__in=names).order_by("position"):
        found[names[risk.checklist_id]]["risks"].append(risk.payload)
    return found


def visible_to(viewer: Viewer) -> QuerySet[Checklist]:
    """Return the checklists that the viewer may see without a link."""
    if viewer.is_admin:
        return Checklist.objects.all()
    shown = Q(sharing=rules.PUBLISHED)
    if viewer.account_id:
        shown |= Q(owner_id=viewer.account_id)
    return Checklist.objects.filter(shown)


def get(checklist_id: str, *, viewer: Viewer) -> State | None:
    """Return the state of a checklist, None when there is none to be seen."""
    return _state(visible_to(viewer).filter(checklist_id=checklist_id))


def exists(checklist_id: str) -> bool:
    """Return whether there is a checklist with this id, whoever may see it."""
    return Checklist.objects.filter(checklist_id=checklist_id).exists()


def by_link(link_id: str) -> State | None:
    """Return the state of the checklist that is shared by this link, None when none is."""
    if not link_id:
        return None
    return _state(Checklist.objects.filter(sharing=rules.LINK, link_id=link_id))


def _state(rows: QuerySet[Checklist]) -> State | None:
    key = rows.values_list("public_id", flat=True).first()
    return None if key is None else states([key]).get(key)


def own(viewer: Viewer, *, order: str = "updated") -> QuerySet[Checklist]:
    """Return the checklists of the viewer's account, with their risks."""
    rows = visible_to(viewer).filter(owner_id=viewer.account_id)
    return _in_order(rows if viewer.account_id else rows.none(), order)


def published(viewer: Viewer, *, order: str = "updated") -> QuerySet[Checklist]:
    """Return the published checklists of others, with their risks."""
    rows = visible_to(viewer).filter(sharing=rules.PUBLISHED)
    return _in_order(rows.exclude(owner_id=viewer.account_id) if viewer.account_id else rows, order)


def _in_order(rows: QuerySet[Checklist], order: str) -> QuerySet[Checklist]:
    risks = Prefetch("risks", ChecklistRisk.objects.order_by("position"))
    return rows.prefetch_related(risks).order_by(*_ORDERS.get(order, _ORDERS["updated"]))


def owner_names(owner_ids: Iterable[str]) -> dict[str, str]:
    """Return the names that owners gave to their accounts, by public id; blanks are left out."""
    rows = Account.objects.filter(public_id__in=set(owner_ids))
    return {row.public_id: row.full_name for row in rows if row.full_name}

"""Reads of subscriptions; whose they are is said to nobody but to what serves them."""

from __future__ import annotations

from django.db.models import QuerySet

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.subscriptions.models import Subscription


def visible_to(viewer: Viewer) -> QuerySet[Subscription]:
    """Return the viewer's own subscriptions; admins see those of everybody."""
    if viewer.is_admin:
        return Subscription.objects.all()
    if not viewer.account_id:
        return Subscription.objects.none()
    return Subscription.objects.filter(account__public_id=viewer.account_id)


def to_checklists() -> QuerySet[Subscription]:
    """Return the subscriptions to checklists of accounts that can be written to."""
    rows = Subscription.objects.filter(
        type=Subscription.CHECKLIST, account__is_active=True, account__email__isnull=False
    )
    return rows.select_related("account", "checklist").order_by("pk")


def follows_checklist(account_id: str, public_id: str) -> bool:
    """Return whether an account follows a checklist."""
    return Subscription.objects.filter(
        account__public_id=account_id, checklist__public_id=public_id
    ).exists()


def followed_checklist(subscription_id: str) -> str | None:
    """Return the name of the checklist that a subscription is to, None when there is none."""
    rows = Subscription.objects.filter(public_id=subscription_id, type=Subscription.CHECKLIST)
    name: str | None = rows.values_list("checklist__name", flat=True).first()
    return name

"""Reads of webhooks: an account's own, all of them for admins, and what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from incidentbase.store.accounts.rules import ADMIN, FULL, Viewer, require
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery


def states(keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what the history seals of webhooks."""
    rows = Webhook.objects.filter(public_id__in=set(keys)).select_related("account")
    return {row.public_id: row.state() for row in rows}


def of_account(viewer: Viewer) -> list[Webhook]:
    """Return the webhooks of the viewer's account, the newest first, with what they failed at."""
    rows = Webhook.objects.filter(account__public_id=viewer.account_id)
    return list(_counted(rows).order_by("-created_at", "-pk"))


def listing(viewer: Viewer) -> QuerySet[Webhook]:
    """Return all webhooks for an admin, the newest first. Raises NotPermitted for others."""
    require(viewer, ADMIN)
    return _counted(Webhook.objects.select_related("account")).order_by("-created_at", "-pk")


def get(viewer: Viewer, public_id: str) -> Webhook | None:
    """Return a webhook of the viewer's own, for an admin anybody's; None for all others."""
    rows = Webhook.objects.filter(public_id=public_id).select_related("account")
    if not (viewer.is_admin and viewer.may(FULL)):
        rows = rows.filter(account__public_id=viewer.account_id)
    return rows.first()


def deliveries(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """Return what was sent, or is to be sent, to a webhook, the newest first."""
    return webhook.deliveries.order_by("-pk")


def _counted(rows: QuerySet[Webhook]) -> QuerySet[Webhook]:
    waiting = Q(deliveries__state=rules.WAITING)
    return rows.annotate(waiting=Count("deliveries", filter=waiting))


def active() -> list[Webhook]:
    """Return the webhooks that are to be told of events."""
    return list(_active())


def _active() -> QuerySet[Webhook]:
    return Webhook.objects.filter(
        is_paused=False,
        stopped_at=None,
        account__is_active=True,
        account__email__isnull=False,
    )


def told_before(webhook: Webhook, *, kind: str, key: str) -> bool:
    """Return whether a webhook was told of a record, as far back as deliveries are kept."""
    return webhook.deliveries.filter(kind=kind, key=key).exists()


def due(*, at: dt.datetime, limit: int, without: Iterable[str] = ()) -> list[str]:
    """Return the ids of the webhooks to which something is to be sent, the longest due first."""
    ready = _active().filter(Q(rests_until=None) | Q(rests_until__lte=at))
    rows = WebhookDelivery.objects.filter(
        Exists(ready.filter(pk=OuterRef("webhook_id"))), state=rules.WAITING, due_at__lte=at
    ).exclude(webhook__public_id__in=list(without))
    firsts = rows.values("webhook__public_id").annotate(first=Min("due_at")).order_by("first")
    return [row["webhook__public_id"] for row in firsts[:limit]]


def due_of(public_id: str, *, at: dt.datetime, limit: int) -> Sequence[WebhookDelivery]:
    """Return what is to be sent to a webhook, in the order of what happened."""
    rows = WebhookDelivery.objects.filter(
        webhook__public_id=public_id, state=rules.WAITING, due_at__lte=at
    )
    return list(rows.select_related("webhook").order_by("due_at", "pk")[:limit])


def untold_stops() -> list[Webhook]:
    """Return the webhooks that were switched off without their owners knowing."""
    rows = Webhook.objects.filter(
        stopped_at__isnull=False,
        is_told=False,
        account__is_active=True,
        account__email__isnull=False,
    )
    return list(rows.select_related("account"))

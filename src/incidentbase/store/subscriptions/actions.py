"""Writes to subscriptions."""

from __future__ import annotations

from incidentbase.store.entities.models import Entity
from incidentbase.store.subscriptions.models import Subscription


def follow_instead(entity_id: str, *, new: str) -> None:
    """Let those who follow one entity follow another. Call it within the act that merges them.

    Subscriptions are private, so the history does not speak of them and undoing the act leaves
    the followers where they are.
    """
    kept = Entity.objects.get(entity_id=new)
    following = Subscription.objects.filter(entity=kept).values_list("account_id", flat=True)
    rows = Subscription.objects.filter(entity__entity_id=entity_id)
    rows.filter(account_id__in=set(following)).delete()
    rows.update(entity=kept)


def unfollow_checklist(public_id: str) -> None:
    """Let nobody follow a checklist any more. Call it within the act that takes it away."""
    Subscription.objects.filter(checklist__public_id=public_id).delete()

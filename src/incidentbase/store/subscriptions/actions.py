"""Writes to subscriptions.

Subscriptions are private, so the history does not speak of them: what is needed to undo a merger
is kept beside them.
"""

from __future__ import annotations

from incidentbase.store.entities.models import Entity
from incidentbase.store.subscriptions.models import FormerSubscription, Subscription


def follow_instead(entity_id: str, *, new: str) -> None:
    """Let those who follow one entity follow another. Call it within the act that merges them."""
    kept = Entity.objects.get(entity_id=new)
    rows = Subscription.objects.filter(entity__entity_id=entity_id)
    following = set(Subscription.objects.filter(entity=kept).values_list("account_id", flat=True))
    FormerSubscription.objects.bulk_create(
        FormerSubscription(
            account_id=row.account_id,
            entity_id=entity_id,
            into=new,
            kept_both=row.account_id in following,
            created_at=row.created_at,
        )
        for row in rows
    )
    rows.filter(account_id__in=following).delete()
    rows.update(entity=kept)


def follow_again(entity_id: str) -> None:
    """Let those follow an entity who did before it was merged. Call it within the act that undoes.

    Who stopped following the other one since then has done with both.
    """
    returned = Entity.objects.get(entity_id=entity_id)
    former = FormerSubscription.objects.filter(entity_id=entity_id)
    for row in former:
        present = Subscription.objects.filter(
            account_id=row.account_id, entity__entity_id=row.into
        ).first()
        if present is not None and row.kept_both:
            Subscription.objects.create(
                account_id=row.account_id,
                type=Subscription.ENTITY,
                entity=returned,
                created_at=row.created_at,
            )
        elif present is not None:
            present.entity = returned
            present.save(update_fields=["entity"])
    former.delete()

"""Writes to subscriptions.

Subscriptions are private, so the history does not speak of them: what is needed to undo a merger
is kept beside them.
"""

from __future__ import annotations

import datetime as dt

from django.apps import apps

from incidentbase.store.accounts.models import Account
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


def unfollow_checklist(public_id: str) -> None:
    """Let nobody follow a checklist any more. Call it within the act that takes it away."""
    Subscription.objects.filter(checklist__public_id=public_id).delete()


def follow_checklist(
    account_id: str, public_id: str, *, known: list[int], basis: str, language: str, at: dt.datetime
) -> None:
    """Let an account hear of a checklist's new precedents; who hears of them already goes on.

    `known` are the numbers of those that there are now, `basis` what they follow from.
    """
    Subscription.objects.get_or_create(
        account=Account.objects.get(public_id=account_id),
        checklist=apps.get_model("store", "Checklist").objects.get(public_id=public_id),
        defaults={
            "type": Subscription.CHECKLIST,
            "known": known,
            "basis": basis,
            "language": language,
            "created_at": at,
        },
    )


def note_known(subscription_id: str, *, known: list[int], basis: str) -> None:
    """Remember which precedents a follower of a checklist knows, and what they follow from."""
    Subscription.objects.filter(public_id=subscription_id).update(known=known, basis=basis)


def end(subscription_id: str) -> bool:
    """End a subscription, for whoever was given its id; return whether there was one."""
    return Subscription.objects.filter(public_id=subscription_id).delete()[0] > 0


def unfollow(account_id: str, public_id: str) -> None:
    """Let an account hear of a checklist's precedents no more."""
    Subscription.objects.filter(
        account__public_id=account_id, checklist__public_id=public_id
    ).delete()


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

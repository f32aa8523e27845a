"""Writes to subscriptions.

Subscriptions are private, so the history does not speak of them: what is needed to undo a merger
is kept beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.apps import apps
from django.db import IntegrityError, transaction

from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import SUBMIT, NotPermitted, Viewer
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.subscriptions import queries
from incidentbase.store.subscriptions.models import FormerSubscription, Subscription

_PLAIN_TYPES = frozenset(Subscription.TYPES) - {Subscription.CHECKLIST}


class Unfollowable(Exception):
    """There is nothing such to follow; the message says why."""


def subscribe(
    account_id: str,
    type: str,
    *,
    incident: int | None = None,
    entity: str | None = None,
    change: str = "",
    actor: Viewer,
) -> str:
    """Let an account follow an incident, an entity or a list, and return the subscription's id.

    What is followed already stays as it is; `change` names a subscription that becomes this one.
    Raises Unfollowable, and NotPermitted for anybody but the account itself and admins.
    """
    _require_own(account_id, actor)
    if type not in _PLAIN_TYPES or (type == "incident") != (incident is not None):
        raise Unfollowable(f"A subscription of the type {type!r} is to nothing such.")
    if (type == "entity") != (entity is not None):
        raise Unfollowable(f"A subscription of the type {type!r} is to nothing such.")
    account = Account.objects.filter(public_id=account_id, is_active=True).first()
    if account is None:
        raise Unfollowable(f"There is no account {account_id}.")
    target = {
        "incident": incidents.get(incident, viewer=actor) if incident is not None else None,
        "entity": incidents.entity(entity, viewer=actor) if entity is not None else None,
    }
    if target.get(type, account) is None:
        raise Unfollowable(f"There is no such {type}.")
    wanted = {"account": account, "type": type, **target}
    row = queries.visible_to(actor).filter(public_id=change).first() if change else None
    row = row or Subscription.objects.filter(**wanted).first()
    if row is None:
        return str(Subscription.objects.create(**wanted, created_at=actor.at).public_id)
    for name, value in wanted.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Unfollowable("That is followed already.") from None
    return str(row.public_id)


def unsubscribe(public_ids: Iterable[str], *, actor: Viewer) -> int:
    """End subscriptions and return how many there were.

    Raises NotPermitted, and ends none, where one belongs to somebody else and the actor is no
    admin.
    """
    wanted = set(public_ids)
    rows = Subscription.objects.filter(public_id__in=wanted)
    for account_id in set(rows.values_list("account__public_id", flat=True)):
        _require_own(account_id, actor)
    return rows.delete()[0]


def _require_own(account_id: str, actor: Viewer) -> None:
    is_own = bool(account_id) and account_id == actor.account_id
    if not (is_own or actor.is_admin) or not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} does not decide what {account_id} follows")


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

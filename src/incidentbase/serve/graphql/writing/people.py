"""Accounts and what they follow."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import Given, Resolver, every, first, linked, told
from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts import queries as account_queries
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import (
    ROLES,
    TAXONOMY_EDITOR,
    Grant,
    LastAdmin,
    NotPermitted,
    OwnRolesRaised,
)
from incidentbase.store.subscriptions import actions as subscriptions
from incidentbase.store.subscriptions import queries as subscription_queries
from incidentbase.store.taxonomies import queries as taxonomies

_NAMES = ("first_name", "last_name")


def _update_user(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = first("User", info, given)
    if pk is None:
        return None
    actor, wanted = info.context.viewer, given["update"].get("set") or {}
    account = Account.objects.get(pk=pk)
    for name in ("_id", "userId"):
        if wanted.get(name) not in (None, account.public_id):
            raise NotPermitted(f"{name} is never changed")
    if any(name in wanted for name in _NAMES):
        names = {name: getattr(account, name) for name in _NAMES}
        names |= {name: wanted[name] or "" for name in _NAMES if name in wanted}
        accounts.rename(account.public_id, **names, actor=actor)
    if "roles" in wanted:
        _set_roles(account.public_id, wanted["roles"] or [], info)
    if not wanted and not (actor.is_admin or actor.account_id == account.public_id):
        raise NotPermitted("only admins and the account itself")
    return told("User", info, pk)


def _set_roles(public_id: str, names: list[str | None], info: GraphQLResolveInfo) -> None:
    grants = {_grant(name) for name in names if name}
    if grants == account_queries.grants_of(public_id):
        # A form that sends all fields back asks for nothing.
        return
    try:
        accounts.set_roles(public_id, grants, actor=info.context.viewer)
    except OwnRolesRaised as error:
        raise NotPermitted(str(error)) from error
    except LastAdmin as error:
        raise Unanswerable("The last admin stays one.") from error


def _grant(name: str) -> Grant:
    """Return the role of a name such as `taxonomy_editor_csetv1`; raises Unanswerable."""
    if name in ROLES:
        return Grant(name)
    prefix, _line, namespace = name.partition(f"{TAXONOMY_EDITOR}_")
    taxonomy = taxonomies.get(namespace) if not prefix and namespace else None
    if taxonomy is None:
        raise Unanswerable(f"There is no role {name!r}.")
    return Grant(TAXONOMY_EDITOR, taxonomy.namespace)


def _delete_subscription(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = first("Subscription", info, given)
    gone = told("Subscription", info, pk)
    if pk is not None:
        subscriptions.unsubscribe(_ids([pk], info), actor=info.context.viewer)
    return gone


def _delete_subscriptions(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pks = every("Subscription", info, given)
    count = subscriptions.unsubscribe(_ids(pks, info), actor=info.context.viewer)
    return {"deletedCount": count}


def _update_subscription(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = first("Subscription", info, given)
    if pk is None:
        return None
    return _subscribed(given["update"].get("set") or {}, info, change=_ids([pk], info)[0])


def _upsert_subscription(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = first("Subscription", info, given)
    change = _ids([pk], info)[0] if pk is not None else ""
    return _subscribed(given["update"], info, change=change)


def _subscribed(wanted: Given, info: GraphQLResolveInfo, *, change: str) -> Any:
    actor = info.context.viewer
    row = subscription_queries.visible_to(actor).filter(public_id=change).first()
    who = _link("userId", wanted, info)
    owner = row.account.public_id if row else actor.account_id
    target = {
        "incident": _link("incident_id", wanted, info),
        "entity": _link("entityId", wanted, info),
    }
    kind = wanted.get("type") or (row.type if row else "")
    if row is not None and not any(target.values()) and kind == row.type:
        target = {
            "incident": row.incident.incident_id if row.incident else None,
            "entity": row.entity.entity_id if row.entity else None,
        }
    try:
        public_id = subscriptions.subscribe(
            who or owner, kind, **target, change=change, actor=actor
        )
    except subscriptions.Unfollowable as error:
        raise Unanswerable(str(error)) from error
    found = subscription_queries.visible_to(actor).get(public_id=public_id)
    return told("Subscription", info, found.pk)


def _link(member: str, wanted: Given, info: GraphQLResolveInfo) -> Any:
    if member == "userId":
        # Who it is for is the action's to judge: an account is not looked up for strangers.
        return (wanted.get(member) or {}).get("link") or ""
    return next(iter(linked("Subscription", member, wanted, info) or ()), None)


def _ids(pks: list[int], info: GraphQLResolveInfo) -> list[str]:
    rows = subscription_queries.visible_to(info.context.viewer).filter(pk__in=pks)
    return list(rows.values_list("public_id", flat=True))


RESOLVERS: dict[str, Resolver] = {
    "updateOneUser": _update_user,
    "deleteOneSubscription": _delete_subscription,
    "deleteManySubscriptions": _delete_subscriptions,
    "updateOneSubscription": _update_subscription,
    "upsertOneSubscription": _upsert_subscription,
}

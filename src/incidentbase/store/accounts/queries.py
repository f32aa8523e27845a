"""Reads of accounts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from incidentbase.store.accounts.models import Account, AccountRole, ApiToken
from incidentbase.store.accounts.rules import (
    ADMIN,
    INCIDENT_EDITOR,
    TAXONOMY_EDITOR,
    Grant,
    Viewer,
    narrowed,
    normal_address,
    require,
)

TOKEN_PREFIX = "ib_"  # noqa: S105 (the part that is the same in all)


@dataclass(frozen=True, slots=True)
class Person:
    """An account that somebody can sign in to."""

    public_id: str
    email: str
    first_name: str
    last_name: str
    grants: tuple[Grant, ...]
    created_at: dt.datetime
    last_login: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A token that was shown, and as whom it lets its bearer act."""

    token_id: str
    viewer: Viewer
    last_used_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One place where an account is signed in."""

    id: int
    is_current: bool
    user_agent: str
    ip: str
    since: dt.datetime


def states(keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what the history seals of accounts: id and roles, nothing personal.

    An account that nobody can sign in to has its id alone.
    """
    wanted = set(keys)
    roles: dict[str, list[str]] = defaultdict(list)
    for row in AccountRole.objects.filter(account__public_id__in=wanted).select_related("account"):
        roles[row.account.public_id].append(str(Grant(row.role, row.namespace)))
    found = Account.objects.filter(public_id__in=wanted).values_list("public_id", "is_active")
    return {
        public_id: {"object_id": public_id, "roles": sorted(roles[public_id])}
        if is_active
        else {"object_id": public_id}
        for public_id, is_active in found
    }


def state(public_id: str) -> dict[str, Any]:
    """Return what the history seals of one account that exists."""
    return states([public_id])[public_id]


def token_states(keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what the history seals of tokens: whose they are and what for, not their names."""
    rows = ApiToken.objects.filter(public_id__in=set(keys)).select_related("account")
    return {row.public_id: token_state(row) for row in rows}


def token_state(token: ApiToken) -> dict[str, Any]:
    """Return what the history seals of one token."""
    return {
        "object_id": token.public_id,
        "account": token.account.public_id,
        "scope": token.scope,
    }


def viewer_for(public_id: str, *, at: dt.datetime) -> Viewer:
    """Return the viewer of an account; roles bound to one taxonomy become its `namespaces`."""
    grants = grants_of(public_id)
    return Viewer(
        label=f"account:{public_id}",
        at=at,
        roles=frozenset(grant.role for grant in grants if not grant.namespace),
        account_id=public_id,
        namespaces=frozenset(grant.namespace for grant in grants if grant.namespace),
    )


def viewer_by_token(text: str, *, at: dt.datetime) -> TokenUse | None:
    """Return whose token this is, None when it is none, has expired or was revoked."""
    if not text.startswith(TOKEN_PREFIX):
        return None
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    token = (
        ApiToken.objects.select_related("account")
        .filter(Q(expires_at=None) | Q(expires_at__gt=at), digest=digest, account__is_active=True)
        .first()
    )
    if token is None:
        return None
    viewer = narrowed(viewer_for(token.account.public_id, at=at), token.scope)
    return TokenUse(token.public_id, viewer, token.last_used_at)


def grants_of(public_id: str) -> frozenset[Grant]:
    """Return the roles of an account, none for one that nobody can sign in to."""
    rows = AccountRole.objects.filter(account__public_id=public_id, account__is_active=True)
    return frozenset(Grant(*row) for row in rows.values_list("role", "namespace"))


def id_of_address(email: str) -> str | None:
    """Return the public id of the account with this address, None when there is none."""
    rows = Account.objects.filter(email=normal_address(email), is_active=True)
    return rows.values_list("public_id", flat=True).first()


def signing_in(public_id: str) -> Account | None:
    """Return the row of an account that is about to be signed in, None when nobody can be."""
    return Account.objects.filter(public_id=public_id, is_active=True).first()


def own(viewer: Viewer) -> Person | None:
    """Return the viewer's own account, None without one."""
    row = _people().filter(public_id=viewer.account_id).first()
    return None if row is None else _person(row)


def name_of(viewer: Viewer) -> str:
    """Return the name that the viewer gave, empty when there is none."""
    row = Account.objects.filter(public_id=viewer.account_id).first() if viewer.account_id else None
    return row.full_name if row else ""


def person(viewer: Viewer, public_id: str) -> Person | None:
    """Return an account for an admin, None when there is none. Raises NotPermitted for others."""
    require(viewer, ADMIN)
    row = _people().filter(public_id=public_id).first()
    return None if row is None else _person(row)


def count(viewer: Viewer, *, wanted: str = "") -> int:
    """Return how many accounts a search finds. Raises NotPermitted unless for an admin."""
    require(viewer, ADMIN)
    return _found(wanted).count()


def listing(viewer: Viewer, *, wanted: str = "", start: int = 0, stop: int = 50) -> list[Person]:
    """Return a slice of the accounts, the newest first. Raises NotPermitted unless for an admin.

    `wanted` is searched for in addresses, names and ids.
    """
    require(viewer, ADMIN)
    rows = _found(wanted).order_by("-created_at", "-pk")[start:stop]
    return [_person(row) for row in rows]


def names_of_editors(also: Iterable[str] = ()) -> dict[str, str]:
    """Return the names of those who edit incidents, and of the accounts `also`, by public id.

    A name that nobody gave is empty. For editors only: who they are is no secret among them.
    """
    edits = Q(roles__role__in=(INCIDENT_EDITOR, ADMIN), is_active=True, email__isnull=False)
    rows = Account.objects.filter(edits | Q(public_id__in=set(also))).distinct()
    return {row.public_id: row.full_name for row in rows.order_by("first_name", "last_name", "pk")}


def names_of_classifiers(namespace: str) -> dict[str, str]:
    """Return the names of those who may classify by a taxonomy, by public id.

    A name that nobody gave is empty. For editors only, as above.
    """
    edits = Q(roles__role__in=(INCIDENT_EDITOR, ADMIN)) | Q(
        roles__role=TAXONOMY_EDITOR, roles__namespace__in=("", namespace)
    )
    rows = Account.objects.filter(edits, is_active=True, email__isnull=False).distinct()
    return {row.public_id: row.full_name for row in rows.order_by("first_name", "last_name", "pk")}


def names_of(public_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of accounts by public id; who gave no name is left out."""
    rows = Account.objects.filter(public_id__in=set(public_ids))
    return {row.public_id: row.full_name for row in rows if row.full_name}


def tokens_of(viewer: Viewer) -> list[ApiToken]:
    """Return the tokens of the viewer's account, the newest first."""
    rows = ApiToken.objects.filter(account__public_id=viewer.account_id)
    return list(rows.order_by("-created_at", "-pk"))


def sessions_of(viewer: Viewer, *, current_key: str | None) -> list[SignedIn]:
    """Return where the viewer's account is signed in, the newest first."""
    account = Account.objects.filter(public_id=viewer.account_id, is_active=True).first()
    if account is None:
        return []
    rows = list(account.usersession_set.order_by("-created_at", "-pk"))
    live = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=viewer.at
        ).values_list("session_key", flat=True)
    )
    return [
        SignedIn(row.pk, row.session_key == current_key, row.user_agent, row.ip, row.created_at)
        for row in rows
        if row.session_key in live
    ]


def _people() -> QuerySet[Account]:
    return Account.objects.filter(is_active=True, email__isnull=False).prefetch_related("roles")


def _found(wanted: str) -> QuerySet[Account]:
    rows = _people()
    for word in wanted.split():
        rows = rows.filter(
            Q(email__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(public_id=word)
        )
    return rows


def _person(row: Account) -> Person:
    return Person(
        public_id=row.public_id,
        email=row.email or "",
        first_name=row.first_name,
        last_name=row.last_name,
        grants=tuple(sorted(Grant(role.role, role.namespace) for role in row.roles.all())),
        created_at=row.created_at,
        last_login=row.last_login,
    )

"""Writes to accounts, their roles, tokens and sessions."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import IntegrityError

from incidentbase.store.accounts import queries
from incidentbase.store.accounts.models import Account, AccountRole, ApiToken
from incidentbase.store.accounts.rules import (
    ADMIN,
    FULL,
    SUBSCRIBER,
    Grant,
    LastAdmin,
    Viewer,
    normal_address,
    require,
    require_role_change,
    require_self,
)
from incidentbase.store.history import actions as history

# No hash has this shape, so no password ever fits.
NO_PASSWORD = "!"  # noqa: S105 (it is none)

# How long a link lives that proves an address.
LINK_LIVES = dt.timedelta(days=1)

# Telling when a token was used is worth one write in so much time.
USE_NOTED_EVERY = dt.timedelta(minutes=5)


class AddressTaken(Exception):
    """Another account has this address."""


class UnknownAccount(Exception):
    """There is no account with this id, or nobody can sign in to it any more."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: its id, and its text, which nobody can read again."""

    public_id: str
    text: str


def ensure_named(public_ids: Iterable[str], *, actor: Viewer) -> None:
    """Make sure that an account exists for each id that an imported record names.

    Such an account has no address and nobody can sign in to it. Call inside `recording`.
    """
    wanted = set(public_ids)
    known = set(Account.objects.filter(public_id__in=wanted).values_list("public_id", flat=True))
    missing = sorted(wanted - known)
    if not missing:
        return
    with history.recording(actor, "account.import", at=actor.at) as recorder:
        Account.objects.bulk_create(
            Account(public_id=public_id, is_active=False, created_at=actor.at, password=NO_PASSWORD)
            for public_id in missing
        )
        for public_id in missing:
            recorder.created("account", public_id, {"object_id": public_id})


def register(email: str, *, actor: Viewer, grants: Iterable[Grant] = (Grant(SUBSCRIBER),)) -> str:
    """Make an account for an address and return its public id.

    Raises AddressTaken, and NotPermitted unless the actor is an admin or part of the system.
    """
    require(actor, ADMIN)
    address = normal_address(email)
    try:
        with history.recording(actor, "account.create", at=actor.at) as recorder:
            account = Account(email=address, created_at=actor.at, password=NO_PASSWORD)
            account.save()
            _give(account, grants)
            recorder.created("account", account.public_id, queries.state(account.public_id))
    except IntegrityError:
        raise AddressTaken(address) from None
    return account.public_id


def rename(public_id: str, *, first_name: str, last_name: str, actor: Viewer) -> None:
    """Set the names of an account; names are personal and leave no trace in the history.

    Raises NotPermitted for anybody but the account itself and admins.
    """
    if not (actor.is_admin and actor.may(FULL)):
        require_self(actor, public_id)
    with history.recording(actor, "account.rename", at=actor.at):
        account = _locked(public_id)
        account.first_name, account.last_name = first_name, last_name
        account.save(update_fields=["first_name", "last_name"])


def set_roles(public_id: str, grants: Iterable[Grant], *, actor: Viewer) -> None:
    """Give an account exactly these roles.

    Raises NotPermitted, OwnRolesRaised, LastAdmin or UnknownAccount.
    """
    require(actor, ADMIN)
    after = frozenset(grants)
    with history.recording(actor, "account.roles", at=actor.at) as recorder:
        admins = _locked_admins()
        account = _locked(public_id)
        before = queries.grants_of(public_id)
        require_role_change(
            actor,
            public_id,
            before=before,
            after=after,
            has_other_admins=bool(admins - {public_id}),
        )
        former = queries.state(public_id)
        account.roles.all().delete()
        _give(account, after)
        recorder.changed("account", public_id, former, queries.state(public_id))


# What goes with an account.
_BELONGINGS = (
    "roles",
    "tokens",
    "webhooks",
    "subscriptions",
    "former_subscriptions",
    "authenticator_set",
)


def erase(public_id: str, *, actor: Viewer) -> None:
    """Remove everything personal from one's own account; what it wrote stays under its id.

    Raises NotPermitted for anybody else, LastAdmin for the only admin.
    """
    require_self(actor, public_id)
    with history.recording(actor, "account.erase", at=actor.at) as recorder:
        admins = _locked_admins()
        account = _locked(public_id)
        if admins == {public_id}:
            raise LastAdmin(public_id)
        former = queries.state(public_id)
        _forget_sessions(account)
        for token in account.tokens.all():
            recorder.deleted("api_token", token.public_id, queries.token_state(token))
        for webhook in account.webhooks.select_related("account"):
            recorder.deleted("webhook", webhook.public_id, webhook.state())
        for belonging in _BELONGINGS:
            getattr(account, belonging).all().delete()
        account.email = None
        account.first_name = account.last_name = ""
        account.last_login = None
        account.is_active = False
        account.password = NO_PASSWORD
        account.save()
        recorder.changed("account", public_id, former, queries.state(public_id))


def end_session(session_id: int, *, actor: Viewer) -> bool:
    """Sign the actor's account out in one place; return whether there was such a session.

    Raises NotPermitted for who is not signed in to an account.
    """
    require_self(actor, actor.account_id)
    with history.recording(actor, "account.end_session", at=actor.at):
        kept = _locked(actor.account_id).usersession_set.filter(pk=session_id)
        keys = list(kept.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        kept.delete()
    return bool(keys)


def forget_credentials(public_id: str, *, actor: Viewer) -> None:
    """Remove passkeys, authenticator app, recovery codes and password, and end all sessions.

    For people who lost them. Raises NotPermitted unless the actor is an admin, UnknownAccount.
    """
    require(actor, ADMIN)
    with history.recording(actor, "account.forget_credentials", at=actor.at):
        account = _locked(public_id)
        account.authenticator_set.all().delete()
        account.password = NO_PASSWORD
        account.save(update_fields=["password"])
        _forget_sessions(account)


def create_token(
    name: str, scope: str, *, expires_at: dt.datetime | None = None, actor: Viewer
) -> NewToken:
    """Make a token for the actor's account. Raises NotPermitted for who is not at the site."""
    require_self(actor, actor.account_id)
    text = queries.TOKEN_PREFIX + secrets.token_urlsafe(32)
    with history.recording(actor, "token.create", at=actor.at) as recorder:
        token = ApiToken(
            account=_locked(actor.account_id),
            name=name,
            scope=scope,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            created_at=actor.at,
            expires_at=expires_at,
        )
        token.save()
        recorder.created("api_token", token.public_id, queries.token_state(token))
    return NewToken(public_id=token.public_id, text=text)


def revoke_token(token_id: str, *, actor: Viewer) -> bool:
    """Remove a token of the actor's account; return whether there was one.

    Raises NotPermitted for who is not at the site.
    """
    require_self(actor, actor.account_id)
    with history.recording(actor, "token.revoke", at=actor.at) as recorder:
        tokens = _locked(actor.account_id).tokens
        token = tokens.select_related("account").filter(public_id=token_id).first()
        if token is None:
            return False
        recorder.deleted("api_token", token.public_id, queries.token_state(token))
        token.delete()
    return True


def note_token_use(token_id: str, *, at: dt.datetime) -> None:
    """Remember when a token was last used; that changes no record, so no history tells of it."""
    ApiToken.objects.filter(public_id=token_id).update(last_used_at=at)


def keep_link(email: str, *, at: dt.datetime) -> str:
    """Return the secret of a new link that proves an address, once and within a day.

    Its digest is kept among the sessions, where what is too old is cleared away. No record
    changes, so no history tells of it.
    """
    secret = secrets.token_hex(32)
    Session.objects.create(
        session_key=_link_key(secret, email),
        session_data=Session.objects.encode({}),
        expire_date=at + LINK_LIVES,
    )
    return secret


def use_link(secret: str, email: str, *, at: dt.datetime) -> bool:
    """Use a link up and return whether it was one for this address; of two at once, one is."""
    kept = Session.objects.filter(session_key=_link_key(secret, email), expire_date__gt=at)
    return bool(kept.delete()[0])


def _link_key(secret: str, email: str) -> str:
    digest = hashlib.sha256(f"{secret}|{email}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"link.{digest[:35]}"


def _locked(public_id: str) -> Account:
    try:
        return Account.objects.select_for_update().get(public_id=public_id, is_active=True)
    except Account.DoesNotExist:
        raise UnknownAccount(public_id) from None


def _locked_admins() -> set[str]:
    """Return the ids of all admins, who stay what they are until the transaction ends."""
    rows = AccountRole.objects.select_for_update().filter(role=ADMIN)
    return {row.account.public_id for row in rows.select_related("account")}


def _give(account: Account, grants: Iterable[Grant]) -> None:
    AccountRole.objects.bulk_create(
        AccountRole(account=account, role=grant.role, namespace=grant.namespace)
        for grant in sorted(set(grants))
    )


def _forget_sessions(account: Account) -> None:
    keys = account.usersession_set.values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    account.usersession_set.all().delete()

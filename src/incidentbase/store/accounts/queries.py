"""Reads of accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from incidentbase.store.accounts.models import Account, AccountRole
from incidentbase.store.accounts.rules import Viewer


def states(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what the history seals of an account: its public id alone, no personal data."""
    found = Account.objects.filter(public_id__in=set(keys)).values_list("public_id", flat=True)
    return {public_id: {"object_id": public_id} for public_id in found}


def viewer_for(public_id: str, *, at: dt.datetime) -> Viewer:
    """Return the viewer of an account, with the roles that are not bound to one taxonomy."""
    roles = AccountRole.objects.filter(
        account__public_id=public_id, account__is_active=True, namespace=""
    )
    return Viewer(
        label=f"account:{public_id}",
        at=at,
        roles=frozenset(roles.values_list("role", flat=True)),
    )

"""Writes to accounts."""

from __future__ import annotations

from collections.abc import Iterable

from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.history import actions as history

# No hash has this shape, so no password ever fits.
NO_PASSWORD = "!"  # noqa: S105 (it is none)


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

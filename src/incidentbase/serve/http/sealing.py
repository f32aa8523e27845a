"""Codes and secrets that follow from the instance's secret key, so that none is stored.

Codes in addresses: whoever has one was given it, for ids and a seal of the secret key fit.
"""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

from incidentbase.kit import ids
from incidentbase.store.webhooks import rules as webhook_rules

_ID_LENGTH = 24
_SEAL_LENGTH = 32

# What a code is for; a code for one purpose is none for another.
SHARED = "shared checklist"
UNFOLLOW = "unfollow"


def code_for(purpose: str, object_id: str) -> str:
    """Return the code of an id for a purpose."""
    return object_id + _seal(purpose, object_id)


def id_of(purpose: str, code: str) -> str | None:
    """Return the id that a code is for, None if it is no code for this purpose."""
    object_id, seal = code[:_ID_LENGTH], code[_ID_LENGTH:]
    expected = _seal(purpose, object_id)
    if not ids.is_object_id(object_id) or not constant_time_compare(seal, expected):
        return None
    return object_id


def _seal(purpose: str, object_id: str) -> str:
    sealed = salted_hmac(f"incidentbase.{purpose}", object_id, algorithm="sha256")
    return sealed.hexdigest()[:_SEAL_LENGTH]


def webhook_secret(webhook_id: str, number: int) -> str:
    """Return a webhook's secret, which is stored nowhere; the first has the number 1."""
    text = f"{webhook_id}:{number}"
    key = salted_hmac("incidentbase.webhook", text, algorithm="sha256").digest()
    return webhook_rules.secret_of(key)

"""Tracking codes: whoever has the code of a submission sent it in, with or without an account.

A code is the submission's id with a seal made of the instance's secret key, so none is stored.
"""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

from incidentbase.kit import ids

_ID_LENGTH = 24
_SEAL_LENGTH = 20


def code_for(object_id: str) -> str:
    """Return the tracking code of a submission."""
    return object_id + _seal(object_id)


def submission_of(code: str) -> str | None:
    """Return the id of the submission that a code is for, None if it is nobody's code."""
    object_id, seal = code[:_ID_LENGTH], code[_ID_LENGTH:]
    if not ids.is_object_id(object_id) or not constant_time_compare(seal, _seal(object_id)):
        return None
    return object_id


def _seal(object_id: str) -> str:
    sealed = salted_hmac("incidentbase.tracking", object_id, algorithm="sha256")
    return sealed.hexdigest()[:_SEAL_LENGTH]

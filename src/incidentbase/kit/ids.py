"""Public identifiers: 24 hexadecimal digits, the shape clients of the reference API know."""

from __future__ import annotations

import re
import secrets

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


def new_object_id() -> str:
    """Return a fresh random identifier of 24 lower-case hexadecimal digits."""
    return secrets.token_hex(12)


def is_object_id(text: str) -> bool:
    """Return whether the text is an identifier as `new_object_id` makes them."""
    return _OBJECT_ID.fullmatch(text) is not None

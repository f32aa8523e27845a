"""Reading what was typed into fields that hold several entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from incidentbase.serve.web import languages
from incidentbase.store.submissions.rules import ENTITY_FIELDS

LONGEST_DIGITS = 9
MOST_ENTRIES = 200


def names(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the names without needless spaces, each once."""
    cleaned = (" ".join(part.replace("\0", "").split()) for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part))[:MOST_ENTRIES]


def numbers(values: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers in texts like `12, #13`; what is none is left out."""
    parts = ",".join(values).replace("#", "").replace(" ", ",").replace("\n", ",").split(",")
    digits = (part.strip() for part in parts)
    kept = (part for part in digits if part.isascii() and part.isdigit())
    found = (int(part) for part in kept if len(part) <= LONGEST_DIGITS and int(part))
    return tuple(dict.fromkeys(found))[:MOST_ENTRIES]


def language_options(chosen: str) -> list[dict[str, Any]]:
    """Return all languages by their names as `parts/field.html` wants options."""
    codes = dict.fromkeys([*languages.NAMES, *([chosen] if chosen else [])])
    named = sorted((languages.name_of(code), code) for code in codes)
    return [{"value": code, "label": name, "selected": code == chosen} for name, code in named]


def suggestions_for(field: str) -> str:
    """Return the address that knows names for a field, empty when there is none."""
    return reverse("entity-suggest") if field in ENTITY_FIELDS else ""

"""Cursors: where the next page begins, sealed, and good for the question that they came from."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpRequest

from incidentbase.kit import hashing
from incidentbase.serve.rest.problems import Refused

# What may differ from page to page of one list.
FREE = frozenset({"cursor", "limit", "fields", "facets", "facet_size"})

_SIGNER = signing.Signer(salt="incidentbase.cursor", sep=".")


def seal(request: HttpRequest, *place: Any) -> str:
    """Return the cursor of a place in the list that the request asks for."""
    return _SIGNER.sign_object([_question(request), *place])


def open_in(request: HttpRequest, kinds: tuple[type, ...]) -> tuple[Any, ...] | None:
    """Return the place that the request's cursor names, None without one.

    `kinds` are the types of its parts. Raises Refused for a cursor that was not made here, or for
    another question.
    """
    given = request.GET.get("cursor", "")
    if not given:
        return None
    try:
        question, *place = _SIGNER.unsign_object(given)
    except (signing.BadSignature, ValueError, TypeError):
        raise Refused(
            400, "Unknown cursor", "Take cursors from `next_cursor` as they are."
        ) from None
    fits = len(place) == len(kinds) and all(map(isinstance, place, kinds))
    if question != _question(request) or not fits:
        raise Refused(400, "Cursor of another list", "A cursor goes with the filters it came with.")
    return tuple(place)


def _question(request: HttpRequest) -> str:
    asked = [[name, *values] for name, values in sorted(request.GET.lists()) if name not in FREE]
    return hashing.digest([request.path, asked])[:16]

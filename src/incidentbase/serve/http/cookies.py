"""Sessions under the names that scripts of the reference database send (spec §7.1, trap T10).

There is one kind of session; under `/api/` its key may come in either cookie of the reference.
A request that changes something counts as the session's only if it is JSON: no other site can
make a browser send that without asking first, and such questions are answered with no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

SESSION = "next-auth.session-token"
SECURE_SESSION = f"__Secure-{SESSION}"
CSRF = "next-auth.csrf-token"
HOST_CSRF = f"__Host-{CSRF}"

PREFIX = "/api/"
# These carry a token against forgery of their own.
OWN_TOKEN = "/api/auth/"  # noqa: S105 (the part of the site, not a token)
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class NamesOfTheReference:
    """Takes a session under `/api/` by any of its names, and gives it back under the other too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on with the session's own cookie, or with none if it may be forged."""
        if not request.path.startswith(PREFIX):
            return self._get_response(request)
        own = settings.SESSION_COOKIE_NAME
        names = (own, SECURE_SESSION, SESSION)
        given = [request.COOKIES.pop(name) for name in names if name in request.COOKIES]
        if given and _may_count(request):
            request.COOKIES[own] = _living(list(dict.fromkeys(given)))
        response = self._get_response(request)
        _repeat(response)
        return response


def session_name() -> str:
    """Return the name of the reference for the session's cookie, by whether the site is https."""
    return SECURE_SESSION if settings.SESSION_COOKIE_SECURE else SESSION


def csrf_name() -> str:
    """Return the name of the reference for the cookie against forgery."""
    return HOST_CSRF if settings.CSRF_COOKIE_SECURE else CSRF


def _may_count(request: HttpRequest) -> bool:
    return (
        request.method in _SAFE
        or request.path.startswith(OWN_TOKEN)
        or request.content_type == "application/json"
    )


def _living(keys: list[str]) -> str:
    """Return the first key of a session that lives; clients keep old cookies beside new ones."""
    if len(keys) == 1:
        return keys[0]
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    return next((key for key in keys if cast("SessionBase", store(key)).load()), keys[0])


def _repeat(response: HttpResponseBase) -> None:
    """Set or delete the cookie of the reference as the session's own is set or deleted."""
    own = response.cookies.get(settings.SESSION_COOKIE_NAME)
    if own is None:
        return
    name = session_name()
    response.cookies[name] = own.value
    for attribute, value in own.items():
        response.cookies[name][attribute] = value
    # Browsers refuse a name like this without it, also for deleting.
    response.cookies[name]["secure"] = settings.SESSION_COOKIE_SECURE or ""

"""Who asks: turns a request into the viewer that every query wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from incidentbase.kit import clock
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts import rules


class AttachViewer:
    """Sets `request.viewer`; anonymous unless a session says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach the viewer and pass the request on."""
        request.viewer = _viewer_of(request)  # type: ignore[attr-defined]
        return self._get_response(request)


def viewer_of(request: HttpRequest) -> rules.Viewer:
    """Return the viewer of a request that went through `AttachViewer`."""
    return cast("rules.Viewer", request.viewer)  # type: ignore[attr-defined]


def _viewer_of(request: HttpRequest) -> rules.Viewer:
    at = clock.now()
    # Only a session cookie makes it worth asking the database who this is.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return rules.anonymous(at)
    return accounts.viewer_for(request.user.public_id, at=at)

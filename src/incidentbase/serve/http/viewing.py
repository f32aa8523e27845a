"""Who asks: turns a request into the viewer that every query wants.

A person comes with a session, a program with a token (`Authorization: Bearer ib_…`). A request
with a token has no session: what it may do follows from the token alone, and no other site can
make a browser send one, so it needs no protection against forgery.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

from incidentbase.kit import clock
from incidentbase.serve.http.errors import problem
from incidentbase.store.accounts import actions, queries, rules

SESSION_RENEWED_EVERY = dt.timedelta(days=1)
RENEWED_AT = "renewed_at"
_PRIVATE = "private, no-cache"


class AttachViewer:
    """Sets `request.viewer`; anonymous unless a session or a token says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach the viewer and pass the request on; a token that is none is answered with 401."""
        at = clock.now()
        token = _bearer_token(request)
        if token is not None:
            return self._by_token(request, token, at)
        viewer = _viewer_of(request, at)
        request.viewer = viewer  # type: ignore[attr-defined]
        response = self._get_response(request)
        if viewer.account_id:
            response.headers.setdefault("Cache-Control", _PRIVATE)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Answer with 403 what an action did not permit and no page expected to be refused."""
        if isinstance(exception, rules.NotPermitted):
            raise PermissionDenied from exception

    def _by_token(self, request: HttpRequest, token: str, at: dt.datetime) -> HttpResponseBase:
        use = queries.viewer_by_token(token, at=at)
        if use is None:
            response: HttpResponseBase = problem(
                401, "Unauthorized", "This token is not known, was revoked, or has expired."
            )
            response["WWW-Authenticate"] = "Bearer"
        else:
            if use.last_used_at is None or at - use.last_used_at >= actions.USE_NOTED_EVERY:
                actions.note_token_use(use.token_id, at=at)
            request.viewer = use.viewer  # type: ignore[attr-defined]
            request.user = AnonymousUser()
            request.session = _empty_session()
            request.csrf_processing_done = True  # type: ignore[attr-defined]
            response = self._get_response(request)
        response.headers.setdefault("Cache-Control", _PRIVATE)
        patch_vary_headers(response, ["Authorization"])
        return response


def viewer_of(request: HttpRequest) -> rules.Viewer:
    """Return the viewer of a request that went through `AttachViewer`."""
    return cast("rules.Viewer", request.viewer)  # type: ignore[attr-defined]


def _bearer_token(request: HttpRequest) -> str | None:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else None


def _viewer_of(request: HttpRequest, at: dt.datetime) -> rules.Viewer:
    # Only a session cookie makes it worth asking the database who this is.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return rules.anonymous(at)
    _renew(request.session, at)
    return queries.viewer_for(request.user.public_id, at=at)


def _renew(session: SessionBase, at: dt.datetime) -> None:
    """Let a session that is used live on, with at most one write a day."""
    renewed_at = session.get(RENEWED_AT, 0)
    if at.timestamp() - renewed_at >= SESSION_RENEWED_EVERY.total_seconds():
        session[RENEWED_AT] = at.timestamp()


def _empty_session() -> SessionBase:
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    return cast("SessionBase", store())

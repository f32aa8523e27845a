"""What stands around every answer of the API: limits, CORS, methods, validators for caches."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from incidentbase.kit import hashing
from incidentbase.serve.http import limits
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.errors import problem
from incidentbase.serve.http.viewing import viewer_of

READS = ("GET",)
WRITES = ("GET", "POST")
JSON = "application/json; charset=utf-8"
_EXPOSED = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match",
    "Access-Control-Max-Age": "86400",
}

View = Callable[..., HttpResponseBase]


def guarded(
    view: View, *, parameters: frozenset[str] | None = None, methods: Sequence[str] = READS
) -> View:
    """Return a view of the API with all that its answers have in common.

    Any site may read what everybody may; nothing is ever answered across sites with cookies.
    Other parameters than those named are refused: a slip in a filter must not give everything.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        use = limits.use("api", request, at=viewer_of(request).at, who=_who(request))
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204, headers=_PREFLIGHT)
        elif use.is_spent:
            response = problem(429, "Too many requests", "Please ask less often; see Retry-After.")
            response["Retry-After"] = str(use.resets_in)
        elif parameters is not None and (unknown := sorted(set(request.GET) - parameters)):
            known = ", ".join(sorted(parameters)) or "none"
            said = f"Not known: {', '.join(unknown)}. Known: {known}."
            response = problem(400, "Unknown parameters", said)
        else:
            response = _answered(view, request, args, kwargs, methods=methods)
        response["RateLimit-Policy"] = f'"api";q={use.limit};w={use.seconds}'
        response["RateLimit"] = f'"api";r={use.left};t={use.resets_in}'
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = _EXPOSED
        return response

    return answer


def _answered(
    view: View,
    request: HttpRequest,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    methods: Sequence[str],
) -> HttpResponseBase:
    asked = request.method
    if asked == "HEAD":
        # The server leaves the body out of what is otherwise the same answer.
        request.method = "GET"
    response = view(request, *args, **kwargs)
    request.method = asked
    if response.status_code == 405:
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
        response = problem(405, "Method not allowed", f"This address takes {allowed}.")
        response["Allow"] = allowed
    return response


def _who(request: HttpRequest) -> str:
    """Return whom a use counts for: the account behind a token, else the address."""
    return viewer_of(request).account_id or limits.address_of(request)


def json_answer(
    request: HttpRequest, data: Any, *, next_cursor: str | None = None
) -> HttpResponseBase:
    """Return data with a validator, or 304 if the client has it; a list with links to its pages."""
    body = json.dumps(data, ensure_ascii=False)
    etag = f'"{hashing.digest(body)[:32]}"'
    # What no encoding can hold came in broken; one sign less is better than no answer.
    response = HttpResponse(body.encode(errors="replace"), content_type=JSON)
    response["ETag"] = etag
    if links := _links(request, next_cursor):
        response["Link"] = links
    return get_conditional_response(request, etag=etag, response=response) or response


def _links(request: HttpRequest, next_cursor: str | None) -> str:
    pages = {"next": next_cursor, "first": "" if "cursor" in request.GET else None}
    links = []
    for relation, cursor in pages.items():
        if cursor is None:
            continue
        query = request.GET.copy()
        query.pop("cursor", None)
        address = site_url(request) + request.path
        pairs = [(name, value) for name, values in query.lists() for value in values]
        pairs += [("cursor", cursor)] if cursor else []
        links.append(f'<{address}{"?" if pairs else ""}{urlencode(pairs)}>; rel="{relation}"')
    links.append(f'<{site_url(request)}/api/v1/openapi.json>; rel="service-desc"')
    return ", ".join(links)

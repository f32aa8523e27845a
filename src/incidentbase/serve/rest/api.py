"""The API put together: its parts, its addresses, and the document that describes it."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from ninja import NinjaAPI

from incidentbase.serve.rest import (
    document,
    following,
    looking_up,
    problems,
    reading,
    searching,
    sending,
)
from incidentbase.serve.rest.around import READS, WRITES, guarded, json_answer

PREFIX = "api/v1"
_WRITABLE = frozenset({f"{PREFIX}/submissions"})

api = NinjaAPI(
    title="IncidentBase API",
    version="1",
    description=document.ABOUT,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)
problems.answer_with_problems(api)
for part in (reading, searching, following, looking_up, sending):
    api.add_router("", part.router)


def described() -> dict[str, Any]:
    """Return the OpenAPI document, without the address of this site."""
    return document.finished(api.get_openapi_schema(path_prefix=f"{PREFIX}/"))


def openapi(request: HttpRequest) -> HttpResponseBase:
    """Return the OpenAPI document, for programs."""
    return json_answer(request, described())


def patterns() -> list[URLPattern]:
    """Return the addresses of the API; each is named by its operation."""
    found, _app, _namespace = api.urls
    known = _known_parameters()
    document_view = guarded(openapi, parameters=frozenset())
    own: list[URLPattern] = []
    for pattern in found:
        route = f"{PREFIX}/{pattern.pattern}"
        # An address that both reads and writes comes twice, once for each operation.
        is_new = all(str(one.pattern) != route for one in own)
        if isinstance(pattern, URLPattern) and pattern.name != "api-root" and is_new:
            takes = known[_as_documented(route)]
            methods = WRITES if route in _WRITABLE else READS
            view = guarded(pattern.callback, parameters=takes, methods=methods)
            own.append(path(route, view, name=f"api-{pattern.name}"))
    # Some clients end every address with a slash, and a redirect would lose a post.
    slashed = [path(f"{one.pattern}/", one.callback, name=one.name) for one in own]
    return [path(f"{PREFIX}/openapi.json", document_view, name="api-openapi"), *own, *slashed]


def _known_parameters() -> dict[str, frozenset[str]]:
    """Return the names of the query parameters that each address takes."""
    return {
        address: frozenset(
            one["name"]
            for one in operations.get("get", {}).get("parameters", ())
            if one["in"] == "query"
        )
        for address, operations in described()["paths"].items()
    }


def _as_documented(route: str) -> str:
    return "/" + re.sub(r"<[^:>]+:([^>]+)>", r"{\1}", route)

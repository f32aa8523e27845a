"""The address for agents: each request is one message, answered at once, by nobody's cookie.

The library speaks ASGI; what it answers is asked for within the request and the thread of this
view, so that one process serves pages and agents, and tools read in its database connection.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from incidentbase.serve.http import limits
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.errors import problem
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.accounts.rules import FULL, Viewer, anonymous

PATH = "/mcp"
MOST_BYTES = 500_000


@csrf_exempt
def answer(request: HttpRequest) -> HttpResponseBase:
    """Return the answer to one message of an agent.

    A token says who asks; without one the agent is anonymous, whatever cookies it sends. Pages of
    other sites are refused, so that no name that leads here makes a browser ask for them.
    """
    if request.method != "POST":
        response = HttpResponse("Agents send messages by POST.", status=405)
        response["Allow"] = "POST"
        return response
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.get_host():
        return problem(403, "Forbidden", "Pages of other sites cannot ask here.")
    actor = _actor(request)
    use = limits.use("api", request, at=actor.at, who=actor.account_id)
    if use.is_spent:
        refusal = problem(429, "Too many requests", "Please ask less often.")
        refusal["Retry-After"] = str(use.resets_in)
        return refusal
    if len(request.body) > MOST_BYTES:
        return problem(413, "Too large", f"A message has at most {MOST_BYTES} bytes.")
    if find_spec("mcp") is None:
        return problem(501, "Not installed", "This site was installed without the extra `mcp`.")
    return async_to_sync(_answered)(request, actor)


def _actor(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    return viewer if viewer.scope != FULL else anonymous(viewer.at)


async def _answered(request: HttpRequest, actor: Viewer) -> HttpResponse:
    # Late: nobody who serves no agents needs the library.
    serving = import_module("incidentbase.serve.mcp.server")
    caller = serving.Caller(actor, site_url(request), partial(limits.take, "submit", request))
    async with serving.running(lambda: caller, path=PATH) as app:
        return await _asked(app, request)


async def _asked(app: Any, request: HttpRequest) -> HttpResponse:
    """Return what an ASGI application answers to a request."""
    body = request.body
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(_scope(request), receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    response = HttpResponse(
        b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body"),
        status=start["status"],
    )
    for name, value in start["headers"]:
        response[name.decode("latin-1")] = value.decode("latin-1")
    return response


def _scope(request: HttpRequest) -> dict[str, Any]:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": request.scheme,
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
        "server": None,
    }

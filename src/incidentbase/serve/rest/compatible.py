"""Addresses that programs of the reference database use, with its shapes (spec §3).

They answer with and without a slash at the end: a redirect would turn a post into a read.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from text_unidecode import unidecode

from incidentbase.index import similar
from incidentbase.ingest import capture
from incidentbase.kit import urls
from incidentbase.serve.http import limits
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import looking_up
from incidentbase.serve.rest.around import guarded, json_answer
from incidentbase.store.accounts.rules import anonymous
from incidentbase.store.history import queries as history
from incidentbase.store.incidents import lookups
from incidentbase.store.incidents import queries as incidents

MOST_ADDRESSES = 500
MOST_RELATED = 1_000
LONGEST_TEXT = 200_000
KEPT_SECONDS = 300

_WIDGET = Path(__file__).with_name("embed.js")
_LETTER = r"[a-z0-9\u00a1-\uffff]"
_NAME = re.compile(rf"(?:{_LETTER}[{_LETTER[1:-1]}_-]*\.)+[a-z\u00a1-\uffff]{{2,}}\.?", re.I)


def lookup_by_url(request: HttpRequest) -> HttpResponseBase:
    """Return the reports and incidents of addresses; refuse those that are none by place."""
    given = request.GET.getlist("urls") + request.GET.getlist("urls[]")
    wrong = [place for place, url in enumerate(given) if not _is_public_address(url)]
    if wrong or len(given) > MOST_ADDRESSES:
        errors = [
            _error(f"urls.{place}", "format", 'must match format "url"') for place in wrong
        ] or [_error("urls", "maxItems", f"must NOT have more than {MOST_ADDRESSES} items")]
        return JsonResponse({"status": 400, "errors": errors}, status=400)
    viewer, base = viewer_of(request), site_url(request)
    results = looking_up.known_of(given, viewer=viewer, base=base, repeated=True)
    return json_answer(request, {"results": results})


def _error(where: str, code: str, message: str) -> dict[str, str]:
    return {
        "path": where,
        "errorCode": f"{code}.openapi.requestValidation",
        "message": message,
        "location": "query",
    }


def _is_public_address(url: str) -> bool:
    """Return whether this looks like an address that others can reach."""
    if re.search(r"\s", url) or "\0" in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:
        return False
    if parts.scheme.lower() not in urls.DEFAULT_PORTS or not host:
        return False
    try:
        return ipaddress.IPv4Address(host).is_global
    except ValueError:
        return _NAME.fullmatch(host) is not None


def parse_news(request: HttpRequest) -> HttpResponseBase:
    """Fetch an article and return what it says; whatever goes wrong is said in `message`."""
    url = request.GET.get("url", "").strip()
    at = viewer_of(request).at
    if not url:
        return _message(400, "Name an address by `url`.")
    if not limits.take("capture", request):
        return _message(429, "That was often. Please wait a while.")
    try:
        article = capture.read_address(
            url,
            at=at,
            allow=settings.FETCH_ALLOW,
            obey_robots=settings.FETCH_ROBOTS,
            keeper=cache,
        )
    except capture.CaptureFailed as failure:
        return _message(500, str(failure))
    said = {
        "title": article.title or None,
        "authors": ", ".join(article.authors) or None,
        "date_published": article.published.isoformat() if article.published else None,
        "date_downloaded": at.date().isoformat(),
        "image_url": article.image_url or None,
        "text": article.text.strip(),
    }
    nullable = ("authors", "date_published")
    return JsonResponse(
        {name: value for name, value in said.items() if value is not None or name in nullable}
    )


def _message(status: int, message: str) -> HttpResponse:
    return JsonResponse({"message": message}, status=status)


@csrf_exempt
def semantically_related(request: HttpRequest) -> HttpResponseBase:
    """Return the incidents whose words are most like a text, best first; it changes nothing.

    There is no vector yet, so it is empty; similarities are 0 to 1 and good for their order only.
    """
    if request.method != "POST":
        return HttpResponse(status=405)
    asked = _asked(request)
    if asked is None:
        return JsonResponse({"error": "Send JSON with a `text`, and perhaps `num`."}, status=400)
    if not limits.take("known", request):
        return JsonResponse({"error": "That was often. Please wait a while."}, status=429)
    words, number, wants_incidents = asked
    digest = hashlib.sha1(unidecode(words).encode(), usedforsecurity=False).hexdigest()
    answer: dict[str, Any] = {"embedding": {"vector": [], "from_text_hash": digest}}
    if wants_incidents:
        answer["incidents"] = _related(request, words, number)
    return JsonResponse(answer)


def _related(request: HttpRequest, words: str, number: int) -> list[dict[str, Any]]:
    viewer = viewer_of(request)
    found = similar.scored(words, limit=number, viewer=viewer) if number and words.strip() else []
    shown = incidents.listed(viewer).filter(incident_id__in=[one for one, _score in found])
    known = set(shown.values_list("incident_id", flat=True))
    return [
        {"incident_id": one, "similarity": round(score / (1 + score), 6)}
        for one, score in found
        if one in known
    ]


def _asked(request: HttpRequest) -> tuple[str, int, bool] | None:
    """Return text, number and whether incidents are wanted, None for what makes no sense."""
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    words, number = given.get("text"), given.get("num", 3)
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if not isinstance(words, str) or not is_number or len(words) > LONGEST_TEXT:
        return None
    words = words.encode(errors="replace").decode()
    most = MOST_RELATED if number < 0 else min(number, MOST_RELATED)
    return words, most, given.get("includeSimilar", True) is not False


def lookup_index(request: HttpRequest) -> HttpResponseBase:
    """Return the numbers of incidents by the hash of an address, for the widget.

    It is as everybody may see it, whoever asks, so that it can be kept for all until a change.
    """
    key = f"lookup-index:{history.head_seq()}"
    index = cache.get(key)
    if index is None:
        known = lookups.numbers_by_address(anonymous(viewer_of(request).at))
        index = {}
        for name, numbers in known.items():
            # Two addresses may have one hash.
            own = index.setdefault(urls.lookup_key(name), [])
            own += [number for number in numbers if number not in own]
        cache.set(key, index, timeout=KEPT_SECONDS)
    return json_answer(request, index)


def widget(_request: HttpRequest) -> HttpResponse:
    """Return the script that shows links to incidents on other sites."""
    return HttpResponse(_WIDGET.read_bytes(), content_type="text/javascript; charset=utf-8")


def specification(request: HttpRequest) -> HttpResponseBase:
    """Return the OpenAPI document of the lookup by addresses."""
    return json_answer(request, {**_SPECIFICATION, "servers": [{"url": site_url(request)}]})


def patterns() -> list[URLPattern]:
    """Return the addresses."""
    return [
        re_path("^api/lookupbyurl/?$", guarded(lookup_by_url), name="api-lookupbyurl"),
        re_path("^api/parseNews/?$", guarded(parse_news), name="api-parse-news"),
        re_path(
            "^api/semanticallyRelated/?$",
            guarded(semantically_related, methods=("POST",)),
            name="api-related",
        ),
        path("lookupIndex.json", guarded(lookup_index), name="lookup-index"),
        path("embed.js", guarded(widget), name="embed"),
        path("spec.json", guarded(specification), name="lookup-spec"),
    ]


def _array(*names: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "object", "required": list(names), "properties": properties},
    }


_STRING = {"type": "string"}
_ADDRESS = {"type": "string", "format": "url"}
_INTEGER = {"type": "integer"}
_RESULTS = _array(
    "url",
    "reports",
    "incidents",
    url=_STRING,
    reports=_array(
        "report_number", "title", "url", report_number=_INTEGER, title=_STRING, url=_STRING
    ),
    incidents=_array(
        "incident_id", "title", "url", incident_id=_INTEGER, title=_STRING, url=_STRING
    ),
)
_ERRORS = _array(
    "path",
    "errorCode",
    "message",
    "location",
    **dict.fromkeys(("path", "errorCode", "message", "location"), _STRING),
)


def _parameter(name: str) -> dict[str, Any]:
    return {
        "in": "query",
        "name": name,
        "description": "Addresses of reports; repeat it for several.",
        "schema": {"type": "array", "items": _ADDRESS, "maxItems": MOST_ADDRESSES},
    }


def _answer(about: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"description": about, "content": {"application/json": {"schema": schema}}}


_SPECIFICATION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Lookup by address", "version": "1.0.0"},
    "paths": {
        "/api/lookupbyurl": {
            "get": {
                "operationId": "lookupByUrl",
                "summary": "Reports and incidents of addresses",
                "parameters": [_parameter("urls"), _parameter("urls[]")],
                "responses": {
                    "200": _answer("What is known of each.", results=_RESULTS),
                    "400": _answer("Some are no addresses.", status=_INTEGER, errors=_ERRORS),
                },
            }
        }
    },
}

"""oEmbed: what other sites show in place of a link to an incident or a report (oembed.com)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.html import format_html
from django.utils.text import Truncator

from incidentbase.serve.feeds.writing import conditional, writable
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.errors import problem
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.accounts.rules import Viewer, anonymous
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports

WIDTH = 600
NARROWEST, WIDEST = 200, 1_200
EXCERPT = 300
KEPT_SECONDS = 3_600

_PAGE = re.compile(r"/(?:[a-z]{2}(?:-[a-z]{2})?/)?(cite|reports)/([1-9][0-9]{0,8})/?")


def answer(request: HttpRequest) -> HttpResponseBase:
    """Return what to show for the page named by `url`, as JSON or XML."""
    form = request.GET.get("format", "json")
    if form not in ("json", "xml"):
        return problem(501, "Not implemented", "format is json or xml.")
    width = request.GET.get("maxwidth", str(WIDTH))
    if not (width.isascii() and width.isdigit() and len(width) < 6):
        return problem(400, "Unacceptable value", "maxwidth is a number of pixels.")
    # Whoever embeds it shows it to everybody, so it is what everybody may see.
    viewer = anonymous(viewer_of(request).at)
    shown = _shown(request.GET.get("url", ""), viewer, site_url(request))
    if shown is None:
        return problem(404, "Not found", "Name the page of an incident or a report by `url`.")
    title, text, url = shown
    shape = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{site_url(request)}/",
        "cache_age": KEPT_SECONDS,
        "html": format_html(
            '<blockquote cite="{}"><p><a href="{}">{}</a></p><p>{}</p><p>{}</p></blockquote>',
            url,
            url,
            title,
            text,
            settings.SITE_NAME,
        ),
        "width": min(max(int(width), NARROWEST), WIDEST),
        "height": None,
    }
    if form == "xml":
        return conditional(request, _as_xml(shape), "text/xml; charset=utf-8")
    response = JsonResponse(shape)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _shown(url: str, viewer: Viewer, base: str) -> tuple[str, str, str] | None:
    """Return title, text and address of the page, None when there is none to be seen."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = _PAGE.fullmatch(parts.path)
    if found is None or parts.netloc != urlsplit(base).netloc:
        return None
    number = int(found[2])
    if found[1] == "cite":
        incident = incidents.get(number, viewer=viewer)
        if incident is None:
            return None
        title = f"Incident {number}: {incident.title}"
        return title, Truncator(incident.description).chars(EXCERPT), f"{base}/cite/{number}/"
    report = reports.get(number, viewer=viewer)
    if report is None:
        return None
    limit = min(EXCERPT, report.snippet_max_characters)
    text = Truncator(report.plain_text).chars(limit)
    return report.title, text, f"{base}/reports/{number}/"


def _as_xml(shape: dict[str, Any]) -> str:
    members = "".join(
        f"<{name}>{escape(writable(str(value)))}</{name}>"
        for name, value in shape.items()
        if value is not None
    )
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?><oembed>{members}</oembed>'

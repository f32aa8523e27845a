"""Sitemaps for search engines, and robots.txt that names them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors
from incidentbase.serve.web.pages.documents import ADDRESSES
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies

# The limit that the reference keeps (spec §5.6); search engines take 50,000.
ADDRESSES_PER_FILE = 45_000

FIXED = (
    "/",
    "/apps/discover/",
    "/summaries/incidents/",
    "/summaries/spatial/",
    "/entities/",
    "/taxonomies/",
)
XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def index(request: HttpRequest) -> HttpResponse:
    """Return the list of sitemap files."""
    total = len(_paths(viewer_of(request))) * len(settings.LANGUAGES)
    files = max(1, -(-total // ADDRESSES_PER_FILE))
    base = chrome.site_url(request)
    entries = "".join(
        f"<sitemap><loc>{base}/sitemap-{number}.xml</loc></sitemap>" for number in range(files)
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="{NAMESPACE}">{entries}'
    return HttpResponse(f"{body}</sitemapindex>", content_type=XML)


def part(request: HttpRequest, number: int) -> HttpResponse | StreamingHttpResponse:
    """Return one sitemap file: every page in every language."""
    paths = _paths(viewer_of(request))
    start = number * ADDRESSES_PER_FILE
    if start >= max(1, len(paths) * len(settings.LANGUAGES)):
        return errors.not_found(request)
    return StreamingHttpResponse(_lines(chrome.site_url(request), paths, start), content_type=XML)


def _lines(base: str, paths: list[str], start: int) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{NAMESPACE}">'
    languages = [code for code, _name in settings.LANGUAGES]
    for place in range(start, min(start + ADDRESSES_PER_FILE, len(paths) * len(languages))):
        path = paths[place // len(languages)]
        code = languages[place % len(languages)]
        prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
        address = escape(base + prefix + path)
        yield (
            f"<url><loc>{address}</loc><changefreq>daily</changefreq><priority>0.7</priority></url>"
        )
    yield "</urlset>"


def _paths(viewer: Viewer) -> list[str]:
    numbers = incidents.listed(viewer).order_by("incident_id")
    report_numbers = reports.complete(viewer).order_by("report_number")
    names = (
        incidents.entity_links_listed(viewer)
        .order_by("entity__entity_id")
        .values_list("entity__entity_id", flat=True)
        .distinct()
    )
    return [
        *FIXED,
        *(f"/{address}/" for address in ADDRESSES),
        *(f"/taxonomies/{row.namespace.lower()}/" for row in taxonomies.all_taxonomies(viewer)),
        *(f"/cite/{number}/" for number in numbers.values_list("incident_id", flat=True)),
        *(
            f"/reports/{number}/"
            for number in report_numbers.values_list("report_number", flat=True)
        ),
        *(f"/entities/{quote(name)}/" for name in names),
    ]


def robots(request: HttpRequest) -> HttpResponse:
    """Return the rules for crawlers: all is open, but for signing in and filtered lists."""
    lines = (
        "User-agent: *",
        "Disallow: /login/",
        "Disallow: /*/login/",
        "Disallow: /*?*year=",
        "Disallow: /*?*source_domain=",
        f"Sitemap: {chrome.site_url(request)}/sitemap-index.xml",
        "",
    )
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")

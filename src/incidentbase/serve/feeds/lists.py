"""Feeds of lists: of a search with any filter, of an entity, a taxonomy, an incident's reports."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.urls import URLPattern, path
from django.utils.text import Truncator

from incidentbase.index import search as searching
from incidentbase.kit import clock
from incidentbase.serve.feeds import writing
from incidentbase.serve.feeds.writing import Feed, Item, Kind
from incidentbase.serve.http import asking
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.asking import Address
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.taxonomies import queries as taxonomies

SIZE = 50
EXCERPT = 500
# What addresses end in.
ENDINGS: dict[str, Kind] = {"rss": "rss", "atom": "atom", "jsonfeed": "json"}
_DISCOVER = "/apps/discover"


def of_search(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the newest results: what was submitted last, unless another order is asked.

    The feed of a search is a watch on it: whatever newly matches appears at its head.
    """
    address = Address(_DISCOVER, request.GET).only(asking.KNOWN)
    base = site_url(request)
    words = asking.read(request.GET).search.text or "all incidents"
    feed = Feed(
        title=f"{settings.SITE_NAME}: {words}",
        about=f"Results of a search in {settings.SITE_NAME}, newest first.",
        url=base + address.to(f"{_DISCOVER}/").url(),
        own_url=base + address.to(f"{_DISCOVER}.{ending}").url(),
        publisher=settings.PUBLISHER,
        items=_found(request, request.GET),
    )
    return writing.answer(request, feed, ENDINGS[ending])


def of_incidents(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the incidents of which something was submitted last."""
    return _filtered(
        request, ending, {}, page="/summaries/incidents", title="incidents", about="Incidents"
    )


def of_entity(request: HttpRequest, ending: str, entity_id: str) -> HttpResponseBase:
    """Return the incidents that name an entity, in any role."""
    row = incidents.entity(entity_id, viewer=viewer_of(request))
    if row is None:
        raise Http404
    return _filtered(
        request,
        ending,
        {"entity": row.entity_id},
        page=f"/entities/{quote(row.entity_id)}",
        title=row.name,
        about=f"Incidents that name {row.name}",
    )


def of_taxonomy(request: HttpRequest, ending: str, namespace: str) -> HttpResponseBase:
    """Return the incidents that a taxonomy classifies."""
    row = taxonomies.get(namespace)
    if row is None:
        raise Http404
    return _filtered(
        request,
        ending,
        {"classifications": row.namespace},
        page=f"/taxonomies/{quote(row.namespace.lower())}",
        title=row.namespace,
        about=f"Incidents classified by {row.namespace}",
    )


def of_incident(request: HttpRequest, ending: str, number: int) -> HttpResponseBase:
    """Return the reports of an incident, the one submitted last first."""
    viewer, base = viewer_of(request), site_url(request)
    row = incidents.get(number, viewer=viewer)
    if row is None:
        raise Http404
    own = [one for one in incidents.reports_of(row, viewer=viewer) if one.is_complete]
    own.sort(key=lambda one: (one.submitted_at, one.report_number), reverse=True)
    feed = Feed(
        title=f"{settings.SITE_NAME}: incident {number}: {row.title}",
        about=row.description or row.title,
        url=f"{base}/cite/{number}/",
        own_url=f"{base}/cite/{number}.{ending}",
        publisher=settings.PUBLISHER,
        items=[item_of_report(one, base) for one in own[:SIZE]],
    )
    return writing.answer(request, feed, ENDINGS[ending])


def patterns() -> list[URLPattern]:
    """Return the addresses, each in every format."""
    views: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
        "apps/discover": (of_search, "discover"),
        "summaries/incidents": (of_incidents, "incidents"),
        "entities/<name:entity_id>": (of_entity, "entity"),
        "taxonomies/<name:namespace>": (of_taxonomy, "taxonomy"),
        "cite/<number:number>": (of_incident, "incident"),
    }
    return [
        path(f"{address}.{ending}", view, {"ending": ending}, name=f"{name}-{ending}")
        for address, (view, name) in views.items()
        for ending in ENDINGS
    ]


def _filtered(
    request: HttpRequest, ending: str, filters: dict[str, str], *, page: str, title: str, about: str
) -> HttpResponseBase:
    base = site_url(request)
    query = QueryDict(mutable=True)
    query.update(filters)
    feed = Feed(
        title=f"{settings.SITE_NAME}: {title}",
        about=f"{about}, those with the newest reports first.",
        url=f"{base}{page}/",
        own_url=f"{base}{page}.{ending}",
        publisher=settings.PUBLISHER,
        items=_found(request, query),
    )
    return writing.answer(request, feed, ENDINGS[ending])


def _found(request: HttpRequest, query: QueryDict) -> list[Item]:
    wanted = query.copy()
    wanted.setdefault("sortBy", "submitted-date-desc")
    found = searching.find(
        asking.read(wanted).search,
        viewer=viewer_of(request),
        offset=0,
        limit=SIZE,
        reports_each=0,
    )
    base = site_url(request)
    items = []
    for hit in found.hits:
        if hit.incident is not None:
            items.append(_of_incident(hit.incident, base))
        elif hit.report is not None:
            items.append(item_of_report(hit.report, base))
    return items


def _of_incident(row: Incident, base: str) -> Item:
    return Item(
        title=f"Incident {row.incident_id}: {row.title}",
        url=f"{base}/cite/{row.incident_id}/",
        text=row.description,
        published=row.created_at or clock.midnight(row.date),
        language="en",
    )


def item_of_report(row: Report, base: str) -> Item:
    """Return a report that was read with its terms as something to read."""
    limit = min(EXCERPT, row.snippet_max_characters)
    return Item(
        title=row.title,
        url=f"{base}/reports/{row.report_number}/",
        text=Truncator(row.plain_text).chars(limit),
        published=row.submitted_at,
        language=row.language,
        authors=tuple(reports.terms_of(row, ReportTerm.AUTHOR)),
        tags=tuple(reports.terms_of(row, ReportTerm.TAG)),
    )

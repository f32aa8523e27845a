"""Discover: search over incidents and reports, with facets, as page, JSON and CSV.

Every state is an address (`asking`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.formats import tables
from incidentbase.index import facets as facet_list
from incidentbase.index import search as searching
from incidentbase.index.engines import FacetCount, Sort
from incidentbase.kit import paging, text
from incidentbase.serve.http import errors, params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import asking, charts, chrome, languages, presenting, shapes
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents

PAGE_SIZE = 28

SHOWN_FACETS = (
    "deployer",
    "developer",
    "harmed",
    "implicated",
    "source",
    "language",
    "mit_domain",
)
OPEN_FACETS = frozenset({"deployer", "mit_domain"})
ENTITY_FACETS = frozenset({"entity", "deployer", "developer", "harmed", "implicated"})
YEAR = "year"


def page(request: HttpRequest) -> HttpResponse:
    """Show the results; unknown parameters are ignored, because old links have some."""
    asked = asking.read(request.GET)
    viewer = viewer_of(request)
    found, place = _found(asked.search, viewer, params.page_number(request))
    names = _entity_names(found.facets, asked.search.filters, viewer)
    years = [(int(one.value), one.count) for one in found.facets.get(YEAR, ())]
    chosen_years = frozenset(map(int, asked.search.filters.get(YEAR, ())))
    jump = _jump(found, viewer) if asked.listed == asking.INCIDENTS else None
    context = {
        "asked": asked,
        "total": found.total,
        "is_approximate": found.is_approximate,
        "jump": jump,
        "cards": [_card(hit) for hit in found.hits],
        "chips": _chips(request, asked.search.filters, names),
        "clear_url": request.path,
        "facets": [
            _facet(request, name, found.facets.get(name, ()), names) for name in SHOWN_FACETS
        ],
        "years": charts.years(
            years, url=lambda year: asking.toggled(request, YEAR, str(year)), selected=chosen_years
        ),
        "years_max": max((count for _year, count in years), default=0),
        "has_year": bool(chosen_years),
        "kinds": _kind_tabs(request, asked.listed),
        "sorts": [
            {"value": sort, "label": label, "selected": sort == asked.search.sort}
            for sort, label in _sort_labels().items()
        ],
        "kept": _kept(request),
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": _formats(request),
        "meta": chrome.describe(
            request,
            title=_("Discover incidents"),
            description=_("Search all incidents and the reports behind them."),
            robots="noindex, follow" if request.GET else "",
        ),
    }
    template = "results" if request.htmx and not request.htmx.boosted else "discover"  # type: ignore[attr-defined]
    return render(request, f"pages/discover/{template}.html", context)


def _found(
    search: searching.Search, viewer: Viewer, page: int
) -> tuple[searching.Found, paging.Page]:
    """Return the page of results asked for; beyond the last, the last."""
    found = _page_of(search, viewer, page)
    place = paging.paginate(total=found.total, page=page, size=PAGE_SIZE)
    if place.is_clamped:
        found = _page_of(search, viewer, place.page)
    return found, place


def _page_of(search: searching.Search, viewer: Viewer, page: int) -> searching.Found:
    return searching.find(
        search,
        viewer=viewer,
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
        facets=(*SHOWN_FACETS, YEAR),
    )


def as_json(request: HttpRequest) -> HttpResponse:
    """Return one page of results for programs; unknown parameters are refused."""
    unknown = sorted(set(request.GET) - asking.KNOWN)
    if unknown:
        detail = f"Not known: {', '.join(unknown)}. Known: {', '.join(sorted(asking.KNOWN))}."
        return errors.problem(400, "Unknown parameter", detail)
    asked = asking.read(request.GET)
    number = params.page_number(request)
    found = _page_of(asked.search, viewer_of(request), number)
    base = chrome.site_url(request)
    return open_json(
        {
            "total": found.total,
            "page": number,
            "page_size": PAGE_SIZE,
            "results": [_shape(hit, base) for hit in found.hits],
            "facets": {
                name: [{"value": one.value, "count": one.count} for one in values]
                for name, values in found.facets.items()
            },
        }
    )


def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return every hit as a table, streamed."""
    asked = asking.read(request.GET)
    base = chrome.site_url(request)
    hits = searching.every_hit(asked.search, viewer=viewer_of(request))
    if asked.listed == asking.INCIDENTS:
        header: Sequence[str] = ("incident_id", "date", "title", "description", "reports", "url")
    else:
        header = (
            "report_number",
            "title",
            "date_published",
            "date_submitted",
            "url",
            "source_domain",
            "language",
            "authors",
            "submitters",
            "page",
        )
    rows = (_row(_shape(hit, base), header) for hit in hits)
    return csv_response("discover.csv", tables.csv_lines(header, rows))


def _row(shape: shapes.Shape, header: Sequence[str]) -> list[str]:
    values = (shape.get(name) for name in header)
    return [", ".join(value) if isinstance(value, list) else str(value or "") for value in values]


def _shape(hit: searching.Hit, base: str) -> shapes.Shape:
    if hit.incident is not None:
        shape = shapes.listed_incident(hit.incident, base=base)
    else:
        shape = shapes.report(cast("Any", hit.report), base=base)
        shape.pop("text")
        shape.pop("translations")
    if hit.matching:
        shape["passages"] = [
            {
                "report_number": one.report.report_number,
                "language": one.language,
                "text": "".join(words for words, _is_hit in one.passage.segments),
            }
            for one in hit.matching
        ]
    return shape


def _jump(found: searching.Found, viewer: Viewer) -> presenting.IncidentCard | None:
    """Return the incident whose number was typed, if there is one."""
    if found.query.jump is None:
        return None
    row = incidents.cards([found.query.jump], viewer=viewer).get(found.query.jump)
    return presenting.incident_card(row) if row else None


def _card(hit: searching.Hit) -> dict[str, Any]:
    shown = [
        presenting.PassageShown(
            where=text.excerpt(one.report.title, 120),
            language=one.language,
            direction=text.direction(one.language),
            segments=tuple(
                presenting.Segment(words, is_hit) for words, is_hit in one.passage.segments
            ),
        )
        for one in hit.matching
    ]
    if hit.incident is not None:
        card = presenting.incident_card(hit.incident)
        card.passages = shown
        return {"incident": card}
    report = presenting.report_card(cast("Any", hit.report))
    return {"report": dataclasses.replace(report, passages=tuple(shown))}


def _entity_names(
    counted: Mapping[str, Iterable[FacetCount]],
    filters: Mapping[str, Iterable[str]],
    viewer: Viewer,
) -> dict[str, str]:
    """Return the names of the entities on the page; an address may ask for hidden ones too."""
    ids = {one.value for name in ENTITY_FACETS for one in counted.get(name, ())}
    ids |= {value for name in ENTITY_FACETS for value in filters.get(name, ())}
    return incidents.entity_names(ids, viewer=viewer)


def _label(name: str, value: str, names: dict[str, str]) -> str:
    if name in ENTITY_FACETS:
        return names.get(value, value)
    return languages.name_of(value) if name == "language" else value


def _facet(
    request: HttpRequest, name: str, values: Iterable[FacetCount], names: dict[str, str]
) -> dict[str, Any]:
    items = [
        {
            "label": _label(name, one.value, names),
            "count": one.count,
            "url": asking.toggled(request, name, one.value),
            "selected": one.selected,
        }
        for one in values
    ]
    items.sort(key=lambda item: not item["selected"])
    return {
        "name": name,
        "label": facet_list.BY_NAME[name].label,
        "items": items,
        "is_open": name in OPEN_FACETS or any(item["selected"] for item in items),
    }


def _chips(
    request: HttpRequest, filters: Mapping[str, Iterable[str]], names: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "name": facet_list.BY_NAME[name].label,
            "value": _label(name, value, names),
            "url": asking.toggled(request, name, value),
        }
        for name, values in filters.items()
        for value in values
    ]


def _kind_tabs(request: HttpRequest, listed: str) -> list[dict[str, Any]]:
    labels = {
        asking.INCIDENTS: _("Incidents"),
        asking.ALL_REPORTS: _("All reports"),
        asking.INCIDENT_REPORTS: _("Incident reports"),
        asking.ISSUE_REPORTS: _("Issue reports"),
    }
    tabs = []
    for kind, label in labels.items():
        query = request.GET.copy()
        for parameter in ("hideDuplicates", "is_incident_report", "page"):
            query.pop(parameter, None)
        query.update(asking.KIND_PARAMETERS[kind])
        url = f"{request.path}?{query.urlencode()}"
        tabs.append({"label": label, "url": url, "current": kind == listed})
    return tabs


def _sort_labels() -> dict[Sort, str]:
    return {
        "relevance": _("Relevance"),
        "incident-date-desc": _("Incident date, newest first"),
        "incident-date-asc": _("Incident date, oldest first"),
        "published-date-desc": _("Published, newest first"),
        "published-date-asc": _("Published, oldest first"),
        "submitted-date-desc": _("Submitted, newest first"),
        "submitted-date-asc": _("Submitted, oldest first"),
    }


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the parameters that the search form carries along."""
    return [
        (name, value)
        for name in request.GET
        if name in asking.KNOWN - {"s", "page", "sortBy"}
        for value in request.GET.getlist(name)
    ]


def _formats(request: HttpRequest) -> list[chrome.Format]:
    query = QueryDict(mutable=True)
    for name in request.GET:
        if name in asking.KNOWN:
            query.setlist(name, request.GET.getlist(name))
    suffix = f"?{query.urlencode()}" if query else ""
    return [
        chrome.Format("JSON", reverse("discover-json") + suffix, "application/json"),
        chrome.Format("CSV", reverse("discover-csv") + suffix, "text/csv"),
    ]

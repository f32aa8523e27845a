"""Discover: search over incidents and reports, with facets, as a page.

Every state is an address (`asking`); the same for programs is in `discover_data`.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from incidentbase.index import analysis
from incidentbase.index import facets as facet_list
from incidentbase.index import query as queries
from incidentbase.index import search as searching
from incidentbase.index.engines import FacetCount
from incidentbase.kit import paging
from incidentbase.serve.http import asking, params
from incidentbase.serve.http.asking import Address, Asked
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, naming, presenting, results
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents

PAGE_SIZE = 28
REPORTS_EACH = {"details": 3, "compact": 1, "list": 0, "table": 0}

# One more than is shown tells whether there are more.
FACET_SIZE = results.VALUES_SHOWN + 1
FACETS = tuple(facet.name for facet in facet_list.FACETS)

# On the page of one facet; the others are found by its search.
VALUES_AT_MOST = 500
VALUES_OF_A_FIELD = 12
ALL_VALUES = 65_000


@vary_on_headers("HX-Request")
def page(request: HttpRequest) -> HttpResponse:
    """Show the results; unknown parameters are ignored, because old links have some."""
    asked = asking.read(request.GET)
    viewer = viewer_of(request)
    is_typing = request.headers.get("HX-Trigger") == "discover-s"
    if not is_typing and (url := _jump_url(request, asked, viewer)):
        is_live = bool(request.htmx)  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url) if is_live else HttpResponseRedirect(url)
    found, place = _found(asked, viewer, params.page_number(request))
    context = {
        **_frame(request, asked, found, viewer),
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "jump": _jump(found.query, asked, viewer),
    }
    if asked.display == "table":
        context["table"] = results.table(asked, found, viewer)
    else:
        context["cards"] = results.cards(found)
    is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, f"pages/discover/{'results' if is_part else 'discover'}.html", context)


def _frame(
    request: HttpRequest, asked: Asked, found: searching.Found, viewer: Viewer
) -> dict[str, Any]:
    """Return what stands around the results."""
    address = Address(request.path, request.GET)
    search = asked.search
    names = results.names_of_all(found, search, viewer)
    return {
        "asked": asked,
        "total": found.total,
        "hints": results.hints(found),
        "chips": results.chips(address, search, names),
        "clear_url": address.only(asking.SHOWING - {"page"}).url(),
        "facets": results.facet_blocks(address, search, found, names),
        "histograms": results.histograms(address, search, found),
        "kinds": results.kind_tabs(address, asked, found.facets.get("kind", ())),
        "displays": results.display_tabs(address, asked.display),
        "charts_url": address.to(reverse("discover-charts")).only(asking.NARROWING).url(),
        "sorts": [
            {"value": sort, "label": label, "selected": sort == search.sort}
            for sort, label in results.sort_labels().items()
        ],
        "kept": results.kept_in_search(address),
        "help_rows": results.help_rows(),
        "formats": formats(request),
        "meta": chrome.describe(
            request,
            title=_title(found.query.text),
            description=_("Search all incidents and the reports behind them."),
            robots="noindex, follow" if request.GET else "",
        ),
    }


def _title(text: str) -> str:
    if not text:
        return _("Discover incidents")
    return _("%(words)s: incidents found") % {"words": text[:80]}


def _found(asked: Asked, viewer: Viewer, number: int) -> tuple[searching.Found, paging.Page]:
    """Return the page of results asked for; beyond the last, the last."""
    found = _page_of(asked, viewer, number)
    place = paging.paginate(total=found.total, page=number, size=PAGE_SIZE)
    if place.is_clamped:
        found = _page_of(asked, viewer, place.page)
    return found, place


def _page_of(asked: Asked, viewer: Viewer, number: int) -> searching.Found:
    return searching.find(
        asked.search,
        viewer=viewer,
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
        facets=FACETS,
        facet_size=FACET_SIZE,
        reports_each=REPORTS_EACH[asked.display],
    )


def _jump(query: queries.Query, asked: Asked, viewer: Viewer) -> presenting.IncidentCard | None:
    """Return the incident whose number was typed, if there is one."""
    if query.jump is None or not asked.lists_incidents:
        return None
    row = incidents.cards([query.jump], viewer=viewer).get(query.jump)
    return presenting.incident_card(row) if row else None


def _jump_url(request: HttpRequest, asked: Asked, viewer: Viewer) -> str:
    """Return the page to go to when nothing but the number of an incident was asked for."""
    asked_for = {name for name in request.GET if name in asking.NARROWING and request.GET[name]}
    if not asked.search.text or asked_for - {"s", "hideDuplicates", "is_incident_report"}:
        return ""
    card = _jump(queries.parse(asked.search.text), asked, viewer)
    return card.url if card else ""


def formats(request: HttpRequest) -> list[chrome.Format]:
    """Return the same question for programs."""
    address = Address("", request.GET).only(asking.KNOWN)
    return [
        chrome.Format(label, address.to(reverse(f"discover-{name}")).url(), kind)
        for label, name, kind in (
            ("JSON", "json", "application/json"),
            ("CSV", "csv", "text/csv"),
            ("RSS", "rss", "application/rss+xml"),
            ("Atom", "atom", "application/atom+xml"),
            ("JSON Feed", "jsonfeed", "application/feed+json"),
        )
    ]


# One facet with all its values


def facet(request: HttpRequest, name: str) -> HttpResponse:
    """Show all values of one facet for the present results, with a search among them."""
    if name not in facet_list.NAMES or name == "kind":
        raise Http404
    asked = asking.read(request.GET)
    viewer = viewer_of(request)
    wanted, below = request.GET.get("find", "").strip(), request.GET.get("below", "")
    counted = searching.find(
        asked.search,
        viewer=viewer,
        offset=0,
        limit=0,
        facets=(name,),
        facet_size=ALL_VALUES,
        below=below,
    ).facets[name]
    names = naming.names_for({name: [one.value for one in counted]}, viewer)
    matching = _containing(name, counted, names, wanted)
    address = Address(reverse("discover"), request.GET).only(asking.KNOWN)
    own = Address(request.path, request.GET)
    block = facet_list.BY_NAME[name]
    context = {
        "facet": block,
        "items": results.facet_items(address, name, matching[:VALUES_AT_MOST], names),
        "left_out": max(0, len(matching) - VALUES_AT_MOST),
        "fields": [],
        "wanted": wanted,
        "below": below,
        "back_url": address.url(),
        "up_url": own.having({"below": "", "find": ""}).url() if below else "",
        "kept": [
            (parameter, value)
            for parameter in request.GET
            if parameter in asking.KNOWN | {"below"}
            for value in request.GET.getlist(parameter)
        ],
        "meta": chrome.describe(
            request, title=str(block.label), description=str(block.help), robots="noindex, follow"
        ),
    }
    if block.kind == "tree" and below.count(facet_list.LEVELS) == 0 and below:
        context |= {"items": [], "left_out": 0, "fields": _fields(address, name, matching, names)}
    return render(request, "pages/discover/facet.html", context)


def _containing(
    name: str, counted: tuple[FacetCount, ...], names: naming.Names, wanted: str
) -> list[FacetCount]:
    folded = analysis.fold(wanted)
    return [
        one
        for one in counted
        if (one.count or one.selected) and folded in analysis.fold(names.in_full(name, one.value))
    ]


def _fields(
    address: Address, name: str, counted: list[FacetCount], names: naming.Names
) -> list[dict[str, Any]]:
    """Return the fields of a taxonomy, each with its most frequent values."""
    levels = facet_list.LEVELS
    heads = {one.value: one for one in counted if one.value.count(levels) == 1}
    values: dict[str, list[FacetCount]] = {}
    for one in counted:
        if one.value.count(levels) > 1:
            values.setdefault(levels.join(one.value.split(levels, 2)[:2]), []).append(one)
    below = address.to(reverse("discover-facet", args=[name]))
    fields = []
    for head in sorted(heads.keys() | values.keys()):
        whole = heads.get(head)
        own = values.get(head, [])
        (item,) = results.facet_items(address, name, [whole], names) if whole else (None,)
        fields.append(
            {
                "label": head.split(levels, 1)[1],
                "item": item,
                "items": results.facet_items(address, name, own[:VALUES_OF_A_FIELD], names),
                "more_url": below.having({"below": head}).url()
                if len(own) > VALUES_OF_A_FIELD
                else "",
            }
        )
    return fields

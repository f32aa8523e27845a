"""Entity pages: the table of all, and the page of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidentbase.formats import tables
from incidentbase.kit import paging
from incidentbase.serve.http import params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, presenting, shapes, tools
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities import queries as entities
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.queries import EntityRoles

LIST_PAGE = 100
CARDS_SHOWN = 4
RELATED_SHOWN = 24

# Sortable columns, by the name in the address.
COUNTS = ("both", "deployer", "developer", "harmed", "implicated", "incidents")


def listing(request: HttpRequest) -> HttpResponse:
    """Show all entities that listed incidents name, with their counts by role."""
    sort = request.GET.get("sort", "incidents")
    sort = sort if sort in (*COUNTS, "name") else "incidents"
    wanted = request.GET.get("q", "").strip()
    rows = _rows(viewer_of(request), wanted=wanted, sort=sort)
    place = paging.paginate(total=len(rows), page=params.page_number(request), size=LIST_PAGE)
    query = request.GET.copy()
    context = {
        "columns": [_column(query, name, sort) for name in ("name", *COUNTS)],
        "rows": [
            {"row": row, "url": presenting.entity_url(row.entity.entity_id)}
            for row in rows[place.start : place.stop]
        ],
        "total": len(rows),
        "wanted": wanted,
        "sort": sort,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", reverse("entities-json"), "application/json"),
            chrome.Format("CSV", reverse("entities-csv"), "text/csv"),
        ],
        "meta": chrome.describe(
            request,
            title=_("Entities"),
            description=_("Organizations, people, groups and systems named by incidents."),
        ),
    }
    return render(request, "pages/entities/list.html", context)


def _rows(viewer: Viewer, *, wanted: str = "", sort: str = "incidents") -> list[EntityRoles]:
    rows = [row for row in incidents.role_counts(viewer) if row.incidents]
    if wanted:
        folded = wanted.casefold()
        rows = [
            row
            for row in rows
            if folded in row.entity.name.casefold() or folded in row.entity.entity_id
        ]
    rows.sort(key=lambda row: row.entity.name.casefold())
    if sort != "name":
        rows.sort(key=lambda row: getattr(row, sort), reverse=True)
    return rows


def _column(query: Any, name: str, sort: str) -> dict[str, str]:
    labels = {
        "name": _("Entity"),
        "both": _("As deployer and developer"),
        "deployer": _("As deployer"),
        "developer": _("As developer"),
        "harmed": _("As harmed party"),
        "implicated": _("As implicated system"),
        "incidents": _("Incidents"),
    }
    chosen = query.copy()
    chosen["sort"] = name
    chosen.pop("page", None)
    order = "ascending" if name == "name" else "descending"
    return {
        "label": labels[name],
        "kind": "" if name == "name" else "number",
        "sort_url": f"?{chosen.urlencode()}",
        "sorted": order if name == sort else "",
    }


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return all entities with their counts, for programs."""
    base = chrome.site_url(request)
    rows = _rows(viewer_of(request))
    return open_json({"entities": [shapes.entity_roles(row, base=base) for row in rows]})


def listing_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return all entities with their counts as a table."""
    base = chrome.site_url(request)
    header = (
        "entity_id",
        "name",
        "incidents",
        "deployer_and_developer",
        "deployer",
        "developer",
        "harmed",
        "implicated",
        "url",
    )
    shaped = (shapes.entity_roles(row, base=base) for row in _rows(viewer_of(request)))
    rows = ([str(shape[name]) for name in header] for shape in shaped)
    return csv_response("entities.csv", tables.csv_lines(header, rows))


@dataclass(frozen=True, slots=True)
class Section:
    """The incidents in which an entity stands in one role."""

    id: str
    title: str
    first: list[presenting.IncidentCard]
    others: list[presenting.IncidentCard]
    total: int


def page(request: HttpRequest, entity_id: str) -> HttpResponse:
    """Show one entity; a merged one leads to the entity that it became."""
    viewer = viewer_of(request)
    entity = incidents.entity(entity_id, viewer=viewer)
    if entity is None:
        return _duplicate_or_missing(request, entity_id, viewer)
    places = incidents.places_of(entity, viewer=viewer)
    cards = {
        number: presenting.incident_card(row)
        for number, row in incidents.cards(places, viewer=viewer).items()
    }
    related = incidents.named_together_with(entity, viewer=viewer)
    responses = incidents.responses_to(places, viewer=viewer)
    description = ngettext(
        "%(name)s is named by %(count)s incident.",
        "%(name)s is named by %(count)s incidents.",
        len(places),
    ) % {"name": entity.name, "count": len(places)}
    context = {
        "entity": entity,
        "tools": tools.of_entity(entity.entity_id, viewer),
        "aliases": [alias.name for alias in entity.aliases.all()],
        "sections": _sections(places, cards),
        "total": len(places),
        "related": [
            {"name": other.name, "url": presenting.entity_url(other.entity_id), "count": count}
            for other, count in related[:RELATED_SHOWN]
        ],
        "related_total": len(related),
        "relationships": [
            presenting.NamedLink(other.name, presenting.entity_url(other.entity_id))
            for other in incidents.related_entities(entity, viewer=viewer)
        ],
        "responses": len({number for number, _report in responses}),
        "response_links": [
            {"number": number, "url": f"{presenting.incident_url(number)}#r{report}"}
            for number, report in responses
        ],
        "formats": [
            chrome.Format("JSON", reverse("entity-json", args=[entity_id]), "application/json")
        ],
        "meta": chrome.describe(
            request,
            title=entity.name,
            description=description,
            json_ld={"@type": "Thing", "name": entity.name, "url": _address(request)},
        ),
    }
    return render(request, "pages/entities/entity.html", context)


def _address(request: HttpRequest) -> str:
    return chrome.site_url(request) + request.path


def as_json(request: HttpRequest, entity_id: str) -> HttpResponse:
    """Return an entity with its incidents by role, for programs."""
    viewer = viewer_of(request)
    entity = incidents.entity(entity_id, viewer=viewer)
    if entity is None:
        return errors.not_found(request)
    base = chrome.site_url(request)
    places = incidents.places_of(entity, viewer=viewer)
    rows = incidents.cards(places, viewer=viewer)
    return open_json(
        {
            **shapes.entity(entity, base=base),
            "incidents": [
                {
                    **shapes.listed_incident(rows[number], base=base),
                    "roles": sorted(roles),
                }
                for number, roles in sorted(places.items())
            ],
        }
    )


def _duplicate_or_missing(request: HttpRequest, entity_id: str, viewer: Viewer) -> HttpResponse:
    true = entities.true_id(entity_id)
    if true is None or incidents.entity(true, viewer=viewer) is None:
        return errors.not_found(request)
    return HttpResponsePermanentRedirect(presenting.entity_url(true))


def _sections(
    places: dict[int, set[str]], cards: dict[int, presenting.IncidentCard]
) -> list[Section]:
    both = {"deployer", "developer"}
    titles = (
        ("both", _("As deployer and developer"), lambda roles: both <= roles),
        ("harmed", _("As harmed party"), lambda roles: "harmed" in roles),
        ("developer", _("As developer"), lambda roles: roles & both == {"developer"}),
        ("deployer", _("As deployer"), lambda roles: roles & both == {"deployer"}),
        ("implicated", _("As implicated system"), lambda roles: "implicated" in roles),
    )
    sections = []
    for key, title, belongs in titles:
        numbers = [number for number, roles in places.items() if belongs(roles)]
        found = _most_reported(cards[number] for number in numbers if number in cards)
        if found:
            sections.append(
                Section(key, title, found[:CARDS_SHOWN], found[CARDS_SHOWN:], len(found))
            )
    return sections


def _most_reported(
    cards: Iterable[presenting.IncidentCard],
) -> list[presenting.IncidentCard]:
    return sorted(cards, key=lambda card: (-card.report_count, -card.number))

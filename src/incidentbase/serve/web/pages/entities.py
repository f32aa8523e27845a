"""The table of entities: narrowed, sorted, with the details of those that are opened.

The whole state stands in the address: `open` names the entities whose details are shown, or is
ALL. What is filtered is the same for programs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.formats import tables
from incidentbase.kit import paging, text
from incidentbase.serve.http import params, shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, naming, presenting, standing
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents import naming as named
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.naming import EntityRoles

LIST_PAGE = 100
# Opening costs some queries for each.
MOST_OPEN = 10
SHOWN = 12

# Sortable columns, by the name in the address.
COUNTS = (*named.STANDINGS, "incidents", "related", "relationships", "responses")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the table is narrowed and sorted by; what makes no sense is as if it were not said."""

    words: str
    kind: str | None
    role: str
    sort: str
    opened: tuple[str, ...] = field(default=())

    @classmethod
    def by(cls, request: HttpRequest) -> _Asked:
        given = {name: request.GET.get(name, "") for name in ("q", "kind", "role", "sort")}
        kind = "" if given["kind"] == "none" else given["kind"]
        is_kind = bool(given["kind"]) and kind in Entity.KINDS
        return cls(
            words=given["q"].replace("\0", "").strip(),
            kind=kind if is_kind else None,
            role=given["role"] if given["role"] in named.STANDINGS else "",
            sort=given["sort"] if given["sort"] in (*COUNTS, "name", "kind") else "incidents",
            opened=tuple(dict.fromkeys(request.GET.getlist("open")))[:MOST_OPEN],
        )

    def takes(self, row: EntityRoles, folded: str) -> bool:
        is_kind = self.kind is None or row.kind == self.kind
        is_role = not self.role or getattr(row, self.role) > 0
        is_named = not folded or folded in text.folded(row.name) or folded in row.entity_id
        return is_kind and is_role and is_named


def _rows(viewer: Viewer, asked: _Asked) -> list[EntityRoles]:
    folded = text.folded(asked.words)
    rows = [row for row in named.role_counts(viewer) if asked.takes(row, folded)]
    rows.sort(key=lambda row: row.name.casefold())
    if asked.sort == "kind":
        rows.sort(key=lambda row: (not row.kind, row.kind))
    elif asked.sort != "name":
        rows.sort(key=lambda row: getattr(row, asked.sort), reverse=True)
    return rows


def listing(request: HttpRequest) -> HttpResponse:
    """Show the entities that listed incidents name, with their counts by role."""
    viewer, asked = viewer_of(request), _Asked.by(request)
    rows = _rows(viewer, asked)
    place = paging.paginate(total=len(rows), page=params.page_number(request), size=LIST_PAGE)
    query = request.GET.copy()
    for name in ("page", "open"):
        query.pop(name, None)
    suffix = f"?{query.urlencode()}" if query else ""
    context = {
        "columns": [_column(query, name, asked.sort) for name in ("name", "kind", *COUNTS)],
        "rows": [_line(request, row, asked, viewer) for row in rows[place.start : place.stop]],
        "total": len(rows),
        "words": asked.words,
        "kinds": _kinds(asked),
        "roles": [
            {"value": "", "label": _("All"), "selected": not asked.role},
            *(
                {"value": one, "label": label, "selected": one == asked.role}
                for one, label in standing.names().items()
            ),
        ],
        "sort": asked.sort,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", reverse("entities-json") + suffix, "application/json"),
            chrome.Format("CSV", reverse("entities-csv") + suffix, "text/csv"),
            *chrome.feeds("/entities/", suffix),
        ],
        "meta": chrome.describe(
            request,
            title=_("Entities"),
            description=_("Organizations, people, groups and systems named by incidents."),
            robots="noindex, follow" if asked.opened else "",
        ),
    }
    return render(request, "pages/entities/list.html", context)


def _kinds(asked: _Asked) -> list[dict[str, Any]]:
    given = [("", _("All"), asked.kind is None)]
    given += [
        (one or "none", naming.kind_of_entity(one), one == asked.kind)
        for one in (*filter(None, Entity.KINDS), "")
    ]
    return [{"value": one, "label": label, "selected": chosen} for one, label, chosen in given]


def _column(query: QueryDict, name: str, sort: str) -> dict[str, str]:
    labels = {
        "name": _("Entity"),
        "kind": _("Kind"),
        **standing.names(),
        "incidents": _("Incidents"),
        "related": _("Named together"),
        "relationships": _("Relationships"),
        "responses": _("Responses"),
    }
    chosen = query.copy()
    chosen["sort"] = name
    is_count = name in COUNTS
    return {
        "label": labels[name],
        "kind": "number" if is_count else "",
        "sort_url": f"?{chosen.urlencode()}",
        "sorted": ("descending" if is_count else "ascending") if name == sort else "",
    }


def _line(request: HttpRequest, row: EntityRoles, asked: _Asked, viewer: Viewer) -> dict[str, Any]:
    is_open = row.entity_id in asked.opened
    query = request.GET.copy()
    others = [one for one in asked.opened if one != row.entity_id]
    query.setlist("open", others if is_open else [*others[1 - MOST_OPEN :], row.entity_id])
    return {
        "row": row,
        "kind": naming.kind_of_entity(row.kind) if row.kind else "",
        "counts": [getattr(row, name) for name in COUNTS],
        "url": presenting.entity_url(row.entity_id),
        "is_open": is_open,
        "toggle_url": f"?{query.urlencode()}",
        "details": _details(row, viewer) if is_open else None,
    }


def _details(row: EntityRoles, viewer: Viewer) -> dict[str, Any]:
    """Return what stands behind the counts of an opened row; the first of each."""
    entity = incidents.entity(row.entity_id, viewer=viewer)
    if entity is None:
        return {}
    places = named.places_of(entity, viewer=viewer)
    companions = named.companions(entity, places, viewer=viewer)[:SHOWN]
    # One of each incident: they are what is counted.
    first_responses = dict(reversed(named.responses_to(places, viewer=viewer)))
    by_standing = standing.numbers_of(places)
    return {
        "standings": [
            {
                "label": standing.names()[one],
                "incidents": [standing.incident_link(n) for n in numbers[:SHOWN]],
                "more": max(len(numbers) - SHOWN, 0),
            }
            for one, numbers in by_standing.items()
        ],
        "related": [
            presenting.NamedLink(one.name, presenting.entity_url(one.entity_id))
            for one in companions
        ],
        "related_more": max(row.related - SHOWN, 0),
        "relations": standing.relations_of(entity, viewer=viewer),
        "responses": [
            standing.incident_link(number, report=report)
            for number, report in list(first_responses.items())[:SHOWN]
        ],
    }


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the entities of the table with their counts, for programs."""
    base = chrome.site_url(request)
    rows = _rows(viewer_of(request), _Asked.by(request))
    return open_json({"entities": [shapes.entity_roles(row, base=base) for row in rows]})


def listing_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return the entities of the table with their counts, as a table."""
    base = chrome.site_url(request)
    header = (
        "entity_id",
        "name",
        "kind",
        "incidents",
        "deployer_and_developer",
        "deployer",
        "developer",
        "harmed",
        "implicated",
        "related",
        "relationships",
        "responses",
        "url",
    )
    found = _rows(viewer_of(request), _Asked.by(request))
    shaped = (shapes.entity_roles(row, base=base) for row in found)
    rows = ([str(shape[name]) for name in header] for shape in shaped)
    return csv_response("entities.csv", tables.csv_lines(header, rows))

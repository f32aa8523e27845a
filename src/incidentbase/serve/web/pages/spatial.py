"""The spatial view: a map on which incidents with like texts lie side by side.

It takes the parameters of Discover, so that any result can be seen on it, and of its own:
`incident` marks one, `color` names the field of a taxonomy that colors stand for, `zoom` and `at`
the part in view. Everything works by links; `map.js` does the same without loading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.index import facets, spatial
from incidentbase.index import search as searching
from incidentbase.index.spatial import Point
from incidentbase.serve.http import asking
from incidentbase.serve.http.asking import Address, Asked
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, languages, mapping, naming, presenting, results
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.taxonomies import queries as taxonomies

OWN = ("incident", "color", "zoom", "at")
MOST_DIGITS = 9


def page(request: HttpRequest) -> HttpResponse:
    """Show the map with the incidents of a search; the others stay in the background."""
    asked = asking.read(request.GET)
    viewer = viewer_of(request)
    points = spatial.layout().points
    titles = incidents.titles(viewer, languages=languages.of_reader())
    found = searching.every_incident(asked.search, viewer=viewer)
    placed = [number for number in found if number in points and number in titles]
    others = points.keys() & titles.keys() - set(placed)
    chosen = _number(request)
    chosen = chosen if chosen in points and chosen in titles else None
    fields = taxonomies.telling_fields(viewer)
    field = mapping.field_of(request.GET, fields)
    answers = taxonomies.first_answers(*field, viewer=viewer) if field else {}
    legend = mapping.legend_of(answers, placed)
    marked = [*([chosen] if chosen in others else []), *placed]
    linked, plain = marked[: mapping.MOST_LINKED], marked[mapping.MOST_LINKED :]
    view = mapping.view_of(request.GET, mapping.on_map(points[chosen]) if chosen else None)
    address = Address(request.path, request.GET).only((*asking.NARROWING, *OWN))
    context = {
        **_frame(request, asked, viewer),
        "total": len(found),
        "without_place": len(found) - len(placed),
        "dots": mapping.dots(linked, points, titles, answers, legend, chosen),
        "plain": len(plain),
        "behind": mapping.path_of(mapping.on_map(points[one]) for one in [*plain, *others]),
        "number_behind": len(others),
        "legend": _legend(legend, field, address),
        "field": facets.LEVELS.join(field) if field else "",
        "field_label": " : ".join(field or ()),
        "fields": [(facets.LEVELS.join(one), " : ".join(one)) for one in fields],
        "view": view,
        "moves": _moves(address, view),
    }
    if chosen:
        context |= _about(chosen, points, [*placed, *others], answers, address, viewer)
    return render(request, "pages/spatial/map.html", context)


def card(request: HttpRequest, number: int) -> HttpResponse:
    """Show what the map says of one incident: its card, its answer, what lies nearest."""
    viewer = viewer_of(request)
    points = spatial.layout().points
    shown = incidents.titles(viewer, languages=())
    if number not in points or number not in shown:
        return errors.not_found(request)
    field = mapping.field_of(request.GET, taxonomies.telling_fields(viewer))
    answers = taxonomies.first_answers(*field, viewer=viewer) if field else {}
    address = Address(reverse("spatial"), request.GET).only((*asking.NARROWING, *OWN))
    context = _about(number, points, list(shown), answers, address, viewer)
    return render(request, "pages/spatial/card.html", context)


def _number(request: HttpRequest) -> int | None:
    given = request.GET.get("incident", "")
    is_number = given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
    return int(given) if is_number else None


def _frame(request: HttpRequest, asked: Asked, viewer: Viewer) -> dict[str, Any]:
    """Return what stands around the map."""
    search = asked.search
    address = Address(request.path, request.GET).only((*asking.NARROWING, *OWN))
    names = naming.names_for(
        {
            name: [*search.filters.get(name, ()), *search.exclude.get(name, ())]
            for name in {**search.filters, **search.exclude}
        },
        viewer,
    )
    asked_for = address.only(asking.NARROWING)
    return {
        "asked": asked,
        "chips": results.chips(address, search, names),
        "clear_url": address.only(OWN).url() if asked_for.query else "",
        "results_url": asked_for.to(reverse("discover")).url(),
        "list_url": asked_for.to(reverse("discover")).having({"display": "list"}).url(),
        "kept": results.pairs(asked_for, without={"s"}),
        "meta": chrome.describe(
            request,
            title=_("Map of incidents"),
            description=_("Incidents on a map: those with like descriptions lie side by side."),
            robots="noindex, follow" if request.GET else "",
        ),
    }


def _legend(
    legend: list[mapping.Entry], field: tuple[str, str] | None, address: Address
) -> list[dict[str, Any]]:
    """Return the legend with, for each answer, the map of the incidents that have it."""
    return [
        {
            "color": entry.color,
            "label": entry.label,
            "lang": "en" if entry.value else "",
            "count": entry.count,
            "url": address.toggled(
                "classifications", facets.LEVELS.join((*field, entry.value))
            ).url()
            if field and entry.value and entry.count
            else "",
        }
        for entry in legend
    ]


def _moves(address: Address, view: mapping.View) -> list[dict[str, str]]:
    """Return the links by which the part in view changes; those that lead nowhere are empty."""
    nearer, farther = view.zoomed(1), view.zoomed(-1)
    ways = {
        "in": (_("Zoom in"), "plus", nearer),
        "out": (_("Zoom out"), "minus", farther),
        "left": (_("To the left"), "previous", view.moved(-1, 0)),
        "right": (_("To the right"), "next", view.moved(1, 0)),
        "up": (_("Up"), "chevron", view.moved(0, -1)),
        "down": (_("Down"), "chevron", view.moved(0, 1)),
        "whole": (_("The whole map"), "", replace(view, zoom=1) if farther else None),
    }
    return [
        {
            "name": name,
            "label": label,
            "icon": icon,
            "url": address.having(to.parameters).url() if to and to != view else "",
        }
        for name, (label, icon, to) in ways.items()
    ]


def _about(
    number: int,
    points: Mapping[int, Point],
    shown: Sequence[int],
    answers: Mapping[int, str],
    address: Address,
    viewer: Viewer,
) -> dict[str, Any]:
    near = mapping.nearest(number, points, shown)
    cards = incidents.cards([number, *near], viewer=viewer)
    centered = address.having({"zoom": "", "at": ""})
    return {
        "chosen": presenting.incident_card(cards[number]),
        "answer": answers.get(number, ""),
        "center_url": centered.having({"incident": str(number)}).url(),
        "nearest": [
            {
                "card": presenting.incident_card(cards[one]),
                "url": centered.having({"incident": str(one)}).url(),
            }
            for one in near
            if one in cards
        ],
    }

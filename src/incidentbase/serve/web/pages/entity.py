"""The page of an entity: its incidents by role, whom it is named with, what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from incidentbase.kit import clock, text
from incidentbase.serve.http import shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import charts, chrome, errors, naming, presenting, standing, tools
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents import naming as named
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.incidents.naming import Companion
from incidentbase.store.reports import queries as reports

CARDS_SHOWN = 4
RELATED_SHOWN = 24
# What is beyond stands in the JSON.
RELATED_LISTED = 200
INCIDENTS_SHOWN = 10
RESPONSES_SHOWN = 10
# The order of the reference's page.
SECTIONS = (named.BOTH, "harmed", "developer", "deployer", "implicated")


@dataclass(frozen=True, slots=True)
class Section:
    """The incidents in which an entity stands in one role."""

    id: str
    title: str
    first: list[presenting.IncidentCard]
    others: list[presenting.IncidentCard]
    total: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the page and its JSON tell of an entity; `rows` are its incidents by number."""

    places: dict[int, set[str]]
    rows: dict[int, Incident]
    companions: list[Companion]
    responses: list[tuple[int, int]]

    @classmethod
    def of(cls, entity: Entity, viewer: Viewer) -> _Known:
        places = named.places_of(entity, viewer=viewer)
        return cls(
            places=places,
            rows=incidents.cards(places, viewer=viewer),
            companions=named.companions(entity, places, viewer=viewer),
            responses=named.responses_to(places, viewer=viewer),
        )

    def by_year(self) -> dict[int, dict[str, int]]:
        """Return how many incidents of each year it stands in, by how."""
        found: dict[int, dict[str, int]] = {}
        for number, row in self.rows.items():
            counts = found.setdefault(row.date.year, {})
            for one in named.standings(self.places[number]):
                counts[one] = counts.get(one, 0) + 1
        return found


def page(request: HttpRequest, entity_id: str) -> HttpResponse:
    """Show one entity; a merged one leads to the entity that it became."""
    viewer = viewer_of(request)
    entity = incidents.entity(entity_id, viewer=viewer)
    if entity is None:
        return _duplicate_or_missing(request, entity_id, viewer)
    known = _Known.of(entity, viewer)
    cards = {number: presenting.incident_card(row) for number, row in known.rows.items()}
    description = ngettext(
        "%(name)s is named by %(count)s incident.",
        "%(name)s is named by %(count)s incidents.",
        len(known.places),
    ) % {"name": entity.name, "count": len(known.places)}
    harmed = sorted(
        (one for one in known.companions if one.harmed_in), key=lambda one: -len(one.harmed_in)
    )
    context = {
        "entity": entity,
        "kind": naming.kind_of_entity(entity.kind) if entity.kind else "",
        "tools": tools.of_entity(entity.entity_id, viewer),
        "aliases": [alias.name for alias in entity.aliases.all()],
        "sections": _sections(known.places, cards),
        "chart": _chart(known),
        "related": [_together(one, cards) for one in known.companions[:RELATED_SHOWN]],
        "related_more": [
            _linked(one, one.incidents) for one in known.companions[RELATED_SHOWN:RELATED_LISTED]
        ],
        "related_total": len(known.companions),
        "related_listed": RELATED_LISTED,
        "harmed": [_linked(one, one.harmed_in) for one in harmed[:RELATED_SHOWN]],
        "harmed_total": len(harmed),
        "relations": standing.relations_of(entity, viewer=viewer),
        "responded": len({number for number, _report in known.responses}),
        "responses": _responses(known.responses, cards, viewer),
        "responses_shown": RESPONSES_SHOWN,
        "formats": [
            chrome.Format("JSON", reverse("entity-json", args=[entity_id]), "application/json"),
            *chrome.feeds(reverse("entity-json", args=[entity_id]).removesuffix(".json")),
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


def _duplicate_or_missing(request: HttpRequest, entity_id: str, viewer: Viewer) -> HttpResponse:
    true = entities.true_id(entity_id)
    if true is None or incidents.entity(true, viewer=viewer) is None:
        return errors.not_found(request)
    return HttpResponsePermanentRedirect(presenting.entity_url(true))


def _sections(
    places: Mapping[int, set[str]], cards: Mapping[int, presenting.IncidentCard]
) -> list[Section]:
    labels, numbers = standing.names(), standing.numbers_of(places)
    sections = []
    for one in SECTIONS:
        found = _most_reported(cards[number] for number in numbers.get(one, ()) if number in cards)
        if found:
            first, others = found[:CARDS_SHOWN], found[CARDS_SHOWN:]
            sections.append(Section(one, labels[one], first, others, len(found)))
    return sections


def _most_reported(
    cards: Iterable[presenting.IncidentCard],
) -> list[presenting.IncidentCard]:
    return sorted(cards, key=lambda card: (-card.report_count, -card.number))


def _chart(known: _Known) -> dict[str, Any]:
    """Return the roles over the years; nothing where all happened in one."""
    counts = known.by_year()
    used = {one for year in counts.values() for one in year}
    shown = [one for one in named.STANDINGS if one in used]
    labels = standing.names()
    stacks = charts.stacks(counts, shown) if len(counts) > 1 else []
    return {
        "stacks": stacks,
        "highest": max((stack.total for stack in stacks), default=0),
        "kinds": [{"name": one, "label": labels[one]} for one in shown],
    }


def _linked(one: Companion, numbers: list[int]) -> dict[str, Any]:
    return {
        "name": one.name,
        "url": presenting.entity_url(one.entity_id),
        "count": len(numbers),
    }


def _together(one: Companion, cards: Mapping[int, presenting.IncidentCard]) -> dict[str, Any]:
    shared = [cards[number] for number in reversed(one.incidents) if number in cards]
    return {
        **_linked(one, one.incidents),
        "shared": shared[:INCIDENTS_SHOWN],
        "more": [standing.incident_link(card.number) for card in shared[INCIDENTS_SHOWN:]],
    }


def _responses(
    found: list[tuple[int, int]],
    cards: Mapping[int, presenting.IncidentCard],
    viewer: Viewer,
) -> list[dict[str, Any]]:
    """Return the responses with their incidents, newest first."""
    rows = reports.visible(viewer).filter(report_number__in={report for _n, report in found})
    known = {row.report_number: row for row in rows.defer("text", "plain_text")}
    shown = [(known[report], cards[n]) for n, report in found if report in known and n in cards]
    shown.sort(key=lambda pair: pair[0].published_at, reverse=True)
    return [
        {
            "title": report.title,
            "url": presenting.report_url(report.report_number),
            "language": report.language,
            "direction": text.direction(report.language),
            "source": report.source_domain,
            "date": report.published_at,
            "incident": card,
        }
        for report, card in shown
    ]


def as_json(request: HttpRequest, entity_id: str) -> HttpResponse:
    """Return an entity with all that its page tells, for programs."""
    viewer = viewer_of(request)
    entity = incidents.entity(entity_id, viewer=viewer)
    if entity is None:
        return errors.not_found(request)
    base = chrome.site_url(request)
    known = _Known.of(entity, viewer)
    years = known.by_year()
    return open_json(
        {
            **shapes.entity(entity, base=base),
            "aliases": [alias.name for alias in entity.aliases.all()],
            "created_at": clock.iso(entity.created_at),
            "date_modified": clock.iso(entity.modified_at),
            "incidents": [
                {
                    **shapes.listed_incident(known.rows[number], base=base),
                    "roles": sorted(roles),
                }
                for number, roles in sorted(known.places.items())
            ],
            "roles_by_year": {str(year): years[year] for year in sorted(years)},
            "related": [shapes.companion(one, base=base) for one in known.companions],
            "relationships": {
                kind: [shapes.entity(one, base=base) for one in others]
                for kind, others in named.related(entity, viewer=viewer).items()
            },
            "responses": [
                {"incident_id": number, "report_number": report}
                for number, report in known.responses
            ],
        }
    )

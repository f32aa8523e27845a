"""Lookups: what is known of an address, and which entity a name stands for."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from incidentbase.serve.http import shapes
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import schemas
from incidentbase.serve.rest.around import json_answer
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import lookups
from incidentbase.store.incidents import queries as incidents

router = Router(by_alias=True)

MOST_ADDRESSES = 100
MOST_NAMES = 20

Address = Annotated[str, Field(max_length=2_000)]


class Addresses(Schema):
    """Which addresses."""

    url: Annotated[
        list[Address],
        Field(min_length=1, max_length=MOST_ADDRESSES, description="Repeat it for several."),
    ]


class PartOfName(Schema):
    """Which name."""

    q: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="A part of it.")
    ]


@router.get(
    "/lookup/addresses",
    response=schemas.LookupList,
    operation_id="lookUpAddresses",
    summary="Look up addresses",
    tags=["Lookups"],
)
def look_up_addresses(request: HttpRequest, ask: Query[Addresses]) -> HttpResponseBase:
    """Reports and incidents of pages: host and path count, not scheme, query or fragment."""
    results = known_of(ask.url, viewer=viewer_of(request), base=site_url(request))
    return json_answer(request, {"results": results})


@router.get(
    "/lookup/entities",
    response=schemas.FoundNames,
    operation_id="lookUpEntities",
    summary="Look up entities",
    tags=["Lookups"],
)
def look_up_entities(request: HttpRequest, ask: Query[PartOfName]) -> HttpResponseBase:
    """Entities of which a name or other name holds the words, the likeliest first."""
    viewer, base = viewer_of(request), site_url(request)
    names = incidents.entity_names_like(ask.q, limit=MOST_NAMES, viewer=viewer)
    rows = {row.name: row for row in incidents.visible_entities(viewer).filter(name__in=names)}
    items = [shapes.entity(rows[name], base=base) for name in names if name in rows]
    return json_answer(request, {"items": items})


def known_of(
    urls: list[str], *, viewer: Viewer, base: str, repeated: bool = False
) -> list[dict[str, Any]]:
    """Return, for each address in order, its reports that belong to incidents, and those.

    If repeated, a report of two incidents is there twice.
    """
    known = lookups.at_addresses(urls, viewer=viewer)
    return [
        {
            "url": url,
            "reports": [
                {"report_number": one.report_number, "title": one.title, "url": one.url}
                for one in (found if repeated else {r.report_number: r for r in found}.values())
            ],
            "incidents": [
                {
                    "incident_id": number,
                    "title": title,
                    "url": f"{base}/cite/{number}",
                }
                for number, title in {one.incident_id: one.incident_title for one in found}.items()
            ],
        }
        for url, found in zip(urls, known, strict=True)
    ]

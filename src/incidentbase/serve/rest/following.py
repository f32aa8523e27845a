"""What changed since a cursor: how mirrors stay in step without reading everything again."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from incidentbase.kit import clock
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import cursors, schemas
from incidentbase.serve.rest.around import json_answer
from incidentbase.serve.rest.asking import PAGE
from incidentbase.store.records import since

router = Router(by_alias=True)

LARGEST_PAGE = 500
_ADDRESSES = {
    since.INCIDENT: "incidents",
    since.REPORT: "reports",
    since.ENTITY: "entities",
    since.TAXONOMY: "taxonomies",
    since.CLASSIFICATION: "classifications",
}


class Following(Schema):
    """Since when."""

    cursor: Annotated[
        str,
        Field(max_length=1_000, description="`cursor` of the answer before; none for the start."),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE


@router.get(
    "/changes",
    response=schemas.ChangePage,
    operation_id="listChanges",
    summary="Follow changes",
    tags=["Changes"],
)
def list_changes(request: HttpRequest, ask: Query[Following]) -> HttpResponseBase:
    """Records that changed, in order, each once; one may be told again with the next answer.

    Read each again at its `url`, and let go of those that are gone. An entity may come into
    sight with the incident that names it, without a change of its own.
    """
    place = cursors.open_in(request, (int, str))
    start = since.Place(place[0], clock.from_iso(place[1] or None)) if place else since.Place()
    found = since.since(start, limit=ask.limit, viewer=viewer_of(request))
    base = site_url(request)
    cursor = ask.cursor or None
    if found.place != start:
        cursor = cursors.seal(request, found.place.seq, clock.iso(found.place.at) or "")
    data = {
        "items": [_told(one, base) for one in found.told],
        "cursor": cursor,
        "has_more": found.has_more,
    }
    return json_answer(request, data, next_cursor=cursor if found.has_more else None)


def address_of(kind: str, key: str, *, base: str) -> str:
    """Return where a record is read."""
    return f"{base}/api/v1/{_ADDRESSES[kind]}/{quote(key)}"


def _told(one: since.Told, base: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.key,
        "event": "gone" if one.is_gone else "changed",
        "at": clock.iso(one.at),
        "url": None if one.is_gone else address_of(one.kind, one.key, base=base),
    }

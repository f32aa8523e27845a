"""Search by words and every facet, with the parameters of Discover."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router

from incidentbase.index import facets as facet_list
from incidentbase.index import search as searching
from incidentbase.serve.http import asking as discover
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import cursors, schemas
from incidentbase.serve.rest.around import json_answer
from incidentbase.serve.rest.asking import Paging
from incidentbase.serve.rest.problems import Refused

router = Router(by_alias=True)

MOST_VALUES = 1_000
# No reader goes further, and no engine should be asked to.
FURTHEST = 10_000
COUNTED = tuple(facet.parameter for facet in facet_list.FACETS if facet.name != "incident_id")
LISTED = tuple(discover.KINDS)


def _text(name: str, about: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": "query",
        "name": name,
        "required": False,
        "description": about,
        "schema": {"type": "string", "maxLength": 1_000, **schema},
    }


def _parameters() -> list[dict[str, Any]]:
    """Return the parameters that the list of facets makes, as the document wants them."""
    day = r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$"
    found = [
        _text("s", "Words, phrases, and the query language of Discover."),
        _text("list", "What to list.", enum=list(LISTED), default="incidents"),
        _text("sortBy", "The order.", enum=list(discover.SORTS), default="relevance"),
        _text("facets", "Facets to count, with commas between them; none without it."),
        {
            **_text("facet_size", "How many values of each facet are counted."),
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST_VALUES, "default": 20},
        },
    ]
    for facet in facet_list.FILTERS:
        joined = f"{facet.help} Several values with `||` between them: any of them."
        found.append(_text(facet.parameter, joined))
        excluding = f"Results have none of these values of `{facet.parameter}`."
        found.append(_text(facet_list.EXCLUDING + facet.parameter, excluding))
    for name, (_old, own) in discover.SPANS.items():
        for end in discover.ENDS:
            about = f"A year, month or day: the {name} date is no {_ENDS[end]}."
            found.append(_text(f"{own}_{end}", about, pattern=day))
    return found


_ENDS = {"min": "earlier", "max": "later"}


@router.get(
    "/search",
    response=schemas.SearchPage,
    operation_id="search",
    summary="Search",
    tags=["Search"],
    openapi_extra={"parameters": _parameters()},
)
def search(request: HttpRequest, ask: Query[Paging]) -> HttpResponseBase:
    """Incidents or reports, best first, with counts of the facets asked for."""
    names = _facets(request)
    size = _facet_size(request)
    asked = discover.read(_as_discover(request))
    place = cursors.open_in(request, (int,))
    offset = place[0] if place else 0
    limit = min(ask.limit, FURTHEST - offset)
    found = searching.find(
        asked.search,
        viewer=viewer_of(request),
        offset=offset,
        limit=limit,
        facets=names,
        facet_size=size,
    )
    following = offset + limit
    has_more = following < min(found.total, FURTHEST)
    cursor = cursors.seal(request, following) if has_more else None
    data = {
        "total": found.total,
        "matched": found.exactness,
        "notes": list(found.query.notes),
        "items": [_hit(hit, site_url(request)) for hit in found.hits],
        "facets": {
            facet_list.BY_NAME[name].parameter: [
                {"value": one.value, "count": one.count} for one in values
            ]
            for name, values in found.facets.items()
        },
        "next_cursor": cursor,
    }
    return json_answer(request, data, next_cursor=cursor)


def _as_discover(request: HttpRequest) -> Any:
    """Return the question as addresses of Discover put it. Raises Refused."""
    query = request.GET.copy()
    listed = str(query.pop("list", ["incidents"])[-1])
    if listed not in LISTED:
        raise Refused(400, "Unacceptable value", f"list is one of {', '.join(LISTED)}.")
    if query.get("sortBy", "relevance") not in discover.SORTS:
        raise Refused(400, "Unacceptable value", f"sortBy is one of {', '.join(discover.SORTS)}.")
    for _old, own in discover.SPANS.values():
        for end in discover.ENDS:
            name = f"{own}_{end}"
            if query.get(name) and discover.day(str(query[name])) is None:
                raise Refused(400, "Unacceptable value", f"{name} is YYYY, YYYY-MM or YYYY-MM-DD.")
    query.update(discover.KIND_PARAMETERS[listed])
    return query


def _facets(request: HttpRequest) -> tuple[str, ...]:
    wanted = [name.strip() for name in request.GET.get("facets", "").split(",") if name.strip()]
    if unknown := sorted(set(wanted) - set(COUNTED)):
        said = f"Not known: {', '.join(unknown)}. Known: {', '.join(COUNTED)}."
        raise Refused(400, "Unknown facets", said)
    return tuple(facet_list.BY_PARAMETER[name].name for name in dict.fromkeys(wanted))


def _facet_size(request: HttpRequest) -> int:
    given = request.GET.get("facet_size", str(searching.FACET_VALUES))
    digits = given.isascii() and given.isdigit() and len(given) < 5
    if not (digits and 1 <= int(given) <= MOST_VALUES):
        said = f"facet_size is a number from 1 to {MOST_VALUES}."
        raise Refused(400, "Unacceptable value", said)
    return int(given)


def _hit(hit: searching.Hit, base: str) -> dict[str, Any]:
    more = {
        "matched_in": [reason.place for reason in hit.reasons],
        "passages": [
            {
                "report_number": one.number,
                "language": one.language,
                "text": "".join(words for words, _is_hit in one.passage.segments),
            }
            for one in hit.matching
        ],
    }
    if hit.incident is not None:
        number = hit.incident.incident_id
        return {
            "kind": "incident",
            "title": hit.incident.title,
            "url": f"{base}/cite/{number}/",
            "incident_id": number,
            **more,
        }
    report = cast("Any", hit.report)
    return {
        "kind": "report",
        "title": report.title,
        "url": f"{base}/reports/{report.report_number}/",
        "report_number": report.report_number,
        **more,
    }

"""Discover for programs: the same addresses as JSON (a page) and CSV (all of it)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse

from incidentbase.formats import tables
from incidentbase.index import facets as facet_list
from incidentbase.index import search as searching
from incidentbase.serve.http import asking, errors, params, shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.asking import Asked
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, results
from incidentbase.store.accounts.rules import Viewer

PAGE_SIZE = 28
MOST_HITS = 100
MOST_VALUES = 1_000
FACETS = tuple(facet.name for facet in facet_list.FACETS if facet.name != "incident_id")

ROWS_AT_ONCE = 500

JSON_ONLY = frozenset({"page_size", "facets", "facet_size", "below"})

INCIDENT_HEADER = ("incident_id", "date", "title", "description", "reports", "url")
REPORT_HEADER = (
    "report_number",
    "title",
    "date_published",
    "date_submitted",
    "url",
    "page",
)
# Which facets are columns: all but the one that the first column is.
FACET_COLUMNS = tuple(facet for facet in facet_list.FILTERS if facet.name != "incident_id")


class Unacceptable(ValueError):
    """A parameter has a value that makes no sense; the message says which are possible."""


def as_json(request: HttpRequest) -> HttpResponse:
    """Return one page of results for programs; unknown parameters are refused."""
    known = asking.KNOWN | JSON_ONLY
    unknown = sorted(set(request.GET) - known)
    if unknown:
        detail = f"Not known: {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        return errors.problem(400, "Unknown parameter", detail)
    try:
        size = _number(request.GET, "page_size", PAGE_SIZE, MOST_HITS)
        facet_size = _number(request.GET, "facet_size", searching.FACET_VALUES, MOST_VALUES)
        names = _facets(request.GET)
    except Unacceptable as error:
        return errors.problem(400, "Unacceptable value", str(error))
    asked = asking.read(request.GET)
    number = params.page_number(request)
    found = searching.find(
        asked.search,
        viewer=viewer_of(request),
        offset=(number - 1) * size,
        limit=size,
        facets=names,
        facet_size=facet_size,
        below=request.GET.get("below", ""),
    )
    base = chrome.site_url(request)
    return open_json(
        {
            "total": found.total,
            "page": number,
            "page_size": size,
            "matched": found.exactness,
            "notes": list(found.query.notes),
            "results": [_shape(hit, base) for hit in found.hits],
            "facets": {
                facet_list.BY_NAME[name].parameter: [
                    {"value": one.value, "count": one.count} for one in values
                ]
                for name, values in found.facets.items()
            },
        }
    )


def _number(query: QueryDict, name: str, default: int, most: int) -> int:
    given = query.get(name, str(default))
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= most):
        raise Unacceptable(f"{name} is a number from 1 to {most}.")
    return int(given)


def _facets(query: QueryDict) -> tuple[str, ...]:
    """Return the names of the facets to count; an empty list asks for none."""
    if "facets" not in query:
        return FACETS
    wanted = asking.values_in(query, "facets")
    unknown = [name for name in wanted if name not in facet_list.BY_PARAMETER]
    if unknown:
        raise Unacceptable(f"facets are some of {', '.join(facet_list.BY_PARAMETER)}.")
    return tuple(facet_list.BY_PARAMETER[name].name for name in wanted)


def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return every hit as a table, streamed; the last columns are the facets."""
    asked = asking.read(request.GET)
    header = INCIDENT_HEADER if asked.lists_incidents else REPORT_HEADER
    columns = [facet.parameter for facet in FACET_COLUMNS]
    rows = _rows(asked, header, viewer_of(request), chrome.site_url(request))
    return csv_response("discover.csv", tables.csv_lines((*header, *columns), rows))


def _rows(asked: Asked, header: Sequence[str], viewer: Viewer, base: str) -> Iterator[list[str]]:
    hits = searching.every_hit(asked.search, viewer=viewer)
    while batch := list(islice(hits, ROWS_AT_ONCE)):
        values = results.facets_of(batch, viewer)
        for hit in batch:
            shape = _shape(hit, base)
            own = values.get(shape[header[0]], {})
            yield [str(shape.get(name) or "") for name in header] + [
                facet_list.SEPARATOR.join(own.get(facet.name, ())) for facet in FACET_COLUMNS
            ]


def _shape(hit: searching.Hit, base: str) -> shapes.Shape:
    if hit.incident is not None:
        shape = shapes.listed_incident(hit.incident, base=base)
    else:
        shape = shapes.listed_report(cast("Any", hit.report), base=base)
    if hit.reasons:
        shape["matched_in"] = [reason.place for reason in hit.reasons]
    if hit.matching:
        shape["passages"] = [
            {
                "report_number": one.number,
                "language": one.language,
                "text": "".join(words for words, _is_hit in one.passage.segments),
            }
            for one in hit.matching
        ]
    return shape

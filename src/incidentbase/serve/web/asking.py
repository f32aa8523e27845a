"""Addresses of Discover: what one asks for, and how another with one thing changed reads.

The parameters of the reference site work as they did (spec aiid-site §2.2, §2.3).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from incidentbase.index import facets as facet_list
from incidentbase.index import search as searching
from incidentbase.index.engines import DateName, Kind, Sort

SORTS: tuple[Sort, ...] = (
    "relevance",
    "incident-date-desc",
    "incident-date-asc",
    "published-date-desc",
    "published-date-asc",
    "submitted-date-desc",
    "submitted-date-asc",
)

_YEAR = re.compile(r"[0-9]{1,4}")

# What is listed, by the two old parameters (grouped, is_incident_report).
INCIDENTS, ALL_REPORTS, INCIDENT_REPORTS, ISSUE_REPORTS = (
    "incidents",
    "all",
    "incident_reports",
    "issue_reports",
)
KINDS: dict[str, tuple[Kind, ...]] = {
    INCIDENTS: ("incident",),
    ALL_REPORTS: ("report",),
    INCIDENT_REPORTS: ("incident_report",),
    ISSUE_REPORTS: ("issue_report",),
}
KIND_PARAMETERS = {
    INCIDENTS: {"hideDuplicates": "1", "is_incident_report": "true"},
    ALL_REPORTS: {"is_incident_report": "false||true"},
    INCIDENT_REPORTS: {"is_incident_report": "true"},
    ISSUE_REPORTS: {"is_incident_report": "false"},
}

EPOCHS: dict[str, DateName] = {
    "epoch_incident_date": "incident",
    "epoch_date_published": "published",
}

# Read and kept in addresses, though this page has one layout for each kind of result.
KNOWN = frozenset(
    {
        "s",
        "page",
        "sortBy",
        "display",
        "hideDuplicates",
        "is_incident_report",
        *(f"{name}_{end}" for name in EPOCHS for end in ("min", "max")),
        *facet_list.BY_PARAMETER,
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    search: searching.Search
    listed: str


def read(query: QueryDict) -> Asked:
    """Return what an address asks for; what makes no sense in it is left out."""
    filters = {}
    for facet in facet_list.FACETS:
        values = _values(query, facet.parameter)
        if facet.kind == "year":
            values = [value for value in values if _YEAR.fullmatch(value)]
        if values:
            filters[facet.name] = tuple(values)
    listed = _listed(query)
    asked_sort = query.get("sortBy")
    sort: Sort = next((one for one in SORTS if one == asked_sort), "relevance")
    return Asked(
        searching.Search(
            text=query.get("s", ""),
            kinds=KINDS[listed],
            filters=filters,
            dates=_dates(query),
            sort=sort,
        ),
        listed,
    )


def _values(query: QueryDict, parameter: str) -> list[str]:
    """Return the values of a facet: repeated or joined by `||`, at most a hundred."""
    joined = (part for given in query.getlist(parameter) for part in given.split("||"))
    # No record has a NUL in its name, and PostgreSQL refuses to look for one.
    return list(dict.fromkeys(part for part in joined if part and "\0" not in part))[:100]


def _listed(query: QueryDict) -> str:
    """Return what to list. Without both old parameters, incidents (spec §2.2)."""
    kind = query.get("is_incident_report", "")
    if query.get("hideDuplicates") == "1" or not kind:
        return INCIDENTS
    values = set(kind.split("||"))
    if values == {"true"}:
        return INCIDENT_REPORTS
    return ISSUE_REPORTS if values == {"false"} else ALL_REPORTS


def _dates(query: QueryDict) -> dict[DateName, tuple[dt.date | None, dt.date | None]]:
    found = {}
    for parameter, name in EPOCHS.items():
        start = _day(query.get(f"{parameter}_min", ""))
        end = _day(query.get(f"{parameter}_max", ""))
        if start or end:
            found[name] = (start, end)
    return found


def _day(epoch: str) -> dt.date | None:
    try:
        return dt.datetime.fromtimestamp(int(epoch), tz=dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def toggled(request: HttpRequest, name: str, value: str) -> str:
    """Return the address with a value of a facet added, or taken away if it was there."""
    parameter = facet_list.BY_NAME[name].parameter
    query = request.GET.copy()
    values = _values(query, parameter)
    values = [one for one in values if one != value] if value in values else [*values, value]
    query.pop("page", None)
    query.pop(parameter, None)
    if values:
        query[parameter] = "||".join(values)
    return f"{request.path}?{query.urlencode()}" if query else request.path

"""Addresses of Discover: what one asks for, and how another with one thing changed reads.

The parameters of the reference site work as they did (spec aiid-site §2.2, §2.3). Those of
facets come from `index.facets`; with `not_` before it a parameter excludes.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from django.http import QueryDict

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

Display = Literal["details", "compact", "list", "table"]
DISPLAYS: tuple[Display, ...] = get_args(Display)

_YEAR = re.compile(r"[0-9]{1,4}")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
MOST_VALUES = 100

# What is listed, by the two old parameters (grouped, is_incident_report).
Listed = Literal["incidents", "all", "incident_reports", "issue_reports"]
KINDS: dict[Listed, tuple[Kind, ...]] = {
    "incidents": ("incident",),
    "all": ("report",),
    "incident_reports": ("incident_report",),
    "issue_reports": ("issue_report",),
}
KIND_PARAMETERS: dict[Listed, dict[str, str]] = {
    "incidents": {"hideDuplicates": "1", "is_incident_report": "true"},
    "all": {"is_incident_report": "false||true"},
    "incident_reports": {"is_incident_report": "true"},
    "issue_reports": {"is_incident_report": "false"},
}

# The spans of days: the old parameter in seconds since 1970, and ours with a year, month or day.
SPANS: dict[DateName, tuple[str, str]] = {
    "incident": ("epoch_incident_date", "incident_date"),
    "published": ("epoch_date_published", "date_published"),
}
ENDS = ("min", "max")
SPAN_PARAMETERS: dict[DateName, tuple[str, ...]] = {
    name: tuple(f"{parameter}_{end}" for parameter in parameters for end in ENDS)
    for name, parameters in SPANS.items()
}
# The facet that shows the same property by year.
SPAN_OF_YEARS: dict[str, DateName] = {"year": "incident", "published_year": "published"}

FILTER_PARAMETERS = tuple(
    prefix + facet.parameter
    for facet in facet_list.FILTERS
    for prefix in ("", facet_list.EXCLUDING)
)

# What decides which records are results, and what only how they are shown.
LONGEST_ADDRESS = 10_000
NARROWING = frozenset(
    {
        "s",
        "hideDuplicates",
        "is_incident_report",
        *(parameter for group in SPAN_PARAMETERS.values() for parameter in group),
        *FILTER_PARAMETERS,
    }
)
SHOWING = frozenset({"page", "sortBy", "display", "columns"})
KNOWN = NARROWING | SHOWING


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    search: searching.Search
    listed: Listed
    display: Display
    columns: tuple[str, ...]

    @property
    def lists_incidents(self) -> bool:
        """Whether the results are incidents rather than reports."""
        return self.listed == "incidents"


def read(query: QueryDict) -> Asked:
    """Return what an address asks for; what makes no sense in it is left out."""
    listed = _listed(query)
    asked_sort = query.get("sortBy")
    sort: Sort = next((one for one in SORTS if one == asked_sort), "relevance")
    wanted = query.get("display")
    display: Display = next((one for one in DISPLAYS if one == wanted), "details")
    return Asked(
        searching.Search(
            text=query.get("s", ""),
            kinds=KINDS[listed],
            filters=_filters(query),
            exclude=_filters(query, facet_list.EXCLUDING),
            dates=_dates(query),
            sort=sort,
        ),
        listed,
        display,
        tuple(values_in(query, "columns")),
    )


def _filters(query: QueryDict, prefix: str = "") -> dict[str, tuple[str, ...]]:
    filters = {}
    for facet in facet_list.FILTERS:
        values = values_in(query, prefix + facet.parameter)
        if facet.kind == "year":
            values = [value for value in values if _YEAR.fullmatch(value)]
        if values:
            filters[facet.name] = tuple(values)
    return filters


def values_in(query: QueryDict, parameter: str) -> list[str]:
    """Return the values of a parameter: repeated or joined by `||`, at most a hundred."""
    joined = (
        part for given in query.getlist(parameter) for part in given.split(facet_list.SEPARATOR)
    )
    # No record has a NUL in its name, and PostgreSQL refuses to look for one.
    return list(dict.fromkeys(part for part in joined if part and "\0" not in part))[:MOST_VALUES]


def _listed(query: QueryDict) -> Listed:
    """Return what to list. Without both old parameters, incidents (spec §2.2)."""
    kind = query.get("is_incident_report", "")
    if query.get("hideDuplicates") == "1" or not kind:
        return "incidents"
    values = set(kind.split(facet_list.SEPARATOR))
    if values == {"true"}:
        return "incident_reports"
    return "issue_reports" if values == {"false"} else "all"


def _dates(query: QueryDict) -> dict[DateName, tuple[dt.date | None, dt.date | None]]:
    found = {}
    for name, (old, own) in SPANS.items():
        first = day(query.get(f"{own}_min", "")) or _epoch_day(query.get(f"{old}_min", ""))
        last = _last_day(query.get(f"{own}_max", "")) or _epoch_day(query.get(f"{old}_max", ""))
        if first or last:
            found[name] = (first, last)
    return found


def _epoch_day(epoch: str) -> dt.date | None:
    try:
        return dt.datetime.fromtimestamp(int(epoch), tz=dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def day(text: str) -> dt.date | None:
    """Return the first day of what is a year, a month or a day."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


def _last_day(text: str) -> dt.date | None:
    """Return the last day of what is a year, a month or a day."""
    first = day(text)
    if first is None or len(text.strip()) == len("2020-01-01"):
        return first
    month = first.month if len(text.strip()) == len("2020-01") else 12
    return dt.date(first.year, month, calendar.monthrange(first.year, month)[1])


@dataclass(frozen=True, slots=True)
class Address:
    """An address of Discover that others are made from; `page` is never carried along."""

    path: str
    query: QueryDict

    def to(self, path: str) -> Address:
        """Return the same question at another address."""
        return Address(path, self.query)

    def url(self) -> str:
        """Return the address as a link."""
        return f"{self.path}?{self.query.urlencode()}" if self.query else self.path

    def having(self, changes: Mapping[str, str | Iterable[str]]) -> Address:
        """Return the address with parameters set; an empty value takes one away."""
        query = self.query.copy()
        query.pop("page", None)
        for name, value in changes.items():
            joined = value if isinstance(value, str) else facet_list.SEPARATOR.join(value)
            query.pop(name, None)
            if joined:
                query[name] = joined
        return Address(self.path, query)

    def only(self, names: Iterable[str]) -> Address:
        """Return the address with these parameters alone."""
        kept = set(names)
        query = QueryDict(mutable=True)
        for name in self.query:
            if name in kept:
                query.setlist(name, self.query.getlist(name))
        return Address(self.path, query)

    def toggled(self, name: str, value: str) -> Address:
        """Return the address with a value of a facet added, or taken away if it was there.

        A year takes the place of the span of days that it lies in or beside.
        """
        parameter = facet_list.BY_NAME[name].parameter
        values = values_in(self.query, parameter)
        is_there = value in values
        values = [one for one in values if one != value] if is_there else [*values, value]
        changes: dict[str, str | Iterable[str]] = {parameter: values}
        if name in SPAN_OF_YEARS and not is_there:
            changes |= dict.fromkeys(SPAN_PARAMETERS[SPAN_OF_YEARS[name]], "")
        if not is_there:
            excluded = values_in(self.query, facet_list.EXCLUDING + parameter)
            changes[facet_list.EXCLUDING + parameter] = [one for one in excluded if one != value]
        return self.having(changes)

    def excluding(self, name: str, value: str) -> Address:
        """Return the address with a value excluded, or no longer so if it was."""
        parameter = facet_list.BY_NAME[name].parameter
        excluded = values_in(self.query, facet_list.EXCLUDING + parameter)
        is_there = value in excluded
        excluded = [one for one in excluded if one != value] if is_there else [*excluded, value]
        changes: dict[str, str | Iterable[str]] = {facet_list.EXCLUDING + parameter: excluded}
        if not is_there:
            chosen = values_in(self.query, parameter)
            changes[parameter] = [one for one in chosen if one != value]
        return self.having(changes)


def query_of(address: str) -> str:
    """Return what an address of Discover asks for, as a query; "" if it asks for nothing."""
    try:
        parts = urlsplit(address[:LONGEST_ADDRESS])
    except ValueError:
        return ""
    if not parts.path.rstrip("/").endswith("apps/discover"):
        return ""
    query = Address("", QueryDict(parts.query)).only(NARROWING).query
    return query.urlencode() if any(query.values()) else ""

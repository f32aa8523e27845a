"""Charts over the results of a search: per year, by domain, by entity, each with its table.

Every number has its denominator: how many records of the whole database have the same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.formats import tables
from incidentbase.index import facets as facet_list
from incidentbase.index import search as searching
from incidentbase.index.engines import FacetCount
from incidentbase.serve.http import asking, errors
from incidentbase.serve.http.asking import Address, Asked
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import charts, chrome, naming, results
from incidentbase.store.accounts.rules import Viewer

# What is charted: facets of which a few values say much.
CHARTS = ("year", "mit_domain", "entity", "deployer", "country", "source", "language")
VALUES_SHOWN = 12
ALL_VALUES = 65_000


@dataclass(frozen=True, slots=True)
class Row:
    """One value: how many results have it, and how many records of the whole database."""

    value: str
    label: str
    count: int
    of_all: int

    @property
    def share(self) -> float:
        """The share of the results in all records with the value, from 0 to 1."""
        return self.count / self.of_all if self.of_all else 0.0


def page(request: HttpRequest) -> HttpResponse:
    """Show the charts of a search."""
    asked = asking.read(request.GET)
    viewer = viewer_of(request)
    counted, everything = _counted(asked, viewer, CHARTS, VALUES_SHOWN)
    address = Address(reverse("discover"), request.GET).only(asking.KNOWN)
    data = address.to(reverse("discover-charts-csv")).only(asking.NARROWING)
    names = naming.names_for(
        {name: [one.value for one in values] for name, values in counted.facets.items()}, viewer
    )
    search_names = results.names_of_all(counted, asked.search, viewer)
    context = {
        "asked": asked,
        "total": counted.total,
        "of_all": everything.total,
        "chips": results.chips(Address(request.path, request.GET), asked.search, search_names),
        "back_url": address.url(),
        "charts": [
            _chart(name, counted, everything, address, data, names)
            for name in CHARTS
            if counted.facets.get(name)
        ],
        "meta": chrome.describe(
            request,
            title=_("Charts of the results"),
            description=_("The results of a search counted by year, domain and entity."),
            robots="noindex, follow",
        ),
    }
    return render(request, "pages/discover/charts.html", context)


def _counted(
    asked: Asked, viewer: Viewer, names: Sequence[str], size: int
) -> tuple[searching.Found, searching.Found]:
    """Return the counts of the results, and of the same values in the whole database.

    A chart shows the results and nothing else: the values chosen in a facet narrow it too.
    """
    found = searching.find(
        asked.search,
        viewer=viewer,
        offset=0,
        limit=0,
        facets=names,
        facet_size=size,
        reports_each=0,
        is_narrowed=True,
    )
    everything = searching.find(
        searching.Search(kinds=asked.search.kinds),
        viewer=viewer,
        offset=0,
        limit=0,
        facets=names,
        facet_size=ALL_VALUES,
        reports_each=0,
    )
    return found, everything


def _rows(
    values: Sequence[FacetCount], everything: Sequence[FacetCount], name: str, names: naming.Names
) -> list[Row]:
    of_all = {one.value: one.count for one in everything}
    return [
        Row(one.value, names.of(name, one.value), one.count, of_all.get(one.value, 0))
        for one in values
        if one.count
    ]


def _chart(
    name: str,
    counted: searching.Found,
    everything: searching.Found,
    address: Address,
    data: Address,
    names: naming.Names,
) -> dict[str, Any]:
    rows = _rows(counted.facets[name], everything.facets[name], name, names)
    is_years = facet_list.BY_NAME[name].kind == "year"
    if is_years:
        rows.sort(key=lambda row: int(row.value))
    most = max((row.count for row in rows), default=0)
    covered = counted.coverage.get(name, 0)
    urls = {row.value: address.toggled(name, row.value).url() for row in rows}
    return {
        "id": f"chart-{name}",
        "caption": facet_list.BY_NAME[name].label,
        "rows": [
            {
                "label": row.label,
                "url": urls[row.value],
                "count": row.count,
                "of_all": row.of_all,
                "percent": round(100 * row.share, 1),
                "width": round(100 * row.count / most) if most else 0,
            }
            for row in rows
        ],
        "bars": charts.years(
            [(int(row.value), row.count) for row in rows], url=lambda year: urls[str(year)]
        )
        if is_years
        else [],
        "max": most,
        "covered": covered,
        "csv_url": data.having({"chart": name}).url(),
    }


def as_csv(request: HttpRequest) -> HttpResponseBase:
    """Return the numbers of one chart, all its values."""
    name = request.GET.get("chart", "year")
    if name not in CHARTS:
        return errors.problem(400, "Unacceptable value", f"chart is one of {', '.join(CHARTS)}.")
    viewer = viewer_of(request)
    counted, everything = _counted(asking.read(request.GET), viewer, (name,), ALL_VALUES)
    names = naming.names_for({name: [one.value for one in counted.facets[name]]}, viewer)
    rows = _rows(counted.facets[name], everything.facets[name], name, names)
    header = (name, "label", "results", "all", "share")
    lines = (
        [row.value, row.label, str(row.count), str(row.of_all), f"{row.share:.4f}"] for row in rows
    )
    return csv_response(f"discover-{name}.csv", tables.csv_lines(header, lines))

"""Some incidents of a taxonomy held against all of them: page, JSON and CSV."""

from __future__ import annotations

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse

from incidentbase.formats import tables
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors
from incidentbase.serve.web.classifying import TAXONOMY_LANGUAGE, taxonomy_url
from incidentbase.serve.web.comparing import COMPARISONS, Compared, Comparison, as_data, compared
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.taxonomies import queries as taxonomies


def page(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the charts; a taxonomy for which none are declared has no such page."""
    found = _found(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, comparison, told = found
    if namespace != name.lower():
        lower = reverse("taxonomy-comparison", args=[name.lower()])
        return HttpResponsePermanentRedirect(lower)
    context = {
        "namespace": name,
        "taxonomy_url": taxonomy_url(name),
        "comparison": comparison,
        "told": told,
        "language": TAXONOMY_LANGUAGE,
        "formats": [
            chrome.Format(
                "JSON",
                reverse("taxonomy-comparison-json", args=[namespace]),
                "application/json",
            ),
            chrome.Format("CSV", reverse("taxonomy-comparison-csv", args=[namespace]), "text/csv"),
        ],
        "meta": chrome.describe(
            request, title=str(comparison.title), description=str(comparison.about)
        ),
    }
    return render(request, "pages/taxonomies/comparison.html", context)


def _found(namespace: str, viewer: Viewer) -> tuple[str, Comparison, Compared] | None:
    taxonomy = taxonomies.get(namespace)
    comparison = COMPARISONS.get(taxonomy.namespace) if taxonomy else None
    if taxonomy is None or comparison is None:
        return None
    return taxonomy.namespace, comparison, compared(taxonomy, comparison, viewer=viewer)


def as_json(request: HttpRequest, namespace: str) -> HttpResponse:
    """Return the numbers for programs."""
    found = _found(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, comparison, told = found
    return open_json(
        {
            "namespace": name,
            "conditions": [
                {"field": field, "values": list(values)} for field, values in comparison.conditions
            ],
            "incidents": {"all": told.all, "meeting": told.meeting},
            "charts": as_data(told),
        }
    )


def as_csv(request: HttpRequest, namespace: str) -> HttpResponse | StreamingHttpResponse:
    """Return the numbers as a table: a line for each value of each field."""
    found = _found(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, _comparison, told = found
    header = ["field", "value", "all", "all_answered", "meeting", "meeting_answered"]
    rows = (
        [
            chart.field.short_name,
            row.value,
            str(row.all),
            str(chart.answered),
            str(row.meeting),
            str(chart.answered_meeting),
        ]
        for chart in told.charts
        for row in chart.rows
    )
    return csv_response(f"{name}-comparison.csv", tables.csv_lines(header, rows))

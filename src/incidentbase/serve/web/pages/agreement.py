"""How far the annotators of a taxonomy agree, field by field: page, JSON and CSV."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from incidentbase.formats import tables
from incidentbase.index import agreement
from incidentbase.index.agreement import Agreement
from incidentbase.kit import hashing
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors
from incidentbase.serve.web.classifying import taxonomy_url
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.codings import comparing
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules

DAY = 86_400
DIGITS = 3


def page(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the figures of every field; without several annotators there is nothing to show."""
    found = _figures(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, figures = found
    coders = comparing.annotators_of(name, viewer=viewer_of(request))
    title = _("Agreement of the annotators of %(namespace)s") % {"namespace": name}
    context = {
        "heading": title,
        "namespace": name,
        "taxonomy_url": taxonomy_url(name),
        "coders": [one.removeprefix(name + "_") for one in coders],
        "rows": [_row(one, name) for one in figures],
        "formats": [
            chrome.Format("JSON", reverse("agreement-json", args=[namespace]), "application/json"),
            chrome.Format("CSV", reverse("agreement-csv", args=[namespace]), "text/csv"),
        ],
        "meta": chrome.describe(
            request,
            title=title,
            description=_("How far several people who classify the same incidents agree."),
        ),
    }
    return render(request, "pages/taxonomies/agreement.html", context)


def _figures(namespace: str, viewer: Viewer) -> tuple[str, list[Agreement]] | None:
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None or len(comparing.annotators_of(taxonomy.namespace, viewer=viewer)) < 2:
        return None
    fields = comparing.of_taxonomy(taxonomy.namespace, viewer=viewer)
    told = [[one.name, sorted(map(repr, one.codings))] for one in fields]
    key = f"agreement:{hashing.digest(told)}"
    figures = cache.get(key)
    if figures is None:
        figures = [agreement.figures(one) for one in fields]
        cache.set(key, figures, DAY)
    return taxonomy.namespace, figures


def _row(one: Agreement, namespace: str) -> dict[str, Any]:
    is_prose = one.kind in rules.PROSE_TYPES
    return {
        "name": one.field,
        "is_prose": is_prose,
        "records": one.records,
        "observed": _share(one.observed),
        "pairs": [
            {
                "who": " · ".join(
                    name.removeprefix(namespace + rules.ANNOTATOR_MARK)
                    for name in (pair.first, pair.second)
                ),
                "kappa": _figure(pair.kappa),
                "records": pair.records,
            }
            for pair in one.pairs
        ],
        "fleiss": _figure(one.fleiss),
        "by_all": one.by_all,
        "alpha": _figure(one.alpha),
    }


def _figure(value: float | None) -> str:
    return "" if value is None else number_format(round(value, DIGITS), DIGITS)


def _share(value: float | None) -> str:
    return "" if value is None else number_format(round(100 * value, 1), 1)


def as_json(request: HttpRequest, namespace: str) -> HttpResponse:
    """Return the figures for programs; a coefficient that is not defined is null."""
    found = _figures(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, figures = found
    return open_json({"namespace": name, "fields": [asdict(one) for one in figures]})


def as_csv(request: HttpRequest, namespace: str) -> HttpResponse | StreamingHttpResponse:
    """Return the figures as a table: a line for each field, and one for each pair of coders."""
    found = _figures(namespace, viewer_of(request))
    if found is None:
        return errors.not_found(request)
    name, figures = found
    rows = []
    for one in figures:
        for pair in one.pairs:
            who = f"{pair.first} {pair.second}"
            rows.append([one.field, "cohen", who, str(pair.records), _plain(pair.kappa)])
        rows.append([one.field, "observed", "", str(one.records), _plain(one.observed)])
        rows.append([one.field, "fleiss", "", str(one.by_all), _plain(one.fleiss)])
        label = f"krippendorff {one.distance}"
        rows.append([one.field, label, "", str(one.records), _plain(one.alpha)])
    header = ["field", "figure", "coders", "records", "value"]
    return csv_response(f"{name}-agreement.csv", tables.csv_lines(header, rows))


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"

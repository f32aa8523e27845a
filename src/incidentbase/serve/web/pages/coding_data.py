"""All codings of a taxonomy for who coordinates them, as JSON and CSV, the decisions beside them.

Annotators are numbers here; their names are there for who asks for them (`?names=yes`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from incidentbase.formats import tables
from incidentbase.kit import clock
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import codings, errors
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.annotating import queries
from incidentbase.store.annotating.queries import Exported
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.history.mirrors import State
from incidentbase.store.taxonomies.rules import Provenance

HEADER = [
    "kind",
    "number",
    "annotator",
    "source",
    "state",
    "blind",
    "assigned_at",
    "handed_in_at",
    "field",
    "value",
    "method",
    "answered_at",
    "confidence",
    "report",
    "passage",
    "adjudicated_value",
    "adjudicated_at",
]
NAME = "annotator_name"


def _asked(request: HttpRequest, namespace: str) -> State | None:
    name = codings.namespace_of(viewer_of(request), namespace)
    return classifying.definition(name) if name else None


def _names(request: HttpRequest, found: list[Exported]) -> dict[str, str] | None:
    """Return the names of the annotators by account, None when nobody asks for them."""
    if request.GET.get("names") != "yes":
        return None
    return accounts.names_of(one.origin.account for one in found)


@classifiers_page
def as_json(request: HttpRequest, namespace: str) -> HttpResponse:
    """Return the codings with their answers; what was adjudicated stands beside each."""
    taxonomy = _asked(request, namespace)
    if taxonomy is None:
        return errors.not_found(request)
    found = list(queries.exported(taxonomy, viewer=viewer_of(request)))
    names = _names(request, found)
    shapes = [_shape(one, names) for one in found]
    # Not for any page on the web: this is no public data.
    return JsonResponse(
        {"namespace": taxonomy["namespace"], "codings": shapes},
        json_dumps_params={"ensure_ascii": False},
    )


def _shape(one: Exported, names: Mapping[str, str] | None) -> dict[str, Any]:
    origin = one.origin
    return {
        **_head(one, names),
        "notes": one.notes,
        "answers": [
            {
                "field": name,
                "value": value,
                **_provenance(origin.told.get(name)),
                "adjudicated_value": one.adjudicated.get(name),
                "adjudicated_at": one.adjudicated_at.get(name),
            }
            for name, value in one.values.items()
        ],
    }


def _head(one: Exported, names: Mapping[str, str] | None) -> dict[str, Any]:
    origin = one.origin
    kind, number = one.record
    state = "draft" if origin.is_draft else origin.state or "published"
    head: dict[str, Any] = {
        "kind": kind,
        "number": number,
        "annotator": origin.label,
        "source": "copy" if origin.is_copy else "assignment",
        "state": state,
        "blind": origin.is_blind,
        "assigned_at": clock.iso(origin.assigned_at),
        "handed_in_at": clock.iso(origin.handed_in_at),
    }
    return head if names is None else {**head, NAME: names.get(origin.account, "")}


def _provenance(told: Provenance | None) -> dict[str, Any]:
    """Return where an answer comes from, without who gave it: that is the annotator."""
    if told is None:
        return dict.fromkeys(("method", "answered_at", "confidence", "report", "passage"))
    return {
        "method": told.method,
        "answered_at": told.at or None,
        "confidence": told.confidence,
        "report": told.report,
        "passage": told.passage or None,
    }


@classifiers_page
def as_csv(request: HttpRequest, namespace: str) -> HttpResponse | StreamingHttpResponse:
    """Return the same as a table: a line for each record, annotator and field."""
    taxonomy = _asked(request, namespace)
    if taxonomy is None:
        return errors.not_found(request)
    found = list(queries.exported(taxonomy, viewer=viewer_of(request)))
    names = _names(request, found)
    header = HEADER if names is None else [*HEADER, NAME]
    lines = tables.csv_lines(header, _rows(found, header, names))
    answer = csv_response(f"{taxonomy['namespace']}-codings.csv", lines)
    del answer["Access-Control-Allow-Origin"]
    return answer


def _rows(
    found: list[Exported], header: list[str], names: Mapping[str, str] | None
) -> Iterator[list[str]]:
    for one in found:
        shape = _shape(one, names)
        head = {name: value for name, value in shape.items() if name != "answers"}
        notes = {"field": "notes", "value": one.notes} if one.notes else None
        for answer in (*shape["answers"], *filter(None, [notes])):
            yield [_cell({**head, **answer}.get(name)) for name in header]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

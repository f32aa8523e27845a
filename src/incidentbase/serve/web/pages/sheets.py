"""Classifications of a taxonomy as a table: filtered, exported, and many changed at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache

from incidentbase.formats import tables
from incidentbase.formats.aiid import flat
from incidentbase.kit import ids, paging, text
from incidentbase.serve.http import params, shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, errors, naming
from incidentbase.serve.web.classifying import taxonomy_url, words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts.rules import Viewer, may_classify
from incidentbase.store.classifying import actions, queries, rules
from incidentbase.store.classifying.cells import written
from incidentbase.store.classifying.queries import Subject
from incidentbase.store.review.actions import NotReady
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules
from incidentbase.store.taxonomies import sheets
from incidentbase.store.taxonomies.models import Classification, Taxonomy, TaxonomyField

PAGE_SIZE = 50
COLUMNS = 6
LONGEST_CELL = 140
REFERENCE = "reference"
_KEY = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is asked for: a taxonomy, its fields, those shown, and what rows must answer."""

    taxonomy: Taxonomy
    fields: list[TaxonomyField]
    shown: list[TaxonomyField]
    answers: dict[int, str]
    state: str
    record: int | None

    def query(self) -> str:
        """Return it as the query of an address."""
        pairs = [("namespace", self.taxonomy.namespace)]
        if self.state:
            pairs.append(("state", self.state))
        if self.record is not None:
            pairs.append(("record", str(self.record)))
        pairs += [(f"f{key}", value) for key, value in self.answers.items()]
        pairs += [("column", str(field.pk)) for field in self.shown]
        return urlencode(pairs)


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show the classifications of a taxonomy as a table."""
    viewer = viewer_of(request)
    sheet = _asked(request.GET, viewer)
    choices = [row.namespace for row in taxonomies.all_namespaces()]
    if sheet is None:
        if request.GET.get("namespace"):
            return errors.not_found(request)
        context: dict[str, Any] = {"choices": choices}
    else:
        context = _table(request, sheet, viewer)
        context["choices"] = choices
    title = _("Classifications as a table")
    context["meta"] = chrome.describe(
        request,
        title=title,
        description=_("What a taxonomy says of all incidents, to filter, compare and export."),
    )
    context["heading"] = title
    return render(request, "pages/classifying/sheet.html", context)


def _asked(given: QueryDict, viewer: Viewer) -> Sheet | None:
    namespace = given.get("namespace", "").replace("\0", "")[:100]
    taxonomy = taxonomies.get(namespace) if namespace else None
    if taxonomy is None:
        return None
    fields = sheets.fields_of(taxonomy, viewer=viewer)
    by_key = {field.pk: field for field in fields}
    wanted = [int(one) for one in given.getlist("column") if _KEY.fullmatch(one)]
    shown = [by_key[key] for key in dict.fromkeys(wanted) if key in by_key]
    answers = {
        key: value.replace("\0", "")[: taxonomy_rules.LONGEST_VALUE]
        for key in by_key
        if (value := given.get(f"f{key}", ""))
    }
    record = given.get("record", "").strip().removeprefix("#")
    state = given.get("state", "")
    return Sheet(
        taxonomy=taxonomy,
        fields=fields,
        shown=shown or _telling(fields),
        answers=answers,
        state=state if state in sheets.STATES else "",
        record=int(record) if record.isascii() and record.isdigit() and len(record) < 10 else None,
    )


def _telling(fields: list[TaxonomyField]) -> list[TaxonomyField]:
    """Return the fields to show when nobody chose: the weightiest that are no prose."""
    short = [
        field
        for field in fields
        if field.is_public
        and field.display_type not in taxonomy_rules.PROSE_TYPES | taxonomy_rules.NESTED_TYPES
    ]
    chosen = sorted(short, key=lambda field: (-field.is_facet, -field.weight, field.position))
    return sorted(chosen[:COLUMNS], key=lambda field: field.position)


def _rows(sheet: Sheet, viewer: Viewer) -> Any:
    return sheets.rows(
        sheet.taxonomy,
        answers=sheet.answers,
        state=sheet.state,
        record=sheet.record,
        viewer=viewer,
    )


def _table(request: HttpRequest, sheet: Sheet, viewer: Viewer) -> dict[str, Any]:
    found = _rows(sheet, viewer)
    place = paging.paginate(total=found.count(), page=params.page_number(request), size=PAGE_SIZE)
    options = sheets.options(sheet.taxonomy, sheet.fields, viewer=viewer)
    namespace = sheet.taxonomy.namespace
    may_edit = may_classify(viewer, namespace)
    query = sheet.query()
    return {
        "namespace": namespace,
        "taxonomy_url": taxonomy_url(namespace),
        "columns": [field.short_name for field in sheet.shown],
        "rows": [
            _row(row, sheet.shown, may_edit=may_edit)
            for row in sheets.with_answers(found)[place.start : place.stop]
        ],
        "may_edit": may_edit,
        "place": place,
        "total": place.total,
        "state": sheet.state,
        "states": [
            {"value": "", "label": pgettext("filter of classifications", "All")},
            {
                "value": sheets.PUBLISHED,
                "label": pgettext("filter of classifications", "Published"),
            },
            {"value": sheets.DRAFT, "label": pgettext("filter of classifications", "Drafts")},
        ],
        "record": sheet.record or "",
        "filters": [
            {
                "name": f"f{field.pk}",
                "label": field.short_name,
                "chosen": sheet.answers.get(field.pk, ""),
                "options": options[field.pk],
            }
            for field in sheet.fields
            if options.get(field.pk)
        ],
        "fields": [
            {"key": field.pk, "label": field.short_name, "is_shown": field in sheet.shown}
            for field in sheet.fields
        ],
        "import_url": _import_url(namespace) if may_edit else "",
        "bulk_url": f"{reverse('classifications-many')}?{urlencode({'namespace': namespace})}",
        "has_filters": bool(sheet.answers or sheet.state or sheet.record),
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", f"{reverse('classifications-json')}?{query}", "application/json"),
            chrome.Format("CSV", f"{reverse('classifications-csv')}?{query}", "text/csv"),
        ],
        "reference_url": f"{reverse('classifications-csv')}?"
        + urlencode({"namespace": namespace, "layout": REFERENCE}),
    }


def _import_url(namespace: str) -> str:
    return f"{reverse('classifications-import')}?{urlencode({'namespace': namespace})}"


def _row(row: Classification, shown: list[TaxonomyField], *, may_edit: bool) -> dict[str, Any]:
    about = _subject(row)
    answers = {answer.field_id: answer for answer in row.attributes.all()}
    cells = []
    for field in shown:
        answer = answers.get(field.pk)
        if answer is None:
            cells.append({"text": "", "is_machine": False})
            continue
        told = taxonomy_rules.provenance_of(
            answer.provenance, is_automated=bool(row.taxonomy.is_automated)
        )
        said = words(taxonomy_rules.decode(answer.value_json))
        cells.append(
            {"text": text.excerpt(said, LONGEST_CELL), "is_machine": bool(said) and told.is_machine}
        )
    return {
        "id": row.public_id,
        "name": naming.record(about.kind, about.number),
        "title": about.title,
        "url": answering.url_of(about),
        "is_draft": not row.is_published,
        "edit_url": answering.edit_url(row.taxonomy.namespace, about) if may_edit else "",
        "cells": cells,
    }


def _subject(row: Classification) -> Subject:
    if row.incident is not None:
        return Subject("incident", row.incident.incident_id, row.incident.title)
    assert row.report is not None  # noqa: S101 (a constraint of the table)
    return Subject("report", row.report.report_number, row.report.title)


def as_json(request: HttpRequest) -> HttpResponse:
    """Return the same rows with all their answers and where those come from."""
    viewer = viewer_of(request)
    sheet = _asked(request.GET, viewer)
    if sheet is None:
        return errors.not_found(request)
    base = chrome.site_url(request)
    return open_json(
        {
            "namespace": sheet.taxonomy.namespace,
            "classifications": [
                {
                    **shapes.classification(row),
                    "record": naming_of(_subject(row), base),
                    "published": row.is_published,
                }
                for row in sheets.in_batches(_rows(sheet, viewer))
            ],
        }
    )


def naming_of(about: Subject, base: str) -> dict[str, Any]:
    """Return what a row speaks of: the kind, its number and its page."""
    url = answering.url_of(about)
    return {"kind": about.kind, "number": about.number, "url": f"{base}{url}"}


def as_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Return the same rows as a table; with `layout=reference` as the reference lays them out."""
    viewer = viewer_of(request)
    sheet = _asked(request.GET, viewer)
    if sheet is None:
        return errors.not_found(request)
    name = sheet.taxonomy.namespace
    if request.GET.get("layout") == REFERENCE:
        return csv_response(f"classifications_{name}.csv", reference_lines(sheet.taxonomy, viewer))
    header = [
        "classification",
        "kind",
        "number",
        "published",
        *(field.short_name for field in sheet.fields),
        "provenance",
    ]
    return csv_response(f"{name}.csv", tables.csv_lines(header, _csv_rows(sheet, viewer)))


def _csv_rows(sheet: Sheet, viewer: Viewer) -> Iterator[list[str]]:
    taxonomy = queries.definition(sheet.taxonomy.namespace)
    definitions = rules.questions(taxonomy["fields"] if taxonomy else [])
    for row in sheets.in_batches(_rows(sheet, viewer)):
        about = _subject(row)
        shape = shapes.classification(row)
        said = {answer.field_id: answer for answer in row.attributes.all()}
        cells = [
            written(said[field.pk].value_json, definitions[field.short_name])
            if field.pk in said
            else ""
            for field in sheet.fields
        ]
        told = {
            one["short_name"]: {k: v for k, v in one["provenance"].items() if v is not None}
            for one in shape["attributes"]
        }
        published = "true" if row.is_published else "false"
        yield [
            row.public_id,
            about.kind,
            str(about.number),
            published,
            *cells,
            json.dumps(told, ensure_ascii=False),
        ]


def reference_lines(taxonomy: Taxonomy, viewer: Viewer) -> Iterator[str]:
    """Yield the CSV file that a snapshot of the reference holds of a taxonomy.

    What the viewer may not see of it is left empty.
    """
    visible = {field.pk for field in sheets.fields_of(taxonomy, viewer=viewer)}
    state = queries.definition(taxonomy.namespace)
    names = [str(field["short_name"]) for field in state["fields"]] if state else []
    return flat.classification_lines(
        taxonomy.namespace,
        names,
        (
            flat.ClassificationRow(
                row.incident.incident_id if row.incident else None,
                row.is_published,
                [
                    (answer.short_name, answer.value_json)
                    for answer in row.attributes.all()
                    if answer.field_id in visible
                ],
            )
            for row in sheets.in_batches(sheets.as_stored(taxonomy.namespace, viewer=viewer))
        ),
    )


@classifiers_page
def many(request: HttpRequest) -> HttpResponse:
    """Give one question the same answer in many classifications, after a look at what is there."""
    viewer = viewer_of(request)
    taxonomy = queries.definition(request.GET.get("namespace", "").replace("\0", "")[:100])
    if taxonomy is None or not may_classify(viewer, taxonomy["namespace"]):
        return errors.not_found(request)
    here = f"{reverse('classifications')}?{urlencode({'namespace': taxonomy['namespace']})}"
    chosen = [one for one in request.POST.getlist("id") if ids.is_object_id(one)]
    asked = rules.questions(taxonomy["fields"])
    field = request.POST.get("field", "").replace("\0", "")
    if request.method != "POST" or not chosen or field not in asked:
        if request.method == "POST":
            messages.error(request, _("Choose classifications and the question to answer."))
        return HttpResponseRedirect(here)
    draft = forms.draft_from(request.POST, [asked[field]])
    error = ""
    if request.POST.get("do") == "apply":
        try:
            changed = actions.answer_many(
                chosen,
                field,
                draft.answers.get(field, ""),
                actor=viewer,
                reason=params.reason(request),
            )
        except NotReady as refused:
            error = " ".join(forms.in_words(one) for one in refused.problems.values())
        else:
            said = ngettext(
                "%(number)s classification is changed.",
                "%(number)s classifications are changed.",
                changed,
            )
            messages.success(request, said % {"number": changed})
            return HttpResponseRedirect(here)
    return _confirm(request, taxonomy, field, chosen, draft, error)


def _confirm(
    request: HttpRequest,
    taxonomy: Mapping[str, Any],
    field: str,
    chosen: list[str],
    draft: rules.ClassificationDraft,
    error: str,
) -> HttpResponse:
    viewer = viewer_of(request)
    question = forms.one_question(taxonomy, field, draft)
    rows = sheets.with_answers(
        taxonomies.classifications(viewer).filter(public_id__in=chosen[: rules.MOST_AT_ONCE])
    )
    title = _("One answer for many classifications")
    context = {
        "heading": title,
        "namespace": taxonomy["namespace"],
        "question": {**question, "error": error},
        "field": field,
        "chosen": [
            {
                "id": row.public_id,
                "name": naming.record(_subject(row).kind, _subject(row).number),
                "title": _subject(row).title,
                "said": next(
                    (
                        words(taxonomy_rules.decode(answer.value_json))
                        for answer in row.attributes.all()
                        if answer.short_name == field
                    ),
                    "",
                ),
            }
            for row in rows
        ],
        "reason": params.reason(request),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/classifying/many.html", context, status=422 if error else 200)

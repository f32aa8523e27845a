"""Answers from a table: say what its columns mean, see what would change, and take them over.

The table travels with the form, so nothing is kept of it until it is taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidentbase.formats import tables
from incidentbase.formats.aiid import flat
from incidentbase.serve.http import params
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, errors, naming
from incidentbase.serve.web.forms import importing as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts.rules import Viewer, may_classify
from incidentbase.store.classifying import actions, columns, planning, queries
from incidentbase.store.classifying.planning import Plan
from incidentbase.store.history.mirrors import State
from incidentbase.store.taxonomies import queries as taxonomies

ROWS_SHOWN = 50


def looks_like(name: str, value_json: str, text: str) -> bool:
    """Return whether a cell is how the reference's files have an answer."""
    return flat.cell(name, value_json).strip() == text


def rows_of(table: tables.Table, meanings: Sequence[str]) -> list[columns.Row]:
    """Return what the rows of a table say, given what its columns stand for."""
    return [columns.row(line.number, line.cells, meanings, more=line.more) for line in table.lines]


@classifiers_page
def page(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show the step that the request has come to."""
    viewer = viewer_of(request)
    given = request.GET.get("namespace", "").replace("\0", "")[:100]
    taxonomy = queries.definition(given) if given else None
    if taxonomy is None or not may_classify(viewer, taxonomy["namespace"]):
        return errors.not_found(request) if given else _begin(request, viewer)
    if request.method != "POST":
        return _choose(request, taxonomy)
    error, written = _typed_table(request)
    if error:
        return _choose(request, taxonomy, error)
    try:
        table = tables.read(written, most_rows=columns.MOST_ROWS)
    except tables.Unreadable as refused:
        return _choose(request, taxonomy, forms.unreadable(refused))
    asked = forms.asked(request.POST, table.header, taxonomy["fields"])
    wrong = forms.wrong_columns(columns.wrong(asked.meanings, taxonomy["fields"]))
    if wrong:
        return _check(request, taxonomy, table, asked, wrong=wrong, written=written)
    rows = rows_of(table, asked.meanings)
    if request.POST.get("do") == "import":
        return _imported(request, taxonomy, table, asked, rows, written=written)
    plan = planning.plan(
        taxonomy["namespace"], rows, how=asked.how, looks_like=looks_like, viewer=viewer
    )
    if plan is None:
        return errors.not_found(request)
    if request.POST.get("do") == "report":
        name = f"{taxonomy['namespace']}-import.csv"
        return csv_response(name, tables.csv_lines(REPORT, report_lines(plan)))
    return _check(request, taxonomy, table, asked, plan=plan, written=written)


def _begin(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Let somebody choose the taxonomy."""
    here = reverse("classifications-import")
    choices = [
        {"label": row.namespace, "url": f"{here}?{urlencode({'namespace': row.namespace})}"}
        for row in taxonomies.all_namespaces()
        if may_classify(viewer, row.namespace)
    ]
    return _render(request, "", {"choices": choices})


def _choose(request: HttpRequest, taxonomy: State, error: str = "") -> HttpResponse:
    """Let somebody choose a file, or paste the table."""
    namespace = taxonomy["namespace"]
    query = urlencode({"namespace": namespace})
    context = {
        "error": error,
        "pasted": request.POST.get("pasted", "") if error else "",
        "own_url": f"{reverse('classifications-csv')}?{query}",
        "most_rows": columns.MOST_ROWS,
    }
    return _render(request, namespace, context, status=422 if error else 200)


def _render(
    request: HttpRequest, namespace: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    title = _("Import answers from a table")
    context |= {
        "heading": f"{title}: {namespace}" if namespace else title,
        "namespace": namespace,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/classifying/import.html", context, status=status)


def _typed_table(request: HttpRequest) -> tuple[str, str]:
    """Return what is wrong with what was sent, and the text of the table."""
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        if (upload.size or 0) > forms.MOST_BYTES:
            return forms.too_large(), ""
        try:
            return "", tables.decoded(upload.read())
        except tables.Unreadable as refused:
            return forms.unreadable(refused), ""
    written = request.POST.get("table") or request.POST.get("pasted", "")
    if len(written.encode("utf-8", "replace")) > 2 * forms.MOST_BYTES:
        return forms.too_large(), ""
    if not written.strip():
        return _("Choose a file, or paste the table."), ""
    return "", written


def _imported(
    request: HttpRequest,
    taxonomy: State,
    table: tables.Table,
    asked: forms.Asked,
    rows: list[columns.Row],
    *,
    written: str,
) -> HttpResponse:
    """Take the answers over, or show what that would do now when it is not what was seen."""
    namespace = taxonomy["namespace"]
    try:
        counts = actions.import_answers(
            namespace,
            rows,
            how=asked.how,
            looks_like=looks_like,
            seen=asked.seen,
            leaves_out=asked.leaves_out,
            actor=viewer_of(request),
            reason=params.reason(request),
        )
    except actions.PlanChanged as changed:
        return _check(
            request, taxonomy, table, asked, plan=changed.plan, is_other=True, written=written
        )
    made = ngettext(
        "%(number)s classification is new.",
        "%(number)s classifications are new.",
        counts[planning.MADE],
    ) % {"number": counts[planning.MADE]}
    changed_too = ngettext(
        "%(number)s classification is changed.",
        "%(number)s classifications are changed.",
        counts[planning.CHANGED],
    ) % {"number": counts[planning.CHANGED]}
    messages.success(request, f"{made} {changed_too}")
    query = urlencode({"namespace": namespace})
    return HttpResponseRedirect(f"{reverse('classifications')}?{query}")


def _check(
    request: HttpRequest,
    taxonomy: State,
    table: tables.Table,
    asked: forms.Asked,
    *,
    plan: Plan | None = None,
    wrong: list[str] | None = None,
    is_other: bool = False,
    written: str,
) -> HttpResponse:
    """Show what the columns mean, and what would come of the rows."""
    title = _("Import answers from a table")
    changes_again = is_other and plan is not None and plan.version != asked.seen
    context = {
        "heading": f"{title}: {taxonomy['namespace']}",
        "namespace": taxonomy["namespace"],
        "table": written,
        "columns": forms.columns_shown(table, asked.meanings, taxonomy["fields"]),
        **forms.options(asked.how),
        "model": asked.how.model,
        "publishes": asked.how.publishes,
        "leaves_out": asked.leaves_out,
        "reason": params.reason(request),
        "wrong": wrong or [],
        "is_other": changes_again,
        "must_choose": is_other and not changes_again,
        "total": len(table.lines),
        **(_plan_shown(plan, taxonomy) if plan else {}),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    status = 422 if wrong else 409 if is_other else 200
    return render(request, "pages/classifying/import_check.html", context, status=status)


def _plan_shown(plan: Plan, taxonomy: State) -> dict[str, Any]:
    refused = [one for one in plan.outcomes if one.what == planning.REFUSED]
    others = [one for one in plan.outcomes if one.what in (planning.MADE, planning.CHANGED)]
    return {
        "plan": {
            "version": plan.version,
            "counts": [
                {"label": forms.outcome_in_words(what), "number": plan.counts[what]}
                for what in (planning.MADE, planning.CHANGED, planning.SAME, planning.REFUSED)
            ],
            "refused": len(refused),
            "wanted": len(others),
            "problems": [
                {
                    "line": one.row.line,
                    "record": _named(one.row),
                    "said": forms.problems_in_words(one),
                }
                for one in refused[:ROWS_SHOWN]
            ],
            "more_problems": max(len(refused) - ROWS_SHOWN, 0),
            "changes": [
                {
                    "line": one.row.line,
                    "record": _named(one.row),
                    "url": answering.url_of(queries.Subject(one.row.kind, one.row.number, "")),
                    "what": forms.outcome_in_words(one.what),
                    "said": forms.changes_in_words(one, taxonomy["fields"]),
                }
                for one in others[:ROWS_SHOWN]
            ],
            "more_changes": max(len(others) - ROWS_SHOWN, 0),
        }
    }


def _named(row: columns.Row) -> str:
    return naming.record(row.kind, row.number) if row.kind else ""


REPORT = ["line", "kind", "number", "outcome", "field", "before", "after", "problem"]


def report_lines(plan: Plan) -> Iterator[list[str]]:
    """Yield a row for everything that would change and everything that is refused."""
    for one in plan.outcomes:
        row = one.row
        start = [str(row.line), row.kind, str(row.number or ""), one.what]
        for label, problem in forms.problems_in_words(one):
            yield [*start, label, "", "", problem]
        for change in forms.changes_in_words(one, plan.taxonomy["fields"]):
            yield [*start, change["label"], change["before"], change["after"], ""]
        if not one.problems and not one.changes:
            yield [*start, "", "", "", ""]

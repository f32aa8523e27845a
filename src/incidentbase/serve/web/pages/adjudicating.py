"""Adjudication: the queue of records, and the codings of one side by side (spec aiid-site §6.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidentbase.kit import paging
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, codings, comparing_codings, errors, naming
from incidentbase.serve.web.classifying import taxonomy_url
from incidentbase.serve.web.forms import classifying as classifying_forms
from incidentbase.serve.web.forms import codings as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts.rules import INCIDENT_EDITOR
from incidentbase.store.annotating import actions, queries, rules
from incidentbase.store.annotating.queries import Board
from incidentbase.store.annotating.rules import Decisions
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import Problem

PAGE_SIZE = 50


@classifiers_page
def queue(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the records of a taxonomy whose codings wait to be adjudicated, or all."""
    viewer = viewer_of(request)
    name = codings.namespace_of(viewer, namespace)
    definition = classifying.definition(name) if name else None
    if name is None or definition is None:
        return errors.not_found(request)
    found = queries.candidates(name, viewer=viewer)
    counted = Counter(one.stage for one in found)
    wanted = request.GET.get("stage", queries.WAITS)
    shown = [one for one in found if one.stage == wanted or wanted == "all"]
    place = paging.paginate(total=len(shown), page=params.page_number(request), size=PAGE_SIZE)
    here = shown[place.start : place.stop]
    differing = queries.differences(definition, [one.record for one in here], viewer=viewer)
    alike = [
        one.record
        for one in here
        if one.stage == queries.WAITS
        and not one.is_classified
        and differing.get(one.record) == (0, 0)
    ]
    if request.method == "POST":
        return _taken_over(request, name, alike)
    title = _("Adjudication of %(namespace)s") % {"namespace": name}
    context = {
        "heading": title,
        "namespace": name,
        "taxonomy_url": taxonomy_url(name),
        "tabs": codings.tabs(name, at="adjudications"),
        "stages": [
            {
                "value": stage,
                "label": codings.stage_shown(stage)["label"],
                "number": counted[stage],
                "is_here": stage == wanted,
            }
            for stage in queries.STAGES
        ],
        "rows": [
            {
                "name": naming.record(*one.record),
                "title": one.title,
                "url": "" if one.stage == queries.IS_CODED else codings.board_url(name, one.record),
                "codings": one.codings,
                "stage": codings.stage_shown(one.stage),
                "differences": differing.get(one.record, (0, 0))[0],
                "to_decide": differing.get(one.record, (0, 0))[1],
                "is_told": one.stage != queries.IS_CODED,
            }
            for one in here
        ],
        "alike": len(alike),
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", reverse("codings-json", args=[namespace]), "application/json"),
            chrome.Format("CSV", reverse("codings-csv", args=[namespace]), "text/csv"),
        ],
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/codings/queue_of_records.html", context)


def _taken_over(
    request: HttpRequest, namespace: str, records: Sequence[queries.Record]
) -> HttpResponse:
    """Take over those records of a page in which nobody differs."""
    number = actions.adjudicate_alike(
        namespace, records, actor=viewer_of(request), reason=params.reason(request)
    )
    messages.success(
        request,
        ngettext("%(number)s record is adjudicated.", "%(number)s records are adjudicated.", number)
        % {"number": number},
    )
    return HttpResponseRedirect(request.get_full_path())


@classifiers_page
def board(request: HttpRequest, namespace: str, kind: str, number: int) -> HttpResponse:
    """Show the codings of a record side by side, and write what was decided."""
    found = queries.board(namespace, kind, number, viewer=viewer_of(request))
    if found is None or not (found.given or found.is_open):
        return errors.not_found(request)
    if found.is_open:
        return _waiting(request, found)
    if request.method != "POST":
        return _form(request, found, Decisions(), seen=found.seen, is_fresh=True)
    decisions = forms.decisions_in(request.POST, found.editable.fields)
    seen = request.POST.get("seen", "")
    wanted = request.POST.get("do", "")
    if wanted.startswith("more-"):
        more = wanted.removeprefix("more-")
        return _form(request, found, decisions, seen=seen, more=more)
    if wanted in ("differences", "all"):
        only = wanted == "differences"
        return _form(request, found, decisions, seen=seen, only_differences=only)
    return _written(request, found, decisions, seen)


@classifiers_page
def reference(request: HttpRequest, number: int) -> HttpResponse:
    """Lead from where the reference adjudicates CSETv1 to where it is done here."""
    return HttpResponseRedirect(codings.board_url("CSETv1", ("incident", number)))


def _written(request: HttpRequest, found: Board, decisions: Decisions, seen: str) -> HttpResponse:
    viewer = viewer_of(request)
    namespace, about = found.editable.taxonomy["namespace"], found.editable.subject
    try:
        actions.adjudicate(
            namespace,
            about.kind,
            about.number,
            decisions,
            seen=seen,
            actor=viewer,
            reason=params.reason(request),
        )
    except NotReady as refused:
        return _form(request, found, decisions, seen=seen, problems=refused.problems, status=422)
    except EditConflict as conflict:
        # What was picked stays picked, unless its coding is gone.
        return _form(request, found, decisions, seen=conflict.version, is_late=True, status=409)
    except actions.Unfinished:
        return _waiting(request, found, status=409)
    messages.success(request, _("The record is adjudicated."))
    if request.POST.get("do") == "next":
        record = (about.kind, about.number)
        following = queries.next_waiting(namespace, record, viewer=viewer)
        if following is not None:
            return HttpResponseRedirect(codings.board_url(namespace, following))
        return HttpResponseRedirect(reverse("adjudications", args=[namespace.lower()]))
    return HttpResponseRedirect(request.get_full_path())


def _waiting(request: HttpRequest, found: Board, *, status: int = 200) -> HttpResponse:
    """Say that somebody still codes the record: nobody looks at any of its codings then."""
    return render(request, "pages/codings/waiting.html", _about(request, found), status=status)


def _about(request: HttpRequest, found: Board) -> dict[str, Any]:
    editable = found.editable
    namespace = editable.taxonomy["namespace"]
    title = _("%(namespace)s codings of %(record)s") % {
        "namespace": namespace,
        "record": naming.record(editable.subject.kind, editable.subject.number),
    }
    return {
        "heading": title,
        "namespace": namespace,
        "taxonomy_url": taxonomy_url(namespace),
        "record_url": answering.url_of(editable.subject),
        "record_title": editable.subject.title,
        "queue_url": reverse("adjudications", args=[namespace.lower()]),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }


def _form(
    request: HttpRequest,
    found: Board,
    decisions: Decisions,
    *,
    seen: str,
    is_fresh: bool = False,
    is_late: bool = False,
    problems: Mapping[str, Problem] | None = None,
    more: str = "",
    only_differences: bool | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    if is_fresh:
        typed = replace(decisions.typed, notes=_notes(found), is_published=True)
        decisions = replace(decisions, typed=typed)
    if only_differences is None:
        only_differences = request.POST.get("only") == "true"
    sections = comparing_codings.sections(found, decisions, problems, more=more)
    rows = [row for section in sections for row in section["rows"]]
    typed = decisions.typed
    context = {
        **_about(request, found),
        "seen": seen,
        "sections": sections,
        "annotators": comparing_codings.annotators(found),
        "open": sum(row["is_undecided"] for row in rows),
        "differences": sum(row["is_difference"] for row in rows),
        "total": len(rows),
        "only_differences": only_differences,
        "notes": typed.notes,
        "notes_error": _error(problems, "notes"),
        "own_notes": [
            {"label": one.label, "text": one.flat["notes"]}
            for one in found.codings
            if one.flat["notes"]
        ],
        "is_published": typed.is_published,
        "exists": bool(found.editable.public_id),
        "act_url": _act_url(request, found),
        "reason": params.reason(request),
        "has_problems": bool(problems),
        "is_late": is_late,
    }
    return render(request, "pages/codings/board.html", context, status=status)


def _notes(found: Board) -> str:
    return str(found.editable.state["notes"]) or rules.notes_proposed(found.codings)


def _error(problems: Mapping[str, Problem], name: str) -> str:
    return classifying_forms.in_words(problems[name]) if name in problems else ""


def _act_url(request: HttpRequest, found: Board) -> str:
    """Return the last act on the classification, for those who undo acts."""
    key = found.editable.public_id
    if not key or not viewer_of(request).has_role(INCIDENT_EDITOR):
        return ""
    group = recorded.newest_act("classification", key)
    return reverse("act", args=[group]) if group else ""

"""The editor of classifications: of incidents and reports, one by one or as a queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from incidentbase.serve.http import params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, naming, presenting
from incidentbase.serve.web.classifying import provenance_shown, taxonomy_url, words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import require_classifier
from incidentbase.store.classifying import actions, queries, rules
from incidentbase.store.classifying.queries import Editable, Subject
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import rules as taxonomy_rules

MOST_SUGGESTIONS = 12
LONGEST_QUERY = 100


@classifiers_page
def edit(request: HttpRequest) -> HttpResponse:
    """Show what a taxonomy says of an incident or report as a form, and save what was typed."""
    editable = _editable(request)
    if editable is None:
        return errors.not_found(request)
    require_classifier(viewer_of(request), editable.taxonomy["namespace"])
    if request.method != "POST":
        draft = forms.draft_of(editable) if editable.public_id else forms.blank_draft(editable)
        return _form(request, editable, draft, seen=editable.seen)
    draft = forms.draft_from(request.POST, editable.fields)
    seen = request.POST.get("seen", "")
    wanted = request.POST.get("do", "")
    if wanted.startswith("more-"):
        return _form(request, editable, draft, seen=seen, more=wanted.removeprefix("more-"))
    if wanted == "review":
        return _reviewed(request, editable, seen)
    if wanted == "remove":
        return _removed(request, editable)
    return _saved(request, editable, draft, seen, is_autosave=wanted == "autosave")


def _editable(request: HttpRequest) -> Editable | None:
    viewer = viewer_of(request)
    if public_id := request.GET.get("id", ""):
        return queries.editable_by_id(public_id.replace("\0", "")[:24], viewer=viewer)
    namespace = request.GET.get("namespace", "").replace("\0", "")[:100]
    for kind in ("incident", "report"):
        name = "incident_id" if kind == "incident" else "report_number"
        if number := params.record_number(request, name):
            return queries.editable(namespace, kind, number, viewer=viewer)
    return None


def _saved(
    request: HttpRequest,
    editable: Editable,
    draft: ClassificationDraft,
    seen: str,
    *,
    is_autosave: bool,
) -> HttpResponse:
    about = editable.subject
    try:
        actions.classify(
            editable.taxonomy["namespace"],
            about.kind,
            about.number,
            draft,
            seen=seen,
            is_alone=is_autosave,
            actor=viewer_of(request),
            reason=params.reason(request),
        )
    except NotReady as refused:
        if is_autosave:
            said = {forms.label_of(n): forms.in_words(p) for n, p in refused.problems.items()}
            return JsonResponse({"problems": said}, status=422)
        return _form(request, editable, draft, seen=seen, problems=refused.problems, status=422)
    except EditConflict as conflict:
        if is_autosave:
            return JsonResponse(
                {"clashes": sorted(map(forms.label_of, conflict.clashes))}, status=409
            )
        fresh = _editable(request) or editable
        draft = forms.brought_up(draft, forms.draft_of(fresh), conflict.taken)
        return _form(request, fresh, draft, seen=conflict.version, conflict=conflict, status=409)
    if is_autosave:
        fresh = _editable(request) or editable
        return JsonResponse({"version": fresh.seen, "taken": {}})
    messages.success(
        request,
        _("The classification is published.")
        if draft.is_published
        else _("The classification is saved as a draft."),
    )
    return HttpResponseRedirect(_after(request, editable))


def _after(request: HttpRequest, editable: Editable) -> str:
    """Return where to go on: to the next record of the queue, or to the record's page."""
    namespace = editable.taxonomy["namespace"]
    if request.POST.get("do") == "next":
        following = queries.next_unclassified(
            namespace, after=editable.subject.number, viewer=viewer_of(request)
        )
        if following is not None:
            return edit_url(namespace, Subject("incident", following, ""))
    return f"{_url_of(editable.subject)}#{namespace}-classifications"


def _reviewed(request: HttpRequest, editable: Editable, seen: str) -> HttpResponse:
    names = [name for name, told in _told(editable).items() if told.is_machine]
    try:
        actions.review_answers(editable.public_id, names, seen=seen, actor=viewer_of(request))
    except EditConflict as conflict:
        fresh = _editable(request) or editable
        return _form(
            request,
            fresh,
            forms.draft_of(fresh),
            seen=conflict.version,
            is_changed=True,
            status=409,
        )
    messages.success(request, _("The machine’s answers are marked as reviewed by you."))
    return HttpResponseRedirect(request.get_full_path())


def _removed(request: HttpRequest, editable: Editable) -> HttpResponse:
    actions.remove_classification(
        editable.public_id, actor=viewer_of(request), reason=params.reason(request)
    )
    messages.success(request, _("The classification is removed."))
    return HttpResponseRedirect(_url_of(editable.subject))


def _told(editable: Editable) -> dict[str, taxonomy_rules.Provenance]:
    is_automated = bool(editable.taxonomy["is_automated"])
    return {
        name: taxonomy_rules.provenance_of(
            provenance[0] if provenance else {}, is_automated=is_automated
        )
        for name, value_json, *provenance in editable.state["attributes"]
        if taxonomy_rules.decode(value_json) not in ("", None, [])
    }


def _form(
    request: HttpRequest,
    editable: Editable,
    draft: ClassificationDraft,
    *,
    seen: str,
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    is_changed: bool = False,
    more: str = "",
    status: int = 200,
) -> HttpResponse:
    context = form_context(
        request, editable, draft, seen=seen, problems=problems, conflict=conflict, more=more
    )
    title = context["heading"]
    return render(
        request,
        "pages/classifying/edit.html",
        {
            **context,
            "is_changed": is_changed,
            "meta": chrome.describe(request, title=title, robots="noindex"),
        },
        status=status,
    )


def form_context(
    request: HttpRequest,
    editable: Editable,
    draft: ClassificationDraft,
    *,
    seen: str,
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    more: str = "",
) -> dict[str, Any]:
    """Return what the form of a classification shows, on its own page or within another."""
    problems = problems or {}
    told = _told(editable)
    people = accounts.names_of(
        {one.by for one in told.values()} | {one.reviewed_by for one in told.values()}
    )
    namespace = editable.taxonomy["namespace"]
    about = editable.subject

    def provenance(name: str) -> Mapping[str, Any]:
        return provenance_shown(told[name], people) if name in told else {}

    machine = [name for name, one in told.items() if one.is_machine and not one.is_reviewed]
    return {
        "heading": _("%(namespace)s classification of %(record)s")
        % {"namespace": namespace, "record": naming.record(about.kind, about.number)},
        "namespace": namespace,
        "taxonomy_url": taxonomy_url(namespace),
        "record_title": about.title,
        "record_url": _url_of(about),
        "action": edit_url(namespace, about),
        "sections": forms.sections(
            editable,
            draft,
            problems,
            offered=queries.suggestions(editable.taxonomy),
            more=more,
            provenance=provenance,
        ),
        "notes": draft.notes,
        "notes_error": forms.in_words(problems["notes"]) if "notes" in problems else "",
        "is_published": draft.is_published,
        "is_draft": not editable.state["is_published"],
        "exists": bool(editable.public_id),
        "unreviewed": len(machine),
        "seen": seen,
        "reason": params.reason(request),
        "has_problems": bool(problems),
        "theirs": _theirs(conflict),
    }


def _theirs(conflict: EditConflict | None) -> dict[str, str]:
    if conflict is None:
        return {}
    return {
        forms.label_of(name): words(clash.theirs) or "—"
        for name, clash in sorted(conflict.clashes.items())
    }


def edit_url(namespace: str, about: Subject) -> str:
    """Return the address of the form for a record."""
    name = "incident_id" if about.kind == "incident" else "report_number"
    query = urlencode({"namespace": namespace, name: str(about.number)})
    return f"{reverse('classification-edit')}?{query}"


def _url_of(about: Subject) -> str:
    if about.kind == "incident":
        return presenting.incident_url(about.number)
    return presenting.report_url(about.number)


@classifiers_page
def suggest(request: HttpRequest) -> HttpResponse:
    """Return values in use that begin like, or hold, what is being typed into a list."""
    taxonomy = queries.definition(request.GET.get("namespace", "").replace("\0", "")[:100])
    field = request.GET.get("field", "").replace("\0", "")
    asked = rules.questions(taxonomy["fields"]) if taxonomy else {}
    if taxonomy is None or field not in asked:
        return errors.not_found(request)
    offered = queries.suggestions(taxonomy).get(field, [])
    typed = request.GET.get("q", "").replace("\0", "").strip().casefold()[:LONGEST_QUERY]
    starting = [one for one in offered if one.casefold().startswith(typed)]
    holding = [one for one in offered if typed in one.casefold()]
    return open_json({"names": list(dict.fromkeys([*starting, *holding]))[:MOST_SUGGESTIONS]})

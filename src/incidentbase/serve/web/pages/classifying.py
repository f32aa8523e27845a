"""The editor of classifications: of incidents and reports, one by one or as a queue."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from incidentbase.serve.http import params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, errors
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts.rules import require_classifier
from incidentbase.store.classifying import actions, queries, rules
from incidentbase.store.classifying.queries import Editable, Subject
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import Problem

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
        return _form(request, editable, answering.draft_of(editable), seen=editable.seen)
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
            return answering.edit_url(namespace, Subject("incident", following, ""))
    return f"{answering.url_of(editable.subject)}#{namespace}-classifications"


def _reviewed(request: HttpRequest, editable: Editable, seen: str) -> HttpResponse:
    names = [name for name, told in answering.told_of(editable).items() if told.is_machine]
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
    return HttpResponseRedirect(answering.url_of(editable.subject))


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
    context = answering.form_context(
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


@classifiers_page
def suggest(request: HttpRequest) -> HttpResponse:
    """Return values in use that begin like, or hold, what is being typed into a list."""
    taxonomy = queries.definition(request.GET.get("namespace", "").replace("\0", "")[:100])
    field = request.GET.get("field", "").replace("\0", "")
    asked = rules.questions(taxonomy["fields"]) if taxonomy else {}
    if taxonomy is None or field not in asked:
        return errors.not_found(request)
    offered = queries.suggestions(taxonomy, viewer=viewer_of(request)).get(field, [])
    typed = request.GET.get("q", "").replace("\0", "").strip().casefold()[:LONGEST_QUERY]
    starting = [one for one in offered if one.casefold().startswith(typed)]
    holding = [one for one in offered if typed in one.casefold()]
    return open_json({"names": list(dict.fromkeys([*starting, *holding]))[:MOST_SUGGESTIONS]})

"""An annotator's own codings: the queue, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, codings, errors, naming
from incidentbase.serve.web.classifying import words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts.rules import may_classify
from incidentbase.store.annotating import actions, queries
from incidentbase.store.annotating.queries import Own
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.classifying import rules as answers
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.codings import queries as kept
from incidentbase.store.codings import rules
from incidentbase.store.codings.models import Coding
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import rules as taxonomy_rules


@classifiers_page
def listing(request: HttpRequest) -> HttpResponse:
    """Show what the viewer is to code, with how far each has come."""
    viewer = viewer_of(request)
    rows = [row for row in kept.own(viewer) if may_classify(viewer, row.taxonomy.namespace)]
    asked = {row.taxonomy.namespace: 0 for row in rows}
    for namespace in asked:
        definition = classifying.definition(namespace)
        asked[namespace] = len(answers.questions(definition["fields"])) if definition else 0
    shown = [_row(row, asked[row.taxonomy.namespace], request) for row in rows]
    done = sum(row.state in rules.DONE for row in rows)
    title = _("My codings")
    context = {
        "heading": title,
        "open": [one for one in shown if one["is_open"]],
        "finished": [one for one in shown if not one["is_open"]],
        "done": done,
        "total": len(rows),
        "progress": _("%(done)s of %(total)s") % {"done": done, "total": len(rows)},
        "coordinated": codings.coordinated(viewer),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/codings/own.html", context)


def _row(row: Coding, asked: int, request: HttpRequest) -> dict[str, Any]:
    about = queries.subject_of(row)
    is_begun = bool(row.attributes or row.notes)
    return {
        "url": reverse("coding", args=[row.public_id]),
        "name": naming.record(about.kind, about.number),
        "title": about.title,
        "namespace": row.taxonomy.namespace,
        "state": codings.state_shown(row.state, is_begun=is_begun),
        "is_open": row.state == rules.ASSIGNED,
        "answered": queries.answered(row, asked),
        "asked": asked,
        "due": row.due,
        "is_late": codings.is_late(row.due, row.state, viewer_of(request)),
        "instruction": row.instruction,
    }


@classifiers_page
def edit(request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a coding of the viewer's own as a form, and keep what was typed."""
    own = queries.own(object_id, viewer=viewer_of(request))
    if own is None:
        return errors.not_found(request)
    if own.coding.state != rules.ASSIGNED:
        return _closed(request, own)
    editable = own.editable
    if request.method != "POST":
        draft = forms.draft_of(editable) if own.is_begun else forms.blank_draft(editable)
        return _form(request, own, draft, seen=own.seen)
    draft = forms.draft_from(request.POST, editable.fields)
    seen = request.POST.get("seen", "")
    wanted = request.POST.get("do", "")
    if wanted.startswith("more-"):
        return _form(request, own, draft, seen=seen, more=wanted.removeprefix("more-"))
    return _kept(request, own, draft, seen, wanted)


def _kept(
    request: HttpRequest, own: Own, draft: ClassificationDraft, seen: str, wanted: str
) -> HttpResponse:
    key, viewer = own.coding.public_id, viewer_of(request)
    is_autosave = wanted == "autosave"
    try:
        if wanted == "hand-in":
            actions.hand_in(key, draft, seen=seen, actor=viewer)
        else:
            version = actions.keep_answers(
                key, draft, seen=seen, is_alone=is_autosave, actor=viewer
            )
    except NotReady as refused:
        if is_autosave:
            said = {forms.label_of(n): forms.in_words(p) for n, p in refused.problems.items()}
            return JsonResponse({"problems": said}, status=422)
        return _form(request, own, draft, seen=seen, problems=refused.problems, status=422)
    except EditConflict as conflict:
        if is_autosave:
            return JsonResponse(
                {"clashes": sorted(map(forms.label_of, conflict.clashes))}, status=409
            )
        fresh = queries.own(key, viewer=viewer) or own
        draft = forms.brought_up(draft, forms.draft_of(fresh.editable), conflict.taken)
        return _form(request, fresh, draft, seen=conflict.version, conflict=conflict, status=409)
    if is_autosave:
        return JsonResponse({"version": version, "taken": {}})
    if wanted == "hand-in":
        messages.success(request, _("The coding is handed in."))
        return HttpResponseRedirect(_next(request) or reverse("codings"))
    messages.success(request, _("The coding is saved."))
    return HttpResponseRedirect(request.get_full_path())


def _next(request: HttpRequest) -> str:
    """Return the next coding that the viewer has not handed in, empty after the last."""
    viewer = viewer_of(request)
    for row in kept.own(viewer).filter(state=rules.ASSIGNED):
        if may_classify(viewer, row.taxonomy.namespace):
            return reverse("coding", args=[row.public_id])
    return ""


def _form(
    request: HttpRequest,
    own: Own,
    draft: ClassificationDraft,
    *,
    seen: str,
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    more: str = "",
    status: int = 200,
) -> HttpResponse:
    context = answering.form_context(
        request, own.editable, draft, seen=seen, problems=problems, conflict=conflict, more=more
    )
    return render(request, "pages/codings/edit.html", _about(request, own, context), status=status)


def _about(request: HttpRequest, own: Own, context: dict[str, Any]) -> dict[str, Any]:
    row = own.coding
    subject = own.editable.subject
    title = _("My %(namespace)s coding of %(record)s") % {
        "namespace": row.taxonomy.namespace,
        "record": naming.record(subject.kind, subject.number),
    }
    return {
        **context,
        "heading": title,
        "label": row.label,
        "due": row.due,
        "is_late": codings.is_late(row.due, row.state, viewer_of(request)),
        "instruction": row.instruction,
        "state": codings.state_shown(row.state, is_begun=own.is_begun),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }


def _closed(request: HttpRequest, own: Own) -> HttpResponse:
    """Show what was handed in, and take it back."""
    row = own.coding
    do = request.POST.get("do") if request.method == "POST" else ""
    if do == "autosave":
        return JsonResponse({"problems": {}}, status=422)
    if do == "take-back":
        try:
            actions.take_back(row.public_id, actor=viewer_of(request))
        except actions.Adjudicated:
            messages.warning(request, _("It was adjudicated meanwhile, so it stays as it is."))
        return HttpResponseRedirect(request.get_full_path())
    subject = own.editable.subject
    context = {
        "record_url": answering.url_of(subject),
        "record_title": subject.title,
        "answers": [
            {"name": one[0], "said": words(taxonomy_rules.decode(one[1]))} for one in row.attributes
        ],
        "notes": row.notes,
        "handed_in_at": row.handed_in_at,
        "may_take_back": row.state == rules.HANDED_IN,
        "is_blind": row.is_blind,
        # Sent from another window, where it was still open.
        "is_late_post": bool(do),
    }
    status = 409 if do else 200
    return render(
        request, "pages/codings/closed.html", _about(request, own, context), status=status
    )

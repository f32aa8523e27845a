"""The editors of incidents and reports. Everything works by plain posts; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from incidentbase.index import similar
from incidentbase.kit import html
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, naming, presenting
from incidentbase.serve.web.forms import editing as forms
from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.guarding import editors_page
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.editing import actions, queries, rules
from incidentbase.store.editing.queries import Editable
from incidentbase.store.editing.rules import IncidentDraft, ReportDraft
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import ENTITY_FIELDS, MISSING, Problem

ALIKE = 8
# Fields for further exchanges of a variant.
MORE_EXCHANGES = 1


@editors_page
def incident(request: HttpRequest) -> HttpResponse:
    """Show the editor of an incident, and save what was typed."""
    number = params.record_number(request, "incident_id")
    editable = queries.incident(number) if number else None
    if number is None or editable is None:
        true = incidents.true_number(number) if number else None
        if true is not None and request.method == "GET":
            return HttpResponseRedirect(f"{request.path}?incident_id={true}")
        return errors.not_found(request)
    if request.method != "POST":
        draft = forms.incident_draft_of(editable)
        return _incident(request, editable, draft, seen=editable.seen)
    draft = forms.incident_draft_from(request.POST)
    seen = request.POST.get("seen", "")
    try:
        actions.edit_incident(
            number, draft, seen=seen, actor=viewer_of(request), reason=params.reason(request)
        )
    except NotReady as refused:
        return _incident(request, editable, draft, seen=seen, problems=refused.problems, status=422)
    except EditConflict as conflict:
        fresh = queries.incident(number) or editable
        draft = forms.brought_up(draft, forms.incident_draft_of(fresh), conflict.taken)
        return _incident(
            request, fresh, draft, seen=conflict.version, conflict=conflict, status=409
        )
    messages.success(request, _("Your changes are saved."))
    return HttpResponseRedirect(presenting.incident_url(number))


@editors_page
def new_incident(request: HttpRequest) -> HttpResponse:
    """Show the form for an incident, perhaps like another one or of given reports; make it."""
    viewer = viewer_of(request)
    if request.method == "POST":
        draft = forms.incident_draft_from(request.POST)
        try:
            number = actions.create_incident(
                draft,
                reports=reading.numbers([request.POST.get("reports", "")]),
                actor=viewer,
                reason=params.reason(request),
            )
        except NotReady as refused:
            return _incident(request, None, draft, problems=refused.problems, status=422)
        messages.success(request, _("Incident %(number)s is made.") % {"number": number})
        return HttpResponseRedirect(presenting.incident_url(number))
    draft = IncidentDraft(editors=(viewer.account_id,))
    if "incident_id" in request.GET:
        number_of_other = params.record_number(request, "incident_id")
        editable = queries.incident(number_of_other) if number_of_other else None
        if editable is None:
            return errors.not_found(request)
        draft = forms.clone_of(forms.incident_draft_of(editable))
    return _incident(request, None, draft)


def _incident(
    request: HttpRequest,
    editable: Editable | None,
    draft: IncidentDraft,
    *,
    seen: str = "",
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer = viewer_of(request)
    problems = problems or {}
    state = editable.state if editable else None
    number = state["incident_id"] if state else None
    people = _people(draft)
    given = request.POST if request.method == "POST" else request.GET
    typed_reports = reading.numbers(given.getlist("reports")) if state is None else ()
    wrong_reports = problems.get("reports")
    form = forms.shown(forms.incident_fields(), draft, problems, people=people)
    title = _("Edit incident %(number)s") % {"number": number} if number else _("A new incident")
    context = {
        "heading": title,
        "number": number,
        "url": presenting.incident_url(number) if number else "",
        "fields": form[:-2],
        "likeness": form[-2:],
        "alike": _alike(draft, number, viewer),
        "like": rules.LIKE,
        "unlike": rules.UNLIKE,
        "translations": forms.shown_translations(
            draft,
            editable.translations if editable else {},
            problems,
            original=forms.INCIDENT_LANGUAGE,
        ),
        "reports": _reports(state["reports"]) if state else [],
        "typed_reports": ", ".join(map(str, typed_reports)),
        "wrong_reports": forms.in_words(wrong_reports) if wrong_reports else "",
        "seen": seen,
        "reason": params.reason(request),
        "has_problems": bool(problems),
        "theirs": _theirs(conflict, forms.incident_fields(), _names(editable, people)),
        "clone_url": f"{reverse('incident-new')}?incident_id={number}" if number else "",
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/editing/incident.html", context, status=status)


def _alike(draft: IncidentDraft, number: int | None, viewer: Viewer) -> list[dict[str, Any]]:
    """Return incidents that read alike and of which nothing was said yet."""
    words = f"{draft.title}\n{draft.description}".strip()
    if not words:
        return []
    said = {*draft.editor_similar, *draft.editor_dissimilar}
    found = similar.by_words(
        words, limit=ALIKE, viewer=viewer, without=[*said, *([number] if number else [])]
    )
    cards = incidents.cards(found, viewer=viewer)
    return [
        {"number": one, "title": cards[one].title, "url": presenting.incident_url(one)}
        for one in found
        if one in cards
    ]


def _reports(numbers: list[int]) -> list[dict[str, Any]]:
    titles = queries.report_titles(numbers)
    return [
        {
            "number": number,
            "title": titles.get(number, ""),
            "url": presenting.report_url(number),
            "edit_url": f"{reverse('report-edit')}?{urlencode({'report_number': number})}",
        }
        for number in numbers
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the form of a report was made from: versions, and the incidents it belonged to."""

    versions: str
    incidents: tuple[int, ...]


@editors_page
def report(request: HttpRequest) -> HttpResponse:
    """Show the editor of a report or variant, and save what was typed."""
    number = params.record_number(request, "report_number")
    editable = queries.report(number) if number else None
    if number is None or editable is None:
        return errors.not_found(request)
    parents = tuple(editable.incidents)
    if request.method != "POST":
        draft = forms.report_draft_of(editable)
        return _report(request, editable, draft, _Seen(editable.seen, parents))
    draft = forms.report_draft_from(request.POST)
    seen = _Seen(
        request.POST.get("seen", ""), reading.numbers([request.POST.get("seen_incidents", "")])
    )
    if request.POST.get("do") == "preview":
        return _report(request, editable, draft, seen, is_preview=True)
    if problems := _of_incidents(editable, draft):
        return _report(request, editable, draft, seen, problems=problems, status=422)
    if bool(seen.incidents) != bool(draft.incident_ids) and "convert" not in request.POST:
        return _report(request, editable, draft, seen, must_convert=True, status=409)
    try:
        actions.edit_report(
            number,
            draft,
            seen=seen.versions,
            seen_incidents=seen.incidents,
            actor=viewer_of(request),
            reason=params.reason(request),
        )
    except NotReady as refused:
        return _report(request, editable, draft, seen, problems=refused.problems, status=422)
    except EditConflict as conflict:
        fresh = queries.report(number) or editable
        draft = forms.brought_up(draft, forms.report_draft_of(fresh), conflict.taken)
        seen = replace(seen, versions=conflict.version)
        return _report(request, fresh, draft, seen, conflict=conflict, status=409)
    messages.success(request, _("Your changes are saved."))
    if rules.is_complete(editable.state):
        return HttpResponseRedirect(presenting.report_url(number))
    return HttpResponseRedirect(f"{presenting.incident_url(draft.incident_ids[0])}#r{number}")


def _of_incidents(editable: Editable, draft: ReportDraft) -> dict[str, Problem]:
    """Return that a variant needs an incident, if it has none."""
    is_lost = not draft.incident_ids and not rules.is_complete(editable.state)
    return {"incident_ids": Problem(MISSING)} if is_lost else {}


def _report(
    request: HttpRequest,
    editable: Editable,
    draft: ReportDraft,
    seen: _Seen,
    *,
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    must_convert: bool = False,
    is_preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    number = editable.state["report_number"]
    is_variant = not rules.is_complete(editable.state)
    form = forms.report_fields(is_variant=is_variant)
    title = _("Edit report %(number)s") % {"number": number}
    exchanges = [*draft.inputs_outputs, *[""] * MORE_EXCHANGES]
    wrong = problems.get("inputs_outputs")
    context = {
        "heading": title,
        "number": number,
        "url": "" if is_variant else presenting.report_url(number),
        "fields": forms.shown(form, draft, problems),
        "exchanges": exchanges if is_variant or draft.inputs_outputs else [],
        "exchanges_error": forms.in_words(wrong) if wrong else "",
        "translations": forms.shown_translations(
            draft, editable.translations, problems, original=draft.language
        ),
        "preview": mark_safe(html.markdown_to_html(draft.text)) if is_preview else "",  # noqa: S308 (made by the sanitizer)
        "seen": seen.versions,
        "seen_incidents": ", ".join(map(str, seen.incidents)),
        "must_convert": must_convert,
        "becomes_issue": not draft.incident_ids,
        "reason": params.reason(request),
        "has_problems": bool(problems),
        "theirs": _theirs(conflict, form, {}),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/editing/report.html", context, status=status)


def _people(draft: IncidentDraft) -> dict[str, str]:
    """Return the names of those who edit incidents, and of those named already, by account."""
    found = accounts.names_of_editors(draft.editors)
    return {key: naming.editor(key, name) for key, name in found.items()}


def _names(editable: Editable | None, people: Mapping[str, str]) -> dict[str, str]:
    return {**(editable.entity_names if editable else {}), **people}


def _theirs(
    conflict: EditConflict | None, form: list[Any], names: Mapping[str, str]
) -> dict[str, str]:
    """Return what others wrote into the clashing fields, by what the form calls them."""
    if conflict is None:
        return {}
    found = {}
    for name, clash in sorted(conflict.clashes.items()):
        theirs = clash.theirs
        if isinstance(theirs, list):
            are_named = name in (*ENTITY_FIELDS, "editors")
            said = ", ".join(names.get(one, one) if are_named else str(one) for one in theirs)
        else:
            said = str(theirs)
        found[forms.label_of(name, form)] = said
    return found

"""What editors do across records: reports moved, incidents merged, split, withdrawn, acts undone.

Each act leads to a page that says what was done and offers to undo it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.kit import text
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import acts, chrome, errors, presenting
from incidentbase.serve.web.forms import editing as forms
from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.guarding import editors_page
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import INTERNAL, Viewer
from incidentbase.store.curation import actions
from incidentbase.store.editing import queries as editing
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import actions as records
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import queries as reviewed
from incidentbase.store.submissions import rules as limits
from incidentbase.store.submissions.rules import ENTITY_FIELDS, Problem
from incidentbase.store.taxonomies import queries as taxonomies

NONE_CHOSEN = "none-chosen"
ACTS_ON_REPORTS = ("move", "link", "unlink", "add", "split")


def _cleaned(request: HttpRequest, name: str) -> str:
    return text.without_hidden(request.POST.get(name, "").replace("\0", "")).strip()


def _to_act(kind: str, number: int) -> HttpResponse:
    """Lead to the page of the act that has just changed a record."""
    group = recorded.newest_act(kind, str(number))
    return HttpResponseRedirect(reverse("act", args=[group]))


def _incident_of(request: HttpRequest) -> State | None:
    """Return the incident that the address names, None for what is none or a duplicate."""
    number = params.record_number(request, "incident_id")
    if number is None or incidents.true_number(number) is not None:
        return None
    return recorded.state_of("incident", str(number))


@editors_page
def own_reports(request: HttpRequest) -> HttpResponse:
    """Show the reports of an incident, and move, link, unlink or split off those ticked."""
    state = _incident_of(request)
    if state is None:
        return errors.not_found(request)
    wanted = request.POST.get("do", "")
    if wanted not in ACTS_ON_REPORTS:
        return _own_reports(request, state, {})
    chosen = list(reading.numbers(request.POST.getlist("chosen")))
    targets = list(reading.numbers([request.POST.get("to", "")]))
    if problems := _problems(request, state, wanted, chosen, targets):
        return _own_reports(request, state, problems, status=422)
    try:
        changed = _done(request, state["incident_id"], wanted, chosen, targets)
    except records.NoSuchRecord:
        problems = {"to": Problem(limits.NO_SUCH_INCIDENT)}
        return _own_reports(request, state, problems, status=409)
    except records.Unfit:
        return _own_reports(request, state, {"chosen": Problem(NONE_CHOSEN)}, status=409)
    return _to_act("incident", changed)


def _done(
    request: HttpRequest, number: int, wanted: str, chosen: list[int], targets: list[int]
) -> int:
    """Do what was asked with reports of an incident; return the number of one that it changed."""
    viewer, reason = viewer_of(request), params.reason(request)
    if wanted == "move":
        actions.move_reports(chosen, to=targets, actor=viewer, reason=reason)
    elif wanted == "link":
        actions.link_reports(chosen, to=targets, actor=viewer, reason=reason)
        return targets[-1]
    elif wanted == "unlink":
        actions.unlink_reports(number, chosen, actor=viewer, reason=reason)
    elif wanted == "add":
        added = _added(request, viewer)
        actions.link_reports(added, to=[number], actor=viewer, reason=reason)
    elif wanted == "split":
        actions.split(
            number,
            reports=chosen,
            title=_cleaned(request, "title"),
            description=_cleaned(request, "description"),
            date=request.POST.get("date", "").strip(),
            actor=viewer,
            reason=reason,
        )
    return number


def _problems(
    request: HttpRequest, state: State, wanted: str, chosen: list[int], targets: list[int]
) -> dict[str, Problem]:
    """Return what keeps an act on reports from being done, by field."""
    viewer = viewer_of(request)
    found: dict[str, Problem | None] = {}
    if wanted != "add" and (not chosen or not set(chosen) <= set(state["reports"])):
        found["chosen"] = Problem(NONE_CHOSEN)
    if wanted in ("move", "link"):
        if not targets:
            found["to"] = Problem(limits.MISSING)
        elif len(incidents.cards(targets, viewer=viewer)) < len(targets):
            found["to"] = Problem(limits.NO_SUCH_INCIDENT)
    if wanted == "add" and not _added(request, viewer):
        found["added"] = Problem(limits.MISSING)
    if wanted == "split":
        today = viewer.at.date()
        typed = {name: request.POST.get(name, "") for name in ("title", "date", "description")}
        found["title"] = limits.length(typed["title"], limits.TITLE, is_needed=True)
        found["date"] = limits.day(typed["date"].strip(), today, is_needed=True)
        found["description"] = limits.length(typed["description"], (3, 10_000), is_needed=True)
        if set(chosen) == set(state["reports"]):
            found["chosen"] = Problem(NONE_CHOSEN)
    return {name: problem for name, problem in found.items() if problem is not None}


def _added(request: HttpRequest, viewer: Viewer) -> list[int]:
    """Return the reports that were named by number or by address."""
    typed = request.POST.get("added", "").strip()
    if typed.startswith(("http://", "https://")):
        return reviewed.reports_at(typed, viewer=viewer)
    wanted = reading.numbers([typed])
    known = reports.existing_numbers(set(wanted))
    return list(wanted) if known == set(wanted) else []


def _own_reports(
    request: HttpRequest, state: State, problems: Mapping[str, Problem], *, status: int = 200
) -> HttpResponse:
    number = state["incident_id"]
    titles = editing.report_titles(state["reports"])
    chosen = set(reading.numbers(request.POST.getlist("chosen")))
    title = _("Reports of incident %(number)s") % {"number": number}
    context = {
        "heading": title,
        "number": number,
        "url": presenting.incident_url(number),
        "rows": [
            {
                "number": one,
                "title": titles.get(one) or _("Variant"),
                "url": presenting.report_url(one),
                "is_chosen": one in chosen,
            }
            for one in state["reports"]
        ],
        "typed": {name: request.POST.get(name, "") for name in _TYPED},
        "wrong": {name: _in_words(problem) for name, problem in problems.items()},
        "has_problems": bool(problems),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/curating/reports.html", context, status=status)


_TYPED = ("to", "added", "title", "date", "description", "reason")


def _in_words(problem: Problem) -> str:
    if problem.code == NONE_CHOSEN:
        return _("Choose some of the reports; to split, not all of them.")
    return forms.in_words(problem)


@editors_page
def merge(request: HttpRequest) -> HttpResponse:
    """Compare an incident with the one that it is a duplicate of, and merge it into that one."""
    state = _incident_of(request)
    if state is None:
        return errors.not_found(request)
    number = state["incident_id"]
    typed = request.POST.get("into", request.GET.get("into", ""))
    wanted = reading.numbers([typed])
    into = wanted[0] if wanted else None
    kept = recorded.state_of("incident", str(into)) if into else None
    wrong = ""
    if typed and (kept is None or incidents.true_number(into or 0) is not None):
        wrong, kept = forms.in_words(Problem(limits.NO_SUCH_INCIDENT)), None
    elif into == number:
        wrong, kept = _("An incident is not a duplicate of itself."), None
    if request.method == "POST" and kept is not None and into is not None:
        actions.merge(number, into=into, actor=viewer_of(request), reason=params.reason(request))
        return _to_act("incident_duplicate", number)
    title = _("Merge incident %(number)s") % {"number": number}
    staying = taxonomies.classified_by_others(number, into=into)[1] if into and kept else []
    context = {
        "heading": title,
        "number": number,
        "into": into,
        "typed": typed,
        "wrong": wrong,
        "sides": [_side(one) for one in (kept, state)] if kept else [],
        "staying": len(staying),
        "reason": params.reason(request),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/curating/merge.html", context, status=422 if wrong else 200)


def _side(state: State) -> dict[str, Any]:
    names = editing.entity_names_of(state)
    named = dict.fromkeys(names[one] for role in ENTITY_FIELDS for one in state[role])
    titles = editing.report_titles(state["reports"])
    return {
        "number": state["incident_id"],
        "url": presenting.incident_url(state["incident_id"]),
        "title": state["title"],
        "date": state["date"],
        "description": state["description"],
        "entities": list(named),
        "reports": [titles.get(one, "") for one in state["reports"]],
    }


@editors_page
def withdraw(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask why a record is to be withdrawn, or put back, and do it."""
    name = "incident_id" if kind == "incident" else "report_number"
    number = params.record_number(request, name)
    state = recorded.state_of(kind, str(number)) if number else None
    if number is None or state is None:
        return errors.not_found(request)
    is_shown = state["visibility"] != INTERNAL
    reason, wrong = params.reason(request), ""
    if request.method == "POST":
        if not is_shown:
            actions.put_back(kind, number, actor=viewer_of(request), reason=reason)
            return _to_act(kind, number)
        if reason:
            actions.withdraw(kind, number, actor=viewer_of(request), reason=reason)
            return _to_act(kind, number)
        wrong = forms.in_words(Problem(limits.MISSING))
    called = acts.record_in_words(kind, str(number))
    title = (_("Withdraw: %(record)s") if is_shown else _("Put back: %(record)s")) % {
        "record": called
    }
    context = {
        "heading": title,
        "title": state["title"],
        "is_shown": is_shown,
        "is_incident": kind == "incident",
        "reason": reason,
        "wrong": wrong,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/curating/withdraw.html", context, status=422 if wrong else 200)


@editors_page
def act(request: HttpRequest, group: uuid.UUID) -> HttpResponse:
    """Show what an act did to which records, and undo it."""
    found = recorded.act(group, viewer=viewer_of(request))
    if found is None:
        return errors.not_found(request)
    trouble, status = "", 200
    if request.method == "POST":
        try:
            records.undo(group, actor=viewer_of(request), reason=params.reason(request))
        except records.CannotUndo:
            trouble = _("Something of it was changed again since. Undo the later acts first.")
            status = 409
        else:
            first = found.records[0]
            undone = recorded.newest_act(*first)
            return HttpResponseRedirect(reverse("act", args=[undone]))
    title = acts.in_words(found.action)
    context = {
        "heading": title,
        "at": found.at,
        "who": acts.actor_in_words(found.actor, _names_of(found.actor)),
        "why": found.reason,
        "records": [
            {"called": acts.record_in_words(kind, key), "url": acts.record_url(kind, key)}
            for kind, key in dict.fromkeys(found.records)
        ],
        "is_undoable": found.is_undoable,
        "trouble": trouble,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/curating/act.html", context, status=status)


def _names_of(label: str) -> dict[str, str]:
    return accounts.names_of_editors([label.partition(":")[2]])

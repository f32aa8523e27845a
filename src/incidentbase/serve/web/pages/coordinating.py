"""The pages of who gives out codings: who codes what, how far it has come, and giving out more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.index import search as searching
from incidentbase.kit import ids, paging
from incidentbase.serve.http import asking, params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, codings, errors, naming
from incidentbase.serve.web.classifying import taxonomy_url
from incidentbase.serve.web.forms import bulk
from incidentbase.serve.web.forms import codings as forms
from incidentbase.serve.web.forms.codings import Wanted
from incidentbase.serve.web.guarding import classifiers_page
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import actions, queries, rules
from incidentbase.store.annotating.queries import Record
from incidentbase.store.codings import queries as kept
from incidentbase.store.codings import rules as coding_rules
from incidentbase.store.codings.models import Coding
from incidentbase.store.records.actions import Unfit

PAGE_SIZE = 50
SHOWN = 20
ALL, OPEN, LATE = "", "open", "late"


@classifiers_page
def page(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the codings of a taxonomy, records by annotators, and do something with those chosen."""
    viewer = viewer_of(request)
    name = codings.namespace_of(viewer, namespace)
    if name is None:
        return errors.not_found(request)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        wrong = _done(request, name, viewer)
        if not wrong:
            return HttpResponseRedirect(request.get_full_path())
    rows = list(kept.of_taxonomy(name, viewer=viewer).order_by("number", "pk"))
    title = _("%(namespace)s codings") % {"namespace": name}
    context = {
        "heading": title,
        "namespace": name,
        "taxonomy_url": taxonomy_url(name),
        "tabs": codings.tabs(name, at="codings-of-taxonomy"),
        **_progress(request, rows, name),
        "people": _options(accounts.names_of_classifiers(name)),
        "wrong": wrong,
        "due": bulk.typed(request.POST, "due"),
        "instruction": bulk.typed(request.POST, "instruction"),
        "formats": [
            chrome.Format("JSON", reverse("codings-json", args=[namespace]), "application/json"),
            chrome.Format("CSV", reverse("codings-csv", args=[namespace]), "text/csv"),
        ],
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/codings/progress.html", context, status=422 if wrong else 200)


def _progress(request: HttpRequest, rows: Sequence[Coding], namespace: str) -> dict[str, Any]:
    viewer = viewer_of(request)
    names = accounts.names_of({row.annotator.public_id for row in rows})
    annotators: dict[int, dict[str, Any]] = {
        row.number: {
            "label": row.label,
            "name": naming.editor(row.annotator.public_id, names.get(row.annotator.public_id, "")),
        }
        for row in sorted(rows, key=lambda row: row.number)
    }
    for number, counted in _counts(rows).items():
        annotators[number] |= counted
    wanted = request.GET.get("show", ALL)
    by_record: dict[Record, dict[int, Coding]] = {}
    for row in rows:
        by_record.setdefault(queries.record_of(row), {})[row.number] = row
    shown = [
        (record, cells)
        for record, cells in sorted(by_record.items())
        if wanted not in (OPEN, LATE) or any(_is(wanted, one, viewer) for one in cells.values())
    ]
    place = paging.paginate(total=len(shown), page=params.page_number(request), size=PAGE_SIZE)
    done = sum(row.state in coding_rules.DONE for row in rows)
    return {
        "annotators": list(annotators.values()),
        "lines": [
            _line(namespace, record, cells, list(annotators), viewer)
            for record, cells in shown[place.start : place.stop]
        ],
        "done": done,
        "total": len(rows),
        "progress": _("%(done)s of %(total)s") % {"done": done, "total": len(rows)},
        "shows": [
            {"value": ALL, "label": pgettext("filter of records", "All")},
            {"value": OPEN, "label": pgettext("filter of records", "Not handed in")},
            {"value": LATE, "label": pgettext("filter of records", "Late")},
        ],
        "show": wanted,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
    }


def _counts(rows: Sequence[Coding]) -> dict[int, dict[str, int]]:
    total = Counter(row.number for row in rows)
    done = Counter(row.number for row in rows if row.state in coding_rules.DONE)
    return {number: {"done": done[number], "total": total[number]} for number in total}


def _is(wanted: str, row: Coding, viewer: Viewer) -> bool:
    if wanted == LATE:
        return codings.is_late(row.due, row.state, viewer)
    return row.state == coding_rules.ASSIGNED


def _line(
    namespace: str,
    record: Record,
    cells: Mapping[int, Coding],
    numbers: Sequence[int],
    viewer: Viewer,
) -> dict[str, Any]:
    first = next(iter(cells.values()))
    is_done = all(row.state in coding_rules.DONE for row in cells.values())
    return {
        "name": naming.record(*record),
        "title": queries.subject_of(first).title,
        "board_url": codings.board_url(namespace, record) if is_done else "",
        "cells": [_cell(cells[number], viewer) if number in cells else None for number in numbers],
    }


def _cell(row: Coding, viewer: Viewer) -> dict[str, Any]:
    about = queries.subject_of(row)
    is_begun: bool = row.is_begun  # type: ignore[attr-defined]
    return {
        "id": row.public_id,
        "called": f"{naming.record(about.kind, about.number)}, {row.label}",
        "state": codings.state_shown(row.state, is_begun=is_begun, is_blind=row.is_blind),
        "is_fixed": row.state == coding_rules.ADJUDICATED,
        "due": row.due if row.state == coding_rules.ASSIGNED else None,
        "handed_in_at": row.handed_in_at,
        "is_late": codings.is_late(row.due, row.state, viewer),
    }


def _done(request: HttpRequest, namespace: str, viewer: Viewer) -> dict[str, str]:
    """Do what a post asks for with the codings chosen; return what is wrong by field."""
    among = set(kept.of_taxonomy(namespace, viewer=viewer).values_list("public_id", flat=True))
    chosen = [one for one in request.POST.getlist("coding") if one in among]
    if not chosen:
        return {"coding": _("Choose at least one coding.")}
    reason, do = params.reason(request), request.POST.get("do", "")
    terms, wrong = forms.terms_in(request.POST)
    if do == "terms" and wrong:
        return wrong
    if do == "reassign" and not request.POST.get("annotator"):
        return {"annotator": _("Choose at least one annotator.")}
    try:
        if do == "withdraw":
            number = actions.withdraw(chosen, actor=viewer, reason=reason)
        elif do == "give-back":
            number = actions.give_back(chosen, actor=viewer, reason=reason)
        elif do == "terms":
            number = actions.set_terms(chosen, terms, actor=viewer, reason=reason)
        elif do == "reassign":
            annotator = request.POST.get("annotator", "")
            number = actions.reassign(chosen, annotator, actor=viewer, reason=reason)
        else:
            return {}
    except actions.Adjudicated:
        return {"coding": _("What is adjudicated stays as it is; undo the adjudication first.")}
    except actions.NotSeen as hidden:
        return {"annotator": _hidden(hidden)}
    messages.success(
        request,
        ngettext("%(number)s coding is changed.", "%(number)s codings are changed.", number)
        % {"number": number},
    )
    return {}


def _hidden(hidden: actions.NotSeen) -> str:
    return _("The annotator may not see this record: %(record)s") % {
        "record": naming.record(hidden.kind, hidden.number)
    }


def _options(people: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": key, "label": naming.editor(key, name)} for key, name in people.items()]


@classifiers_page
def assign(request: HttpRequest, namespace: str) -> HttpResponse:
    """Ask who is to code which records, show what follows from it, and give them out."""
    viewer = viewer_of(request)
    name = codings.namespace_of(viewer, namespace)
    if name is None:
        return errors.not_found(request)
    people = accounts.names_of_classifiers(name)
    given = request.POST if request.method == "POST" else request.GET
    wanted = forms.plan_in(given, people)
    if request.method != "POST":
        wanted.errors.clear()
        found = _found(request, viewer)
        wanted.typed["numbers"] = wanted.typed["numbers"] or ", ".join(map(str, found))
        wanted.typed["seed"] = wanted.typed["seed"] or ids.new_object_id()[-6:]
        return _asked(request, name, wanted, people)
    if query := asking.query_of(bulk.typed(request.POST, "address")):
        return HttpResponseRedirect(f"{request.path}?{query}")
    if wanted.errors:
        return _asked(request, name, wanted, people, status=422)
    try:
        if request.POST.get("do") == "assign":
            number = actions.assign(name, wanted.plan, actor=viewer, reason=params.reason(request))
            messages.success(
                request,
                ngettext(
                    "%(number)s coding is given out.", "%(number)s codings are given out.", number
                )
                % {"number": number},
            )
            return HttpResponseRedirect(reverse("codings-of-taxonomy", args=[namespace]))
        planned = actions.planned(name, wanted.plan, actor=viewer)
    except Unfit as unfit:
        wanted.errors[unfit.field] = _unfit(unfit, wanted, viewer)
        return _asked(request, name, wanted, people, status=422)
    except actions.NotSeen as hidden:
        wanted.errors["annotator"] = _hidden(hidden)
        return _asked(request, name, wanted, people, status=422)
    return _asked(request, name, wanted, people, planned=planned)


def _found(request: HttpRequest, viewer: Viewer) -> list[int]:
    """Return the incidents that an address of Discover finds, none when it asks for nothing."""
    if not any(request.GET.get(name) for name in asking.NARROWING):
        return []
    found = searching.every_incident(asking.read(request.GET).search, viewer=viewer)
    if len(found) > rules.MOST_AT_ONCE:
        messages.warning(
            request,
            _("More was found; these are the first %(limit)s.") % {"limit": rules.MOST_AT_ONCE},
        )
    return found[: rules.MOST_AT_ONCE]


def _unfit(unfit: Unfit, wanted: Wanted, viewer: Viewer) -> str:
    if unfit.field != "numbers":
        return _("This does not fit.")
    plan = wanted.plan
    missing = queries.unknown_records(plan.kind, plan.numbers, viewer=viewer)
    if plan.kind == "incident":
        return bulk.missing_incident(missing[0])
    return _("There is no report %(number)s.") % {"number": missing[0]}


def _asked(
    request: HttpRequest,
    namespace: str,
    wanted: Wanted,
    people: Mapping[str, str],
    *,
    planned: Mapping[int, Sequence[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    title = _("Give out %(namespace)s codings") % {"namespace": namespace}
    chosen = set(wanted.plan.annotators)
    kind = wanted.plan.kind
    context = {
        "heading": title,
        "namespace": namespace,
        "tabs": codings.tabs(namespace, at="codings-assign"),
        "typed": wanted.typed,
        "errors": wanted.errors,
        "has_problems": bool(wanted.errors),
        "kinds": bulk.options([("incident", _("Incidents")), ("report", _("Reports"))], kind),
        "people": [{**one, "selected": one["value"] in chosen} for one in _options(people)],
        **(_preview(kind, planned, people) if planned is not None else {}),
        "reason": params.reason(request),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/codings/assign.html", context, status=status)


def _preview(
    kind: str, planned: Mapping[int, Sequence[str]], people: Mapping[str, str]
) -> dict[str, Any]:
    loads = Counter(one for several in planned.values() for one in several)
    called = {key: naming.editor(key, name) for key, name in people.items()}
    lines = [
        {"name": naming.record(kind, number), "who": ", ".join(called[one] for one in several)}
        for number, several in list(planned.items())[:SHOWN]
    ]
    return {
        "is_planned": True,
        "given": sum(loads.values()),
        "loads": [{"name": called[key], "number": number} for key, number in sorted(loads.items())],
        "lines": lines,
        "left_out": len(planned) - len(lines),
    }

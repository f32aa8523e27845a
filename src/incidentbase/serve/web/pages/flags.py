"""Flags: everybody may say that something is wrong with a report; editors look and resolve."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache

from incidentbase.kit import paging
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import acts, chrome, errors, friction, presenting
from incidentbase.serve.web.forms import reading
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.flags import queries, rules
from incidentbase.store.flags.models import Flag
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records.actions import NoSuchRecord, Unfit
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import actions

PAGE_SIZE = 25


def code_in_words(code: str) -> str:
    """Return why a report was flagged."""
    return {
        "wrong": _("Something in it is wrong"),
        "no-ai": _("No AI system played a part in it"),
        "duplicate": _("It is in the database twice"),
        "unreadable": _("The source cannot be read any more"),
        "privacy": _("It tells too much of a private person"),
        "harmful": _("It leads to a harmful tool, or helps to use one"),
        "other": _("Something else"),
    }[code]


def outcome_in_words(outcome: str) -> str:
    """Return what came of a flag."""
    return {
        "corrected": pgettext("outcome of a flag", "Corrected"),
        "unfounded": pgettext("outcome of a flag", "Nothing is wrong"),
        "withdrawn": pgettext("outcome of a flag", "The report was withdrawn"),
    }[outcome]


@never_cache
def raise_flag(request: HttpRequest, number: int) -> HttpResponse:
    """Show the form that asks what is wrong with a report, and take the answer."""
    viewer = viewer_of(request)
    report = reports.get(number, viewer=viewer)
    if report is None:
        return errors.not_found(request)
    error, wrong = "", ""
    code = request.POST.get("code", "")
    words = request.POST.get("words", "").replace("\0", "")
    if request.method == "POST":
        if code not in rules.CODES:
            wrong = _("Please choose one.")
        elif len(words) > rules.LONGEST_WORDS:
            error = _("This is too long; the limit is %(limit)s.") % {"limit": rules.LONGEST_WORDS}
        else:
            error = friction.suspicion(request, viewer.at, limit="flag")
        if not error and not wrong:
            try:
                actions.raise_flag(number, code=code, words=words, actor=viewer)
            except NoSuchRecord:
                return errors.not_found(request)
            messages.success(request, _("Thank you. An editor will look at it."))
            return HttpResponseRedirect(presenting.report_url(number))
    title = _("Flag report %(number)s") % {"number": number}
    context = {
        "heading": title,
        "title": report.title,
        "url": presenting.report_url(number),
        "options": [
            {"value": one, "label": code_in_words(one), "selected": one == code}
            for one in rules.CODES
        ],
        "words": words,
        "wrong": wrong,
        "error": error,
        "trap": friction.TRAP,
        "seal_name": friction.SEAL,
        "seal": friction.seal(viewer.at),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/flags/flag.html", context, status=422 if error or wrong else 200)


@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    """Show the flagged reports; editors read what was said and resolve it."""
    viewer = viewer_of(request)
    if request.method == "POST":
        return _resolved(request, viewer)
    found = queries.flagged(viewer)
    place = paging.paginate(total=found.count(), page=params.page_number(request), size=PAGE_SIZE)
    rows = list(found[place.start : place.stop])
    flags = queries.open_flags(row.report_number for row in rows)
    is_editor = viewer.has_role(INCIDENT_EDITOR)
    parents = incidents.numbers_by_report([row.pk for row in rows], viewer=viewer)
    context = {
        "total": place.total,
        "rows": [
            {
                "number": row.report_number,
                "title": row.title,
                "url": presenting.report_url(row.report_number),
                "incidents": [
                    presenting.NamedLink(
                        acts.record_in_words("incident", str(one)), presenting.incident_url(one)
                    )
                    for one in parents.get(row.pk, [])
                ],
                "flags": [
                    _flag(flag, with_words=is_editor) for flag in flags.get(row.report_number, [])
                ],
            }
            for row in rows
        ],
        "is_editor": is_editor,
        "outcomes": [
            {"value": one, "label": outcome_in_words(one), "selected": False}
            for one in rules.OUTCOMES
        ],
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": chrome.feeds("/summaries/flagged/"),
        "meta": chrome.describe(
            request,
            title=_("Flagged reports"),
            description=_("Reports with which something may be wrong, until an editor has looked."),
        ),
    }
    return render(request, "pages/flags/list.html", context)


def _flag(flag: Flag, *, with_words: bool) -> dict[str, Any]:
    return {
        "reason": code_in_words(flag.code),
        "at": flag.raised_at,
        "words": flag.words if with_words else "",
    }


def _resolved(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    if not viewer.has_role(INCIDENT_EDITOR):
        return errors.not_found(request)
    chosen = reading.numbers([request.POST.get("number", "")])
    reason = params.reason(request)
    outcome = request.POST.get("outcome", "")
    try:
        for number in chosen:
            actions.resolve_flags(number, outcome=outcome, actor=viewer, reason=reason)
    except (NoSuchRecord, Unfit):
        return errors.not_found(request)
    said = ngettext(
        "%(number)s report is not flagged any more.",
        "%(number)s reports are not flagged any more.",
        len(chosen),
    )
    messages.success(request, said % {"number": len(chosen)})
    return HttpResponseRedirect(reverse("flagged"))

"""Variants: everybody tells of a further occurrence, everybody reads them, editors review them.

Rows for what went in and what came out are added by a button (`do` is `more`), which sends
nothing in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache

from incidentbase.formats import tables
from incidentbase.kit import clock, paging, urls
from incidentbase.serve.http import params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, friction, presenting
from incidentbase.serve.web import variants as showing
from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, NotPermitted, Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import NoSuchRecord, Unfit
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.variants import actions, queries, rules
from incidentbase.store.variants.rules import VariantDraft

PAGE_SIZE = 25
# One pair of what went in and what came out; each press of the button adds another.
PAIR = 2


@never_cache
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Show the form for a further occurrence of an incident, and take in what was typed."""
    viewer = viewer_of(request)
    incident = incidents.get(number, viewer=viewer)
    if incident is None:
        return errors.withdrawn_or_not_found(request, "incident", number)
    if request.method != "POST":
        begun = request.GET.get("text", "").replace("\0", "")
        return _form(request, incident, VariantDraft(text=begun))
    draft = _typed(request)
    if request.POST.get("do") == "more":
        return _form(request, incident, draft, more=PAIR)
    if problems := rules.problems(rules.cleaned(draft), today=viewer.at.date()):
        return _form(request, incident, draft, problems=problems, status=422)
    if error := friction.suspicion(request, viewer.at, limit="variant"):
        return _form(request, incident, draft, error=error, status=429)
    try:
        made = actions.submit(number, draft, actor=viewer)
    except NoSuchRecord:
        # It was withdrawn while somebody wrote.
        return errors.withdrawn_or_not_found(request, "incident", number)
    messages.success(
        request, _("Thank you. It stands below, as not reviewed until an editor has read it.")
    )
    return HttpResponseRedirect(f"{presenting.incident_url(number)}#r{made}")


def _typed(request: HttpRequest) -> VariantDraft:
    def one(name: str) -> str:
        return request.POST.get(name, "").replace("\0", "")

    rows = request.POST.getlist("exchanges")[: rules.MOST_EXCHANGES + 1]
    return VariantDraft(
        text=one("text"),
        date=one("date"),
        submitters=reading.names(one("submitters").replace("\n", ",").split(",")),
        exchanges=tuple(row.replace("\0", "") for row in rows),
    )


def _form(
    request: HttpRequest,
    incident: Incident,
    draft: VariantDraft,
    *,
    problems: Mapping[str, Problem] | None = None,
    error: str = "",
    more: int = 0,
    status: int = 200,
) -> HttpResponse:
    wrong = {name: forms.in_words(problem) for name, problem in (problems or {}).items()}
    rows = [*draft.exchanges, *[""] * more]
    # Always whole pairs, so that a row keeps its meaning.
    rows += [""] * (max(PAIR, len(rows) + len(rows) % PAIR) - len(rows))
    number = incident.incident_id
    title = _("Tell of a variant of incident %(number)s") % {"number": number}
    words = presenting.incident_text(incident, incidents.translations_of(incident))
    context = {
        "heading": title,
        "words": words,
        "url": presenting.incident_url(number),
        "draft": draft,
        "submitters": ", ".join(draft.submitters),
        "today": viewer_of(request).at.date().isoformat(),
        "rows": [
            {
                "name": rules.exchange_name(place),
                "value": row,
                "error": wrong.get(rules.exchange_name(place), ""),
            }
            for place, row in enumerate(rows)
        ],
        "may_add": len(rows) + PAIR <= rules.MOST_EXCHANGES,
        "wrong": wrong,
        "error": error,
        "trap": friction.TRAP,
        "seal_name": friction.SEAL,
        "seal": friction.seal(viewer_of(request).at),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/incidents/variant_form.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list is narrowed and sorted by; what makes no sense is as if it were not said."""

    status: str
    order: str

    @classmethod
    def by(cls, request: HttpRequest) -> _Asked:
        status = request.GET.get("status", rules.UNREVIEWED)
        order = request.GET.get("sort", "newest")
        return cls(
            status if status in ("", *rules.STATUSES) else rules.UNREVIEWED,
            order if order in queries.ORDERS else "newest",
        )

    def query(self, **other: str) -> str:
        return "?" + urlencode({"status": self.status, "sort": self.order, **other})


@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    """Show all variants, those not reviewed first of all; editors approve and reject them."""
    viewer = viewer_of(request)
    if request.method == "POST":
        return _reviewed(request, viewer)
    asked = _Asked.by(request)
    counts = queries.counts(viewer)
    counts[""] = sum(counts.values())
    place = paging.paginate(
        total=counts[asked.status], page=params.page_number(request), size=PAGE_SIZE
    )
    found = queries.listed(viewer, status=asked.status, order=asked.order)
    context = {
        "total": place.total,
        "rows": _rows(list(found[place.start : place.stop]), viewer),
        "statuses": [
            {
                "label": showing.status_in_words(one),
                "count": counts[one],
                "url": asked.query(status=one),
                "current": one == asked.status,
            }
            for one in (rules.UNREVIEWED, rules.APPROVED, rules.REJECTED, "")
        ],
        "status": asked.status,
        "orders": [
            {"value": one, "label": label, "selected": one == asked.order}
            for one, label in _orders().items()
        ],
        "here": request.get_full_path(),
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", reverse("variants-json") + asked.query(), "application/json"),
            chrome.Format("CSV", reverse("variants-csv") + asked.query(), "text/csv"),
            *chrome.feeds("/apps/variants/", "?" + urlencode({"status": asked.status})),
        ],
        "meta": chrome.describe(
            request,
            title=_("Variants"),
            description=_("Further cases of known incidents, told by readers without an article."),
            robots="noindex, follow" if request.GET else "",
        ),
    }
    return render(request, "pages/incidents/variants.html", context)


def _orders() -> dict[str, str]:
    return {
        "newest": pgettext("order of variants", "Newest first"),
        "oldest": pgettext("order of variants", "Oldest first"),
        "happened": pgettext("order of variants", "Latest to happen first"),
        "incident": pgettext("order of variants", "By incident"),
    }


def _rows(rows: list[Report], viewer: Viewer) -> list[dict[str, Any]]:
    parents = incidents.numbers_by_report([row.pk for row in rows], viewer=viewer)
    named = incidents.cards({n for found in parents.values() for n in found}, viewer=viewer)
    shown = []
    for row in rows:
        own = [named[number] for number in parents.get(row.pk, []) if number in named]
        themes = dict.fromkeys(theme for one in own for theme in presenting.themes_of(one))
        shown.append(
            {
                "incidents": [presenting.incident_card(one) for one in own],
                "variant": showing.card(row, viewer=viewer, themes=tuple(themes)),
            }
        )
    return shown


def _reviewed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Approve or reject one variant and return to where that was asked for."""
    if not viewer.has_role(INCIDENT_EDITOR):
        return errors.not_found(request)
    chosen = reading.numbers([request.POST.get("number", "")])
    status = request.POST.get("do", "")
    back = urls.safe_path(request.POST.get("next", ""), default=reverse("variants"))
    try:
        if not chosen:
            raise NoSuchRecord("variant")
        is_changed = actions.review(chosen[0], status, actor=viewer, reason=params.reason(request))
    except (NoSuchRecord, Unfit, NotPermitted):
        return errors.not_found(request)
    if is_changed:
        messages.success(request, _said(chosen[0], status))
    return HttpResponseRedirect(back)


def _said(number: int, status: str) -> str:
    said = (
        _("Variant %(number)s is approved.")
        if status == rules.APPROVED
        else _("Variant %(number)s is rejected.")
    ) % {"number": number}
    act = recorded.newest_act("report", str(number))
    return format_html(
        '{} <a href="{}">{}</a>', said, reverse("act", args=[act]), _("See it or undo it")
    )


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the variants of the list, for programs."""
    return open_json({"variants": _shapes(request)})


def listing_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return the variants of the list as a table."""
    header = (
        "report_number",
        "incident_ids",
        "status",
        "date",
        "date_submitted",
        "submitters",
        "text",
        "inputs_outputs",
        "url",
    )
    rows = ([_cell(shape[name]) for name in header] for shape in _shapes(request))
    return csv_response("variants.csv", tables.csv_lines(header, rows))


def _cell(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _shapes(request: HttpRequest) -> list[dict[str, Any]]:
    viewer, asked, base = viewer_of(request), _Asked.by(request), chrome.site_url(request)
    rows = list(queries.listed(viewer, status=asked.status, order=asked.order))
    parents = incidents.numbers_by_report([row.pk for row in rows], viewer=viewer)
    return [
        {
            "report_number": row.report_number,
            "incident_ids": parents.get(row.pk, []),
            "status": rules.status_of(reports.terms_of(row, ReportTerm.TAG)),
            "date": clock.iso(row.published_at),
            "date_submitted": clock.iso(row.submitted_at),
            "submitters": reports.terms_of(row, ReportTerm.SUBMITTER),
            "text": row.text,
            "inputs_outputs": row.inputs_outputs,
            "url": f"{base}/reports/{row.report_number}/",
        }
        for row in rows
    ]

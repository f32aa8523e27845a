"""Incident pages: `/cite/<n>/`, its JSON, and the list of all incidents."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.formats import citations, tables
from incidentbase.index import similar
from incidentbase.kit import paging, text
from incidentbase.serve.exports.licences import LICENCE_URL
from incidentbase.serve.http import params, shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, errors, presenting, sentences, tools, variants
from incidentbase.serve.web.classifying import classification_blocks, taxonomies_to_add
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import (
    DEPLOYER,
    DEVELOPER,
    HARMED,
    IMPLICATED,
    Incident,
    IncidentEntity,
    IncidentSimilarity,
)
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.taxonomies import queries as taxonomies

SIMILAR = 6
OECD = "OECD"


def page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one incident; a duplicate leads to the incident that it stands for."""
    viewer = viewer_of(request)
    incident = incidents.get(number, viewer=viewer)
    if incident is None:
        return _duplicate_or_missing(request, number, viewer)
    translations = incidents.translations_of(incident)
    words = presenting.incident_text(incident, translations)
    own_reports = list(incidents.reports_of(incident, viewer=viewer))
    complete = [report for report in own_reports if report.is_complete]
    themes = presenting.themes_of(incident)
    cards = [presenting.report_card(report, themes=themes) for report in complete]
    editors = [link.account for link in incidents.editors_of(incident)]
    links = incidents.external_links_of(incident)
    roles = _roles(incidents.entity_links_of([incident]))
    blocks = classification_blocks(taxonomies.of_incident(incident, viewer=viewer), viewer)
    context = {
        "incident": incident,
        "words": words,
        "themes": presenting.theme_labels(themes),
        "is_responded": any(card.is_response for card in cards),
        "entities_sentence": sentences.entities_sentence(roles),
        "implicated_sentence": sentences.implicated_sentence(roles),
        "reports": cards,
        "variants": variants.cards(
            (report for report in own_reports if not report.is_complete),
            viewer=viewer,
            themes=themes,
        ),
        "timeline": _timeline(incident, cards),
        "editors": [account.full_name for account in editors if account.full_name],
        "classifications": blocks,
        "classify_by": taxonomies_to_add(blocks, viewer),
        "classify_form": answering.inline(request, "incident", number),
        "external_links": [_external(link.namespace, link.url) for link in links],
        "citation": _citation_forms(request, incident, complete, editors, viewer.at),
        "neighbors": incidents.neighbors(number, viewer=viewer),
        "similar": _similar(incident, viewer),
        "arrived_from": _arrived_from(request, number),
        "tools": tools.of_incident(number, viewer),
        "formats": [
            chrome.Format("JSON", reverse("incident-json", args=[number]), "application/json"),
            *chrome.feeds(f"/cite/{number}/"),
        ],
        "meta": chrome.describe(
            request,
            title=_("Incident %(number)s: %(title)s") % {"number": number, "title": words.title},
            description=text.excerpt(" ".join(words.description.split()), 300),
            og_type="article",
            json_ld=_json_ld(request, incident, words),
            is_embeddable=True,
        ),
    }
    return render(request, "pages/incidents/incident.html", context)


def as_json(request: HttpRequest, number: int) -> HttpResponse:
    """Return everything that the page shows, for programs."""
    viewer = viewer_of(request)
    incident = incidents.get(number, viewer=viewer)
    if incident is None:
        true = incidents.true_number(number)
        if true is not None and incidents.get(true, viewer=viewer) is not None:
            return HttpResponsePermanentRedirect(reverse("incident-json", args=[true]))
        return errors.withdrawn_or_not_found(request, "incident", number)
    return open_json(
        shapes.incident(
            incident,
            own_reports=list(incidents.reports_of(incident, viewer=viewer)),
            entities=incidents.entity_links_of([incident]),
            translations=incidents.translations_of(incident),
            classifications=taxonomies.of_incident(incident, viewer=viewer),
            links=incidents.external_links_of(incident),
            base=chrome.site_url(request),
        )
    )


def _duplicate_or_missing(request: HttpRequest, number: int, viewer: Viewer) -> HttpResponse:
    true = incidents.true_number(number)
    if true is None:
        return errors.withdrawn_or_not_found(request, "incident", number)
    if incidents.get(true, viewer=viewer) is not None:
        return HttpResponsePermanentRedirect(f"{presenting.incident_url(true)}?from={number}")
    context = {
        "number": number,
        "true": true,
        "meta": chrome.Meta(title=_("Duplicate incident"), robots="noindex"),
    }
    return render(request, "pages/incidents/duplicate.html", context, status=404)


def _arrived_from(request: HttpRequest, number: int) -> int | None:
    """Return the duplicate's number that led here, if it really is a duplicate of this one."""
    given = request.GET.get("from", "")
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        return None
    return int(given) if incidents.true_number(int(given)) == number else None


def _roles(links: Iterable[IncidentEntity]) -> sentences.Roles:
    named: dict[str, list[presenting.NamedLink]] = {
        role: [] for role in (DEVELOPER, DEPLOYER, HARMED, IMPLICATED)
    }
    for link in links:
        url = presenting.entity_url(link.entity.entity_id)
        named[link.role].append(presenting.NamedLink(link.entity.name, url))
    return sentences.Roles(named[DEVELOPER], named[DEPLOYER], named[HARMED], named[IMPLICATED])


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One day of the timeline."""

    date: dt.date
    label: str
    kind: str
    url: str = ""
    count: int = 1
    language: str = ""


def _timeline(incident: Incident, cards: Sequence[presenting.ReportCard]) -> list[TimelineEntry]:
    entries = [TimelineEntry(incident.date, "", "incident")]
    by_day = itertools.groupby(cards, key=lambda card: (card.published.date(), card.is_response))
    for (day, is_response), group in by_day:
        first, *others = group
        entries.append(
            TimelineEntry(
                day,
                first.title,
                "response" if is_response else "report",
                url=f"#{first.anchor}",
                count=1 + len(others),
                language=first.language,
            )
        )
    return sorted(entries, key=lambda entry: entry.date)


def _external(namespace: str, url: str) -> dict[str, str]:
    return {
        "namespace": namespace,
        "url": url,
        "label": url.rstrip("/").rsplit("/", 1)[-1],
        "about": _("OECD AI incident monitor") if namespace == OECD else namespace,
    }


def _citation_forms(
    request: HttpRequest,
    incident: Incident,
    complete: Sequence[Report],
    editors: Sequence[Any],
    at: dt.datetime,
) -> list[dict[str, str]]:
    cited = citations.CitedIncident(
        incident_id=incident.incident_id,
        title=incident.title,
        date=incident.date,
        submitter=_first_submitter(complete),
        editors=tuple(
            (account.first_name, account.last_name) for account in editors if account.full_name
        ),
        # Citations name the English address: it outlives a reader's choice of language.
        url=f"{chrome.site_url(request)}/cite/{incident.incident_id}/",
        database=settings.SITE_NAME,
        publisher=settings.PUBLISHER,
        retrieved_on=at.date(),
    )
    return [
        {"key": "text", "label": _("Text"), "text": citations.text(cited)},
        {"key": "bibtex", "label": "BibTeX", "text": citations.bibtex(cited)},
        {"key": "ris", "label": "RIS", "text": citations.ris(cited)},
        {"key": "csl", "label": "CSL-JSON", "text": citations.csl_json(cited)},
    ]


def _first_submitter(complete: Sequence[Report]) -> str:
    if not complete:
        return ""
    earliest = min(complete, key=lambda report: (report.submitted_at, report.report_number))
    submitters = reports.terms_of(earliest, ReportTerm.SUBMITTER)
    return submitters[0] if submitters else ""


@dataclass(frozen=True, slots=True)
class SimilarIncidents:
    """Like incidents: those that editors chose, and those whose text is alike."""

    by_editors: list[presenting.IncidentCard]
    by_text: list[presenting.IncidentCard]


def _similar(incident: Incident, viewer: Viewer) -> SimilarIncidents:
    said = incidents.similarities_of(incident)
    # What was said of a number that became a duplicate holds for the one that it stands for.
    named = [(row.kind, row.true_number or row.other_number) for row in said]
    alike_said = [number for kind, number in named if kind == IncidentSimilarity.SIMILAR]
    chosen = [one for one in dict.fromkeys(alike_said) if one != incident.incident_id]
    unlike = {number for kind, number in named if kind == IncidentSimilarity.DISSIMILAR}
    alike = [
        number
        for number in similar.by_text(incident, limit=SIMILAR + len(said), viewer=viewer)
        if number not in unlike and number not in chosen
    ][:SIMILAR]
    cards = incidents.cards([*chosen, *alike], viewer=viewer)
    return SimilarIncidents(
        by_editors=[presenting.incident_card(cards[n]) for n in chosen if n in cards],
        by_text=[presenting.incident_card(cards[n]) for n in alike if n in cards],
    )


def _json_ld(
    request: HttpRequest, incident: Incident, words: presenting.IncidentText
) -> dict[str, Any]:
    return {
        "@type": "Report",
        "@id": chrome.site_url(request) + request.path,
        "url": chrome.site_url(request) + request.path,
        "headline": words.title,
        "description": words.description,
        "inLanguage": words.shown.language,
        "dateCreated": incident.created_at.isoformat(),
        "dateModified": (incident.modified_at or incident.created_at).isoformat(),
        "reportNumber": str(incident.incident_id),
        "about": {
            "@type": "Event",
            "name": words.title,
            "startDate": incident.date.isoformat(),
        },
        "isPartOf": {"@type": "Dataset", "name": settings.SITE_NAME},
        "license": LICENCE_URL,
    }


ORDERS = {"desc": "-incident_id", "asc": "incident_id"}
LIST_PAGE = 50


def listing(request: HttpRequest) -> HttpResponse:
    """Show every incident as a card, newest number first unless asked otherwise."""
    viewer = viewer_of(request)
    order = request.GET.get("order", "desc")
    order = order if order in ORDERS else "desc"
    shown = incidents.listed(viewer).order_by(ORDERS[order])
    total = shown.count()
    place = paging.paginate(total=total, page=params.page_number(request), size=LIST_PAGE)
    rows = incidents.with_report_counts(shown, viewer=viewer).prefetch_related("translations")
    cards = [presenting.incident_card(row) for row in rows[place.start : place.stop]]
    context = {
        "cards": cards,
        "total": total,
        "order": order,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": [
            chrome.Format("JSON", reverse("incidents-json"), "application/json"),
            chrome.Format("CSV", reverse("incidents-csv"), "text/csv"),
            *chrome.feeds("/summaries/incidents/"),
        ],
        "meta": chrome.describe(
            request,
            title=_("List of incidents"),
            description=_("Every incident in the database, with its date and reports."),
        ),
    }
    return render(request, "pages/incidents/list.html", context)


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the list of all incidents, for programs."""
    viewer = viewer_of(request)
    shown = incidents.with_report_counts(incidents.listed(viewer), viewer=viewer)
    base = chrome.site_url(request)
    return open_json(
        {
            "incidents": [
                shapes.listed_incident(row, base=base) for row in shown.order_by("incident_id")
            ]
        }
    )


def listing_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Return the list of all incidents as a table."""
    viewer = viewer_of(request)
    shown = incidents.with_report_counts(incidents.listed(viewer), viewer=viewer)
    base = chrome.site_url(request)
    header = ("incident_id", "date", "title", "description", "reports", "created_at", "url")
    rows = (
        [str(shapes.listed_incident(row, base=base)[name]) for name in header]
        for row in shown.order_by("incident_id").iterator(chunk_size=500)
    )
    return csv_response("incidents.csv", tables.csv_lines(header, rows))

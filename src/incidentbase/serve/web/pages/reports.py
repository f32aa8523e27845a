"""Report pages: `/reports/<n>/`, its JSON, and its text as a fragment for cards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse

from incidentbase.kit import clock, text
from incidentbase.serve.http import shapes
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import answering, chrome, errors, languages, presenting, tools
from incidentbase.serve.web.classifying import classification_blocks, taxonomies_to_add
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies


def page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one complete report."""
    viewer = viewer_of(request)
    report = reports.get(number, viewer=viewer)
    if report is None:
        return _variant_or_missing(request, number)
    parents = list(incidents.parents_of(report, viewer=viewer).prefetch_related("translations"))
    words = presenting.report_text(report)
    themes = dict.fromkeys(theme for row in parents for theme in presenting.themes_of(row))
    card = presenting.report_card(report, themes=list(themes))
    blocks = classification_blocks(taxonomies.of_report(report, viewer=viewer), viewer)
    context = {
        "report": card,
        "words": words,
        "original_name": languages.name_of(words.shown.original),
        "submitted": report.submitted_at,
        "tools": tools.of_report(number, viewer),
        "incidents": [presenting.incident_card(row) for row in parents],
        "classifications": blocks,
        "classify_by": taxonomies_to_add(blocks, viewer),
        "classify_form": answering.inline(request, "report", number),
        "formats": [
            chrome.Format("JSON", reverse("report-json", args=[number]), "application/json")
        ],
        "meta": chrome.describe(
            request,
            title=words.title,
            description=text.excerpt(words.plain, presenting.EXCERPT),
            og_type="article",
            is_embeddable=True,
            json_ld={
                "@type": "Article",
                "url": chrome.site_url(request) + request.path,
                "headline": words.title,
                "inLanguage": words.shown.language,
                "datePublished": clock.iso(report.published_at),
                "isBasedOn": card.url,
                "publisher": {"@type": "Organization", "name": card.source},
            },
        ),
    }
    return render(request, "pages/reports/report.html", context)


def _variant_or_missing(request: HttpRequest, number: int) -> HttpResponse:
    """Lead a variant's number to its incident: variants have no page of their own."""
    viewer = viewer_of(request)
    variant = reports.visible(viewer).filter(report_number=number).first()
    parent = incidents.parents_of(variant, viewer=viewer).first() if variant else None
    if parent is None:
        return errors.withdrawn_or_not_found(request, "report", number)
    target = presenting.incident_url(parent.incident_id)
    return HttpResponsePermanentRedirect(f"{target}#r{number}")


def fragment(request: HttpRequest, number: int) -> HttpResponse:
    """Return a report's text alone, for the card that asks for it."""
    report = reports.get(number, viewer=viewer_of(request))
    if report is None:
        return errors.not_found(request)
    context = {
        "words": presenting.report_text(report),
        "report": presenting.report_card(report),
    }
    response = render(request, "pages/reports/text.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def as_json(request: HttpRequest, number: int) -> HttpResponse:
    """Return everything that the page shows, for programs."""
    viewer = viewer_of(request)
    report = reports.get(number, viewer=viewer)
    if report is None:
        return errors.withdrawn_or_not_found(request, "report", number)
    base = chrome.site_url(request)
    parents = incidents.parents_of(report, viewer=viewer)
    return open_json(
        {
            **shapes.report(report, base=base),
            "incidents": [shapes.listed_incident(row, base=base) for row in parents],
            "classifications": [
                shapes.classification(row) for row in taxonomies.of_report(report, viewer=viewer)
            ],
        }
    )

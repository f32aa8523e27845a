"""The landing page: what this is, search, what is new, incidents per year."""

from __future__ import annotations

import random

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import charts, chrome, errors, presenting
from incidentbase.store.incidents import queries as incidents

NEWEST = 6


def landing(request: HttpRequest) -> HttpResponse:
    """Show the landing page."""
    viewer = viewer_of(request)
    by_year = incidents.count_by_year(viewer)
    total = sum(number for _year, number in by_year)
    description = _(
        "Reports of harms and near harms from AI systems, grouped into incidents, "
        "classified, and open to everyone."
    )
    base = chrome.site_url(request)
    context = {
        "newest": [presenting.incident_card(row) for row in incidents.newest(viewer, limit=NEWEST)],
        "total": total,
        "years": charts.years(by_year, url=_discover_year),
        "years_max": max((number for _year, number in by_year), default=0),
        "meta": chrome.describe(
            request,
            title=_("AI incident database"),
            description=description,
            json_ld={
                "@type": "WebSite",
                "name": settings.SITE_NAME,
                "url": base + reverse("landing"),
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": f"{base}{reverse('discover')}?s={{search_term_string}}",
                    "query-input": "required name=search_term_string",
                },
            },
        ),
    }
    return render(request, "pages/landing.html", context)


def _discover_year(year: int) -> str:
    return f"{reverse('discover')}?year={year}"


def random_incident(request: HttpRequest) -> HttpResponse:
    """Lead to a random incident."""
    number = incidents.number_at(random.random(), viewer=viewer_of(request))  # noqa: S311
    if number is None:
        return errors.not_found(request)
    response = HttpResponseRedirect(presenting.incident_url(number))
    response["Cache-Control"] = "no-store"
    return response

"""A page on which the GraphQL API is tried: a question, its answer, and what can be asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.serve.web import chrome

_FIRST = """query Newest($pagination: PaginationType) {
  incidents(sort: { incident_id: DESC }, pagination: $pagination) {
    incident_id
    title
    date
    AllegedDeployerOfAISystem { name }
    reports { report_number title url }
  }
}"""
_FIRST_VARIABLES = """{ "pagination": { "limit": 5 } }"""
_SEARCH = """{
  incidents(
    filter: { title: { REGEX: "robot|car", OPTIONS: "i" } }
    sort: { date: DESC }
    pagination: { limit: 10 }
  ) { incident_id title date }
}"""
_SINCE = """query Since($since: DateTime!) {
  incidents(filter: { date_modified: { GTE: $since } }) { incident_id title date_modified }
}"""
_SINCE_VARIABLES = """{ "since": "2025-01-01T00:00:00.000Z" }"""
_ANSWERS = """{
  classifications(filter: { namespace: { EQ: "MIT" } }, pagination: { limit: 5 }) {
    incidents { incident_id title }
    attributes { short_name value_json }
  }
}"""

Run = Callable[[HttpRequest, str, str], dict[str, Any]]


def page(request: HttpRequest, run: Run, describe: Callable[[], dict[str, Any]]) -> HttpResponse:
    """Show the form, and what the question in the address is answered with."""
    query = request.GET.get("query", "")
    variables = request.GET.get("variables", "" if query else _FIRST_VARIABLES)
    answer = (
        json.dumps(run(request, query, variables), indent=2, ensure_ascii=False) if query else ""
    )
    context = {
        "query": query or _FIRST,
        "variables": variables,
        "answer": answer,
        "examples": _examples(),
        "endpoint": f"{chrome.site_url(request)}{reverse('graphql')}",
        **describe(),
        "meta": chrome.describe(
            request,
            title="GraphQL",
            description=_("Ask the database for exactly the fields that you need."),
        ),
    }
    return render(request, "pages/api/explorer.html", context)


def _examples() -> list[tuple[str, str]]:
    told = [
        (_("Newest incidents with their reports"), _FIRST, _FIRST_VARIABLES),
        (_("Incidents by words of the title"), _SEARCH, ""),
        (_("What has changed since a day"), _SINCE, _SINCE_VARIABLES),
        (_("Classifications with their answers"), _ANSWERS, ""),
    ]
    return [
        (title, "?" + urlencode({"query": query, "variables": variables}))
        for title, query, variables in told
    ]

"""What a reader gets when a request cannot be answered: a page in their language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from incidentbase.serve.http.errors import problem
from incidentbase.serve.web import acts, chrome
from incidentbase.store.records import queries as recorded


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the 404 page in the reader's language, or a problem document for programs."""
    if _is_for_programs(request):
        return problem(404, "Not found", f"There is nothing at {request.path}.")
    return _page(request, 404, _("Page not found"))


def withdrawn_or_not_found(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Return what is left of a record that was public once (410), or the 404 page."""
    left = recorded.tombstone(kind, str(number))
    if left is None:
        return not_found(request)
    called = acts.record_in_words(kind, str(number))
    heading = _("%(record)s was withdrawn") % {"record": called}
    if _is_for_programs(request):
        return problem(410, "Gone", f"Withdrawn on {left.at.date()}. {left.reason}".strip())
    context = {
        "heading": heading,
        "at": left.at,
        "reason": left.reason,
        "meta": chrome.Meta(title=heading, robots="noindex"),
    }
    return render(request, "pages/curating/withdrawn.html", context, status=410)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a request that makes no sense."""
    return _page(request, 400, _("The request could not be understood"))


def conflict(request: HttpRequest) -> HttpResponse:
    """Return the page for what is not any more as the editor's page showed it."""
    return _page(request, 409, _("This was changed meanwhile; please open it again"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for what the viewer may not do, or a problem document for programs."""
    if _is_for_programs(request):
        return problem(403, "Forbidden", "The account or its token is not for this.")
    return _page(request, 403, _("This is not open to you"))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page for who asks too often."""
    return _page(request, 429, _("Too many requests; please wait a moment"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return a page that needs neither database nor context: something has just gone wrong."""
    if _is_for_programs(request):
        return problem(500, "Server error", "Something went wrong here; it was noted.")
    return render(request, "pages/server_error.html", status=500)


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path.endswith(".json") or request.path.startswith("/api/")


def _page(request: HttpRequest, status: int, title: str) -> HttpResponse:
    context = {
        "status": status,
        "heading": title,
        "meta": chrome.Meta(title=title, robots="noindex"),
    }
    return render(request, "pages/error.html", context, status=status)

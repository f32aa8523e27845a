"""Permanent redirects of addresses that the reference database has moved (spec §3.7)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import URLPattern, re_path
from django.utils.translation import get_language

MOVED = {
    "discover": "/apps/discover/",
    "summaries": "/about_apps/",
    "about_apps/1-discover": "/about_apps/",
    "about_apps/2-submit": "/about_apps/",
    "about_apps/3-your_app_here": "/about_apps/",
    "apps/quickadd": "/apps/submit/",
    "about/1-governance": "/about/",
    "about/blog": "/blog/",
    "research/4-taxonomies": "/taxonomies/",
    "research": "/research/snapshots/",
    "apps/newsSearch": "/apps/newsdigest/",
    "research/related-work": "/research/4-related-work/",
    "blog/incident-report-2022-january": "/blog/incident-report-2023-january/",
}


def patterns() -> list[URLPattern]:
    """Return a pattern for each moved address, with or without a slash at its end."""
    moved = [re_path(rf"^{old}/?$", _to(new)) for old, new in MOVED.items()]
    return [*moved, re_path(r"^taxonomy/(?P<rest>.*)$", _taxonomy)]


def _to(target: str) -> Callable[[HttpRequest], HttpResponsePermanentRedirect]:
    def view(request: HttpRequest) -> HttpResponsePermanentRedirect:
        return _redirect(request, target)

    return view


def _taxonomy(request: HttpRequest, rest: str) -> HttpResponsePermanentRedirect:
    tail = rest.strip("/")
    return _redirect(request, f"/taxonomies/{tail}/" if tail else "/taxonomies/")


def _redirect(request: HttpRequest, target: str) -> HttpResponsePermanentRedirect:
    """Redirect within the language that the request came in, query included."""
    language = get_language()
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{prefix}{target}{'?' if query else ''}{query}")

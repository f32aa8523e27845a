"""What surrounds every page: site facts, menu, languages, theme, and the head's metadata."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, pgettext

import incidentbase
from incidentbase.serve.exports.licences import LICENCE_NAME, LICENCE_URL
from incidentbase.serve.http.answers import site_url as site_url
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer

THEMES = ("", "light", "dark")
THEME_COOKIE = "theme"

# Names of languages for `hreflang`, which wants the region in capitals.
_HREFLANG = {"pt-br": "pt-BR"}


@dataclass(frozen=True, slots=True)
class Format:
    """The same page for programs."""

    label: str
    url: str
    type: str


def feeds(page: str, query: str = "") -> list[Format]:
    """Return the feeds of a page; `page` is its address in no language."""
    address = page.rstrip("/")
    return [
        Format("RSS", f"{address}.rss{query}", "application/rss+xml"),
        Format("Atom", f"{address}.atom{query}", "application/atom+xml"),
        Format("JSON Feed", f"{address}.jsonfeed{query}", "application/feed+json"),
    ]


@dataclass(slots=True)
class Meta:
    """What the head says of a page."""

    title: str = ""
    description: str = ""
    canonical: str = ""
    alternates: list[dict[str, str]] = field(default_factory=list)
    og_type: str = "website"
    image: str = ""
    robots: str = ""
    json_ld: str = ""
    # Where other sites learn what to show in place of a link to this page.
    oembed: str = ""


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Return the context that the layouts rely on; views add `meta` by `describe`."""
    return {
        "site": site(),
        "build": build(),
        "language_links": _language_links(request),
        "menu": _menu(request),
        "footer_links": _footer_links(),
        "theme": theme_of(request),
        "account": _account(request),
        "search_query": request.GET.get("s", ""),
    }


def _account(request: HttpRequest) -> dict[str, Any]:
    """Return the way to one's own account, or to signing in and back here."""
    viewer = getattr(request, "viewer", None)  # what is refused early has none
    if viewer is not None and viewer.account_id:
        return {"label": gettext("Account"), "url": reverse("account")}
    url = reverse("account_login")
    if request.method == "GET" and not request.path.startswith(url):
        url += "?" + urlencode({"next": request.get_full_path()})
    return {"label": gettext("Sign in"), "url": url}


def site() -> dict[str, str]:
    """Return the facts about this site."""
    return {
        "name": settings.SITE_NAME,
        "home_url": reverse("landing"),
        "contact_email": settings.CONTACT_EMAIL,
        "licence_name": LICENCE_NAME,
        "licence_url": LICENCE_URL,
    }


def theme_of(request: HttpRequest) -> str:
    """Return the chosen color scheme, empty for the device's own."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def describe(
    request: HttpRequest,
    *,
    title: str,
    description: str = "",
    og_type: str = "website",
    robots: str = "",
    json_ld: dict[str, Any] | None = None,
    is_embeddable: bool = False,
) -> Meta:
    """Return the metadata of the page that the request asked for."""
    base = site_url(request)
    return Meta(
        title=title,
        description=description,
        canonical=base + request.path,
        alternates=[
            *(
                {"hreflang": _HREFLANG.get(code, code), "url": base + path}
                for code, path in localized_paths(request.path).items()
            ),
            {"hreflang": "x-default", "url": base + unprefixed(request.path)},
        ],
        og_type=og_type,
        robots=robots,
        json_ld=_script_safe(json_ld) if json_ld else "",
        oembed=_oembed(base + unprefixed(request.path), base) if is_embeddable else "",
    )


def _oembed(page: str, base: str) -> str:
    return f"{base}{reverse('oembed')}?{urlencode({'url': page})}"


def _script_safe(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the script element it stands in."""
    written = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def unprefixed(path: str) -> str:
    """Return a path without its language prefix."""
    for code, _name in settings.LANGUAGES:
        if path == f"/{code}" or path.startswith(f"/{code}/"):
            return path[len(code) + 1 :] or "/"
    return path


def localized_paths(path: str) -> dict[str, str]:
    """Return the same path in every language; English has no prefix."""
    plain = unprefixed(path)
    return {
        code: plain if code == settings.LANGUAGE_CODE else f"/{code}{plain}"
        for code, _name in settings.LANGUAGES
    }


def _language_links(request: HttpRequest) -> list[dict[str, Any]]:
    query = request.META.get("QUERY_STRING", "")
    suffix = f"?{query}" if query else ""
    paths = localized_paths(request.path)
    current = get_language()
    return [
        {"code": code, "name": name, "url": paths[code] + suffix, "current": code == current}
        for code, name in settings.LANGUAGES
    ]


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    viewer: Viewer | None = getattr(request, "viewer", None)
    is_editor = viewer is not None and viewer.has_role(INCIDENT_EDITOR)
    for_classifiers = (
        ((gettext("Codings"), "codings", "tag"),)
        if viewer is not None and viewer.classifies
        else ()
    )
    for_editors = (
        (
            (gettext("Review desk"), "review-queue", "human"),
            (gettext("A new incident"), "incident-new", "plus"),
            (gettext("Change many records"), "bulk-edit", "table"),
            (gettext("Merge entities"), "entity-merge", "entity"),
        )
        if is_editor
        else ()
    )
    groups = (
        (
            pgettext("menu group", "Discover"),
            (
                (gettext("Discover incidents"), "discover", "search"),
                (gettext("List of incidents"), "incidents", "list"),
                (gettext("Map of incidents"), "spatial", "map"),
                (gettext("Entities"), "entities", "entity"),
                (gettext("Taxonomies"), "taxonomies", "tag"),
                (gettext("Classifications"), "classifications", "table"),
                (gettext("Risk checklists"), "checklists", "checklist"),
                (gettext("A random incident"), "random", "random"),
            ),
        ),
        (
            pgettext("menu group", "Contribute"),
            (
                (gettext("Submit a report"), "submit", "submit"),
                (gettext("Submitted reports"), "submissions", "checklist"),
                (gettext("Variants"), "variants", "list"),
                (gettext("Flagged reports"), "flagged", "flag"),
                *for_editors,
                *for_classifiers,
            ),
        ),
        (
            pgettext("menu group", "Learn"),
            (
                (gettext("What is an AI incident?"), "research-criteria", "article"),
                (gettext("Responding to incidents"), "research-response", "article"),
                (gettext("Research directions"), "research-roadmap", "article"),
                (gettext("History"), "research-history", "history"),
                (gettext("Related work"), "research-related-work", "link"),
                (gettext("Data and citation"), "research-snapshots", "download"),
            ),
        ),
        (
            pgettext("menu group", "About"),
            (
                (gettext("About"), "about", "info"),
                (gettext("Apps and summaries"), "about_apps", "article"),
                (gettext("Editor’s guide"), "editors-guide", "book"),
                (gettext("Contact"), "contact", "mail"),
            ),
        ),
    )
    return [
        {
            "label": label,
            "entries": [_entry(request.path, name, route, icon) for name, route, icon in entries],
        }
        for label, entries in groups
    ]


def _entry(path: str, label: str, route: str, icon: str) -> dict[str, Any]:
    url = reverse(route)
    return {"label": label, "url": url, "current": url == path, "icon": icon}


def _footer_links() -> list[dict[str, str]]:
    return [
        {"label": gettext("Terms of use"), "url": reverse("terms-of-use")},
        {"label": gettext("Privacy"), "url": reverse("privacy-policy")},
        {"label": gettext("Contact"), "url": reverse("contact")},
        {"label": gettext("API"), "url": reverse("api-reference")},
    ]


@functools.cache
def build() -> str:
    """Return the version of the running build: the commit when run from a checkout."""
    checkout = Path(incidentbase.__file__).parents[2]
    if not (checkout / ".git").exists():
        return incidentbase.__version__
    command = ["git", "-C", str(checkout), "rev-parse", "--short=7", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return incidentbase.__version__
    return found.stdout.strip()

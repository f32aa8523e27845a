"""Editorial documents: Markdown files per language, English where a language lacks one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from incidentbase.kit import html, text
from incidentbase.serve.web import chrome

FOLDER = Path(__file__).parents[1] / "documents"

# Address and route name of each document; the file has the route's name.
ADDRESSES = {
    "about": "about",
    "about_apps": "about_apps",
    "contact": "contact",
    "editors-guide": "editors-guide",
    "privacy-policy": "privacy-policy",
    "terms-of-use": "terms-of-use",
    "research/1-criteria": "research-criteria",
    "research/2-roadmap": "research-roadmap",
    "research/3-history": "research-history",
    "research/4-related-work": "research-related-work",
    "research/5-response": "research-response",
    "research/snapshots": "research-snapshots",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One document in one language."""

    title: str
    description: str
    body: str
    language: str

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return text.direction(self.language)


def page(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view of one document."""

    def view(request: HttpRequest) -> HttpResponse:
        document = read(name, get_language() or "en")
        context = {
            "document": document,
            "body": body_of(document),
            "meta": chrome.describe(
                request, title=document.title, description=document.description, og_type="article"
            ),
        }
        return render(request, "pages/document.html", context)

    return view


@functools.cache
def read(name: str, language: str) -> Document:
    """Return a document in a language, or in English."""
    path = FOLDER / language / f"{name}.md"
    if not path.exists():
        language = "en"
        path = FOLDER / language / f"{name}.md"
    _empty, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return Document(_bare(facts["title"]), _bare(facts["description"]), body.strip(), language)


def _bare(value: str) -> str:
    return value.strip().strip("\"'")


def body_of(document: Document) -> str:
    """Return the HTML with placeholders filled and in-site links led to the reader's language."""
    paragraphs = document.body.split("\n\n")
    if not settings.CONTACT_EMAIL:
        paragraphs = [part for part in paragraphs if "{contact_email}" not in part]
    source = "\n\n".join(paragraphs)
    source = source.replace("{site_name}", settings.SITE_NAME)
    source = source.replace("{contact_email}", settings.CONTACT_EMAIL)
    language = get_language() or "en"
    if language != settings.LANGUAGE_CODE:
        source = source.replace("](/", f"](/{language}/")
    return html.markdown_to_html(source, top_heading=2)

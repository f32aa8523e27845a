"""Template tags of the product, loaded in every template."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from incidentbase.kit import html
from incidentbase.serve.web.counting import FieldCard
from incidentbase.serve.web.presenting import ReportCard

register = template.Library()


@register.filter
def markdown(source: str) -> SafeString:
    """Return Markdown as sanitized HTML."""
    return mark_safe(html.markdown_to_html(source))  # noqa: S308 (sanitized by kit.html)


@register.filter
def markdown_without_links(source: str) -> SafeString:
    """Return Markdown of strangers as sanitized HTML that leads nowhere."""
    return mark_safe(html.markdown_to_html(source, links=False))  # noqa: S308 (sanitized by kit.html)


@register.simple_tag
def icon(name: str, modifier: str = "") -> SafeString:
    """Return a decorative drawing; the text beside it carries the meaning.

    `name` is a symbol in static/img/icons.svg; `modifier` is "flip" (mirrored in right-to-left
    text), "turn" (turns when its details opens) or "chosen". A tag rather than a part, because
    a page has hundreds and an include costs ten times as much.
    """
    look = f"icon icon--{modifier}" if modifier else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false" width="20" height="20">'
        '<use href="{}#{}"></use></svg>',
        look,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def report_card(card: ReportCard) -> SafeString:
    """Return the card of a report.

    Pages have dozens, and most are the same from one request to the next, so the HTML is kept
    by all that it shows: a changed report makes another card.
    """
    return _report_card(card, get_language())


@lru_cache(maxsize=2_000)
def _report_card(card: ReportCard, _language: str) -> SafeString:
    return render_to_string("parts/report_card.html", {"report": card})


@register.simple_tag
def taxonomy_field(card: FieldCard) -> SafeString:
    """Return the card of a taxonomy's field; kept as those of reports are."""
    return _taxonomy_field(card, get_language())


@lru_cache(maxsize=1_000)
def _taxonomy_field(card: FieldCard, _language: str) -> SafeString:
    return render_to_string("pages/taxonomies/field.html", {"field": card})

"""Template tags of the product, loaded in every template."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from incidentbase.kit import html

register = template.Library()


@register.filter
def markdown(source: str) -> SafeString:
    """Return Markdown as sanitized HTML."""
    return mark_safe(html.markdown_to_html(source))  # noqa: S308 (sanitized by kit.html)


@register.filter
def isolated(value: object) -> str:
    """Return text between direction isolates, for numbers and names inside other scripts."""
    return f"\u2068{value}\u2069"

"""A web page as an article: trafilatura finds the text, the page itself tells the rest."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from incidentbase.ingest.capture import markdown, metadata
from incidentbase.ingest.capture.article import Reading
from incidentbase.ingest.capture.reasons import Note

Element = Any  # lxml's, which has no types of its own

# Below this many characters a hint such as a class named `paywall` is believed.
_TEASER = 1500
# Up to this many characters above the title are the name of the site and its menu.
_MASTHEAD = 300
_PAYWALL = (
    '//*[contains(@class, "paywall") or contains(@id, "paywall") '
    'or contains(@class, "subscriber-only") or contains(@class, "premium-content")]'
)


def read(text: str, url: str, today: dt.date) -> tuple[Reading, list[str]]:
    """Return what a page says, and the blocks of its article as Markdown."""
    tree = _tree(text)
    if tree is None:
        return Reading(), []
    found = metadata.read(tree, url)
    extracted = _extracted(tree, url, today)
    title = found.title
    notes = []
    if not title:
        title = metadata.without_site_name(metadata.one_line(extracted.title), found.site_name)
        notes += [Note.TITLE_GUESSED] if title else []
    published = found.published
    if published is None:
        published = metadata.day(extracted.date)
        notes += [Note.DATE_GUESSED] if published else []
    authors = found.authors or tuple(metadata.split_authors(extracted.author or ""))
    blocks = [] if extracted.body is None else markdown.from_tree(extracted.body)
    blocks = _without_title(blocks, title)
    is_short = sum(map(len, blocks)) < _TEASER
    return Reading(
        title=title,
        authors=authors,
        published=published,
        language=found.language,
        image_url=found.image_url,
        canonical_url=found.canonical_url,
        is_behind_paywall=found.is_behind_paywall or (is_short and bool(tree.xpath(_PAYWALL))),
        notes=tuple(notes),
    ), blocks


def _tree(text: str) -> Element | None:
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None


def _extracted(tree: Element, url: str, today: dt.date) -> Any:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    return (
        bare_extraction(
            tree,
            url=url,
            include_comments=False,
            include_formatting=True,
            include_links=True,
            include_images=False,
            include_tables=True,
            with_metadata=True,
            date_extraction_params={
                "original_date": True,
                "extensive_search": True,
                "max_date": today.isoformat(),
            },
        )
        or Document()
    )


def _without_title(blocks: list[str], title: str) -> list[str]:
    """Return the blocks below the heading that repeats the title, with little above it."""
    above = 0
    for place, block in enumerate(blocks):
        if block.startswith("#") and _letters(block) == _letters(title):
            return blocks[place + 1 :]
        above += len(block)
        if above > _MASTHEAD:
            break
    return blocks


def _letters(words: str) -> str:
    return re.sub(r"\W+", "", words).lower()

"""A PDF as an article: its text page by page, as far as one is kept."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

from incidentbase.ingest.capture import markdown, metadata
from incidentbase.ingest.capture.article import LONGEST_TEXT, Reading
from incidentbase.ingest.capture.reasons import Note

MOST_PAGES = 200

_DATE = re.compile(r"D:(\d{8})")
_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


class Unreadable(Exception):
    """The document is damaged or locked."""


def read(data: bytes) -> tuple[Reading, list[str]]:
    """Return what a PDF says about itself, and its text as Markdown. Raises Unreadable."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable
        blocks = _blocks(reader)
        said = dict(reader.metadata or {})
        first = metadata.one_line(blocks[0].replace("\\", ""), 200) if blocks else ""
        return _reading(said, first), blocks
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # Broken files make the library fail in all these ways.
        raise Unreadable from error


def _blocks(reader: Any) -> list[str]:
    blocks: list[str] = []
    length = 0
    for number, page in enumerate(reader.pages):
        if number == MOST_PAGES or length > LONGEST_TEXT:
            break
        found = markdown.from_plain(_HYPHENATED.sub("", page.extract_text()))
        length += sum(map(len, found))
        blocks += found
    return blocks


def _reading(said: dict[str, Any], first_line: str) -> Reading:
    title = metadata.one_line(said.get("/Title"))
    made = _DATE.match(str(said.get("/CreationDate", "")))
    published = metadata.day(made[1]) if made else None
    notes = [Note.TITLE_GUESSED] if not title and first_line else []
    notes += [Note.DATE_GUESSED] if published else []
    return Reading(
        title=title or first_line,
        authors=tuple(metadata.split_authors(str(said.get("/Author") or ""))),
        published=published,
        notes=tuple(notes),
    )

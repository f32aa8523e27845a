"""Bytes of a document to what it says: the part that meets hostile input.

It runs in a process of its own (`apart.py`), because extraction of a prepared page of 1 MB can
take half a minute (ADR 8).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from incidentbase.ingest.capture import encodings, kinds, languages, markdown, metadata, pages, pdfs
from incidentbase.ingest.capture.article import LONGEST_TEXT, LONGEST_TITLE, Reading
from incidentbase.ingest.capture.reasons import Note, Reason
from incidentbase.kit import text as texts

_LONGEST_FIRST_LINE = 200


def read(data: bytes, *, content_type: str, url: str, today: dt.date) -> Reading | Reason:
    """Return what a document says, or why it says nothing that can be read."""
    kind = kinds.kind_of(content_type, data)
    if kind is None:
        return Reason.WRONG_TYPE
    notes: list[Note] = []
    if kind is kinds.Kind.PDF:
        try:
            found, blocks = pdfs.read(data)
        except pdfs.Unreadable:
            return Reason.UNREADABLE
    else:
        written, is_guessed = encodings.decode(data, content_type)
        notes += [Note.CHARACTERS_GUESSED] if is_guessed else []
        if kind is kinds.Kind.PAGE:
            found, blocks = pages.read(written, url, today)
        else:
            found, blocks = _plain(written)
    return _finished(found, blocks, today, notes)


def _plain(written: str) -> tuple[Reading, list[str]]:
    first = metadata.one_line(written.strip().partition("\n")[0])
    title = first if len(first) <= _LONGEST_FIRST_LINE else ""
    notes = (Note.TITLE_GUESSED,) if title else ()
    return Reading(title=title, notes=notes), markdown.from_plain(written)


def _finished(
    found: Reading, blocks: list[str], today: dt.date, notes: list[Note]
) -> Reading | Reason:
    """Return the reading with its text and language, and with notes of what is missing."""
    text, is_cut = _joined(blocks)
    plain = texts.markdown_to_plain(text)
    language, differs = languages.detect(plain, found.language)
    published = found.published
    # A day ahead may be today in another part of the world.
    if published is not None and published > today + dt.timedelta(days=1):
        published = None
        notes.append(Note.DATE_IN_FUTURE)
    elif published is None:
        notes.append(Note.NO_DATE)
    missing = {
        Note.PAYWALL: found.is_behind_paywall,
        Note.TEXT_CUT: is_cut,
        Note.NO_TITLE: not found.title,
        Note.NO_AUTHORS: not found.authors,
        Note.LANGUAGE_UNKNOWN: not language,
        Note.LANGUAGE_DIFFERS: differs,
    }
    notes += [note for note, holds in missing.items() if holds]
    guesses = [note for note in found.notes if note != Note.DATE_GUESSED or published]
    return replace(
        found,
        title=texts.excerpt(found.title, LONGEST_TITLE),
        published=published,
        language=language,
        text=text,
        plain_text=plain,
        notes=(*guesses, *notes),
    )


def _joined(blocks: list[str]) -> tuple[str, bool]:
    """Return the blocks as one text, and whether some at the end had to be left out."""
    kept: list[str] = []
    room = LONGEST_TEXT
    for block in blocks:
        if len(block) + 2 > room:
            # A single block that fills everything is cut between its words.
            short = [] if kept else [texts.excerpt(block, room)]
            return "\n\n".join((*kept, *short)), True
        kept.append(block)
        room -= len(block) + 2
    return "\n\n".join(kept), False

"""What was read of a source, or why it was not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from incidentbase.ingest.capture.reasons import Note, Reason, message

# The submission form takes no text that is shorter or longer.
SHORTEST_TEXT = 80
LONGEST_TEXT = 50_000
LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says: "" and None where it says nothing, addresses absolute.

    `canonical_url` is what the page claims, which need not be true.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    published: dt.date | None = None
    language: str = ""
    image_url: str = ""
    text: str = ""
    plain_text: str = ""
    canonical_url: str = ""
    is_behind_paywall: bool = False
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A source that was fetched and read.

    `url` is what was asked for, `fetched_url` where redirects led, `canonical_url` the address
    to keep: the page's own word if it stays on the same site. `text` is Markdown without pictures,
    its links http(s) only; `plain_text` the same without Markdown.
    """

    url: str
    fetched_url: str
    canonical_url: str
    source_domain: str
    content_type: str
    read_at: dt.datetime
    title: str
    authors: tuple[str, ...]
    published: dt.date | None
    language: str
    image_url: str
    text: str
    plain_text: str
    notes: tuple[Note, ...]


class CaptureFailed(Exception):
    """The source could not be read: a reason, what its sentence names, and what was found anyway.

    The text is the sentence in English. `detail` says more to the operator; it may name private
    addresses, so it is not for visitors.
    """

    def __init__(
        self, reason: Reason, *, detail: str = "", found: Article | None = None, **values: object
    ) -> None:
        self.reason = reason
        self.values = values
        self.detail = detail
        self.found = found
        super().__init__(message(reason, values))

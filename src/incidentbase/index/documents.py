"""What the search index holds: one document for each incident and one for each report.

An incident's document carries the texts of its reports, so that hits and facet counts are
counted in incidents. Documents are plain values; `index.building` makes them from the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from incidentbase.kit import hashing


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text and the two-letter code of the language it is written in."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One incident or report as the index sees it; `language` is that of title and description."""

    key: str
    kind: str
    number: int
    title: str
    description: str
    texts: tuple[LocalText, ...]
    facets: Mapping[str, tuple[str, ...]]
    date: dt.date | None
    published: dt.date | None
    submitted: dt.date | None
    visibility: str
    embargoed_until: dt.datetime | None
    incidents: tuple[int, ...]
    language: str = "en"

    @property
    def fingerprint(self) -> str:
        """A digest of everything the document holds, by which the index is compared with truth."""
        return hashing.digest(
            [
                self.key,
                self.kind,
                self.number,
                self.language,
                self.title,
                self.description,
                [[each.language, each.text] for each in self.texts],
                {name: sorted(values) for name, values in self.facets.items() if values},
                [str(day) for day in (self.date, self.published, self.submitted)],
                self.visibility,
                str(self.embargoed_until),
                sorted(self.incidents),
            ]
        )

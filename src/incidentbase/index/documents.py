"""What the search index holds: one document for each incident and one for each report.

An incident's document carries the texts of its reports, so that hits and facet counts are
counted in incidents. Documents are plain values; `index.building` makes them from the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from incidentbase.kit import hashing


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text and the two-letter code of the language it is written in."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One incident or report as the index sees it; `language` is that of title and description.

    `date`, `published` and `submitted` put results in order; `days` holds all days of a kind,
    any of which may lie in a span that is asked for. `names` has, for a facet whose values are
    ids, the words by which those are known.
    """

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
    days: Mapping[str, tuple[dt.date, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def own_date(self) -> dt.date | None:
        """The record's own date: when the incident happened, or the report was published."""
        return self.date if self.kind == "incident" else self.published

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
                {name: sorted(values) for name, values in self.names.items() if values},
                {name: sorted(map(str, days)) for name, days in self.days.items() if days},
                [str(day) for day in (self.date, self.published, self.submitted)],
                self.visibility,
                str(self.embargoed_until),
                sorted(self.incidents),
            ]
        )

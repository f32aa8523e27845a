"""The answers that hold records: pages of lists, and what lookups give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypeVar

from incidentbase.client.records import (
    Change,
    Classification,
    Entity,
    FacetValue,
    Hit,
    Incident,
    Lookup,
    Named,
    Record,
    Report,
    Snapshot,
    Submission,
    Taxonomy,
    record,
)

T_co = TypeVar("T_co", covariant=True)


class PageOf(Protocol[T_co]):
    """One page of a list; `next_cursor` is None at the end."""

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page."""

    @property
    def items(self) -> tuple[T_co, ...]:
        """The records of this page."""


@record
class IncidentPage(Record):
    """Incidents."""

    next_cursor: str | None
    items: tuple[Incident, ...]


@record
class ReportPage(Record):
    """Reports."""

    next_cursor: str | None
    items: tuple[Report, ...]


@record
class EntityPage(Record):
    """Entities."""

    next_cursor: str | None
    items: tuple[Entity, ...]


@record
class TaxonomyPage(Record):
    """Taxonomies."""

    next_cursor: str | None
    items: tuple[Taxonomy, ...]


@record
class ClassificationPage(Record):
    """Classifications."""

    next_cursor: str | None
    items: tuple[Classification, ...]


@record
class SearchPage(Record):
    """Results of a search with counts of facets, by their parameters."""

    next_cursor: str | None
    total: int
    matched: Literal["typed", "spelling", "most"]
    notes: tuple[str, ...]
    items: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]


@record
class ChangePage(Record):
    """Changes in order; `cursor` is None only before the very first change."""

    items: tuple[Change, ...]
    cursor: str | None
    has_more: bool


@record
class LookupList(Record):
    """What is known of each address, in the order given."""

    results: tuple[Lookup, ...]


@record
class FoundNames(Record):
    """Entities of which a name or other name holds the words."""

    items: tuple[Named, ...]


@record
class SubmissionPage(Record):
    """The queue, newest first."""

    next_cursor: str | None
    items: tuple[Submission, ...]


@record
class SnapshotList(Record):
    """The snapshots that are kept, newest first."""

    snapshots: tuple[Snapshot, ...]

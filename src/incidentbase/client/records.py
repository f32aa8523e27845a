"""What the API gives, as typed records that cannot be changed.

They have the names and members of the OpenAPI document; a test keeps both the same. A record of
which only parts were asked for has only these: to read another raises NotAsked.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

from incidentbase.client.errors import NotAsked

R = TypeVar("R")


@dataclass_transform(eq_default=False, frozen_default=True)
def record(kind: type[R]) -> type[R]:
    """Return a class of records: frozen, and fit for members that are not there."""
    return dataclasses.dataclass(frozen=True, slots=True, repr=False, eq=False)(kind)


class Record:
    """What all records have in common."""

    __slots__ = ()
    # Whether `fields` may leave members out.
    NARROWED: ClassVar[bool] = False
    # Members that the API calls by another name.
    NAMES: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def members(cls) -> tuple[str, ...]:
        """Return the names of all members, in the order of the API."""
        return tuple(one.name for one in dataclasses.fields(cls))  # type: ignore[arg-type]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return a record with just these members."""
        made = object.__new__(cls)
        for name, value in values.items():
            object.__setattr__(made, name, value)
        return made

    def has(self, name: str) -> bool:
        """Return whether the answer had this member."""
        return name in self.members() and hasattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the members that are there; records in them become dictionaries as well."""
        return {name: _plain(getattr(self, name)) for name in self.members() if self.has(name)}

    def __getattr__(self, name: str) -> Any:
        """Tell why a member is not there. Raises NotAsked."""
        if name in self.members():
            raise NotAsked(
                f"this {type(self).__name__} came without {name!r}: name it in `fields`, "
                "or read the record by itself"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __eq__(self, other: object) -> bool:
        """Records are equal when they have the same members with the same values."""
        return type(self) is type(other) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        """Records that are equal have the same plain members."""
        plain = [getattr(self, name) for name in self.members() if self.has(name)]
        return hash((type(self), *(one for one in plain if isinstance(one, str | int | dt.date))))

    def __repr__(self) -> str:
        """Show the members that are there."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.members() if self.has(name))
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Records travel between processes, whatever members they have."""
        values = {name: getattr(self, name) for name in self.members() if self.has(name)}
        return type(self).of, (values,)


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


@record
class Named(Record):
    """An entity in a role."""

    entity_id: str
    name: str
    kind: str
    url: str


@record
class Roles(Record):
    """Who took part in an incident, by role."""

    deployer: tuple[Named, ...]
    developer: tuple[Named, ...]
    harmed: tuple[Named, ...]
    implicated: tuple[Named, ...]


@record
class Words(Record):
    """An incident's words in another language."""

    language: str
    title: str
    description: str


@record
class ReportWords(Record):
    """A report's words in another language."""

    language: str
    title: str
    text: str


@record
class Report(Record):
    """A report. Lists leave out `text` and `translations` unless `fields` names them."""

    NARROWED = True
    NAMES = {"id": "_id"}

    report_number: int
    id: str
    title: str
    url: str
    source_domain: str
    text: str
    language: str
    authors: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    date_published: dt.datetime | None
    date_submitted: dt.datetime | None
    date_modified: dt.datetime | None
    flag: bool
    inputs_outputs: tuple[Any, ...]
    page: str | None
    translations: tuple[ReportWords, ...]
    incident_ids: tuple[int, ...]


@record
class Provenance(Record):
    """Who or what gave an answer, and how; what nobody said is None."""

    method: str
    machine: bool
    by: str | None
    model: str | None
    at: str | None
    confidence: float | None
    reviewed_by: str | None
    reviewed_at: str | None
    report: int | None
    passage: str | None


@record
class Answer(Record):
    """The answer to one field of a taxonomy."""

    short_name: str
    value: Any
    provenance: Provenance


@record
class Classification(Record):
    """What a taxonomy says of one incident or report."""

    NARROWED = True
    NAMES = {"id": "_id"}

    id: str
    namespace: str
    incident_id: int | None
    report_number: int | None
    publish: bool
    attributes: tuple[Answer, ...]


@record
class Incident(Record):
    """An incident. Lists leave out `reports` and `classifications`."""

    NARROWED = True
    NAMES = {"id": "_id"}

    incident_id: int
    id: str
    title: str
    description: str
    date: dt.date
    editor_notes: str
    created_at: dt.datetime | None
    date_modified: dt.datetime | None
    url: str
    entities: Roles
    report_numbers: tuple[int, ...]
    translations: tuple[Words, ...]
    same_as: tuple[str, ...]
    reports: tuple[Report, ...]
    classifications: tuple[Classification, ...]


@record
class RoleCounts(Record):
    """In how many incidents an entity has each role."""

    deployer: int
    developer: int
    harmed: int
    implicated: int


@record
class Entity(Record):
    """An entity that incidents name. Lists leave out `incidents` and `related`."""

    NARROWED = True

    entity_id: str
    name: str
    kind: str
    url: str
    aliases: tuple[str, ...]
    counts: RoleCounts
    incidents: Mapping[str, tuple[int, ...]]
    related: Mapping[str, tuple[Named, ...]]


@record
class TaxonomyField(Record):
    """One field of a taxonomy."""

    short_name: str
    display_type: str
    short_description: str
    long_description: str
    permitted_values: tuple[Any, ...]


@record
class Taxonomy(Record):
    """A taxonomy. The list leaves out `fields`."""

    NARROWED = True

    namespace: str
    description: str
    version: int
    is_automated: bool | None
    classifications: int
    url: str
    fields: tuple[TaxonomyField, ...]


@record
class Passage(Record):
    """Where the words of a search stand in a report."""

    report_number: int
    language: str
    text: str


@record
class Hit(Record):
    """A result: an incident, or a report, with where it matched."""

    kind: Literal["incident", "report"]
    title: str
    url: str
    incident_id: int | None = None
    report_number: int | None = None
    matched_in: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()


@record
class FacetValue(Record):
    """How many results a value of a facet has."""

    value: str
    count: int


@record
class Change(Record):
    """A record that changed, or that is gone from view."""

    kind: Literal["incident", "report", "entity", "taxonomy", "classification"]
    id: str
    event: Literal["changed", "gone"]
    at: dt.datetime
    url: str | None


@record
class FoundReport(Record):
    """A report at an address."""

    report_number: int
    title: str
    url: str


@record
class FoundIncident(Record):
    """An incident of a report at an address."""

    incident_id: int
    title: str
    url: str


@record
class Lookup(Record):
    """What is known of one address."""

    url: str
    reports: tuple[FoundReport, ...]
    incidents: tuple[FoundIncident, ...]


@record
class Submission(Record):
    """What everybody may see of a submission that waits."""

    title: str
    source_domain: str
    language: str
    date_submitted: dt.date
    submitters: tuple[str, ...]
    status: str


@record
class SubmissionState(Record):
    """What became of a submission, for who holds its tracking code."""

    code: str
    title: str
    status: str
    url: str
    refusal: str | None
    report_number: int | None
    incident_ids: tuple[int, ...]


@record
class SnapshotFile(Record):
    """One file of a snapshot. `licence` is None where the texts are their publishers'."""

    name: str
    kind: str
    url: str
    latest_url: str
    bytes: int
    sha256: str
    media_type: str
    licence: str | None
    has_texts_of_publishers: bool


@record
class Snapshot(Record):
    """All that everybody may see at one moment, as files; `records` counts by collection."""

    snapshot: str
    made_at: dt.datetime
    records: Mapping[str, int]
    licence: str
    manifest: str
    sha256sums: str
    croissant: str
    files: tuple[SnapshotFile, ...]

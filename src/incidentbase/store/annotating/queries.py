"""Reads for annotators and for who coordinates them: forms, queues, the board, the export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from incidentbase.kit import hashing
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import rules
from incidentbase.store.annotating.rules import Coded
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.classifying import rules as answers
from incidentbase.store.classifying.queries import Editable, Subject
from incidentbase.store.codings import comparing
from incidentbase.store.codings import queries as codings
from incidentbase.store.codings import rules as kept
from incidentbase.store.codings.models import Coding
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import version_of
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules
from incidentbase.store.taxonomies.models import Classification

# A kind of record and a number.
Record = tuple[str, int]

WAITS, IS_CODED, IS_DONE = "waits", "coded", "done"
STAGES = (WAITS, IS_CODED, IS_DONE)


def record_of(row: Coding | Classification) -> Record:
    """Return what a coding, or a classification, speaks of."""
    if row.incident is not None:
        return "incident", row.incident.incident_id
    assert row.report is not None  # noqa: S101 (a constraint of both tables)
    return "report", row.report.report_number


def subject_of(row: Coding | Classification) -> Subject:
    """Return the same with the title of the record."""
    kind, number = record_of(row)
    record = row.incident or row.report
    return Subject(kind, number, record.title if record else "")


@dataclass(frozen=True, slots=True)
class Own:
    """A coding under the hand of its annotator, as a classification that is never published."""

    coding: Coding
    editable: Editable
    seen: str

    @property
    def is_begun(self) -> bool:
        """Whether anything was answered or noted."""
        return bool(self.coding.attributes or self.coding.notes)


def own(public_id: str, *, viewer: Viewer) -> Own | None:
    """Return a coding of the viewer's own, None for any other."""
    row = codings.own_one(public_id, viewer=viewer)
    state = recorded.state_of("coding", public_id) if row else None
    taxonomy = classifying.definition(row.taxonomy.namespace) if row else None
    if row is None or state is None or taxonomy is None:
        return None
    editable = Editable(taxonomy, subject_of(row), public_id, as_classification(state))
    return Own(row, editable, version_of(state))


def as_classification(state: State) -> State:
    """Return a coding as the state of a classification that is not published."""
    return {"notes": state["notes"], "is_published": False, "attributes": state["attributes"]}


def answered(row: Coding, asked: int) -> int:
    """Return how many of so many questions a coding answers."""
    return min(len({one[0] for one in row.attributes}), asked)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a coding to adjudicate comes from: an assignment, or the copy of an annotator.

    `told` says where each answer comes from, by field.
    """

    key: str
    label: str
    is_copy: bool
    is_blind: bool
    is_draft: bool
    state: str
    assigned_at: dt.datetime | None
    handed_in_at: dt.datetime | None
    account: str
    told: Mapping[str, taxonomy_rules.Provenance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """A coding with its origin."""

    coded: Coded
    origin: Origin
    version: str


@dataclass(frozen=True, slots=True)
class Board:
    """All codings of a record side by side, and the classification that is, or will be.

    While somebody still codes the record, `is_open`, there is nothing to see of them.
    """

    editable: Editable
    given: Sequence[Given]
    is_open: bool
    seen: str

    @property
    def codings(self) -> list[Coded]:
        """The codings without their origins."""
        return [one.coded for one in self.given]

    @property
    def standing(self) -> dict[str, object]:
        """The classification that is stored, flattened."""
        return answers.flattened(self.editable.state, self.editable.fields)

    @property
    def settled(self) -> set[str]:
        """The fields whose stored answer was adjudicated before."""
        return rules.settled_fields(self.editable.state)


def board(namespace: str, kind: str, number: int, *, viewer: Viewer) -> Board | None:
    """Return what is to be adjudicated of a record, None for who does not coordinate."""
    editable = classifying.editable(namespace, kind, number, viewer=viewer)
    if editable is None or not kept.coordinates(viewer, editable.taxonomy["namespace"]):
        return None
    name = editable.taxonomy["namespace"]
    is_open = not codings.are_all_done(name, kind, number)
    found = [] if is_open else given(editable.taxonomy, [(kind, number)], viewer=viewer)
    shown = [one for _record, one in found]
    versions = [[one.coded.key, one.version] for one in shown]
    return Board(editable, shown, is_open, hashing.digest([editable.seen, is_open, versions]))


def given(
    taxonomy: State, records: Iterable[Record] | None, *, viewer: Viewer
) -> list[tuple[Record, Given]]:
    """Return the codings of records, or of all, that may be read: copies first, then by number."""
    namespace, fields = taxonomy["namespace"], taxonomy["fields"]
    is_automated = bool(taxonomy["is_automated"])
    copies = (
        taxonomies.classifications(viewer)
        .filter(taxonomy__namespace__in=comparing.copies_of(namespace))
        .select_related("taxonomy", "incident", "report")
        .prefetch_related("attributes")
    )
    own = codings.finished(namespace, viewer=viewer)
    if records is not None:
        condition = _among(records)
        copies, own = copies.filter(condition), own.filter(condition)
    found = [
        (record_of(row), _from_copy(row, fields, is_automated))
        for row in copies.order_by("taxonomy__namespace", "pk")
    ]
    found += [
        (record_of(row), _from_coding(row, fields, is_automated))
        for row in own.order_by("number", "pk")
    ]
    return found


def _among(records: Iterable[Record]) -> Q:
    numbers: dict[str, list[int]] = {"incident": [], "report": []}
    for kind, number in records:
        numbers[kind].append(number)
    return Q(incident__incident_id__in=numbers["incident"]) | Q(
        report__report_number__in=numbers["report"]
    )


def _from_copy(row: Classification, fields: answers.Fields, is_automated: bool) -> Given:
    attributes = [[a.short_name, a.value_json, a.provenance] for a in row.attributes.all()]
    state = {"notes": row.notes, "is_published": False, "attributes": attributes}
    _start, _mark, name = row.taxonomy.namespace.rpartition(taxonomy_rules.ANNOTATOR_MARK)
    label = f"{kept.LABEL} {name}"
    origin = Origin(
        key=row.public_id,
        label=label,
        is_copy=True,
        is_blind=True,
        is_draft=not row.is_published,
        state="",
        assigned_at=None,
        handed_in_at=None,
        account="",
        told=_told(attributes, is_automated),
    )
    flat = answers.flattened(state, fields)
    return Given(Coded(row.public_id, label, flat), origin, hashing.digest(state))


def _from_coding(row: Coding, fields: answers.Fields, is_automated: bool) -> Given:
    state = {"notes": row.notes, "is_published": False, "attributes": row.attributes}
    origin = Origin(
        key=row.public_id,
        label=row.label,
        is_copy=False,
        is_blind=row.is_blind,
        is_draft=False,
        state=row.state,
        assigned_at=row.assigned_at,
        handed_in_at=row.handed_in_at,
        account=row.annotator.public_id,
        told=_told(row.attributes, is_automated),
    )
    flat = answers.flattened(state, fields)
    return Given(Coded(row.public_id, row.label, flat), origin, hashing.digest(state))


def _told(
    attributes: Iterable[Sequence[object]], is_automated: bool
) -> dict[str, taxonomy_rules.Provenance]:
    found = {}
    for name, _value, *provenance in attributes:
        told = provenance[0] if provenance and isinstance(provenance[0], Mapping) else {}
        found[str(name)] = taxonomy_rules.provenance_of(told, is_automated=is_automated)
    return found


def numbers_of_copies(namespace: str) -> list[int]:
    """Return the numbers by which annotators with a copy of a taxonomy are called."""
    names = (
        one.rpartition(taxonomy_rules.ANNOTATOR_MARK)[2] for one in comparing.copies_of(namespace)
    )
    return [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 6]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that several coded, or may be adjudicated: how far it has come."""

    record: Record
    title: str
    codings: int
    stage: str
    is_classified: bool


@dataclass(slots=True)
class _Counted:
    title: str = ""
    copies: int = 0
    states: list[str] = field(default_factory=list)


def candidates(namespace: str, *, viewer: Viewer) -> list[Candidate]:
    """Return the records of a taxonomy that somebody coded, in order; none for other viewers.

    A record waits (`WAITS`) when its codings are handed in, be it one, or when annotators' copies
    alone have two or more and no classification stands for them; it is being coded (`IS_CODED`)
    while a coding is unfinished or a single copy has it; all others are done (`IS_DONE`).
    """
    if not kept.coordinates(viewer, namespace):
        return []
    counted: dict[Record, _Counted] = {}
    # Of a duplicate nothing is adjudicated any more.
    stands = Q(incident__isnull=True) | Q(incident__in=incidents.listed(viewer).order_by())
    copies = taxonomies.classifications(viewer).filter(
        stands, taxonomy__namespace__in=comparing.copies_of(namespace)
    )
    for record, title, _state in _named(copies.values_list(*_NAMES)):
        counted.setdefault(record, _Counted(title)).copies += 1
    own = codings.of_taxonomy(namespace, viewer=viewer).filter(stands)
    for record, title, state in _named(own.values_list(*_NAMES, "state")):
        counted.setdefault(record, _Counted(title)).states.append(str(state))
    shown = taxonomies.classifications(viewer).filter(taxonomy__namespace=namespace)
    classified = {record for record, *_rest in _named(shown.values_list(*_NAMES))}
    return [
        Candidate(
            record,
            one.title,
            one.copies + len(one.states),
            _stage(one, record in classified),
            record in classified,
        )
        for record, one in sorted(counted.items())
    ]


_NAMES = ("incident__incident_id", "incident__title", "report__report_number", "report__title")


def _named(rows: Iterable[Sequence[object]]) -> Iterator[tuple[Record, str, object]]:
    for incident, title, report, headline, *rest in rows:
        record = ("report", report) if incident is None else ("incident", incident)
        yield record, str(title or headline or ""), rest[0] if rest else None  # type: ignore[misc]


def _stage(one: _Counted, is_classified: bool) -> str:
    if kept.ASSIGNED in one.states:
        return IS_CODED
    if kept.HANDED_IN in one.states:
        return WAITS
    if kept.ADJUDICATED in one.states or is_classified:
        return IS_DONE
    return WAITS if one.copies > 1 else IS_CODED


def differences(
    taxonomy: State, records: Sequence[Record], *, viewer: Viewer
) -> dict[Record, tuple[int, int]]:
    """Return of records in how many fields annotators differ, and how many are to be decided."""
    by_record: dict[Record, list[Coded]] = {}
    for record, one in given(taxonomy, records, viewer=viewer):
        by_record.setdefault(record, []).append(one.coded)
    found = {}
    for record, coded in by_record.items():
        verdicts = rules.proposals(coded, taxonomy["fields"]).values()
        differing = sum(one.is_difference for one in verdicts)
        found[record] = differing, sum(one.verdict == rules.DIFFERENT for one in verdicts)
    return found


def next_waiting(namespace: str, after: Record, *, viewer: Viewer) -> Record | None:
    """Return the next record that waits for adjudication; after the last the first again."""
    found = candidates(namespace, viewer=viewer)
    waiting = [one.record for one in found if one.stage == WAITS and one.record != after]
    later = [record for record in waiting if record > after]
    return next(iter([*later, *waiting]), None)


@dataclass(frozen=True, slots=True)
class Exported:
    """One coding as it is exported, and the classification of its record, if it stands."""

    record: Record
    origin: Origin
    values: Mapping[str, object]
    notes: str
    adjudicated: Mapping[str, object]
    adjudicated_at: Mapping[str, str]


def exported(taxonomy: State, *, viewer: Viewer) -> Iterator[Exported]:
    """Yield every coding by a taxonomy that may be read, by record; none for other viewers.

    The adjudicated answers beside them are those of a classification that somebody adjudicated.
    """
    if not kept.coordinates(viewer, taxonomy["namespace"]):
        return
    fields = taxonomy["fields"]
    decided: dict[Record, tuple[dict[str, object], dict[str, str]]] = {}
    rows = (
        taxonomies.classifications(viewer)
        .filter(taxonomy__namespace=taxonomy["namespace"])
        .select_related("incident", "report")
        .prefetch_related("attributes")
    )
    for row in rows.order_by("pk"):
        decided.setdefault(record_of(row), _adjudicated(row, fields))
    found = given(taxonomy, None, viewer=viewer)
    for record, one in sorted(found, key=lambda pair: (pair[0], pair[1].origin.label)):
        values, at = decided.get(record, ({}, {}))
        yield Exported(
            record=record,
            origin=one.origin,
            values=_answers_of(one.coded.flat, fields),
            notes=str(one.coded.flat["notes"]),
            adjudicated=values,
            adjudicated_at=at,
        )


def _adjudicated(
    row: Classification, fields: answers.Fields
) -> tuple[dict[str, object], dict[str, str]]:
    attributes = [[a.short_name, a.value_json, a.provenance] for a in row.attributes.all()]
    state = {"notes": row.notes, "is_published": row.is_published, "attributes": attributes}
    names = rules.settled_fields(state)
    values = _answers_of(answers.flattened(state, fields), fields)
    at = {a.short_name: str(a.provenance.get("at", "")) for a in row.attributes.all()}
    return (
        {name: value for name, value in values.items() if name in names},
        {name: moment for name, moment in at.items() if name in names},
    )


def _answers_of(flat: Mapping[str, object], fields: answers.Fields) -> dict[str, object]:
    return {name: flat.get(answers.ANSWER + name) for name in answers.asked_in_order(fields)}


def unknown_records(kind: str, numbers: Sequence[int], *, viewer: Viewer) -> list[int]:
    """Return which of the numbers name no incident, or report, that a viewer may classify."""
    if kind == "incident":
        rows = incidents.listed(viewer).filter(incident_id__in=numbers)
        known = set(rows.values_list("incident_id", flat=True))
    else:
        shown = reports.visible(viewer).filter(report_number__in=numbers)
        known = set(shown.values_list("report_number", flat=True))
    return [number for number in numbers if number not in known]

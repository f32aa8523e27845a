"""Which records changed since a place in the history, as far as a viewer may know (ADR 3, ADR 14).

A change is told when the viewer may see the record now, could see what the change made of it, and
may see something of what it changed. What was in sight and is not any more is told as gone, so
that mirrors let go of it. Records whose embargo ended changed by the passing of time alone; they
are told as well. Whatever is not told leaves no trace: the place moves with what is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from incidentbase.kit import clock
from incidentbase.store.accounts.rules import EMBARGOED, PUBLIC, Viewer, may_see
from incidentbase.store.history.models import Change
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import rules
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies

INCIDENT, REPORT, CLASSIFICATION = "incident", "report", "classification"
ENTITY, TAXONOMY = "entity", "taxonomy"
_MERGED = "incident_duplicate"
# The changes that are of a record, by their kind; translations are known by their record's key.
_OF_KIND = {
    INCIDENT: INCIDENT,
    REPORT: REPORT,
    CLASSIFICATION: CLASSIFICATION,
    ENTITY: ENTITY,
    TAXONOMY: TAXONOMY,
    "incident_translation": INCIDENT,
    "report_translation": REPORT,
    _MERGED: INCIDENT,
}
_VISIBLE_KINDS = (INCIDENT, REPORT, CLASSIFICATION)
_UNTOLD = rules.DERIVED | rules.INTERNAL_FIELDS | {"map_x", "map_y", "cloudinary_id"}

BATCH = 500
MOST_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: the number of a change, and the time up to which it was told."""

    seq: int = 0
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A record that changed, or that is gone from view."""

    kind: str
    key: str
    is_gone: bool
    at: dt.datetime
    # Whether it was not in sight before.
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """What changed after a place, in order, and the place to go on from."""

    told: list[Told]
    place: Place
    has_more: bool


def since(place: Place, *, limit: int, viewer: Viewer) -> Since:
    """Return what changed after a place, each record once, at most as many as the limit.

    There may be more where many embargoes ended at one moment: a place cannot lie between them.
    """
    released = list(_released(place, viewer)) if place.at is not None else []
    told = released[:limit]
    told += [one for one in released[limit:] if one.at == told[-1].at]
    latest = max((one.at for one in told), default=place.at)
    if len(told) >= limit:
        return Since(told, Place(place.seq, latest), has_more=True)
    seq, end = place.seq, place.seq
    size = min(BATCH, 2 * limit + 50)
    seen = {(one.kind, one.key) for one in told}
    for _ in range(MOST_BATCHES):
        changes = _next(end, size)
        for change, one in _judged(changes, viewer):
            if one is None:
                continue
            if (one.kind, one.key) not in seen:
                if len(told) == limit:
                    return Since(told, Place(seq, latest), has_more=True)
                told.append(one)
                seen.add((one.kind, one.key))
            seq, latest = change.seq, max(latest or one.at, one.at)
        if len(changes) < size:
            return Since(told, Place(seq, latest), has_more=False)
        end = changes[-1].seq
    # So many that are not told: go on from there, or nobody would ever come past them.
    return Since(told, Place(end, latest), has_more=True)


def _next(seq: int, size: int) -> list[Change]:
    return list(
        Change.objects.filter(seq__gt=seq)
        .order_by("seq")
        .only("seq", "at", "kind", "key", "delta")[:size]
    )


def _released(place: Place, viewer: Viewer) -> Iterator[Told]:
    """Yield the records whose embargo ended since, by when it did."""
    span = (place.at or viewer.at, viewer.at)
    found = [
        *((INCIDENT, key, at) for key, at in incidents.releases(*span, viewer=viewer)),
        *((REPORT, key, at) for key, at in reports.releases(*span, viewer=viewer)),
        *((CLASSIFICATION, key, at) for key, at in taxonomies.releases(*span, viewer=viewer)),
    ]
    for kind, key, at in sorted(found, key=lambda one: (one[2], one[0], one[1])):
        yield Told(kind, key, is_gone=False, at=at, is_new=True)


def _judged(changes: Sequence[Change], viewer: Viewer) -> Iterator[tuple[Change, Told | None]]:
    """Yield each change with what is told of it, None for nothing."""
    known = _Known.over(changes, viewer)
    for change in changes:
        kind = _OF_KIND.get(change.kind)
        yield change, known.told(change, kind) if kind else None


def _key_of(change: Change) -> str:
    is_own = change.kind in (INCIDENT, REPORT, CLASSIFICATION, ENTITY, TAXONOMY)
    return change.key if is_own else change.key.split(":", 1)[0]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the viewer may see now of all that some changes speak of, and could see then."""

    viewer: Viewer
    shown: dict[str, set[str]]
    reports: set[int]
    incidents: set[int]
    entities: set[str]
    # Incidents that may be seen, and stand for another one now.
    merged: set[int]
    # What the visibility of those became that did not always have the one they have now.
    hidden: dict[tuple[str, str], list[_Became]]

    @classmethod
    def over(cls, changes: Sequence[Change], viewer: Viewer) -> _Known:
        keys: dict[str, set[str]] = {kind: set() for kind in _OF_KIND.values()}
        for change in changes:
            if kind := _OF_KIND.get(change.kind):
                keys[kind].add(_key_of(change))
        states = [
            {
                name: (pair[side] or [])
                for name, pair in change.delta.items()
                if name in rules.NAMING
            }
            for change in changes
            for side in (0, 1)
        ]
        named = rules.named_in(states)
        numbers = {int(key) for key in keys[INCIDENT]}
        report_numbers = {int(key) for key in keys[REPORT]}
        listed = set(
            incidents.listed(viewer)
            .filter(incident_id__in=numbers | named.incidents)
            .values_list("incident_id", flat=True)
        )
        merged = {int(one.key) for one in changes if one.kind == _MERGED} - listed
        seen = incidents.visible_incidents(viewer).filter(incident_id__in=merged)
        visible_reports = set(
            reports.complete(viewer)
            .filter(report_number__in=report_numbers | named.reports)
            .values_list("report_number", flat=True)
        )
        entities = set(incidents.entity_names(keys[ENTITY] | named.entities, viewer=viewer))
        shown = {
            INCIDENT: {str(one) for one in listed & numbers},
            REPORT: {str(one) for one in visible_reports & report_numbers},
            CLASSIFICATION: taxonomies.visible_ids(keys[CLASSIFICATION], viewer=viewer),
            ENTITY: entities & keys[ENTITY],
            TAXONOMY: {row.namespace for row in taxonomies.all_namespaces()},
        }
        hidden = {} if rules.sees_everything(viewer) else _hidden(keys)
        return cls(
            viewer,
            shown,
            visible_reports,
            listed,
            entities,
            set(seen.values_list("incident_id", flat=True)) if merged else set(),
            hidden,
        )

    def told(self, change: Change, kind: str) -> Told | None:
        key = _key_of(change)
        if key not in self.shown[kind]:
            is_gone = (change.kind == kind and _went(change)) or (
                change.kind == _MERGED and int(key) in self.merged
            )
            return Told(kind, key, is_gone=True, at=change.at) if is_gone else None
        at = self._stood_at(change, kind, key)
        if at is None or not self._tells(change):
            return None
        is_new = change.kind == kind and (not change.delta or _came(change))
        return Told(kind, key, is_gone=False, at=at, is_new=is_new)

    def _stood_at(self, change: Change, kind: str, key: str) -> dt.datetime | None:
        """Return when what the change made came into sight, None if it stood hidden."""
        became = [one for one in self.hidden.get((kind, key), ()) if one.seq <= change.seq]
        if not became:
            return change.at
        last = became[-1]
        # Only the end of an embargo was moved so far: it was under one before.
        visibility = last.visibility or EMBARGOED
        ends = clock.from_iso(last.until)
        if not may_see(self.viewer, visibility=visibility, embargoed_until=ends):
            return None
        return max(change.at, ends) if visibility == EMBARGOED and ends else change.at

    def _tells(self, change: Change) -> bool:
        """Return whether the viewer may see some of what the change changed."""
        is_new = not change.delta
        if is_new or rules.sees_everything(self.viewer) or "visibility" in change.delta:
            return True
        return any(
            name not in rules.NAMING
            or any(self._may_name(rules.NAMING[name], one) for one in rules.altered(*pair))
            for name, pair in change.delta.items()
            if name not in _UNTOLD
        )

    def _may_name(self, what: str, member: Any) -> bool:
        if what == "reports":
            return member in self.reports
        if what == "entities":
            return member in self.entities
        return (member[0] if isinstance(member, list) else member) in self.incidents


@dataclass(frozen=True, slots=True)
class _Became:
    """The visibility of a record from a change on; None is what no change told."""

    seq: int
    visibility: str | None
    until: str | None


def _went(change: Change) -> bool:
    """Return whether the change took from everybody's sight what was there."""
    before, after = change.delta.get("visibility", (None, None))
    return before == PUBLIC and after != PUBLIC


def _came(change: Change) -> bool:
    """Return whether the change put into everybody's sight what was not there."""
    before, after = change.delta.get("visibility", (PUBLIC, PUBLIC))
    return before != PUBLIC and after == PUBLIC


def _hidden(keys: dict[str, set[str]]) -> dict[tuple[str, str], list[_Became]]:
    """Return what the visibility of records became, in order, of those that ever changed it."""
    found: dict[tuple[str, str], list[_Became]] = {}
    for kind in _VISIBLE_KINDS:
        rows = Change.objects.filter(
            Q(delta__has_key="visibility") | Q(delta__has_key="embargoed_until"),
            kind=kind,
            key__in=keys[kind],
        )
        columns = ("seq", "key", "delta__visibility", "delta__embargoed_until")
        for seq, key, visibility, until in rows.order_by("seq").values_list(*columns):
            first = _Became(0, (visibility or [None])[0], (until or [None])[0])
            became = found.setdefault((kind, key), [first])
            last = became[-1]
            became.append(
                _Became(
                    seq,
                    visibility[1] if visibility else last.visibility,
                    until[1] if until else last.until,
                )
            )
    return found

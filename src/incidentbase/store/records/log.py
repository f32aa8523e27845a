"""The whole history for others to verify, as far as a viewer may read it (ADR 3).

An entry is given in full when the history page of its record tells all that it says: its delta is
sealed as a whole, so nothing can be left out of it. Of all other entries, and of other kinds of
records, there is only the place in the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.history import log
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import past, rules
from incidentbase.store.reports import queries as reports

BATCH = 500
# Of these the past can be read; accounts stand there by their public ids in any case.
KINDS = (past.INCIDENT, past.REPORT)
_TOLD_OTHERWISE = rules.DERIVED | {"editors"}


def lines(viewer: Viewer) -> Iterator[str]:
    """Yield the lines of the log, the last one says where it ends."""
    seq, sealed = 0, ""
    told: dict[tuple[str, str], set[int]] = {}
    for batch in _batches(history.all_in_order()):
        is_full = rules.sees_everything(viewer) and viewer.is_admin
        single = {} if is_full else _single(batch, viewer)
        for change in batch:
            is_open = is_full or _is_open(change, single, told, viewer)
            yield log.line_of(change, is_open=is_open)
            seq, sealed = change.seq, change.hash
    yield log.last_line(seq, sealed)


def _batches(changes: Iterator[Change]) -> Iterator[list[Change]]:
    batch: list[Change] = []
    for change in changes:
        batch.append(change)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _single(batch: Sequence[Change], viewer: Viewer) -> dict[tuple[str, str], bool]:
    """Return whether the viewer sees the records that have but one version, by kind and key."""
    found: dict[tuple[str, str], bool] = {}
    for kind in KINDS:
        keys = {change.key for change in batch if change.kind == kind}
        counted = (
            Change.objects.filter(kind=kind, key__in=keys).values("key").annotate(n=Count("seq"))
        )
        once = {row["key"] for row in counted if row["n"] == 1}
        seen = _visible(kind, once, viewer)
        found |= {(kind, key): key in seen for key in once}
    return found


def _visible(kind: str, keys: set[str], viewer: Viewer) -> set[str]:
    numbers = [int(key) for key in keys]
    if kind == past.INCIDENT:
        rows: Any = incidents.visible_incidents(viewer).filter(incident_id__in=numbers)
        return {str(number) for number in rows.values_list("incident_id", flat=True)}
    rows = reports.complete(viewer).filter(report_number__in=numbers)
    return {str(number) for number in rows.values_list("report_number", flat=True)}


def _is_open(
    change: Change,
    single: dict[tuple[str, str], bool],
    told: dict[tuple[str, str], set[int]],
    viewer: Viewer,
) -> bool:
    if change.kind not in KINDS:
        return False
    record = (change.kind, change.key)
    if record in single:
        return single[record]
    if record not in told:
        told[record] = _told_in_full(change.kind, change.key, viewer)
    return change.seq in told[record]


def _told_in_full(kind: str, key: str, viewer: Viewer) -> set[int]:
    """Return the numbers of the entries of a record of which its past tells everything."""
    read = past.of_incident if kind == past.INCIDENT else past.of_report
    found = read(int(key), viewer=viewer)
    if found is None:
        return set()
    shown = {version.seq: version for version in found.versions if version.is_shown}
    return {
        change.seq
        for change in history.of_record(kind, key)
        if change.seq in shown and _tells_all(change, shown[change.seq])
    }


def _tells_all(change: Change, version: past.PastVersion) -> bool:
    if (change.action, change.reason) != (version.action, version.reason) or version.has_gap:
        return False
    raw = {name: pair for name, pair in change.delta.items() if name not in _TOLD_OTHERWISE}
    return all(version.delta.get(name) == pair for name, pair in raw.items())

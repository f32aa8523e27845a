"""The follower that keeps the search index in step with the history.

It turns changes into the set of documents that they touch, makes those documents anew from
the store and replaces them. Doing so twice does no harm, so the cursor moves only after the
index has committed: nothing is lost when the process dies in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from incidentbase.index import building, location
from incidentbase.index.documents import Document
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.history.rules import Delta
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.taxonomies import queries as taxonomies

# How many changes become one commit: enough for an import, few enough for memory.
CHANGES_AT_ONCE = 20_000
DELTAS_AT_ONCE = 500

Progress = Callable[[int, int], None]


def follower(build: str = "") -> str:
    """Return the name under which the history knows how far a build of the index has come.

    A build that is new, because the folder was deleted or is another machine's, starts from
    nothing and so takes in everything.
    """
    return f"index:{build or location.build_name()}"


@dataclass(slots=True)
class Touched:
    """Numbers of the incidents and reports whose documents must be made anew."""

    incidents: set[int] = field(default_factory=set)
    reports: set[int] = field(default_factory=set)

    @property
    def keys(self) -> list[str]:
        """The keys of all those documents."""
        return [
            *(building.key_of(building.INCIDENT, number) for number in sorted(self.incidents)),
            *(building.key_of(building.REPORT, number) for number in sorted(self.reports)),
        ]


def catch_up(*, at: dt.datetime, progress: Progress = lambda _done, _total: None) -> int:
    """Bring the index up to the newest change and return how many documents were replaced.

    Waits for another process that is writing at the moment.
    """
    replaced = 0
    with location.writing():
        while True:
            step = _step(at)
            replaced += step.documents
            progress(step.seq, history.head_seq())
            if not step.has_more:
                return replaced


@dataclass(frozen=True, slots=True)
class _Step:
    seq: int
    documents: int
    has_more: bool


def _step(at: dt.datetime) -> _Step:
    start = history.cursor(follower())
    changes = history.since(start.seq, limit=CHANGES_AT_ONCE)
    touched = touched_by(changes)
    _add_released(touched, start.moved_at, at)
    if not touched.incidents and not touched.reports:
        if changes:
            history_actions.move_cursor(follower(), seq=changes[-1].seq, at=at)
        return _Step(start.seq, 0, len(changes) == CHANGES_AT_ONCE)
    keys = touched.keys
    location.current().write(_documents(touched, at), delete=keys)
    seq = changes[-1].seq if changes else start.seq
    history_actions.move_cursor(follower(), seq=seq, at=at)
    return _Step(seq, len(keys), len(changes) == CHANGES_AT_ONCE)


def _documents(touched: Touched, at: dt.datetime) -> Iterator[Document]:
    return chain(
        building.incident_documents(sorted(touched.incidents), at=at),
        building.report_documents(sorted(touched.reports), at=at),
    )


def _add_released(touched: Touched, since: dt.datetime | None, at: dt.datetime) -> None:
    """Add records whose embargo has ended: time passes without a change in the history."""
    if since is None:
        return
    released_incidents, released_reports = incidents.released(since, at)
    released_incidents |= taxonomies.incidents_of_released(since, at)
    touched.incidents |= released_incidents | incidents.numbers_with_reports(released_reports)
    touched.reports |= released_reports | incidents.report_numbers_of(released_incidents)


def touched_by(changes: Sequence[Change]) -> Touched:
    """Return the documents that the changes touch, directly or through what they name."""
    keys: dict[str, set[str]] = {}
    touched = Touched()
    for change in changes:
        keys.setdefault(change.kind, set()).add(change.key)
    _add_former_reports(touched, changes)
    reports = _numbers(keys, "report") | _numbers(keys, "report_translation")
    changed_incidents = (
        _numbers(keys, "incident")
        | _numbers(keys, "incident_translation")
        | _numbers(keys, "incident_duplicate")
        | incidents.numbers_naming(keys.get("entity", ()))
        | taxonomies.incidents_of_classifications(keys.get("classification", ()))
        | _formerly_classified(changes)
    )
    # A field that is hidden or shown changes what may be filtered by.
    by_taxonomy, reports_by_taxonomy = taxonomies.records_classified_by(keys.get("taxonomy", ()))
    changed_incidents |= by_taxonomy
    reports |= reports_by_taxonomy | taxonomies.reports_of_classifications(
        keys.get("classification", ())
    )
    # A report's document carries its incidents' entities, and an incident's its reports' texts.
    touched.reports |= reports | incidents.report_numbers_of(changed_incidents)
    touched.incidents |= changed_incidents | incidents.numbers_with_reports(reports)
    return touched


def _add_former_reports(touched: Touched, changes: Iterable[Change]) -> None:
    """Add what the incidents were linked to before; only the deltas still know that."""
    for delta in _deltas_of(changes, "incident"):
        for numbers in delta.get("reports", ()):
            touched.reports.update(numbers or ())


def _formerly_classified(changes: Iterable[Change]) -> set[int]:
    """Return the incidents that classifications spoke of before and after they moved."""
    deltas = _deltas_of(changes, "classification")
    return {number for delta in deltas for number in delta.get("incident_id", ()) if number}


def _deltas_of(changes: Iterable[Change], kind: str) -> Iterator[Delta]:
    seqs = [change.seq for change in changes if change.kind == kind]
    for start in range(0, len(seqs), DELTAS_AT_ONCE):
        yield from history.deltas(seqs[start : start + DELTAS_AT_ONCE])


def _numbers(keys: Mapping[str, set[str]], kind: str) -> set[int]:
    return {int(key.split(":", 1)[0]) for key in keys.get(kind, ())}

"""Reads of any kind of record: its state, its versions, and the whole store checked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incidentbase.kit import hashing
from incidentbase.store.accounts.rules import PUBLIC, Viewer
from incidentbase.store.history import queries as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.history.models import Change
from incidentbase.store.history.rules import rewind
from incidentbase.store.records import rules
from incidentbase.store.records.kinds import KINDS, READERS

BATCH = 200


@dataclass(frozen=True, slots=True)
class Version:
    """What a record was after one change; `state` is None where the change removed it."""

    change: Change
    state: State | None

    @property
    def seq(self) -> int:
        """The number of the change in the history."""
        return self.change.seq


def state_of(kind: str, key: str) -> State | None:
    """Return the present state of a record, None when there is none."""
    return KINDS[kind].states([key]).get(key)


def states_of(kind: str, keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of many records by their keys, without those that are not there."""
    return KINDS[kind].states(list(keys))


def versions(kind: str, key: str) -> Iterator[Version]:
    """Yield every version of a record, newest first, made by walking back from the present one."""
    state = state_of(kind, key)
    for change in history.of_record(kind, key).iterator(chunk_size=200):
        yield Version(change, state)
        if not change.digest:
            state = KINDS[kind].mirror.recovered(change.delta)
        elif change.delta and state is not None:
            state = rewind(state, change.delta)
        else:
            state = None


def state_at_version(kind: str, key: str, version: str) -> State | None:
    """Return the newest state of a record with this digest, None when it never had one."""
    for one in versions(kind, key):
        if one.change.digest == version:
            return one.state
    return None


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who did what, when and why, and the records that it changed, in order."""

    group: uuid.UUID
    at: dt.datetime
    actor: str
    action: str
    reason: str
    records: list[tuple[str, str]]
    # Whether it is of a kind that can be undone at all.
    is_undoable: bool


def act(group: uuid.UUID, *, viewer: Viewer) -> Act | None:
    """Return an act, None when there is none. For editors: it names records of any visibility.

    What somebody did to records of their own, and to nothing else, is there for admins alone.
    """
    changes = list(Change.objects.filter(group=group).order_by("seq").defer("delta"))
    is_owned = all(change.kind in rules.OWNED_KINDS for change in changes)
    if not changes or (is_owned and not viewer.is_admin):
        return None
    first = changes[0]
    return Act(
        group=group,
        at=first.at,
        actor=first.actor,
        action=first.action,
        reason=first.reason,
        records=[(change.kind, change.key) for change in changes],
        is_undoable=all(
            change.kind in KINDS and not change.action.endswith(".import") for change in changes
        ),
    )


def newest_act(kind: str, key: str) -> uuid.UUID | None:
    """Return the act that changed a record last, None when the history does not know it."""
    return history.of_record(kind, key).values_list("group", flat=True).first()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left to see of a record that was public and was withdrawn: when and why."""

    at: dt.datetime
    reason: str


def tombstone(kind: str, key: str) -> Tombstone | None:
    """Return the tombstone of a record, None for one that is there, or never was public.

    Its number was known to everybody, so that it was withdrawn tells nothing new (ADR 3).
    """
    change = _withdrawal(kind, key)
    if change is None or change.delta["visibility"][0] != PUBLIC:
        return None
    return Tombstone(change.at, change.reason)


def visibility_before_withdrawal(kind: str, key: str) -> State | None:
    """Return who saw a record before it was withdrawn, None for one that is not."""
    change = _withdrawal(kind, key)
    if change is None:
        return None
    until = change.delta.get("embargoed_until", [None])[0]
    return {"visibility": change.delta["visibility"][0], "embargoed_until": until}


def _withdrawal(kind: str, key: str) -> Change | None:
    """Return the change that withdrew a record, if its visibility is still the one it got then."""
    for change in history.of_record(kind, key).iterator(chunk_size=50):
        if "visibility" in change.delta:
            return change if change.action == f"{kind}.withdraw" else None
    return None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `verify` found wrong."""

    where: str
    problem: str


def findings() -> Iterator[Finding]:
    """Yield what is wrong with the store; nothing when all is sound.

    First the chain (its first broken entry), then every record that the history speaks of:
    it must exist, or be gone, and read exactly as its newest entry says.
    """
    broken = history.first_broken_link()
    if broken is not None:
        yield Finding(f"history entry {broken.seq}", broken.problem)
    for kind, reader in READERS.items():
        keys = (
            Change.objects.filter(kind=kind)
            .values_list("key", flat=True)
            .distinct()
            .order_by("key")
        )
        for batch in _batches(keys.iterator(chunk_size=2000)):
            yield from _compare(kind, batch, history.last_digests(kind, batch), reader(batch))


def _compare(
    kind: str, keys: list[str], sealed: dict[str, str], states: dict[str, dict[str, object]]
) -> Iterator[Finding]:
    for key in keys:
        state = states.get(key)
        if state is None and sealed[key]:
            yield Finding(f"{kind} {key}", "it is in the history, but not in the store")
        elif state is not None and not sealed[key]:
            yield Finding(f"{kind} {key}", "it was deleted in the history, but is in the store")
        elif state is not None and hashing.digest(state) != sealed[key]:
            yield Finding(f"{kind} {key}", "it differs from its newest entry in the history")


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""Writes to the history: every action of the store runs inside `recording`.

The chain head is locked only when the block ends, so the order of `seq` is the order of
commit, and long work before it does not block others (on SQLite the whole block is
serialized anyway). See ADR 2.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from django.db import transaction

from incidentbase.kit import hashing
from incidentbase.store.history import mirrors, queries
from incidentbase.store.history.models import ChainHead, Change, FollowerCursor, NumberSeries
from incidentbase.store.history.rules import Entry, State, chained_hash, difference

# How far ahead of the last number a chosen one may lie.
_FARTHEST = 1_000


class Labelled(Protocol):
    """Who acts, as the history names them."""

    @property
    def label(self) -> str:
        """Return a stable name such as `account:65031f…` or `system:import`."""


class Recorder:
    """Collects the changes of one action; `recording` appends them when the block ends."""

    def __init__(self, action: str) -> None:
        self._action = action
        self.entries: list[Entry] = []

    def created(self, kind: str, key: str, state: State) -> None:
        """Note a new record. Only its digest is kept: the row itself holds the values."""
        self.entries.append(Entry(self._action, kind, key, {}, hashing.digest(state)))

    def changed(self, kind: str, key: str, before: State, after: State) -> bool:
        """Note an update; return False, and note nothing, when the states are equal."""
        delta = difference(before, after)
        if delta:
            self.entries.append(Entry(self._action, kind, key, delta, hashing.digest(after)))
        return bool(delta)

    def deleted(self, kind: str, key: str, before: State) -> None:
        """Note a removal with all values, so that it can be undone."""
        self.entries.append(Entry(self._action, kind, key, difference(before, {}), ""))


@contextmanager
def recording(
    actor: Labelled, action: str, *, at: dt.datetime, reason: str = ""
) -> Iterator[Recorder]:
    """Run one action in one transaction and append what it notes to the history."""
    with transaction.atomic():
        recorder = Recorder(action)
        yield recorder
        _append(recorder.entries, actor=actor.label, at=at, reason=reason)


def _append(entries: list[Entry], *, actor: str, at: dt.datetime, reason: str) -> None:
    if not entries:
        return
    head, _is_first = ChainHead.objects.select_for_update().get_or_create(pk=1)
    group = uuid.uuid4()
    seq, previous = head.seq, head.hash
    changes = []
    for entry in entries:
        seq += 1
        sealed = chained_hash(
            seq=seq, at=at, actor=actor, entry=entry, reason=reason, group=group, previous=previous
        )
        changes.append(
            Change(
                seq=seq,
                at=at,
                actor=actor,
                action=entry.action,
                kind=entry.kind,
                key=entry.key,
                delta=entry.delta,
                digest=entry.digest,
                reason=reason,
                group=group,
                previous=previous,
                hash=sealed,
            )
        )
        previous = sealed
    Change.objects.bulk_create(changes, batch_size=500)
    head.seq, head.hash = seq, previous
    head.save(update_fields=["seq", "hash"])


def allocate_number(series: str) -> int:
    """Return the next free number of a series. Call it inside `recording`: it holds a lock."""
    row, _is_first = NumberSeries.objects.select_for_update().get_or_create(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


class NumberTaken(Exception):
    """A number was given before, or lies too far ahead."""


def claim_number(series: str, number: int) -> None:
    """Give a number that somebody chose. Call it inside `recording`: it holds a lock.

    Raises NumberTaken for one that was ever given, and for one more than a thousand ahead: what
    lies between is never given either.
    """
    row, _is_first = NumberSeries.objects.select_for_update().get_or_create(name=series)
    if not row.last < number <= row.last + _FARTHEST:
        raise NumberTaken(f"{series} {number} is taken or too far ahead: next is {row.last + 1}")
    row.last = number
    row.save(update_fields=["last"])


def reserve_numbers(series: str, *, up_to: int) -> None:
    """Make sure that numbers up to the given one are never allocated here."""
    row, _is_first = NumberSeries.objects.select_for_update().get_or_create(name=series)
    if up_to > row.last:
        row.last = up_to
        row.save(update_fields=["last"])


def move_cursor(follower: str, *, seq: int, at: dt.datetime) -> None:
    """Remember that a follower has dealt with every change up to `seq`."""
    FollowerCursor.objects.update_or_create(name=follower, defaults={"seq": seq, "moved_at": at})


def advance_cursor(follower: str, *, start: queries.Place, seq: int, at: dt.datetime) -> bool:
    """Move a follower on from where it was read, and return whether it was still there.

    Call it within the transaction that writes what the follower makes of the changes.
    """
    if start.moved_at is None:
        _row, is_first = FollowerCursor.objects.get_or_create(
            name=follower, defaults={"seq": seq, "moved_at": at}
        )
        return is_first
    there = FollowerCursor.objects.filter(name=follower, seq=start.seq, moved_at=start.moved_at)
    return there.update(seq=seq, moved_at=at) > 0


def forget_cursor(follower: str) -> None:
    """Forget a follower that is gone for good."""
    FollowerCursor.objects.filter(name=follower).delete()


def insert_rows(
    mirror: mirrors.Mirror, states: Sequence[mirrors.State], *, source_digests: Sequence[str]
) -> dict[str, int]:
    """Insert imported records and return their primary keys by history key."""
    targets = mirror.targets(states)
    rows = []
    for state, digest in zip(states, source_digests, strict=True):
        row = mirror.model(source_digest=digest)
        mirror.apply(row, state, targets)
        rows.append(row)
    mirror.model._default_manager.bulk_create(rows, batch_size=200)
    return {mirror.key_of(state): row.pk for state, row in zip(states, rows, strict=True)}


def replace_rows(
    mirror: mirrors.Mirror, states: Sequence[mirrors.State], *, source_digests: Sequence[str]
) -> dict[str, int]:
    """Overwrite stored records with imported states; return their primary keys."""
    targets = mirror.targets(states)
    stored = mirror.rows([mirror.key_of(state) for state in states])
    rows = []
    for state, digest in zip(states, source_digests, strict=True):
        row = stored[mirror.key_of(state)]
        mirror.apply(row, state, targets)
        row.source_digest = digest  # type: ignore[attr-defined]
        rows.append(row)
    mirror.model._default_manager.bulk_update(
        rows, [*mirror.column_names(), "source_digest"], batch_size=200
    )
    return {mirror.key_of(state): row.pk for state, row in zip(states, rows, strict=True)}

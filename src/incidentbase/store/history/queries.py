"""Reads of the history: what changed since a cursor, the versions of a record, the chain check."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from incidentbase.store.history import mirrors
from incidentbase.store.history.models import ChainHead, Change, FollowerCursor
from incidentbase.store.history.rules import Delta, Entry, chained_hash

LARGEST_ACT = 10_000


def head_seq() -> int:
    """Return the number of the newest committed change, 0 in an empty store."""
    return ChainHead.objects.values_list("seq", flat=True).filter(pk=1).first() or 0


def first_at() -> dt.datetime | None:
    """Return when the first change was made, None in an empty store."""
    return Change.objects.order_by("seq").values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a follower has come, and when it last moved (None before its first step)."""

    seq: int
    moved_at: dt.datetime | None


def cursor(follower: str) -> Place:
    """Return how far a follower has come."""
    row = FollowerCursor.objects.filter(name=follower).first()
    return Place(row.seq, row.moved_at) if row else Place(0, None)


def since(seq: int, *, limit: int) -> list[Change]:
    """Return the next changes after `seq` in order, at most `limit`, without their deltas."""
    return list(
        Change.objects.filter(seq__gt=seq)
        .order_by("seq")
        .only("seq", "kind", "key", "action")[:limit]
    )


def made(kind: str, action: str, *, after: int, up_to: int) -> list[Change]:
    """Return the changes between two places by which an action made records of a kind, in order."""
    rows = Change.objects.filter(kind=kind, action=action, seq__gt=after, seq__lte=up_to)
    return list(rows.order_by("seq").only("seq", "at", "kind", "key", "action"))


def deltas(seqs: Iterable[int]) -> list[Delta]:
    """Return what changed in the entries of these numbers, in order."""
    rows = Change.objects.filter(seq__in=list(seqs)).order_by("seq")
    return list(rows.values_list("delta", flat=True))


def all_in_order() -> Iterator[Change]:
    """Yield every change in order."""
    return _walk()


def of_record(kind: str, key: str) -> QuerySet[Change]:
    """Return the changes of one record, newest first."""
    return Change.objects.filter(kind=kind, key=key).order_by("-seq")


def records_of_acts(
    changes: Sequence[Change], *, kinds: Iterable[str]
) -> list[tuple[uuid.UUID, str, str]]:
    """Return (group, kind, key) of every record of these kinds that the same acts changed."""
    if not changes:
        return []
    # The entries of an act follow one another, so there is no need to look far.
    seqs = [change.seq for change in changes]
    near = Change.objects.filter(seq__range=(min(seqs) - LARGEST_ACT, max(seqs) + LARGEST_ACT))
    rows = near.filter(group__in={change.group for change in changes}, kind__in=list(kinds))
    return list(rows.values_list("group", "kind", "key").distinct())


def newest_act(actor: str, *, after: int) -> uuid.UUID | None:
    """Return the group of the newest act of an actor since a change, None when there is none."""
    own = Change.objects.filter(seq__gt=after, actor=actor).order_by("-seq")
    return own.values_list("group", flat=True).first()


def last_digests(kind: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the digest of the newest change for each key; an empty text means deleted."""
    newest = (
        Change.objects.filter(kind=kind, key__in=list(keys))
        .values("key")
        .annotate(newest=Max("seq"))
        .values("newest")
    )
    return dict(Change.objects.filter(seq__in=newest).values_list("key", "digest"))


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first entry of the chain that does not hold."""

    seq: int
    problem: str


def first_broken_link() -> BrokenLink | None:
    """Walk the whole chain and return its first fault, None when it is sound."""
    expected, previous = 1, ""
    for change in _walk():
        if change.seq != expected:
            return BrokenLink(expected, f"entry {expected} is missing")
        if change.previous != previous:
            return BrokenLink(change.seq, "it does not follow the entry before it")
        if change.hash != _hash_of(change):
            return BrokenLink(change.seq, "its content does not match its hash")
        expected, previous = change.seq + 1, change.hash
    head = ChainHead.objects.filter(pk=1).first() or ChainHead()
    if head.seq != expected - 1 or head.hash != previous:
        return BrokenLink(expected, "the head of the chain points elsewhere")
    return None


def _walk() -> Iterator[Change]:
    return Change.objects.order_by("seq").iterator(chunk_size=2000)


def _hash_of(change: Change) -> str:
    entry = Entry(change.action, change.kind, change.key, change.delta, change.digest)
    return chained_hash(
        seq=change.seq,
        at=change.at,
        actor=change.actor,
        entry=entry,
        reason=change.reason,
        group=change.group,
        previous=change.previous,
    )


def states(mirror: mirrors.Mirror, keys: Iterable[str]) -> dict[str, mirrors.State]:
    """Return the present states of records without lists of their own, by history key."""
    return {key: mirror.state_of(row) for key, row in mirror.rows(keys).items()}


def source_digests(mirror: mirrors.Mirror, keys: Iterable[str]) -> dict[str, str]:
    """Return, for the records that exist, the digest of the state last imported."""
    return {key: str(getattr(row, "source_digest", "")) for key, row in mirror.rows(keys).items()}

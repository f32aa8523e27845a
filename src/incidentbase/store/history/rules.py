"""Pure decisions about the history: what a change holds, how it is hashed, what differs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import clock, hashing

State = Mapping[str, Any]
Delta = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One change before it has a place in the chain."""

    action: str
    kind: str
    key: str
    delta: Delta
    digest: str


def difference(before: State, after: State) -> Delta:
    """Return the fields that differ, each as [before, after]; a missing field counts as None."""
    names = sorted({*before, *after})
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }


def rewind(state: State, delta: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return the state as it was before the delta was applied."""
    earlier = dict(state)
    for name, (before, _after) in delta.items():
        earlier[name] = before
    return earlier


def chained_hash(
    *,
    seq: int,
    at: dt.datetime,
    actor: str,
    entry: Entry,
    reason: str,
    group: uuid.UUID,
    previous: str,
) -> str:
    """Return the SHA-256 that seals a change together with the hash of the one before it."""
    return hashing.digest(
        [
            seq,
            clock.iso(at),
            actor,
            entry.action,
            entry.kind,
            entry.key,
            entry.delta,
            entry.digest,
            reason,
            str(group),
            previous,
        ]
    )

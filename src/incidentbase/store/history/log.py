"""The history as a file that others can verify: JSON lines, one for each entry, then the head.

A line holds all that its hash seals. Of an entry that is not for the reader only the number and
the two hashes are there: that it stands in the chain can be verified, not what it says.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import clock
from incidentbase.store.history.models import Change
from incidentbase.store.history.rules import Entry, chained_hash

SEALED = ("at", "actor", "action", "kind", "key", "delta", "digest", "reason", "group")


class Broken(Exception):
    """A file is not the history that it says it is; the message names the first broken entry."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found sound: how many entries, how many of them withheld, the last hash."""

    entries: int
    withheld: int
    head: str


def line_of(change: Change, *, is_open: bool) -> str:
    """Return an entry as a line, with or without what it says."""
    found: dict[str, Any] = {"seq": change.seq, "previous": change.previous, "hash": change.hash}
    if is_open:
        found |= {name: getattr(change, name) for name in SEALED}
        found |= {"at": clock.iso(change.at), "group": str(change.group)}
    return _line(found)


def last_line(seq: int, sealed: str) -> str:
    """Return the line that says where the history ends, without which a file may be cut off."""
    return _line({"head": {"seq": seq, "hash": sealed}})


def verify(lines: Iterable[str]) -> Verified:
    """Return what a file holds when it is sound. Raises Broken, naming the first fault."""
    expected, previous, withheld = 1, "", 0
    ended = False
    for place, line in enumerate(lines, start=1):
        if ended:
            raise Broken(f"line {place}: there is more after the end")
        found = _parsed(line, place)
        if "head" in found:
            if found["head"] != {"seq": expected - 1, "hash": previous}:
                raise Broken(f"entry {expected} is missing: the file says that it ends elsewhere")
            ended = True
            continue
        if found.get("seq") != expected:
            raise Broken(f"entry {expected} is missing; line {place} has another")
        if found.get("previous") != previous:
            raise Broken(f"entry {expected} does not follow the entry before it")
        if "delta" not in found:
            withheld += 1
        elif _hash_of(found, expected) != found.get("hash"):
            raise Broken(f"the content of entry {expected} does not match its hash")
        expected, previous = expected + 1, str(found.get("hash"))
    if not ended:
        raise Broken(f"the file is cut off after entry {expected - 1}")
    return Verified(expected - 1, withheld, previous)


def _parsed(line: str, place: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        raise Broken(f"line {place} is not JSON") from None
    if not isinstance(found, dict):
        raise Broken(f"line {place} is no entry")
    return found


def _hash_of(found: dict[str, Any], seq: int) -> str:
    try:
        at = clock.from_iso(found["at"])
        if at is None:
            raise ValueError
        return chained_hash(
            seq=seq,
            at=at,
            actor=found["actor"],
            entry=Entry(
                found["action"], found["kind"], found["key"], found["delta"], found["digest"]
            ),
            reason=found["reason"],
            group=uuid.UUID(found["group"]),
            previous=found["previous"],
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Broken(f"entry {seq} lacks what its hash seals") from None


def _line(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"

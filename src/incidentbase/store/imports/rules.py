"""Pure decisions of an import: which incoming records are new, changed, equal or in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ADDED, CHANGED, UNCHANGED, CONFLICT = "added", "changed", "unchanged", "conflict"


def verdict(*, stored_source: str | None, incoming: str, edited_here: bool) -> str:
    """Return what to do with one incoming record.

    `stored_source` is the digest of the state last imported (None when there is no such
    record), `incoming` the digest of the state at hand. A record that was edited here since
    and also changed at its source is a conflict, and the local edit is kept.
    """
    if stored_source is None:
        return ADDED
    if stored_source == incoming:
        return UNCHANGED
    return CONFLICT if edited_here else CHANGED


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was left out, and why."""

    key: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What an import did with one batch of one kind: keys by verdict."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take another batch's results in."""
        self.added += other.added
        self.changed |= other.changed
        self.unchanged += other.unchanged
        self.skipped += other.skipped


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that differ."""
    return [name for name in after if before.get(name) != after[name]]

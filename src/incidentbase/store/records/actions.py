"""Writes to any kind of record: every editorial act is made of these, so each can be undone.

An act runs in `writing`: one transaction, one group in the history. Records are read and written
as states; what a state must be like is decided by the rules of its area before it comes here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, ProtectedError
from django.db.models.deletion import Collector

from incidentbase.kit import clock, hashing, text
from incidentbase.store.accounts.rules import ADMIN, INCIDENT_EDITOR, Viewer, require
from incidentbase.store.history import actions as history
from incidentbase.store.history import queries as history_queries
from incidentbase.store.history.mirrors import State
from incidentbase.store.history.models import Change
from incidentbase.store.history.rules import rewind
from incidentbase.store.records import queries, rules
from incidentbase.store.records.kinds import KINDS, Kind


class NoSuchRecord(LookupError):
    """There is no record of this kind and key."""


class EditConflict(Exception):
    """Others changed the same fields meanwhile; nothing was written."""

    def __init__(
        self, clashes: Mapping[str, rules.Clash], version: str, taken: Iterable[str] = ()
    ) -> None:
        """Take the fields in question, and the version that an answer must name as seen.

        An answer must also have the others' values in the fields `taken` (see `rules.Merged`).
        """
        super().__init__(f"changed by others meanwhile: {', '.join(sorted(clashes))}")
        self.clashes = dict(clashes)
        self.version = version
        self.taken = frozenset(taken)


class Unfit(Exception):
    """A state does not fit its table; `field` is the name of what does not."""

    def __init__(self, field: str, problem: str) -> None:
        """Take the field and what is wrong with it."""
        super().__init__(f"{field} {problem}")
        self.field = field


class StillNeeded(Exception):
    """A record cannot be removed while others refer to it."""


class CannotUndo(Exception):
    """A record is no longer what the act made of it, so the act cannot be undone."""


class Writer:
    """Reads and writes records within one act."""

    def __init__(self, recorder: history.Recorder) -> None:
        self._recorder = recorder

    def read(self, kind: str, key: str) -> State:
        """Return the present state of a record and keep others from changing it meanwhile.

        Raises NoSuchRecord.
        """
        return self.read_all(kind, [key])[key]

    def create(self, kind: str, state: State) -> str:
        """Put a new record in and return its key. Raises Unfit."""
        return self.create_all(kind, [state])[0]

    def create_all(self, kind: str, states: Iterable[State]) -> list[str]:
        """Put many new records in at once and return their keys. Raises Unfit."""
        known = KINDS[kind]
        plainest = [known.mirror.plainest(state) for state in states]
        _require_fit(known, *plainest)
        known.insert(plainest, [""] * len(plainest))
        keys = [known.mirror.key_of(state) for state in plainest]
        for key, state in zip(keys, plainest, strict=True):
            self._recorder.created(kind, key, state)
        return keys

    def change(self, kind: str, key: str, **changes: Any) -> bool:
        """Change fields of a record; return whether anything differed. Raises Unfit."""
        before = self.read(kind, key)
        return self.replace(kind, key, {**before, **changes})

    def replace(self, kind: str, key: str, after: State) -> bool:
        """Give a record another state; return whether anything differed. Raises Unfit."""
        return self.replace_all(kind, {key: after}) == 1

    def read_all(self, kind: str, keys: Iterable[str]) -> dict[str, State]:
        """Return the present states of many records, which others cannot change meanwhile.

        Raises NoSuchRecord when one of them is not there.
        """
        known, wanted = KINDS[kind], list(keys)
        known.mirror.lock(wanted)
        found = known.states(wanted)
        if missing := [key for key in wanted if key not in found]:
            raise NoSuchRecord(f"{kind} {missing[0]}")
        return found

    def replace_all(self, kind: str, states: Mapping[str, State]) -> int:
        """Give many records other states at once; return how many differed. Raises Unfit."""
        known = KINDS[kind]
        before = self.read_all(kind, states)
        plainest = {key: known.mirror.plainest(after) for key, after in states.items()}
        changed = {key: after for key, after in plainest.items() if before[key] != after}
        for key, after in changed.items():
            if known.mirror.key_of(after) != key:
                raise Unfit(known.mirror.key[0], "names another record")
        _require_fit(known, *changed.values())
        # What was last imported stays known, so that an import sees that there was an edit.
        digests = history_queries.source_digests(known.mirror, changed)
        if changed:
            known.replace(list(changed.values()), [digests[key] for key in changed])
        for key, after in changed.items():
            self._recorder.changed(kind, key, before[key], after)
        return len(changed)

    def remove(self, kind: str, key: str) -> None:
        """Remove a record. Raises NoSuchRecord, or StillNeeded when others refer to it."""
        known = KINDS[kind]
        before = self.read(kind, key)
        row = known.mirror.rows([key])[key]
        if others := _dependents(row, known):
            raise StillNeeded(f"{kind} {key} has: {', '.join(others)}")
        row.delete()
        self._recorder.deleted(kind, key, before)

    def _read(self, kind: str, key: str) -> State | None:
        known = KINDS[kind]
        known.mirror.lock([key])
        return known.states([key]).get(key)

    def take_back(self, change: Change) -> None:
        """Make a record what it was before a change, if it still is what the change made of it.

        Raises CannotUndo.
        """
        state = self._read(change.kind, change.key)
        if (version_of(state) if state else "") != change.digest:
            raise CannotUndo(f"{change.kind} {change.key} was changed again")
        if state is None:
            self.create(change.kind, KINDS[change.kind].mirror.recovered(change.delta))
            KINDS[change.kind].came_back(change.key)
        elif change.delta:
            self.replace(change.kind, change.key, rewind(state, change.delta))
        else:
            try:
                self.remove(change.kind, change.key)
            except StillNeeded as needed:
                raise CannotUndo(str(needed)) from None


@contextmanager
def writing(actor: Viewer, action: str, *, reason: str = "") -> Iterator[Writer]:
    """Run one act: all of what it writes enters the store and the history together, or nothing."""
    said = text.without_hidden(reason).strip()
    with history.recording(actor, action, at=actor.at, reason=said) as recorder:
        yield Writer(recorder)


def version_of(state: State) -> str:
    """Return the version of a record that an editor has seen: the digest of its state."""
    return hashing.digest(state)


def edit(
    kind: str, key: str, wanted: State, *, seen: str, actor: Viewer, reason: str = ""
) -> State:
    """Change fields of a record as an editor who saw the version `seen`, and return its new state.

    What others changed since then is kept. Raises EditConflict when they changed the same fields,
    NoSuchRecord, Unfit, and NotPermitted unless the actor edits incidents.
    """
    _require_editor(kind, actor)
    with writing(actor, f"{kind}.edit", reason=reason) as writer:
        theirs = writer.read(kind, key)
        before = queries.state_at_version(kind, key, seen) or theirs
        if fixed := rules.fixed_fields(theirs, {**theirs, **wanted}):
            raise Unfit(fixed[0], "is never changed")
        outcome = rules.merged(before, theirs, wanted)
        if outcome.clashes:
            raise EditConflict(outcome.clashes, version_of(theirs), outcome.taken)
        if outcome.state != theirs:
            writer.replace(kind, key, _touched(outcome.state, actor))
        return writer.read(kind, key)


def restore(kind: str, key: str, seq: int, *, actor: Viewer, reason: str = "") -> State:
    """Give a record the state that it had after a change, as a new version, and return it.

    Raises NoSuchRecord when there is no such version, and NotPermitted unless the actor edits
    incidents.
    """
    _require_editor(kind, actor)
    with writing(actor, f"{kind}.restore", reason=reason) as writer:
        wanted = next((one for one in queries.versions(kind, key) if one.seq == seq), None)
        if wanted is None or wanted.state is None:
            raise NoSuchRecord(f"{kind} {key} at {seq}")
        state = _touched(dict(wanted.state), actor)
        if queries.state_of(kind, key) is None:
            writer.create(kind, state)
        else:
            writer.replace(kind, key, state)
        return state


def undo(group: uuid.UUID, *, actor: Viewer, reason: str = "") -> int:
    """Take back one whole act and return how many records that changed.

    Later acts on the same records must be undone first. Raises CannotUndo when a record is not
    what the act made of it, and writes nothing then;
    NoSuchRecord when there is no such act; NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    act = queries.act(group, viewer=actor)
    if act is None:
        raise NoSuchRecord(f"act {group}")
    if not act.is_undoable:
        raise CannotUndo("only what editors do can be undone")
    changes = list(Change.objects.filter(group=group).order_by("-seq"))
    with writing(actor, f"{act.action.partition('.')[0]}.undo", reason=reason) as writer:
        for change in changes:
            writer.take_back(change)
    return len(changes)


def _require_editor(kind: str, actor: Viewer) -> None:
    require(actor, ADMIN if kind in rules.OWNED_KINDS else INCIDENT_EDITOR)


def _dependents(row: Model, kind: Kind) -> list[str]:
    """Return what kinds of rows, other than the record's own lists, refer to a row."""
    collector = Collector(using=DEFAULT_DB_ALIAS)
    try:
        collector.collect([row])
    except ProtectedError as protected:
        return sorted({str(one._meta.verbose_name) for one in protected.protected_objects})
    own = {kind.mirror.model, *kind.parts}
    found = {model for model in collector.data if model not in own}
    found |= {rows.model for rows in collector.fast_deletes if rows.model not in own and rows}
    return sorted(str(model._meta.verbose_name) for model in found)


def _touched(state: State, actor: Viewer) -> State:
    from_now = {"modified_at": clock.iso(actor.at)} if "modified_at" in state else {}
    return {**state, **from_now}


def _require_fit(kind: Kind, *states: State) -> None:
    targets = kind.mirror.targets(states)
    for state in states:
        if (name := kind.mirror.too_long(state)) is not None:
            raise Unfit(name, "is too long")
        if (missing := kind.mirror.missing_target(state, targets)) is not None:
            raise Unfit(missing.partition(" ")[0], "names a record that does not exist")
        for name, missing_keys in kind.missing(state).items():
            raise Unfit(name, f"names what does not exist: {', '.join(missing_keys)}")

"""Imports of records in batches: one transaction a batch, repeatable, local edits kept.

States come from `ingest`; here it is decided what is new, changed or in conflict (see
`rules.verdict`), and each batch enters the tables and the history together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.apps import apps
from django.db import DataError, IntegrityError, connection, transaction

from incidentbase.kit import hashing
from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts.rules import ADMIN, Viewer, require
from incidentbase.store.history import actions as history
from incidentbase.store.history import queries as history_queries
from incidentbase.store.history.mirrors import State
from incidentbase.store.imports import rules
from incidentbase.store.records.kinds import KINDS, Kind


@contextmanager
def rehearsal() -> Iterator[None]:
    """Run imports for real and keep nothing of them: what a dry run is."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def import_states(kind_name: str, states: Sequence[State], *, actor: Viewer) -> rules.Outcome:
    """Bring one batch of records of one kind into the store and return what became of each.

    A batch that the database refuses is tried again record by record, so that only the
    faulty ones are skipped. Raises NotPermitted unless the actor is an admin.
    """
    require(actor, ADMIN)
    try:
        return _import_batch(kind_name, states, actor=actor)
    except (IntegrityError, DataError) as error:
        if len(states) == 1:
            key = KINDS[kind_name].mirror.key_of(states[0])
            refusal = rules.Skipped(key, f"the database refused it: {_first_line(error)}")
            return rules.Outcome(skipped=[refusal])
    outcome = rules.Outcome()
    for state in states:
        outcome.add(import_states(kind_name, [state], actor=actor))
    return outcome


def refresh_statistics() -> None:
    """Tell PostgreSQL how its tables look now: it plans badly for what it takes to be empty.

    Left alone it looks only now and then, and a table that it saw before the import committed
    counts as empty until then.
    """
    if connection.vendor == "postgresql":
        tables = [model._meta.db_table for model in apps.get_app_config("store").get_models()]
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")


def key_of(kind_name: str, state: State) -> str:
    """Return the key by which the history knows a record of this kind."""
    return KINDS[kind_name].mirror.key_of(state)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _import_batch(kind_name: str, states: Sequence[State], *, actor: Viewer) -> rules.Outcome:
    kind = KINDS[kind_name]
    outcome = rules.Outcome()
    with history.recording(actor, f"{kind_name}.import", at=actor.at) as recorder:
        fitting = _without_misfits(kind, states, outcome)
        new, changed, before = _sort_out(kind, fitting, outcome)
        editors = {name for state in (*new, *changed) for name in state.get("editors", ())}
        accounts.ensure_named(editors, actor=actor)
        if new:
            kind.insert(new, [hashing.digest(state) for state in new])
        if changed:
            kind.replace(changed, [hashing.digest(state) for state in changed])
        for state in new:
            recorder.created(kind_name, kind.mirror.key_of(state), state)
        for state in changed:
            key = kind.mirror.key_of(state)
            recorder.changed(kind_name, key, before[key], state)
    return outcome


def _without_misfits(kind: Kind, states: Sequence[State], outcome: rules.Outcome) -> list[State]:
    targets = kind.mirror.targets(states)
    fitting = []
    for state in states:
        key = kind.mirror.key_of(state)
        if (name := kind.mirror.too_long(state)) is not None:
            outcome.skipped.append(rules.Skipped(key, f"{name} is too long"))
        elif (missing := kind.mirror.missing_target(state, targets)) is not None:
            outcome.skipped.append(rules.Skipped(key, f"there is no {missing}"))
        else:
            fitting.append(state)
    return fitting


def _sort_out(
    kind: Kind, states: Sequence[State], outcome: rules.Outcome
) -> tuple[list[State], list[State], dict[str, State]]:
    keyed = {kind.mirror.key_of(state): state for state in states}
    stored = history_queries.source_digests(kind.mirror, keyed)
    moved = [
        key
        for key, state in keyed.items()
        if key in stored and stored[key] != hashing.digest(state)
    ]
    before = kind.states(moved) if moved else {}
    new: list[State] = []
    changed: list[State] = []
    for key, state in keyed.items():
        edited_here = key in before and hashing.digest(before[key]) != stored[key]
        verdict = rules.verdict(
            stored_source=stored.get(key), incoming=hashing.digest(state), edited_here=edited_here
        )
        if verdict == rules.ADDED:
            new.append(state)
            outcome.added.append(key)
        elif verdict == rules.CHANGED:
            changed.append(state)
            outcome.changed[key] = rules.changed_fields(before[key], state)
        elif verdict == rules.CONFLICT:
            reason = "changed at its source, but edited here since the last import"
            outcome.skipped.append(rules.Skipped(key, reason))
        else:
            outcome.unchanged += 1
    return new, changed, before

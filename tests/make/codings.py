"""Codings, made by the actions that coordinators and annotators use."""

from __future__ import annotations

from typing import Any

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import actions, queries
from incidentbase.store.annotating.actions import Plan
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.codings.models import Coding


def assign(
    namespace: str,
    numbers: list[int],
    *annotators: Viewer,
    actor: Viewer,
    kind: str = "incident",
    **plan: Any,
) -> None:
    """Give records to annotators, all to each unless `each` says otherwise."""
    people = [one.account_id for one in annotators]
    wanted = Plan(kind, numbers, people, **{"each": len(people), **plan})
    actions.assign(namespace, wanted, actor=actor)


def key_of(annotator: Viewer, number: int, kind: str = "incident") -> str:
    """Return the id of the coding of a record by an annotator."""
    name = "incident__incident_id" if kind == "incident" else "report__report_number"
    row = Coding.objects.get(annotator__public_id=annotator.account_id, **{name: number})
    return row.public_id


def save(annotator: Viewer, number: int, notes: str = "", **answers: Any) -> None:
    """Answer questions in a coding of one's own."""
    key = key_of(annotator, number)
    own = queries.own(key, viewer=annotator)
    assert own is not None
    draft = ClassificationDraft(answers=answers, notes=notes)
    actions.keep_answers(key, draft, seen=own.seen, actor=annotator)


def hand_in(annotator: Viewer, number: int, notes: str = "", **answers: Any) -> None:
    """Answer questions and hand the coding in."""
    key = key_of(annotator, number)
    own = queries.own(key, viewer=annotator)
    assert own is not None
    draft = ClassificationDraft(answers=answers, notes=notes)
    actions.hand_in(key, draft, seen=own.seen, actor=annotator)

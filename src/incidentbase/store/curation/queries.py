"""Reads for what editors do across areas: what an act would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.curation import rules
from incidentbase.store.history.mirrors import State
from incidentbase.store.taxonomies import queries as taxonomies


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one classification has come; of incident and report one number is 0."""

    incident: int
    report: int
    title: str
    status: str
    is_published: bool
    state: State

    def marked(self, *, status: str, is_published: bool | None) -> Mark:
        """Return it as it would be with another status, published or not."""
        return _mark(rules.marked(self.state, status=status, is_published=is_published), self.title)


def marks_of(
    namespace: str, *, incidents: Iterable[int], reports: Iterable[int], viewer: Viewer
) -> list[Mark]:
    """Return how far a taxonomy's classifications of records have come, by record."""
    keys = taxonomies.ids_of_records(namespace, incidents=incidents, reports=reports, viewer=viewer)
    states = taxonomies.classification_states(keys)
    titles = taxonomies.titles_of_records(keys)
    marks = [_mark(states[key], titles[key]) for key in keys]
    return sorted(marks, key=lambda mark: (mark.incident, mark.report))


def _mark(state: State, title: str) -> Mark:
    return Mark(
        incident=state["incident_id"] or 0,
        report=state["report_number"] or 0,
        title=title,
        status=rules.answer_to(state["attributes"], rules.STATUS_FIELD),
        is_published=state["is_published"],
        state=state,
    )

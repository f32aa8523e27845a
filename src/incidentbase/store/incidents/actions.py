"""Writes to incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidentbase.store.accounts.models import Account
from incidentbase.store.entities.models import Entity
from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents.mirrors import ENTITY_LISTS, INCIDENT, SIMILARITY_LISTS
from incidentbase.store.incidents.models import (
    Incident,
    IncidentEditor,
    IncidentEmbedding,
    IncidentEntity,
    IncidentReport,
    IncidentSimilarity,
)
from incidentbase.store.reports.models import Report


def insert_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Insert imported incidents with their reports, entities, editors and similar ones."""
    keys = history.insert_rows(INCIDENT, states, source_digests=digests)
    _insert_links(states, keys)
    history.reserve_numbers("incident", up_to=max(state["incident_id"] for state in states))


def replace_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Overwrite incidents with imported states."""
    keys = history.replace_rows(INCIDENT, states, source_digests=digests)
    for links in (IncidentReport, IncidentEntity, IncidentEditor, IncidentSimilarity):
        links.objects.filter(incident_id__in=keys.values()).delete()
    _insert_links(states, keys)


def set_embeddings(model: str, vectors: Mapping[int, tuple[bytes, tuple[int, ...]]]) -> None:
    """Store vectors (float32, little endian) and their report numbers by incident number."""
    rows = dict(Incident.objects.filter(incident_id__in=vectors).values_list("incident_id", "pk"))
    IncidentEmbedding.objects.filter(model=model, incident_id__in=rows.values()).delete()
    IncidentEmbedding.objects.bulk_create(
        IncidentEmbedding(
            incident_id=rows[number], model=model, vector=vector, from_reports=list(reports)
        )
        for number, (vector, reports) in vectors.items()
        if number in rows
    )


def _insert_links(states: Sequence[State], keys: Mapping[str, int]) -> None:
    reports = _keys_by(Report, "report_number", (n for s in states for n in s["reports"]))
    entities = _keys_by(
        Entity, "entity_id", (n for s in states for name in ENTITY_LISTS for n in s[name])
    )
    editors = _keys_by(Account, "public_id", (n for s in states for n in s["editors"]))
    report_links, entity_links, editor_links, similarities = [], [], [], []
    for state in states:
        incident = keys[INCIDENT.key_of(state)]
        report_links += [
            IncidentReport(incident_id=incident, report_id=reports[number], position=position)
            for position, number in enumerate(state["reports"])
        ]
        entity_links += [
            IncidentEntity(
                incident_id=incident, entity_id=entities[name], role=role, position=position
            )
            for list_name, role in ENTITY_LISTS.items()
            for position, name in enumerate(state[list_name])
        ]
        editor_links += [
            IncidentEditor(incident_id=incident, account_id=editors[name], position=position)
            for position, name in enumerate(state["editors"])
        ]
        similarities += _similarities(incident, state)
    IncidentReport.objects.bulk_create(report_links, batch_size=500)
    IncidentEntity.objects.bulk_create(entity_links, batch_size=500)
    IncidentEditor.objects.bulk_create(editor_links, batch_size=500)
    IncidentSimilarity.objects.bulk_create(similarities, batch_size=500)


def _similarities(incident: int, state: State) -> list[IncidentSimilarity]:
    rows = [
        IncidentSimilarity(
            incident_id=incident,
            kind=IncidentSimilarity.MACHINE,
            other_number=number,
            similarity=similarity,
            position=position,
        )
        for position, (number, similarity) in enumerate(state["machine_similar"])
    ]
    for list_name, kind in SIMILARITY_LISTS.items():
        rows += [
            IncidentSimilarity(
                incident_id=incident, kind=kind, other_number=number, position=position
            )
            for position, number in enumerate(state[list_name])
        ]
    return rows


def _keys_by(model: Any, column: str, values: Iterable[Any]) -> dict[Any, int]:
    return dict(model.objects.filter(**{f"{column}__in": set(values)}).values_list(column, "pk"))

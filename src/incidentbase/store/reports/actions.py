"""Writes to reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.reports.mirrors import REPORT, TERM_LISTS
from incidentbase.store.reports.models import ReportEmbedding, ReportTerm


def insert_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Insert imported reports with their authors, submitters and tags."""
    keys = history.insert_rows(REPORT, states, source_digests=digests)
    _insert_terms(states, keys)
    history.reserve_numbers("report", up_to=max(state["report_number"] for state in states))


def replace_imported(states: Sequence[State], digests: Sequence[str]) -> None:
    """Overwrite reports with imported states."""
    keys = history.replace_rows(REPORT, states, source_digests=digests)
    ReportTerm.objects.filter(report_id__in=keys.values()).delete()
    _insert_terms(states, keys)


def set_embeddings(model: str, vectors: Mapping[int, tuple[bytes, str]]) -> None:
    """Store vectors (float32, little endian) and text hashes by report number for one model."""
    rows = dict(
        REPORT.model._default_manager.filter(report_number__in=vectors).values_list(
            "report_number", "pk"
        )
    )
    ReportEmbedding.objects.filter(model=model, report_id__in=rows.values()).delete()
    ReportEmbedding.objects.bulk_create(
        ReportEmbedding(
            report_id=rows[number], model=model, vector=vector, from_text_hash=text_hash
        )
        for number, (vector, text_hash) in vectors.items()
        if number in rows
    )


def _insert_terms(states: Sequence[State], keys: Mapping[str, int]) -> None:
    ReportTerm.objects.bulk_create(
        (
            ReportTerm(
                report_id=keys[REPORT.key_of(state)], kind=kind, position=position, value=value
            )
            for state in states
            for name, kind in TERM_LISTS.items()
            for position, value in enumerate(state[name])
        ),
        batch_size=500,
    )

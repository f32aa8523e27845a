"""Vectors of texts, as the reference computes them."""

from __future__ import annotations

import array
import datetime as dt
import sys
from collections.abc import Sequence
from typing import Any

from incidentbase.formats.aiid import EMBEDDING_MODEL
from incidentbase.store.records import published

_NUMBERS = {"Incident": "incident_id", "Report": "report_number"}


def columns(name: str) -> set[str]:
    """Return the columns by which the vectors of a type are found."""
    return {_NUMBERS[name]} if name in _NUMBERS else set()


def of(name: str, records: Sequence[dict[str, Any]], *, at: dt.datetime) -> dict[int, Any]:
    """Return the vectors of records by their keys, in wire shape."""
    if name not in _NUMBERS:
        return {}
    numbers = {record[_NUMBERS[name]]: record["pk"] for record in records}
    found: dict[int, Any] = {}
    if name == "Incident":
        means = published.incident_vectors(numbers, model=EMBEDDING_MODEL, at=at)
        for number, (vector, reports) in means.items():
            found[numbers[number]] = {"vector": _unpacked(vector), "from_reports": reports}
        return found
    for number, told in published.report_vectors(numbers, model=EMBEDDING_MODEL).items():
        found[numbers[number]] = {"vector": _unpacked(told[0]), "from_text_hash": told[1]}
    return found


def _unpacked(vector: bytes) -> list[float]:
    unpacked = array.array("f", vector)
    if sys.byteorder == "big":
        unpacked.byteswap()
    return list(unpacked)

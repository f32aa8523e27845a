"""Taxonomies as files: one YAML document each, written and read back without loss."""

from __future__ import annotations

from incidentbase.formats.taxonomies.definitions import (
    DISPLAY_TYPES,
    Change,
    Definition,
    Finding,
    Malformed,
)
from incidentbase.formats.taxonomies.reading import MOST_BYTES, read
from incidentbase.formats.taxonomies.writing import write

__all__ = [
    "DISPLAY_TYPES",
    "MOST_BYTES",
    "Change",
    "Definition",
    "Finding",
    "Malformed",
    "read",
    "write",
]

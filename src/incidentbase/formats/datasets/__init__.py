"""Tables with described columns, written as CSV, JSON lines, Excel, Parquet and SQLite."""

from __future__ import annotations

from incidentbase.formats.datasets.columns import Column, Row, Rows, Table, Type, dictionary

__all__ = ["Column", "Row", "Rows", "Table", "Type", "dictionary"]

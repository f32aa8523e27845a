"""The table of flags as plain states."""

from __future__ import annotations

from incidentbase.store.flags.models import Flag
from incidentbase.store.history.mirrors import Mirror, Reference, moment, plain
from incidentbase.store.reports.models import Report

FLAG = Mirror(
    kind="flag",
    model=Flag,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("code"),
        plain("words"),
        plain("raised_by"),
        moment("raised_at"),
        moment("resolved_at"),
        plain("outcome"),
    ),
    references=(Reference("report_number", "report", Report, "report_number"),),
)

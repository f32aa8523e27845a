"""Reads of flags."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.flags.models import Flag
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report


def flagged(viewer: Viewer) -> QuerySet[Report]:
    """Return the flagged reports that the viewer may see, the last changed first."""
    rows = reports.complete(viewer).filter(is_flagged=True)
    return rows.order_by("-modified_at", "-report_number")


def open_flags(report_numbers: Iterable[int]) -> dict[int, list[Flag]]:
    """Return the flags that nobody has resolved, oldest first, by report number.

    What they say in words is for editors only.
    """
    rows = Flag.objects.filter(
        report__report_number__in=set(report_numbers), resolved_at__isnull=True
    ).select_related("report")
    found: dict[int, list[Flag]] = {}
    for flag in rows.order_by("raised_at", "pk"):
        found.setdefault(flag.report.report_number, []).append(flag)
    return found

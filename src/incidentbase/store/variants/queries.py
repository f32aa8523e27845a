"""Reads of variants; a viewer sees those of the incidents that the viewer may see."""

from __future__ import annotations

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import IncidentReport
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm, complete
from incidentbase.store.variants import rules

ORDERS = {
    "newest": ("-submitted_at", "-report_number"),
    "oldest": ("submitted_at", "report_number"),
    "happened": ("-published_at", "-report_number"),
    "incident": ("first_incident", "report_number"),
}


def listed(viewer: Viewer, *, status: str = "", order: str = "newest") -> QuerySet[Report]:
    """Return the variants of listed incidents with their terms; of one status, or of all.

    `order` is one of ORDERS.
    """
    links = IncidentReport.objects.filter(
        report=OuterRef("pk"), incident__in=incidents.listed(viewer)
    )
    rows = reports.visible(viewer).filter(~complete(), Exists(links))
    if status:
        rows = rows.filter(_has_status(status))
    shown = Q(incident_links__incident__in=incidents.listed(viewer))
    rows = rows.annotate(first_incident=Min("incident_links__incident__incident_id", filter=shown))
    return reports.with_parts(rows).order_by(*ORDERS[order])


def counts(viewer: Viewer) -> dict[str, int]:
    """Return how many variants of listed incidents have each status."""
    return {status: listed(viewer, status=status).count() for status in rules.STATUSES}


def _has_status(status: str) -> Q:
    approved, rejected = (
        Q(
            Exists(
                ReportTerm.objects.filter(
                    report=OuterRef("pk"), kind=ReportTerm.TAG, value=rules.TAG + one
                )
            )
        )
        for one in (rules.APPROVED, rules.REJECTED)
    )
    return {
        rules.APPROVED: approved,
        rules.REJECTED: rejected & ~approved,
        rules.UNREVIEWED: ~approved & ~rejected,
    }[status]


def newest_reports(viewer: Viewer, *, limit: int) -> list[Report]:
    """Return the newest reports of all kinds: of incidents, of issues, and approved variants."""
    links = IncidentReport.objects.filter(
        report=OuterRef("pk"), incident__in=incidents.listed(viewer)
    )
    rows = reports.visible(viewer).filter(
        complete() | (Q(Exists(links)) & _has_status(rules.APPROVED))
    )
    newest = reports.with_parts(rows).order_by("-submitted_at", "-report_number")
    return list(newest[:limit])

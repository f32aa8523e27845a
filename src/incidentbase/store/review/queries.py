"""Reads of what people sent in. The queue is open to everybody, as the reference's is."""

from __future__ import annotations

from django.db.models import QuerySet

from incidentbase.kit import urls
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.reports import queries as reports
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.models import QuickAdd, Submission

# Of one publisher no more reports are compared with an address.
MOST_OF_A_DOMAIN = 5_000


def queue() -> QuerySet[Submission]:
    """Return the submissions that wait or are in review, newest first, without their texts."""
    return (
        Submission.objects.filter(status__in=rules.OPEN)
        .defer("text", "plain_text")
        .order_by("-date_submitted", "-pk")
    )


def quick_adds() -> QuerySet[QuickAdd]:
    """Return the bare links that wait, newest first."""
    return QuickAdd.objects.order_by("-date_submitted", "-pk")


def reports_at(url: str, *, viewer: Viewer) -> list[int]:
    """Return the numbers of the reports whose address is the same page."""
    key = urls.page_key(url)
    rows = reports.complete(viewer).filter(source_domain=urls.source_domain(url))
    pairs = rows.order_by("report_number").values_list("report_number", "url")
    return [number for number, known in pairs[:MOST_OF_A_DOMAIN] if urls.page_key(known) == key]


def submissions_at(url: str) -> list[Submission]:
    """Return the open submissions whose address is the same page."""
    key = urls.page_key(url)
    same_source = queue().filter(source_domain=urls.source_domain(url))[:MOST_OF_A_DOMAIN]
    return [one for one in same_source if urls.page_key(one.url) == key]

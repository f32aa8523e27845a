"""Reads of what people sent in. The queue is open to everybody, as the reference's is."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from incidentbase.kit import urls
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.reports import queries as reports
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.models import Candidate, QuickAdd, Submission

# Of one publisher no more reports are compared with an address.
MOST_OF_A_DOMAIN = 5_000
NOBODY = "nobody"


def queue() -> QuerySet[Submission]:
    """Return the submissions that wait or are in review, newest first, without their texts."""
    return (
        Submission.objects.filter(status__in=rules.OPEN)
        .defer("text", "plain_text")
        .order_by("-date_submitted", "-pk")
    )


def after(rows: QuerySet[Submission], date_submitted: str, key: int) -> QuerySet[Submission]:
    """Return what comes after a submission in the queue."""
    later = Q(date_submitted=date_submitted, pk__lt=key)
    return rows.filter(Q(date_submitted__lt=date_submitted) | later)


def waiting(
    *,
    status: str = "",
    assigned: str = "",
    language: str = "",
    text: str = "",
    oldest: bool = False,
) -> QuerySet[Submission]:
    """Return the queue narrowed down; `assigned` is an account's id, or `nobody`."""
    rows = queue()
    if status in rules.OPEN:
        rows = rows.filter(status=status) if status else rows
    if assigned == NOBODY:
        rows = rows.filter(payload__incident_editors=[])
    elif assigned:
        # Ids are opaque and of one length, so a part of the list's text is an entry of it.
        rows = rows.filter(payload__incident_editors__icontains=assigned)
    if language:
        rows = rows.filter(language=language)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(source_domain__icontains=text))
    return rows.order_by("date_submitted", "pk") if oldest else rows


def sent_in_by(viewer: Viewer) -> QuerySet[Submission]:
    """Return what the viewer's account sent in, newest first, whatever became of it."""
    rows = Submission.objects.filter(submitted_by=viewer.account_id).exclude(submitted_by="")
    return rows.defer("text", "plain_text").order_by("-date_submitted", "-pk")


def languages() -> list[str]:
    """Return the languages of the submissions that wait."""
    return sorted(set(queue().order_by().values_list("language", flat=True)))


def quick_adds() -> QuerySet[QuickAdd]:
    """Return the bare links that wait, newest first."""
    return QuickAdd.objects.order_by("-date_submitted", "-pk")


def candidates(viewer: Viewer, *, is_open: bool) -> QuerySet[Candidate]:
    """Return what the news digest found, for editors; for everybody where the queue is open."""
    if is_open or viewer.has_role(INCIDENT_EDITOR):
        return Candidate.objects.all()
    return Candidate.objects.none()


def candidates_at(addresses: Iterable[str]) -> set[str]:
    """Return which of the addresses are those of candidates."""
    rows = Candidate.objects.filter(url__in=set(addresses))
    return set(rows.values_list("url", flat=True))


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

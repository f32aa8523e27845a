"""Feeds of the lists that are no searches: what waits, what was added, what was kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.utils.text import Truncator

from incidentbase.kit import clock, hashing, text
from incidentbase.serve.exports import keeping
from incidentbase.serve.feeds import writing
from incidentbase.serve.feeds.lists import ENDINGS, EXCERPT, SIZE, item_of_report
from incidentbase.serve.feeds.writing import BEGINNING, Feed, Item
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.entities.models import Entity
from incidentbase.store.flags import queries as flags
from incidentbase.store.incidents import naming
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import queries as reviewed
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.variants import queries as variants
from incidentbase.store.variants import rules as variant_rules


def of_variants(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the newest variants of a status, as their page narrows them."""
    status = request.GET.get("status", variant_rules.UNREVIEWED)
    if status not in ("", *variant_rules.STATUSES):
        status = variant_rules.UNREVIEWED
    base = site_url(request)
    items = []
    for row in variants.listed(viewer_of(request), status=status)[:SIZE]:
        number = row.first_incident  # type: ignore[attr-defined]
        items.append(
            Item(
                title=f"Variant of incident {number}",
                url=f"{base}/cite/{number}/#r{row.report_number}",
                text=Truncator(row.plain_text).chars(min(EXCERPT, row.snippet_max_characters)),
                published=row.submitted_at,
                updated=row.modified_at,
                language=row.language,
            )
        )
    return _answer(
        request,
        ending,
        "/apps/variants",
        "variants",
        f"Further cases of known incidents, told without an article: {status or 'all'}.",
        items,
        query={"status": status},
    )


def of_submissions(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return what waits for the editors, as everybody may see it."""
    page = f"{site_url(request)}/apps/submitted/"
    items = [
        Item(
            title=row.title,
            # There is no page of one, and its id is half of its tracking code.
            url=f"{page}#{hashing.digest(row.public_id)[:16]}",
            text=f"From {row.source_domain}; it waits for an editor.",
            published=_day(row.date_submitted),
            language=row.language,
            authors=tuple(row.payload.get("submitters") or [submission_rules.ANONYMOUS]),
        )
        for row in reviewed.queue()[:SIZE]
    ]
    about = "Reports that were sent in and wait for an editor."
    return _answer(request, ending, "/apps/submitted", "submitted reports", about, items)


def of_flagged(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the reports with which something may be wrong."""
    found = reports.with_parts(flags.flagged(viewer_of(request)))
    items = [item_of_report(row, site_url(request)) for row in found[:SIZE]]
    about = "Reports with which something may be wrong, until an editor has looked."
    return _answer(request, ending, "/summaries/flagged", "flagged reports", about, items)


def of_entities(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the newest entities that incidents name, as their page narrows them."""
    base = site_url(request)
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("q", "kind", "role")}
    items = [
        Item(
            title=row.name,
            url=f"{base}/entities/{quote(row.entity_id)}/",
            text=row.kind or "An entity that incidents name.",
            published=row.created_at or BEGINNING,
            updated=row.modified_at,
        )
        for row in _entities(viewer_of(request), **asked)
    ]
    about = "Organizations, people, groups and systems, the newest first."
    return _answer(request, ending, "/entities", "entities", about, items, query=asked)


def _entities(viewer: Viewer, *, q: str, kind: str, role: str) -> list[Entity]:
    rows = incidents.visible_entities(viewer).filter(created_at__isnull=False)
    if kind in (*filter(None, Entity.KINDS), "none"):
        rows = rows.filter(kind="" if kind == "none" else kind)
    in_role = None
    if role in naming.STANDINGS:
        counted = naming.role_counts(viewer)
        in_role = {one.entity_id for one in counted if getattr(one, role) > 0}
    words = text.folded(q.strip())
    found: list[Entity] = []
    for row in rows.order_by("-created_at", "-pk").iterator(chunk_size=500):
        is_named = words in text.folded(row.name) or words in row.entity_id
        if is_named and (in_role is None or row.entity_id in in_role):
            found.append(row)
        if len(found) == SIZE:
            break
    return found


def of_checklists(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the newest checklists that their owners published."""
    base = site_url(request)
    items = [
        Item(
            title=row.name,
            url=f"{base}/apps/checklists/{quote(row.checklist_id)}/",
            text=Truncator(row.about).chars(EXCERPT),
            published=row.created_at or BEGINNING,
            updated=row.updated_at,
        )
        for row in checklists.published(viewer_of(request), order="newest")[:SIZE]
    ]
    about = "Lists of risks for AI systems that their owners published."
    return _answer(request, ending, "/apps/checklists", "checklists", about, items)


def of_snapshots(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Return the snapshots that are kept for download."""
    base = site_url(request)
    items = [
        Item(
            title=f"Snapshot of {one.made_at:%Y-%m-%d %H:%M}",
            url=f"{base}/research/snapshots/{one.stamp}/manifest.json",
            text=", ".join(held.name for held in one.files),
            published=one.made_at,
            language="en",
        )
        for one in keeping.stored(settings.SNAPSHOTS_FOLDER)[:SIZE]
    ]
    about = "All that everybody may see here, kept for download."
    return _answer(request, ending, "/research/snapshots", "snapshots", about, items)


def patterns() -> list[URLPattern]:
    """Return the addresses, each in every format."""
    views: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
        "apps/variants": (of_variants, "variants"),
        "apps/submitted": (of_submissions, "submissions"),
        "summaries/flagged": (of_flagged, "flagged"),
        "entities": (of_entities, "entities"),
        "apps/checklists": (of_checklists, "checklists"),
        "research/snapshots": (of_snapshots, "snapshots"),
    }
    return [
        path(f"{address}.{ending}", view, {"ending": ending}, name=f"{name}-{ending}")
        for address, (view, name) in views.items()
        for ending in ENDINGS
    ]


def _answer(
    request: HttpRequest,
    ending: str,
    page: str,
    title: str,
    about: str,
    items: Iterable[Item],
    *,
    query: dict[str, str] | None = None,
) -> HttpResponseBase:
    base = site_url(request)
    given = {name: value for name, value in (query or {}).items() if name in request.GET}
    asked = f"?{urlencode(given)}" if given else ""
    feed = Feed(
        title=f"{settings.SITE_NAME}: {title}",
        about=about,
        url=f"{base}{page}/{asked}",
        own_url=f"{base}{page}.{ending}{asked}",
        publisher=settings.PUBLISHER,
        items=list(items),
    )
    return writing.answer(request, feed, ENDINGS[ending])


def _day(said: str) -> dt.datetime:
    try:
        return clock.midnight(dt.date.fromisoformat(said[:10]))
    except ValueError:
        return BEGINNING

"""Snapshots for download: what is kept, each file of it, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from incidentbase.formats.datasets import croissant
from incidentbase.kit import clock
from incidentbase.serve.exports import comparing, files, keeping, tables
from incidentbase.serve.exports.keeping import NoSuchSnapshot, Stored, StoredFile
from incidentbase.serve.exports.licences import LICENCE_NAME, LICENCE_URL
from incidentbase.serve.http import limits
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.errors import problem
from incidentbase.serve.http.ranges import file_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, presenting
from incidentbase.serve.web.pages import documents
from incidentbase.store.accounts.rules import ADMIN, Viewer, require
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies

DOCUMENT = "research-snapshots"
LATEST = "latest"
SHOWN = 50

KINDS = {
    "aiid": gettext_lazy("Snapshot in the layout of the AI Incident Database"),
    "csv": gettext_lazy("Tables as CSV"),
    "jsonl": gettext_lazy("Tables as JSON lines"),
    "xlsx": gettext_lazy("Excel workbook"),
    "parquet": gettext_lazy("Tables as Parquet"),
    "sqlite": gettext_lazy("SQLite database with full-text search"),
    "texts": gettext_lazy("Texts of reports"),
}
COLLECTIONS = {
    "taxa": gettext_lazy("Taxonomies"),
    "entities": gettext_lazy("Entities"),
    "entity_aliases": gettext_lazy("Other names"),
    "entity_relationships": gettext_lazy("Relationships"),
    "entity_duplicates": gettext_lazy("Merged entities"),
    "reports": gettext_lazy("Reports"),
    "incidents": gettext_lazy("Incidents"),
    "duplicates": gettext_lazy("Duplicates"),
    "incident_links": gettext_lazy("External links"),
    "classifications": gettext_lazy("Classifications"),
    "translations/incidents": gettext_lazy("Translations of incidents"),
    "translations/reports": gettext_lazy("Translations of reports"),
    "submissions": gettext_lazy("Submissions"),
    "quickadd": gettext_lazy("Quick adds"),
    "candidates": gettext_lazy("Candidates"),
    "checklists": gettext_lazy("Checklists"),
}
# Of these each record that differs is named on the page.
NAMED = ("incidents", "reports", "entities", "classifications")
# For machines, so in no other language.
ABOUT = (
    "Incidents in which AI systems harmed or nearly harmed somebody, with the reports about them, "
    "the entities involved and classifications."
)


def page(request: HttpRequest) -> HttpResponse:
    """Show the snapshots that are kept, and how to cite; an admin may ask for one more."""
    viewer = viewer_of(request)
    home = settings.SNAPSHOTS_FOLDER
    if request.method == "POST":
        require(viewer, ADMIN)
        keeping.ask(home)
        messages.success(request, _("A snapshot will be made in the next minutes."))
        return HttpResponseRedirect(request.path)
    kept = keeping.stored(home)
    document = documents.read(DOCUMENT, get_language() or "en")
    context = {
        "document": document,
        "body": documents.body_of(document),
        "latest": _files_shown(kept[0]) if kept else [],
        "latest_at": kept[0].made_at if kept else None,
        "records": _records_shown(kept[0]) if kept else [],
        "kept": [_line(one, held) for one in kept if (held := one.file_of("aiid"))],
        "may_compare": len(kept) > 1,
        "may_make": viewer.is_admin,
        "is_expected": keeping.is_asked(home) or keeping.is_being_made(home),
        "licence_name": LICENCE_NAME,
        "licence_url": LICENCE_URL,
        "formats": [
            chrome.Format("JSON", reverse("snapshots-json"), "application/json"),
            *chrome.feeds("/research/snapshots/"),
        ],
        "meta": chrome.describe(
            request,
            title=document.title,
            description=document.description,
            json_ld=_schema_org(request, kept[0]) if kept else None,
        ),
    }
    return render(request, "pages/snapshots/list.html", context)


def _files_shown(kept: Stored) -> list[dict[str, Any]]:
    return [
        {
            "label": KINDS.get(one.kind, one.kind),
            "name": one.name,
            "url": _file_url(one.name),
            "latest_url": _latest_url(one),
            "latest_name": LATEST + files.KINDS[one.kind].ending,
            "size": _megabytes(one.bytes),
            "sha256": one.sha256,
            "has_quotes": one.has_quotes,
            "is_open": one.kind != "texts",
        }
        for one in kept.files
    ]


def _records_shown(kept: Stored) -> list[dict[str, Any]]:
    return [
        {"label": COLLECTIONS[name], "number": kept.records[name]}
        for name in NAMED
        if name in kept.records
    ]


def _line(kept: Stored, archive: StoredFile) -> dict[str, str]:
    """Return a snapshot as the reference's list has it, in every language."""
    said = f"{kept.made_at:%Y-%m-%d %I:%M %p} · {_megabytes(archive.bytes)} · {archive.name}"
    return {"said": said, "url": _file_url(archive.name), "manifest_url": _manifest_url(kept.stamp)}


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def _file_url(name: str) -> str:
    return reverse("snapshot-file", args=[name])


def _latest_url(one: StoredFile) -> str:
    return _file_url(LATEST + files.KINDS[one.kind].ending)


def _manifest_url(stamp: str) -> str:
    return reverse("snapshot-manifest", args=[stamp])


def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a file of a snapshot, or of the newest one, whole or in part."""
    found = keeping.file_named(settings.SNAPSHOTS_FOLDER, name)
    if found is None:
        return errors.not_found(request)
    path, one = found
    try:
        answer = file_response(request, path, etag=one.sha256, media_type=one.media_type)
    except FileNotFoundError:
        return errors.not_found(request)
    if name != one.name:
        answer["Content-Location"] = _file_url(one.name)
    else:
        # What has the moment in its name never changes.
        answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the snapshots that are kept with all their files, newest first."""
    kept = keeping.stored(settings.SNAPSHOTS_FOLDER)
    return open_json({"snapshots": [_shape(request, one) for one in kept]})


def manifest(request: HttpRequest, stamp: str) -> HttpResponse:
    """Return what a snapshot holds: files with size and digest, and counts of records."""
    kept = _asked(stamp)
    if kept is None:
        return problem(404, "Not found", "No snapshot of this name is kept.")
    return open_json(_shape(request, kept))


def sums(_request: HttpRequest, stamp: str) -> HttpResponse:
    """Return the digests of a snapshot's files for `sha256sum --check`."""
    kept = _asked(stamp)
    if kept is None:
        return problem(404, "Not found", "No snapshot of this name is kept.")
    answer = HttpResponse(keeping.sums(kept), content_type="text/plain; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def metadata(request: HttpRequest, stamp: str) -> HttpResponse:
    """Return the Croissant description of a snapshot."""
    kept = _asked(stamp)
    packed = kept.file_of("csv") if kept else None
    if kept is None or packed is None:
        return problem(404, "Not found", "No snapshot of this name is kept.")
    described = croissant.croissant(
        _dataset(request, kept),
        _described(request, kept),
        packed=packed.name,
        tables=tables.OPEN_TABLES,
    )
    return open_json(described)


def _asked(stamp: str) -> Stored | None:
    home = settings.SNAPSHOTS_FOLDER
    if stamp == LATEST:
        return next(iter(keeping.stored(home)), None)
    try:
        return keeping.named(home, stamp)
    except NoSuchSnapshot:
        return None


def _shape(request: HttpRequest, kept: Stored) -> dict[str, Any]:
    base = chrome.site_url(request)
    return {
        "snapshot": kept.stamp,
        "made_at": clock.iso(kept.made_at),
        "records": kept.records,
        "licence": LICENCE_URL,
        "manifest": base + _manifest_url(kept.stamp),
        "sha256sums": base + reverse("snapshot-sums", args=[kept.stamp]),
        "croissant": base + reverse("snapshot-croissant", args=[kept.stamp]),
        "files": [
            {
                "name": one.name,
                "kind": one.kind,
                "url": base + _file_url(one.name),
                "latest_url": base + _latest_url(one),
                "bytes": one.bytes,
                "sha256": one.sha256,
                "media_type": one.media_type,
                "licence": None if one.kind == "texts" else LICENCE_URL,
                "has_texts_of_publishers": one.has_quotes,
            }
            for one in kept.files
        ],
    }


def _dataset(request: HttpRequest, kept: Stored) -> croissant.Dataset:
    day = kept.made_at.date()
    url = chrome.site_url(request) + reverse(DOCUMENT)
    return croissant.Dataset(
        name=settings.SITE_NAME,
        about=ABOUT,
        url=url,
        licence=LICENCE_URL,
        publisher=settings.PUBLISHER,
        published=day.isoformat(),
        version=f"{day.year}.{day.month}.{day.day}",
        cite_as=(
            f"@misc{{incidents{kept.stamp}, title={{{settings.SITE_NAME}, snapshot {kept.stamp}}}, "
            f"publisher={{{settings.PUBLISHER}}}, year={{{day.year}}}, url={{{url}}}}}"
        ),
    )


def _described(request: HttpRequest, kept: Stored) -> list[croissant.File]:
    base = chrome.site_url(request)
    return [
        croissant.File(
            name=one.name,
            url=base + _file_url(one.name),
            bytes=one.bytes,
            sha256=one.sha256,
            media_type=one.media_type,
            about=f"{one.kind}, with texts of reports that belong to their publishers"
            if one.has_quotes
            else one.kind,
        )
        for one in kept.files
    ]


def _schema_org(request: HttpRequest, kept: Stored) -> dict[str, Any]:
    return croissant.schema_org(_dataset(request, kept), _described(request, kept))


def compare(request: HttpRequest) -> HttpResponse:
    """Show what differs between two snapshots that are kept."""
    kept = keeping.stored(settings.SNAPSHOTS_FOLDER)
    asked = _two(request, kept)
    context: dict[str, Any] = {
        "choices": [{"stamp": one.stamp, "at": one.made_at} for one in kept],
        "is_possible": len(kept) > 1,
        "shown": SHOWN,
        "meta": chrome.describe(request, title=_("What changed between snapshots")),
    }
    if len(kept) > 1 and asked is None:
        return errors.not_found(request)
    try:
        if asked is not None:
            context |= _compared(request, *asked)
    except comparing.NoBook:
        return errors.not_found(request)
    return render(request, "pages/snapshots/compare.html", context)


def _compared(request: HttpRequest, before: Stored, after: Stored) -> dict[str, Any]:
    address = f"{reverse('snapshots-compare-json')}?before={before.stamp}&after={after.stamp}"
    viewer = viewer_of(request)
    with comparing.compared(before.book, after.book) as comparison:
        counts = comparison.counts()
        return {
            "before": before.stamp,
            "after": after.stamp,
            "rows": [_counted(name, one) for name, one in counts.items()],
            "parts": [_part(comparison, name, counts[name], viewer) for name in _told(counts)],
            "is_same": all(one.is_same for one in counts.values()),
            "formats": [chrome.Format("JSON", address, "application/json")],
        }


def compare_json(request: HttpRequest) -> HttpResponseBase:
    """Return everything that differs between two snapshots, by the names of the records."""
    if not limits.take("compare", request):
        return problem(429, "Too many requests", "Please wait an hour.")
    asked = _two(request, keeping.stored(settings.SNAPSHOTS_FOLDER))
    if asked is None or not all(comparing.is_book(one.book) for one in asked):
        return problem(404, "Not found", "Name two snapshots by `before` and `after`.")
    before, after = asked

    def pieces() -> Iterator[bytes]:
        with comparing.compared(before.book, after.book) as comparison:
            yield from (
                piece.encode()
                for piece in comparing.as_json(
                    comparison, before=before.stamp, after=after.stamp, with_titles=False
                )
            )

    answer = StreamingHttpResponse(pieces(), content_type="application/json; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _two(request: HttpRequest, kept: Sequence[Stored]) -> tuple[Stored, Stored] | None:
    """Return the two snapshots asked for, by default the two newest; None if there are no such."""
    by_stamp = {one.stamp: one for one in kept}
    usual = [one.stamp for one in kept[:2]]
    after = request.GET.get("after") or (usual[0] if usual else "")
    before = request.GET.get("before") or (usual[1] if len(usual) > 1 else "")
    if before not in by_stamp or after not in by_stamp:
        return None
    return by_stamp[before], by_stamp[after]


def _told(counts: Mapping[str, comparing.Counts]) -> list[str]:
    return [name for name in NAMED if name in counts and not counts[name].is_same]


def _counted(name: str, one: comparing.Counts) -> dict[str, Any]:
    return {
        "label": COLLECTIONS[name],
        "added": one.added,
        "removed": one.removed,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "fields": [{"name": field, "number": n} for field, n in one.fields.most_common()],
    }


def _part(
    comparison: comparing.Comparison, name: str, counts: comparing.Counts, viewer: Viewer
) -> dict[str, Any]:
    words = {"added": _("Added"), "removed": _("Removed"), "changed": _("Changed")}
    groups = []
    for what in comparing.WAYS:
        found = list(comparison.differences(name, what, limit=SHOWN))
        if found:
            called = _called(name, found, viewer)
            groups.append(
                {
                    "label": words[what],
                    "rows": [_row(name, one, called) for one in found],
                    "more": getattr(counts, what) - len(found),
                }
            )
    return {"id": name, "label": COLLECTIONS[name], "groups": groups}


def _called(name: str, found: Sequence[comparing.Difference], viewer: Viewer) -> dict[str, str]:
    """Return how the records are called today, by their keys; of what nobody sees now nothing."""
    keys = [one.key for one in found]
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit()]
    if name == "entities":
        return incidents.entity_names(keys, viewer=viewer)
    if name == "classifications":
        seen = taxonomies.visible_ids(keys, viewer=viewer)
        return {one.key: one.title for one in found if one.key in seen}
    if name == "incidents":
        rows: Any = incidents.visible_incidents(viewer).filter(incident_id__in=numbers)
        pairs = rows.values_list("incident_id", "title")
    else:
        rows = reports.complete(viewer).filter(report_number__in=numbers)
        pairs = rows.values_list("report_number", "title")
    return {str(number): title for number, title in pairs}


def _row(name: str, one: comparing.Difference, called: Mapping[str, str]) -> dict[str, Any]:
    url = ""
    if one.key in called:
        if name == "entities":
            url = presenting.entity_url(one.key)
        elif name == "incidents":
            url = presenting.incident_url(int(one.key))
        elif name == "reports":
            url = presenting.report_url(int(one.key))
    return {
        "key": one.key,
        "url": url,
        "title": called.get(one.key, ""),
        "fields": ", ".join(one.fields),
    }

"""What waits for editors: submissions, bare links, and what the news digest found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from incidentbase.kit import urls
from incidentbase.serve.graphql.shapes import Made, Named, Source
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.review import queries as review


def _submissions(_viewer: Viewer, **_opened: bool) -> QuerySet[Any]:
    return review.queue().defer(None).order_by("pk")


def _quick_adds(_viewer: Viewer) -> QuerySet[Any]:
    return review.quick_adds().order_by("pk")


def _candidates(viewer: Viewer, *, is_open: bool) -> QuerySet[Any]:
    return review.candidates(viewer, is_open=is_open).order_by("pk")


def _sent(name: str) -> Made:
    return Made(("payload",), lambda row: row["payload"].get(name) or [])


def _entities(name: str) -> Named:
    # People write names, the reference's form the ids that come from them.
    keys = Made(
        ("payload",), lambda row: list(map(urls.entity_slug, row["payload"].get(name) or []))
    )
    return Named("Entity", "entity_id", keys)


def _alike(row: Any) -> list[dict[str, Any]]:
    found = row["payload"].get("machine_similar") or []
    return [{"incident_id": number, "similarity": likeness} for number, likeness in found]


_SUBMITTED_BY = Made(("submitted_by",), lambda row: [row["submitted_by"]])
_LISTS = ("authors", "submitters", "tags", "incident_ids")
# What others than editors are told besides: that something waits, from where, and since when.
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("authors", "tags", "nlp_similar_incidents"), ()),
    **dict.fromkeys(("editor_similar_incidents", "editor_dissimilar_incidents"), ()),
    **dict.fromkeys(("deployers", "developers", "harmed_parties", "implicated_systems"), ()),
    **dict.fromkeys(("incident_ids", "incident_editors"), ()),
    **dict.fromkeys(("url", "text", "plain_text", "image_url", "cloudinary_id"), ""),
    **dict.fromkeys(("date_downloaded", "date_modified", "date_published"), ""),
    **dict.fromkeys(("description", "editor_notes", "incident_title", "incident_date"), ""),
    **dict.fromkeys(("user", "quiet", "snippet_max_characters")),
}

SOURCES: dict[str, Source] = {
    "Submission": Source(
        _submissions,
        {
            "_id": "public_id",
            "cloudinary_id": "cloudinary_id",
            "date_downloaded": "date_downloaded",
            "date_modified": "date_modified",
            "date_published": "date_published",
            "date_submitted": "date_submitted",
            "description": "description",
            "editor_notes": "editor_notes",
            "image_url": "image_url",
            "incident_date": "incident_date",
            "incident_title": "incident_title",
            "language": "language",
            "plain_text": "plain_text",
            "source_domain": "source_domain",
            "text": "text",
            "title": "title",
            "url": "url",
            "status": "status",
            "snippet_max_characters": "snippet_max_characters",
            "quiet": "is_quiet",
        },
        made={
            **{name: _sent(name) for name in _LISTS},
            "editor_similar_incidents": _sent("editor_similar"),
            "editor_dissimilar_incidents": _sent("editor_dissimilar"),
            "nlp_similar_incidents": Made(("payload",), _alike),
        },
        named={
            "deployers": _entities("deployers"),
            "developers": _entities("developers"),
            "harmed_parties": _entities("harmed"),
            "implicated_systems": _entities("implicated"),
            "incident_editors": Named("User", "public_id", _sent("incident_editors")),
            "user": Named("User", "public_id", _SUBMITTED_BY, is_list=False),
        },
        for_editors=_BLANK,
        is_queue=True,
    ),
    "Quickadd": Source(
        _quick_adds,
        {
            "_id": "public_id",
            "date_submitted": "date_submitted",
            "incident_id": "incident_number",
            "source_domain": "source_domain",
            "url": "url",
        },
    ),
    "Candidate": Source(
        _candidates,
        {
            "_id": "public_id",
            "title": "title",
            "date_published": "date_published",
            "similarity": "similarity",
            "match": "is_match",
            "created_at": "created_at",
            "url": "url",
            "dismissed": "is_dismissed",
            "text": "text",
            "plain_text": "plain_text",
        },
        made={
            "matching_keywords": _sent("keywords"),
            "matching_harm_keywords": _sent("harm_keywords"),
            "matching_entities": _sent("entities"),
        },
        is_queue=True,
    ),
}

"""The submission tables as plain states."""

from __future__ import annotations

from incidentbase.store.history.mirrors import Mirror, moment, plain
from incidentbase.store.submissions.models import Candidate, QuickAdd, Submission

SUBMISSION = Mirror(
    kind="submission",
    model=Submission,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("title"),
        plain("url"),
        plain("source_domain"),
        plain("text"),
        plain("plain_text"),
        plain("language"),
        plain("image_url"),
        plain("cloudinary_id"),
        plain("date_published"),
        plain("date_downloaded"),
        plain("date_submitted"),
        plain("date_modified"),
        plain("description"),
        plain("editor_notes"),
        plain("incident_title"),
        plain("incident_date"),
        plain("status"),
        plain("is_quiet"),
        plain("submitted_by"),
        plain("snippet_max_characters"),
        plain("payload"),
    ),
)

QUICK_ADD = Mirror(
    kind="quick_add",
    model=QuickAdd,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("url"),
        plain("date_submitted"),
        plain("source_domain"),
        plain("incident_number"),
    ),
)

CANDIDATE = Mirror(
    kind="candidate",
    model=Candidate,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("url"),
        plain("title"),
        plain("date_published"),
        plain("text"),
        plain("plain_text"),
        plain("payload"),
        plain("similarity"),
        plain("is_match"),
        plain("is_dismissed"),
        moment("created_at"),
    ),
)

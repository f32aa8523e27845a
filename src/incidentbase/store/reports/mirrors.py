"""The report table as plain states; authors, submitters and tags are added by the area."""

from __future__ import annotations

from incidentbase.store.history.mirrors import VISIBILITY, Mirror, Reference, moment, plain
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.translations.models import ReportTranslation

REPORT = Mirror(
    kind="report",
    model=Report,
    key=("report_number",),
    columns=(
        plain("object_id", "public_id"),
        plain("report_number"),
        plain("title"),
        plain("url"),
        plain("source_domain"),
        plain("text"),
        plain("plain_text"),
        plain("language"),
        plain("image_url"),
        plain("cloudinary_id"),
        plain("description"),
        plain("editor_notes"),
        plain("inputs_outputs"),
        moment("published_at"),
        moment("downloaded_at"),
        moment("submitted_at"),
        moment("modified_at"),
        moment("created_at"),
        plain("is_flagged"),
        plain("is_quiet"),
        plain("snippet_max_characters"),
        plain("submitted_by"),
        *VISIBILITY,
    ),
)

REPORT_TRANSLATION = Mirror(
    kind="report_translation",
    model=ReportTranslation,
    key=("report_number", "language"),
    columns=(
        plain("object_id", "public_id"),
        plain("language"),
        plain("title"),
        plain("text"),
        plain("plain_text"),
        plain("is_dirty", "dirty"),
        moment("created_at"),
    ),
    references=(Reference("report_number", "report", Report, "report_number"),),
)

# The state's list names and the kind of term that each holds.
TERM_LISTS = {
    "authors": ReportTerm.AUTHOR,
    "submitters": ReportTerm.SUBMITTER,
    "tags": ReportTerm.TAG,
}

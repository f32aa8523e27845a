"""Reports: articles and other sources about incidents, issues and variants."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.accounts.models import (
    Visible,
    VisibleQuerySet,
    embargo_index,
    visibility_constraints,
)

# The whole text is shown unless an editor or a source's terms ask for less.
WHOLE_TEXT = 1_000_000


def complete(prefix: str = "") -> Q:
    """Return the condition for complete reports; whatever lacks one of three is a variant."""
    return (
        ~Q(**{f"{prefix}title": ""})
        & ~Q(**{f"{prefix}url": ""})
        & ~Q(**{f"{prefix}source_domain": ""})
    )


class ReportQuerySet(VisibleQuerySet):
    """Reports, narrowed by kind."""

    def complete(self) -> ReportQuerySet:
        """Return incident and issue reports, without variants."""
        return self.filter(complete())


class Report(Visible):
    """One article or document; a variant when it has no title, address or source."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    report_number = models.PositiveIntegerField(unique=True)
    title = models.TextField(blank=True)
    url = models.TextField(blank=True)
    source_domain = models.CharField(max_length=255, blank=True, db_index=True)
    text = models.TextField(blank=True)
    plain_text = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    image_url = models.TextField(blank=True)
    cloudinary_id = models.TextField(blank=True)
    description = models.TextField(blank=True)
    editor_notes = models.TextField(blank=True)
    # Prompts and answers of a variant, as the outside sent them.
    inputs_outputs = models.JSONField(default=list)
    published_at = models.DateTimeField(db_index=True)
    downloaded_at = models.DateTimeField()
    submitted_at = models.DateTimeField(db_index=True)
    modified_at = models.DateTimeField()
    created_at = models.DateTimeField(null=True)
    is_flagged = models.BooleanField(default=False)
    is_quiet = models.BooleanField(default=False)
    snippet_max_characters = models.PositiveIntegerField(default=WHOLE_TEXT)
    submitted_by = models.CharField(max_length=24, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[Report]] = models.Manager.from_queryset(ReportQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(report_number__gt=0), name="report_number_positive"),
            *visibility_constraints("report"),
        ]
        indexes = [embargo_index("report")]

    def __str__(self) -> str:
        return f"Report {self.report_number}"

    @property
    def is_complete(self) -> bool:
        """Whether this is an incident or issue report rather than a variant."""
        return bool(self.title and self.url and self.source_domain)


class ReportTerm(models.Model):
    """One author, submitter or tag of a report, in the order given."""

    AUTHOR, SUBMITTER, TAG = "author", "submitter", "tag"
    KINDS = (AUTHOR, SUBMITTER, TAG)

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=10)
    position = models.PositiveSmallIntegerField()
    value = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind", "position"], name="report_term_position_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("author", "submitter", "tag")), name="report_term_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


class ReportEmbedding(models.Model):
    """A vector of a report's text; vectors of different models are never compared."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="embeddings")
    model = models.CharField(max_length=100)
    vector = models.BinaryField()
    from_text_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "model"], name="report_embedding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} of report {self.report_id}"

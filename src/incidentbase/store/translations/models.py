"""Stored translations of incidents and reports, one row for each language."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids


class IncidentTranslation(models.Model):
    """Title and description of an incident in another language; dirty when the source changed."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    incident = models.ForeignKey(
        "store.Incident", on_delete=models.CASCADE, related_name="translations"
    )
    language = models.CharField(max_length=10)
    title = models.TextField()
    description = models.TextField(blank=True)
    dirty = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "language"], name="incident_translation_once"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="incident_translation_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.title}"


class ReportTranslation(models.Model):
    """Title and text of a report in another language; dirty when the source changed."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    report = models.ForeignKey(
        "store.Report", on_delete=models.CASCADE, related_name="translations"
    )
    language = models.CharField(max_length=10)
    title = models.TextField()
    text = models.TextField(blank=True)
    plain_text = models.TextField(blank=True)
    dirty = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "language"], name="report_translation_once"),
            models.CheckConstraint(
                condition=~Q(title="") | ~Q(text=""), name="report_translation_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.title}"

"""What came in and waits: submissions, quick adds and candidates of the news digest."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids


class Submission(models.Model):
    """A proposed report in the review queue, with what the submitter said of the incident."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    title = models.TextField()
    url = models.TextField()
    source_domain = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    plain_text = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    image_url = models.TextField(blank=True)
    cloudinary_id = models.TextField(blank=True)
    # Dates stay the texts that people typed; they become dates when an editor promotes.
    date_published = models.CharField(max_length=40, blank=True)
    date_downloaded = models.CharField(max_length=40, blank=True)
    date_submitted = models.CharField(max_length=40, blank=True, db_index=True)
    date_modified = models.CharField(max_length=40, blank=True)
    description = models.TextField(blank=True)
    editor_notes = models.TextField(blank=True)
    incident_title = models.TextField(blank=True)
    incident_date = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=20, default="pendingReview")
    is_quiet = models.BooleanField(default=False)
    submitted_by = models.CharField(max_length=24, blank=True)
    snippet_max_characters = models.PositiveIntegerField(null=True)
    # The lists as they were sent (authors, tags, entities, incident numbers, similar ones).
    payload = models.JSONField(default=dict)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(url=""), name="submission_url_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title


class QuickAdd(models.Model):
    """A bare link that somebody thought worth a look."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    url = models.TextField()
    date_submitted = models.CharField(max_length=40, blank=True)
    source_domain = models.CharField(max_length=255, blank=True)
    incident_number = models.PositiveIntegerField(default=0)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(url=""), name="quick_add_url_not_empty"),
        ]

    def __str__(self) -> str:
        return self.url


class Candidate(models.Model):
    """A news article that a crawler found and ranked."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    url = models.CharField(max_length=2000, unique=True)
    title = models.TextField()
    date_published = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    plain_text = models.TextField(blank=True)
    # Keyword and entity lists as the crawler sent them.
    payload = models.JSONField(default=dict)
    similarity = models.FloatField(null=True)
    is_match = models.BooleanField(default=False)
    is_dismissed = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["date_published", "is_match"], name="candidate_by_date_match"),
        ]

    def __str__(self) -> str:
        return self.title

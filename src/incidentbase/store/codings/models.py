"""The table of codings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.accounts.models import Account
from incidentbase.store.codings import rules
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report
from incidentbase.store.taxonomies.models import Taxonomy


class Coding(models.Model):
    """What one annotator answers about one record by one taxonomy.

    It is no classification, and nothing that reads those sees it: what it says comes to light
    through `codings.queries` alone.
    """

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="codings")
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, related_name="codings"
    )
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="codings")
    annotator = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="codings")
    # What the annotator is called before others; the same for all codings by one taxonomy.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, default=rules.ASSIGNED)
    # False once it was changed although the annotator may have seen the others'.
    is_blind = models.BooleanField(default=True)
    # Answers as classifications hold them: [name, JSON text, where it comes from].
    attributes = models.JSONField(default=list)
    notes = models.TextField(blank=True)
    due = models.DateField(null=True)
    # What the coordinator wants the annotator to know.
    instruction = models.TextField(blank=True)
    assigned_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(incident__isnull=False, report__isnull=True)
                    | Q(incident__isnull=True, report__isnull=False)
                ),
                name="coding_of_one_record",
            ),
            models.CheckConstraint(condition=Q(state__in=rules.STATES), name="coding_state_known"),
            models.UniqueConstraint(
                fields=["taxonomy", "incident", "annotator"],
                condition=Q(incident__isnull=False),
                name="coding_of_incident_once",
            ),
            models.UniqueConstraint(
                fields=["taxonomy", "report", "annotator"],
                condition=Q(report__isnull=False),
                name="coding_of_report_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.taxonomy_id} {self.public_id}"

    @property
    def label(self) -> str:
        """What the annotator is called before others."""
        return rules.label_of(self.number)

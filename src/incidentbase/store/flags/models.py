"""The table of flags."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.flags import rules
from incidentbase.store.reports.models import Report


class Flag(models.Model):
    """What somebody says is wrong with a report; open until an editor resolves it."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="flags")
    code = models.CharField(max_length=20)
    # For editors only: it may speak of people.
    words = models.TextField(blank=True)
    # The public id of an account, empty for visitors.
    raised_by = models.CharField(max_length=24, blank=True)
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, db_index=True)
    outcome = models.CharField(max_length=20, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__in=rules.CODES), name="flag_code_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=("", *rules.OUTCOMES)), name="flag_outcome_known"
            ),
            models.CheckConstraint(
                condition=(
                    Q(resolved_at__isnull=True, outcome="")
                    | (Q(resolved_at__isnull=False) & ~Q(outcome=""))
                ),
                name="flag_resolved_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} of report {self.report_id}"

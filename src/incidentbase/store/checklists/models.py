"""Risk checklists: a described system and the risks that precedents suggest."""

from __future__ import annotations

from django.db import models

from incidentbase.kit import ids


class Checklist(models.Model):
    """One described system with its tags; private to its owner unless shared."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    checklist_id = models.CharField(max_length=60, unique=True)
    owner_id = models.CharField(max_length=24, blank=True, db_index=True)
    name = models.CharField(max_length=500, blank=True)
    about = models.TextField(blank=True)
    # Tags `NAMESPACE:field:value` in three lists: goals, methods, other.
    tags = models.JSONField(default=dict)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name


class ChecklistRisk(models.Model):
    """One risk of a checklist as its owner annotated it."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="risks")
    position = models.PositiveIntegerField()
    payload = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "position"], name="checklist_risk_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}: {self.position}"

"""Risk checklists: a described system and the risks that precedents suggest."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.checklists import rules


class Checklist(models.Model):
    """One described system with its tags; private to its owner unless shared."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    checklist_id = models.CharField(max_length=60, unique=True)
    owner_id = models.CharField(max_length=24, blank=True, db_index=True)
    name = models.CharField(max_length=500, blank=True)
    about = models.TextField(blank=True)
    # Tags `NAMESPACE:field:value` in three lists: goals, methods, other.
    tags = models.JSONField(default=dict)
    # Fields `NAMESPACE:field` whose answers become risks; none means the usual ones.
    risk_fields = models.JSONField(default=list)
    sharing = models.CharField(max_length=10, default=rules.PRIVATE)
    # Which link leads here; another one after each time that sharing ended.
    link_id = models.CharField(max_length=24, blank=True, db_index=True)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sharing__in=rules.SHARINGS), name="checklist_sharing_known"
            ),
            models.CheckConstraint(
                condition=(
                    (Q(sharing=rules.LINK) & ~Q(link_id=""))
                    | (~Q(sharing=rules.LINK) & Q(link_id=""))
                ),
                name="checklist_link_while_shared",
            ),
        ]

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

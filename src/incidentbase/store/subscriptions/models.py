"""Subscriptions: which account follows which incidents, entities, checklists or lists."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.accounts.models import Account
from incidentbase.store.entities.models import Entity
from incidentbase.store.incidents.models import Incident


class Subscription(models.Model):
    """One thing that one account follows."""

    INCIDENT, ENTITY, CHECKLIST = "incident", "entity", "checklist"
    TYPES = (
        "new-incidents",
        "incident",
        "entity",
        "checklist",
        "submission-promoted",
        "ai-briefing",
    )

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="subscriptions")
    type = models.CharField(max_length=30)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, related_name="subscriptions"
    )
    entity = models.ForeignKey(
        Entity, on_delete=models.CASCADE, null=True, related_name="subscriptions"
    )
    # By name: the two areas do not know one another.
    checklist = models.ForeignKey(
        "Checklist", on_delete=models.CASCADE, null=True, related_name="subscriptions"
    )
    # In which language the account wants to read of it.
    language = models.CharField(max_length=10, blank=True)
    # Of a checklist: which incidents its follower knows, and what they were precedents of.
    known = models.JSONField(default=list)
    basis = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "incident"],
                condition=Q(incident__isnull=False),
                name="subscription_to_incident_once",
            ),
            models.UniqueConstraint(
                fields=["account", "entity"],
                condition=Q(entity__isnull=False),
                name="subscription_to_entity_once",
            ),
            models.UniqueConstraint(
                fields=["account", "checklist"],
                condition=Q(checklist__isnull=False),
                name="subscription_to_checklist_once",
            ),
            models.UniqueConstraint(
                fields=["account", "type"],
                condition=Q(incident__isnull=True, entity__isnull=True, checklist__isnull=True),
                name="subscription_to_list_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    type__in=(
                        "new-incidents",
                        "incident",
                        "entity",
                        "checklist",
                        "submission-promoted",
                        "ai-briefing",
                    )
                ),
                name="subscription_type_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        type="incident",
                        incident__isnull=False,
                        entity__isnull=True,
                        checklist__isnull=True,
                    )
                    | Q(
                        type="entity",
                        incident__isnull=True,
                        entity__isnull=False,
                        checklist__isnull=True,
                    )
                    | Q(
                        type="checklist",
                        incident__isnull=True,
                        entity__isnull=True,
                        checklist__isnull=False,
                    )
                    | (
                        ~Q(type__in=("incident", "entity", "checklist"))
                        & Q(incident__isnull=True, entity__isnull=True, checklist__isnull=True)
                    )
                ),
                name="subscription_target_fits_type",
            ),
        ]

    def __str__(self) -> str:
        return self.type


class FormerSubscription(models.Model):
    """That an account followed an entity before it was merged into another.

    It is kept for the day when the merger is undone. `kept_both` says that the account followed
    the other one as well.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="former_subscriptions"
    )
    entity_id = models.CharField(max_length=255, db_index=True)
    into = models.CharField(max_length=255)
    kept_both = models.BooleanField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entity_id} → {self.into}"

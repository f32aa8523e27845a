"""The tables of webhooks and of what was sent, or is to be sent, to each."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from incidentbase.kit import hashing, ids
from incidentbase.store.accounts.models import Account
from incidentbase.store.webhooks import rules


def new_message_id() -> str:
    """Return a fresh id of a message: the key by which a receiver knows it again."""
    return f"msg_{ids.new_object_id()}"


class Webhook(models.Model):
    """An address that one account wants to be told of events.

    The secret is not here: it follows from the id, from how many secrets there were, and from the
    secret key of the instance.
    """

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=rules.LONGEST_URL)
    events = models.JSONField()
    subject = models.CharField(max_length=10, blank=True)
    key = models.CharField(max_length=255, blank=True)
    secrets = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # The first failure after which nothing has succeeded.
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    # When it was switched off for failing, and whether its owner knows.
    stopped_at = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(subject="", key="") | (Q(subject__in=rules.SUBJECTS) & ~Q(key=""))),
                name="webhook_subject_known",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    def state(self) -> dict[str, Any]:
        """Return what the history seals: whose it is and what for; the address as a digest only."""
        return {
            "object_id": self.public_id,
            "account": self.account.public_id,
            "address": hashing.digest(self.url),
            "events": sorted(self.events),
            "subject": self.subject,
            "key": self.key,
            "secrets": self.secrets,
            "is_paused": self.is_paused,
        }


class WebhookDelivery(models.Model):
    """One event for one webhook. The body is made at each try, so it tells nothing hidden since."""

    message_id = models.CharField(max_length=28, unique=True, default=new_message_id)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    type = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=255, blank=True)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=rules.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=20, blank=True)
    answer = models.CharField(max_length=rules.LONGEST_ANSWER, blank=True)
    took_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="webhook_delivery_due"),
            models.Index(fields=["webhook", "kind", "key"], name="webhook_delivery_of_record"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=rules.STATES), name="webhook_delivery_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.message_id

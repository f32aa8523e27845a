"""The append-only, hash-chained list of changes (ADR 2) and the counters kept beside it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Change(models.Model):
    """One committed change of one record; rows are only ever added."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    action = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    delta = models.JSONField()
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    group = models.UUIDField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "key", "seq"], name="change_of_record"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(seq__gt=0), name="change_seq_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.kind}:{self.key}"


class ChainHead(models.Model):
    """The last entry of the chain: a single row, locked while changes are appended."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="chain_head_is_single"),
        ]

    def __str__(self) -> str:
        return f"head at {self.seq}"


class NumberSeries(models.Model):
    """The highest number ever given in a series (incident, report); numbers are never reused."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class FollowerCursor(models.Model):
    """How far a follower of the history has come."""

    name = models.CharField(max_length=60, primary_key=True)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"

"""Incidents: the events, with their reports, entities, similar ones, links and duplicates."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from incidentbase.kit import ids
from incidentbase.store.accounts.models import (
    Account,
    Visible,
    VisibleQuerySet,
    embargo_index,
    visibility_constraints,
)
from incidentbase.store.entities.models import Entity
from incidentbase.store.reports.models import Report

DEPLOYER, DEVELOPER, HARMED, IMPLICATED = "deployer", "developer", "harmed", "implicated"
ROLES = (DEPLOYER, DEVELOPER, HARMED, IMPLICATED)


class Incident(Visible):
    """One event in which an AI system harmed, or nearly harmed, somebody."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    incident_id = models.PositiveIntegerField(unique=True)
    title = models.TextField()
    description = models.TextField(blank=True)
    date = models.DateField(db_index=True)
    editor_notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField(null=True, db_index=True)
    map_x = models.FloatField(null=True)
    map_y = models.FloatField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[Incident]] = models.Manager.from_queryset(VisibleQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(incident_id__gt=0), name="incident_id_positive"),
            models.CheckConstraint(condition=~Q(title=""), name="incident_title_not_empty"),
            *visibility_constraints("incident"),
        ]
        indexes = [embargo_index("incident")]

    def __str__(self) -> str:
        return f"Incident {self.incident_id}"


class IncidentReport(models.Model):
    """A report's place in an incident; one report may belong to several incidents."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="report_links")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="incident_links")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "report"], name="incident_report_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.report_id}"


class IncidentEntity(models.Model):
    """An entity in one role of one incident; always an allegation."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entity_links")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="incident_links")
    role = models.CharField(max_length=12)
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role", "entity"], name="incident_entity_role_once"
            ),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="incident_entity_role_known"),
        ]
        indexes = [models.Index(fields=["entity", "role"], name="incident_entity_by_role")]

    def __str__(self) -> str:
        return f"{self.role} {self.entity_id}"


class IncidentEditor(models.Model):
    """Who edited an incident, in the order shown in citations."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="editor_links")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="edited_incidents")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "account"], name="incident_editor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.account_id}"


class IncidentSimilarity(models.Model):
    """Another incident's number with what was said of the likeness, by machine or by people."""

    MACHINE, SIMILAR, DISSIMILAR, FLAGGED = "machine", "similar", "dissimilar", "flagged"
    KINDS = (MACHINE, SIMILAR, DISSIMILAR, FLAGGED)

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="similarities")
    kind = models.CharField(max_length=10)
    # A number, not a key: the other incident may be a duplicate or not imported yet.
    other_number = models.PositiveIntegerField()
    similarity = models.FloatField(null=True)
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind", "other_number"], name="incident_similarity_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("machine", "similar", "dissimilar", "flagged")),
                name="incident_similarity_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.other_number}"


class IncidentDuplicate(models.Model):
    """The tombstone of an incident number that turned out to be another incident."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    duplicate_number = models.PositiveIntegerField(unique=True)
    true_number = models.PositiveIntegerField()
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(duplicate_number=F("true_number")),
                name="incident_duplicate_of_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_number} → {self.true_number}"


class ExternalLink(models.Model):
    """The same incident in another database."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="external_links")
    url = models.CharField(max_length=1000)
    namespace = models.CharField(max_length=60)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "namespace", "url"], name="external_link_once"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class IncidentEmbedding(models.Model):
    """The mean vector of an incident's reports; vectors of different models never meet."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="embeddings")
    model = models.CharField(max_length=100)
    vector = models.BinaryField()
    # The report numbers behind the mean, as the outside sent them.
    from_reports = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "model"], name="incident_embedding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} of incident {self.incident_id}"

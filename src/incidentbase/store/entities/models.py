"""Entities and what is known between them: aliases, merged duplicates, relationships."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from incidentbase.kit import ids


class Entity(models.Model):
    """An organization, person, group, system or model that incidents name."""

    KINDS = ("", "organization", "person", "group", "system", "model")

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    entity_id = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=500)
    kind = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(entity_id=""), name="entity_id_not_empty"),
            models.CheckConstraint(condition=~Q(name=""), name="entity_name_not_empty"),
            models.CheckConstraint(
                condition=Q(kind__in=("", "organization", "person", "group", "system", "model")),
                name="entity_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EntityAlias(models.Model):
    """Another name under which an entity is found."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=500)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "name"], name="entity_alias_once"),
            models.CheckConstraint(condition=~Q(name=""), name="entity_alias_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class EntityDuplicate(models.Model):
    """The tombstone of an entity id that was merged into another."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    duplicate_id = models.CharField(max_length=255, unique=True)
    true_id = models.CharField(max_length=255)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(duplicate_id=F("true_id")), name="entity_duplicate_of_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_id} → {self.true_id}"


class EntityRelationship(models.Model):
    """A relation between two entities, stored once; symmetric ones are read in both directions.

    A part belongs to its parent, and a version is one of what it is a version of: those two are
    the subjects.
    """

    RELATED, PARENT, VERSION = "related", "parent", "version"
    PREDICATES = (RELATED, PARENT, VERSION)

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    subject = models.ForeignKey(
        Entity, on_delete=models.CASCADE, related_name="relationships_as_subject"
    )
    object = models.ForeignKey(
        Entity, on_delete=models.CASCADE, related_name="relationships_as_object"
    )
    predicate = models.CharField(max_length=60, default="related")
    is_symmetric = models.BooleanField(default=True)
    created_at = models.DateTimeField(null=True)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "object", "predicate"], name="entity_relationship_once"
            ),
            models.CheckConstraint(
                condition=~Q(subject=F("object")), name="entity_relationship_between_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.predicate} {self.object_id}"

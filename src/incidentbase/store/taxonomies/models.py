"""Taxonomies with their fields, and classifications with typed attributes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.accounts.models import (
    Visible,
    VisibleQuerySet,
    embargo_index,
    visibility_constraints,
)
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report


class Taxonomy(models.Model):
    """A named set of fields by which incidents or reports are classified."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    namespace = models.CharField(max_length=100, unique=True)
    weight = models.IntegerField(default=0)
    description = models.TextField(blank=True)
    complete_entities = models.BooleanField(null=True)
    is_automated = models.BooleanField(null=True)
    # Section headings: [number, title] pairs of the definition.
    headings = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    # What became of names from version to version, as the taxonomy's file says it.
    changes = models.JSONField(default=list)
    source_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(namespace=""), name="taxonomy_namespace_not_empty"),
        ]

    def __str__(self) -> str:
        return self.namespace


class TaxonomyField(models.Model):
    """One question of a taxonomy; a subfield belongs to a parent field."""

    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="fields")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="subfields"
    )
    position = models.PositiveIntegerField()
    short_name = models.CharField(max_length=300)
    display_type = models.CharField(max_length=30)
    is_public = models.BooleanField(default=True)
    is_facet = models.BooleanField(default=False)
    is_searchable = models.BooleanField(default=True)
    weight = models.IntegerField(default=0)
    short_description = models.TextField(blank=True)
    long_description = models.TextField(blank=True)
    permitted_values = models.JSONField(default=list)
    # The whole definition as it came, so that an export gives it back unchanged.
    definition = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["taxonomy", "position"],
                condition=Q(parent__isnull=True),
                name="taxonomy_field_position_once",
            ),
            models.UniqueConstraint(
                fields=["parent", "position"],
                condition=Q(parent__isnull=False),
                name="taxonomy_subfield_position_once",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


class Classification(Visible):
    """The answers of one taxonomy about one incident or one report."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="classifications")
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, related_name="classifications"
    )
    report = models.ForeignKey(
        Report, on_delete=models.CASCADE, null=True, related_name="classifications"
    )
    notes = models.TextField(blank=True)
    is_published = models.BooleanField(default=False)
    source_digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[Classification]] = models.Manager.from_queryset(
        VisibleQuerySet
    )()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(incident__isnull=False, report__isnull=True)
                    | Q(incident__isnull=True, report__isnull=False)
                ),
                name="classification_of_one_record",
            ),
            *visibility_constraints("classification"),
        ]
        indexes = [embargo_index("classification")]

    def __str__(self) -> str:
        return f"{self.taxonomy_id} {self.public_id}"


class Attribute(models.Model):
    """One answer, exactly as given; its `values` are the typed form for counting."""

    classification = models.ForeignKey(
        Classification, on_delete=models.CASCADE, related_name="attributes"
    )
    # Empty when the definition has no such field; the answer is kept all the same.
    field = models.ForeignKey(
        TaxonomyField, on_delete=models.SET_NULL, null=True, related_name="attributes"
    )
    position = models.PositiveIntegerField()
    short_name = models.CharField(max_length=300)
    value_json = models.TextField()
    # Who or what gave the answer, and how (see `rules.Provenance`); empty when nobody said.
    provenance = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["classification", "position"], name="attribute_position_once"
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


class AttributeValue(models.Model):
    """One scalar of an answer: text always, and number or truth where it is one."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values")
    field = models.ForeignKey(TaxonomyField, on_delete=models.CASCADE, related_name="values")
    text = models.CharField(max_length=300)
    number = models.FloatField(null=True)
    truth = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["field", "text"], name="attribute_value_text")]

    def __str__(self) -> str:
        return self.text

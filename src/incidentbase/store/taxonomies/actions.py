"""Writes to taxonomies and classifications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.mirrors import CLASSIFICATION, TAXONOMY
from incidentbase.store.taxonomies.models import Attribute, AttributeValue, TaxonomyField


def insert_imported_taxonomies(states: Sequence[State], digests: Sequence[str]) -> None:
    """Insert imported taxonomies with their fields."""
    keys = history.insert_rows(TAXONOMY, states, source_digests=digests)
    for state in states:
        _write_fields(keys[TAXONOMY.key_of(state)], None, state["fields"])


def replace_imported_taxonomies(states: Sequence[State], digests: Sequence[str]) -> None:
    """Overwrite taxonomies; fields that keep their name keep their row, and so their answers."""
    keys = history.replace_rows(TAXONOMY, states, source_digests=digests)
    for state in states:
        taxonomy = keys[TAXONOMY.key_of(state)]
        _write_fields(taxonomy, None, state["fields"])
        _relink_answers(taxonomy, state["namespace"])


def insert_imported_classifications(states: Sequence[State], digests: Sequence[str]) -> None:
    """Insert imported classifications with their attributes."""
    keys = history.insert_rows(CLASSIFICATION, states, source_digests=digests)
    _insert_attributes(states, keys)


def replace_imported_classifications(states: Sequence[State], digests: Sequence[str]) -> None:
    """Overwrite classifications with imported states."""
    keys = history.replace_rows(CLASSIFICATION, states, source_digests=digests)
    Attribute.objects.filter(classification_id__in=keys.values()).delete()
    _insert_attributes(states, keys)


def _write_fields(taxonomy: int, parent: int | None, definitions: Sequence[dict[str, Any]]) -> None:
    stored = _fields_by_occurrence(taxonomy, parent)
    # Positions are unique, so kept rows first step out of the way of their new places.
    TaxonomyField.objects.filter(taxonomy_id=taxonomy, parent_id=parent).update(
        position=F("position") + 100_000
    )
    seen: Counter[str] = Counter()
    for position, definition in enumerate(definitions):
        name = definition["short_name"]
        row = stored.pop((name, seen[name]), None) or TaxonomyField(
            taxonomy_id=taxonomy, parent_id=parent
        )
        seen[name] += 1
        _fill_field(row, position, definition)
        row.save()
        _write_fields(taxonomy, row.pk, definition.get("subfields") or [])
    for row in stored.values():
        row.delete()


def _fields_by_occurrence(
    taxonomy: int, parent: int | None
) -> dict[tuple[str, int], TaxonomyField]:
    seen: Counter[str] = Counter()
    found = {}
    rows = TaxonomyField.objects.filter(taxonomy_id=taxonomy, parent_id=parent)
    for row in rows.order_by("position"):
        found[row.short_name, seen[row.short_name]] = row
        seen[row.short_name] += 1
    return found


def _fill_field(row: TaxonomyField, position: int, definition: dict[str, Any]) -> None:
    row.position = position
    row.short_name = definition["short_name"]
    row.display_type = definition["display_type"]
    row.is_public = definition.get("public") is not False
    row.is_facet = bool(definition.get("instant_facet"))
    row.is_searchable = not definition.get("hide_search")
    row.weight = definition.get("weight") or 0
    row.short_description = definition.get("short_description") or ""
    row.long_description = definition.get("long_description") or ""
    row.permitted_values = definition.get("permitted_values") or []
    row.definition = {key: value for key, value in definition.items() if key != "subfields"}


def _insert_attributes(states: Sequence[State], keys: Mapping[str, int]) -> None:
    fields = _fields_of({state["namespace"] for state in states})
    attributes = []
    for state in states:
        classification = keys[CLASSIFICATION.key_of(state)]
        for position, (short_name, value_json, *provenance) in enumerate(state["attributes"]):
            field = fields.get((state["namespace"], short_name))
            attributes.append(
                Attribute(
                    classification_id=classification,
                    field=field,
                    position=position,
                    short_name=short_name,
                    value_json=value_json,
                    provenance=provenance[0] if provenance else {},
                )
            )
    Attribute.objects.bulk_create(attributes, batch_size=500)
    _insert_values(attributes)


def _relink_answers(taxonomy: int, namespace: str) -> None:
    """Let the answers of all classifications belong to the fields that the taxonomy has now."""
    answers = Attribute.objects.filter(classification__taxonomy_id=taxonomy)
    for (_namespace, name), field in _fields_of({namespace}).items():
        answers.filter(short_name=name).exclude(field=field).update(field=field)
    AttributeValue.objects.filter(attribute__classification__taxonomy_id=taxonomy).delete()
    _insert_values(list(answers.select_related("field")))


def _insert_values(attributes: Sequence[Attribute]) -> None:
    AttributeValue.objects.bulk_create(
        (
            AttributeValue(
                attribute_id=attribute.pk,
                field=attribute.field,
                text=value.text,
                number=value.number,
                truth=value.truth,
            )
            for attribute in attributes
            if attribute.field is not None and _is_counted(attribute.field)
            for value in rules.values_of(attribute.value_json)
        ),
        batch_size=500,
    )


def _is_counted(field: TaxonomyField) -> bool:
    return field.display_type not in rules.PROSE_TYPES | rules.NESTED_TYPES


def _fields_of(namespaces: set[str]) -> dict[tuple[str, str], TaxonomyField]:
    rows = TaxonomyField.objects.filter(
        taxonomy__namespace__in=namespaces, parent__isnull=True
    ).select_related("taxonomy")
    # Of two fields with one name (spec T15) the first in definition order takes the answers.
    return {(row.taxonomy.namespace, row.short_name): row for row in rows.order_by("-position")}

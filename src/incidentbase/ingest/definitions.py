"""Definitions of taxonomies: the bundled ones, and files as states of the store and back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from incidentbase.formats import aiid, taxonomies

State = dict[str, Any]

BUNDLED = Path(__file__).parent / "taxonomies"


def bundled() -> list[taxonomies.Definition]:
    """Return the definitions that come with the package, in the order of their names."""
    found = []
    for path in sorted(BUNDLED.glob("*.yaml")):
        definition, _remarks = taxonomies.read(path.read_text(encoding="utf-8"))
        found.append(definition)
    return found


def state_of(definition: taxonomies.Definition) -> State:
    """Return a definition as the state that the store keeps of a taxonomy."""
    return {
        "object_id": definition.object_id,
        "namespace": definition.namespace,
        "weight": definition.weight,
        "description": definition.description,
        "complete_entities": definition.complete_entities,
        "is_automated": definition.is_automated,
        "headings": [list(heading) for heading in definition.headings],
        "version": definition.version,
        "changes": [
            {
                "version": change.version,
                "note": change.note,
                "fields": dict(change.fields),
                "values": {name: dict(values) for name, values in change.values.items()},
            }
            for change in definition.changes
        ],
        "fields": list(definition.fields),
    }


def record_of(definition: taxonomies.Definition) -> aiid.TaxonomyRecord:
    """Return a definition as the record that a snapshot would hold of it."""
    return aiid.TaxonomyRecord(
        object_id=definition.object_id,
        namespace=definition.namespace,
        weight=definition.weight,
        description=definition.description,
        complete_entities=definition.complete_entities,
        automated=definition.is_automated,
        headings=definition.headings,
        fields=tuple(map(_field_record, definition.fields)),
    )


def _field_record(field: State) -> aiid.FieldRecord:
    own = {
        one.name: field[one.name]
        for one in dataclasses.fields(aiid.FieldRecord)
        if one.name in field and one.name not in ("subfields", "permitted_values")
    }
    return aiid.FieldRecord(
        **own,
        storage_type=field["mongo_type"],
        permitted_values=tuple(field["permitted_values"]),
        subfields=tuple(map(_field_record, field["subfields"])),
    )


def definition_of(state: State) -> taxonomies.Definition:
    """Return the state of a taxonomy as the definition that a file says."""
    return taxonomies.Definition(
        namespace=state["namespace"],
        object_id=state["object_id"],
        version=state.get("version") or 1,
        description=state["description"],
        weight=state["weight"],
        complete_entities=state["complete_entities"],
        is_automated=state["is_automated"],
        headings=tuple((str(number), str(title)) for number, title in state["headings"]),
        fields=tuple(state["fields"]),
        changes=tuple(taxonomies.Change(**change) for change in state.get("changes") or ()),
    )

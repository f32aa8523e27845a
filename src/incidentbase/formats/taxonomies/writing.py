"""Writing a taxonomy as a file that `reading` reads back the same."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import LiteralScalarString

from incidentbase.formats.taxonomies.definitions import NESTED, Change, Definition, blank_field
from incidentbase.formats.taxonomies.reading import SHOWN_AS

_TEXTS = (
    ("field_number", "number"),
    ("long_name", "question"),
    ("short_description", "help"),
    ("long_description", "definition"),
    ("mongo_type", "storage"),
    ("default", "default"),
    ("placeholder", "placeholder"),
    ("notes", "notes"),
)


def write(definition: Definition) -> str:
    """Return the file of a taxonomy; what is as usual is left out."""
    top: dict[str, Any] = {"taxonomy": definition.namespace}
    if definition.object_id:
        top["id"] = definition.object_id
    top["version"] = definition.version
    top["weight"] = definition.weight
    told = {
        "automated": definition.is_automated,
        "complete_entities": definition.complete_entities,
    }
    top |= {key: value for key, value in told.items() if value is not None}
    if definition.description:
        top["description"] = _scalar(definition.description)
    if definition.headings:
        top["sections"] = [
            {"number": number, "title": title} for number, title in definition.headings
        ]
    top["fields"] = [_field(field) for field in definition.fields]
    if definition.changes:
        top["changes"] = [_change(change) for change in definition.changes]
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    # Folded lines would lose blanks that stand beside one another.
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(CommentedMap(top), stream)
    return stream.getvalue()


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    usual = blank_field(field["short_name"], field["display_type"])
    found: dict[str, Any] = {"name": field["short_name"], "type": field["display_type"]}
    for stored, key in _TEXTS:
        if field.get(stored, usual[stored]) != usual[stored]:
            found[key] = _scalar(field[stored])
    if field.get("permitted_values"):
        found["values"] = _values(field)
    if field["weight"] != usual["weight"]:
        found["weight"] = field["weight"]
    found |= _display(field)
    for key in ("complete_from", "item_fields", "shown_if"):
        if field.get(key):
            found[key] = field[key]
    if field["display_type"] == NESTED:
        found["fields"] = [_field(one) for one in field["subfields"]]
    return found


def _values(field: Mapping[str, Any]) -> list[Any]:
    notes = field.get("value_notes") or {}
    return [
        {"value": value, "help": _scalar(notes[value])} if value in notes else value
        for value in field["permitted_values"]
    ]


def _display(field: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "facet": True if field["instant_facet"] else None,
        "required": True if field["required"] else None,
        "visibility": "annotators" if field["public"] is False else None,
        "search": False if field["hide_search"] else None,
        "shows": "definition" if field["render_as"] == SHOWN_AS else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _change(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"version": change.version}
    if change.note:
        found["note"] = _scalar(change.note)
    if change.fields:
        found["fields"] = dict(change.fields)
    if change.values:
        found["values"] = {name: dict(values) for name, values in change.values.items()}
    return found


def _scalar(value: str) -> str:
    """Return a text of several lines as a block, which is easier to read and to compare."""
    if "\n" not in value or any(line != line.rstrip() for line in value.split("\n")):
        return value
    literal: str = LiteralScalarString(value)
    return literal

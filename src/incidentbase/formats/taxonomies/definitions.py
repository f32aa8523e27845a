"""What a taxonomy file says, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DISPLAY_TYPES = (
    "string",
    "long_string",
    "enum",
    "multi",
    "list",
    "bool",
    "int",
    "date",
    "location",
    "object-list",
)
NESTED = "object-list"
CHOSEN = ("enum", "multi")

# The storage hints that the reference keeps beside each type (spec aiid-interface §6.1).
STORAGE = {
    "bool": "bool",
    "int": "int",
    "date": "date",
    "multi": "array",
    "list": "array",
    NESTED: "array",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of names when a version took the place of the one before it.

    `fields` holds new names by old ones; `values` new values by old ones, by the field that has
    them (by its new name). Several old values with one new value are merged.
    """

    version: int
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """A taxonomy: its fields have the names that the reference's definitions have."""

    namespace: str
    version: int
    description: str
    weight: int
    complete_entities: bool | None
    is_automated: bool | None
    headings: tuple[tuple[str, str], ...]
    fields: tuple[dict[str, Any], ...]
    changes: tuple[Change, ...] = ()
    # 24 hexadecimal digits; empty when the file leaves it to the store.
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a file, with the line that it is about, counted from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class Malformed(ValueError):
    """A file is not a taxonomy; `findings` says all that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take what is wrong, in the order of the file."""
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{findings[0]}{more}")
        self.findings = tuple(findings)


def blank_field(name: str, display_type: str) -> dict[str, Any]:
    """Return the definition of a field of which nothing else is said."""
    return {
        "short_name": name,
        "field_number": "",
        "long_name": name,
        "short_description": "",
        "long_description": "",
        "display_type": display_type,
        "mongo_type": STORAGE.get(display_type, "string"),
        "default": "",
        "placeholder": "",
        "permitted_values": [],
        "weight": 50,
        "instant_facet": False,
        "required": False,
        "public": True,
        "hide_search": False,
        "render_as": "",
        "notes": "",
        "complete_from": {},
        "item_fields": None,
        "subfields": [],
    }

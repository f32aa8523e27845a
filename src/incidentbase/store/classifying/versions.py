"""Pure decisions about versions of taxonomies: what an answer becomes when names change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidentbase.store.classifying import rules
from incidentbase.store.taxonomies import rules as taxonomies

# How a change names a field within a group: `Entities / Entity type`.
WITHIN = " / "

_STRUCTURE = ("short_name", "display_type", "permitted_values", "shown_if", "required")


def structure(fields: rules.Fields) -> list[Any]:
    """Return what answers depend on: names, types, values and conditions, without the prose."""
    return [
        [*(one.get(name) for name in _STRUCTURE), structure(one.get("subfields") or ())]
        for one in fields
    ]


def migrated(
    attributes: Sequence[Sequence[Any]], changes: Iterable[Mapping[str, Any]]
) -> list[list[Any]]:
    """Return answers with the names and values that they have after the changes, in their order.

    Each change holds `fields`, new names by old ones, and `values`, new values by old ones by
    the field that has them. Several values that become one are said once. Nothing is dropped.
    """
    found = [list(one) for one in attributes]
    for change in changes:
        found = [_changed(one, change) for one in found]
    return found


def _changed(attribute: list[Any], change: Mapping[str, Any]) -> list[Any]:
    name, value_json, *provenance = attribute
    renamed = change["fields"].get(name, name)
    values = change["values"].get(renamed, {})
    below = _below(name, renamed, change)
    decoded = taxonomies.decode(value_json)
    after = _regrouped(decoded, below) if below else _revalued(decoded, values)
    written = value_json if after == decoded else rules.written(after)
    return [renamed, written, *provenance]


def _below(name: str, renamed: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a change that is about the fields within a group."""
    fields = {
        old.removeprefix(name + WITHIN): new.rpartition(WITHIN)[2]
        for old, new in change["fields"].items()
        if old.startswith(name + WITHIN)
    }
    values = {
        path.removeprefix(renamed + WITHIN): table
        for path, table in change["values"].items()
        if path.startswith(renamed + WITHIN)
    }
    return {"fields": fields, "values": values} if fields or values else {}


def _regrouped(decoded: Any, change: Mapping[str, Any]) -> Any:
    if not isinstance(decoded, list):
        return decoded
    return [_regroup(one, change) if isinstance(one, dict) else one for one in decoded]


def _regroup(group: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [
        _changed([str(one.get("short_name")), str(one.get("value_json", "null"))], change)
        for one in group.get("attributes") or ()
    ]
    return {**group, "attributes": [{"short_name": n, "value_json": v} for n, v in pairs]}


def _revalued(decoded: Any, values: Mapping[str, str]) -> Any:
    if isinstance(decoded, list):
        members = [_revalued(one, values) for one in decoded]
        if members == decoded:
            return decoded
        return list(dict.fromkeys(members)) if all(isinstance(m, str) for m in members) else members
    if isinstance(decoded, bool):
        return values.get("true" if decoded else "false", decoded)
    if isinstance(decoded, str):
        return values.get(decoded, values.get(decoded.strip(), decoded))
    return decoded


def unfitting(
    attributes: Iterable[Sequence[Any]], fields: rules.Fields
) -> Counter[tuple[str, str]]:
    """Count the answers that a definition does not ask for or permit, by field and value.

    The value is empty where the whole field is not there.
    """
    asked = rules.questions(fields)
    found: Counter[tuple[str, str]] = Counter()
    for name, value_json, *_provenance in attributes:
        definition = asked.get(name)
        if definition is None:
            found[name, ""] += 1
            continue
        value = rules.stored(value_json, definition)
        if value is None or rules.problem_of(value, definition) is None:
            continue
        members = value if isinstance(value, list) else [value]
        for one in members:
            if definition["display_type"] in ("enum", "multi") and not rules.is_permitted(
                str(one), definition
            ):
                found[name, str(one)] += 1
    return found

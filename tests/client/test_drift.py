"""The client knows what the OpenAPI document says, no more and no less."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from incidentbase.client import answers, asking, operations, records
from incidentbase.client.records import Record

DOCUMENT = json.loads((Path(__file__).parents[1] / "serve" / "openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
# What comes in, and what errors are made of.
OTHERS = {"NewSubmission", "Problem"}
# What the document does not describe: the pages of snapshots are no part of the API.
BESIDE = {"Snapshot", "SnapshotFile", "SnapshotList"}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
KINDS = {
    name: one
    for module in (records, answers)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, Record) and one is not Record
}


def shape(hint: Any) -> Any:
    """Return a type in the words of JSON Schema, without titles and limits."""
    parts = get_args(hint)
    if hint in (dt.date, dt.datetime):
        return "string"
    if hint is Any:
        return {}
    if get_origin(hint) is Literal:
        return {"enum": list(parts)}
    if NoneType in parts:
        return {"anyOf": [shape(one) for one in parts if one is not NoneType] + ["null"]}
    if get_origin(hint) in (tuple, Sequence):
        return {"items": shape(parts[0])}
    if get_origin(hint) is Mapping:
        return {"values": shape(parts[1])}
    if isinstance(hint, type) and issubclass(hint, Record):
        return {"$ref": hint.__name__}
    return PLAIN[hint]


def described(schema: dict[str, Any]) -> Any:
    """Return a schema in the same words."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].rpartition("/")[2]}
    if "enum" in schema:
        return {"enum": schema["enum"]}
    if "anyOf" in schema:
        return {"anyOf": [described(one) for one in schema["anyOf"]]}
    if schema.get("type") == "array":
        return {"items": described(schema["items"])}
    if schema.get("type") == "object":
        return {"values": described(schema["additionalProperties"])}
    return schema.get("type", {})


def test_operations_are_those_of_the_document() -> None:
    known = {(one.name, one.method, one.path): one.gives.__name__ for one in operations.ALL}
    told = {}
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            (given,) = (
                one["content"]["application/json"]["schema"]
                for status, one in operation["responses"].items()
                if status.startswith("2")
            )
            name = described(given)["$ref"]
            told[operation["operationId"], method.upper(), path] = name
    assert known == told


def test_records_are_those_of_the_document() -> None:
    assert set(KINDS) - BESIDE == set(SCHEMAS) - OTHERS


@pytest.mark.parametrize("name", sorted(set(KINDS) - BESIDE))
def test_a_record_has_the_members_of_its_schema(name: str) -> None:
    kind, schema = KINDS[name], SCHEMAS[name]
    hints = get_type_hints(kind)
    members = {
        kind.NAMES.get(one.name, one.name): shape(hints[one.name])
        for one in dataclasses.fields(kind)  # type: ignore[arg-type]
    }
    assert members == {key: described(one) for key, one in schema["properties"].items()}
    needed = {
        kind.NAMES.get(one.name, one.name)
        for one in dataclasses.fields(kind)  # type: ignore[arg-type]
        if one.default is dataclasses.MISSING and not kind.NARROWED
    }
    assert needed == set(schema.get("required", ()))


def test_filters_are_the_parameters_of_the_search() -> None:
    own = {"cursor", "limit", "s", "list", "sortBy", "facets", "facet_size"}
    told = {
        one["name"]: one["schema"]
        for one in DOCUMENT["paths"]["/api/v1/search"]["get"]["parameters"]
    }
    assert set(asking.Filters.__annotations__) == set(told) - own
    assert list(get_args(asking.Sort)) == told["sortBy"]["enum"]
    assert list(get_args(asking.Listed)) == told["list"]["enum"]


def test_a_report_to_send_in_has_the_members_of_its_schema() -> None:
    schema = SCHEMAS["NewSubmission"]
    hints = typing.get_type_hints(asking.NewSubmission)
    members = {
        name: "string" if hint == asking.Day else shape(hint) for name, hint in hints.items()
    }
    assert members == {name: described(one) for name, one in schema["properties"].items()}
    assert set(asking.NewSubmission.__required_keys__) == set(schema["required"])


def test_kinds_of_entities_are_those_of_the_document() -> None:
    parameters = DOCUMENT["paths"]["/api/v1/entities"]["get"]["parameters"]
    (pattern,) = (one["schema"]["pattern"] for one in parameters if one["name"] == "kind")
    assert set(get_args(asking.EntityKind)) == set(pattern.strip("^$()").split("|"))

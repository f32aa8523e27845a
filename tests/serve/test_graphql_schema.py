"""The schema of the GraphQL API beside that of the reference: every difference, with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
)

from incidentbase.serve.graphql import sdl
from incidentbase.serve.graphql.schema import executable

REFERENCE = json.loads((Path(__file__).parent / "aiid-schema.json").read_text("utf-8"))
MISSING_ROOTS = {
    "a placeholder that the reference itself denies to everybody": "ObjectId",
}
CHANGED = {
    "CandidateEmbedding.vector": "vectors are no whole numbers: the reference fails to give them",
    "CandidateEmbeddingObjectFilterType.vector": "as the field that it compares",
    "CandidateEmbeddingInsertType.vector": "as the field that it fills",
    "CandidateEmbeddingSetObjectType.vector": "as the field that it fills",
}


def _described(kind: GraphQLNamedType) -> dict[str, Any]:
    if isinstance(kind, GraphQLScalarType):
        return {"kind": "scalar"}
    if isinstance(kind, GraphQLEnumType):
        return {"kind": "enum", "values": list(kind.values)}
    if isinstance(kind, GraphQLInputObjectType):
        members = {name: {"type": str(one.type)} for name, one in kind.fields.items()}
        return {"kind": "input", "fields": members}
    assert isinstance(kind, GraphQLObjectType)
    fields: dict[str, Any] = {}
    for name, field in kind.fields.items():
        fields[name] = {"type": str(field.type)}
        if field.args:
            fields[name]["args"] = {one: str(arg.type) for one, arg in field.args.items()}
    return {"kind": "type", "fields": fields}


def _ours() -> dict[str, Any]:
    types = build_schema(sdl.written()).type_map
    builtin = {"String", "Int", "Float", "Boolean", "ID"}
    return {
        name: _described(kind)
        for name, kind in types.items()
        if not name.startswith("__") and name not in builtin
    }


def _differences() -> Iterator[str]:
    ours = _ours()
    for name in sorted({*ours, *REFERENCE}):
        if name not in ours or name not in REFERENCE:
            yield name
            continue
        own, theirs = dict(ours[name]), dict(REFERENCE[name])
        fields, wanted = own.pop("fields", {}), theirs.pop("fields", {})
        if own != theirs:
            yield name
        for field in sorted({*fields, *wanted}):
            if fields.get(field) != wanted.get(field):
                yield f"{name}.{field}"


def _expected() -> set[str]:
    return {f"Query.{one}" for one in MISSING_ROOTS.values()} | set(CHANGED)


def test_the_schema_differs_from_the_reference_only_where_a_reason_is_given() -> None:
    assert set(_differences()) == _expected()


def test_every_mutation_is_answered() -> None:
    mutation = executable().mutation_type
    assert mutation
    assert [name for name, field in mutation.fields.items() if field.resolve is None] == []


def test_orders_have_their_members_in_the_precedence_of_the_reference() -> None:
    ours = _ours()
    for name, kind in REFERENCE.items():
        if name.endswith("SortType") and kind["kind"] == "input":
            assert list(ours[name]["fields"]) == list(kind["fields"]), name

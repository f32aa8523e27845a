"""Asks the GraphQL API as programs do, and for everything that its schema knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.test import Client
from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from incidentbase.serve.graphql.schema import executable

DEPTH = 4
# What needs arguments, and arguments that do.
ARGUMENTS = {
    "translations": '(languages: ["ja", "en"])',
    "similarEntities": "(threshold: 30)",
    "risks": '(input: {tags: ["MIT:Risk Domain"]})',
}
ADMIN_ONLY = frozenset({"adminData"})


def ask(client: Client, query: str, *, status: int = 200, **variables: Any) -> dict[str, Any]:
    """Return the answer to a query, which must have this status."""
    body = {"query": query, "variables": variables}
    answer = client.post("/api/graphql", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def data(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of an answer without errors."""
    answer = ask(client, query, **variables)
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


def roots() -> dict[str, GraphQLField]:
    """Return the fields of the root of queries."""
    query = executable().query_type
    assert query
    return dict(query.fields)


def whole(name: str, *, leave_out: frozenset[str] = ADMIN_ONLY, arguments: str = "") -> str:
    """Return the query of a root field for all that is in it, some levels deep."""
    field = roots()[name]
    told = arguments or ARGUMENTS.get(name, "")
    return f"{{ {name}{told}{_selection(field, DEPTH, leave_out)} }}"


def _selection(field: GraphQLField, depth: int, leave_out: frozenset[str]) -> str:
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType):
        return ""
    return " { " + " ".join(["__typename", *_parts(kind, depth - 1, leave_out)]) + " }"


def _parts(kind: GraphQLObjectType, depth: int, leave_out: frozenset[str]) -> Iterator[str]:
    for name, field in kind.fields.items():
        is_object = isinstance(get_named_type(field.type), GraphQLObjectType)
        if name in leave_out or (is_object and not depth):
            continue
        needs = any(isinstance(one.type, GraphQLNonNull) for one in field.args.values())
        yield f"{name}{ARGUMENTS[name] if needs else ''}{_selection(field, depth, leave_out)}"

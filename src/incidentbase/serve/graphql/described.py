"""What the GraphQL API knows, for people: its roots, and the types behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from graphql import GraphQLField, GraphQLObjectType, get_named_type

from incidentbase.serve.graphql.schema import executable


@dataclass(frozen=True, slots=True)
class Told:
    """One field with its arguments and its type, and the name of the type behind it."""

    name: str
    arguments: str
    type: str
    leads_to: str


@cache
def described() -> dict[str, list[tuple[str, list[Told]]]]:
    """Return the fields of the roots, and of every type that they lead to, by name."""
    schema = executable()
    roots = [one for one in (schema.query_type, schema.mutation_type) if one]
    names = {one.name for one in roots}
    kinds = [
        kind
        for name, kind in sorted(schema.type_map.items())
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name not in names
    ]
    return {
        "roots": [(one.name, _fields(one)) for one in roots],
        "types": [(one.name, _fields(one)) for one in kinds],
    }


def _fields(kind: GraphQLObjectType) -> list[Told]:
    return [_told(name, field) for name, field in kind.fields.items()]


def _told(name: str, field: GraphQLField) -> Told:
    arguments = ", ".join(f"{one}: {argument.type}" for one, argument in field.args.items())
    behind = get_named_type(field.type)
    is_object = isinstance(behind, GraphQLObjectType)
    return Told(name, arguments, str(field.type), behind.name if is_object else "")

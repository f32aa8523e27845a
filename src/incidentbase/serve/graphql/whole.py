"""Puts records into the shape of a selection at once, instead of value by value.

The library completes each value of an answer by itself, with all that an answer could be in mind:
of a whole database that is a million steps. Here each type's selection is turned into a plan once,
and a record that stands in an answer a hundred times is put into shape once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSkipDirective,
)
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.values import get_argument_values, get_directive_values
from graphql.language.ast import SelectionSetNode

Record = dict[str, Any]
Shape = Callable[[Any], Any]

# What the database holds as it is sent.
_AS_IT_IS = frozenset({"String", "Int", "Float", "Boolean", "ObjectId", "Long"})


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a selection: its key, the value's name if it has one, and what shapes it.

    Without a name it is the whole record that is shaped.
    """

    key: str
    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Whole:
    """What is ready to be sent."""

    value: Any


class Executor(ExecutorThrowingOnIncremental):
    """Completes an answer, but for what is whole already."""

    def complete_value(self, *given: Any, **named: Any) -> Any:
        """Return a value as it is sent."""
        result = named["result"] if "result" in named else given[4]
        return result.value if type(result) is Whole else super().complete_value(*given, **named)


class _Missing(Exception):
    """A value that may not be missing is: the library says where, and what becomes of it."""


def put_together(result: Any, info: GraphQLResolveInfo) -> Any:
    """Return the records of a root field as they are sent, or as they are if a value is missing."""
    sets = [node.selection_set for node in info.field_nodes if node.selection_set]
    try:
        shape = _Planner(info).shape(info.return_type, sets)
        return Whole(shape(result))
    except _Missing:
        return result


class _Planner:
    def __init__(self, info: GraphQLResolveInfo) -> None:
        self._info = info

    def shape(self, kind: GraphQLOutputType, sets: list[SelectionSetNode]) -> Shape:
        """Return what puts values of a type into shape."""
        if isinstance(kind, GraphQLNonNull):
            return _never_missing(self.shape(kind.of_type, sets))
        if isinstance(kind, GraphQLList):
            inner = self.shape(kind.of_type, sets)
            if inner is _as_it_is:
                return _copied
            return lambda values: None if values is None else [inner(one) for one in values]
        if isinstance(kind, GraphQLObjectType):
            return _once(self._parts(kind, sets))
        if isinstance(kind, GraphQLScalarType) and kind.name not in _AS_IT_IS:
            coerce = kind.coerce_output_value
            return lambda value: None if value is None else coerce(value)
        return _as_it_is

    def _parts(self, kind: GraphQLObjectType, sets: list[SelectionSetNode]) -> list[Part]:
        grouped: dict[str, list[FieldNode]] = {}
        for node in self._nodes(sets):
            key = node.alias.value if node.alias else node.name.value
            grouped.setdefault(key, []).append(node)
        return [self._part(key, kind, nodes) for key, nodes in grouped.items()]

    def _nodes(self, sets: Iterable[SelectionSetNode]) -> Iterator[FieldNode]:
        for one in sets:
            for node in one.selections:
                if not self._is_wanted(node):
                    continue
                if isinstance(node, FieldNode):
                    yield node
                    continue
                spread = isinstance(node, FragmentSpreadNode)
                part: Any = self._info.fragments[node.name.value] if spread else node  # type: ignore[attr-defined]
                yield from self._nodes([part.selection_set])

    def _is_wanted(self, node: Any) -> bool:
        variables = self._info.variable_values
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _part(self, key: str, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Part:
        name = nodes[0].name.value
        if name == "__typename":
            return Part(key, "", lambda _record: kind.name)
        field: GraphQLField = kind.fields[name]
        sets = [node.selection_set for node in nodes if node.selection_set]
        shape = self.shape(field.type, sets)
        if field.resolve is None:
            return Part(key, name, shape)
        resolve, info = field.resolve, self._info
        arguments = get_argument_values(field, nodes[0], info.variable_values)
        return Part(key, "", lambda record: shape(resolve(record, info, **arguments)))


def _as_it_is(value: Any) -> Any:
    return value


def _copied(values: Any) -> Any:
    return None if values is None else list(values)


def _never_missing(shape: Shape) -> Shape:
    def shaped(value: Any) -> Any:
        found = shape(value)
        if found is None:
            raise _Missing
        return found

    return shaped


def _once(parts: list[Part]) -> Shape:
    """Return what puts a record into shape the first time that it is met."""
    names = [part.key for part in parts]
    if all(part.shape is _as_it_is and part.key == part.name for part in parts):
        # Nothing is to be done where a record holds what was selected, and nothing else.
        return lambda record: (
            record
            if record is None or list(record) == names
            else {name: record.get(name) for name in names}
        )
    # With the record itself, so that nothing else comes to stand where it stood.
    known: dict[int, tuple[Record, Record]] = {}

    def shaped(record: Record | None) -> Record | None:
        if record is None:
            return None
        found = known.get(id(record))
        if found is None:
            found = known[id(record)] = (record, _shaped(record, parts))
        return found[1]

    return shaped


def _shaped(record: Record, parts: list[Part]) -> Record:
    shaped = {}
    for part in parts:
        value = record.get(part.name) if part.name else record
        shaped[part.key] = value if part.shape is _as_it_is else part.shape(value)
    return shaped

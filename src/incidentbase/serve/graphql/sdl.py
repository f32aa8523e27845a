"""The schema in the language of schemas, made from the table; its rules are the reference's."""

from __future__ import annotations

from collections.abc import Iterable

from incidentbase.serve.graphql import inputs
from incidentbase.serve.graphql.table import (
    COMPARED,
    PARTS,
    RECORDS,
    ROOTS,
    SCALARS,
    Field,
)

_LISTS = ("IN", "ALL", "NIN")
_OPERATORS = ("EQ", "GT", "GTE", "IN", "ALL", "LT", "LTE", "NE", "NIN")
_WINDOW = "(filter: {0}FilterType, sort: {0}SortType, pagination: PaginationType)"
_FIXED = """
enum SortType { ASC DESC }
enum Opr { EQL GT GTE IN ALL LT LTE NE NIN }
enum OprExists { EXISTS NOT_EXISTS }
input PaginationType { limit: Int skip: Int }
input RisksInput { tags: [String] }
"""
_COMPUTED = (
    "risks(input: RisksInput): [Risks]",
    "similarEntities(threshold: Int!, offset: Int, limit: Int): SimilarEntitiesResult",
)


def written() -> str:
    """Return the whole schema."""
    return "\n".join(
        [
            *(f"scalar {name}" for name in SCALARS),
            _FIXED,
            *(_filters_of_scalar(name) for name in COMPARED),
            *(_type(name, fields) for name, fields in (RECORDS | PARTS).items()),
            *(_filter(name, fields) for name, fields in RECORDS.items()),
            *(_filter_of_part(name) for name in _parts_in(RECORDS, is_list=None)),
            *(_sort(name, fields) for name, fields in RECORDS.items()),
            *(_sort(name, PARTS[name]) for name in _parts_in(RECORDS, is_list=False)),
            _query(),
            inputs.written(),
        ]
    )


def _query() -> str:
    fields = [
        f"{field}{_WINDOW.format(name)}: {shape}"
        for name, (one, many) in ROOTS.items()
        for field, shape in ((one, name), (many, f"[{name}]"))
    ]
    return _braced("type Query", [*fields, *_COMPUTED])


def _braced(head: str, members: Iterable[str]) -> str:
    return head + " {\n" + "".join(f"  {member}\n" for member in members) + "}\n"


def _type(name: str, fields: dict[str, Field]) -> str:
    members = (f"{field.name}{field.arguments}: {field.type}" for field in fields.values())
    return _braced(f"type {name}", members)


def _filters_of_scalar(name: str) -> str:
    operators = [f"{op}: [{name}]" if op in _LISTS else f"{op}: {name}" for op in _OPERATORS]
    operators += ["REGEX: String", "OPTIONS: String"] if name == "String" else []
    older = ["opr: Opr", f"value: {name}", f"values: [{name}]", f"NEQ: {name}"]
    return _braced(f"input {name}Filter", [*operators, f"NOT: {name}NotFilter", *older]) + _braced(
        f"input {name}NotFilter", operators
    )


def _filter(name: str, fields: dict[str, Field]) -> str:
    joined = [f"{word}: [{name}FilterType]" for word in ("OR", "AND", "NOR")]
    return _braced(f"input {name}FilterType", [*_compared(fields), *joined])


def _filter_of_part(name: str) -> str:
    return _braced(f"input {name}ObjectFilterType", [*_compared(PARTS[name]), "opr: OprExists"])


def _compared(fields: dict[str, Field]) -> list[str]:
    return [
        f"{field.name}: {field.base}ObjectFilterType"
        if field.base in PARTS
        else f"{field.name}: {field.key or field.base}Filter"
        for field in fields.values()
        if not field.is_computed
    ]


def _sort(name: str, fields: dict[str, Field]) -> str:
    members = [
        f"{field.name}: {field.base if field.base in PARTS else ''}SortType"
        for field in fields.values()
        if not (field.is_computed or field.is_list or field.key)
    ]
    return _braced(f"input {name}SortType", members or ["_FICTIVE_SORT: SortType"])


def _parts_in(types: dict[str, dict[str, Field]], *, is_list: bool | None) -> list[str]:
    """Return the parts that filters, or with `is_list` False orders, of some types lead to."""
    found: dict[str, None] = {}
    for fields in types.values():
        for field in fields.values():
            if field.base not in PARTS or field.is_computed or (is_list is False and field.is_list):
                continue
            inside = {field.base: PARTS[field.base]}
            found |= {field.base: None} | dict.fromkeys(_parts_in(inside, is_list=is_list))
    return list(found)

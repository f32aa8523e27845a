"""Turns a cell of a classifications CSV back into the JSON text of an answer.

The export is lossy, so this is best effort by the definition of the field (spec §6.4): lists
whose values hold commas are told apart by the permitted values, and the sub-answers of
entities other than their names are gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from incidentbase.formats.aiid import values
from incidentbase.formats.aiid.records import FieldRecord

_SEPARATOR = ", "
_OTHER = "Other:"
_WHOLE_NUMBER = re.compile(r"-?\d{1,15}")


def answer(field: FieldRecord, cell: str) -> str | None:
    """Return the JSON text of an answer; None where the cell says nothing.

    Cells of blanks only are kept for texts, as they stand.
    """
    if not cell or (not cell.strip() and field.display_type not in _TEXTS):
        return None
    return values.json_text(_value(field, values.clean(cell)))


_TEXTS = {"string", "long_string", "enum", "location", "date"}


def _value(field: FieldRecord, cell: str) -> Any:
    word = cell.strip()
    if field.display_type == "bool" and word in {"True", "False"}:
        return word == "True"
    if field.display_type == "int" and _WHOLE_NUMBER.fullmatch(word):
        return int(word)
    if field.display_type == "multi":
        return split_permitted(cell, field.permitted_values)
    if field.display_type == "list":
        return cell.split(_SEPARATOR)
    if field.display_type == "object-list":
        return _snippets(field, cell) if "Snippets" in field.short_name else _named(field, cell)
    return cell


def split_permitted(cell: str, permitted: Sequence[str]) -> list[str]:
    """Split a joined list by its permitted values, the longest first, and `Other:` texts."""
    longest_first = sorted(permitted, key=len, reverse=True)
    found, rest = [], cell
    while rest.strip():
        value = _first_value(rest, longest_first)
        found.append(value)
        rest = rest[len(value) :].removeprefix(_SEPARATOR)
    return [value for value in found if value]


def _first_value(rest: str, longest_first: Iterable[str]) -> str:
    for value in longest_first:
        for written in (value, value.rstrip()):
            if rest == written or rest.startswith(written + _SEPARATOR):
                return written
    # A text of somebody's own: it ends where the next known value begins.
    ends = [
        match.start()
        for match in re.finditer(_SEPARATOR, rest)
        if not rest.startswith(_OTHER) or _begins_known(rest[match.end() :], longest_first)
    ]
    return rest[: ends[0]] if ends else rest


def _begins_known(rest: str, permitted: Iterable[str]) -> bool:
    known = (value.rstrip() for value in permitted)
    return rest.startswith(_OTHER) or any(
        rest == value or rest.startswith(value + _SEPARATOR) for value in known
    )


def _named(field: FieldRecord, cell: str) -> list[dict[str, Any]]:
    name = next((sub.short_name for sub in field.subfields), "Entity")
    return [{"attributes": [_attribute(name, _unescaped(part))]} for part in cell.split(_SEPARATOR)]


def _unescaped(part: str) -> str:
    # The export wrote the inside of a JSON string here, escapes included; it took a quotation
    # mark at the end for the end of the string.
    for written in (f'"{part}"', f'"{part}""'):
        try:
            found = json.loads(written)
        except ValueError:
            continue
        return values.clean(found) if isinstance(found, str) else part
    return part


def _attribute(name: str, value: object) -> dict[str, str]:
    return {"short_name": name, "value_json": values.json_text(value)}


def _snippets(field: FieldRecord, cell: str) -> list[Any]:
    """Read the blocks of `name: value` lines that the export makes of sub-classifications."""
    types = {sub.short_name: sub.display_type for sub in field.subfields}
    if not types:
        return [cell]
    alternatives = "|".join(map(re.escape, types))
    blocks = re.split(rf"\n{_SEPARATOR}(?=(?:{alternatives}): )", cell)
    return [
        {"attributes": [_attribute(*pair) for pair in _pairs(block, types)]}
        if re.match(rf"(?:{alternatives}): ", block)
        else block
        for block in blocks
    ]


def _pairs(block: str, types: dict[str, str]) -> list[tuple[str, object]]:
    alternatives = "|".join(map(re.escape, types))
    marks: dict[str, re.Match[str]] = {}
    for match in re.finditer(rf"(?:^|(?<=\n))({alternatives}): ", block):
        # A second mark of the same name is a line of the text itself.
        marks.setdefault(match[1], match)
    starts = [match.start() for match in marks.values()] + [len(block)]
    pairs: list[tuple[str, object]] = []
    for position, (name, match) in enumerate(marks.items()):
        value = block[match.end() : starts[position + 1]].removesuffix("\n")
        is_list = types[name] in {"list", "multi"}
        pairs.append(
            (name, [part for part in value.split(_SEPARATOR) if part.strip()] if is_list else value)
        )
    return pairs

"""Writing the flat CSV files of a snapshot, cell for cell as the reference writes them.

The files lose much: of nested answers only names or texts remain, lists are joined with commas
(spec aiid-interface §5.2). They are made for those who read them already.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIRST_COLUMNS = ("Namespace", "Incident ID", "Published")

# Of a group in this field only the entity's name remains; of one in a field of snippets, text.
_NAMED, _NAME = "Entities", "Entity"
_QUOTED = "Snippets"


@dataclass(frozen=True, slots=True)
class ClassificationRow:
    """What a line says of one classification; one of a report has no number of an incident."""

    incident: int | None
    is_published: bool
    attributes: Sequence[tuple[str, str]]


def classification_lines(
    namespace: str, fields: Sequence[str], rows: Iterable[ClassificationRow]
) -> Iterator[str]:
    """Yield the header and a line for each classification of a taxonomy.

    `fields` are the names of the fields in the order of the definition; of two with one name both
    get the same answer. Answers to other questions are left out, as the reference leaves them.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*FIRST_COLUMNS, *fields])
    yield _taken(buffer)
    for row in rows:
        cells = {name: cell(name, value_json) for name, value_json in row.attributes}
        incident = "" if row.incident is None else row.incident
        writer.writerow(
            [namespace, incident, row.is_published, *(cells.get(name, "") for name in fields)]
        )
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    line = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return line


def cell(name: str, value_json: str) -> str:
    """Return an answer as the reference writes it into a cell."""
    decoded = _decoded(value_json)
    if isinstance(decoded, list):
        return ", ".join(str(_member(name, one)).strip('"') for one in decoded)
    return "" if decoded is None else str(decoded)


def _member(name: str, member: Any) -> Any:
    if not isinstance(member, Mapping):
        return member
    if name == _NAMED:
        return _named(member)
    if _QUOTED in name:
        return "".join(f"{key}: {said}\n" for key, said in _told(member))
    return member


def _named(group: Mapping[str, Any]) -> str:
    """Return the name in a group as JSON text: so the reference has it, escapes included."""
    for key, said in _told(group):
        if key == _NAME:
            return json.dumps(said, ensure_ascii=False)
    return ""


def _told(group: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for one in group.get("attributes") or ():
        said = _decoded(str(one.get("value_json", "null")))
        if isinstance(said, list):
            said = ", ".join(map(str, said))
        yield str(one.get("short_name")), "" if said is None else said


def _decoded(value_json: str) -> Any:
    try:
        return json.loads(value_json)
    except ValueError:
        return value_json

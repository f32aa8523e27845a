"""Writing the flat CSV files of a snapshot, cell for cell as the reference writes them.

The files lose much: of nested answers only names or texts remain, lists are joined with commas
(spec aiid-interface §5.2). They are made for those who read them already.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from incidentbase.formats.aiid.documents import DEPLOYERS, DEVELOPERS, HARMED

INCIDENT_COLUMNS = (
    "_id",
    "incident_id",
    "date",
    "reports",
    DEPLOYERS,
    DEVELOPERS,
    HARMED,
    "description",
    "title",
)
DUPLICATE_COLUMNS = ("duplicate_incident_number", "true_incident_number")
QUICK_ADD_COLUMNS = ("incident_id", "url", "date_submitted", "source_domain")
SUBMISSION_COLUMNS = (
    "authors",
    "date_downloaded",
    "date_modified",
    "date_published",
    "date_submitted",
    "image_url",
    "incident_date",
    "incident_id",
    "language",
    "mongodb_id",
    "source_domain",
    "submitters",
    "text",
    "title",
    "url",
)
REPORT_COLUMNS = (
    "_id",
    "authors",
    "date_downloaded",
    "date_modified",
    "date_published",
    "date_submitted",
    "description",
    "epoch_date_downloaded",
    "epoch_date_modified",
    "epoch_date_published",
    "epoch_date_submitted",
    "image_url",
    "language",
    "ref_number",
    "report_number",
    "source_domain",
    "submitters",
    "text",
    "title",
    "url",
    "tags",
)
FIRST_COLUMNS = ("Namespace", "Incident ID", "Published")

# Of a group in this field only the entity's name remains; of one in a field of snippets, text.
_NAMED, _NAME = "Entities", "Entity"
_QUOTED = "Snippets"
_QUOTED_CELL = re.compile(r'[",\r\n]')
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class ClassificationRow:
    """What a line says of one classification; one of a report has no number of an incident."""

    incident: int | None
    is_published: bool
    attributes: Sequence[tuple[str, str]]


def classification_row(document: Mapping[str, Any]) -> ClassificationRow:
    """Return the line of a classification's document."""
    incidents = document["incidents"]
    return ClassificationRow(
        incident=incidents[0] if incidents else None,
        is_published=document["publish"],
        attributes=[(one["short_name"], one["value_json"]) for one in document["attributes"]],
    )


def classification_lines(
    namespace: str,
    fields: Sequence[str],
    rows: Iterable[ClassificationRow],
    *,
    line_end: str = "\n",
) -> Iterator[str]:
    """Yield the header and a line for each classification of a taxonomy.

    `fields` are the names of the fields in the order of the definition; of two with one name both
    get the same answer. Answers to other questions are left out, as the reference leaves them.
    The reference ends these lines with CR LF; copies of its files have often lost the CR.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow([*FIRST_COLUMNS, *fields])
    yield _taken(buffer)
    for row in rows:
        cells = {name: cell(name, value_json) for name, value_json in row.attributes}
        incident = "" if row.incident is None else row.incident
        writer.writerow(
            [namespace, incident, row.is_published, *(cells.get(name, "") for name in fields)]
        )
        yield _taken(buffer)


def exported_lines(columns: Sequence[str], documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a header and a line for each document as mongoexport writes them.

    Lists are JSON text, what a document lacks is an empty cell.
    """
    yield ",".join(columns) + "\n"
    for document in documents:
        yield ",".join(_exported(document.get(name)) for name in columns) + "\n"


def _exported(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, ObjectId):
        return f"ObjectId({value})"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    cell = str(value)
    if cell.startswith((" ", "\t")) or _QUOTED_CELL.search(cell):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return cell


def report_lines(documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a header and a line for each report: every cell quoted, backslashes doubled.

    Lists are joined with commas, which cannot be undone where a name holds one.
    """
    buffer = io.StringIO()
    header = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    header.writerow(REPORT_COLUMNS)
    yield _taken(buffer)
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, escapechar="\\", lineterminator="\n")
    for document in documents:
        writer.writerow([_joined(document.get(name)) for name in REPORT_COLUMNS])
        yield _taken(buffer)


def _joined(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dt.datetime):
        return _moment(value)
    return str(value)


def _moment(value: dt.datetime) -> str:
    if value < _EPOCH:
        # The reference's exporter wrote down how its library shows such a date.
        return str({"$numberLong": str((value - _EPOCH) // dt.timedelta(milliseconds=1))})
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(dt.UTC).isoformat(timespec=precision).replace("+00:00", "Z")


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

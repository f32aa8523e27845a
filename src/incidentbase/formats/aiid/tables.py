"""Turns rows of the snapshot's CSV files into documents of the shape that BSON has.

Which columns hold JSON is known by name, never found out from a cell: some articles begin
with a bracket. Rows without an `_id` get one made from what names them, numbered when rows
repeat, so that every import of the same file makes the same ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from incidentbase.formats.aiid import answers, documents, reading, values
from incidentbase.formats.aiid.reading import Numbered
from incidentbase.formats.aiid.records import BadRow, FieldRecord, TaxonomyRecord

# Arrays are JSON text in what mongoexport writes; only `reports.csv` joins them with commas.
_LISTS = {
    documents.DEPLOYERS,
    documents.DEVELOPERS,
    documents.HARMED,
    "authors",
    "deployers",
    "developers",
    "editor_dissimilar_incidents",
    "editor_similar_incidents",
    "editors",
    "flagged_dissimilar_incidents",
    "harmed_parties",
    "implicated_systems",
    "incident_editors",
    "incident_ids",
    "nlp_similar_incidents",
    "reports",
    "submitters",
    "tags",
}
_FIRST_COLUMNS = ["Namespace", "Incident ID", "Published"]
_PREFIX = "classifications_"


class _Repeats:
    """Counts keys, to tell the second row of the same key from the first."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def made_id(self, collection: str, *key: object) -> str | None:
        """Return an identifier for a row that repeats an earlier key, else None."""
        plain = values.made_id(collection, *key)
        self._seen[plain] += 1
        again = self._seen[plain] - 1
        return values.made_id(collection, *key, again) if again else None


def table_rows(
    collection: str, path: Path, name: str, taxonomies: Mapping[str, TaxonomyRecord]
) -> Iterator[Numbered]:
    """Yield the rows of a collection's CSV file as documents or `BadRow`s."""
    if collection == "classifications":
        return _classifications(path, name, taxonomies)
    if collection == "reports":
        return _reports(path, name)
    return _documents(path, name, _finisher(collection))


def _documents(
    path: Path,
    name: str,
    finish: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    is_joined: bool = False,
    is_escaped: bool = False,
) -> Iterator[Numbered]:
    header: list[str] = []
    for number, cells, position in reading.csv_rows(path, name, is_escaped=is_escaped):
        if number == 0:
            header = [column.strip() for column in cells]
            continue
        if len(cells) != len(header):
            yield number, _wrong_width(cells, header), position
            continue
        try:
            document = {
                column: _cell(column, cell, is_joined=is_joined)
                for column, cell in zip(header, cells, strict=True)
            }
            yield number, finish(document), position
        except values.Unreadable as reason:
            yield number, BadRow(str(reason)), position


def _wrong_width(cells: Sequence[str], header: Sequence[str]) -> BadRow:
    return BadRow(f"the row has {len(cells)} cells, the header {len(header)}")


def _cell(column: str, cell: str, *, is_joined: bool) -> Any:
    if not cell:
        return None
    if column not in _LISTS:
        return cell
    if is_joined:
        return cell.split(", ")
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise values.Unreadable(f"{column} is not a JSON list: {values.shown(cell)}")
    return values.extended(found)


def _finisher(collection: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    repeats = _Repeats()

    def finish(document: dict[str, Any]) -> dict[str, Any]:
        if collection == "submissions":
            document["_id"] = document.pop("mongodb_id", None) or document.get("_id")
            document.setdefault("incident_ids", document.pop("incident_id", None))
            _name_picture(document)
        if collection in {"submissions", "quickadd"} and not document.get("_id"):
            kind = "submission" if collection == "submissions" else "quickadd"
            key = (document.get("url"), document.get("date_submitted") or "")
            document["_id"] = repeats.made_id(kind, *key)
        return document

    return finish


def _reports(path: Path, name: str) -> Iterator[Numbered]:
    # The reference's own writer quotes every cell, the header too; mongoexport would not.
    if reading.first_bytes(path).startswith(b'"'):
        is_escaped = reading.doubles_backslashes(path, name)
        return _documents(path, name, _name_picture, is_joined=True, is_escaped=is_escaped)
    return _documents(path, name, _name_picture)


def _name_picture(document: dict[str, Any]) -> dict[str, Any]:
    """Fill in the picture's name and the source's domain, which the CSV may lack."""
    url = (document.get("image_url") or "").strip()
    if url and not document.get("cloudinary_id"):
        document["cloudinary_id"] = "reports/" + url.removeprefix("https://").removeprefix(
            "http://"
        )
    return document


def _classifications(
    path: Path, name: str, taxonomies: Mapping[str, TaxonomyRecord]
) -> Iterator[Numbered]:
    namespace_of_file = path.stem.removeprefix(_PREFIX)
    repeats = _Repeats()
    columns: list[str] = []
    for number, cells, position in reading.csv_rows(path, name):
        if number == 0:
            columns = cells
            if [column.strip() for column in cells[:3]] != _FIRST_COLUMNS:
                wanted = ", ".join(_FIRST_COLUMNS)
                raise reading.SnapshotBroken(name, 0, f"the first columns are not {wanted}")
            continue
        namespace = cells[0].strip() or namespace_of_file
        taxonomy = taxonomies.get(namespace)
        if taxonomy is None:
            reason = f"the taxonomy {values.shown(namespace)} is not defined anywhere"
            yield number, BadRow(reason), position
        elif len(cells) != len(columns):
            yield number, _wrong_width(cells, columns), position
        else:
            yield number, _classification(taxonomy, columns, cells, repeats), position


def _classification(
    taxonomy: TaxonomyRecord, columns: Sequence[str], cells: Sequence[str], repeats: _Repeats
) -> dict[str, Any] | BadRow:
    incident = cells[1].strip()
    if not incident:
        return BadRow("Incident ID is empty, and CSV does not say which report is classified")
    return {
        "_id": repeats.made_id("classification", taxonomy.namespace, incident),
        "namespace": taxonomy.namespace,
        "incidents": [incident],
        "reports": [],
        "attributes": _attributes(taxonomy.fields, columns[3:], cells[3:]),
        "notes": "",
        "publish": cells[2],
    }


def _attributes(
    fields: Sequence[FieldRecord], columns: Sequence[str], cells: Sequence[str]
) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for position, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        field = _field_at(fields, position, column)
        text = answers.answer(field, cell) if field else values.json_text(values.clean(cell))
        if text is None or not cell:
            continue
        attribute = {"short_name": field.short_name if field else column, "value_json": text}
        # Fields of one name have one answer, which the export repeats.
        if attribute not in found:
            found.append(attribute)
    return found


def _field_at(fields: Sequence[FieldRecord], position: int, column: str) -> FieldRecord | None:
    """Return the field of a column: by position, or by name where definitions have moved on."""
    if position < len(fields) and fields[position].short_name.strip() == column.strip():
        return fields[position]
    return next((field for field in fields if field.short_name.strip() == column.strip()), None)

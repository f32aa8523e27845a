"""Records as documents and back again, and the flat files as their reader reads them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import bson
import pytest
from bson import ObjectId

from incidentbase.formats import aiid
from incidentbase.formats.aiid import documents, flat, writing

ID = ObjectId("625763db343edc875fe639ff")
DAY = dt.datetime(1969, 5, 1, 2, 3, 4, 567_000, tzinfo=dt.UTC)
FIELD = {
    "short_name": "Harm",
    "field_number": "1.1",
    "display_type": "multi",
    "mongo_type": "array",
    "permitted_values": ["a, b", "c"],
    "weight": 5,
    "public": False,
    "render_as": "description_toggle",
    "complete_from": {"all": ["Harm"]},
    "item_fields": {"kind": "x"},
    "subfields": [{"short_name": "Inner", "notes": "n"}],
}
REPORT = {
    "report_number": 12,
    "title": "A “title”",
    "url": "https://www.news.example/a",
    "text": 'A *text* with "quotes", back\\slashes and\nlines.\n',
    "authors": ["Ann", "Bo"],
    "tags": ["response"],
    "date_published": DAY,
    "is_incident_report": True,
    "inputs_outputs": ["in", "out"],
    "embedding": {"vector": [0.25, -1.5], "from_text_hash": "abc"},
}
FULL: dict[str, dict[str, Any]] = {
    "taxa": {
        "namespace": "T",
        "weight": 70,
        "automatedClassifications": True,
        "dummy_fields": [{"field_number": "1", "short_name": "Goals"}],
        "field_list": [FIELD],
        "version": 3,
    },
    "entities": {"entity_id": "acme", "name": "Acme", "created_at": DAY, "kind": "organization"},
    "entity_aliases": {"entity_id": "acme", "name": "Acme Inc."},
    "entity_relationships": {"sub": "acme", "obj": "apex", "pred": "parent", "created_at": DAY},
    "entity_duplicates": {"duplicate_entity_id": "acme", "true_entity_id": "apex"},
    "reports": REPORT,
    "incidents": {
        "incident_id": 7,
        "title": "A title",
        "date": "2024-05-01",
        "reports": [12],
        documents.DEPLOYERS: ["acme"],
        "editors": [str(ID)],
        "nlp_similar_incidents": [{"incident_id": 8, "similarity": 0.5}, {"incident_id": 9}],
        "editor_similar_incidents": [10],
        "tsne": {"x": 0.5, "y": -0.5},
        "embedding": {"vector": [0.5], "from_reports": [12]},
    },
    "duplicates": {"duplicate_incident_number": 8, "true_incident_number": 7},
    "incident_links": {"incident_id": 7, "sameAs": "https://oecd.ai/1", "source_namespace": "O"},
    "classifications": {
        "namespace": "T",
        "incidents": [3],
        "attributes": [
            {"short_name": "Harm", "value_json": '["c"]'},
            {
                "short_name": "Harm",
                "value_json": "[]",
                "provenance": {"method": "model", "model": "m", "confidence": 0.5, "report": 12},
            },
        ],
        "notes": "n",
        "publish": True,
    },
    "translations/incidents": {"incident_id": 7, "language": "ja", "title": "題", "dirty": True},
    "translations/reports": {"report_number": 12, "language": "ja", "title": "題", "text": "文"},
    "quickadd": {"url": "https://news.example/a", "date_submitted": "2024-05-01"},
    "checklists": {"id": "b1d2", "tags_goals": ["T:Harm:c"], "risks": [{"id": "1", "tags": []}]},
}


@pytest.mark.parametrize("collection", list(FULL))
def test_what_is_written_reads_as_the_same_record(collection):
    record = documents.convert(collection, {"_id": ID, **FULL[collection]})
    assert not isinstance(record, aiid.BadRow)
    again = documents.convert(collection, bson.decode(writing.encoded(record), _codec()))
    assert again == record


def test_every_collection_is_written_but_those_that_only_editors_see():
    assert set(aiid.COLLECTIONS) - set(FULL) == {"submissions", "candidates"}


@pytest.mark.parametrize(
    "provenance",
    ["x", {"method": "guessed"}, {"method": "model", "confidence": 7, "by": ["a"]}, {"by": "me"}],
)
def test_provenance_from_outside_is_taken_only_in_the_shape_that_is_written(provenance):
    attribute = {"short_name": "Harm", "value_json": "1", "provenance": provenance}
    document = {"namespace": "T", "incidents": [1], "attributes": [attribute]}
    record = documents.convert("classifications", document)
    known = isinstance(provenance, dict) and provenance.get("method") == "model"
    assert record.provenance == ({0: {"method": "model"}} if known else {})


def test_the_reports_file_is_read_back_cell_by_cell():
    record = documents.convert("reports", {"_id": ID, **REPORT})
    lines = "".join(flat.report_lines([writing.document(record)]))
    assert "\r" not in lines
    header, row = csv.reader(io.StringIO(lines), escapechar="\\", strict=True)
    assert header == list(flat.REPORT_COLUMNS)
    cells = dict(zip(header, row, strict=True))
    assert cells["text"] == REPORT["text"]
    assert cells["authors"] == "Ann, Bo"
    assert cells["date_published"] == "{'$numberLong': '-21160615433'}"
    assert cells["ref_number"] == ""
    assert "back\\\\slashes" in lines


def test_exported_tables_quote_only_what_must_be_quoted():
    rows = [
        {"_id": ID, "title": 'He said "no"', "reports": [1, 2], "incident_id": 3},
        {"title": " blank first", "description": "two\nlines", "date": "x"},
    ]
    lines = list(
        flat.exported_lines(("_id", "incident_id", "title", "reports", "description"), rows)
    )
    assert lines[1] == f'ObjectId({ID}),3,"He said ""no""","[1,2]",\n'
    assert lines[2] == ',," blank first",,"two\nlines"\n'


def test_a_dump_has_the_same_description_each_time():
    assert writing.metadata("translations/reports") == writing.metadata("translations/reports")
    assert '"collectionName": "reports"' in writing.metadata("translations/reports")
    assert writing.metadata("reports") != writing.metadata("translations/reports")


def _codec():
    return bson.codec_options.CodecOptions(tz_aware=True)

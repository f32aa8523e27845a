from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections import Counter
from dataclasses import replace

import pytest

from incidentbase.formats import aiid
from incidentbase.formats.aiid import flat as flat_files

pytestmark = pytest.mark.snapshot

COUNTS = {
    "taxa": 7,
    "entities": 4477,
    "entity_relationships": 1,
    "entity_duplicates": 0,
    "reports": 5582,
    "incidents": 1367,
    "duplicates": 13,
    "incident_links": 681,
    "classifications": 2367,
    "translations/incidents": 3,
    "translations/reports": 1,
    "submissions": 45,
    "quickadd": 45,
    "candidates": 0,
    "checklists": 0,
}
# Links that only the BSON part of this archive has (its README says so).
MORE_REPORTS_IN_BSON = {1, 23, 55, 541}


def records(snapshot: aiid.Snapshot, collection: str) -> list:
    found = [row.record for row in snapshot.rows(collection)]
    assert [record for record in found if isinstance(record, aiid.BadRow)] == []
    return found


@pytest.fixture(scope="module")
def tables(csv_folder, snapshot) -> aiid.Snapshot:
    return aiid.open_snapshot(csv_folder, taxonomies=tuple(records(snapshot, "taxa")))


def test_every_collection_is_there_in_import_order(snapshot):
    assert {part.name: len(records(snapshot, part.name)) for part in snapshot.collections} == COUNTS
    # Other names of entities are ours alone.
    known = [name for name in aiid.COLLECTIONS if name != "entity_aliases"]
    assert [part.name for part in snapshot.collections] == list(COUNTS) == known


@pytest.mark.parametrize("collection", list(COUNTS))
def test_rows_are_numbered_and_end_at_the_size(snapshot, collection):
    [part] = [part for part in snapshot.collections if part.name == collection]
    rows = list(snapshot.rows(collection))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    positions = [row.position for row in rows]
    assert positions == sorted(positions)
    assert (positions or [0])[-1] == part.size
    assert {row.file for row in rows} <= {part.file}


def test_object_ids_are_unique(snapshot):
    for part in snapshot.collections:
        ids = [record.object_id for record in records(snapshot, part.name)]
        assert len(set(ids)) == len(ids)


def test_incidents_hold_what_the_archive_is_known_for(snapshot):
    incidents = {record.incident_id: record for record in records(snapshot, "incidents")}
    assert min(record.date for record in incidents.values()) == dt.date(1983, 9, 26)
    assert max(record.date for record in incidents.values()) == dt.date(2026, 2, 17)
    assert incidents[88].reports == ()
    links = [number for record in incidents.values() for number in record.reports]
    assert len(links) == 5615 + 20
    everyone = {
        name
        for record in incidents.values()
        for name in (*record.deployers, *record.developers, *record.harmed)
    }
    assert len(everyone) == 4477
    assert everyone == {record.entity_id for record in records(snapshot, "entities")}
    assert incidents[1].created_at == dt.datetime(2015, 5, 19, tzinfo=dt.UTC)


def test_reports_hold_what_the_archive_is_known_for(snapshot):
    reports = {record.report_number: record for record in records(snapshot, "reports")}
    assert reports[2].date_published == dt.datetime(2015, 5, 26, tzinfo=dt.UTC)
    assert reports[2].flag is False
    assert reports[2].quiet is False
    variants = [record for record in reports.values() if not record.title]
    assert len(variants) == 20
    assert all(record.inputs_outputs for record in variants)
    assert {len(record.language) for record in reports.values()} == {2}


def test_taxonomies_keep_fields_of_one_name(snapshot):
    taxonomies = {record.namespace: record for record in records(snapshot, "taxa")}
    names = [field.short_name for field in taxonomies["CSETv1"].fields]
    assert len(names) == 62
    assert names.count("AI System") == 2
    assert len(taxonomies["CSETv1"].headings) == 10
    assert taxonomies["MIT"].automated is True
    [entities] = [field for field in taxonomies["CSETv1"].fields if field.short_name == "Entities"]
    assert entities.subfields[0].short_name == "Entity"
    values = [value for field in taxonomies["CSETv1"].fields for value in field.permitted_values]
    assert "nuclear  " in values


def test_csv_gives_the_collections_it_has(tables):
    counted = {part.name: len(records(tables, part.name)) for part in tables.collections}
    kept = ["entities", "reports", "incidents", "duplicates", "classifications", "submissions"]
    assert counted == {name: COUNTS[name] for name in [*kept, "quickadd"]}


def test_csv_gives_the_same_incidents(snapshot, tables):
    for whole, flat in zip(
        sorted(records(snapshot, "incidents"), key=lambda record: record.incident_id),
        sorted(records(tables, "incidents"), key=lambda record: record.incident_id),
        strict=True,
    ):
        lost = replace(whole, created_at=None, modified_at=None)
        if whole.incident_id in MORE_REPORTS_IN_BSON:
            assert set(flat.reports) < set(whole.reports)
            lost = replace(lost, reports=flat.reports)
        assert flat == lost


def test_csv_gives_the_same_reports(snapshot, tables):
    # `inputs_outputs` of variants are in no CSV, plain texts and names of pictures are made anew.
    flat = {record.report_number: record for record in records(tables, "reports")}
    for whole in records(snapshot, "reports"):
        other = flat.pop(whole.report_number)
        same = replace(
            whole,
            inputs_outputs=(),
            is_incident_report=None,
            plain_text=other.plain_text,
            submitters=other.submitters,
            cloudinary_id=whole.cloudinary_id if whole.image_url else "",
        )
        assert other == same
        assert ", ".join(other.submitters) == ", ".join(whole.submitters)
    assert flat == {}


def test_csv_gives_the_same_submissions_quick_adds_and_duplicates(snapshot, tables):
    for whole, flat in zip(
        records(snapshot, "submissions"), records(tables, "submissions"), strict=True
    ):
        kept = {"object_id": flat.object_id, "plain_text": flat.plain_text}
        kept["cloudinary_id"] = whole.cloudinary_id if whole.image_url else ""
        assert flat == replace(whole, **kept)
    for name in ("quickadd", "duplicates"):
        for whole, flat in zip(records(snapshot, name), records(tables, name), strict=True):
            assert flat == replace(whole, object_id=flat.object_id)
    for name in ("submissions", "quickadd", "duplicates", "classifications"):
        ids = [record.object_id for record in records(tables, name)]
        assert len(set(ids)) == len(ids)
        assert ids == [record.object_id for record in records(tables, name)]


def fields_of(snapshot, *display_types: str) -> set[tuple[str, str]]:
    return {
        (taxonomy.namespace, field.short_name)
        for taxonomy in records(snapshot, "taxa")
        for field in taxonomy.fields
        if field.display_type in display_types
    }


def compared(record: aiid.ClassificationRecord, left_out: set[tuple[str, str]]) -> dict:
    """Return the answers by field: nothing is left out, nested names are decoded."""
    found = {}
    for name, text in record.attributes:
        value = json.loads(text)
        if (record.namespace, name) in left_out or value in ("", []):
            continue
        if name == "Entities":  # CSV keeps names only
            answers = [{a["short_name"]: a["value_json"] for a in e["attributes"]} for e in value]
            # This archive's BSON was made from CSV, where quotes are escaped, and lost at the end.
            value = [json.loads(answer["Entity"]).replace('\\"', '"') for answer in answers]
        if isinstance(value, list):  # free lists are joined, and may hold commas themselves
            value = ", ".join(part.strip('"\\') for part in value).removesuffix(", ")
        found[name] = value
    return found


def test_csv_gives_the_same_answers(snapshot, tables):
    # In this archive's BSON, snippets are missing and lists of permitted values are reordered;
    # the tests below compare those with the CSV itself.
    snippets = {pair for pair in fields_of(snapshot, "object-list") if "Snippets" in pair[1]}
    left_out = fields_of(snapshot, "multi") | snippets
    flat = {(r.namespace, r.incidents): r for r in records(tables, "classifications")}
    for whole in records(snapshot, "classifications"):
        other = flat.pop((whole.namespace, whole.incidents))
        assert other.publish == whole.publish
        assert compared(other, left_out) == compared(whole, left_out)
    assert flat == {}


def cells_of(folder, multis: set[tuple[str, str]]) -> dict:
    found = {}
    for path in folder.glob("classifications_*.csv"):
        with path.open(newline="", encoding="utf-8") as lines:
            header, *rows = csv.reader(lines)
            for row in rows:
                for name, cell in zip(header, row, strict=True):
                    if (row[0], name) in multis and cell.strip():
                        found[row[0], int(row[1]), name] = cell
    return found


def test_csv_lists_of_permitted_values_come_out_whole(snapshot, tables, csv_folder):
    cells = cells_of(csv_folder, fields_of(snapshot, "multi"))
    permitted = {
        (taxonomy.namespace, field.short_name): {value.strip() for value in field.permitted_values}
        for taxonomy in records(snapshot, "taxa")
        for field in taxonomy.fields
    }
    strangers = Counter()
    for record in records(tables, "classifications"):
        for name, text in record.attributes:
            cell = cells.pop((record.namespace, record.incidents[0], name), None)
            if cell is None:
                continue
            values = json.loads(text)
            assert ", ".join(values) == cell
            known = permitted[record.namespace, name]
            strangers.update(
                (record.namespace, value)
                for value in values
                if value.strip() not in known and not value.startswith("Other:")
            )
    assert cells == {}
    assert strangers == {}


def test_csv_snippets_come_out_as_blocks(tables):
    rows = [r for r in records(tables, "classifications") if r.namespace == "GMF"]
    fields = Counter()
    for record in rows:
        for name, text in record.attributes:
            if "Snippets" in name:
                fields[name] += 1
                for block in json.loads(text):
                    names = [part["short_name"] for part in block["attributes"]]
                    assert "Snippet Text" in names
    assert len(rows) == 326
    assert len(fields) == 6
    assert fields["Known AI Goal Snippets"] == 319


def test_csv_classifications_find_the_snapshots_own_taxonomies(csv_folder, snapshot, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(csv_folder, folder)
    (folder / "aiidprod").mkdir()
    shutil.copy(snapshot.folder / "aiidprod" / "taxa.bson", folder / "aiidprod")
    assert len(records(aiid.open_snapshot(folder), "classifications")) == 2367


def test_csv_classifications_without_taxonomies_say_so(csv_folder):
    rows = list(aiid.open_snapshot(csv_folder).rows("classifications"))
    assert len(rows) == 2367
    assert {type(row.record) for row in rows} == {aiid.BadRow}
    assert "is not defined anywhere" in rows[0].record.reason


def test_a_truncated_dump_is_told_apart_from_its_end(snapshot, tmp_path):
    (tmp_path / "aiidprod").mkdir()
    content = (snapshot.folder / "aiidprod" / "incidents.bson").read_bytes()
    (tmp_path / "aiidprod" / "incidents.bson").write_bytes(content[:500_000])
    with pytest.raises(aiid.SnapshotBroken, match=r"aiidprod/incidents\.bson, row \d+: .* middle"):
        list(aiid.open_snapshot(tmp_path).rows("incidents"))


def test_the_classifications_of_csv_files_are_written_back_byte_for_byte(
    csv_folder, tables, snapshot
):
    written = 0
    rows = records(tables, "classifications")
    for taxonomy in records(snapshot, "taxa"):
        lines = flat_files.classification_lines(
            taxonomy.namespace,
            [field.short_name for field in taxonomy.fields],
            [
                flat_files.ClassificationRow(row.incidents[0], row.publish, row.attributes)
                for row in rows
                if row.namespace == taxonomy.namespace
            ],
        )
        file = csv_folder / f"classifications_{taxonomy.namespace}.csv"
        assert "".join(lines).encode() == file.read_bytes(), taxonomy.namespace
        written += 1
    assert (written, len(rows)) == (7, 2367)

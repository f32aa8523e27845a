"""Tables that leave, read back by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from pyarrow import parquet

from incidentbase.formats.datasets import excel
from incidentbase.serve.exports import files, tables
from tests.guards import test_access as hidden
from tests.make import records
from tests.serve.test_exports import make_records, make_what_belongs_to_people

pytestmark = pytest.mark.django_db

TABLES = [kind for kind in files.KINDS if kind != "aiid"]
FORMULA = '=HYPERLINK("https://evil.example")'


def export(kind: str, folder: Path) -> Path:
    path = folder / f"out{files.KINDS[kind].ending}"
    files.KINDS[kind].write(path, records.AT, lambda *_: None)
    assert list(folder.iterdir()) == [path]
    return path


def opened(kind: str, folder: Path) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(export(kind, folder))
    assert archive.testzip() is None
    return archive


@pytest.fixture
def story() -> dict[str, Any]:
    """Make one incident with one report, and return how a row of it reads."""
    records.entity("acme", "Acme")
    records.report(5, title="Ünïcode — 題", text="The words of the article.", authors=["A", "B, C"])
    records.incident(1, title=FORMULA, description='Two\nlines, "quoted"', reports=[5])
    records.incident(2, deployers=["acme"], map_x=0.25, map_y=-0.5)
    return {
        "incident_id": 1,
        "title": FORMULA,
        "description": 'Two\nlines, "quoted"',
        "date": "2024-01-02",
        "reports": [5],
    }


@pytest.mark.parametrize("kind", TABLES)
def test_hidden_records_leave_no_trace_and_equal_data_gives_equal_bytes(
    kind: str, tmp_path: Path
) -> None:
    make_records()
    before = export(kind, tmp_path).read_bytes()
    hidden.make_hidden_records()
    make_what_belongs_to_people()
    assert export(kind, tmp_path).read_bytes() == before


def test_csv_tables_are_read_by_any_reader(tmp_path: Path, story: dict[str, Any]) -> None:
    with opened("csv", tmp_path) as archive:
        names = archive.namelist()
        assert names[0] == "LICENSE.txt"
        assert b"CC BY-SA 4.0" in archive.read("LICENSE.txt")
        assert "report_texts.csv" not in names
        text = archive.read("incidents.csv").decode()
        first, second = csv.DictReader(io.StringIO(text, newline=""))
        described = archive.read("data-dictionary.csv").decode()
    assert first["title"] == "'" + FORMULA  # a spreadsheet must not follow it
    assert first["description"] == story["description"]
    assert json.loads(first["reports"]) == [5]
    assert (second["map_x"], second["map_y"]) == ("0.25", "-0.5")
    assert {line.split(",")[0] for line in described.splitlines()[1:]} == {
        table.name for table in tables.OPEN_TABLES
    }


def test_lines_of_json_keep_every_type(tmp_path: Path, story: dict[str, Any]) -> None:
    with opened("jsonl", tmp_path) as archive:
        lines = archive.read("incidents.jsonl").decode().splitlines()
        reports = archive.read("reports.jsonl").decode()
    assert json.loads(lines[0]).items() >= story.items()
    assert json.loads(lines[1])["deployers"] == ["acme"]
    assert json.loads(reports)["authors"] == ["A", "B, C"]
    assert "words of the article" not in reports


def test_texts_of_reports_go_apart_with_terms_of_their_own(
    tmp_path: Path, story: dict[str, Any]
) -> None:
    with opened("texts", tmp_path) as archive:
        text = json.loads(archive.read("report_texts.jsonl"))
        terms = archive.read("LICENSE.txt").decode()
    assert text["text"] == "The words of the article."
    assert "publishers" in terms
    assert "CC BY" not in terms


def test_the_workbook_has_a_dictionary_and_executes_nothing(
    tmp_path: Path, story: dict[str, Any]
) -> None:
    book = openpyxl.load_workbook(export("xlsx", tmp_path), read_only=True)
    assert book.sheetnames == ["Data dictionary", *(one.name for one in tables.OPEN_TABLES)]
    header, first, second = book["incidents"].iter_rows(values_only=True)
    read = dict(zip(header, first, strict=True))
    assert read["title"] == FORMULA
    assert read["incident_id"] == 1
    cell = next(book["incidents"].iter_rows(min_row=2))[1]
    assert cell.data_type == "s"
    assert dict(zip(header, second, strict=True))["map_y"] == -0.5
    described = list(book["Data dictionary"].iter_rows(values_only=True))
    assert ("incidents", "date", "day", "When it happened, or began") in described
    book.close()


def test_a_cell_that_excel_cannot_hold_says_that_it_was_cut(tmp_path: Path) -> None:
    records.incident(1, description="x" * 40_000)
    book = openpyxl.load_workbook(export("xlsx", tmp_path), read_only=True)
    description = next(book["incidents"].iter_rows(min_row=2, values_only=True))[2]
    assert len(description) == excel.LONGEST_CELL
    assert "cut" in description[-50:]
    book.close()


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        records.incident(number)
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    book = openpyxl.load_workbook(export("xlsx", tmp_path), read_only=True)
    found = [
        row[0]
        for name in ("incidents", "incidents (2)", "incidents (3)")
        for row in book[name].iter_rows(min_row=2, values_only=True)
    ]
    assert found == [1, 2, 3, 4, 5]
    book.close()


def test_parquet_has_types_and_descriptions(tmp_path: Path, story: dict[str, Any]) -> None:
    with opened("parquet", tmp_path) as archive:
        table = parquet.read_table(io.BytesIO(archive.read("incidents.parquet")))
    rows = table.to_pylist()
    assert rows[0]["date"].isoformat() == "2024-01-02"
    assert rows[0]["created_at"].isoformat() == "2024-01-03T00:00:00+00:00"
    assert rows[0]["reports"] == [5]
    assert rows[1]["map_x"] == 0.25
    assert b"Events" in table.schema.metadata[b"description"]


def test_without_its_library_parquet_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CommandError, match=r"pip install 'incidentbase\[parquet\]'"):
        call_command("export", "parquet", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def asked(tmp_path: Path, story: dict[str, Any]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(export("sqlite", tmp_path))) as database:
        yield database


def test_the_database_has_keys_indexes_and_full_text(asked: sqlite3.Connection) -> None:
    assert asked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    joined = asked.execute(
        "SELECT r.title FROM incidents JOIN incident_reports USING (incident_id) "
        "JOIN reports AS r USING (report_number) WHERE incident_id = 1"
    )
    assert joined.fetchall() == [("Ünïcode — 題",)]
    found = asked.execute("SELECT kind, number FROM search WHERE search MATCH 'unicode article'")
    assert found.fetchall() == [("report", 5)]
    indexes = asked.execute("SELECT name FROM pragma_index_list('reports')").fetchall()
    assert ("reports_by_source_domain",) in indexes
    licence = asked.execute('SELECT licence FROM licences WHERE "table" = ?', ["report_texts"])
    assert "publishers" in licence.fetchone()[0]
    assert asked.execute("SELECT count(*) FROM data_dictionary").fetchone()[0] > 100


@pytest.mark.parametrize("source", tables.SOURCES, ids=lambda source: source.table.name)
def test_every_row_has_all_columns_of_its_table(source: tables.Source) -> None:
    make_records()
    rows = list(tables.rows(source.table, at=records.AT))
    assert {len(row) for row in rows} <= {len(source.table.columns)}
    keys = [column.name for column in source.table.columns]
    assert set(source.table.key) | set(source.table.indexed) <= set(keys)
    named = [tuple(row[keys.index(name)] for name in source.table.key) for row in rows]
    assert not source.table.key or len(set(named)) == len(named)

"""The real archive in: complete, repeatable, and never half a write."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from incidentbase.formats import aiid
from incidentbase.ingest import snapshots
from incidentbase.store import models
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as verification
from tests.make import records

# What shared/data holds (its README and the issue name the numbers).
EXPECTED = {
    "taxa": 7,
    "entities": 4477,
    "entity_relationships": 1,
    "reports": 5582,
    "incidents": 1367,
    "duplicates": 13,
    "incident_links": 681,
    "classifications": 2367,
    "translations/incidents": 3,
    "translations/reports": 1,
    "submissions": 45,
    "quickadd": 45,
}


@dataclass(frozen=True)
class Instance:
    """An instance of its own, run through the command line."""

    home: Path
    database: str

    def command(self, *words: str | Path) -> list[str]:
        command = [sys.executable, "-m", "incidentbase", "--home", str(self.home)]
        return [*command, *map(str, words)]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "INCIDENTBASE_DATABASE_URL": self.database}

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An empty instance; on PostgreSQL with a database of its own."""
    address = os.environ.get("INCIDENTBASE_DATABASE_URL", "")
    if not address:
        yield Instance(tmp_path / "home", "")
        return
    name = f"cli_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield Instance(tmp_path / "home", f"{address.rsplit('/', 1)[0]}/{name}")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.snapshot
@pytest.mark.slow
def test_the_archive_comes_in_whole_and_a_second_run_changes_nothing(
    snapshot_path: Path, tmp_path: Path, instance: Instance
) -> None:
    first = instance.run("import", "aiid", snapshot_path, "--json", tmp_path / "1.json")
    assert first.returncode == 0, first.stderr
    report = json.loads((tmp_path / "1.json").read_text(encoding="utf-8"))
    added = {part["name"]: part["added"] for part in report["collections"] if part["rows"]}
    assert added == EXPECTED
    assert not any(part["skipped"] for part in report["collections"])

    second = instance.run("import", "aiid", snapshot_path, "--json", tmp_path / "2.json")
    assert second.stdout.splitlines()[-1] == "Nothing changed."
    report = json.loads((tmp_path / "2.json").read_text(encoding="utf-8"))
    assert report["changes"] == 0
    unchanged = {part["name"]: part["unchanged"] for part in report["collections"] if part["rows"]}
    assert unchanged == EXPECTED

    assert "all sound" in instance.run("verify").stdout
    assert "6,9" in instance.run("index", "check").stdout


@pytest.mark.django_db
def test_a_dry_run_decides_the_same_and_keeps_nothing(demo_like: Path) -> None:
    report = snapshots.import_folder(demo_like, source="test", actor=records.actor(), dry_run=True)
    assert report.changes > 0
    assert history.head_seq() == 0
    assert not models.Incident.objects.exists()


@pytest.fixture
def demo_like(tmp_path: Path) -> Path:
    """A small snapshot as JSON lines: 60 incidents with 5 reports each."""
    folder = tmp_path / "snapshot"
    write_snapshot(folder, incidents=60)
    return folder


def write_snapshot(folder: Path, *, incidents: int) -> None:
    folder.mkdir()
    day = "2024-01-02T00:00:00Z"
    reports = [
        {
            "_id": records.object_id("r", number),
            "report_number": number,
            "title": f"Headline {number}",
            "url": f"https://news.example/{number}",
            "source_domain": "news.example",
            "text": f"The text of report {number}. " * 40,
            "plain_text": f"The text of report {number}. " * 40,
            "authors": ["Ann"],
            "submitters": ["Bob"],
            "tags": [],
            "language": "en",
            "image_url": "",
            "cloudinary_id": "reports/",
            "date_published": day,
            "date_downloaded": day,
            "date_submitted": day,
            "date_modified": day,
        }
        for number in range(1, incidents * 5 + 1)
    ]
    events = [
        {
            "_id": records.object_id("i", number),
            "incident_id": number,
            "title": f"Title {number}",
            "description": "What happened.",
            "date": "2024-01-02",
            "reports": list(range(number * 5 - 4, number * 5 + 1)),
            "editor_notes": "",
            "Alleged deployer of AI system": ["acme"],
            "Alleged developer of AI system": ["acme"],
            "Alleged harmed or nearly harmed parties": ["somebody"],
        }
        for number in range(1, incidents + 1)
    ]
    entities = [
        {"_id": records.object_id("e", name), "entity_id": name, "name": name.title()}
        for name in ("acme", "somebody")
    ]
    for name, rows in (("reports", reports), ("incidents", events), ("entities", entities)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def import_folder(folder: Path) -> snapshots.ImportReport:
    return snapshots.import_folder(folder, source="test", actor=records.actor())


@pytest.mark.django_db
def test_bad_rows_are_named_with_file_and_row_and_left_out(demo_like: Path) -> None:
    path = demo_like / "incidents.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    broken = json.loads(lines[2])
    broken["date"] = "the other day"
    repeated = lines[0]
    lines[2] = json.dumps(broken)
    path.write_text("\n".join([*lines, repeated]) + "\n", encoding="utf-8")

    report = import_folder(demo_like)

    part = next(part for part in report.collections if part.name == "incidents")
    assert [(Path(row.file).name, row.row) for row in part.skipped] == [
        ("incidents.jsonl", 3),
        ("incidents.jsonl", 61),
    ]
    assert "date" in part.skipped[0].reason
    assert part.added == 59
    assert not list(verification.findings())
    assert import_folder(demo_like).changes == 0


@pytest.mark.django_db
def test_an_incident_keeps_its_unknown_entities_and_notes_its_missing_reports(
    demo_like: Path,
) -> None:
    path = demo_like / "incidents.jsonl"
    event = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    event["reports"] = [1, 99_999]
    event["Alleged deployer of AI system"] = ["unknown-company"]
    path.write_text(json.dumps(event) + "\n", encoding="utf-8")

    report = import_folder(demo_like)

    part = next(part for part in report.collections if part.name == "incidents")
    assert part.notes == [
        "incident 1: no report 99999",
        "entity unknown-company was made from its id",
    ]
    assert models.Entity.objects.get(entity_id="unknown-company").name == "Unknown Company"
    assert models.IncidentReport.objects.count() == 1
    assert import_folder(demo_like).changes == 0


@pytest.mark.django_db
def test_a_snapshot_that_breaks_off_leaves_the_database_as_it_was(demo_like: Path) -> None:
    (demo_like / "translations").mkdir()
    (demo_like / "translations" / "reports.bson").write_bytes(b"\xe8\x03\x00\x00 cut off")
    with pytest.raises(aiid.SnapshotBroken):
        import_folder(demo_like)
    assert history.head_seq() == 0
    assert not models.Report.objects.exists()


@pytest.mark.django_db
def test_a_folder_that_is_no_snapshot_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(aiid.NotASnapshot) as refusal:
        import_folder(tmp_path)
    assert "\n" not in str(refusal.value)


def test_processes_that_start_together_make_the_tables_once(instance: Instance) -> None:
    starting = [
        subprocess.Popen(
            instance.command("migrate"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=instance.environment,
        )
        for _ in range(3)
    ]
    for process in starting:
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert "sound" in instance.run("verify").stdout


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_database_that_verifies_and_completes(
    tmp_path: Path, instance: Instance
) -> None:
    folder = tmp_path / "snapshot"
    write_snapshot(folder, incidents=600)
    dice = random.Random(20261123)
    killed = 0
    for _ in range(10):
        process = subprocess.Popen(
            instance.command("import", "aiid", folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=instance.environment,
        )
        time.sleep(dice.uniform(0.3, 3.0))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        verified = instance.run("verify")
        assert "sound" in verified.stdout or "migrat" in verified.stderr, verified.stderr
    assert killed >= 5

    last = instance.run("import", "aiid", folder)
    assert last.returncode == 0, last.stderr
    assert "sound" in instance.run("verify").stdout
    assert "3,600 documents agree" in instance.run("index", "check").stdout
    assert instance.run("import", "aiid", folder).stdout.splitlines()[-1] == "Nothing changed."

"""Files that leave: nothing hidden in them, nothing lost on the way back, equal bytes each time."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidentbase.formats import aiid as formats
from incidentbase.ingest import snapshots
from incidentbase.kit import archives, packing
from incidentbase.serve.exports import aiid
from incidentbase.store.models import Incident
from incidentbase.store.records import published
from incidentbase.store.records.kinds import KINDS
from tests.guards import test_access as hidden
from tests.make import people, records

pytestmark = pytest.mark.django_db


def export(folder: Path, name: str = "a.tar.bz2") -> Path:
    aiid.write(folder / name, at=records.AT, progress=lambda *_: None)
    return folder / name


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all that is published."""
    return {kind: list(published.states(kind, at=records.AT)) for kind in published.FIELDS}


def forget() -> None:
    """Empty the store of all records."""
    for kind in reversed(KINDS.values()):
        for part in kind.parts:
            part._default_manager.all().delete()
        kind.mirror.model._default_manager.all().delete()


def bring_back(path: Path) -> snapshots.ImportReport:
    with archives.unpacked(path) as folder:
        return snapshots.import_folder(folder, source="test", actor=records.actor())


def make_records() -> None:
    hidden.make_public_records()
    records.bring_in(
        "entity_alias",
        {"object_id": records.object_id("alias"), "name": "Acme Inc.", "entity_id": "acme"},
    )
    records.bring_in("quick_add", quick_add())
    records.duplicate(98, of=3)
    records.bring_in(
        "external_link",
        {
            "object_id": records.object_id("link"),
            "incident_id": 1,
            "url": "https://elsewhere.example/1",
            "namespace": "OECD",
        },
    )
    records.relationship("acme", "parent", "public")
    records.incident_translation(1, "ja", "題", "文")
    records.report_translation(11, "ja", "題", "本文")
    records.classification(
        "CSETv1",
        2,
        ["AI Harm Level", '"x"', {"method": "manual", "by": "a" * 24, "report": 11}],
    )


def quick_add() -> dict[str, Any]:
    return {
        "object_id": records.object_id("quick"),
        "url": "https://news.example/quick",
        "date_submitted": "2026-01-02",
        "source_domain": "news.example",
        "incident_number": 0,
    }


def test_hidden_records_leave_no_trace_in_a_snapshot(tmp_path: Path) -> None:
    make_records()
    before = export(tmp_path).read_bytes()
    hidden.make_hidden_records()
    make_what_belongs_to_people()
    assert export(tmp_path).read_bytes() == before


def make_what_belongs_to_people() -> None:
    people.account("hushed@example.org", "incident_editor")
    records.bring_in("submission", submission())
    records.bring_in("candidate", candidate())


def submission() -> dict[str, Any]:
    texts = (
        "title url source_domain text plain_text language image_url cloudinary_id date_published "
        "date_downloaded date_submitted date_modified description editor_notes incident_title "
        "incident_date status submitted_by"
    )
    return {
        **dict.fromkeys(texts.split(), "withheld"),
        "object_id": records.object_id("submission"),
        "url": "https://hushed.example/",
        "language": "en",
        "status": "pendingReview",
        "submitted_by": "",
        "is_quiet": False,
        "snippet_max_characters": None,
        "payload": {},
    }


def candidate() -> dict[str, Any]:
    return {
        "object_id": records.object_id("candidate"),
        "url": "https://hushed.example/",
        "title": "withheld",
        "date_published": "",
        "text": "withheld",
        "plain_text": "withheld",
        "payload": {},
        "similarity": None,
        "is_match": False,
        "is_dismissed": False,
        "created_at": None,
    }


def test_what_was_published_is_the_same_after_a_round_trip(tmp_path: Path) -> None:
    make_records()
    hidden.make_hidden_records()
    before = everything()
    assert all(before.values()), [kind for kind, states in before.items() if not states]
    path = export(tmp_path)
    forget()
    assert not Incident.objects.exists()
    report = bring_back(path)
    assert report.skipped == 0
    assert everything() == before
    assert export(tmp_path, "b.tar.bz2").read_bytes() == path.read_bytes()
    assert bring_back(path).changes == 0


def test_vectors_come_back_unless_a_hidden_report_has_part_in_them(tmp_path: Path) -> None:
    from incidentbase.store.incidents import actions as incident_actions
    from incidentbase.store.reports import actions as report_actions

    records.report(5)
    records.report(6, visibility="internal")
    records.incident(1, reports=[5])
    records.incident(2, reports=[5, 6])
    vector = b"\x00\x00\x80\x3e\xcd\xcc\xcc\x3d"
    report_actions.set_embeddings(formats.EMBEDDING_MODEL, {5: (vector, "hash")})
    both = {1: (vector, [5]), 2: (vector, [5, 6])}
    incident_actions.set_embeddings(formats.EMBEDDING_MODEL, both)
    path = export(tmp_path)
    forget()
    bring_back(path)
    found = published.incident_vectors([1, 2], model=formats.EMBEDDING_MODEL, at=records.AT)
    assert found == {1: (vector, [5])}
    assert published.report_vectors([5], model=formats.EMBEDDING_MODEL) == {5: (vector, "hash")}


def test_the_archive_is_laid_out_as_the_reference_does(tmp_path: Path) -> None:
    make_records()
    with tarfile.open(export(tmp_path)) as archive:
        members = archive.getmembers()
        names = [member.name for member in members]
        assert names == sorted(names)
        assert {member.mtime for member in members} == {315_532_800}
        assert {member.uid for member in members} == {0}
        inside = {name.removeprefix("mongodump_full_snapshot/") for name in names}
        taxonomy = archive.extractfile("mongodump_full_snapshot/classifications_MIT.csv")
        assert taxonomy
        table = taxonomy.read().decode()
    assert {
        "aiidprod/incidents.bson",
        "aiidprod/submissions.bson",
        "aiidprod/candidates.metadata.json",
        "translations/reports.bson",
        "incidents.csv",
        "reports.csv",
        "submissions.csv",
        "license.txt",
    } <= inside
    assert table == (
        "Namespace,Incident ID,Published,Risk Domain,Annotator\r\nMIT,1,True,Open domain,\r\n"
    )


def test_the_command_writes_into_a_folder_under_the_references_name(
    tmp_path: Path, frozen_time: Any, capsys: Any
) -> None:
    records.incident(1)
    call_command("export", "aiid", tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == "backup-20260304050607.tar.bz2"
    assert str(path) in capsys.readouterr().out


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.incident(1)
    target = tmp_path / "a.tar.bz2"
    target.write_text("before", encoding="utf-8")

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing, "tar_bz2", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("export", "aiid", target)
    assert target.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CommandError, match="no file"):
        call_command("export", "csv", tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(CommandError, match="No such file"):
        call_command("export", "aiid", tmp_path / "missing" / "a.tar.bz2")


@pytest.mark.snapshot
@pytest.mark.slow
def test_the_archive_comes_back_as_it_went_out(snapshot_path: Path, tmp_path: Path) -> None:
    bring_back(snapshot_path)
    before = everything()
    path = export(tmp_path)
    forget()
    report = bring_back(path)
    assert report.skipped == 0
    for kind, states in everything().items():
        assert states == before[kind], kind
    assert export(tmp_path, "b.tar.bz2").read_bytes() == path.read_bytes()
    assert_tables_are_the_references(snapshot_path, path)


def assert_tables_are_the_references(reference: Path, own: Path) -> None:
    """Compare the lines of the flat files that hold nothing hidden, whatever their order."""
    with archives.unpacked(reference) as theirs, archives.unpacked(own) as ours:
        for name in ("duplicates", "quickadd", "reports", "classifications_MIT"):
            lines = [
                sorted((folder / aiid.TOP / f"{name}.csv").read_text(encoding="utf-8").splitlines())
                for folder in (theirs, ours)
            ]
            assert lines[0] == lines[1], name

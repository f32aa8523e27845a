"""Files of snapshots: whole, checked, gone on with, and never outside of their folder."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from incidentbase.client import Client, DamagedDownload, NotFound, Unreachable
from tests.client.conftest import Instance
from tests.client.pretend import Answer, Asked, Pretended, said

CONTENT = bytes(range(256)) * 40
SHA = hashlib.sha256(CONTENT).hexdigest()


def listing(**changes: Any) -> Answer:
    """Return a list with one snapshot of one file."""
    told = {
        "name": "backup-20260304050607.tar.bz2",
        "kind": "aiid",
        "url": "https://elsewhere.example/",
        "latest_url": "https://elsewhere.example/",
        "bytes": len(CONTENT),
        "sha256": SHA,
        "media_type": "application/x-tar",
        "licence": None,
        "has_texts_of_publishers": True,
        **changes,
    }
    snapshot = {
        "snapshot": "20260304050607",
        "made_at": "2026-03-04T05:06:07.000Z",
        "records": {"incidents": 1},
        **dict.fromkeys(("licence", "manifest", "sha256sums", "croissant"), "x"),
        "files": [told],
    }
    return said({"snapshots": [snapshot]})


def giving(content: bytes, *, breaks_after: int = 0) -> Any:
    """Return what gives the file, or the part asked for, and breaks off if told to."""

    def answer(asked: Asked) -> Answer:
        given = asked.headers.get("range", "bytes=0-")
        start = int(given.removeprefix("bytes=").removesuffix("-"))
        rest = content[start:]
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        sent = rest[:breaks_after] if breaks_after else rest
        promised = len(rest) if len(sent) < len(rest) else None
        return Answer(206 if start else 200, sent, headers if start else {}, promised)

    return answer


def test_a_snapshot_is_downloaded_whole_and_only_once(
    db: Client, instance: Instance, folder: Path
) -> None:
    (kept,) = db.snapshots()
    assert kept.records["incidents"] == db.search().total
    told: list[tuple[int, int]] = []
    path = db.download("sqlite", folder, progress=lambda *pair: told.append(pair))
    file = next(one for one in kept.files if one.kind == "sqlite")
    assert path == folder / file.name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    assert told[-1] == (file.bytes, file.bytes)
    with closing(sqlite3.connect(path)) as database:
        (number,) = database.execute("SELECT count(*) FROM incidents").fetchone()
    assert number == kept.records["incidents"]
    before = len(instance.asked)
    assert db.download(file, folder) == path
    assert len(instance.asked) == before
    assert [one.name for one in folder.iterdir()] == [file.name]


def test_a_part_that_is_there_is_gone_on_with(db: Client, instance: Instance, folder: Path) -> None:
    file = next(one for one in db.snapshots()[0].files if one.kind == "csv")
    whole = db.download(file, folder).read_bytes()
    (folder / file.name).unlink()
    (folder / f"{file.name}.{file.sha256[:12]}.part").write_bytes(whole[:1000])
    told: list[int] = []
    db.download(file, str(folder), progress=lambda has, _all: told.append(has))
    assert (folder / file.name).read_bytes() == whole
    assert min(told) > 1000


def test_a_kind_that_is_not_kept_is_told_with_those_that_are(db: Client, folder: Path) -> None:
    with pytest.raises(NotFound, match="sqlite"):
        db.download("floppy", folder)


def test_what_breaks_off_is_gone_on_with_at_once(pretended: Pretended, folder: Path) -> None:
    pretended.answers = [listing(), giving(CONTENT, breaks_after=4000)]
    with Client(pretended.address) as db:
        path = db.download("aiid", folder)
    assert path.read_bytes() == CONTENT
    assert [one.headers.get("range") for one in pretended.asked[1:]] == [
        None,
        "bytes=4000-",
        "bytes=8000-",
    ]
    assert pretended.asked[2].headers["if-range"] == f'"{SHA}"'
    assert all(one.target.startswith("/research/") for one in pretended.asked)


def test_what_goes_on_breaking_off_can_be_gone_on_with_later(
    pretended: Pretended, folder: Path
) -> None:
    pretended.answers = [listing(), giving(CONTENT, breaks_after=100)]
    with Client(pretended.address) as db:
        with pytest.raises(Unreachable, match="broke off"):
            db.download("aiid", folder)
        assert [one.suffix for one in folder.iterdir()] == [".part"]
        pretended.answers = [listing(), giving(CONTENT)]
        assert db.download("aiid", folder).read_bytes() == CONTENT
    assert pretended.asked[-1].headers["range"] == "bytes=500-"


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"x", CONTENT + b"more", b"x" * len(CONTENT)])
def test_a_file_with_another_digest_is_not_kept(
    pretended: Pretended, folder: Path, content: bytes
) -> None:
    pretended.answers = [listing(), Answer(200, content)]
    with Client(pretended.address) as db, pytest.raises(DamagedDownload):
        db.download("aiid", folder)
    assert list(folder.iterdir()) == []


def test_a_part_of_another_place_is_not_put_together(pretended: Pretended, folder: Path) -> None:
    lying = Answer(206, CONTENT[10:], {"Content-Range": f"bytes 10-{len(CONTENT) - 1}/9999"})
    pretended.answers = [listing(), lying]
    with Client(pretended.address) as db, pytest.raises(DamagedDownload):
        db.download("aiid", folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../outside"},
        {"name": "/etc/passwd"},
        {"name": "a/b"},
        {"name": ".bashrc"},
        {"name": "a\\b"},
        {"name": ""},
        {"sha256": "../x"},
    ],
)
def test_names_that_lead_out_of_the_folder_are_refused(
    pretended: Pretended, folder: Path, changes: dict[str, str]
) -> None:
    pretended.answers = [listing(**changes), giving(CONTENT)]
    with Client(pretended.address) as db, pytest.raises(DamagedDownload):
        db.download("aiid", folder)
    assert not folder.exists()
    assert len(pretended.asked) == 1

"""The snapshots that are kept for download: plain files in folders, each with a manifest.

A folder is named by the moment of its snapshot, and appears when all its files are whole. Nothing
about it stands in the database: files copied or deleted by an operator are simply there or not.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from incidentbase.formats.datasets.parquet import NoParquet
from incidentbase.kit import clock
from incidentbase.serve.exports import aiid, comparing, files
from incidentbase.serve.exports.aiid import Progress

MANIFEST = "manifest.json"
_BOOK = "digests.sqlite"
_WANTED = "wanted"
_STAMP = re.compile(r"\d{14}")
_CHUNK = 1024 * 1024


class BeingMade(Exception):
    """Somebody else is making a snapshot at this moment."""


class NoSuchSnapshot(Exception):
    """No snapshot of this name is kept; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a snapshot. `kind` is one of `files.KINDS`."""

    name: str
    kind: str
    bytes: int
    sha256: str
    media_type: str
    # Whether it holds texts of reports, which belong to their publishers.
    has_quotes: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One snapshot that is kept: its files, and how many records each collection has."""

    stamp: str
    made_at: dt.datetime
    files: tuple[StoredFile, ...]
    records: dict[str, int]
    folder: Path

    def file_of(self, kind: str) -> StoredFile | None:
        """Return its file of a kind, None when it has none."""
        return next((one for one in self.files if one.kind == kind), None)

    @property
    def book(self) -> Path:
        """Where the digests of its records lie."""
        return self.folder / _BOOK


def stored(home: Path) -> list[Stored]:
    """Return the snapshots that are kept, newest first; what is no snapshot is passed over."""
    if not home.is_dir():
        return []
    names = sorted((path.name for path in home.iterdir()), reverse=True)
    found = (_read(home / name) for name in names if _STAMP.fullmatch(name))
    return [one for one in found if one is not None]


def _read(folder: Path) -> Stored | None:
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made_at = clock.from_iso(told["made_at"])
        held = tuple(StoredFile(**one) for one in told["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if made_at is None:
        return None
    return Stored(folder.name, made_at, held, dict(told.get("records", {})), folder)


def named(home: Path, stamp: str) -> Stored:
    """Return the snapshot of a stamp or of the name of its archive. Raises NoSuchSnapshot."""
    found = re.fullmatch(r"(?:backup-)?(\d{14})(?:\.tar\.bz2)?", stamp)
    kept = _read(home / found[1]) if found else None
    if kept is None:
        raise NoSuchSnapshot(f"no snapshot {stamp} is kept")
    return kept


def file_named(home: Path, name: str) -> tuple[Path, StoredFile] | None:
    """Return where the file of this name lies and what it is, None when there is none.

    `latest` and the end of a name stand for the file of the newest snapshot that has one.
    """
    if name.startswith("latest"):
        ending = name.removeprefix("latest")
        kind = next((one for one in files.KINDS.values() if one.ending == ending), None)
        for kept in stored(home) if kind else ():
            if found := kept.file_of(kind.name if kind else ""):
                return kept.folder / found.name, found
        return None
    stamp = re.search(r"-(\d{14})[-.]", name)
    kept_one = _read(home / stamp[1]) if stamp else None
    for one in kept_one.files if kept_one else ():
        if one.name == name and kept_one:
            return kept_one.folder / one.name, one
    return None


def make(home: Path, *, at: dt.datetime, keep: int, progress: Progress) -> Stored:
    """Make a snapshot in every format and return it; of the older ones only `keep` stay with it.

    A format whose library is missing is left out. Raises BeingMade, or OSError.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(home):
        (home / _WANTED).unlink(missing_ok=True)
        _clear_remains(home)
        folder = home / f".{at:%Y%m%d%H%M%S}.part"
        folder.mkdir()
        before = next(iter(stored(home)), None)
        try:
            records, held = _write_all(folder, at, progress)
            _share_room(folder, held, before)
            told = {
                "made_at": clock.iso(at),
                "files": [asdict(one) for one in held],
                "records": records,
            }
            text = json.dumps(told, indent=2)
            (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
            target = home / f"{at:%Y%m%d%H%M%S}"
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for old in stored(home)[max(1, keep) :]:
            shutil.rmtree(old.folder)
    return named(home, target.name)


def remove(home: Path, stamp: str) -> None:
    """Delete a snapshot that is kept. Raises NoSuchSnapshot."""
    shutil.rmtree(named(home, stamp).folder)


def _write_all(
    folder: Path, at: dt.datetime, progress: Progress
) -> tuple[dict[str, int], list[StoredFile]]:
    counts: dict[str, int] = {}
    held = []
    with comparing.new_book(folder / _BOOK) as book:

        def witness(collection: str, record: object) -> None:
            counts[collection] = counts.get(collection, 0) + 1
            book.witness(collection, record)

        for kind in files.KINDS.values():
            path = folder / files.name_at(kind, at)
            try:
                if kind.name == "aiid":
                    aiid.write(path, at=at, progress=progress, witness=witness)
                else:
                    kind.write(path, at, progress)
            except NoParquet:
                continue
            held.append(_described(path, kind))
    return counts, held


def _share_room(folder: Path, held: Sequence[StoredFile], before: Stored | None) -> None:
    """Let files that are equal to those of the snapshot before take no room of their own."""
    for one in held:
        other = before.file_of(one.kind) if before else None
        if before is None or other is None or other.sha256 != one.sha256:
            continue
        linked = folder / f"{one.name}.link"
        try:
            os.link(before.folder / other.name, linked)
        except OSError:  # some file systems know no links
            continue
        os.replace(linked, folder / one.name)


def _described(path: Path, kind: files.Kind) -> StoredFile:
    sealed = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            sealed.update(chunk)
    return StoredFile(
        name=path.name,
        kind=kind.name,
        bytes=path.stat().st_size,
        sha256=sealed.hexdigest(),
        media_type=kind.media_type,
        has_quotes=kind.has_quotes,
    )


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep others from making one meanwhile; the lock goes with the process."""
    with (home / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingMade("a snapshot is being made already") from None
        yield


def _clear_remains(home: Path) -> None:
    for path in home.glob(".*.part"):
        shutil.rmtree(path, ignore_errors=True)


def ask(home: Path) -> None:
    """Ask the worker for a snapshot as soon as it can."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / _WANTED).touch()


def is_asked(home: Path) -> bool:
    """Return whether somebody asked for a snapshot that is not being made yet."""
    return (home / _WANTED).exists()


def is_being_made(home: Path) -> bool:
    """Return whether a snapshot is being made at this moment."""
    if not (home / ".lock").exists():
        return False
    try:
        with _alone(home):
            return False
    except BeingMade:
        return True


def sums(kept: Stored) -> str:
    """Return the digests of a snapshot's files as `sha256sum --check` reads them."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in kept.files)


def weekly_moment(at: dt.datetime) -> dt.datetime:
    """Return the last Monday at ten o'clock, when the reference makes its snapshots too."""
    monday = clock.midnight(at.date() - dt.timedelta(days=at.weekday())) + dt.timedelta(hours=10)
    return monday if monday <= at else monday - dt.timedelta(days=7)


def is_due(kept: Sequence[Stored], *, since: dt.datetime | None, at: dt.datetime) -> bool:
    """Return whether the week's snapshot is still to be made.

    `since` is when the first record came; an instance without records needs no snapshot.
    """
    newest = kept[0].made_at if kept else since
    return newest is not None and newest < weekly_moment(at)

"""Files of snapshots: fetched in parts where that is needed, and kept only when they are whole."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from incidentbase.client.errors import DamagedDownload, Unreachable
from incidentbase.client.records import SnapshotFile
from incidentbase.client.transport import Stream, Transport

Progress = Callable[[int, int], None]

MOST_PARTS = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def fetch(
    transport: Transport, file: SnapshotFile, folder: Path, *, progress: Progress | None = None
) -> Path:
    """Fetch a file of a snapshot into a folder and return its path.

    What is there already with the same digest is not fetched again; what broke off is gone on
    with, also by a later call. Raises DamagedDownload, Unreachable, Problem or OSError.
    """
    if not _NAME.fullmatch(file.name) or not _DIGEST.fullmatch(file.sha256):
        raise DamagedDownload(f"the instance names a file or a digest that cannot be: {file!r}")
    target = folder / file.name
    if target.is_file() and _digest(target) == file.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    # Its name has the digest: parts of two files never meet.
    part = folder / f"{file.name}.{file.sha256[:12]}.part"
    for _ in range(MOST_PARTS):
        before = _size(part)
        if before < file.bytes:
            _go_on(transport, file, part, progress)
        if _size(part) >= file.bytes or _size(part) == before:
            break
    _check(file, part)
    os.replace(part, target)
    return target


def _go_on(transport: Transport, file: SnapshotFile, part: Path, progress: Progress | None) -> None:
    """Fetch what is missing; what arrived before a connection broke stays."""
    has = _size(part)
    path = f"/research/snapshots/{quote(file.name)}"
    headers = {"Range": f"bytes={has}-", "If-Range": f'"{file.sha256}"'} if has else {}
    with transport.stream(path, headers) as response:
        is_part = response.status == 206 and _begins_at(response, has)
        if not is_part and response.status != 200:
            raise DamagedDownload(f"{file.name}: the instance gives another part than asked for")
        with part.open("ab" if is_part else "wb") as out:
            got = has if is_part else 0
            try:
                for chunk in response.chunks:
                    got += len(chunk)
                    if got > file.bytes:
                        break
                    out.write(chunk)
                    if progress:
                        progress(got, file.bytes)
            except Unreachable:
                # What arrived stays, and the next request goes on from there.
                pass
    if got > file.bytes:
        part.unlink()
        raise DamagedDownload(f"{file.name} is larger than the instance says")


def _begins_at(response: Stream, start: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _check(file: SnapshotFile, part: Path) -> None:
    if _size(part) < file.bytes:
        raise Unreachable(f"{file.name} broke off; call again to go on with it")
    if _digest(part) != file.sha256:
        part.unlink()
        raise DamagedDownload(f"{file.name} arrived with another digest than the instance says")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

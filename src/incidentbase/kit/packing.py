"""Files written whole or not at all, and archives that are equal whenever what they hold is."""

from __future__ import annotations

import bz2
import errno
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# The earliest day that zip files know; tar programs warn of anything much older.
_DAY = (1980, 1, 1, 0, 0, 0)
_MOMENT = 315_532_800
_CHUNK = 1024 * 1024


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the target's place when all went well, else it is gone.

    Raises OSError, also for a target that is there and is no file, such as a folder or a device.
    """
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is there already, and no file")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.chmod(0o644)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """Give a folder beside the target for what has to lie on the disk meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tar_bz2(folder: Path, target: Path, *, top: str) -> None:
    """Pack the files of a folder, by name, under one top folder."""
    with (
        bz2.BZ2File(target, "wb") as packed,
        # `w|` writes forward only, so nothing is kept.
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as archive,
    ):
        for path in _files(folder):
            member = tarfile.TarInfo(f"{top}/{path.relative_to(folder).as_posix()}")
            member.size = path.stat().st_size
            member.mtime = _MOMENT
            with path.open("rb") as content:
                archive.addfile(member, content)


def zipped(paths: Sequence[Path], target: Path) -> None:
    """Pack files, in the order given, without folders."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            member = zipfile.ZipInfo(path.name, _DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            is_large = path.stat().st_size > zipfile.ZIP64_LIMIT // 2
            with (
                path.open("rb") as content,
                archive.open(member, "w", force_zip64=is_large) as packed,
            ):
                _copy(content, packed)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    shutil.copyfileobj(source, target, _CHUNK)

"""Unpacks archives that others made into a temporary folder, and refuses what could do harm.

Nothing is trusted: every name, type and size is checked before a byte is written, sizes are
checked again while writing, and no member is ever held in memory. What was unpacked is
removed when the caller is done, whatever happens. A folder is passed through untouched.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import re
import shutil
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

_CHUNK = MEBIBYTE
_LONGEST_NAME = 1024
_LONGEST_PART = 255
# Long names and the like stand in headers of their own, which are read into memory whole.
_LARGEST_HEADER = MEBIBYTE
_LARGEST_ZIP_DIRECTORY = 16 * MEBIBYTE
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CUT_SHORT = "The archive is damaged or cut short."


class ArchiveRefused(Exception):
    """The archive is not unpacked; the text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold, in bytes and members."""

    member_bytes: int = 4 * GIBIBYTE
    total_bytes: int = 12 * GIBIBYTE
    members: int = 20_000
    # How many times larger than itself an archive may become, once past the free part.
    ratio: int = 250
    ratio_free_bytes: int = 64 * MEBIBYTE


DEFAULT_LIMITS = Limits()

Wanted = Callable[[str], bool]


@contextmanager
def unpacked(
    path: Path,
    *,
    into: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    wanted: Wanted | None = None,
) -> Iterator[Path]:
    """Give a folder with the archive's files, gone after the block; a folder gives itself.

    Reads tar, tar.gz, tar.bz2 and zip, told apart by their content. Only files whose name
    `wanted` accepts are written. The temporary folder is made inside of `into`, or where the
    system keeps such. Raises `ArchiveRefused`.
    """
    if path.is_dir():
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="unpacked-", dir=into))
    try:
        _unpack(path, _Target(folder, limits, wanted or _everything))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _everything(_name: str) -> bool:
    return True


def _unpack(path: Path, target: _Target) -> None:
    try:
        with path.open("rb") as stream:
            _unpack_stream(stream, target)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RecursionError) as error:
        raise ArchiveRefused(_CUT_SHORT) from error
    except (NotImplementedError, RuntimeError, ValueError) as error:  # zipfile's other refusals
        raise ArchiveRefused(f"The archive cannot be read: {error}.") from error
    except OSError as error:
        raise _explained(error, path) from error
    if target.members == 0:
        raise ArchiveRefused("The archive is empty.")


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno is None:  # the decompressors report damage so
        return ArchiveRefused(_CUT_SHORT)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveRefused("There is no room left on the disk to unpack the archive.")
    if error.errno == errno.ENOENT and error.filename == str(path):
        return ArchiveRefused(f"There is no file {path}.")
    return error


def _unpack_stream(stream: IO[bytes], target: _Target) -> None:
    head = stream.read(512)
    size = stream.seek(0, 2)
    stream.seek(0)
    if not head:
        raise ArchiveRefused("The archive is empty.")
    if head.startswith(b"BZh"):
        with bz2.BZ2File(stream) as expanded:
            _unpack_tar(expanded, stream, target)
    elif head.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=stream) as expanded_gzip:
            _unpack_tar(expanded_gzip, stream, target)
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _unpack_zip(stream, size, target)
    elif head[257:262] == b"ustar" or not any(head):
        _unpack_tar(stream, stream, target)
    else:
        raise ArchiveRefused("The file is no archive: tar, tar.gz, tar.bz2 and zip can be read.")


class _Target:
    """The folder written to, with everything that is counted on the way."""

    def __init__(self, folder: Path, limits: Limits, wanted: Wanted) -> None:
        self.members = 0
        self.limits = limits
        self._folder = folder
        self._wanted = wanted
        self._total = 0
        self._seen: dict[str, bool] = {}

    def admit_folder(self, name: str) -> None:
        """Check a folder of the archive; it is made only when a file needs it."""
        parts = self._counted(name)
        if parts:
            self._claim(parts, is_file=False)

    def admit_file(self, name: str, size: int) -> Path | None:
        """Check a file of the archive; return where to write it, or None if nobody wants it."""
        parts = self._counted(name)
        if not parts:
            raise ArchiveRefused("The archive holds a file without a name.")
        self._claim(parts, is_file=True)
        self._check_sizes(name, size)
        self._total += size
        if not self._wanted("/".join(parts)):
            return None
        path = self._folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _counted(self, name: str) -> list[str]:
        self.members += 1
        if self.members > self.limits.members:
            raise ArchiveRefused(f"The archive holds more than {self.limits.members} members.")
        return _checked_parts(name)

    def _check_sizes(self, name: str, size: int) -> None:
        if size > self.limits.member_bytes:
            raise ArchiveRefused(f"{shown(name)} is larger than {self.limits.member_bytes} bytes.")
        if self._total + size > self.limits.total_bytes:
            raise ArchiveRefused(
                f"The archive holds more than {self.limits.total_bytes} bytes in all."
            )

    def _claim(self, parts: list[str], *, is_file: bool) -> None:
        """Refuse a name that was there before, in any spelling that some disk takes as equal."""
        keys = [_key(parts[: depth + 1]) for depth in range(len(parts))]
        for key in keys[:-1]:
            if self._seen.setdefault(key, False):
                raise ArchiveRefused(f"{shown('/'.join(parts))} lies inside of a file.")
        was_file = self._seen.get(keys[-1])
        if was_file or (is_file and was_file is not None):
            raise ArchiveRefused(f"The archive holds {shown('/'.join(parts))} twice.")
        self._seen[keys[-1]] = is_file

    def check_ratio(self, produced: int, consumed: int) -> None:
        """Refuse what grows far beyond the size of what was read."""
        grown = produced > self.limits.ratio_free_bytes
        if grown and produced > self.limits.ratio * max(consumed, 1):
            raise ArchiveRefused(
                f"The archive grows to more than {self.limits.ratio} times its size."
            )


def _key(parts: list[str]) -> str:
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def shown(name: str) -> str:
    """Return a member's name as it may stand in a sentence: printable and not too long."""
    safe = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return f"“{safe[:77]}…”" if len(safe) > 80 else f"“{safe}”"


def _checked_parts(name: str) -> list[str]:
    if _CONTROL.search(name):
        raise ArchiveRefused(f"The name {shown(name)} holds control characters.")
    if not name.isprintable():  # such as bytes that are no text
        raise ArchiveRefused(f"The name {shown(name)} holds characters that cannot be shown.")
    if name.startswith("/") or _DRIVE.match(name):
        raise ArchiveRefused(f"The name {shown(name)} is an absolute path.")
    if "\\" in name:
        raise ArchiveRefused(f"The name {shown(name)} holds a backslash.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ArchiveRefused(f"The name {shown(name)} leads out of the archive.")
    too_long = any(len(part.encode()) > _LONGEST_PART for part in parts)
    if too_long or len(name) > _LONGEST_NAME:
        raise ArchiveRefused(f"The name {shown(name)} is too long.")
    return parts


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Measured:
    """A decompressed stream that watches how much it grows."""

    def __init__(self, expanded: _Readable, packed: IO[bytes], target: _Target) -> None:
        self._expanded = expanded
        self._packed = packed
        self._target = target
        self._produced = 0

    def read(self, size: int) -> bytes:
        data = self._expanded.read(size)
        self._produced += len(data)
        self._target.check_ratio(self._produced, self._packed.tell())
        return data


class _Header(tarfile.TarInfo):
    """A tar header that is small, and that tells the end from damage."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Header:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            assert isinstance(archive, _Tar)  # noqa: S101 (tells mypy what _Tar.open makes)
            archive.has_end = True
            raise

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        # The one hook before a header's content is read into memory.
        is_content = self.type in tarfile.SUPPORTED_TYPES and self.type not in _META_TYPES
        if not is_content and self.size > _LARGEST_HEADER:
            raise ArchiveRefused("The archive holds a header that is too large.")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


_META_TYPES = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class _Tar(tarfile.TarFile):
    """A tar archive that knows whether its end mark was read; without it, it was cut short."""

    tarinfo = _Header
    has_end = False


def _unpack_tar(expanded: _Readable, packed: IO[bytes], target: _Target) -> None:
    measured = _Measured(expanded, packed, target)
    # `r|` reads forward only, so nothing is decompressed twice.
    with _Tar.open(mode="r|", fileobj=measured) as archive:  # type: ignore[call-overload]
        for member in archive:
            _unpack_tar_member(archive, member, target)
        if not archive.has_end:
            raise ArchiveRefused(_CUT_SHORT)
    while measured.read(_CHUNK):  # the check sum stands at the very end
        pass


def _unpack_tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, target: _Target) -> None:
    if member.isdir():
        target.admit_folder(member.name)
        return
    if not member.isreg() or member.issparse():
        raise ArchiveRefused(
            f"{shown(member.name)} is neither a plain file nor a folder, but a link or a device."
        )
    path = target.admit_file(member.name, member.size)
    source = archive.extractfile(member)
    if path is not None and source is not None:
        _write(source, path, member.size)


def _write(source: IO[bytes], path: Path, size: int) -> None:
    with path.open("xb") as copy:
        written = 0
        while data := source.read(_CHUNK):
            written += len(data)
            if written > size:
                break
            copy.write(data)
    if written != size:
        raise ArchiveRefused(_CUT_SHORT)


def _unpack_zip(stream: IO[bytes], packed_size: int, target: _Target) -> None:
    _check_zip_directory(stream, packed_size)
    with zipfile.ZipFile(stream) as archive:
        produced = 0
        for member in archive.infolist():
            # What follows a NUL is dropped from `filename` before anyone sees it.
            if member.is_dir():
                target.admit_folder(member.orig_filename)
                continue
            _check_zip_member(member)
            path = target.admit_file(member.orig_filename, member.file_size)
            produced += member.file_size
            target.check_ratio(produced, packed_size)
            if path is not None:
                with archive.open(member) as source:
                    _write(source, path, member.file_size)


def _check_zip_member(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveRefused(
            f"{shown(member.orig_filename)} is neither a plain file nor a folder, "
            "but a link or a device."
        )
    if member.flag_bits & 0x1:
        raise ArchiveRefused(f"{shown(member.orig_filename)} is encrypted.")
    # LZMA names a dictionary of any size, which is then kept in memory.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        raise ArchiveRefused(f"{shown(member.orig_filename)} is packed in an unknown way.")


def _check_zip_directory(stream: IO[bytes], packed_size: int) -> None:
    """Refuse a directory that would fill the memory: zipfile reads it whole."""
    start = max(0, packed_size - 65_557)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise ArchiveRefused(_CUT_SHORT)
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    if tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        large = end - 20 - 56  # where zipfile looks for it, too
        if large < 0:
            raise ArchiveRefused(_CUT_SHORT)
        size = int.from_bytes(tail[large + 40 : large + 48], "little")
    if size > _LARGEST_ZIP_DIRECTORY:
        raise ArchiveRefused("The archive's list of members is too large.")

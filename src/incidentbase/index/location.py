"""Where the index lies: one folder for each build, and a file that names the current one.

`rebuilding` fills a new folder beside the current one and then moves the pointer, so readers
see the old index until the new one is whole. One lock lets a single process write.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from incidentbase.index.engines.tantivy import TantivyEngine

_POINTER = "current"

_opened: dict[Path, TantivyEngine] = {}


def folder() -> Path:
    """Return the folder of all builds."""
    return Path(settings.INDEX_FOLDER)


def current() -> TantivyEngine:
    """Return the engine of the current build, making an empty one the first time.

    Raises IndexUnusable when the build is damaged or of another version.
    """
    path = folder() / build_name()
    engine = _opened.get(path)
    if engine is None:
        # Other threads may still search in the one before: it is let go of, not closed.
        _opened.clear()
        engine = _opened[path] = TantivyEngine(path)
    return engine


def build_name() -> str:
    """Return the name of the current build; each has its own cursor in the history."""
    return _named_by_pointer() or _first_build()


@contextmanager
def writing() -> Iterator[None]:
    """Hold the lock of the only writer; waits while another process has it."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A build beside the current one: its engine and its name."""

    engine: TantivyEngine
    name: str


@contextmanager
def rebuilding() -> Iterator[Rebuild]:
    """Give an empty build beside the current one; at the end it takes its place.

    The build before it stays on disk until the next rebuild, because other processes may be
    in the middle of reading it.
    """
    with writing():
        name, former = _fresh_name(), _named_by_pointer()
        engine = TantivyEngine(folder() / name)
        try:
            yield Rebuild(engine, name)
        except BaseException:
            engine.close()
            _discard(folder() / name)
            raise
        engine.close()
        _draft(name).replace(folder() / _POINTER)
        _opened.clear()
        for path in folder().glob("build-*"):
            if path.name not in {name, former}:
                _discard(path)


def _named_by_pointer() -> str | None:
    try:
        name = (folder() / _POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    if (folder() / name).is_dir():
        return name
    (folder() / _POINTER).unlink(missing_ok=True)
    return None


def _first_build() -> str:
    folder().mkdir(parents=True, exist_ok=True)
    name = _fresh_name()
    TantivyEngine(folder() / name).close()
    draft = _draft(name)
    try:
        # Unlike a rename, a link does not replace what a quicker process has put there.
        os.link(draft, folder() / _POINTER)
    except FileExistsError:
        _discard(folder() / name)
    finally:
        draft.unlink()
    return _named_by_pointer() or name


def _discard(path: Path) -> None:
    """Remove a build. It loses its name first: a thread of the engine may still add a file."""
    with tempfile.TemporaryDirectory(
        prefix="discarded-", dir=folder(), ignore_cleanup_errors=True
    ) as place:
        path.rename(Path(place) / path.name)


def _fresh_name() -> str:
    return f"build-{secrets.token_hex(6)}"


def _draft(name: str) -> Path:
    draft = folder() / f"{_POINTER}.{name}"
    draft.write_text(name, encoding="ascii")
    return draft

"""Where the index lies: one folder for each build, and a file that names the current one.

`rebuilding` fills a new folder beside the current one and then moves the pointer, so readers
see the old index until the new one is whole. One lock lets a single process write.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from incidentbase.index.engines.tantivy import TantivyEngine

_POINTER = "current"

_opened: dict[Path, TantivyEngine] = {}


def folder() -> Path:
    """Return the folder of all builds."""
    return Path(settings.INDEX_FOLDER)


def current() -> TantivyEngine:
    """Return the engine of the current build, making an empty one the first time."""
    path = folder() / (_current_name() or _first_build())
    engine = _opened.get(path)
    if engine is None:
        _close_all()
        engine = _opened[path] = TantivyEngine(path)
    return engine


@contextmanager
def writing() -> Iterator[None]:
    """Hold the lock of the only writer; waits while another process has it."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def rebuilding() -> Iterator[TantivyEngine]:
    """Give an empty engine beside the current one; at the end it takes its place."""
    with writing():
        path = folder() / _fresh_name()
        try:
            yield TantivyEngine(path)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        _point_to(path.name)
        _close_all()
        _remove_others(path.name)


def _current_name() -> str | None:
    try:
        name = (folder() / _POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return name if (folder() / name).is_dir() else None


def _first_build() -> str:
    folder().mkdir(parents=True, exist_ok=True)
    name = _fresh_name()
    TantivyEngine(folder() / name).close()
    _point_to(name)
    return name


def _fresh_name() -> str:
    return f"build-{secrets.token_hex(6)}"


def _point_to(name: str) -> None:
    draft = folder() / f"{_POINTER}.new"
    draft.write_text(name, encoding="ascii")
    os.replace(draft, folder() / _POINTER)


def _remove_others(name: str) -> None:
    for path in folder().glob("build-*"):
        if path.name != name:
            shutil.rmtree(path, ignore_errors=True)


def _close_all() -> None:
    for engine in _opened.values():
        engine.close()
    _opened.clear()

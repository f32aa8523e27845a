"""Addresses of style sheets, scripts and drawings that change when any of them changes."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedStaticFiles(StaticFilesStorage):
    """Adds a version to each address; the files themselves stay where they are."""

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the address of a file with the version of all of them."""
        return f"{super().url(name)}?v={_version()}"


@functools.cache
def _version() -> str:
    """Return a digest of all files: one for all, because style sheets name one another."""
    digest = hashlib.sha256()
    for folder in map(Path, settings.STATICFILES_DIRS):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

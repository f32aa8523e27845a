"""Looks at an instance's folder, database, index and settings: what `doctor` prints."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

import incidentbase
from incidentbase.index import location, sync
from incidentbase.store.history import queries as history

GOOD, ADVICE, TROUBLE = "good", "advice", "trouble"

# Below this an import, or a night of work, may fill the disk.
SMALLEST_FREE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and what was seen."""

    level: str
    subject: str
    said: str


def findings() -> Iterator[Finding]:
    """Yield what was seen of each part, in the order in which trouble spreads."""
    yield Finding(GOOD, "version", incidentbase.__version__)
    yield from _folder(Path(settings.HOME))
    database = list(_database())
    yield from database
    if all(finding.level != TROUBLE for finding in database):
        yield from _index()
    yield from _settings()


def settings_in_force() -> Iterator[tuple[str, str]]:
    """Yield every setting with its value; secrets only say whether they are set."""
    for name, value, is_secret in settings.DECLARED_SETTINGS():
        if is_secret:
            yield name, "(set)" if value else "(not set)"
        else:
            yield name, value


def _folder(home: Path) -> Iterator[Finding]:
    if not os.access(home, os.W_OK):
        yield Finding(TROUBLE, "data folder", f"{home} cannot be written")
        return
    if home.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        yield Finding(ADVICE, "data folder", f"{home} can be read by everybody on this machine")
    else:
        yield Finding(GOOD, "data folder", str(home))
    free = shutil.disk_usage(home).free
    level = GOOD if free >= SMALLEST_FREE else TROUBLE
    yield Finding(level, "disk space", f"{free / 1e9:.1f} GB free")


def waiting_migrations() -> int:
    """Return how many migrations the database still lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    """Raise CommandError unless the database has all its tables."""
    waiting = waiting_migrations()
    if waiting:
        raise CommandError(f"{waiting} migrations are waiting; run `incidentbase migrate` first")


def _database() -> Iterator[Finding]:
    try:
        waiting = waiting_migrations()
    except DatabaseError as error:
        yield Finding(TROUBLE, "database", str(error).strip().split("\n", 1)[0])
        return
    if waiting:
        said = f"{waiting} migrations are waiting; run `incidentbase migrate`"
        yield Finding(TROUBLE, "database", said)
        return
    if connection.vendor == "sqlite":
        said = f"SQLite {sqlite3.sqlite_version}, {_size(connection.settings_dict['NAME'])}"
    else:
        said = f"PostgreSQL at {connection.settings_dict['HOST'] or 'the local socket'}"
    yield Finding(GOOD, "database", said)


def _size(path: object) -> str:
    return f"{Path(str(path)).stat().st_size / 1e6:,.0f} MB"


def _index() -> Iterator[Finding]:
    head, place = history.head_seq(), history.cursor(sync.follower()).seq
    count = location.current().count()
    if place < head:
        said = f"{head - place:,} changes behind; is the worker running?"
        yield Finding(ADVICE, "search index", said)
    else:
        yield Finding(GOOD, "search index", f"{count:,} documents, in step with the history")


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding(TROUBLE, "INCIDENTBASE_DEBUG", "shows tracebacks to everybody")
    if not settings.SITE_URL:
        said = "not set; addresses in citations follow each request's host"
        yield Finding(ADVICE, "INCIDENTBASE_SITE_URL", said)
    elif not settings.SITE_URL.startswith("https://"):
        yield Finding(ADVICE, "INCIDENTBASE_SITE_URL", "is not https; cookies travel in the clear")
    else:
        yield Finding(GOOD, "INCIDENTBASE_SITE_URL", settings.SITE_URL)
    if not settings.CONTACT_EMAIL:
        yield Finding(ADVICE, "INCIDENTBASE_CONTACT_EMAIL", "not set; nobody can reach you")
    if settings.EMAIL_BACKEND.startswith("incidentbase."):
        said = "not set; codes for signing in are written to files in the data folder"
        yield Finding(ADVICE, "INCIDENTBASE_MAIL_URL", said)
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(ADVICE, "INCIDENTBASE_ALLOWED_HOSTS", "* answers to any name")

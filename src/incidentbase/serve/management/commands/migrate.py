"""`incidentbase migrate`: bring the database's tables up to date, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

MIGRATION_LOCK = 0x1DBA5E
"""Number of PostgreSQL's advisory lock; any constant that all our processes share would do."""


class Command(migrate.Command):
    """Django's command, of which a second one waits until the first has ended."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate while nobody else does.

        Two servers that start together would create the same tables twice; so would one that
        starts while PostgreSQL still carries out the statement of a killed one.
        """
        connection = connections[options["database"]]
        lock = _lock_in_database if connection.vendor == "postgresql" else _lock_beside_file
        with lock(connection):
            super().handle(*args, **options)


@contextmanager
def _lock_in_database(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


@contextmanager
def _lock_beside_file(connection: Any) -> Iterator[None]:
    path = Path(str(connection.settings_dict["NAME"]))
    if connection.is_in_memory_db() or not path.parent.is_dir():
        # In memory no other process can see it; without a folder Django says what is wrong.
        yield
        return
    with path.with_name(f"{path.name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""An instance over the demo records that answers by HTTP, and a pretended one for its troubles.

The records are loaded once for each module of tests: nothing here changes them but submissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.test.testcases import LiveServerThread

from incidentbase.client import Client
from incidentbase.index import sync
from incidentbase.ingest import demo
from incidentbase.serve.exports import keeping
from incidentbase.store.accounts.rules import system
from tests.client.pretend import Pretended
from tests.conftest import AT
from tests.serve import site


@dataclass
class Instance:
    """An instance that runs, and what it was asked."""

    address: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [path for _method, path, _query in self.asked]

    def noting(self, app: Any) -> Callable[..., Any]:
        """Return an application that notes what it is asked."""

        def answer(environ: dict[str, Any], start: Any) -> Any:
            query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
            self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], query))
            return app(environ, start)

        return answer


@pytest.fixture(scope="module")
def running(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """Serve the demo records, and one snapshot of them."""
    home = tmp_path_factory.mktemp("instance")
    instance = Instance()
    with (
        django_db_blocker.unblock(),
        override_settings(SNAPSHOTS_FOLDER=home / "snapshots"),
        site.index_in(home / "index", settings),
    ):
        demo.load(actor=system("demo", AT))
        sync.catch_up(at=AT)
        keeping.make(settings.SNAPSHOTS_FOLDER, at=AT, keep=1, progress=lambda *_told: None)
        shared = {
            each.alias: each
            for each in connections.all()
            if each.vendor == "sqlite" and each.is_in_memory_db()
        }
        for each in shared.values():
            each.inc_thread_sharing()
        thread = LiveServerThread(
            "localhost",
            static_handler=lambda _app: instance.noting(WSGIHandler()),
            connections_override=shared,
        )
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        instance.address = f"http://localhost:{thread.port}"
        yield instance
        thread.terminate()
        for each in shared.values():
            each.dec_thread_sharing()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def instance(running: Instance) -> Instance:
    """Return the instance as if nobody had asked it anything yet."""
    cache.clear()
    running.asked.clear()
    return running


@pytest.fixture
def db(instance: Instance) -> Iterator[Client]:
    """Return a client of the instance."""
    with Client(instance.address) as client:
        yield client


@pytest.fixture
def pretended() -> Iterator[Pretended]:
    """Return an instance that answers what a test tells it to."""
    with Pretended() as served:
        yield served


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made; none of them takes time."""
    made: list[float] = []
    monkeypatch.setattr("incidentbase.client.transport.time.sleep", made.append)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder for downloads."""
    return tmp_path / "downloads"

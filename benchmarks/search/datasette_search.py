"""Datasette, which people would put their own copy of such a database into.

It is installed into an environment of its own under the cache folder, on demand. Lists are
JSON arrays, which is how it counts facets of several values. It is asked kindly: no facets are
suggested, and no time limit cuts an answer short.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.search.corpus import Corpus, facet_values
from benchmarks.search.engines import REPORTS, Connection
from benchmarks.search.queries import FACETS, SHOWN, Query

RELEASE = "datasette==0.65.5"
PORT = 8952

# A report has one of these; of the other facets any number.
_PLAIN = ("source_domain", "language", "year", "published_year")
_LIMIT_MS = 3_600_000
# It has no way for like spellings, no tokens for Japanese, and narrows a facet by its own choice.
# It remembers no counts, so it is asked for everything only beside those who count anew.
_ABLE = {
    "term",
    "term without facets",
    "filter browse",
    "browse everything anew",
    "phrase",
    "prefix",
}


class Datasette:
    """The page of a table with its facets, as JSON over HTTP."""

    name = "Datasette"
    views = (REPORTS,)

    def __init__(self, get: Callable[[str], Any]) -> None:
        self._get = get

    def can(self, query: Query) -> bool:
        """Return whether it has such a query."""
        return query.kind in _ABLE

    def ask(self, query: Query, view: str) -> int:
        """Return the number of rows that it counts."""
        if view != REPORTS:
            raise ValueError(view)
        return int(self._get(_address(query))["filtered_table_rows_count"])


def _address(query: Query) -> str:
    asked = [("_size", str(SHOWN)), ("_facet_size", str(SHOWN)), ("_nosuggest", "1")]
    if query.words:
        words = f"{query.words}*" if query.kind == "prefix" else f'"{query.words}"'
        asked += [("_search", words), ("_searchmode", "raw")]
    for name, value in query.filters:
        asked.append((name if name in _PLAIN else f"{name}__arraycontains", value))
    for name in query.facets:
        asked.append(("_facet" if name in _PLAIN else "_facet_array", name))
    return f"/peer/report.json?{urlencode(asked)}"


@contextmanager
def datasette(corpus: Corpus, folder: Path, cache: Path) -> Iterator[Datasette]:
    """Serve a file of the reports with Datasette and give the contestant."""
    program = _installed(cache / "datasette")
    path = folder / "datasette" / "peer.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _build(corpus, draft)
        draft.replace(path)
    with _served(program, path) as site:
        connection = Connection(site)
        yield Datasette(connection.json)
        connection.close()


def _installed(folder: Path) -> Path:
    program = folder / "bin" / "datasette"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, RELEASE], check=True)
    return program


def _build(corpus: Corpus, path: Path) -> None:
    database = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        database.execute(f"PRAGMA {pragma}")
    columns = ", ".join(f"{name} TEXT" for name in FACETS)
    database.execute(
        f"CREATE TABLE report (id INTEGER PRIMARY KEY, title TEXT, text TEXT, {columns})"
    )
    marks = ", ".join("?" * (3 + len(FACETS)))
    database.executemany(f"INSERT INTO report VALUES ({marks})", _rows(corpus))
    for name in _PLAIN:
        database.execute(f"CREATE INDEX report_{name} ON report ({name})")
    # As `sqlite-utils enable-fts` writes it: Datasette looks for `content` with these quotes.
    database.execute(
        "CREATE VIRTUAL TABLE report_fts USING fts5("
        'title, text, content="report", content_rowid="id", tokenize="porter unicode61")'
    )
    database.execute("INSERT INTO report_fts (report_fts) VALUES ('rebuild')")
    database.commit()
    database.close()


def _rows(corpus: Corpus) -> Iterator[tuple[int | str, ...]]:
    for incident in corpus:
        for report in incident.reports:
            found = facet_values(incident, report, corpus.entities)
            values = (
                found[name][0] if name in _PLAIN else json.dumps(found[name]) for name in FACETS
            )
            yield report.number, report.title, report.text, *values


@contextmanager
def _served(program: Path, path: Path) -> Iterator[str]:
    settings = {"sql_time_limit_ms": _LIMIT_MS, "facet_time_limit_ms": _LIMIT_MS}
    words = [word for name, value in settings.items() for word in ("--setting", name, str(value))]
    log = path.with_suffix(".log").open("w")
    command = [program, "serve", path, "--port", str(PORT), *words]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _try in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{PORT}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()

"""Search with SQLite alone: FTS5 without content, and facet tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.search.corpus import Corpus
from benchmarks.search.queries import SHOWN, Query
from benchmarks.search.sql import Filters, SqlSearch, Values, batches, chosen, counting

_TABLES = """
    CREATE TABLE doc (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
    CREATE TABLE value (id INTEGER PRIMARY KEY, facet INTEGER NOT NULL, value TEXT NOT NULL);
    CREATE TABLE docf (
      doc INTEGER NOT NULL, facet INTEGER NOT NULL, value INTEGER NOT NULL,
      PRIMARY KEY (doc, facet, value)
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE fts USING fts5(
      title, text, content='', tokenize='porter unicode61'
    );
"""
_INDEXES = "CREATE INDEX docf_by_value ON docf (facet, value, doc); ANALYZE;"


class SqliteSearch(SqlSearch):
    """One file, stemmed by porter; hits are kept in a temporary table to count in."""

    name = "SQLite FTS5 + facet table"

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__(Values(database.execute("SELECT id, facet, value FROM value").fetchall()))
        self._database = database
        for pragma in ("cache_size=-200000", "temp_store=MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TEMP TABLE hits (id INTEGER PRIMARY KEY)")

    def can(self, query: Query) -> bool:
        """Return False for misspelt words: FTS5 has nothing for them."""
        return query.kind != "typo"

    def match_of(self, query: Query) -> str:
        """Return a prefix, or a phrase of one word or several."""
        if query.kind == "prefix":
            return f"{query.words}*"
        if query.kind == "Japanese substring":
            return f'"{" ".join(query.words)}"'
        return f'"{query.words}"'

    def first(self, match: str | None, filters: Filters) -> int:
        """Read the first hits by bm25, or the newest when there are no words."""
        order = "rowid DESC" if match is None else "bm25(fts)"
        found, given = _found(match, filters)
        rows = self._database.execute(f"SELECT rowid {found} ORDER BY {order} LIMIT {SHOWN}", given)
        numbers = ", ".join(str(number) for (number,) in rows)
        self._database.execute(f"SELECT title FROM doc WHERE id IN ({numbers})").fetchall()
        return int(self._database.execute(f"SELECT count(*) {found}", given).fetchone()[0])

    def count(self, match: str | None, filters: Filters, facets: list[int]) -> None:
        """Count in the whole table when everything is browsed, else in the hits."""
        condition = ""
        if match is not None or filters:
            found, given = _found(match, filters)
            self._database.execute("DELETE FROM hits")
            self._database.execute(f"INSERT INTO hits SELECT rowid {found}", given)
            # `IN` makes SQLite start from the hits; in a join it may read all of the facets.
            condition = "AND doc IN (SELECT id FROM hits)"
        self._database.execute(counting(condition, facets)).fetchall()


def _found(match: str | None, filters: Filters) -> tuple[str, list[str]]:
    table = "doc" if match is None else "fts"
    # The sign keeps SQLite from asking FTS5 for one document after the other.
    conditions = chosen(filters, "rowid" if match is None else "+rowid")
    if match is not None:
        conditions.insert(0, "fts MATCH ?")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"FROM {table} {where}", [] if match is None else [match]


@contextmanager
def sqlite_search(corpus: Corpus, folder: Path) -> Iterator[SqliteSearch]:
    """Give the contestant, with a file that is made unless it was made before."""
    path = folder / "peer.sqlite3"
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _build(corpus, draft)
        draft.replace(path)
    database = sqlite3.connect(path)
    try:
        yield SqliteSearch(database)
    finally:
        database.close()


def _build(corpus: Corpus, path: Path) -> None:
    database = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        database.execute(f"PRAGMA {pragma}")
    database.executescript(_TABLES)
    values = Values()
    for docs, places in batches(corpus, values):
        database.executemany("INSERT INTO doc VALUES (?, ?)", [doc[:2] for doc in docs])
        database.executemany("INSERT INTO fts (rowid, title, text) VALUES (?, ?, ?)", docs)
        database.executemany("INSERT INTO docf VALUES (?, ?, ?)", places)
    database.executemany("INSERT INTO value VALUES (?, ?, ?)", values.rows())
    database.commit()
    database.executescript(_INDEXES)
    database.close()

"""Search with PostgreSQL alone: tsvector with GIN, and a facet table.

The cluster is the throwaway one of the tests, without syncing to disk. Its memory settings are
PostgreSQL's own, but for `work_mem`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks import measuring
from benchmarks.search.corpus import Corpus
from benchmarks.search.queries import SHOWN, Query
from benchmarks.search.sql import Filters, SqlSearch, Values, batches, chosen, counting

_SCRIPT = measuring.REPOSITORY / "tests" / "servers" / "postgres.sh"

_TABLES = """
    CREATE EXTENSION fuzzystrmatch;
    CREATE UNLOGGED TABLE raw (id integer, title text, body text);
    CREATE UNLOGGED TABLE docf (doc integer, facet smallint, value integer);
"""
_INDEXES = """
    CREATE UNLOGGED TABLE doc AS
      SELECT id, title, to_tsvector('english', title || ' ' || body) AS words FROM raw;
    DROP TABLE raw;
    ALTER TABLE doc ADD PRIMARY KEY (id);
    CREATE INDEX ON doc USING gin (words);
    ALTER TABLE docf ADD PRIMARY KEY (doc, facet, value);
    CREATE INDEX ON docf (facet, value, doc);
    CREATE UNLOGGED TABLE word AS SELECT word FROM ts_stat('SELECT words FROM doc');
"""
# Stems are compared with stems.
_LIKE = """
    SELECT quote_literal(word)
    FROM word, LATERAL (SELECT (ts_lexize('english_stem', %s))[1] AS stem) asked
    WHERE levenshtein_less_equal(left(word, 60), stem, 1) <= 1
"""
_MATCH = "words @@ %(match)s::tsquery"


class PostgresSearch(SqlSearch):
    """Stems of English in a tsvector; like spellings from a table of all words."""

    name = "PostgreSQL tsvector + facet table"

    def __init__(self, database: psycopg.Connection, values: Values) -> None:
        super().__init__(values)
        self._database = database

    def can(self, query: Query) -> bool:
        """Return True: there is a way for each kind."""
        return bool(query)

    def match_of(self, query: Query) -> str:
        """Return a tsquery as text."""
        if query.kind == "typo":
            return " | ".join(word for (word,) in self._database.execute(_LIKE, [query.words]))
        if query.kind == "prefix":
            made = self._database.execute("SELECT to_tsquery('english', %s)", [f"{query.words}:*"])
        else:
            words = " ".join(query.words) if query.kind == "Japanese substring" else query.words
            made = self._database.execute("SELECT phraseto_tsquery('english', %s)", [words])
        return str(made.fetchall()[0][0])

    def first(self, match: str | None, filters: Filters) -> int:
        """Read the first hits by rank, or the newest when there are no words."""
        place = "id" if match is None else "ts_rank(words, %(match)s::tsquery)"
        found, given = _found(match, filters), {"match": match}
        statement = f"SELECT title FROM {found} ORDER BY {place} DESC LIMIT {SHOWN}"
        self._database.execute(statement, given).fetchall()
        counted = self._database.execute(f"SELECT count(*) FROM {found}", given).fetchall()
        return int(counted[0][0])

    def count(self, match: str | None, filters: Filters, facets: list[int]) -> None:
        """Count in the whole table when everything is browsed, else in the hits."""
        is_narrowed = match is not None or filters
        hits = f"AND doc IN (SELECT id FROM {_found(match, filters)})" if is_narrowed else ""
        self._database.execute(counting(hits, facets), {"match": match}).fetchall()


def _found(match: str | None, filters: Filters) -> str:
    conditions = [*chosen(filters, "id"), *([] if match is None else [_MATCH])]
    return f"doc WHERE {' AND '.join(conditions)}" if conditions else "doc"


@contextmanager
def postgres_search(corpus: Corpus) -> Iterator[PostgresSearch]:
    """Start a cluster, fill it, and give the contestant; the cluster goes away at the end."""
    with _cluster() as address, psycopg.connect(address, autocommit=True) as database:
        database.execute(_TABLES)
        values = Values()
        _load(database, corpus, values)
        database.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
        database.execute(_INDEXES)
        database.execute("VACUUM ANALYZE")
        yield PostgresSearch(database, values)


def _load(database: psycopg.Connection, corpus: Corpus, values: Values) -> None:
    for docs, places in batches(corpus, values):
        for table, rows in (("raw", docs), ("docf", places)):
            with database.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


@contextmanager
def _cluster() -> Iterator[str]:
    """Run the tests' script with a command that tells the address and waits to be let go."""
    process = subprocess.Popen(
        [_SCRIPT, "sh", "-c", 'echo "$INCIDENTBASE_DATABASE_URL"; cat'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            raise SystemExit("PostgreSQL did not start; leave it out by --without postgres")
        yield address
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(60)

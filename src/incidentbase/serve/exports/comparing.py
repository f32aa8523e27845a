"""What differs between two snapshots: books of digests, made while records pass, and compared.

A book holds of every record a name and a digest of each field, in a file of its own, so that two
snapshots of any size are compared without holding either.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from incidentbase.formats import aiid
from incidentbase.kit import hashing

What = Literal["added", "removed", "changed"]
WAYS: tuple[What, ...] = ("added", "removed", "changed")

BATCH = 1000
_DIGITS = 12
# Who reads a snapshot's BSON has it, who reads its CSV has not; it follows from the incidents.
_DERIVED = frozenset({"is_incident_report"})


class Book:
    """A book being written: tell it every record that passes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._batch: list[tuple[str, str, str, str]] = []

    def witness(self, collection: str, record: Any) -> None:
        """Note a record."""
        digests = {
            one.name: hashing.digest(_plain(getattr(record, one.name)))[:_DIGITS]
            for one in fields(record)
            if one.name not in _DERIVED
        }
        name, key, title = collection, key_of(record), title_of(record)
        self._batch.append((name, key, title, json.dumps(digests, separators=(",", ":"))))
        if len(self._batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was noted."""
        # Of rows that repeat a name the first counts, as it does for an import.
        self._database.executemany("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?)", self._batch)
        self._batch.clear()


@contextmanager
def new_book(path: Path) -> Iterator[Book]:
    """Give a book to write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE TABLE records (collection TEXT, key TEXT, title TEXT, fields TEXT, "
            "PRIMARY KEY (collection, key)) WITHOUT ROWID"
        )
        database.execute("BEGIN")
        book = Book(database)
        yield book
        book.flush()
        database.execute("COMMIT")


def write_from(folder: Path, path: Path, progress: Callable[[str, int, int], None]) -> None:
    """Write the book of an unpacked snapshot; what cannot be read as a record is passed over.

    Raises NotASnapshot or SnapshotBroken.
    """
    snapshot = aiid.open_snapshot(folder)
    with new_book(path) as book:
        for collection in snapshot.collections:
            for row in snapshot.rows(collection.name):
                progress(collection.name, row.position, collection.size)
                if not isinstance(row.record, aiid.BadRow):
                    book.witness(collection.name, row.record)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return str(value)


def key_of(record: Any) -> str:
    """Return what names a record in its collection."""
    names = _KEYS.get(type(record), ("object_id",))
    return ":".join(str(getattr(record, name)) for name in names)


_KEYS: Mapping[type, tuple[str, ...]] = {
    aiid.TaxonomyRecord: ("namespace",),
    aiid.EntityRecord: ("entity_id",),
    aiid.EntityDuplicateRecord: ("duplicate_id",),
    aiid.ReportRecord: ("report_number",),
    aiid.IncidentRecord: ("incident_id",),
    aiid.DuplicateRecord: ("duplicate_number",),
    aiid.IncidentTranslationRecord: ("incident_id", "language"),
    aiid.ReportTranslationRecord: ("report_number", "language"),
}


def title_of(record: Any) -> str:
    """Return how a record is called, empty when it has no name."""
    if isinstance(record, aiid.ClassificationRecord):
        numbers = [f"incident {one}" for one in record.incidents]
        numbers += [f"report {one}" for one in record.reports]
        return f"{record.namespace}: {', '.join(numbers)}"
    for name in ("title", "name", "namespace", "url"):
        if value := getattr(record, name, ""):
            return str(value)
    return ""


@dataclass(slots=True)
class Counts:
    """How many records of a collection differ, and how often each field does."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that differs; one that was removed keeps no more than its name's key."""

    collection: str
    what: What
    key: str
    title: str = ""
    fields: tuple[str, ...] = ()


class Comparison:
    """Two books side by side."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def counts(self) -> dict[str, Counts]:
        """Return the counts of every collection that either has, in the order of imports."""
        found: dict[str, Counts] = {}
        for name, what, number in self._database.execute(_COUNTS):
            setattr(found.setdefault(name, Counts()), what, number)
        for name, counts in found.items():
            if counts.changed:
                for difference in self.differences(name, "changed"):
                    counts.fields.update(difference.fields)
        return {name: found[name] for name in aiid.COLLECTIONS if name in found}

    def differences(
        self, collection: str, what: What, *, start: int = 0, limit: int = -1
    ) -> Iterator[Difference]:
        """Yield the records of a collection that were added, removed or changed, by their names."""
        rows = self._database.execute(_DIFFERENCES[what], (collection, limit, start))
        for key, title, before, after in rows:
            changed = _changed(before, after) if what == "changed" else ()
            yield Difference(collection, what, key, "" if what == "removed" else title, changed)


class NoBook(Exception):
    """A book cannot be read; the message is one clear line."""


@contextmanager
def compared(before: Path, after: Path) -> Iterator[Comparison]:
    """Give the comparison of two books. Raises NoBook."""
    with closing(sqlite3.connect(":memory:", isolation_level=None, uri=True)) as database:
        # What sorting needs must not fill the memory.
        database.execute("PRAGMA temp_store = FILE")
        for name, path in (("a", before), ("b", after)):
            try:
                database.execute(f"ATTACH ? AS {name}", (f"{path.absolute().as_uri()}?mode=ro",))
                database.execute(f"SELECT fields FROM {name}.records LIMIT 1")  # noqa: S608
            except sqlite3.DatabaseError:
                raise NoBook(f"{path} holds no digests to compare") from None
        yield Comparison(database)


def is_book(path: Path) -> bool:
    """Return whether a file is a book that can be read."""
    try:
        with compared(path, path):
            return True
    except NoBook:
        return False


def _changed(before: str, after: str) -> tuple[str, ...]:
    old, new = json.loads(before), json.loads(after)
    return tuple(name for name in new if old.get(name) != new[name])


_BOTH = "a.records AS x JOIN b.records AS y ON y.collection = x.collection AND y.key = x.key"
_LACKING = (
    "{one}.records AS x WHERE NOT EXISTS (SELECT 1 FROM {other}.records AS y "
    "WHERE y.collection = x.collection AND y.key = x.key)"
)
_ONLY_AFTER = _LACKING.format(one="b", other="a")
_ONLY_BEFORE = _LACKING.format(one="a", other="b")
_COUNTS = f"""
SELECT x.collection, 'added', count(*) FROM {_ONLY_AFTER} GROUP BY x.collection
UNION ALL SELECT x.collection, 'removed', count(*) FROM {_ONLY_BEFORE} GROUP BY x.collection
UNION ALL SELECT x.collection, CASE WHEN x.fields = y.fields THEN 'unchanged' ELSE 'changed' END,
    count(*) FROM {_BOTH} GROUP BY x.collection, x.fields = y.fields
"""  # noqa: S608 (our own words)
_PAGE = "ORDER BY CAST(x.key AS INTEGER), x.key LIMIT ? OFFSET ?"
_DIFFERENCES: Mapping[What, str] = {
    "added": f"SELECT x.key, x.title, '', '' FROM {_ONLY_AFTER} AND x.collection = ? {_PAGE}",  # noqa: S608
    "removed": f"SELECT x.key, x.title, '', '' FROM {_ONLY_BEFORE} AND x.collection = ? {_PAGE}",  # noqa: S608
    "changed": f"SELECT x.key, y.title, x.fields, y.fields FROM {_BOTH} "  # noqa: S608
    f"WHERE x.fields <> y.fields AND x.collection = ? {_PAGE}",
}


def as_json(
    comparison: Comparison, *, before: str, after: str, with_titles: bool = True
) -> Iterator[str]:
    """Yield a JSON document, piece by piece: the counts, then every record that differs."""
    counts = comparison.counts()
    told = {
        name: {
            "added": one.added,
            "removed": one.removed,
            "changed": one.changed,
            "unchanged": one.unchanged,
            "fields": dict(one.fields.most_common()),
        }
        for name, one in counts.items()
    }
    head = {"before": before, "after": after, "collections": told}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "differences": ['
    mark = "\n"
    for name in counts:
        for what in WAYS:
            for one in comparison.differences(name, what):
                yield mark + json.dumps(
                    {
                        "collection": name,
                        "what": what,
                        "key": one.key,
                        **({"title": one.title} if with_titles else {}),
                        "fields": list(one.fields),
                    },
                    ensure_ascii=False,
                )
                mark = ",\n"
    yield "\n]}\n"

"""Fills a data folder of the product with a corpus, fast: straight into the tables.

Table and column names come from the models, so a renamed column fails here at once. Filled
folders are kept, because a million documents take minutes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db import connection

from benchmarks import measuring
from benchmarks.search import queries
from benchmarks.search.archive import NAMESPACES, Learnt
from benchmarks.search.corpus import Corpus, Incident, Report, values_in

# Whoever changes what the corpus is made of counts this up.
VERSION = 1
CACHE = Path(os.environ.get("INCIDENTBASE_BENCH_CACHE", "/tmp/incidentbase-bench"))

_ROWS_AT_ONCE = 5_000
_NOON = "12:00:00"


@dataclass(frozen=True, slots=True)
class Filled:
    """A data folder, where the peers may keep their files, and how the folder was made."""

    home: Path
    beside: Path
    documents: int
    seconds: float
    vocabulary: queries.Vocabulary


def filled(learnt: Learnt, documents: int) -> Filled:
    """Return the data folder of a corpus, filling it unless that was done before."""
    place = CACHE / f"corpus-v{VERSION}-{documents}"
    done = place / "filled.json"
    if not done.exists():
        started = time.perf_counter()
        # What a broken run has left behind would be in the way.
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        measuring.run(place / "home", "migrate")
        vocabulary = _fill(place / "home", learnt, Corpus(learnt, documents))
        seconds = time.perf_counter() - started
        written = json.dumps({"seconds": seconds, "vocabulary": asdict(vocabulary)})
        done.write_text(written, encoding="utf-8")
    # The tables may have changed since it was filled.
    measuring.run(place / "home", "migrate")
    kept = json.loads(done.read_text(encoding="utf-8"))
    return Filled(
        home=place / "home",
        beside=place,
        documents=documents,
        seconds=kept["seconds"],
        vocabulary=queries.Vocabulary(**kept["vocabulary"]),
    )


def load_models() -> None:
    """Load Django for its models only; its settings name a data folder that is never made."""
    os.environ["INCIDENTBASE_HOME"] = str(CACHE / "no-such-home")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")
    django.setup()


class _Table:
    """Inserts into the table of a model; columns that are not given get the model's default."""

    def __init__(self, database: sqlite3.Connection, name: str, *given: str) -> None:
        meta = apps.get_model("store", name)._meta
        columns = [meta.get_field(each) for each in ("id", *given)]
        for field in meta.concrete_fields:
            if field not in columns:
                columns.append(field)
        self._defaults = tuple(
            field.get_db_prep_save(field.get_default(), connection)
            for field in columns[len(given) + 1 :]
        )
        names = ", ".join(f'"{field.column}"' for field in columns)
        marks = ", ".join("?" * len(columns))
        self._insert = f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks})'
        self._database = database
        self._waiting: list[tuple[Any, ...]] = []
        self._keys = count(1)

    def add(self, *values: object, key: int | None = None) -> int:
        """Put a row in, sooner or later, and return its key."""
        key = next(self._keys) if key is None else key
        self._waiting.append((key, *values, *self._defaults))
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self.flush()
        return key

    def flush(self) -> None:
        """Put in what is waiting."""
        self._database.executemany(self._insert, self._waiting)
        self._waiting.clear()


class _Store:
    """The tables of the store that a corpus fills."""

    def __init__(self, database: sqlite3.Connection, learnt: Learnt) -> None:
        def table(name: str, *given: str) -> _Table:
            made = _Table(database, name, *given)
            self._tables.append(made)
            return made

        self._tables: list[_Table] = []
        self.entities = table("Entity", "public_id", "entity_id", "name")
        self.incidents = table(
            "Incident", "public_id", "incident_id", "title", "description", "date", "created_at"
        )
        self.reports = table(
            "Report", "public_id", "report_number", "title", "url", "source_domain", "text",
            "plain_text", "language", "published_at", "downloaded_at", "submitted_at",
            "modified_at",
        )  # fmt: skip
        self.terms = table("ReportTerm", "report", "kind", "position", "value")
        self.links = table("IncidentReport", "incident", "report", "position")
        self.roles = table("IncidentEntity", "incident", "entity", "role", "position")
        self.classifications = table(
            "Classification", "public_id", "taxonomy", "incident", "is_published"
        )
        self.attributes = table(
            "Attribute", "classification", "field", "position", "short_name", "value_json"
        )
        self.values = table("AttributeValue", "attribute", "field", "text")
        self._add_taxonomies(table, learnt)

    def _add_taxonomies(self, table: Any, learnt: Learnt) -> None:
        taxonomies = table("Taxonomy", "public_id", "namespace")
        fields = table(
            "TaxonomyField", "taxonomy", "position", "short_name", "display_type", "is_facet",
            "permitted_values", "definition",
        )  # fmt: skip
        self.taxonomies = {
            namespace: taxonomies.add(_object_id(1, place), namespace)
            for place, namespace in enumerate(NAMESPACES)
        }
        self.fields = {
            (namespace, name): fields.add(
                self.taxonomies[namespace],
                place,
                name,
                field.display_type,
                field.instant_facet,
                json.dumps(field.permitted_values),
                json.dumps({"short_name": name, "display_type": field.display_type}),
            )
            for place, ((namespace, name), field) in enumerate(learnt.fields.items())
        }

    def flush(self) -> None:
        """Put in what is waiting in any table."""
        for table in self._tables:
            table.flush()

    def add(self, incident: Incident) -> None:
        """Put an incident in with everything that belongs to it."""
        key, day = incident.number, incident.date.isoformat()
        self.incidents.add(
            _object_id(2, key),
            incident.number,
            incident.title,
            incident.description,
            day,
            f"{day} {_NOON}",
            key=key,
        )
        for role, places in incident.roles.items():
            for position, place in enumerate(places):
                self.roles.add(key, place + 1, role, position)
        for position, report in enumerate(incident.reports):
            self._add_report(report)
            self.links.add(key, report.number, position)
        for namespace, pairs in incident.answers.items():
            self._add_answers(key, namespace, pairs)

    def _add_report(self, report: Report) -> None:
        published = f"{report.published.isoformat()} {_NOON}"
        submitted = f"{(report.published + dt.timedelta(days=9)).isoformat()} {_NOON}"
        self.reports.add(
            _object_id(3, report.number),
            report.number,
            report.title,
            f"https://{report.source_domain}/{report.number}",
            report.source_domain,
            report.text,
            report.text,
            report.language,
            published,
            submitted,
            submitted,
            submitted,
            key=report.number,
        )
        for kind, values in (
            ("author", report.authors),
            ("submitter", report.submitters),
            ("tag", report.tags),
        ):
            for position, value in enumerate(values):
                self.terms.add(report.number, kind, position, value)

    def _add_answers(self, incident: int, namespace: str, pairs: Sequence[tuple[str, str]]) -> None:
        key = self.classifications.add(
            _object_id(4, incident * 10 + NAMESPACES.index(namespace)),
            self.taxonomies[namespace],
            incident,
            True,
        )
        for position, (name, value_json) in enumerate(pairs):
            field = self.fields[namespace, name]
            attribute = self.attributes.add(key, field, position, name, value_json)
            for text in values_in(value_json):
                self.values.add(attribute, field, text)


def _object_id(kind: int, number: int) -> str:
    return f"{kind:08x}{number:016x}"


def _fill(home: Path, learnt: Learnt, corpus: Corpus) -> queries.Vocabulary:
    """Write all of it as one transaction; return the words to search for."""
    # Opened for writing only, so that a database of another name is not made here by mistake.
    database = sqlite3.connect(f"file:{home / 'incidentbase.sqlite3'}?mode=rw", uri=True)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-600000"):
        database.execute(f"PRAGMA {pragma}")
    words = queries.Sample()
    try:
        store = _Store(database, learnt)
        for place, entity in enumerate(corpus.entities):
            store.entities.add(_object_id(5, place), entity.entity_id, entity.name)
        for incident in _sampled(corpus, words):
            store.add(incident)
        store.flush()
        if broken := database.execute("PRAGMA foreign_key_check").fetchmany(3):
            raise SystemExit(f"the corpus does not hold together: {broken}")
        database.commit()
        database.execute("PRAGMA journal_mode=WAL")
    finally:
        database.close()
    return words.vocabulary()


def _sampled(corpus: Corpus, words: queries.Sample) -> Iterator[Incident]:
    for incident in corpus:
        words.look_at(incident, corpus.entities)
        yield incident

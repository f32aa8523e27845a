"""The tables of downloads: what each column says, and how published records become rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from incidentbase.formats.datasets import Column, Row, Table, Type
from incidentbase.serve.exports.licences import LICENCE_NAME, LICENCE_URL
from incidentbase.store.records import published

State = dict[str, Any]
Expand = Callable[[State], Iterable[Row]]

BATCH = 200

_INCIDENT = Column("incident_id", Type.INTEGER, "Number of the incident, as in /cite/N/")
_REPORT = Column("report_number", Type.INTEGER, "Number of the report, as in /reports/N/")
_ENTITY = Column("entity_id", Type.TEXT, "Id of the entity, as in its address")
_NAMESPACE = Column("namespace", Type.TEXT, "Short name of the taxonomy")
_CREATED = Column("created_at", Type.MOMENT, "When the record was made")
_MODIFIED = Column("modified_at", Type.MOMENT, "When the record was last changed")
_LANGUAGE = Column("language", Type.TEXT, "Code of the language")
_STALE = Column("is_stale", Type.TRUTH, "Whether the original has changed since")
_POSITION = Column("position", Type.INTEGER, "Place in the list, from 0")


@dataclass(frozen=True, slots=True)
class Source:
    """A table, the kind of record that its rows come from, and how."""

    table: Table
    kind: str
    expand: Expand


def rows(table: Table, *, at: dt.datetime) -> Iterator[Row]:
    """Yield the rows of a table: what everybody may see."""
    source = _BY_NAME[table.name]
    found = published.states(source.kind, at=at)
    if table.name == REPORTS.table.name:
        found = _with_kinds(found, at)
    for state in found:
        yield from source.expand(state)


def looked_at(table: Table, *, at: dt.datetime) -> int:
    """Return how many records are read for a table; for showing progress."""
    return published.count(_BY_NAME[table.name].kind, at=at)


def licences(table: Table) -> list[Row]:
    """Return under which terms a table stands, as (licence, address)."""
    if table.is_quoted:
        return [("belongs to the publishers of the reports; for research only", "")]
    return [(LICENCE_NAME, LICENCE_URL)]


def _with_kinds(found: Iterator[State], at: dt.datetime) -> Iterator[State]:
    while batch := list(islice(found, BATCH)):
        numbers = [state["report_number"] for state in batch]
        linked = published.reports_of_incidents(numbers, at=at)
        for state in batch:
            is_complete = bool(state["title"] and state["url"] and state["source_domain"])
            kind = "incident report" if state["report_number"] in linked else "issue report"
            yield {**state, "kind": kind if is_complete else "variant"}


def _columns(table: Table) -> Expand:
    """Return what takes the columns of a table from a state, by their names."""
    names = [column.name for column in table.columns]

    def expand(state: State) -> Iterable[Row]:
        return [[state[_IN_STATES.get(name, name)] for name in names]]

    return expand


# Columns that are called otherwise in states.
_IN_STATES: Mapping[str, str] = {
    "is_stale": "is_dirty",
    "duplicate_entity_id": "duplicate_id",
    "true_entity_id": "true_id",
    "subject_id": "subject",
    "object_entity_id": "object",
    "similar": "editor_similar",
    "dissimilar": "editor_dissimilar",
}


def _plain(kind: str, table: Table) -> Source:
    return Source(table, kind, _columns(table))


def _roles(state: State) -> Iterator[Row]:
    for name, role in _ROLES.items():
        for position, entity in enumerate(state[name]):
            yield state["incident_id"], role, entity, position


_ROLES = {
    "deployers": "deployer",
    "developers": "developer",
    "harmed": "harmed",
    "implicated": "implicated",
}


def _links(state: State) -> Iterator[Row]:
    for position, number in enumerate(state["reports"]):
        yield state["incident_id"], number, position


def _alike(state: State) -> Iterator[Row]:
    for number, similarity in state["machine_similar"]:
        yield state["incident_id"], number, similarity


def _fields(state: State) -> Iterator[Row]:
    fields = [("", field) for field in state["fields"]]
    for parent in state["fields"]:
        fields += [(parent["short_name"], field) for field in parent["subfields"]]
    for position, (parent_name, field) in enumerate(fields):
        yield (
            state["namespace"],
            position,
            field["short_name"],
            parent_name,
            field["field_number"],
            field["long_name"],
            field["short_description"],
            field["display_type"],
            field["permitted_values"],
            field["public"],
        )


def _answers(state: State) -> Iterator[Row]:
    for position, (name, value, *more) in enumerate(state["attributes"]):
        yield (
            state["object_id"],
            position,
            state["namespace"],
            state["incident_id"],
            state["report_number"],
            name,
            value,
            more[0] if more else None,
        )


def _checklist(state: State) -> Iterator[Row]:
    tags = [tag for given in state["tags"].values() for tag in given]
    yield (
        state["checklist_id"],
        state["name"],
        state["about"],
        tags,
        state["risks"],
        state["created_at"],
        state["updated_at"],
    )


_INCIDENTS = _plain(
    "incident",
    Table(
        "incidents",
        "Events in which an AI system harmed, or nearly harmed, somebody",
        (
            _INCIDENT,
            Column("title", Type.TEXT, "Title in English"),
            Column("description", Type.TEXT, "What happened, in a sentence or two"),
            Column("date", Type.DAY, "When it happened, or began"),
            Column("reports", Type.INTEGERS, "Numbers of its reports"),
            Column("deployers", Type.TEXTS, "Ids of entities alleged to have deployed the system"),
            Column("developers", Type.TEXTS, "Ids of entities alleged to have developed it"),
            Column("harmed", Type.TEXTS, "Ids of entities harmed or nearly harmed"),
            Column("implicated", Type.TEXTS, "Ids of the systems that had part in it"),
            Column("similar", Type.INTEGERS, "Numbers of incidents that editors found alike"),
            Column("dissimilar", Type.INTEGERS, "Numbers of those that they found unlike"),
            Column("editor_notes", Type.TEXT, "What editors add"),
            Column("map_x", Type.NUMBER, "Place on the map of incidents, across"),
            Column("map_y", Type.NUMBER, "Place on the map of incidents, up"),
            _CREATED,
            _MODIFIED,
        ),
        key=("incident_id",),
        indexed=("date",),
    ),
)
REPORTS = _plain(
    "report",
    Table(
        "reports",
        "Articles and other sources, without their texts",
        (
            _REPORT,
            Column("kind", Type.TEXT, "incident report, issue report or variant"),
            Column("title", Type.TEXT, "Headline"),
            Column("url", Type.TEXT, "Address of the source"),
            Column("source_domain", Type.TEXT, "Domain of the publisher"),
            Column("language", Type.TEXT, "Code of the language it is written in"),
            Column("authors", Type.TEXTS, "Who wrote it"),
            Column("submitters", Type.TEXTS, "Who sent it in"),
            Column("tags", Type.TEXTS, "Tags of editors"),
            Column("published_at", Type.MOMENT, "When it was published"),
            Column("downloaded_at", Type.MOMENT, "When its text was taken"),
            Column("submitted_at", Type.MOMENT, "When it was sent in"),
            _MODIFIED,
            Column("image_url", Type.TEXT, "Address of its picture"),
            Column("editor_notes", Type.TEXT, "What editors add"),
            Column("inputs_outputs", Type.TEXTS, "Of variants: what went into the system and out"),
            Column("is_flagged", Type.TRUTH, "Whether readers find something wrong with it"),
        ),
        key=("report_number",),
        indexed=("url", "source_domain", "published_at"),
    ),
)
_TEXTS = _plain(
    "report",
    Table(
        "report_texts",
        "Texts of reports, as far as their publishers' terms let readers see them",
        (
            _REPORT,
            Column("text", Type.TEXT, "Text as Markdown"),
            Column("plain_text", Type.TEXT, "The same without marks"),
            Column("description", Type.TEXT, "Teaser"),
        ),
        key=("report_number",),
        is_quoted=True,
    ),
)
_REPORT_TRANSLATIONS = _plain(
    "report_translation",
    Table(
        "report_translations",
        "Titles and texts of reports in other languages",
        (
            _REPORT,
            _LANGUAGE,
            Column("title", Type.TEXT, "Headline"),
            Column("text", Type.TEXT, "Text as Markdown"),
            Column("plain_text", Type.TEXT, "The same without marks"),
            _STALE,
        ),
        key=("report_number", "language"),
        is_quoted=True,
    ),
)

SOURCES: tuple[Source, ...] = (
    _INCIDENTS,
    REPORTS,
    _TEXTS,
    Source(
        Table(
            "incident_reports",
            "Which reports belong to which incidents",
            (_INCIDENT, _REPORT, _POSITION),
            key=("incident_id", "report_number"),
            indexed=("report_number",),
        ),
        "incident",
        _links,
    ),
    Source(
        Table(
            "incident_entities",
            "Which entities have which role in which incidents; always alleged",
            (
                _INCIDENT,
                Column("role", Type.TEXT, "deployer, developer, harmed or implicated"),
                _ENTITY,
                _POSITION,
            ),
            key=("incident_id", "role", "entity_id"),
            indexed=("entity_id",),
        ),
        "incident",
        _roles,
    ),
    Source(
        Table(
            "incident_likeness",
            "Incidents that a machine found alike",
            (
                _INCIDENT,
                Column("other_incident_id", Type.INTEGER, "Number of the incident it is like"),
                Column("similarity", Type.NUMBER, "How much, up to 1"),
            ),
            key=("incident_id", "other_incident_id"),
        ),
        "incident",
        _alike,
    ),
    _plain(
        "incident_duplicate",
        Table(
            "incident_duplicates",
            "Incident numbers that stand for another incident",
            (
                Column("duplicate_number", Type.INTEGER, "The number"),
                Column("true_number", Type.INTEGER, "What it stands for"),
            ),
            key=("duplicate_number",),
        ),
    ),
    _plain(
        "incident_translation",
        Table(
            "incident_translations",
            "Titles and descriptions of incidents in other languages",
            (
                _INCIDENT,
                _LANGUAGE,
                Column("title", Type.TEXT, "Title"),
                Column("description", Type.TEXT, "Description"),
                _STALE,
            ),
            key=("incident_id", "language"),
        ),
    ),
    _REPORT_TRANSLATIONS,
    _plain(
        "external_link",
        Table(
            "external_links",
            "Pages elsewhere about the same incident",
            (
                _INCIDENT,
                Column("namespace", Type.TEXT, "Where the page is, such as OECD"),
                Column("url", Type.TEXT, "Its address"),
            ),
            key=("incident_id", "namespace", "url"),
        ),
    ),
    _plain(
        "entity",
        Table(
            "entities",
            "Organizations, people, groups and systems that incidents name",
            (
                _ENTITY,
                Column("name", Type.TEXT, "Name"),
                Column("kind", Type.TEXT, "organization, person, group, system, model or unknown"),
                _CREATED,
                _MODIFIED,
            ),
            key=("entity_id",),
        ),
    ),
    _plain(
        "entity_alias",
        Table(
            "entity_aliases",
            "Other names of entities",
            (_ENTITY, Column("name", Type.TEXT, "Other name")),
            key=("entity_id", "name"),
        ),
    ),
    _plain(
        "entity_relationship",
        Table(
            "entity_relationships",
            "How entities stand to one another",
            (
                Column("subject_id", Type.TEXT, "Id of an entity"),
                Column("predicate", Type.TEXT, "related; parent and version: of what the other is"),
                Column("object_entity_id", Type.TEXT, "Id of the other entity"),
                Column("is_symmetric", Type.TRUTH, "Whether it holds both ways"),
            ),
            key=("subject_id", "predicate", "object_entity_id"),
            indexed=("object_entity_id",),
        ),
    ),
    _plain(
        "entity_duplicate",
        Table(
            "entity_duplicates",
            "Entity ids that stand for another entity",
            (
                Column("duplicate_entity_id", Type.TEXT, "The id"),
                Column("true_entity_id", Type.TEXT, "What it stands for"),
            ),
            key=("duplicate_entity_id",),
        ),
    ),
    _plain(
        "taxonomy",
        Table(
            "taxonomies",
            "Sets of fields by which incidents and reports are classified",
            (
                _NAMESPACE,
                Column("description", Type.TEXT, "What it is for, as Markdown"),
                Column("weight", Type.INTEGER, "The higher, the earlier it is shown"),
                Column("is_automated", Type.TRUTH, "Whether machines answer"),
            ),
            key=("namespace",),
        ),
    ),
    Source(
        Table(
            "taxonomy_fields",
            "The questions of the taxonomies, those within groups after the others",
            (
                _NAMESPACE,
                _POSITION,
                Column("short_name", Type.TEXT, "Name of the field"),
                Column("parent", Type.TEXT, "Name of the group that it is in"),
                Column("field_number", Type.TEXT, "Its number in the definition"),
                Column("long_name", Type.TEXT, "The question"),
                Column("short_description", Type.TEXT, "What it means"),
                Column("display_type", Type.TEXT, "What kind of answer it takes"),
                Column("permitted_values", Type.TEXTS, "The answers it may have"),
                Column("is_public", Type.TRUTH, "Whether its answers are shown to everybody"),
            ),
            key=("namespace", "position"),
        ),
        "taxonomy",
        _fields,
    ),
    _plain(
        "classification",
        Table(
            "classifications",
            "One taxonomy applied to one incident or one report",
            (
                Column("object_id", Type.TEXT, "Id of the classification"),
                _NAMESPACE,
                _INCIDENT,
                _REPORT,
            ),
            key=("object_id",),
            indexed=("namespace", "incident_id", "report_number"),
        ),
    ),
    Source(
        Table(
            "classification_answers",
            "The answers of classifications",
            (
                Column("object_id", Type.TEXT, "Id of the classification"),
                _POSITION,
                _NAMESPACE,
                _INCIDENT,
                _REPORT,
                Column("short_name", Type.TEXT, "Name of the field"),
                Column("value_json", Type.JSON, "The answer as JSON"),
                Column("provenance", Type.JSON, "Who or what gave it, and how; empty if unknown"),
            ),
            key=("object_id", "position"),
            indexed=("incident_id", "report_number"),
        ),
        "classification",
        _answers,
    ),
    _plain(
        "quick_add",
        Table(
            "quick_adds",
            "Addresses that somebody found worth a look",
            (
                Column("url", Type.TEXT, "The address"),
                Column("date_submitted", Type.TEXT, "When it was sent in"),
                Column("source_domain", Type.TEXT, "Domain of the publisher"),
            ),
        ),
    ),
    Source(
        Table(
            "checklists",
            "Risk checklists that their owners have published",
            (
                Column("checklist_id", Type.TEXT, "Id, as in its address"),
                Column("name", Type.TEXT, "Name"),
                Column("about", Type.TEXT, "What system it is about"),
                Column("tags", Type.TEXTS, "Answers of taxonomies that describe the system"),
                Column("risks", Type.JSON, "The risks that its owner keeps"),
                _CREATED,
                Column("updated_at", Type.MOMENT, "When it was last changed"),
            ),
            key=("checklist_id",),
        ),
        "checklist",
        _checklist,
    ),
)
_BY_NAME = {source.table.name: source for source in SOURCES}
TABLES = tuple(source.table for source in SOURCES)
# The licence covers these; the texts of reports go apart.
OPEN_TABLES = tuple(table for table in TABLES if not table.is_quoted)
QUOTED_TABLES = tuple(table for table in TABLES if table.is_quoted)

# What the full-text table of the database holds: (kind, number, title, text).
SEARCH = (
    "SELECT 'incident', incident_id, title, description FROM incidents",
    "SELECT 'report', r.report_number, r.title, t.plain_text FROM reports AS r "
    "JOIN report_texts AS t ON t.report_number = r.report_number",
    "SELECT 'incident', incident_id, title, description FROM incident_translations",
    "SELECT 'report', report_number, title, plain_text FROM report_translations",
)

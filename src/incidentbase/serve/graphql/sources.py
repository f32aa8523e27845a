"""Where the fields of each type come from: columns, lists beside them, and other records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Cast, Substr

from incidentbase.store.accounts.models import AccountRole
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import (
    DEPLOYER,
    DEVELOPER,
    HARMED,
    IMPLICATED,
    IncidentEditor,
    IncidentEntity,
    IncidentReport,
    IncidentSimilarity,
)
from incidentbase.store.records import published
from incidentbase.store.reports.models import ReportTerm, complete
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import Attribute, Classification
from incidentbase.store.translations.models import IncidentTranslation, ReportTranslation

Rows = Callable[[Viewer], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A list in a table of its own: values, or with `members` objects."""

    model: type[Model]
    owner: str
    where: dict[str, Any] = field(default_factory=dict)
    value: str = ""
    members: dict[str, str] = field(default_factory=dict)
    order: str = "position"
    computed: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Other records: the table that links them, both its ends, and the key that filters know."""

    type: str
    model: type[Model]
    owner: str
    target: str
    key: str
    where: dict[str, Any] = field(default_factory=dict)
    order: str = "position"


@dataclass(frozen=True, slots=True)
class Source:
    """One type of record: its rows in their lasting order, and where its fields come from."""

    rows: Rows
    columns: dict[str, str]
    beside: dict[str, Beside] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    words: Beside | None = None
    # Columns and links that only editors read, and by which only they find.
    for_editors: frozenset[str] = frozenset()


def _incidents(viewer: Viewer) -> QuerySet[Any]:
    dated = incidents.visible_incidents(viewer).annotate(day=Cast("date", TextField()))
    return dated.order_by("pk")


def _reports(viewer: Viewer) -> QuerySet[Any]:
    # Nobody reads, or finds by, more of a text than its source permits.
    limit = F("snippet_max_characters")
    rows = published.published_reports(viewer)
    links = IncidentReport.objects.filter(
        report=OuterRef("pk"), incident__in=incidents.visible_incidents(viewer)
    )
    cut = rows.annotate(
        shown=Substr("text", 1, limit),
        shown_plain=Substr("plain_text", 1, limit),
        is_told=Case(When(complete() & Q(Exists(links)), then=True), default=False),
    )
    return cut.order_by("pk")


def _accounts(viewer: Viewer) -> QuerySet[Any]:
    return incidents.credited(viewer).order_by("pk")


def _entities_as(role: str) -> Link:
    where = {"role": role}
    return Link("Entity", IncidentEntity, "incident", "entity", "entity_id", where)


def _numbers(kind: str) -> Beside:
    return Beside(IncidentSimilarity, "incident", {"kind": kind}, "other_number")


def _terms(kind: str) -> Beside:
    return Beside(ReportTerm, "report", {"kind": kind}, "value")


SOURCES: dict[str, Source] = {
    "Incident": Source(
        _incidents,
        {
            "_id": "public_id",
            "date": "day",
            "description": "description",
            "editor_notes": "editor_notes",
            "date_modified": "modified_at",
            "incident_id": "incident_id",
            "title": "title",
            "created_at": "created_at",
        },
        {
            "editor_dissimilar_incidents": _numbers(IncidentSimilarity.DISSIMILAR),
            "editor_similar_incidents": _numbers(IncidentSimilarity.SIMILAR),
            "flagged_dissimilar_incidents": _numbers(IncidentSimilarity.FLAGGED),
            "nlp_similar_incidents": Beside(
                IncidentSimilarity,
                "incident",
                {"kind": IncidentSimilarity.MACHINE},
                members={"incident_id": "other_number", "similarity": "similarity"},
            ),
        },
        {
            "AllegedDeployerOfAISystem": _entities_as(DEPLOYER),
            "AllegedDeveloperOfAISystem": _entities_as(DEVELOPER),
            "AllegedHarmedOrNearlyHarmedParties": _entities_as(HARMED),
            "implicated_systems": _entities_as(IMPLICATED),
            "editors": Link("User", IncidentEditor, "incident", "account", "public_id"),
            "reports": Link(
                "Report", IncidentReport, "incident", "report", "report_number", order="report_id"
            ),
            "classifications": Link(
                "Classification", Classification, "incident", "id", "public_id", order="pk"
            ),
        },
        Beside(
            IncidentTranslation,
            "incident",
            members={"title": "title", "description": "description", "dirty": "dirty"},
            order="pk",
        ),
    ),
    "Report": Source(
        _reports,
        {
            "_id": "public_id",
            "cloudinary_id": "cloudinary_id",
            "created_at": "created_at",
            "date_downloaded": "downloaded_at",
            "date_modified": "modified_at",
            "date_published": "published_at",
            "date_submitted": "submitted_at",
            "description": "description",
            "editor_notes": "editor_notes",
            "epoch_date_published": "published_at",
            "epoch_date_submitted": "submitted_at",
            "flag": "is_flagged",
            "image_url": "image_url",
            "inputs_outputs": "inputs_outputs",
            "is_incident_report": "is_told",
            "language": "language",
            "plain_text": "shown_plain",
            "report_number": "report_number",
            "source_domain": "source_domain",
            "snippet_max_characters": "snippet_max_characters",
            "text": "shown",
            "title": "title",
            "url": "url",
            "quiet": "is_quiet",
        },
        {
            "authors": _terms(ReportTerm.AUTHOR),
            "submitters": _terms(ReportTerm.SUBMITTER),
            "tags": _terms(ReportTerm.TAG),
        },
        {},
        Beside(
            ReportTranslation,
            "report",
            members={
                "title": "title",
                "text": "shown",
                "plain_text": "shown_plain",
                "dirty": "dirty",
            },
            order="pk",
            computed={
                "shown": Substr("text", 1, F("report__snippet_max_characters")),
                "shown_plain": Substr("plain_text", 1, F("report__snippet_max_characters")),
            },
        ),
    ),
    "Entity": Source(
        lambda viewer: incidents.visible_entities(viewer).order_by("pk"),
        {
            "_id": "public_id",
            "entity_id": "entity_id",
            "name": "name",
            "created_at": "created_at",
            "date_modified": "modified_at",
        },
    ),
    "Classification": Source(
        lambda viewer: taxonomies.classifications(viewer).order_by("pk"),
        {
            "_id": "public_id",
            "namespace": "taxonomy__namespace",
            "publish": "is_published",
            "notes": "notes",
        },
        {
            "attributes": Beside(
                Attribute,
                "classification",
                {"field__is_public": True},
                members={"short_name": "short_name", "value_json": "value_json"},
            )
        },
        {
            "incidents": Link(
                "Incident", Classification, "id", "incident", "incident_id", order="pk"
            ),
            "reports": Link("Report", Classification, "id", "report", "report_number", order="pk"),
        },
        for_editors=frozenset({"notes"}),
    ),
    "User": Source(
        _accounts,
        {
            "_id": "public_id",
            "userId": "public_id",
            "first_name": "first_name",
            "last_name": "last_name",
        },
        {"roles": Beside(AccountRole, "account", value="role", order="pk")},
    ),
}

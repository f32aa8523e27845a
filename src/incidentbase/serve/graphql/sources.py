"""Where the fields of each type come from: columns, lists beside them, and other records."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, Lower, Substr

from incidentbase.serve.graphql import around, queues
from incidentbase.serve.graphql.shapes import Beside, Link, Made, Named, Source
from incidentbase.store.accounts.models import AccountRole, visible
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


def _incidents(viewer: Viewer) -> QuerySet[Any]:
    dated = incidents.visible_incidents(viewer).annotate(day=Cast("date", TextField()))
    return dated.order_by("pk")


def _reports(viewer: Viewer) -> QuerySet[Any]:
    # Nobody reads, or finds by, more of a text than its source permits.
    limit = F("snippet_max_characters")
    rows = published.published_reports(viewer)
    # Joined, because databases look through a list of incidents for each report anew.
    links = IncidentReport.objects.filter(visible(viewer, "incident__"), report=OuterRef("pk"))
    cut = rows.annotate(
        shown=Substr("text", 1, limit),  # type: ignore[arg-type]
        shown_plain=Substr("plain_text", 1, limit),  # type: ignore[arg-type]
        is_told=Case(When(complete() & Q(Exists(links)), then=True), default=False),
    )
    return cut.order_by("pk")


def _accounts(viewer: Viewer) -> QuerySet[Any]:
    return incidents.accounts_in_sight(viewer).order_by("pk")


def _entities_as(role: str) -> Link:
    return Link("Entity", IncidentEntity, "incident", "entity", "entity_id", ("role", role))


def _numbers(kind: str) -> Beside:
    return Beside(IncidentSimilarity, "incident", ("kind", kind), "other_number")


def _terms(kind: str) -> Beside:
    return Beside(ReportTerm, "report", ("kind", kind), "value")


_SUBMITTED_BY = Made(("submitted_by",), lambda row: [row["submitted_by"]])

# A taxonomy's editor is called after it.
_ROLE = Case(
    When(namespace="", then=F("role")),
    default=Concat(F("role"), Value("_"), Lower("namespace")),
    output_field=TextField(),
)

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
                ("kind", IncidentSimilarity.MACHINE),
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
        objects={"tsne": {"x": "map_x", "y": "map_y"}},
        words=Beside(
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
        made={"inputs_outputs": Made(("inputs_outputs",), lambda row: row["inputs_outputs"])},
        named={"user": Named("User", "public_id", _SUBMITTED_BY, is_list=False)},
        words=Beside(
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
                "shown": Substr("text", 1, F("report__snippet_max_characters")),  # type: ignore[arg-type]
                "shown_plain": Substr("plain_text", 1, F("report__snippet_max_characters")),  # type: ignore[arg-type]
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
                where={"field__is_public": True},
                members={"short_name": "short_name", "value_json": "value_json"},
            )
        },
        {
            "incidents": Link(
                "Incident", Classification, "id", "incident", "incident_id", order="pk"
            ),
            "reports": Link("Report", Classification, "id", "report", "report_number", order="pk"),
        },
        for_editors={"notes": None},
    ),
    "User": Source(
        _accounts,
        {
            "_id": "public_id",
            "userId": "public_id",
            "first_name": "first_name",
            "last_name": "last_name",
        },
        {
            "roles": Beside(
                AccountRole, "account", value="named", order="pk", computed={"named": _ROLE}
            )
        },
    ),
    **queues.SOURCES,
    **around.SOURCES,
}

"""Incidents, reports, entities, taxonomies and classifications: lists, and one record each."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from ninja import Path, Query, Router
from pydantic import Field

from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import records, schemas
from incidentbase.serve.rest.around import json_answer
from incidentbase.serve.rest.asking import Listing, Narrowing, Order, members, page_of
from incidentbase.serve.rest.problems import Refused, not_found
from incidentbase.store.entities import queries as entities
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import sheets

router = Router(by_alias=True)

LARGEST_NUMBER = 999_999_999
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
GivenNumber = Annotated[int | None, Field(ge=1, le=LARGEST_NUMBER)]
Name = Annotated[str, Path(max_length=255, pattern=r"^[^/\x00-\x1f\x7f]+$")]
GivenName = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]

INCIDENT = members(
    schemas.Incident, not_in_lists="reports classifications", alone="reports classifications"
)
REPORT = members(schemas.Report, not_in_lists="text translations")
ENTITY = members(schemas.Entity, not_in_lists="incidents related", alone="incidents related")
TAXONOMY = members(schemas.Taxonomy, not_in_lists="fields", alone="fields")
CLASSIFICATION = members(schemas.Classification)


class Incidents(Listing):
    """Which incidents."""

    order: Annotated[Order, Field(description="By number, the oldest or the newest first.")] = "asc"


class Reports(Listing):
    """Which reports."""

    order: Annotated[Order, Field(description="By number, the oldest or the newest first.")] = "asc"
    incident_id: GivenNumber = None
    source_domain: GivenName = ""
    language: GivenName = ""


class Entities(Listing):
    """Which entities."""

    kind: Annotated[
        str, Field(pattern="^(organization|person|group|system|model|)$", description="Of a kind.")
    ] = ""


class Classifications(Listing):
    """Which classifications."""

    namespace: GivenName = ""
    incident_id: GivenNumber = None
    report_number: GivenNumber = None


def _list(items: list[Any], cursor: str | None) -> dict[str, Any]:
    return {"items": items, "next_cursor": cursor}


@router.get(
    "/incidents",
    response=schemas.IncidentPage,
    operation_id="listIncidents",
    summary="List incidents",
    tags=["Incidents"],
)
def list_incidents(request: HttpRequest, ask: Query[Incidents]) -> HttpResponseBase:
    """Incidents by number, without those that were found to be duplicates."""
    viewer = viewer_of(request)
    wanted = INCIDENT.of_list(ask.fields_)
    rows, cursor = page_of(request, incidents.listed(viewer), "incident_id", ask, order=ask.order)
    items = records.incident_list(rows, wanted, viewer=viewer, base=site_url(request))
    return json_answer(request, _list(items, cursor), next_cursor=cursor)


@router.get(
    "/incidents/{number:incident_id}",
    response=schemas.Incident,
    operation_id="getIncident",
    summary="Read an incident",
    tags=["Incidents"],
)
def get_incident(
    request: HttpRequest, incident_id: Number, ask: Query[Narrowing]
) -> HttpResponseBase:
    """One incident with its reports and classifications; a duplicate leads to the true one."""
    viewer = viewer_of(request)
    wanted = INCIDENT.of_one(ask.fields_)
    row = incidents.get(incident_id, viewer=viewer)
    if row is None:
        true = incidents.true_number(incident_id)
        if true is not None and incidents.get(true, viewer=viewer) is not None:
            return HttpResponsePermanentRedirect(f"/api/v1/incidents/{true}")
        raise _withdrawn_or_missing("incident", incident_id)
    whole = records.incident(row, viewer=viewer, base=site_url(request))
    return json_answer(request, records.only(whole, wanted))


@router.get(
    "/reports",
    response=schemas.ReportPage,
    operation_id="listReports",
    summary="List reports",
    tags=["Reports"],
)
def list_reports(request: HttpRequest, ask: Query[Reports]) -> HttpResponseBase:
    """Reports by number, also those of issues without an incident; no variants."""
    viewer = viewer_of(request)
    wanted = REPORT.of_list(ask.fields_)
    rows = reports.complete(viewer)
    if ask.incident_id is not None:
        named = incidents.get(ask.incident_id, viewer=viewer)
        rows = rows.filter(incident_links__incident=named) if named else rows.none()
    if ask.source_domain:
        rows = rows.filter(source_domain=ask.source_domain)
    if ask.language:
        rows = rows.filter(language=ask.language)
    found, cursor = page_of(
        request, reports.with_parts(rows), "report_number", ask, order=ask.order
    )
    items = records.report_list(found, wanted, viewer=viewer, base=site_url(request))
    return json_answer(request, _list(items, cursor), next_cursor=cursor)


@router.get(
    "/reports/{number:report_number}",
    response=schemas.Report,
    operation_id="getReport",
    summary="Read a report",
    tags=["Reports"],
)
def get_report(
    request: HttpRequest, report_number: Number, ask: Query[Narrowing]
) -> HttpResponseBase:
    """One report with its text and translations."""
    viewer = viewer_of(request)
    wanted = REPORT.of_one(ask.fields_)
    row = reports.get(report_number, viewer=viewer)
    if row is None:
        raise _withdrawn_or_missing("report", report_number)
    (item,) = records.report_list([row], wanted, viewer=viewer, base=site_url(request))
    return json_answer(request, item)


@router.get(
    "/entities",
    response=schemas.EntityPage,
    operation_id="listEntities",
    summary="List entities",
    tags=["Entities"],
)
def list_entities(request: HttpRequest, ask: Query[Entities]) -> HttpResponseBase:
    """Entities that incidents name, by id."""
    viewer = viewer_of(request)
    wanted = ENTITY.of_list(ask.fields_)
    rows = incidents.visible_entities(viewer).prefetch_related("aliases")
    if ask.kind:
        rows = rows.filter(kind=ask.kind)
    found, cursor = page_of(request, rows, "entity_id", ask, kind=str)
    items = records.entity_list(found, wanted, viewer=viewer, base=site_url(request))
    return json_answer(request, _list(items, cursor), next_cursor=cursor)


@router.get(
    "/entities/{name:entity_id}",
    response=schemas.Entity,
    operation_id="getEntity",
    summary="Read an entity",
    tags=["Entities"],
)
def get_entity(request: HttpRequest, entity_id: Name, ask: Query[Narrowing]) -> HttpResponseBase:
    """One entity with its incidents by role; one that was merged leads to the other."""
    viewer = viewer_of(request)
    wanted = ENTITY.of_one(ask.fields_)
    row = incidents.entity(entity_id, viewer=viewer)
    if row is None:
        true = entities.true_id(entity_id)
        if true is not None and incidents.entity(true, viewer=viewer) is not None:
            return HttpResponsePermanentRedirect(f"/api/v1/entities/{quote(true)}")
        raise not_found("such entity")
    whole = records.entity(row, viewer=viewer, base=site_url(request))
    return json_answer(request, records.only(whole, wanted))


@router.get(
    "/taxonomies",
    response=schemas.TaxonomyPage,
    operation_id="listTaxonomies",
    summary="List taxonomies",
    tags=["Taxonomies"],
)
def list_taxonomies(request: HttpRequest, ask: Query[Narrowing]) -> HttpResponseBase:
    """All taxonomies; there are few, so they come in one page."""
    viewer, base = viewer_of(request), site_url(request)
    wanted = TAXONOMY.of_list(ask.fields_)
    items = [
        records.only(records.taxonomy(row, base=base), wanted)
        for row in taxonomies.all_taxonomies(viewer)
    ]
    return json_answer(request, _list(items, None))


@router.get(
    "/taxonomies/{name:namespace}",
    response=schemas.Taxonomy,
    operation_id="getTaxonomy",
    summary="Read a taxonomy",
    tags=["Taxonomies"],
)
def get_taxonomy(request: HttpRequest, namespace: Name, ask: Query[Narrowing]) -> HttpResponseBase:
    """One taxonomy with its fields; its namespace counts in any letter case."""
    wanted = TAXONOMY.of_one(ask.fields_)
    rows = taxonomies.all_taxonomies(viewer_of(request))
    row = next((one for one in rows if one.namespace.lower() == namespace.lower()), None)
    if row is None:
        raise not_found("such taxonomy")
    whole = records.taxonomy(row, base=site_url(request))
    if "fields" in wanted:
        whole["fields"] = [records.field(one) for one in taxonomies.fields_of(row)]
    return json_answer(request, records.only(whole, wanted))


@router.get(
    "/classifications",
    response=schemas.ClassificationPage,
    operation_id="listClassifications",
    summary="List classifications",
    tags=["Taxonomies"],
)
def list_classifications(request: HttpRequest, ask: Query[Classifications]) -> HttpResponseBase:
    """Classifications in the order in which they were made."""
    wanted = CLASSIFICATION.of_list(ask.fields_)
    rows = taxonomies.classifications(viewer_of(request))
    if ask.namespace:
        rows = rows.filter(taxonomy__namespace=ask.namespace)
    if ask.incident_id is not None:
        rows = rows.filter(incident__incident_id=ask.incident_id)
    if ask.report_number is not None:
        rows = rows.filter(report__report_number=ask.report_number)
    found, cursor = page_of(request, sheets.with_answers(rows), "pk", ask)
    items = [records.only(records.classification(row), wanted) for row in found]
    return json_answer(request, _list(items, cursor), next_cursor=cursor)


@router.get(
    "/classifications/{name:object_id}",
    response=schemas.Classification,
    operation_id="getClassification",
    summary="Read a classification",
    tags=["Taxonomies"],
)
def get_classification(
    request: HttpRequest, object_id: Name, ask: Query[Narrowing]
) -> HttpResponseBase:
    """One classification, named by its `_id`."""
    wanted = CLASSIFICATION.of_one(ask.fields_)
    rows = taxonomies.classifications(viewer_of(request)).filter(public_id=object_id)
    row = sheets.with_answers(rows).first()
    if row is None:
        raise not_found("such classification")
    return json_answer(request, records.only(records.classification(row), wanted))


def _withdrawn_or_missing(kind: str, number: int) -> Refused:
    left = recorded.tombstone(kind, str(number))
    if left is None:
        return not_found(f"{kind} {number}")
    return Refused(410, "Gone", f"Withdrawn on {left.at.date()}. {left.reason}".strip())

"""Every operation of the API, as its OpenAPI document has it; a test holds both together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from incidentbase.client import answers, records

R = TypeVar("R", bound=records.Record)


@dataclass(frozen=True, slots=True)
class Operation(Generic[R]):
    """One operation: its name, where it is, and what it gives."""

    name: str
    path: str
    gives: type[R]
    method: str = "GET"


LIST_INCIDENTS = Operation("listIncidents", "/api/v1/incidents", answers.IncidentPage)
GET_INCIDENT = Operation("getIncident", "/api/v1/incidents/{incident_id}", records.Incident)
LIST_REPORTS = Operation("listReports", "/api/v1/reports", answers.ReportPage)
GET_REPORT = Operation("getReport", "/api/v1/reports/{report_number}", records.Report)
LIST_ENTITIES = Operation("listEntities", "/api/v1/entities", answers.EntityPage)
GET_ENTITY = Operation("getEntity", "/api/v1/entities/{entity_id}", records.Entity)
LIST_TAXONOMIES = Operation("listTaxonomies", "/api/v1/taxonomies", answers.TaxonomyPage)
GET_TAXONOMY = Operation("getTaxonomy", "/api/v1/taxonomies/{namespace}", records.Taxonomy)
LIST_CLASSIFICATIONS = Operation(
    "listClassifications", "/api/v1/classifications", answers.ClassificationPage
)
GET_CLASSIFICATION = Operation(
    "getClassification", "/api/v1/classifications/{object_id}", records.Classification
)
SEARCH = Operation("search", "/api/v1/search", answers.SearchPage)
LIST_CHANGES = Operation("listChanges", "/api/v1/changes", answers.ChangePage)
LOOK_UP_ADDRESSES = Operation("lookUpAddresses", "/api/v1/lookup/addresses", answers.LookupList)
LOOK_UP_ENTITIES = Operation("lookUpEntities", "/api/v1/lookup/entities", answers.FoundNames)
LIST_SUBMISSIONS = Operation("listSubmissions", "/api/v1/submissions", answers.SubmissionPage)
GET_SUBMISSION = Operation("getSubmission", "/api/v1/submissions/{code}", records.SubmissionState)
SEND_SUBMISSION = Operation(
    "sendSubmission", "/api/v1/submissions", records.SubmissionState, method="POST"
)

ALL: tuple[Operation[records.Record], ...] = tuple(
    one for one in list(globals().values()) if isinstance(one, Operation)
)

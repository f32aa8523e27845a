"""The taxonomy tables as plain states; fields and attributes are added by the area."""

from __future__ import annotations

from incidentbase.store.history.mirrors import VISIBILITY, Mirror, Reference, later, plain
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report
from incidentbase.store.taxonomies.models import Classification, Taxonomy

TAXONOMY = Mirror(
    kind="taxonomy",
    model=Taxonomy,
    key=("namespace",),
    columns=(
        plain("object_id", "public_id"),
        plain("namespace"),
        plain("weight"),
        plain("description"),
        plain("complete_entities"),
        plain("is_automated"),
        plain("headings"),
        later("version", usual=1),
        later("changes", usual=[]),
    ),
)

CLASSIFICATION = Mirror(
    kind="classification",
    model=Classification,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("notes"),
        plain("is_published"),
        *VISIBILITY,
    ),
    references=(
        Reference("namespace", "taxonomy", Taxonomy, "namespace"),
        Reference("incident_id", "incident", Incident, "incident_id"),
        Reference("report_number", "report", Report, "report_number"),
    ),
)

"""The table of codings as plain states."""

from __future__ import annotations

from incidentbase.store.accounts.models import Account
from incidentbase.store.codings.models import Coding
from incidentbase.store.history.mirrors import Mirror, Reference, day, moment, plain
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report
from incidentbase.store.taxonomies.models import Taxonomy

CODING = Mirror(
    kind="coding",
    model=Coding,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("number"),
        plain("state"),
        plain("is_blind"),
        plain("attributes"),
        plain("notes"),
        day("due"),
        plain("instruction"),
        moment("assigned_at"),
        moment("handed_in_at"),
    ),
    references=(
        Reference("namespace", "taxonomy", Taxonomy, "namespace"),
        Reference("incident_id", "incident", Incident, "incident_id"),
        Reference("report_number", "report", Report, "report_number"),
        Reference("annotator", "annotator", Account, "public_id"),
    ),
)

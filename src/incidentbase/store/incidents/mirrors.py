"""The incident tables as plain states; reports, entities and others are added by the area."""

from __future__ import annotations

from incidentbase.store.history.mirrors import VISIBILITY, Mirror, Reference, day, moment, plain
from incidentbase.store.incidents.models import (
    DEPLOYER,
    DEVELOPER,
    HARMED,
    IMPLICATED,
    ExternalLink,
    Incident,
    IncidentDuplicate,
    IncidentSimilarity,
)
from incidentbase.store.translations.models import IncidentTranslation

INCIDENT = Mirror(
    kind="incident",
    model=Incident,
    key=("incident_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("incident_id"),
        plain("title"),
        plain("description"),
        day("date"),
        plain("editor_notes"),
        moment("created_at"),
        moment("modified_at"),
        plain("map_x"),
        plain("map_y"),
        *VISIBILITY,
    ),
)

INCIDENT_DUPLICATE = Mirror(
    kind="incident_duplicate",
    model=IncidentDuplicate,
    key=("duplicate_number",),
    columns=(plain("object_id", "public_id"), plain("duplicate_number"), plain("true_number")),
)

EXTERNAL_LINK = Mirror(
    kind="external_link",
    model=ExternalLink,
    key=("object_id",),
    columns=(plain("object_id", "public_id"), plain("url"), plain("namespace")),
    references=(Reference("incident_id", "incident", Incident, "incident_id"),),
)

INCIDENT_TRANSLATION = Mirror(
    kind="incident_translation",
    model=IncidentTranslation,
    key=("incident_id", "language"),
    columns=(
        plain("object_id", "public_id"),
        plain("language"),
        plain("title"),
        plain("description"),
        plain("is_dirty", "dirty"),
        moment("created_at"),
        moment("modified_at"),
    ),
    references=(Reference("incident_id", "incident", Incident, "incident_id"),),
)

# The state's list names and the role, or kind of similarity, that each holds.
ENTITY_LISTS = {
    "deployers": DEPLOYER,
    "developers": DEVELOPER,
    "harmed": HARMED,
    "implicated": IMPLICATED,
}
SIMILARITY_LISTS = {
    "editor_similar": IncidentSimilarity.SIMILAR,
    "editor_dissimilar": IncidentSimilarity.DISSIMILAR,
    "flagged_dissimilar": IncidentSimilarity.FLAGGED,
}

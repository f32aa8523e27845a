"""The entity tables as plain states."""

from __future__ import annotations

from incidentbase.store.entities.models import (
    Entity,
    EntityAlias,
    EntityDuplicate,
    EntityRelationship,
)
from incidentbase.store.history.mirrors import Mirror, Reference, moment, plain

ENTITY = Mirror(
    kind="entity",
    model=Entity,
    key=("entity_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("entity_id"),
        plain("name"),
        plain("kind"),
        moment("created_at"),
        moment("modified_at"),
    ),
)

ENTITY_ALIAS = Mirror(
    kind="entity_alias",
    model=EntityAlias,
    key=("object_id",),
    columns=(plain("object_id", "public_id"), plain("name")),
    references=(Reference("entity_id", "entity", Entity, "entity_id"),),
)

ENTITY_DUPLICATE = Mirror(
    kind="entity_duplicate",
    model=EntityDuplicate,
    key=("duplicate_id",),
    columns=(plain("object_id", "public_id"), plain("duplicate_id"), plain("true_id")),
)

ENTITY_RELATIONSHIP = Mirror(
    kind="entity_relationship",
    model=EntityRelationship,
    key=("object_id",),
    columns=(
        plain("object_id", "public_id"),
        plain("predicate"),
        plain("is_symmetric"),
        moment("created_at"),
    ),
    references=(
        Reference("subject", "subject", Entity, "entity_id"),
        Reference("object", "object", Entity, "entity_id"),
    ),
)

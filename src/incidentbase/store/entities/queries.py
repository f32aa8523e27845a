"""Reads of entities among themselves.

Entities have no visibility of their own: which ones a viewer may know of follows from the
incidents that name them, so reads for pages stand in `incidents.queries`.
"""

from __future__ import annotations

from collections.abc import Iterable

from incidentbase.kit import urls
from incidentbase.store.entities.models import (
    Entity,
    EntityAlias,
    EntityDuplicate,
    EntityRelationship,
)

# As long as the column; databases do not compare with patterns of any length.
LONGEST_NAME = 500


def true_id(entity_id: str) -> str | None:
    """Return the entity id that a merged one stands for at the end of its chain, None if none."""
    seen = {entity_id}
    found = _successor(entity_id)
    while found is not None:
        further = _successor(found)
        if further is None or further in seen:
            break
        seen.add(found)
        found = further
    return found


def _successor(entity_id: str) -> str | None:
    return (
        EntityDuplicate.objects.filter(duplicate_id=entity_id)
        .values_list("true_id", flat=True)
        .first()
    )


def keys_related_to(entity: Entity) -> set[int]:
    """Return the keys of the entities that editors related to this one, in either direction."""
    return set(
        EntityRelationship.objects.filter(subject=entity).values_list("object", flat=True)
    ) | set(
        EntityRelationship.objects.filter(object=entity, is_symmetric=True).values_list(
            "subject", flat=True
        )
    )


def existing_ids(entity_ids: Iterable[str]) -> set[str]:
    """Return which of the ids belong to a stored entity."""
    rows = Entity.objects.filter(entity_id__in=set(entity_ids))
    return set(rows.values_list("entity_id", flat=True))


def id_of(name: str) -> str | None:
    """Return the id of the entity that a name or another name of it stands for, None if none.

    What was merged into another entity stands for that one.
    """
    if len(name) > LONGEST_NAME:
        return None
    slug = urls.entity_slug(name)
    if Entity.objects.filter(entity_id=slug).exists():
        return true_id(slug) or slug
    by_name = Entity.objects.filter(name__iexact=name.strip()).order_by("pk").first()
    if by_name is None:
        alias = EntityAlias.objects.filter(name__iexact=name.strip()).order_by("pk").first()
        by_name = alias.entity if alias else None
    if by_name is None:
        return true_id(slug)
    return true_id(by_name.entity_id) or by_name.entity_id

"""Reads of entities among themselves.

Entities have no visibility of their own: which ones a viewer may know of follows from the
incidents that name them, so reads for pages stand in `incidents.queries`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from incidentbase.kit import urls
from incidentbase.store.entities.models import (
    Entity,
    EntityAlias,
    EntityDuplicate,
    EntityRelationship,
)

RELATED = EntityRelationship.RELATED

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


def true_ids() -> dict[str, str]:
    """Return for every merged entity's id the one at the end of its chain."""
    next_of = dict(EntityDuplicate.objects.values_list("duplicate_id", "true_id"))
    ends = {}
    for entity_id in next_of:
        end, seen = next_of[entity_id], {entity_id}
        while end in next_of and end not in seen:
            seen.add(end)
            end = next_of[end]
        ends[entity_id] = end
    return ends


def _successor(entity_id: str) -> str | None:
    return (
        EntityDuplicate.objects.filter(duplicate_id=entity_id)
        .values_list("true_id", flat=True)
        .first()
    )


def relations(predicates: Iterable[str], *, of: Entity | None = None) -> list[tuple[str, int, int]]:
    """Return (predicate, subject's key, object's key) of relations, of one entity or of all.

    Related is said of both or of neither: in one direction alone it does not count.
    """
    rows = EntityRelationship.objects.filter(
        Q(predicate=RELATED, is_symmetric=True) | ~Q(predicate=RELATED), predicate__in=predicates
    )
    if of is not None:
        rows = rows.filter(Q(subject=of) | Q(object=of))
    return list(rows.order_by("pk").values_list("predicate", "subject", "object"))


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

"""What stands around incidents and entities: duplicates, relationships, who follows what."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from incidentbase.serve.graphql.shapes import Link, Source
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities.models import EntityRelationship
from incidentbase.store.records import published
from incidentbase.store.subscriptions import queries as subscriptions
from incidentbase.store.subscriptions.models import Subscription


def _relationships(viewer: Viewer) -> QuerySet[Any]:
    return published.relationships(viewer).order_by("pk")


def _duplicates(viewer: Viewer) -> QuerySet[Any]:
    return published.incident_duplicates(viewer).order_by("pk")


def _entity_duplicates(viewer: Viewer) -> QuerySet[Any]:
    return published.entity_duplicates(viewer).order_by("pk")


def _subscriptions(viewer: Viewer) -> QuerySet[Any]:
    return subscriptions.visible_to(viewer).order_by("pk")


def _end(column: str) -> Link:
    return Link("Entity", EntityRelationship, "id", column, "entity_id", order="pk", is_list=False)


def _followed(kind: str, column: str, key: str) -> Link:
    return Link(kind, Subscription, "id", column, key, order="pk", is_list=False)


SOURCES: dict[str, Source] = {
    "Entity_relationship": Source(
        _relationships,
        {
            "_id": "public_id",
            "pred": "predicate",
            "is_symmetric": "is_symmetric",
            "created_at": "created_at",
        },
        links={"obj": _end("object"), "sub": _end("subject")},
    ),
    "Duplicate": Source(
        _duplicates,
        {
            "_id": "public_id",
            "duplicate_incident_number": "duplicate_number",
            "true_incident_number": "true_number",
        },
    ),
    "EntityDuplicate": Source(
        _entity_duplicates,
        {
            "_id": "public_id",
            "duplicate_entity_id": "duplicate_id",
            "true_entity_id": "true_id",
        },
    ),
    "Subscription": Source(
        _subscriptions,
        {"_id": "public_id", "type": "type"},
        links={
            "entityId": _followed("Entity", "entity", "entity_id"),
            "incident_id": _followed("Incident", "incident", "incident_id"),
            "userId": _followed("User", "account", "public_id"),
        },
    ),
}

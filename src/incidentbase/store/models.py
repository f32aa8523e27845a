"""Every table of the product, gathered so that Django finds them."""

from __future__ import annotations

from incidentbase.store.accounts.models import Account, AccountRole, ApiToken
from incidentbase.store.checklists.models import Checklist, ChecklistRisk
from incidentbase.store.codings.models import Coding
from incidentbase.store.entities.models import (
    Entity,
    EntityAlias,
    EntityDuplicate,
    EntityRelationship,
)
from incidentbase.store.flags.models import Flag
from incidentbase.store.history.models import ChainHead, Change, FollowerCursor, NumberSeries
from incidentbase.store.incidents.models import (
    ExternalLink,
    Incident,
    IncidentDuplicate,
    IncidentEditor,
    IncidentEmbedding,
    IncidentEntity,
    IncidentReport,
    IncidentSimilarity,
)
from incidentbase.store.reports.models import Report, ReportEmbedding, ReportTerm
from incidentbase.store.submissions.models import Candidate, QuickAdd, Submission
from incidentbase.store.subscriptions.models import FormerSubscription, Subscription
from incidentbase.store.taxonomies.models import (
    Attribute,
    AttributeValue,
    Classification,
    Taxonomy,
    TaxonomyField,
)
from incidentbase.store.translations.models import IncidentTranslation, ReportTranslation
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery

__all__ = [
    "Account",
    "AccountRole",
    "ApiToken",
    "Attribute",
    "AttributeValue",
    "Candidate",
    "ChainHead",
    "Change",
    "Checklist",
    "ChecklistRisk",
    "Classification",
    "Coding",
    "Entity",
    "EntityAlias",
    "EntityDuplicate",
    "EntityRelationship",
    "ExternalLink",
    "Flag",
    "FollowerCursor",
    "FormerSubscription",
    "Incident",
    "IncidentDuplicate",
    "IncidentEditor",
    "IncidentEmbedding",
    "IncidentEntity",
    "IncidentReport",
    "IncidentSimilarity",
    "IncidentTranslation",
    "NumberSeries",
    "QuickAdd",
    "Report",
    "ReportEmbedding",
    "ReportTerm",
    "ReportTranslation",
    "Submission",
    "Subscription",
    "Taxonomy",
    "TaxonomyField",
    "Webhook",
    "WebhookDelivery",
]

"""Every kind of record that can be imported and verified, with what its area offers for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db.models import Model

from incidentbase.store.accounts import queries as accounts
from incidentbase.store.checklists import actions as checklist_actions
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists.mirrors import CHECKLIST
from incidentbase.store.checklists.models import ChecklistRisk
from incidentbase.store.codings.mirrors import CODING
from incidentbase.store.entities.mirrors import (
    ENTITY,
    ENTITY_ALIAS,
    ENTITY_DUPLICATE,
    ENTITY_RELATIONSHIP,
)
from incidentbase.store.flags.mirrors import FLAG
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history
from incidentbase.store.history.mirrors import Mirror, State
from incidentbase.store.incidents import actions as incident_actions
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.mirrors import (
    EXTERNAL_LINK,
    INCIDENT,
    INCIDENT_DUPLICATE,
    INCIDENT_TRANSLATION,
)
from incidentbase.store.incidents.models import (
    IncidentEditor,
    IncidentEmbedding,
    IncidentEntity,
    IncidentReport,
    IncidentSimilarity,
)
from incidentbase.store.reports import actions as report_actions
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.mirrors import REPORT, REPORT_TRANSLATION
from incidentbase.store.reports.models import ReportEmbedding, ReportTerm
from incidentbase.store.submissions.mirrors import CANDIDATE, QUICK_ADD, SUBMISSION
from incidentbase.store.subscriptions import actions as subscriptions
from incidentbase.store.taxonomies import actions as taxonomy_actions
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.mirrors import CLASSIFICATION, TAXONOMY
from incidentbase.store.taxonomies.models import Attribute, AttributeValue, TaxonomyField
from incidentbase.store.webhooks import queries as webhooks

Reader = Callable[[Iterable[str]], dict[str, State]]
Writer = Callable[[Sequence[State], Sequence[str]], None]


def _nothing_missing(_state: State) -> dict[str, list[str]]:
    return {}


def _nothing_more(_key: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its mirror, how states are read, and how they are written.

    `parts` are the tables of its lists, which go with it; `missing` says which records its lists
    name that do not exist, by field; `came_back` is told of a key that undoing brought back.
    """

    mirror: Mirror
    states: Reader
    insert: Writer
    replace: Writer
    parts: tuple[type[Model], ...] = ()
    missing: Callable[[State], dict[str, list[str]]] = _nothing_missing
    came_back: Callable[[str], None] = _nothing_more


def _flat(mirror: Mirror) -> Kind:
    """Return the kind of a table without lists of its own."""

    def insert(states: Sequence[State], digests: Sequence[str]) -> None:
        history_actions.insert_rows(mirror, states, source_digests=digests)

    def replace(states: Sequence[State], digests: Sequence[str]) -> None:
        history_actions.replace_rows(mirror, states, source_digests=digests)

    return Kind(mirror, partial(history.states, mirror), insert, replace)


KINDS: dict[str, Kind] = {
    kind.mirror.kind: kind
    for kind in (
        Kind(
            TAXONOMY,
            taxonomies.taxonomy_states,
            taxonomy_actions.insert_imported_taxonomies,
            taxonomy_actions.replace_imported_taxonomies,
            parts=(TaxonomyField,),
        ),
        replace(_flat(ENTITY), came_back=subscriptions.follow_again),
        _flat(ENTITY_ALIAS),
        _flat(ENTITY_RELATIONSHIP),
        _flat(ENTITY_DUPLICATE),
        Kind(
            REPORT,
            reports.states,
            report_actions.insert_imported,
            report_actions.replace_imported,
            parts=(ReportTerm, ReportEmbedding),
        ),
        Kind(
            INCIDENT,
            incidents.states,
            incident_actions.insert_imported,
            incident_actions.replace_imported,
            parts=(
                IncidentReport,
                IncidentEntity,
                IncidentEditor,
                IncidentSimilarity,
                IncidentEmbedding,
            ),
            missing=incidents.missing_targets,
        ),
        _flat(INCIDENT_DUPLICATE),
        _flat(EXTERNAL_LINK),
        Kind(
            CLASSIFICATION,
            taxonomies.classification_states,
            taxonomy_actions.insert_imported_classifications,
            taxonomy_actions.replace_imported_classifications,
            parts=(Attribute, AttributeValue),
        ),
        _flat(CODING),
        _flat(INCIDENT_TRANSLATION),
        _flat(REPORT_TRANSLATION),
        _flat(SUBMISSION),
        _flat(QUICK_ADD),
        _flat(CANDIDATE),
        _flat(FLAG),
        Kind(
            CHECKLIST,
            checklists.states,
            checklist_actions.insert_imported,
            checklist_actions.replace_imported,
            parts=(ChecklistRisk,),
        ),
    )
}

# What `verify` can read back; accounts, their tokens and webhooks are never imported by themselves.
READERS: dict[str, Reader] = {
    "account": accounts.states,
    "api_token": accounts.token_states,
    "webhook": webhooks.states,
    **{name: kind.states for name, kind in KINDS.items()},
}

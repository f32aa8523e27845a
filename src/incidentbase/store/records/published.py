"""What everybody may see of each kind of record, streamed in a lasting order: what exports hold.

Kinds and fields are named one by one: what is new stays out until somebody lets it out. Of what
records name only that remains which everybody may see as well, so that a hidden record leaves no
trace (ADR 3). A published state, brought into an empty store and published again, is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from incidentbase.kit import text
from incidentbase.store.accounts.rules import Viewer, anonymous
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists import rules as checklist_rules
from incidentbase.store.entities import queries as entities
from incidentbase.store.entities.models import EntityAlias, EntityDuplicate, EntityRelationship
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import (
    ExternalLink,
    IncidentDuplicate,
    IncidentEmbedding,
    IncidentReport,
)
from incidentbase.store.records import rules
from incidentbase.store.records.kinds import KINDS
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportEmbedding, complete
from incidentbase.store.submissions.models import QuickAdd
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import Taxonomy
from incidentbase.store.translations.models import IncidentTranslation, ReportTranslation

BATCH = 200

# Each kind that is published, with the fields of it that are.
FIELDS: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "taxonomy": "object_id namespace weight description complete_entities is_automated "
        "headings version fields",
        "entity": "object_id entity_id name kind created_at modified_at",
        "entity_alias": "object_id name entity_id",
        "entity_relationship": "object_id predicate is_symmetric created_at subject object",
        "entity_duplicate": "object_id duplicate_id true_id",
        "report": "object_id report_number title url source_domain text plain_text language "
        "image_url cloudinary_id description editor_notes inputs_outputs published_at "
        "downloaded_at submitted_at modified_at created_at is_flagged is_quiet "
        "snippet_max_characters authors submitters tags",
        "incident": "object_id incident_id title description date editor_notes created_at "
        "modified_at map_x map_y reports deployers developers harmed implicated editors "
        "machine_similar editor_similar editor_dissimilar flagged_dissimilar",
        "incident_duplicate": "object_id duplicate_number true_number",
        "external_link": "object_id url namespace incident_id",
        "classification": "object_id is_published namespace incident_id report_number attributes",
        "incident_translation": "object_id language title description is_dirty created_at "
        "modified_at incident_id",
        "report_translation": "object_id language title text plain_text is_dirty created_at "
        "report_number",
        "quick_add": "object_id url date_submitted source_domain incident_number",
        "checklist": "object_id checklist_id owner_id name about tags risk_fields created_at "
        "updated_at risks",
    }.items()
}
# Each kind that is not, and why.
WITHHELD = {
    "submission": "what waits for editors is shown to others by its title only",
    "candidate": "what machines found is for editors",
    "coding": "annotators work blind, and what becomes of it is a classification",
    "flag": "what readers say of a flagged report is for editors",
}
# What a field of a taxonomy says, and what it says when it says nothing.
_DEFINITION: dict[str, Any] = {
    "short_name": "",
    "field_number": "",
    "long_name": "",
    "short_description": "",
    "long_description": "",
    "display_type": "string",
    "mongo_type": "",
    "default": "",
    "placeholder": "",
    "permitted_values": [],
    "weight": 0,
    "instant_facet": False,
    "required": False,
    "public": True,
    "hide_search": False,
    "render_as": "",
    "notes": "",
    "complete_from": {},
    "item_fields": None,
}
_RISK = ("id", "title", "severity", "likelihood", "risk_status", "risk_notes")
_MILLISECONDS = len("2024-05-01T12:00:00.000")


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Let all that is read inside come from one moment, however long it takes.

    Nobody is kept from writing meanwhile. Inside of a transaction it is that transaction's moment.
    """
    if connection.in_atomic_block:
        yield
        return
    is_postgresql = connection.vendor == "postgresql"
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgresql else "BEGIN"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def count(kind: str, *, at: dt.datetime) -> int:
    """Return how many records of a kind are looked at to publish it; for showing progress."""
    return _ROWS[kind].rows(anonymous(at)).count()


def states(kind: str, *, at: dt.datetime) -> Iterator[State]:
    """Yield what everybody may see of each record of a kind, in the order of their names.

    Raises KeyError for a kind that is not published.
    """
    viewer = anonymous(at)
    found = _ROWS[kind]
    for keys in _batches(found.keys(viewer)):
        known = KINDS[kind].states(keys)
        batch = [known[key] for key in keys if key in known]
        for state in found.shown(batch, viewer):
            allowed = {name: value for name, value in state.items() if name in FIELDS[kind]}
            yield {name: _to_milliseconds(name, value) for name, value in allowed.items()}


def reports_of_incidents(numbers: Iterable[int], *, at: dt.datetime) -> set[int]:
    """Return which of the reports belong to an incident that everybody may see."""
    links = IncidentReport.objects.filter(
        report__report_number__in=set(numbers),
        incident__in=incidents.visible_incidents(anonymous(at)),
    )
    return set(links.values_list("report__report_number", flat=True))


def report_vectors(numbers: Iterable[int], *, model: str) -> dict[int, tuple[bytes, str]]:
    """Return vectors of reports and the hashes of their texts by number, as they are stored."""
    rows = ReportEmbedding.objects.filter(model=model, report__report_number__in=set(numbers))
    found = rows.values_list("report__report_number", "vector", "from_text_hash")
    return {number: (bytes(vector), text_hash) for number, vector, text_hash in found}


def incident_vectors(
    numbers: Iterable[int], *, model: str, at: dt.datetime
) -> dict[int, tuple[bytes, list[int]]]:
    """Return vectors of incidents and the reports behind them, by number.

    A mean in which a report has part that not everybody may see is left out.
    """
    rows = IncidentEmbedding.objects.filter(model=model, incident__incident_id__in=set(numbers))
    found = list(rows.values_list("incident__incident_id", "vector", "from_reports"))
    behind = {number for _incident, _vector, reports_of in found for number in reports_of}
    seen = published_reports(anonymous(at)).filter(report_number__in=behind)
    known = set(seen.values_list("report_number", flat=True))
    return {
        incident: (bytes(vector), reports_of)
        for incident, vector, reports_of in found
        if known.issuperset(reports_of)
    }


def _to_milliseconds(name: str, value: Any) -> Any:
    """Return a moment without what is finer than the formats outside can say."""
    if name.endswith("_at") and isinstance(value, str):
        return value[:_MILLISECONDS] + "Z"
    return value


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


Shown = Callable[[list[State], Viewer], Iterable[State]]


def _all(batch: list[State], _viewer: Viewer) -> Iterable[State]:
    return batch


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a kind in order, the columns of its key, and what is shown of its states."""

    rows: Callable[[Viewer], QuerySet[Any]]
    key: tuple[str, ...]
    shown: Shown = _all

    def keys(self, viewer: Viewer) -> Iterator[str]:
        """Yield the keys of the rows."""
        for found in self.rows(viewer).values_list(*self.key).iterator(chunk_size=2000):
            yield ":".join(map(str, found))


def published_reports(viewer: Viewer) -> QuerySet[Report]:
    """Return the reports that are seen; a variant is seen through its incidents."""
    links = IncidentReport.objects.filter(
        report=OuterRef("pk"), incident__in=incidents.listed(viewer)
    )
    seen: QuerySet[Report] = reports.visible(viewer).filter(complete() | Exists(links))
    return seen.order_by("report_number")


def _shown_reports(batch: list[State], _viewer: Viewer) -> Iterator[State]:
    for state in batch:
        limit = state["snippet_max_characters"]
        # No reader gets more of a text than its source permits.
        plain = text.excerpt(state["plain_text"], limit)
        is_cut = len(state["plain_text"]) > limit
        yield {**rules.cut_to_size(state, limit=None), **({"plain_text": plain} if is_cut else {})}


def _shown_report_translations(batch: list[State], _viewer: Viewer) -> Iterator[State]:
    numbers = {state["report_number"] for state in batch}
    rows = Report.objects.filter(report_number__in=numbers)
    limits = dict(rows.values_list("report_number", "snippet_max_characters"))
    for state in batch:
        limit = limits[state["report_number"]]
        if len(state["plain_text"]) > limit:
            cut = text.excerpt(state["plain_text"], limit)
            yield {**state, "text": cut, "plain_text": cut}
        else:
            yield state


def _shown_incidents(batch: list[State], viewer: Viewer) -> Iterator[State]:
    named = rules.named_in(batch)
    rows = published_reports(viewer).filter(report_number__in=named.reports)
    seen_reports = set(rows.values_list("report_number", flat=True))
    seen_entities = incidents.entity_names(named.entities, viewer=viewer)
    seen_incidents = _numbers_that_lead_somewhere(named.incidents, viewer)
    seen: dict[str, Any] = {
        "reports": seen_reports,
        "entities": seen_entities,
        "incidents": seen_incidents,
    }
    for state in batch:
        yield {
            name: [one for one in value if _named(one) in seen[rules.NAMING[name]]]
            if name in rules.NAMING
            else value
            for name, value in state.items()
        }


def _named(member: Any) -> Any:
    return member[0] if isinstance(member, list) else member


def _numbers_that_lead_somewhere(numbers: set[int], viewer: Viewer) -> set[int]:
    """Return which numbers are of incidents in sight, or of their duplicates."""
    ends = incidents.true_numbers(numbers)
    rows = incidents.visible_incidents(viewer).filter(incident_id__in=numbers | set(ends.values()))
    seen = set(rows.values_list("incident_id", flat=True))
    return {number for number in numbers if number in seen or ends.get(number) in seen}


def incident_duplicates(viewer: Viewer) -> QuerySet[IncidentDuplicate]:
    """Return the duplicates that lead to an incident in sight."""
    numbers = IncidentDuplicate.objects.values_list("duplicate_number", flat=True)
    ends = incidents.true_numbers(numbers)
    rows = incidents.visible_incidents(viewer).filter(incident_id__in=ends.values())
    seen = set(rows.values_list("incident_id", flat=True))
    shown = [number for number, end in ends.items() if end in seen]
    return IncidentDuplicate.objects.filter(duplicate_number__in=shown)


def entity_duplicates(viewer: Viewer) -> QuerySet[EntityDuplicate]:
    """Return the merged entities that lead to an entity in sight."""
    ends = entities.true_ids()
    seen = incidents.entity_names(set(ends.values()), viewer=viewer)
    shown = [entity_id for entity_id, end in ends.items() if end in seen]
    return EntityDuplicate.objects.filter(duplicate_id__in=shown)


def _shown_taxonomies(batch: list[State], _viewer: Viewer) -> Iterator[State]:
    for state in batch:
        yield {**state, "fields": [_definition(one) for one in state["fields"]]}


def _definition(field: State) -> State:
    """Return a field; of one for annotators only its name, which readers of columns count."""
    if not field.get("public", True):
        kept: State = {
            name: field[name] for name in ("short_name", "display_type") if name in field
        }
        return {**_DEFINITION, **kept, "public": False, "subfields": []}
    own = {name: field.get(name, usual) for name, usual in _DEFINITION.items()}
    return {**own, "subfields": [_definition(one) for one in field.get("subfields", ())]}


def _shown_classifications(batch: list[State], viewer: Viewer) -> Iterator[State]:
    answers = taxonomies.public_answers(state["object_id"] for state in batch)
    told = {
        more[0]["report"]
        for given in answers.values()
        for _name, _value, *more in given
        if more and "report" in more[0]
    }
    rows = published_reports(viewer).filter(report_number__in=told)
    seen = set(rows.values_list("report_number", flat=True))
    for state in batch:
        given = answers.get(state["object_id"], [])
        yield {**state, "attributes": [_answer(*one, seen=seen) for one in given]}


def _answer(name: str, value: str, *provenance: State, seen: set[int]) -> list[Any]:
    """Return an answer; of the passage behind it nothing if its report is not seen."""
    told = dict(provenance[0]) if provenance else {}
    if told.get("report") not in seen:
        told.pop("report", None)
        told.pop("passage", None)
    return [name, value, *([told] if told else [])]


def _shown_quick_adds(batch: list[State], viewer: Viewer) -> Iterator[State]:
    numbers = {state["incident_number"] for state in batch}
    seen = _numbers_that_lead_somewhere(numbers, viewer)
    for state in batch:
        number = state["incident_number"]
        yield {**state, "incident_number": number if number in seen else 0}


def _shown_checklists(batch: list[State], _viewer: Viewer) -> Iterator[State]:
    # What a risk holds of precedents is as old as the risk: readers get what is seen today.
    for state in batch:
        risks = [
            {
                **{name: checklist_rules.said(risk, name) for name in _RISK},
                "tags": checklist_rules.risk_tags(risk),
                "touched": bool(risk.get("touched")),
            }
            for risk in state["risks"]
        ]
        lists = state["tags"] or {}
        tags = {name: list(lists.get(name) or ()) for name in checklist_rules.TAG_LISTS}
        yield {**state, "risks": risks, "tags": tags}


def relationships(viewer: Viewer) -> QuerySet[EntityRelationship]:
    """Return the relationships between entities that the viewer may know of."""
    seen = incidents.visible_entities(viewer)
    rows = EntityRelationship.objects.filter(subject__in=seen, object__in=seen)
    return rows.order_by("subject__entity_id", "predicate", "object__entity_id")


_ROWS: dict[str, _Rows] = {
    "taxonomy": _Rows(
        lambda _viewer: Taxonomy.objects.order_by("namespace"), ("namespace",), _shown_taxonomies
    ),
    "entity": _Rows(
        lambda viewer: incidents.visible_entities(viewer).order_by("entity_id"), ("entity_id",)
    ),
    "entity_alias": _Rows(
        lambda viewer: EntityAlias.objects.filter(
            entity__in=incidents.visible_entities(viewer)
        ).order_by("entity__entity_id", "name"),
        ("public_id",),
    ),
    "entity_relationship": _Rows(relationships, ("public_id",)),
    "entity_duplicate": _Rows(
        lambda viewer: entity_duplicates(viewer).order_by("duplicate_id"), ("duplicate_id",)
    ),
    "report": _Rows(published_reports, ("report_number",), _shown_reports),
    "incident": _Rows(
        lambda viewer: incidents.visible_incidents(viewer).order_by("incident_id"),
        ("incident_id",),
        _shown_incidents,
    ),
    "incident_duplicate": _Rows(
        lambda viewer: incident_duplicates(viewer).order_by("duplicate_number"),
        ("duplicate_number",),
    ),
    "external_link": _Rows(
        lambda viewer: ExternalLink.objects.filter(
            incident__in=incidents.visible_incidents(viewer)
        ).order_by("incident__incident_id", "namespace", "url"),
        ("public_id",),
    ),
    # As the reference has them: in the order in which they were made.
    "classification": _Rows(
        lambda viewer: taxonomies.classifications(viewer).order_by("pk"),
        ("public_id",),
        _shown_classifications,
    ),
    "incident_translation": _Rows(
        lambda viewer: IncidentTranslation.objects.filter(
            incident__in=incidents.visible_incidents(viewer)
        ).order_by("incident__incident_id", "language"),
        ("incident__incident_id", "language"),
    ),
    "report_translation": _Rows(
        lambda viewer: ReportTranslation.objects.filter(
            report__in=published_reports(viewer).order_by()
        ).order_by("report__report_number", "language"),
        ("report__report_number", "language"),
        _shown_report_translations,
    ),
    "quick_add": _Rows(
        lambda _viewer: QuickAdd.objects.order_by("date_submitted", "public_id"),
        ("public_id",),
        _shown_quick_adds,
    ),
    "checklist": _Rows(
        lambda viewer: checklists.visible_to(viewer).order_by("public_id"),
        ("public_id",),
        _shown_checklists,
    ),
}

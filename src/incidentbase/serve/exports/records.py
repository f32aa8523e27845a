"""States of the store turned into records of the reference's shape: the way back of `ingest`."""

from __future__ import annotations

import array
import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from incidentbase.formats import aiid
from incidentbase.kit import clock
from incidentbase.store.records import published

State = dict[str, Any]

BATCH = 200


def records(collection: str, *, at: dt.datetime) -> Iterator[Any]:
    """Yield what everybody may see of a collection as records."""
    kind, to_record = KIND_OF[collection]
    found = (to_record(state) for state in published.states(kind, at=at))
    if kind == "report":
        return _with_vectors_of_reports(found, at)
    if kind == "incident":
        return _with_vectors_of_incidents(found, at)
    return found


def _with_vectors_of_reports(
    found: Iterator[aiid.ReportRecord], at: dt.datetime
) -> Iterator[aiid.ReportRecord]:
    for batch in _batches(found):
        numbers = [record.report_number for record in batch]
        vectors = published.report_vectors(numbers, model=aiid.EMBEDDING_MODEL)
        linked = published.reports_of_incidents(numbers, at=at)
        for record in batch:
            is_complete = bool(record.title and record.url and record.source_domain)
            known = vectors.get(record.report_number)
            yield replace(
                record,
                is_incident_report=is_complete and record.report_number in linked,
                embedding=known and aiid.Embedding(_unpacked(known[0]), known[1], ()),
            )


def _with_vectors_of_incidents(
    found: Iterator[aiid.IncidentRecord], at: dt.datetime
) -> Iterator[aiid.IncidentRecord]:
    for batch in _batches(found):
        numbers = [record.incident_id for record in batch]
        vectors = published.incident_vectors(numbers, model=aiid.EMBEDDING_MODEL, at=at)
        for record in batch:
            known = vectors.get(record.incident_id)
            yield replace(
                record,
                embedding=known and aiid.Embedding(_unpacked(known[0]), "", tuple(known[1])),
            )


def _batches(found: Iterable[Any]) -> Iterator[list[Any]]:
    batch = []
    for record in found:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _unpacked(vector: bytes) -> tuple[float, ...]:
    unpacked = array.array("f", vector)
    if sys.byteorder == "big":
        unpacked.byteswap()
    return tuple(unpacked)


def _moment(text: str) -> dt.datetime:
    moment = clock.from_iso(text)
    if moment is None:
        raise ValueError(text)
    return moment


def _taxonomy(state: State) -> aiid.TaxonomyRecord:
    return aiid.TaxonomyRecord(
        object_id=state["object_id"],
        namespace=state["namespace"],
        weight=state["weight"],
        description=state["description"],
        complete_entities=state["complete_entities"],
        automated=state["is_automated"],
        headings=tuple((str(number), str(name)) for number, name in state["headings"]),
        fields=tuple(map(_field, state["fields"])),
        version=state.get("version", 1),
    )


def _field(state: State) -> aiid.FieldRecord:
    own = {name: value for name, value in state.items() if name != "mongo_type"}
    own["permitted_values"] = tuple(state["permitted_values"])
    own["subfields"] = tuple(map(_field, state["subfields"]))
    return aiid.FieldRecord(storage_type=state["mongo_type"], **own)


def _entity(state: State) -> aiid.EntityRecord:
    return aiid.EntityRecord(
        object_id=state["object_id"],
        entity_id=state["entity_id"],
        name=state["name"],
        created_at=clock.from_iso(state["created_at"]),
        modified_at=clock.from_iso(state["modified_at"]),
        kind=state["kind"],
    )


def _entity_alias(state: State) -> aiid.EntityAliasRecord:
    return aiid.EntityAliasRecord(state["object_id"], state["entity_id"], state["name"])


def _entity_relationship(state: State) -> aiid.EntityRelationshipRecord:
    return aiid.EntityRelationshipRecord(
        object_id=state["object_id"],
        subject_id=state["subject"],
        object_entity_id=state["object"],
        predicate=state["predicate"],
        is_symmetric=state["is_symmetric"],
        created_at=clock.from_iso(state["created_at"]),
    )


def _entity_duplicate(state: State) -> aiid.EntityDuplicateRecord:
    return aiid.EntityDuplicateRecord(state["object_id"], state["duplicate_id"], state["true_id"])


def _report(state: State) -> aiid.ReportRecord:
    return aiid.ReportRecord(
        object_id=state["object_id"],
        report_number=state["report_number"],
        title=state["title"],
        url=state["url"],
        source_domain=state["source_domain"],
        text=state["text"],
        plain_text=state["plain_text"],
        authors=tuple(state["authors"]),
        submitters=tuple(state["submitters"]),
        tags=tuple(state["tags"]),
        language=state["language"],
        image_url=state["image_url"],
        cloudinary_id=state["cloudinary_id"],
        description=state["description"],
        editor_notes=state["editor_notes"],
        inputs_outputs=tuple(map(str, state["inputs_outputs"])),
        date_published=_moment(state["published_at"]),
        date_downloaded=_moment(state["downloaded_at"]),
        date_submitted=_moment(state["submitted_at"]),
        date_modified=_moment(state["modified_at"]),
        created_at=clock.from_iso(state["created_at"]),
        flag=state["is_flagged"],
        quiet=state["is_quiet"],
        snippet_max_characters=state["snippet_max_characters"],
        user_id="",
        embedding=None,
    )


def _incident(state: State) -> aiid.IncidentRecord:
    is_placed = state["map_x"] is not None and state["map_y"] is not None
    return aiid.IncidentRecord(
        object_id=state["object_id"],
        incident_id=state["incident_id"],
        title=state["title"],
        description=state["description"],
        date=dt.date.fromisoformat(state["date"]),
        editor_notes=state["editor_notes"],
        reports=tuple(state["reports"]),
        deployers=tuple(state["deployers"]),
        developers=tuple(state["developers"]),
        harmed=tuple(state["harmed"]),
        implicated=tuple(state["implicated"]),
        editors=tuple(state["editors"]),
        nlp_similar=tuple((number, similarity) for number, similarity in state["machine_similar"]),
        editor_similar=tuple(state["editor_similar"]),
        editor_dissimilar=tuple(state["editor_dissimilar"]),
        flagged_dissimilar=tuple(state["flagged_dissimilar"]),
        created_at=clock.from_iso(state["created_at"]),
        modified_at=clock.from_iso(state["modified_at"]),
        tsne=(state["map_x"], state["map_y"]) if is_placed else None,
        embedding=None,
    )


def _incident_duplicate(state: State) -> aiid.DuplicateRecord:
    return aiid.DuplicateRecord(state["object_id"], state["duplicate_number"], state["true_number"])


def _external_link(state: State) -> aiid.ExternalLinkRecord:
    return aiid.ExternalLinkRecord(
        object_id=state["object_id"],
        incident_id=state["incident_id"],
        url=state["url"],
        namespace=state["namespace"],
    )


def _classification(state: State) -> aiid.ClassificationRecord:
    incident, report = state["incident_id"], state["report_number"]
    return aiid.ClassificationRecord(
        object_id=state["object_id"],
        namespace=state["namespace"],
        incidents=() if incident is None else (incident,),
        reports=() if report is None else (report,),
        attributes=tuple((name, value) for name, value, *_more in state["attributes"]),
        notes="",
        publish=state["is_published"],
        provenance={
            place: more[0]
            for place, (_name, _value, *more) in enumerate(state["attributes"])
            if more
        },
    )


def _incident_translation(state: State) -> aiid.IncidentTranslationRecord:
    return aiid.IncidentTranslationRecord(
        object_id=state["object_id"],
        incident_id=state["incident_id"],
        language=state["language"],
        title=state["title"],
        description=state["description"],
        dirty=state["is_dirty"],
        created_at=clock.from_iso(state["created_at"]),
        modified_at=clock.from_iso(state["modified_at"]),
    )


def _report_translation(state: State) -> aiid.ReportTranslationRecord:
    return aiid.ReportTranslationRecord(
        object_id=state["object_id"],
        report_number=state["report_number"],
        language=state["language"],
        title=state["title"],
        text=state["text"],
        plain_text=state["plain_text"],
        dirty=state["is_dirty"],
        created_at=clock.from_iso(state["created_at"]),
    )


def _quick_add(state: State) -> aiid.QuickAddRecord:
    return aiid.QuickAddRecord(
        object_id=state["object_id"],
        url=state["url"],
        date_submitted=state["date_submitted"],
        source_domain=state["source_domain"],
        incident_id=state["incident_number"],
    )


def _checklist(state: State) -> aiid.ChecklistRecord:
    return aiid.ChecklistRecord(
        object_id=state["object_id"],
        checklist_id=state["checklist_id"],
        owner_id=state["owner_id"],
        name=state["name"],
        about=state["about"],
        tags_goals=tuple(state["tags"]["goals"]),
        tags_methods=tuple(state["tags"]["methods"]),
        tags_other=tuple(state["tags"]["other"]),
        risks=tuple(state["risks"]),
        date_created=clock.from_iso(state["created_at"]),
        date_updated=clock.from_iso(state["updated_at"]),
        risk_fields=tuple(state["risk_fields"]),
    )


# Which kind of record each collection holds, and how its states become records.
KIND_OF: dict[str, tuple[str, Callable[[State], Any]]] = {
    "taxa": ("taxonomy", _taxonomy),
    "entities": ("entity", _entity),
    "entity_aliases": ("entity_alias", _entity_alias),
    "entity_relationships": ("entity_relationship", _entity_relationship),
    "entity_duplicates": ("entity_duplicate", _entity_duplicate),
    "reports": ("report", _report),
    "incidents": ("incident", _incident),
    "duplicates": ("incident_duplicate", _incident_duplicate),
    "incident_links": ("external_link", _external_link),
    "classifications": ("classification", _classification),
    "translations/incidents": ("incident_translation", _incident_translation),
    "translations/reports": ("report_translation", _report_translation),
    "quickadd": ("quick_add", _quick_add),
    "checklists": ("checklist", _checklist),
}

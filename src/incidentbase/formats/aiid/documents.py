"""Turns one document of a collection into its record, or into a `BadRow` that says why not.

Documents come from BSON, from lines of JSON, and from CSV rows that `tables` gave the same
shape, so the rules for what makes a record stand here once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from incidentbase.formats.aiid import values
from incidentbase.formats.aiid.records import (
    BadRow,
    CandidateRecord,
    ChecklistRecord,
    ClassificationRecord,
    DuplicateRecord,
    Embedding,
    EntityAliasRecord,
    EntityDuplicateRecord,
    EntityRecord,
    EntityRelationshipRecord,
    ExternalLinkRecord,
    FieldRecord,
    IncidentRecord,
    IncidentTranslationRecord,
    QuickAddRecord,
    Record,
    ReportRecord,
    ReportTranslationRecord,
    SubmissionRecord,
    TaxonomyRecord,
)
from incidentbase.formats.aiid.values import Document, Unreadable
from incidentbase.kit import text as kit_text
from incidentbase.kit import urls

DEPLOYERS = "Alleged deployer of AI system"
DEVELOPERS = "Alleged developer of AI system"
HARMED = "Alleged harmed or nearly harmed parties"

ENTITY_KINDS = frozenset({"organization", "person", "group", "system", "model"})
PROVENANCE_TEXTS = ("by", "method", "at", "model", "reviewed_by", "reviewed_at", "passage")
PROVENANCE_METHODS = frozenset({"manual", "model", "imported", "adjudicated"})

_WHOLE_TEXT = 1_000_000
# What an old client stored beside a risk, and what nobody reads.
_FOREIGN_RISK_KEYS = {"generated", "__typename"}


def convert(collection: str, document: object) -> Record | BadRow:
    """Return the record that a document of a collection is."""
    if not isinstance(document, Mapping):
        return BadRow("the row is not a document")
    try:
        return _CONVERTERS[collection](document)
    except Unreadable as reason:
        return BadRow(str(reason))
    except (OverflowError, RecursionError):
        return BadRow("a value is too large, or nested too deeply")


def _taxonomy(document: Document) -> TaxonomyRecord:
    namespace = values.identifier(document, "namespace")
    headings = [part for part in values.many(document, "dummy_fields") if isinstance(part, Mapping)]
    return TaxonomyRecord(
        object_id=values.object_id(document, "taxa", namespace),
        namespace=namespace,
        weight=values.whole(document, "weight"),
        description=values.text(document, "description"),
        complete_entities=values.optional_flag(document, "complete_entities"),
        automated=values.optional_flag(document, "automatedClassifications"),
        headings=tuple(
            (values.text(part, "field_number"), values.text(part, "short_name"))
            for part in headings
        ),
        fields=_fields(document, "field_list"),
        version=max(1, values.whole(document, "version", 1)),
    )


def _fields(document: Document, key: str) -> tuple[FieldRecord, ...]:
    found = []
    for part in values.many(document, key):
        if not isinstance(part, Mapping):
            raise Unreadable(f"{key} holds something that is no field: {values.shown(part)}")
        found.append(_field(part))
    return tuple(found)


def _field(document: Document) -> FieldRecord:
    item_fields = document.get("item_fields")
    complete_from = document.get("complete_from")
    return FieldRecord(
        short_name=values.required_text(document, "short_name"),
        field_number=values.text(document, "field_number"),
        long_name=values.text(document, "long_name"),
        short_description=values.text(document, "short_description"),
        long_description=values.text(document, "long_description"),
        display_type=values.text(document, "display_type", "string"),
        storage_type=values.text(document, "mongo_type"),
        default=values.text(document, "default"),
        placeholder=values.text(document, "placeholder"),
        permitted_values=values.texts(document, "permitted_values"),
        weight=values.whole(document, "weight"),
        instant_facet=values.flag(document, "instant_facet"),
        required=values.flag(document, "required"),
        # A field that says nothing is public.
        public=values.optional_flag(document, "public") is not False,
        hide_search=values.flag(document, "hide_search"),
        render_as=values.text(document, "render_as"),
        notes=values.text(document, "notes"),
        complete_from=values.plain(complete_from) if isinstance(complete_from, Mapping) else {},
        item_fields=values.plain(item_fields) if isinstance(item_fields, Mapping) else None,
        subfields=_fields(document, "subfields"),
    )


def _entity(document: Document) -> EntityRecord:
    entity_id = values.identifier(document, "entity_id")
    return EntityRecord(
        object_id=values.object_id(document, "entity", entity_id),
        entity_id=entity_id,
        name=values.identifier(document, "name"),
        created_at=values.moment(document, "created_at"),
        modified_at=values.moment(document, "date_modified"),
        kind=_kind(document),
    )


def _kind(document: Document) -> str:
    found = values.text(document, "kind").strip()
    return found if found in ENTITY_KINDS else ""


def _entity_alias(document: Document) -> EntityAliasRecord:
    entity_id, name = values.identifier(document, "entity_id"), values.identifier(document, "name")
    return EntityAliasRecord(
        object_id=values.object_id(document, "entity_alias", entity_id, name),
        entity_id=entity_id,
        name=name,
    )


def entity_named_by_id(entity_id: str) -> EntityRecord:
    """Return an entity of which only the id is known; its name is the id made readable."""
    words = entity_id.replace("-", " ").split()
    return EntityRecord(
        object_id=values.made_id("entity", entity_id),
        entity_id=entity_id,
        name=" ".join(word[:1].upper() + word[1:] for word in words) or entity_id,
        created_at=None,
        modified_at=None,
    )


def _entity_relationship(document: Document) -> EntityRelationshipRecord:
    subject, other = values.identifier(document, "sub"), values.identifier(document, "obj")
    if subject == other:
        raise Unreadable(f"sub and obj are the same entity: {values.shown(subject)}")
    predicate = values.text(document, "pred").strip() or "related"
    symmetric = values.optional_flag(document, "is_symmetric")
    return EntityRelationshipRecord(
        object_id=values.object_id(document, "entity_relationship", subject, predicate, other),
        subject_id=subject,
        object_entity_id=other,
        predicate=predicate,
        is_symmetric=symmetric is not False,
        created_at=values.moment(document, "created_at"),
    )


def _entity_duplicate(document: Document) -> EntityDuplicateRecord:
    duplicate = values.identifier(document, "duplicate_entity_id")
    true = values.identifier(document, "true_entity_id")
    if duplicate == true:
        raise Unreadable(f"an entity is no duplicate of itself: {values.shown(true)}")
    return EntityDuplicateRecord(
        object_id=values.object_id(document, "entity_duplicate", duplicate),
        duplicate_id=duplicate,
        true_id=true,
    )


def _report(document: Document) -> ReportRecord:
    number = values.positive(document, "report_number")
    url, text = values.text(document, "url").strip(), values.text(document, "text")
    image_url = values.text(document, "image_url").strip()
    published, downloaded, submitted, modified = _report_dates(document)
    shown_characters = values.whole(document, "snippet_max_characters", _WHOLE_TEXT)
    return ReportRecord(
        object_id=values.object_id(document, "report", number),
        report_number=number,
        title=values.text(document, "title"),
        url=url,
        source_domain=_source_domain(document, url),
        text=text,
        plain_text=_plain_text(document, text),
        authors=values.texts(document, "authors"),
        submitters=values.texts(document, "submitters"),
        tags=values.texts(document, "tags"),
        language=values.language(document, default="en"),
        image_url=image_url,
        cloudinary_id=_cloudinary_id(document, image_url),
        description=values.text(document, "description"),
        editor_notes=values.text(document, "editor_notes"),
        inputs_outputs=tuple(
            values.text({"inputs_outputs": part}, "inputs_outputs")
            for part in values.many(document, "inputs_outputs")
        ),
        date_published=published,
        date_downloaded=downloaded,
        date_submitted=submitted,
        date_modified=modified,
        created_at=values.moment(document, "created_at"),
        flag=values.flag(document, "flag"),
        quiet=values.flag(document, "quiet"),
        snippet_max_characters=max(0, min(shown_characters, _WHOLE_TEXT)),
        user_id=values.text(document, "user").strip(),
        embedding=_embedding(document),
        is_incident_report=values.optional_flag(document, "is_incident_report"),
    )


def _report_dates(
    document: Document,
) -> tuple[dt.datetime, dt.datetime, dt.datetime, dt.datetime]:
    """Return published, downloaded, submitted and modified.

    Old rows lack some of them: the seconds stored beside a date stand in for it, and among the
    last three the nearest one known.
    """
    published = _dated(document, "published")
    if published is None:
        raise Unreadable("date_published is missing")
    known = {name: _dated(document, name) for name in ("downloaded", "submitted", "modified")}
    submitted = known["submitted"] or known["downloaded"] or known["modified"] or published
    downloaded = known["downloaded"] or submitted
    return published, downloaded, submitted, known["modified"] or submitted


def _dated(document: Document, name: str) -> dt.datetime | None:
    found = values.moment(document, f"date_{name}")
    epoch = f"epoch_date_{name}"
    if found is None and document.get(epoch) not in (None, ""):
        return values.after_epoch(values.whole(document, epoch) * 1000)
    return found


def _source_domain(document: Document, url: str) -> str:
    # An empty domain says that this is a variant; only a missing one is filled in.
    if document.get("source_domain") is None:
        return urls.source_domain(url) if url else ""
    return values.text(document, "source_domain").strip()


def _plain_text(document: Document, text: str) -> str:
    if document.get("plain_text") is None:
        return kit_text.markdown_to_plain(text)
    return values.text(document, "plain_text")


def _cloudinary_id(document: Document, image_url: str) -> str:
    if document.get("cloudinary_id") is None and image_url:
        # The reference names its oldest pictures so; the digest is a name, not a safeguard.
        return "legacy/" + hashlib.md5(image_url.encode(), usedforsecurity=False).hexdigest()
    return values.text(document, "cloudinary_id")


def _embedding(document: Document) -> Embedding | None:
    found = document.get("embedding")
    if not isinstance(found, Mapping):
        return None
    vector = values.vector(values.many(found, "vector"), "embedding.vector")
    if not vector:
        return None
    return Embedding(
        vector=vector,
        from_text_hash=values.text(found, "from_text_hash"),
        from_reports=values.numbers(found, "from_reports"),
    )


def _incident(document: Document) -> IncidentRecord:
    number = values.positive(document, "incident_id")
    date = values.moment(document, "date")
    if date is None:
        raise Unreadable("date is missing")
    return IncidentRecord(
        object_id=values.object_id(document, "incident", number),
        incident_id=number,
        title=values.required_text(document, "title"),
        description=values.text(document, "description"),
        date=date.date(),
        editor_notes=values.text(document, "editor_notes"),
        reports=values.numbers(document, "reports"),
        deployers=values.names(document, DEPLOYERS),
        developers=values.names(document, DEVELOPERS),
        harmed=values.names(document, HARMED),
        implicated=values.names(document, "implicated_systems"),
        editors=values.account_ids(document, "editors"),
        nlp_similar=values.similar(document, "nlp_similar_incidents"),
        editor_similar=values.numbers(document, "editor_similar_incidents"),
        editor_dissimilar=values.numbers(document, "editor_dissimilar_incidents"),
        flagged_dissimilar=values.numbers(document, "flagged_dissimilar_incidents"),
        created_at=values.moment(document, "created_at"),
        modified_at=values.moment(document, "date_modified"),
        tsne=_position(document),
        embedding=_embedding(document),
    )


def _position(document: Document) -> tuple[float, float] | None:
    found = document.get("tsne")
    if not isinstance(found, Mapping):
        return None
    across, up = values.real(found, "x"), values.real(found, "y")
    return None if across is None or up is None else (across, up)


def _duplicate(document: Document) -> DuplicateRecord:
    duplicate = values.positive(document, "duplicate_incident_number")
    true = values.positive(document, "true_incident_number")
    if duplicate == true:
        raise Unreadable(f"an incident is no duplicate of itself: {true}")
    return DuplicateRecord(
        object_id=values.object_id(document, "duplicate", duplicate),
        duplicate_number=duplicate,
        true_number=true,
    )


def _external_link(document: Document) -> ExternalLinkRecord:
    number = values.positive(document, "incident_id")
    url = values.identifier(document, "sameAs")
    if not urls.is_web_url(url):
        raise Unreadable(f"sameAs is not a web address: {values.shown(url)}")
    namespace = values.text(document, "source_namespace").strip()
    return ExternalLinkRecord(
        object_id=values.object_id(document, "incident_link", number, namespace, url),
        incident_id=number,
        url=url,
        namespace=namespace,
    )


def _classification(document: Document) -> ClassificationRecord:
    namespace = values.identifier(document, "namespace")
    incidents = values.numbers(document, "incidents")
    reports = values.numbers(document, "reports")
    if not incidents and not reports:
        raise Unreadable("the classification belongs to no incident and no report")
    attributes, provenance = [], {}
    for place, part in enumerate(values.many(document, "attributes")):
        if not isinstance(part, Mapping):
            raise Unreadable(f"attributes holds something else: {values.shown(part)}")
        name = values.required_text(part, "short_name")
        attributes.append((name, values.answer(part.get("value_json"))))
        if told := _provenance(part.get("provenance")):
            provenance[place] = told
    return ClassificationRecord(
        object_id=values.object_id(
            document, "classification", namespace, *incidents, "r", *reports
        ),
        namespace=namespace,
        incidents=incidents,
        reports=reports,
        attributes=tuple(attributes),
        notes=values.text(document, "notes"),
        publish=values.flag(document, "publish"),
        provenance=provenance,
    )


def _provenance(document: object) -> dict[str, Any]:
    """Return where an answer came from, as far as it is said in the shape that we write."""
    if not isinstance(document, Mapping):
        return {}
    found: dict[str, Any] = {
        name: values.text(document, name)
        for name in PROVENANCE_TEXTS
        if isinstance(document.get(name), str) and document[name]
    }
    if found.get("method") not in PROVENANCE_METHODS:
        return {}
    confidence = values.real(document, "confidence")
    if confidence is not None and 0 <= confidence <= 1:
        found["confidence"] = confidence
    if document.get("report"):
        found["report"] = values.positive(document, "report")
    return found


def _incident_translation(document: Document) -> IncidentTranslationRecord:
    number, language = values.positive(document, "incident_id"), values.language(document)
    return IncidentTranslationRecord(
        object_id=values.object_id(document, "translations/incidents", number, language),
        incident_id=number,
        language=language,
        title=values.required_text(document, "title"),
        description=values.text(document, "description"),
        dirty=values.flag(document, "dirty"),
        created_at=values.moment(document, "created_at"),
        modified_at=values.moment(document, "modified_at"),
    )


def _report_translation(document: Document) -> ReportTranslationRecord:
    number, language = values.positive(document, "report_number"), values.language(document)
    title, text = values.text(document, "title"), values.text(document, "text")
    if not title.strip() and not text.strip():
        raise Unreadable("title and text are empty")
    return ReportTranslationRecord(
        object_id=values.object_id(document, "translations/reports", number, language),
        report_number=number,
        language=language,
        title=title,
        text=text,
        plain_text=_plain_text(document, text),
        dirty=values.flag(document, "dirty"),
        created_at=values.moment(document, "created_at"),
    )


def _submission(document: Document) -> SubmissionRecord:
    url, text = values.identifier(document, "url"), values.text(document, "text")
    image_url = values.text(document, "image_url").strip()
    submitted = values.date_text(document, "date_submitted")
    has_limit = document.get("snippet_max_characters") not in (None, "")
    return SubmissionRecord(
        object_id=values.object_id(document, "submission", url, submitted),
        title=values.required_text(document, "title"),
        url=url,
        source_domain=_source_domain(document, url),
        text=text,
        plain_text=_plain_text(document, text),
        authors=values.texts(document, "authors"),
        submitters=values.texts(document, "submitters"),
        tags=values.texts(document, "tags"),
        language=values.language(document, default="en"),
        image_url=image_url,
        cloudinary_id=_cloudinary_id(document, image_url),
        date_published=values.date_text(document, "date_published"),
        date_downloaded=values.date_text(document, "date_downloaded"),
        date_submitted=submitted,
        date_modified=values.date_text(document, "date_modified"),
        description=values.text(document, "description"),
        editor_notes=values.text(document, "editor_notes"),
        incident_title=values.text(document, "incident_title"),
        incident_date=values.date_text(document, "incident_date"),
        incident_ids=values.numbers(document, "incident_ids"),
        incident_editors=values.account_ids(document, "incident_editors"),
        developers=values.names(document, "developers"),
        deployers=values.names(document, "deployers"),
        harmed=values.names(document, "harmed_parties"),
        implicated=values.names(document, "implicated_systems"),
        nlp_similar=values.similar(document, "nlp_similar_incidents"),
        editor_similar=values.numbers(document, "editor_similar_incidents"),
        editor_dissimilar=values.numbers(document, "editor_dissimilar_incidents"),
        status=values.text(document, "status").strip() or "pendingReview",
        quiet=values.flag(document, "quiet"),
        user_id=values.text(document, "user").strip(),
        snippet_max_characters=(
            max(0, values.whole(document, "snippet_max_characters")) if has_limit else None
        ),
    )


def _quick_add(document: Document) -> QuickAddRecord:
    url, submitted = (
        values.identifier(document, "url"),
        values.date_text(document, "date_submitted"),
    )
    number = values.whole(document, "incident_id")
    if number < 0:
        raise Unreadable(f"incident_id is negative: {number}")
    return QuickAddRecord(
        object_id=values.object_id(document, "quickadd", url, submitted),
        url=url,
        date_submitted=submitted,
        source_domain=_source_domain(document, url),
        incident_id=number,
    )


def _candidate(document: Document) -> CandidateRecord:
    url, text = values.identifier(document, "url"), values.text(document, "text")
    return CandidateRecord(
        object_id=values.object_id(document, "candidate", url),
        url=url,
        title=values.required_text(document, "title"),
        date_published=values.date_text(document, "date_published"),
        text=text,
        plain_text=_plain_text(document, text),
        matching_keywords=values.texts(document, "matching_keywords"),
        matching_harm_keywords=values.texts(document, "matching_harm_keywords"),
        matching_entities=values.texts(document, "matching_entities"),
        similarity=values.real(document, "similarity"),
        match=values.flag(document, "match"),
        dismissed=values.flag(document, "dismissed"),
        created_at=values.moment(document, "created_at"),
    )


def _checklist(document: Document) -> ChecklistRecord:
    checklist_id = values.identifier(document, "id")
    risks = []
    for risk in values.many(document, "risks"):
        if not isinstance(risk, Mapping):
            raise Unreadable(f"risks holds something that is no risk: {values.shown(risk)}")
        own = {key: part for key, part in risk.items() if key not in _FOREIGN_RISK_KEYS}
        risks.append(values.plain(own))
    return ChecklistRecord(
        object_id=values.object_id(document, "checklist", checklist_id),
        checklist_id=checklist_id,
        owner_id=values.text(document, "owner_id").strip(),
        name=values.text(document, "name"),
        about=values.text(document, "about"),
        tags_goals=values.texts(document, "tags_goals"),
        tags_methods=values.texts(document, "tags_methods"),
        tags_other=values.texts(document, "tags_other"),
        risks=tuple(risks),
        date_created=values.moment(document, "date_created"),
        date_updated=values.moment(document, "date_updated"),
        risk_fields=values.texts(document, "risk_fields"),
    )


# In the order in which records can name one another.
_CONVERTERS: dict[str, Callable[[Document], Record]] = {
    "taxa": _taxonomy,
    "entities": _entity,
    "entity_aliases": _entity_alias,
    "entity_relationships": _entity_relationship,
    "entity_duplicates": _entity_duplicate,
    "reports": _report,
    "incidents": _incident,
    "duplicates": _duplicate,
    "incident_links": _external_link,
    "classifications": _classification,
    "translations/incidents": _incident_translation,
    "translations/reports": _report_translation,
    "submissions": _submission,
    "quickadd": _quick_add,
    "candidates": _candidate,
    "checklists": _checklist,
}
COLLECTIONS = tuple(_CONVERTERS)

"""Classifications of one taxonomy as rows, to filter, compare and export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from incidentbase.store.accounts.rules import Viewer, may_classify
from incidentbase.store.taxonomies import queries, rules
from incidentbase.store.taxonomies.models import (
    Attribute,
    AttributeValue,
    Classification,
    Taxonomy,
    TaxonomyField,
)

PUBLISHED, DRAFT = "published", "draft"
STATES = (PUBLISHED, DRAFT)
MOST_OPTIONS = 300
BATCH = 500


def fields_of(taxonomy: Taxonomy, *, viewer: Viewer) -> list[TaxonomyField]:
    """Return the top-level fields in definition order; those for annotators only to editors."""
    rows = TaxonomyField.objects.filter(taxonomy=taxonomy, parent__isnull=True)
    if not may_classify(viewer, taxonomy.namespace):
        rows = rows.filter(is_public=True)
    return list(rows.order_by("position"))


def rows(
    taxonomy: Taxonomy,
    *,
    answers: Mapping[int, str],
    state: str = "",
    record: int | None = None,
    viewer: Viewer,
) -> QuerySet[Classification]:
    """Return the visible classifications that give these answers, by the keys of fields.

    `state` narrows them to published ones or drafts, `record` to one incident or report.
    """
    found = queries.classifications(viewer).filter(taxonomy=taxonomy)
    if state in STATES:
        found = found.filter(is_published=state == PUBLISHED)
    if record is not None:
        found = found.filter(Q(incident__incident_id=record) | Q(report__report_number=record))
    for field, text in answers.items():
        given = AttributeValue.objects.filter(
            attribute__classification=OuterRef("pk"), field_id=field, text=text
        )
        found = found.filter(Exists(given))
    return found.order_by("incident__incident_id", "report__report_number", "pk")


def with_answers(found: QuerySet[Classification]) -> QuerySet[Classification]:
    """Return the rows with their records, taxonomy and answers."""
    answers = Attribute.objects.select_related("field").order_by("position")
    return found.select_related("taxonomy", "incident", "report").prefetch_related(
        Prefetch("attributes", answers)
    )


def in_batches(found: QuerySet[Classification]) -> Iterator[Classification]:
    """Yield all rows with their answers, in a steady amount of memory."""
    yield from with_answers(found).iterator(chunk_size=BATCH)


def as_stored(namespace: str, *, viewer: Viewer) -> QuerySet[Classification]:
    """Return the visible classifications of a taxonomy in the order in which they were made."""
    return queries.classifications(viewer).filter(taxonomy__namespace=namespace).order_by("pk")


def options(
    taxonomy: Taxonomy, fields: Sequence[TaxonomyField], *, viewer: Viewer
) -> dict[int, list[str]]:
    """Return the values to filter by, by the keys of fields.

    First those permitted, then those that classifications in sight of the viewer give.
    """
    counted = {
        field.pk: list(dict.fromkeys(" ".join(str(v).split()) for v in field.permitted_values))
        for field in fields
        if field.display_type not in rules.PROSE_TYPES | rules.NESTED_TYPES
    }
    shown = queries.classifications(viewer).filter(taxonomy=taxonomy).order_by().values("pk")
    used = AttributeValue.objects.filter(
        field__in=counted, attribute__classification__in=shown
    ).values_list("field_id", "text")
    for field, text in used.distinct().order_by("field_id", "text"):
        known = counted[field]
        if text not in known and len(known) < MOST_OPTIONS:
            known.append(text)
    return counted

"""Reads of taxonomies and classifications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from incidentbase.store.accounts.models import visible
from incidentbase.store.accounts.rules import EMBARGOED, INCIDENT_EDITOR, TAXONOMY_EDITOR, Viewer
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.mirrors import CLASSIFICATION, TAXONOMY
from incidentbase.store.taxonomies.models import (
    Attribute,
    AttributeValue,
    Classification,
    Taxonomy,
    TaxonomyField,
)


def taxonomy_states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of taxonomies with their fields."""
    rows = TAXONOMY.rows(keys)
    names = {row.pk: key for key, row in rows.items()}
    found = {key: {**TAXONOMY.state_of(row), "fields": []} for key, row in rows.items()}
    fields = list(
        TaxonomyField.objects.filter(taxonomy_id__in=names).order_by("taxonomy", "position")
    )
    for field in fields:
        if field.parent_id is None:
            found[names[field.taxonomy_id]]["fields"].append(_definition_of(field, fields))
    return found


def _definition_of(field: TaxonomyField, fields: list[TaxonomyField]) -> dict[str, Any]:
    below = [_definition_of(row, fields) for row in fields if row.parent_id == field.pk]
    return {**field.definition, "subfields": below}


def classification_states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of classifications with their attributes."""
    rows = CLASSIFICATION.rows(keys)
    names = {row.pk: key for key, row in rows.items()}
    found = {key: {**CLASSIFICATION.state_of(row), "attributes": []} for key, row in rows.items()}
    attributes = Attribute.objects.filter(classification_id__in=names).order_by("position")
    for classification, short_name, value_json, provenance in attributes.values_list(
        "classification_id", "short_name", "value_json", "provenance"
    ):
        answer = [short_name, value_json, *([provenance] if provenance else [])]
        found[names[classification]]["attributes"].append(answer)
    return found


def public_answers(keys: Iterable[str]) -> dict[str, list[list[Any]]]:
    """Return the answers to public fields, as states have them, by the ids of classifications."""
    rows = Attribute.objects.filter(
        classification__public_id__in=set(keys), field__is_public=True
    ).order_by("position")
    found: dict[str, list[list[Any]]] = {}
    for key, short_name, value_json, provenance in rows.values_list(
        "classification__public_id", "short_name", "value_json", "provenance"
    ):
        answer = [short_name, value_json, *([provenance] if provenance else [])]
        found.setdefault(key, []).append(answer)
    return found


def classifications(viewer: Viewer) -> QuerySet[Classification]:
    """Return the classifications that the viewer may see: published ones, editors also drafts."""
    shown = _of_visible_records(viewer)
    if viewer.has_role(INCIDENT_EDITOR) or viewer.has_role(TAXONOMY_EDITOR):
        return shown
    return shown.filter(Q(is_published=True) | Q(taxonomy__namespace__in=viewer.namespaces))


def _of_visible_records(viewer: Viewer) -> QuerySet[Classification]:
    return Classification.objects.visible_to(viewer).filter(
        Q(incident__isnull=True) | visible(viewer, "incident__"),
        Q(report__isnull=True) | visible(viewer, "report__"),
    )


def visible_ids(public_ids: Iterable[str], *, viewer: Viewer) -> set[str]:
    """Return which of the ids belong to classifications that the viewer may see."""
    rows = classifications(viewer).filter(public_id__in=set(public_ids))
    return set(rows.values_list("public_id", flat=True))


def classified_by_others(number: int, *, into: int) -> tuple[list[str], list[str]]:
    """Return the classifications of one incident that another lacks, and those it has, by ids.

    The other has one when the same taxonomy classifies it.
    """
    own = Classification.objects.filter(incident__incident_id=into)
    taken = set(own.values_list("taxonomy__namespace", flat=True))
    rows = Classification.objects.filter(incident__incident_id=number).order_by("pk")
    pairs = list(rows.values_list("public_id", "taxonomy__namespace"))
    lacking = [public_id for public_id, namespace in pairs if namespace not in taken]
    return lacking, [public_id for public_id, namespace in pairs if namespace in taken]


def of_incident(incident: Incident, *, viewer: Viewer) -> list[Classification]:
    """Return the visible classifications of an incident with taxonomy, fields and answers."""
    return _with_answers(classifications(viewer).filter(incident=incident))


def of_report(report: Report, *, viewer: Viewer) -> list[Classification]:
    """Return the visible classifications of a report with taxonomy, fields and answers."""
    return _with_answers(classifications(viewer).filter(report=report))


def _with_answers(rows: QuerySet[Classification]) -> list[Classification]:
    answers = Attribute.objects.select_related("field").order_by("position")
    return list(
        rows.select_related("taxonomy")
        .prefetch_related(Prefetch("attributes", answers))
        .order_by("-taxonomy__weight", "taxonomy__namespace", "pk")
    )


def all_taxonomies(viewer: Viewer) -> list[Taxonomy]:
    """Return every taxonomy with `classified`: how many visible classifications it has."""
    counts = dict(
        classifications(viewer).order_by().values_list("taxonomy").annotate(n=Count("pk"))
    )
    rows = list(Taxonomy.objects.order_by("-weight", "namespace"))
    for row in rows:
        row.classified = counts.get(row.pk, 0)  # type: ignore[attr-defined]
    return rows


def get(namespace: str) -> Taxonomy | None:
    """Return the taxonomy of a namespace in any letter case, None when there is none."""
    return Taxonomy.objects.filter(namespace__iexact=namespace).first()


def fields_of(taxonomy: Taxonomy) -> list[TaxonomyField]:
    """Return the public top-level fields, facets first, then by weight and definition order."""
    subfields = Prefetch("subfields", TaxonomyField.objects.order_by("position"))
    return list(_public_fields([taxonomy.pk]).prefetch_related(subfields))


def fields_by_taxonomy(keys: Iterable[int]) -> dict[int, list[TaxonomyField]]:
    """Return the public top-level fields by the keys of taxonomies, each in its order."""
    found: dict[int, list[TaxonomyField]] = {}
    for field in _public_fields(keys):
        found.setdefault(field.taxonomy_id, []).append(field)
    return found


def _public_fields(keys: Iterable[int]) -> QuerySet[TaxonomyField]:
    rows = TaxonomyField.objects.filter(taxonomy__in=list(keys), parent=None, is_public=True)
    return rows.order_by("-is_facet", "-weight", "position")


@dataclass(frozen=True, slots=True)
class Answer:
    """One value that a classification gives to a field."""

    namespace: str
    field: str
    text: str


def facet_answers(
    *, incidents: Iterable[int] = (), reports: Iterable[int] = (), viewer: Viewer
) -> tuple[dict[int, list[Answer]], dict[int, list[Answer]]]:
    """Return the answers to filter by, of incidents and of reports, by their keys.

    Left out are fields that are hidden or prose, and the copies of annotators.
    """
    shown = classifications(viewer).exclude(taxonomy__namespace__contains=rules.ANNOTATOR_MARK)
    # One question for each side: an OR of both would read the whole table.
    subjects: dict[int, tuple[int, int]] = {}
    for side, keys in enumerate((set(incidents), set(reports))):
        name = ("incident", "report")[side]
        if keys:
            pairs = shown.filter(**{f"{name}__in": keys}).values_list("pk", f"{name}_id")
            subjects |= {key: (side, subject) for key, subject in pairs}
    found: tuple[dict[int, list[Answer]], dict[int, list[Answer]]] = ({}, {})
    if not subjects:
        return found
    fields = {
        field: (namespace, name)
        for field, namespace, name in _facet_fields().values_list(
            "pk", "taxonomy__namespace", "short_name"
        )
    }
    # Without a word of the fields: with one, the database would read all values of each field.
    rows = AttributeValue.objects.filter(attribute__classification__in=subjects).order_by("pk")
    for key, field, text in rows.values_list("attribute__classification_id", "field_id", "text"):
        if field in fields:
            side, subject = subjects[key]
            found[side].setdefault(subject, []).append(Answer(*fields[field], text))
    return found


def telling_fields(viewer: Viewer) -> list[tuple[str, str]]:
    """Return (namespace, field) of the fields to filter by whose answers tell incidents apart.

    Those have several answers, at least one of them more than once.
    """
    counted = (
        _incident_values(viewer)
        .values("field")
        .annotate(answers=Count("pk"), different=Count("text", distinct=True))
        .filter(different__gt=1, answers__gt=F("different"))
    )
    fields = _facet_fields().filter(pk__in=[row["field"] for row in counted])
    order = ("-taxonomy__weight", "taxonomy__namespace", "-weight", "position")
    return list(fields.order_by(*order).values_list("taxonomy__namespace", "short_name"))


def first_answers(namespace: str, field: str, *, viewer: Viewer) -> dict[int, str]:
    """Return the first answer to a field by the numbers of the incidents that have one."""
    rows = _incident_values(viewer).filter(
        field__in=_facet_fields().filter(taxonomy__namespace=namespace, short_name=field)
    )
    pairs = rows.order_by("-pk").values_list(
        "attribute__classification__incident__incident_id", "text"
    )
    return dict(pairs)


def _incident_values(viewer: Viewer) -> QuerySet[AttributeValue]:
    shown = (
        classifications(viewer)
        .filter(incident__isnull=False)
        .exclude(taxonomy__namespace__contains=rules.ANNOTATOR_MARK)
        .order_by()
        .values("pk")
    )
    return AttributeValue.objects.filter(attribute__classification__in=shown)


def filterable_fields() -> list[TaxonomyField]:
    """Return the fields to filter by with their taxonomies, the weightiest first, no copies."""
    order = ("-taxonomy__weight", "taxonomy__namespace", "-weight", "position")
    rows = _facet_fields().exclude(taxonomy__namespace__contains=rules.ANNOTATOR_MARK)
    return list(rows.select_related("taxonomy").order_by(*order))


def answered_fields() -> dict[str, list[int]]:
    """Return the keys of the public fields whose answers are values, by `NAMESPACE:field`.

    Two fields of a taxonomy may be called the same.
    """
    rows = TaxonomyField.objects.filter(is_public=True, parent__isnull=True).exclude(
        display_type__in=rules.PROSE_TYPES | rules.NESTED_TYPES
    )
    named = rows.values_list("taxonomy__namespace", "short_name", "pk")
    found: dict[str, list[int]] = {}
    for namespace, name, key in named:
        found.setdefault(f"{namespace}:{name}", []).append(key)
    return found


def published_values(fields: Iterable[int], *, viewer: Viewer) -> QuerySet[AttributeValue]:
    """Return the values that published classifications of incidents give to fields, by keys."""
    shown = classifications(viewer).filter(is_published=True, incident__isnull=False)
    return AttributeValue.objects.filter(
        field__in=list(fields), attribute__classification__in=shown.order_by().values("pk")
    )


def answers_about_incidents(
    names: Iterable[str], *, viewer: Viewer
) -> Iterator[tuple[int, str, str, str]]:
    """Yield (incident, namespace, field, answer as JSON) of public fields with these names.

    Only what published classifications say counts, as far as the viewer may see it.
    """
    shown = classifications(viewer).filter(is_published=True, incident__isnull=False)
    rows = Attribute.objects.filter(
        classification__in=shown.order_by().values("pk"),
        short_name__in=set(names),
        field__is_public=True,
    )
    yield from rows.order_by("pk").values_list(
        "classification__incident__incident_id",
        "classification__taxonomy__namespace",
        "short_name",
        "value_json",
    )


def public_values_of(
    taxonomy: Taxonomy, incidents: Iterable[int], *, viewer: Viewer
) -> Iterator[tuple[str, str, int]]:
    """Yield (field, value, incident's number) of what a taxonomy says of incidents, by their keys.

    Only published answers that are values count.
    """
    names = TaxonomyField.objects.filter(
        taxonomy=taxonomy, is_public=True, parent__isnull=True
    ).exclude(display_type__in=rules.PROSE_TYPES | rules.NESTED_TYPES)
    rows = published_values(names.values_list("pk", flat=True), viewer=viewer)
    yield from (
        rows.filter(attribute__classification__incident__in=set(incidents))
        .order_by("field__position", "pk")
        .values_list(
            "field__short_name", "text", "attribute__classification__incident__incident_id"
        )
    )


def _facet_fields() -> QuerySet[TaxonomyField]:
    """Return the fields whose values can be filtered by."""
    return TaxonomyField.objects.filter(
        is_public=True, is_searchable=True, parent__isnull=True
    ).exclude(display_type__in=rules.PROSE_TYPES | rules.NESTED_TYPES)


def records_classified_by(namespaces: Iterable[str]) -> tuple[set[int], set[int]]:
    """Return the numbers of the incidents and of the reports that taxonomies speak of."""
    rows = Classification.objects.filter(taxonomy__namespace__in=set(namespaces))
    numbers = rows.values_list("incident__incident_id", "report__report_number")
    pairs = list(numbers)
    return (
        {incident for incident, _report in pairs if incident is not None},
        {report for _incident, report in pairs if report is not None},
    )


def ids_of_records(
    namespace: str, *, incidents: Iterable[int], reports: Iterable[int], viewer: Viewer
) -> list[str]:
    """Return the ids of a taxonomy's classifications of records, published or not.

    Left out are those that the viewer may not see, and those of records that they may not see.
    """
    rows = _of_visible_records(viewer).filter(
        Q(incident__incident_id__in=set(incidents)) | Q(report__report_number__in=set(reports)),
        taxonomy__namespace=namespace,
    )
    return list(rows.order_by("pk").values_list("public_id", flat=True))


def ids_of(namespace: str) -> list[str]:
    """Return the ids of all classifications by a taxonomy, in the order in which they were made."""
    rows = Classification.objects.filter(taxonomy__namespace=namespace).order_by("pk")
    return list(rows.values_list("public_id", flat=True))


def titles_of_records(public_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of the records that classifications speak of, by their ids."""
    rows = Classification.objects.filter(public_id__in=set(public_ids))
    found = rows.values_list("public_id", "incident__title", "report__title")
    return {public_id: incident or report or "" for public_id, incident, report in found}


def all_namespaces() -> list[Taxonomy]:
    """Return every taxonomy, the weightiest first, without counts."""
    return list(Taxonomy.objects.order_by("-weight", "namespace"))


def permitted_values(namespace: str, field: str) -> list[str]:
    """Return the values that a field of a taxonomy may have, none when there is no such field."""
    rows = TaxonomyField.objects.filter(
        taxonomy__namespace=namespace, short_name=field, parent__isnull=True
    )
    values = rows.order_by("position").values_list("permitted_values", flat=True).first()
    return [str(value) for value in values or ()]


def namespaces_with(field: str) -> dict[str, list[str]]:
    """Return the permitted values of a field by the taxonomies that have it, in their order."""
    rows = TaxonomyField.objects.filter(short_name=field, parent__isnull=True).order_by(
        "-taxonomy__weight", "taxonomy__namespace", "-position"
    )
    found = rows.values_list("taxonomy__namespace", "permitted_values")
    return {namespace: [str(value) for value in values] for namespace, values in found}


def reports_of_classifications(keys: Iterable[str]) -> set[int]:
    """Return the numbers of the reports that the classifications speak of."""
    rows = Classification.objects.filter(public_id__in=set(keys), report__isnull=False)
    return set(rows.values_list("report__report_number", flat=True))


def incidents_of_classifications(keys: Iterable[str]) -> set[int]:
    """Return the numbers of the incidents that the classifications speak of."""
    rows = Classification.objects.filter(public_id__in=set(keys), incident__isnull=False)
    return set(rows.values_list("incident__incident_id", flat=True))


def incidents_of_released(after: dt.datetime, until: dt.datetime) -> set[int]:
    """Return the numbers of incidents with a classification whose embargo ended in the span."""
    rows = Classification.objects.filter(
        embargoed_until__gt=after, embargoed_until__lte=until, incident__isnull=False
    )
    return set(rows.values_list("incident__incident_id", flat=True))


def releases(
    after: dt.datetime, until: dt.datetime, *, viewer: Viewer
) -> list[tuple[str, dt.datetime]]:
    """Return the ids of the classifications whose embargo ended in the time span, and when."""
    rows = classifications(viewer).filter(
        visibility=EMBARGOED, embargoed_until__gt=after, embargoed_until__lte=until
    )
    pairs = rows.values_list("public_id", "embargoed_until")
    return [(key, end) for key, end in pairs if end is not None]

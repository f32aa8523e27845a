"""Taxonomy pages: the list, and each taxonomy with its fields and value statistics."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidentbase.kit import text
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors
from incidentbase.serve.web.classifying import taxonomy_url
from incidentbase.store.taxonomies import codings, rules
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import Taxonomy, TaxonomyField

VALUES_SHOWN = 5
VALUES_AT_MOST = 100

# Taxonomies are written in English; their definitions are shown as they are.
TAXONOMY_LANGUAGE = "en"

TYPES = {
    "enum": gettext_lazy("one of several values"),
    "multi": gettext_lazy("any of several values"),
    "list": gettext_lazy("list of values"),
    "string": gettext_lazy("short text"),
    "long_string": gettext_lazy("text"),
    "bool": gettext_lazy("yes or no"),
    "int": gettext_lazy("number"),
    "date": gettext_lazy("date"),
    "location": gettext_lazy("location"),
    "object-list": gettext_lazy("group of fields"),
}


def listing(request: HttpRequest) -> HttpResponse:
    """Show the taxonomies with the number of their classifications."""
    rows = taxonomies.all_taxonomies(viewer_of(request))
    context = {
        "taxonomies": [_summary(row) for row in rows if not _is_annotator_copy(row)],
        "copies": [_summary(row) for row in rows if _is_annotator_copy(row)],
        "formats": [chrome.Format("JSON", reverse("taxonomies-json"), "application/json")],
        "meta": chrome.describe(
            request,
            title=_("Taxonomies"),
            description=_("The sets of fields by which incidents are classified."),
        ),
    }
    return render(request, "pages/taxonomies/list.html", context)


def _is_annotator_copy(row: Taxonomy) -> bool:
    return rules.is_annotator_copy(row.namespace)


def _summary(row: Taxonomy) -> dict[str, object]:
    return {
        "namespace": row.namespace,
        "url": taxonomy_url(row.namespace),
        "about": text.excerpt(text.markdown_to_plain(row.description), 280),
        "provenance": "machine" if row.is_automated else "human",
        "classified": row.classified,  # type: ignore[attr-defined]
    }


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the taxonomies, for programs."""
    base = chrome.site_url(request)
    rows = taxonomies.all_taxonomies(viewer_of(request))
    return open_json(
        {
            "taxonomies": [
                {
                    "namespace": row.namespace,
                    "description": row.description,
                    "automated": bool(row.is_automated),
                    "classifications": row.classified,  # type: ignore[attr-defined]
                    "url": f"{base}/taxonomies/{row.namespace.lower()}/",
                }
                for row in rows
            ]
        }
    )


@dataclass(frozen=True, slots=True)
class ValueShown:
    """One value of a field with the number of incidents that have it."""

    text: str
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a taxonomy with what is known of it."""

    id: str
    number: str
    name: str
    type: object
    is_facet: bool
    short: str
    long: str
    permitted: list[str]
    first: list[ValueShown]
    others: list[ValueShown]
    hidden: int
    subfields: list[TaxonomyField]


def page(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show one taxonomy; its address is the namespace in lower case."""
    viewer = viewer_of(request)
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None:
        return errors.not_found(request)
    if namespace != taxonomy.namespace.lower():
        return HttpResponsePermanentRedirect(taxonomy_url(taxonomy.namespace))
    counts = taxonomies.value_counts(taxonomy, viewer=viewer)
    context = {
        "taxonomy": taxonomy,
        "provenance": "machine" if taxonomy.is_automated else "human",
        "classified": taxonomies.classifications(viewer).filter(taxonomy=taxonomy).count(),
        "fields": [
            _field(field, counts.get(field.pk, [])) for field in taxonomies.fields_of(taxonomy)
        ],
        "definition_language": TAXONOMY_LANGUAGE,
        "table_url": f"{reverse('classifications')}?{urlencode({'namespace': taxonomy.namespace})}",
        "agreement_url": _agreement_url(taxonomy.namespace),
        "formats": [
            chrome.Format("JSON", reverse("taxonomy-json", args=[namespace]), "application/json")
        ],
        "meta": chrome.describe(
            request,
            title=_("%(namespace)s taxonomy") % {"namespace": taxonomy.namespace},
            description=text.excerpt(text.markdown_to_plain(taxonomy.description), 300),
        ),
    }
    return render(request, "pages/taxonomies/taxonomy.html", context)


def _agreement_url(namespace: str) -> str:
    """Return where the annotators are compared, empty when there are not several."""
    if len(codings.annotators_of(namespace)) < 2:
        return ""
    return reverse("agreement", args=[namespace.lower()])


def _field(field: TaxonomyField, counts: list[tuple[str, int]]) -> FieldShown:
    largest = max((number for _text, number in counts), default=1)
    values = [
        ValueShown(said, number, round(100 * number / largest))
        for said, number in counts[:VALUES_AT_MOST]
    ]
    return FieldShown(
        id=f"field-{field.position}",
        number=str(field.definition.get("field_number") or ""),
        name=field.short_name,
        type=TYPES.get(field.display_type, field.display_type),
        is_facet=field.is_facet,
        short=field.short_description,
        long="" if field.long_description == field.short_description else field.long_description,
        permitted=[str(value) for value in field.permitted_values],
        first=values[:VALUES_SHOWN],
        others=values[VALUES_SHOWN:],
        hidden=max(0, len(counts) - VALUES_AT_MOST),
        subfields=list(field.subfields.all()),
    )


def as_json(request: HttpRequest, namespace: str) -> HttpResponse:
    """Return a taxonomy's definition with its value counts, for programs."""
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None:
        return errors.not_found(request)
    counts = taxonomies.value_counts(taxonomy, viewer=viewer_of(request))
    return open_json(
        {
            "namespace": taxonomy.namespace,
            "description": taxonomy.description,
            "fields": [
                {
                    **field.definition,
                    "subfields": [sub.definition for sub in field.subfields.all()],
                    "values": [
                        {"value": said, "incidents": number}
                        for said, number in counts.get(field.pk, [])
                    ],
                }
                for field in taxonomies.fields_of(taxonomy)
            ],
        }
    )

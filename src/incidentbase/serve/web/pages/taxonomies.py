"""Taxonomy pages: the list, and each taxonomy with its fields and how they were answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidentbase.formats import tables
from incidentbase.kit import text
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.streaming import csv_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import atlas, chrome, comparing, counting, errors
from incidentbase.serve.web.classifying import TAXONOMY_LANGUAGE, taxonomy_url
from incidentbase.serve.web.counting import FieldCard
from incidentbase.serve.web.forms.classifying import heading_of
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.codings import comparing as comparing_codings
from incidentbase.store.codings import rules as coding_rules
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules, statistics
from incidentbase.store.taxonomies.models import Taxonomy, TaxonomyField
from incidentbase.store.taxonomies.statistics import Answers

VALUES_ON_CARD = 4

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
    """Show the taxonomies: how much each has classified, and its most telling field."""
    viewer = viewer_of(request)
    rows = taxonomies.all_taxonomies(viewer)
    classified = statistics.classified(viewer)
    told = _most_telling([row for row in rows if not _is_annotator_copy(row)], viewer)
    summaries = [_summary(row, classified.get(row.pk, (0, 0)), told.get(row.pk)) for row in rows]
    context = {
        "taxonomies": [one for one in summaries if not one["is_copy"]],
        "copies": [one for one in summaries if one["is_copy"]],
        "language": TAXONOMY_LANGUAGE,
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


def _most_telling(
    rows: Sequence[Taxonomy], viewer: Viewer
) -> dict[int, tuple[TaxonomyField, Answers]]:
    """Return by taxonomy the field that tells incidents best apart, with its answers."""
    fields = taxonomies.fields_by_taxonomy(row.pk for row in rows)
    chosen = {key: counting.telling(below) for key, below in fields.items()}
    told = {key: field for key, field in chosen.items() if field is not None}
    answers = statistics.answers(told.values(), viewer=viewer, with_reports=False)
    return {key: (field, answers[field.pk]) for key, field in told.items()}


def _summary(
    row: Taxonomy, classified: tuple[int, int], told: tuple[TaxonomyField, Answers] | None
) -> dict[str, Any]:
    values = counting.rows(row.namespace, *told, told[1].values[:VALUES_ON_CARD]) if told else []
    return {
        "namespace": row.namespace,
        "is_copy": _is_annotator_copy(row),
        "url": taxonomy_url(row.namespace),
        "about": text.excerpt(text.markdown_to_plain(row.description), 280),
        "provenance": _provenance(row),
        "incidents": classified[0],
        "reports": classified[1],
        "id": f"chart-{row.namespace.lower()}",
        "field": told[0].short_name if values and told else "",
        "answered": told[1].incidents if told else 0,
        "values": values,
    }


def _provenance(row: Taxonomy) -> str:
    return "machine" if row.is_automated else "human"


def listing_json(request: HttpRequest) -> HttpResponse:
    """Return the taxonomies, for programs."""
    base = chrome.site_url(request)
    viewer = viewer_of(request)
    classified = statistics.classified(viewer)
    return open_json(
        {
            "taxonomies": [
                {
                    "namespace": row.namespace,
                    "description": row.description,
                    "automated": bool(row.is_automated),
                    "classifications": row.classified,  # type: ignore[attr-defined]
                    "classified": _both(classified.get(row.pk, (0, 0))),
                    "url": f"{base}/taxonomies/{row.namespace.lower()}/",
                }
                for row in taxonomies.all_taxonomies(viewer)
            ]
        }
    )


def _both(numbers: tuple[int, int]) -> dict[str, int]:
    return {"incidents": numbers[0], "reports": numbers[1]}


def page(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show one taxonomy; its address is the namespace in lower case."""
    viewer = viewer_of(request)
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None:
        return errors.not_found(request)
    if namespace != taxonomy.namespace.lower():
        return HttpResponsePermanentRedirect(taxonomy_url(taxonomy.namespace))
    fields, classified, answers = _answered(taxonomy, viewer)
    cards = [_card(taxonomy.namespace, one, answers[one.pk], viewer, classified) for one in fields]
    context = {
        "taxonomy": taxonomy,
        "provenance": _provenance(taxonomy),
        "incidents": classified[0],
        "reports": classified[1],
        "fields": cards,
        "sections": _sections(taxonomy, cards),
        "definition_language": TAXONOMY_LANGUAGE,
        "table_url": f"{reverse('classifications')}?{urlencode({'namespace': taxonomy.namespace})}",
        "agreement_url": _agreement_url(taxonomy.namespace, viewer),
        "codings_url": _codings_url(taxonomy.namespace, viewer),
        "comparison": comparing.COMPARISONS.get(taxonomy.namespace),
        "comparison_url": reverse("taxonomy-comparison", args=[namespace]),
        "formats": [
            chrome.Format("JSON", reverse("taxonomy-json", args=[namespace]), "application/json"),
            chrome.Format("CSV", reverse("taxonomy-csv", args=[namespace]), "text/csv"),
            *chrome.feeds(f"/taxonomies/{namespace}/"),
        ],
        "meta": chrome.describe(
            request,
            title=_("%(namespace)s taxonomy") % {"namespace": taxonomy.namespace},
            description=text.excerpt(text.markdown_to_plain(taxonomy.description), 300),
        ),
    }
    return render(request, "pages/taxonomies/taxonomy.html", context)


def _answered(
    taxonomy: Taxonomy, viewer: Viewer
) -> tuple[list[TaxonomyField], tuple[int, int], dict[int, Answers]]:
    """Return the public fields, how many incidents and reports are classified, and the answers."""
    fields = taxonomies.fields_of(taxonomy)
    classified = statistics.classified(viewer).get(taxonomy.pk, (0, 0))
    answers = statistics.answers(fields, viewer=viewer, with_reports=classified[1] > 0)
    return fields, classified, answers


def _agreement_url(namespace: str, viewer: Viewer) -> str:
    """Return where the annotators are compared, empty when there are not several."""
    if len(comparing_codings.annotators_of(namespace, viewer=viewer)) < 2:
        return ""
    return reverse("agreement", args=[namespace.lower()])


def _codings_url(namespace: str, viewer: Viewer) -> str:
    """Return where codings are given out and adjudicated, empty for who does not do that."""
    if rules.is_annotator_copy(namespace) or not coding_rules.coordinates(viewer, namespace):
        return ""
    return reverse("codings-of-taxonomy", args=[namespace.lower()])


def _card(
    namespace: str,
    field: TaxonomyField,
    answers: Answers,
    viewer: Viewer,
    classified: tuple[int, int],
) -> FieldCard:
    values = answers.values if counting.has_values(field) else ()
    worth = counting.worth_showing(field, values)
    shown = tuple(counting.rows(namespace, field, answers, worth))
    years = tuple(counting.years(field, answers))
    world = None
    if values and atlas.is_location(namespace, field):
        places = statistics.incidents_by_value(field, viewer=viewer)
        world = atlas.world(namespace, field, places, answers.incidents)
    long = field.long_description
    return FieldCard(
        id=f"field-{field.position}",
        number=_number(field),
        name=field.short_name,
        language=TAXONOMY_LANGUAGE,
        type=str(TYPES.get(field.display_type, field.display_type)),
        is_facet=field.is_facet,
        short=field.short_description,
        long=long if long != field.short_description else "",
        classified=classified[0],
        classified_reports=classified[1],
        answered=answers.incidents,
        answered_reports=answers.reports,
        first=shown[: counting.VALUES_SHOWN],
        others=shown[counting.VALUES_SHOWN :],
        hidden=len(values) - len(shown),
        permitted=len(field.permitted_values),
        unused=tuple(counting.unused(field, answers)) if counting.has_values(field) else (),
        years=years,
        most=max((bar.count for bar in years), default=0),
        world=world,
        subfields=tuple(
            (below.short_name, below.short_description) for below in field.subfields.all()
        ),
    )


def _number(field: TaxonomyField) -> str:
    return str(field.definition.get("field_number") or "")


def _sections(taxonomy: Taxonomy, fields: Sequence[FieldCard]) -> list[dict[str, Any]]:
    """Return the fields under the headings of the taxonomy, those without one at the end."""
    headings = [(str(number), str(title)) for number, title in taxonomy.headings]
    found: dict[str, list[FieldCard]] = {title.strip(): [] for _number, title in headings}
    without: list[FieldCard] = []
    for field in fields:
        title = heading_of(field.number, headings)
        found.get(title, without).append(field)
    named = [{"title": title, "fields": below} for title, below in found.items() if below]
    return [*named, {"title": "", "fields": without}] if without else named


def as_json(request: HttpRequest, namespace: str) -> HttpResponse:
    """Return a taxonomy's definition with how its fields were answered, for programs."""
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None:
        return errors.not_found(request)
    fields, classified, answers = _answered(taxonomy, viewer_of(request))
    return open_json(
        {
            "namespace": taxonomy.namespace,
            "description": taxonomy.description,
            "classified": _both(classified),
            "fields": [_field_for_programs(field, answers[field.pk]) for field in fields],
        }
    )


def _field_for_programs(field: TaxonomyField, answers: Answers) -> dict[str, Any]:
    return {
        **field.definition,
        "subfields": [sub.definition for sub in field.subfields.all()],
        "answered": _both((answers.incidents, answers.reports)),
        "values": [
            {"value": one.text, "incidents": one.incidents, "reports": one.reports}
            for one in answers.values
        ],
        "unused": counting.unused(field, answers),
    }


def as_csv(request: HttpRequest, namespace: str) -> HttpResponse | StreamingHttpResponse:
    """Return how the fields of a taxonomy were answered as a table, unused values included."""
    taxonomy = taxonomies.get(namespace)
    if taxonomy is None:
        return errors.not_found(request)
    fields, classified, answers = _answered(taxonomy, viewer_of(request))
    header = [
        "field_number",
        "field",
        "value",
        "permitted",
        "incidents",
        "share_of_answered",
        "incidents_answered",
        "incidents_classified",
        "reports",
        "reports_answered",
        "reports_classified",
    ]
    rows = (
        line
        for field in fields
        if counting.has_values(field)
        for line in _lines(field, answers[field.pk], classified)
    )
    return csv_response(f"{taxonomy.namespace}-values.csv", tables.csv_lines(header, rows))


def _lines(
    field: TaxonomyField, answers: Answers, classified: tuple[int, int]
) -> Iterator[list[str]]:
    permitted = set(counting.permitted(field))
    unused = (statistics.Value(value, 0, 0) for value in counting.unused(field, answers))
    for one in (*answers.values, *unused):
        share = one.incidents / answers.incidents if answers.incidents else 0
        yield [
            _number(field),
            field.short_name,
            one.text,
            ("yes" if one.text in permitted else "no") if permitted else "",
            str(one.incidents),
            f"{share:.4f}",
            str(answers.incidents),
            str(classified[0]),
            str(one.reports),
            str(answers.reports),
            str(classified[1]),
        ]

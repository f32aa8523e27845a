"""Makes search documents from the store, many at a time, in a fixed number of queries.

An incident's document holds the texts of its reports, so facet counts in incidents are
exact. Only reports that everybody may see lend their text to an incident: a viewer who may
see the incident must not be able to probe the text of a report that is withheld. In the same
way only incidents that everybody may see lend their entities and numbers to a report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from incidentbase.index import analysis, facets
from incidentbase.index.documents import Document, LocalText
from incidentbase.store.accounts.rules import Viewer, anonymous, system
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.incidents.queries import NamedEntity
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import ReportTerm
from incidentbase.store.reports.queries import IndexedReport
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules
from incidentbase.store.taxonomies.queries import Answer

# Incidents have up to some dozens of reports each, so they go in smaller groups.
INCIDENTS_AT_ONCE = 100
REPORTS_AT_ONCE = 400

# Incidents are written in English; translations say otherwise.
INCIDENT_LANGUAGE = "en"

INCIDENT, REPORT = "incident", "report"

# The answer that has a facet of its own, because readers look for it most.
MIT_DOMAIN = ("MIT", "Risk Domain")


def key_of(kind: str, number: int) -> str:
    """Return the key of a document, such as `incident:530`."""
    return f"{kind}:{number}"


def all_documents(at: dt.datetime) -> Iterator[Document]:
    """Yield a document for every incident that is no duplicate and every complete report."""
    viewer = system("index", at)
    numbers = incidents.listed(viewer).order_by("incident_id")
    yield from incident_documents(list(numbers.values_list("incident_id", flat=True)), at=at)
    found = reports.complete(viewer).order_by("report_number")
    yield from report_documents(list(found.values_list("report_number", flat=True)), at=at)


def incident_documents(numbers: Sequence[int], *, at: dt.datetime) -> Iterator[Document]:
    """Yield the documents of the listed incidents among the numbers."""
    for group in _groups(numbers, INCIDENTS_AT_ONCE):
        yield from _incident_group(group, at)


def report_documents(numbers: Sequence[int], *, at: dt.datetime) -> Iterator[Document]:
    """Yield the documents of the complete reports among the numbers."""
    for group in _groups(numbers, REPORTS_AT_ONCE):
        yield from _report_group(group, at)


def facets_of_incidents(
    found: Sequence[Incident], *, viewer: Viewer
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return the facet values of incidents by number: what the index has, without the texts."""
    keys = [incident.pk for incident in found]
    own_reports = _reports_by_incident(keys, viewer=viewer, with_texts=False)
    entities = incidents.named_entities(keys)
    answers, _of_reports = taxonomies.facet_answers(incidents=keys, viewer=viewer)
    return {
        incident.incident_id: {
            **_entity_facets(entities.get(incident.pk, [])),
            **_report_facets(own_reports.get(incident.pk, [])),
            **_answer_facets(answers.get(incident.pk, [])),
            "year": (str(incident.date.year),),
            "incident_id": (str(incident.incident_id),),
        }
        for incident in found
    }


def facets_of_reports(
    numbers: Sequence[int], *, viewer: Viewer
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return the facet values of reports by number, those of their incidents included."""
    found = reports.indexed(
        reports.complete(viewer).filter(report_number__in=numbers), with_texts=False
    )
    keys = [report.key for report in found]
    parents = _parents_by_report(keys, viewer=viewer)
    linked = {incident.pk: incident for group in parents.values() for incident in group}
    inherited = facets_of_incidents(list(linked.values()), viewer=viewer)
    _of_incidents, own = taxonomies.facet_answers(reports=keys, viewer=viewer)
    made = {}
    for report in found:
        values: dict[str, tuple[str, ...]] = _answer_facets(own.get(report.key, []))
        for parent in parents.get(report.key, []):
            for name, given in inherited[parent.incident_id].items():
                values[name] = _distinct([*values.get(name, ()), *given])
        made[report.number] = {**values, **_report_facets([report])}
    return made


def _groups(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _incident_group(numbers: Sequence[int], at: dt.datetime) -> Iterator[Document]:
    public = anonymous(at)
    found = list(
        incidents.listed(system("index", at))
        .filter(incident_id__in=numbers)
        .order_by("incident_id")
    )
    keys = [incident.pk for incident in found]
    own_reports = _reports_by_incident(keys, viewer=public)
    entities = incidents.named_entities(keys)
    translations = incidents.translated_words(keys)
    answers, _of_reports = taxonomies.facet_answers(incidents=keys, viewer=public)
    for incident in found:
        yield _incident_document(
            incident,
            own_reports.get(incident.pk, []),
            entities.get(incident.pk, []),
            translations.get(incident.pk, []),
            answers.get(incident.pk, []),
        )


def _incident_document(
    incident: Incident,
    own_reports: list[IndexedReport],
    entities: list[NamedEntity],
    translations: list[tuple[str, str, str]],
    answers: list[Answer],
) -> Document:
    texts = [
        LocalText(language, f"{title}\n{description}")
        for language, title, description in translations
    ]
    names = dict.fromkeys(each.names[0] for each in entities)
    texts.append(LocalText(INCIDENT_LANGUAGE, ", ".join(names)))
    for report in own_reports:
        texts += _texts_of(report)
    texts += _compounds(
        INCIDENT_LANGUAGE, [incident.title, incident.description, *(each.text for each in texts)]
    )
    return Document(
        key=key_of(INCIDENT, incident.incident_id),
        kind=INCIDENT,
        number=incident.incident_id,
        title=incident.title,
        description=incident.description,
        texts=tuple(texts),
        facets={
            **_entity_facets(entities),
            **_report_facets(own_reports),
            **_answer_facets(answers),
            "year": (str(incident.date.year),),
            "incident_id": (str(incident.incident_id),),
        },
        date=incident.date,
        visibility=incident.visibility,
        embargoed_until=incident.embargoed_until,
        incidents=(incident.incident_id,),
        names=_entity_words(entities),
        **_report_dates(own_reports, (incident.date,)),
    )


def _report_group(numbers: Sequence[int], at: dt.datetime) -> Iterator[Document]:
    public = anonymous(at)
    shown = reports.complete(system("index", at))
    found = reports.indexed(shown.filter(report_number__in=numbers))
    keys = [report.key for report in found]
    parents = _parents_by_report(keys, viewer=public)
    linked = {incident.pk for group in parents.values() for incident in group}
    entities = incidents.named_entities(linked)
    answers, own_answers = taxonomies.facet_answers(incidents=linked, reports=keys, viewer=public)
    # The reports of an incident have its entities and answers in common.
    inherited: dict[tuple[int, ...], _Inherited] = {}
    for report in found:
        above = parents.get(report.key, [])
        own = own_answers.get(report.key)
        line = tuple(parent.pk for parent in above)
        if own is None and line in inherited:
            yield _report_document(report, above, inherited[line])
            continue
        given = [answer for key in line for answer in answers.get(key, [])]
        made = _inherited(
            [link for key in line for link in entities.get(key, [])], [*(own or ()), *given]
        )
        if own is None:
            inherited[line] = made
        yield _report_document(report, above, made)


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What a report has from its incidents: facets, and words for some of them."""

    facets: dict[str, tuple[str, ...]]
    names: dict[str, tuple[str, ...]]


def _inherited(entities: list[NamedEntity], answers: list[Answer]) -> _Inherited:
    return _Inherited(
        {**_entity_facets(entities), **_answer_facets(answers)}, _entity_words(entities)
    )


def _report_document(
    report: IndexedReport, parents: list[Incident], inherited: _Inherited
) -> Document:
    numbers = tuple(incident.incident_id for incident in parents)
    days = tuple(incident.date for incident in parents)
    own, *translations = _texts_of(report)
    compounds = _compounds(report.language, [own.text])
    return Document(
        key=key_of(REPORT, report.number),
        kind=REPORT,
        number=report.number,
        title=report.title,
        description="",
        texts=(LocalText(report.language, report.plain_text), *translations, *compounds),
        facets={
            **inherited.facets,
            **_report_facets([report]),
            "year": _distinct(str(day.year) for day in days),
            "incident_id": tuple(map(str, numbers)),
        },
        date=min(days, default=None),
        visibility=report.visibility,
        embargoed_until=report.embargoed_until,
        incidents=numbers,
        language=report.language,
        names=inherited.names,
        **_report_dates([report], days),
    )


class _Dates(TypedDict):
    published: dt.date | None
    submitted: dt.date | None
    days: dict[str, tuple[dt.date, ...]]


def _report_dates(found: Sequence[IndexedReport], own: Iterable[dt.date]) -> _Dates:
    published = {report.published_at.date() for report in found}
    submitted = {report.submitted_at.date() for report in found}
    return {
        "published": max(published, default=None),
        "submitted": max(submitted, default=None),
        "days": {
            "incident": tuple(sorted(set(own))),
            "published": tuple(sorted(published)),
            "submitted": tuple(sorted(submitted)),
        },
    }


def _texts_of(report: IndexedReport) -> list[LocalText]:
    return [
        LocalText(report.language, f"{report.title}\n{report.plain_text}"),
        *(LocalText(language, f"{title}\n{text}") for language, title, text in report.translations),
    ]


def _compounds(language: str, texts: Iterable[str]) -> list[LocalText]:
    """Return the hyphenated words of the texts as one word each, as readers may type them."""
    found = dict.fromkeys(word for text in texts for word in analysis.compounds(text))
    return [LocalText(language, " ".join(found))] if found else []


def _entity_facets(links: Iterable[NamedEntity]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {"entity": {}}
    for link in links:
        found["entity"][link.entity_id] = None
        found.setdefault(link.role, {})[link.entity_id] = None
    return {name: tuple(values) for name, values in found.items()}


def _entity_words(links: Iterable[NamedEntity]) -> dict[str, tuple[str, ...]]:
    """Return the names under which the entities of each facet are known."""
    found: dict[str, dict[str, None]] = {"entity": {}}
    for link in links:
        names = dict.fromkeys(link.names)
        found["entity"] |= names
        found.setdefault(link.role, {}).update(names)
    return {name: tuple(values) for name, values in found.items()}


def _report_facets(found: Sequence[IndexedReport]) -> dict[str, tuple[str, ...]]:
    complete = [report for report in found if report.is_complete]
    return {
        "source": _distinct(report.source_domain for report in complete),
        "language": _distinct(report.language for report in complete),
        "authors": _terms(complete, ReportTerm.AUTHOR),
        "submitters": _terms(complete, ReportTerm.SUBMITTER),
        "tags": _terms(found, ReportTerm.TAG),
        "flag": _distinct("true" if report.is_flagged else "false" for report in complete),
        "published_year": _distinct(str(report.published_at.year) for report in found),
    }


def _terms(found: Iterable[IndexedReport], kind: str) -> tuple[str, ...]:
    return _distinct(value for report in found for value in report.terms.get(kind, ()))


def _answer_facets(answers: Sequence[Answer]) -> dict[str, tuple[str, ...]]:
    return {
        "classifications": _distinct(
            value
            for each in answers
            for value in facets.branches(each.namespace, each.field, each.text)
        ),
        "mit_domain": _distinct(
            each.text for each in answers if (each.namespace, each.field) == MIT_DOMAIN
        ),
        "country": _distinct(
            each.text.upper()
            for each in answers
            if (each.namespace, each.field) in taxonomy_rules.COUNTRY_FIELDS
            and taxonomy_rules.is_country_code(each.text)
        ),
    }


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _reports_by_incident(
    keys: Sequence[int], *, viewer: Viewer, with_texts: bool = True
) -> dict[int, list[IndexedReport]]:
    links = incidents.report_links_of(keys)
    linked = {report for _incident, report in links}
    rows = reports.visible(viewer).filter(pk__in=linked)
    shown = reports.indexed(rows, with_texts=with_texts)
    by_key = {report.key: report for report in shown}
    grouped: dict[int, list[IndexedReport]] = {}
    for incident, report in links:
        if report in by_key:
            grouped.setdefault(incident, []).append(by_key[report])
    return grouped


def _parents_by_report(keys: Sequence[int], *, viewer: Viewer) -> dict[int, list[Incident]]:
    links = incidents.report_links_to(keys)
    listed = incidents.listed(viewer).filter(pk__in={incident for incident, _report in links})
    by_key = {incident.pk: incident for incident in listed}
    grouped: dict[int, list[Incident]] = {}
    for incident, report in links:
        if incident in by_key:
            grouped.setdefault(report, []).append(by_key[incident])
    return grouped

"""Makes search documents from the store, many at a time, in a fixed number of queries.

An incident's document holds the texts of its reports, so facet counts in incidents are
exact. Only reports that everybody may see lend their text to an incident: a viewer who may
see the incident must not be able to probe the text of a report that is withheld. In the same
way only incidents that everybody may see lend their entities and numbers to a report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from incidentbase.index.documents import Document, LocalText
from incidentbase.store.accounts.rules import Viewer, anonymous, system
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.taxonomies import queries as taxonomies

# Incidents have up to some dozens of reports each, so they go in smaller groups.
INCIDENTS_AT_ONCE = 50
REPORTS_AT_ONCE = 200

# Incidents are written in English; translations say otherwise.
INCIDENT_LANGUAGE = "en"

INCIDENT, REPORT = "incident", "report"


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


def _groups(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _incident_group(numbers: Sequence[int], at: dt.datetime) -> Iterator[Document]:
    viewer = system("index", at)
    found = list(
        incidents.listed(viewer)
        .filter(incident_id__in=numbers)
        .prefetch_related("translations")
        .order_by("incident_id")
    )
    public_reports = _reports_by_incident(found, viewer=anonymous(at))
    entities = _entities_by_incident(found)
    domains = _mit_domains(numbers, viewer=anonymous(at))
    for incident in found:
        yield _incident_document(
            incident,
            public_reports.get(incident.pk, []),
            entities.get(incident.pk, []),
            domains.get(incident.incident_id, []),
        )


def _incident_document(
    incident: Incident,
    own_reports: list[Report],
    entities: list[tuple[str, str, str]],
    domains: list[str],
) -> Document:
    texts = [
        LocalText(row.language, f"{row.title}\n{row.description}")
        for row in incident.translations.all()
    ]
    names = dict.fromkeys(name for _role, _entity_id, name in entities)
    texts.append(LocalText(INCIDENT_LANGUAGE, ", ".join(names)))
    for report in own_reports:
        texts += _texts_of(report)
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
            "mit_domain": tuple(domains),
            "year": (str(incident.date.year),),
            "incident_id": (str(incident.incident_id),),
        },
        date=incident.date,
        published=max((report.published_at.date() for report in own_reports), default=None),
        submitted=max((report.submitted_at.date() for report in own_reports), default=None),
        visibility=incident.visibility,
        embargoed_until=incident.embargoed_until,
        incidents=(incident.incident_id,),
    )


def _report_group(numbers: Sequence[int], at: dt.datetime) -> Iterator[Document]:
    viewer = system("index", at)
    found = list(
        reports.with_parts(reports.complete(viewer).filter(report_number__in=numbers)).order_by(
            "report_number"
        )
    )
    parents = _parents_by_report(found, viewer=anonymous(at))
    linked = {incident.pk: incident for group in parents.values() for incident in group}
    entities = _entities_by_incident(linked.values())
    domains = _mit_domains(
        [incident.incident_id for incident in linked.values()], viewer=anonymous(at)
    )
    for report in found:
        above = parents.get(report.pk, [])
        yield _report_document(
            report,
            above,
            [link for incident in above for link in entities.get(incident.pk, [])],
            [value for incident in above for value in domains.get(incident.incident_id, [])],
        )


def _report_document(
    report: Report,
    parents: list[Incident],
    entities: list[tuple[str, str, str]],
    domains: list[str],
) -> Document:
    numbers = tuple(incident.incident_id for incident in parents)
    _own, *translations = _texts_of(report)
    return Document(
        key=key_of(REPORT, report.report_number),
        kind=REPORT,
        number=report.report_number,
        title=report.title,
        description="",
        texts=(LocalText(report.language, report.plain_text), *translations),
        facets={
            **_entity_facets(entities),
            **_report_facets([report]),
            "mit_domain": tuple(dict.fromkeys(domains)),
            "year": tuple(dict.fromkeys(str(incident.date.year) for incident in parents)),
            "incident_id": tuple(map(str, numbers)),
        },
        date=min((incident.date for incident in parents), default=None),
        published=report.published_at.date(),
        submitted=report.submitted_at.date(),
        visibility=report.visibility,
        embargoed_until=report.embargoed_until,
        incidents=numbers,
        language=report.language,
    )


def _texts_of(report: Report) -> list[LocalText]:
    translated = [
        LocalText(row.language, f"{row.title}\n{row.plain_text}")
        for row in report.translations.all()
    ]
    return [LocalText(report.language, f"{report.title}\n{report.plain_text}"), *translated]


def _entity_facets(links: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {"entity": {}}
    for role, entity_id, _name in links:
        found["entity"][entity_id] = None
        found.setdefault(role, {})[entity_id] = None
    return {name: tuple(values) for name, values in found.items()}


def _report_facets(found: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    complete = [report for report in found if report.is_complete]
    return {
        "source": _distinct(report.source_domain for report in complete),
        "language": _distinct(report.language for report in complete),
        "authors": _terms(complete, ReportTerm.AUTHOR),
        "submitters": _terms(complete, ReportTerm.SUBMITTER),
        "tags": _terms(found, ReportTerm.TAG),
    }


def _terms(found: Iterable[Report], kind: str) -> tuple[str, ...]:
    return _distinct(value for report in found for value in reports.terms_of(report, kind))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _reports_by_incident(found: Sequence[Incident], *, viewer: Viewer) -> dict[int, list[Report]]:
    links = incidents.report_links_of(found)
    shown = reports.with_parts(
        reports.visible(viewer).filter(pk__in={report for _incident, report in links})
    )
    by_key = {report.pk: report for report in shown}
    grouped: dict[int, list[Report]] = {}
    for incident, report in links:
        if report in by_key:
            grouped.setdefault(incident, []).append(by_key[report])
    return grouped


def _parents_by_report(found: Sequence[Report], *, viewer: Viewer) -> dict[int, list[Incident]]:
    links = incidents.report_links_to(found)
    listed = incidents.listed(viewer).filter(pk__in={incident for incident, _report in links})
    by_key = {incident.pk: incident for incident in listed}
    grouped: dict[int, list[Incident]] = {}
    for incident, report in links:
        if incident in by_key:
            grouped.setdefault(report, []).append(by_key[incident])
    return grouped


def _entities_by_incident(
    found: Iterable[Incident],
) -> dict[int, list[tuple[str, str, str]]]:
    grouped: dict[int, list[tuple[str, str, str]]] = {}
    for link in incidents.entity_links_of(found):
        grouped.setdefault(link.incident_id, []).append(
            (link.role, link.entity.entity_id, link.entity.name)
        )
    return grouped


def _mit_domains(numbers: Sequence[int], *, viewer: Viewer) -> dict[int, list[str]]:
    return taxonomies.value_of_incidents(
        numbers, namespace="MIT", short_name="Risk Domain", viewer=viewer
    )

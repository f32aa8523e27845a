"""Answers searches: asks the engine, then checks every hit in the store before it leaves.

The index may be a moment behind, so it is never the last word on who may see what.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

from incidentbase.index import engines, location, passages, query
from incidentbase.index.engines import (
    BestReports,
    DateName,
    Exactness,
    FacetCount,
    Kind,
    SearchRequest,
    Sort,
)
from incidentbase.store.accounts.rules import Viewer, visible_classes
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.incidents.queries import NamedEntity
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report
from incidentbase.store.reports.queries import IndexedReport

FACET_VALUES = 20
HITS_AT_ONCE = 500

# Where the words of a query stand, most telling first.
Place = Literal["title", "description", "translation", "entity", "reports", "text"]


@dataclass(frozen=True, slots=True)
class Search:
    """What a reader looks for; `exclude` has the same shape as `filters`."""

    text: str = ""
    kinds: tuple[Kind, ...] = ("incident",)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: Mapping[DateName, tuple[dt.date | None, dt.date | None]] = field(default_factory=dict)
    sort: Sort = "relevance"


@dataclass(frozen=True, slots=True)
class Matching:
    """A report in which a hit matched, and its text around the match."""

    number: int
    title: str
    source_domain: str
    passage: passages.Passage
    language: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a hit is one: where the words stand; for entities who, for reports how many."""

    place: Place
    names: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One incident or report found, as the store has it."""

    incident: Incident | None
    report: Report | None
    matching: tuple[Matching, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: one page of hits, the total, and facet counts."""

    query: query.Query
    total: int
    hits: list[Hit]
    facets: Mapping[str, tuple[FacetCount, ...]]
    exactness: Exactness
    exact_total: int
    coverage: Mapping[str, int]


def find(
    search: Search,
    *,
    viewer: Viewer,
    offset: int,
    limit: int,
    facets: Sequence[str] = (),
    facet_size: int = FACET_VALUES,
    below: str = "",
    reports_each: int = 1,
    is_narrowed: bool = False,
) -> Found:
    """Return one page of what the viewer may see of the results.

    With words, each incident comes with the passages of up to `reports_each` reports.
    """
    parsed = query.parse(search.text)
    request = replace(
        _request(search, parsed, viewer),
        offset=offset,
        limit=limit,
        facets=tuple(facets),
        facet_size=facet_size,
        below=below,
        is_narrowed=is_narrowed,
    )
    answer = location.current().search(request)
    hits = _checked(answer.hits, viewer)
    if parsed.wanted and reports_each:
        hits = _explained(hits, replace(request, limit=reports_each), answer.exactness, viewer)
    return Found(
        query=parsed,
        total=answer.total,
        hits=hits,
        facets=answer.facets,
        exactness=answer.exactness,
        exact_total=answer.exact_total,
        coverage=answer.coverage,
    )


def every_hit(search: Search, *, viewer: Viewer) -> Iterator[Hit]:
    """Yield all hits of a search in order, checked in the store, a few hundred at a time."""
    request = _request(search, query.parse(search.text), viewer)
    found = location.current().every_hit(request)
    while batch := tuple(islice(found, HITS_AT_ONCE)):
        yield from _checked(batch, viewer)


def every_incident(search: Search, *, viewer: Viewer) -> list[int]:
    """Return the numbers of all incidents found, or that the reports found belong to.

    Incidents come in order, those of reports by number; all are checked in the store.
    """
    request = _request(search, query.parse(search.text), viewer)
    hits = list(location.current().every_hit(request))
    numbers = [hit.number for hit in hits if hit.kind == "incident"]
    found = [hit.number for hit in hits if hit.kind == "report"]
    if found:
        shown = reports.complete(viewer).filter(report_number__in=found)
        numbers += sorted(
            incidents.numbers_with_reports(shown.values_list("report_number", flat=True))
        )
    listed = set(incidents.listed(viewer).values_list("incident_id", flat=True))
    return [number for number in numbers if number in listed]


def _request(search: Search, parsed: query.Query, viewer: Viewer) -> SearchRequest:
    return SearchRequest(
        now=viewer.at,
        visible=tuple(sorted(visible_classes(viewer))),
        query=parsed,
        kinds=search.kinds,
        filters=search.filters,
        exclude=search.exclude,
        dates=search.dates,
        sort=search.sort,
    )


def _checked(found: Sequence[engines.Hit], viewer: Viewer) -> list[Hit]:
    """Return the hits that the store lets the viewer see."""
    numbers = [hit.number for hit in found if hit.kind == "incident"]
    report_numbers = [hit.number for hit in found if hit.kind == "report"]
    cards = incidents.cards(numbers, viewer=viewer) if numbers else {}
    rows = _reports(report_numbers, viewer) if report_numbers else {}
    hits = []
    for hit in found:
        if hit.kind == "incident" and hit.number in cards:
            hits.append(Hit(cards[hit.number], None))
        elif hit.kind == "report" and hit.number in rows:
            hits.append(Hit(None, rows[hit.number]))
    return hits


def _reports(numbers: Iterable[int], viewer: Viewer) -> dict[int, Report]:
    rows = reports.complete(viewer).filter(report_number__in=list(numbers))
    return {row.report_number: row for row in reports.with_parts(rows)}


# Why something was found


def _explained(
    hits: list[Hit], request: SearchRequest, exactness: Exactness, viewer: Viewer
) -> list[Hit]:
    """Return the hits with where they match; of each incident as many reports as the limit."""
    parsed = request.query
    found = [hit.incident for hit in hits if hit.incident is not None]
    best = location.current().passages(
        [incident.incident_id for incident in found], request, exactness
    )
    numbers = {number for one in best.values() for number in one.numbers}
    shown = reports.complete(viewer).filter(report_number__in=numbers)
    matching = _matching(reports.indexed(shown, with_parts=False) if numbers else [], parsed)
    entities = incidents.named_entities(incident.pk for incident in found) if found else {}
    explained = []
    for hit in hits:
        if hit.incident is not None:
            own = best.get(hit.incident.incident_id, BestReports((), 0))
            reasons = _reasons(hit.incident, entities.get(hit.incident.pk, []), own, parsed)
            shown_here = tuple(matching[number] for number in own.numbers if number in matching)
            explained.append(replace(hit, matching=shown_here, reasons=reasons))
        elif hit.report is not None:
            explained.append(_explained_report(hit, hit.report, parsed))
    return explained


def _reasons(
    incident: Incident, entities: list[NamedEntity], best: BestReports, parsed: query.Query
) -> tuple[Reason, ...]:
    reasons = []
    if passages.mentions(incident.title, parsed, "en"):
        reasons.append(Reason("title"))
    if passages.mentions(incident.description, parsed, "en"):
        reasons.append(Reason("description"))
    if any(
        passages.mentions(f"{row.title}\n{row.description}", parsed, row.language)
        for row in incident.translations.all()
    ):
        reasons.append(Reason("translation"))
    names = _mentioned(entities, parsed)
    if names:
        reasons.append(Reason("entity", names=tuple(names)))
    if best.total:
        reasons.append(Reason("reports", count=best.total))
    return tuple(reasons)


def _mentioned(entities: list[NamedEntity], parsed: query.Query) -> dict[str, None]:
    """Return the names of the entities that were asked for by any of their names."""
    # Mostly none was, which all names together tell at once.
    together = "\n".join(name for entity in entities for name in entity.names)
    if not passages.mentions(together, parsed, "en"):
        return {}
    return dict.fromkeys(
        entity.names[0]
        for entity in entities
        if any(passages.mentions(name, parsed, "en") for name in entity.names)
    )


def _explained_report(hit: Hit, report: Report, parsed: query.Query) -> Hit:
    texts = [(report.language, report.plain_text)]
    texts += [(each.language, each.plain_text) for each in report.translations.all()]
    found = _passage(texts, report.snippet_max_characters, parsed)
    reasons = [Reason("title")] if passages.mentions(report.title, parsed, report.language) else []
    if found is None:
        return replace(hit, reasons=tuple(reasons))
    passage, language = found
    reasons.append(Reason("text" if language == report.language else "translation"))
    own = Matching(report.report_number, report.title, report.source_domain, passage, language)
    return replace(hit, matching=(own,), reasons=tuple(reasons))


def _matching(rows: list[IndexedReport], parsed: query.Query) -> dict[int, Matching]:
    """Return by number the reports that say something of what was asked for, with the passage."""
    found = {}
    left = []
    for row in rows:
        passage = _passage([(row.language, row.plain_text)], row.snippet_max_characters, parsed)
        if passage is None:
            left.append(row)
        else:
            found[row.number] = Matching(row.number, row.title, row.source_domain, *passage)
    if left:
        reports.add_translations(left)
    for row in left:
        texts = [(language, text) for language, _title, text in row.translations]
        passage = _passage(texts, row.snippet_max_characters, parsed)
        if passage is None and passages.mentions(row.title, parsed, row.language):
            # Only the title says it: the beginning of the text goes with it.
            beginning = row.plain_text[: row.snippet_max_characters]
            passage = passages.best_passage(beginning, parsed, row.language), row.language
        if passage is not None:
            found[row.number] = Matching(row.number, row.title, row.source_domain, *passage)
    return found


def _passage(
    texts: Iterable[tuple[str, str]], limit: int, parsed: query.Query
) -> tuple[passages.Passage, str] | None:
    """Return the passage of the first text that has one, with that text's language."""
    for language, text in texts:
        passage = passages.best_passage(text[:limit], parsed, language)
        if passage.has_match:
            return passage, language
    return None

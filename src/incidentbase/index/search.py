"""Answers searches: asks the engine, then checks every hit in the store before it leaves.

The index may be a moment behind, so it is never the last word on who may see what.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from incidentbase.index import location, passages, query
from incidentbase.index.engines import (
    DateName,
    Exactness,
    FacetCount,
    Kind,
    SearchRequest,
    SearchResult,
    Sort,
)
from incidentbase.store.accounts.rules import Viewer, visible_classes
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report

FACET_VALUES = 100
HITS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Search:
    """What a reader looks for."""

    text: str = ""
    kinds: tuple[Kind, ...] = ("incident",)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: Mapping[DateName, tuple[dt.date | None, dt.date | None]] = field(default_factory=dict)
    sort: Sort = "relevance"


@dataclass(frozen=True, slots=True)
class Matching:
    """Where a hit matched: the report, and its text around the match."""

    report: Report
    passage: passages.Passage
    language: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One incident or report found, as the store has it."""

    incident: Incident | None
    report: Report | None
    matching: tuple[Matching, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: one page of hits, the total, and facet counts."""

    query: query.Query
    total: int
    hits: list[Hit]
    facets: Mapping[str, tuple[FacetCount, ...]]
    exactness: Exactness


def find(
    search: Search, *, viewer: Viewer, offset: int, limit: int, facets: Sequence[str] = ()
) -> Found:
    """Return one page of what the viewer may see of the results."""
    parsed = query.parse(search.text)
    answer = _ask(search, parsed, viewer=viewer, offset=offset, limit=limit, facets=facets)
    hits = _hits(answer, viewer)
    if not parsed.is_empty:
        hits = _with_passages(hits, parsed, viewer)
    return Found(parsed, answer.total, hits, answer.facets, answer.exactness)


def every_hit(search: Search, *, viewer: Viewer) -> Iterable[Hit]:
    """Yield all hits of a search in order, checked in the store, a few hundred at a time."""
    parsed = query.parse(search.text)
    offset = 0
    while True:
        answer = _ask(search, parsed, viewer=viewer, offset=offset, limit=HITS_AT_ONCE, facets=())
        yield from _hits(answer, viewer)
        offset += HITS_AT_ONCE
        if offset >= answer.total:
            return


def _ask(
    search: Search,
    parsed: query.Query,
    *,
    viewer: Viewer,
    offset: int,
    limit: int,
    facets: Sequence[str],
) -> SearchResult:
    return location.current().search(
        SearchRequest(
            now=viewer.at,
            visible=tuple(sorted(visible_classes(viewer))),
            query=parsed,
            kinds=search.kinds,
            filters=search.filters,
            dates=search.dates,
            sort=search.sort,
            offset=offset,
            limit=limit,
            facets=tuple(facets),
            facet_size=FACET_VALUES,
        )
    )


def _hits(answer: SearchResult, viewer: Viewer) -> list[Hit]:
    numbers = [hit.number for hit in answer.hits if hit.kind == "incident"]
    report_numbers = [hit.number for hit in answer.hits if hit.kind == "report"]
    cards = incidents.cards(numbers, viewer=viewer) if numbers else {}
    found = _reports(report_numbers, viewer) if report_numbers else {}
    hits = []
    for hit in answer.hits:
        if hit.kind == "incident" and hit.number in cards:
            hits.append(Hit(cards[hit.number], None))
        elif hit.kind == "report" and hit.number in found:
            hits.append(Hit(None, found[hit.number]))
    return hits


def _reports(numbers: Iterable[int], viewer: Viewer) -> dict[int, Report]:
    rows = reports.complete(viewer).filter(report_number__in=list(numbers))
    return {row.report_number: row for row in reports.with_parts(rows)}


def _with_passages(hits: list[Hit], parsed: query.Query, viewer: Viewer) -> list[Hit]:
    numbers = [hit.incident.incident_id for hit in hits if hit.incident is not None]
    best = (
        location.current().passages(
            numbers, parsed, visible=tuple(sorted(visible_classes(viewer))), now=viewer.at
        )
        if numbers
        else {}
    )
    found = _reports({number for group in best.values() for number in group.numbers}, viewer)
    return [replace(hit, matching=_matching(hit, best, found, parsed)) for hit in hits]


def _matching(
    hit: Hit,
    best: Mapping[int, tuple[int, ...]],
    found: Mapping[int, Report],
    parsed: query.Query,
) -> tuple[Matching, ...]:
    if hit.report is not None:
        return tuple(_matching_texts([hit.report], parsed))
    numbers = best[hit.incident.incident_id].numbers if hit.incident and hit.incident.incident_id in best else ()
    return tuple(_matching_texts([found[n] for n in numbers if n in found], parsed))


def _matching_texts(rows: Iterable[Report], parsed: query.Query) -> Iterable[Matching]:
    for report in rows:
        texts = [(report.language, report.plain_text)]
        texts += [(row.language, row.plain_text) for row in report.translations.all()]
        for language, text in texts:
            passage = passages.best_passage(text[: report.snippet_max_characters], parsed, language)
            if any(is_hit for _text, is_hit in passage.segments):
                yield Matching(report, passage, language)
                break

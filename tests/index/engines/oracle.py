"""Answers searches by looking at every document: slow, short, and what engines must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from incidentbase.index import analysis, facets
from incidentbase.index.documents import Document
from incidentbase.index.engines import SearchRequest, tantivy_schema
from incidentbase.index.query import And, Between, In, Node, Not, Or, Phrase, Word

# A span of days and the years of the same kind are one choice.
SPANS = {"incident": "year", "published": "published_year"}
ANALYZERS = tantivy_schema.analyzers()


def matching(documents: Iterable[Document], request: SearchRequest) -> list[Document]:
    """Return the documents that the request finds, in no order."""
    return [
        document
        for document in documents
        if _is_kind(document, request)
        and _is_visible(document, request)
        and _passes(document, request)
        and _is_dated(document, request)
        and says(document, request.query.root)
    ]


def counts(documents: list[Document], request: SearchRequest, name: str) -> Counter[str]:
    """Return how many documents each value of a facet would give."""
    counted: Counter[str] = Counter()
    values = {value for document in documents for value in document.facets.get(name, ())}
    for group in {facets.group_of(name, value) for value in values}:
        spans = {day: span for day, span in request.dates.items() if SPANS.get(day) != name}
        others = replace(request, filters=_others(request, name, group), dates=spans)
        found = matching(documents, others)
        counted += Counter(
            value
            for document in found
            for value in document.facets.get(name, ())
            if facets.group_of(name, value) == group
        )
    return counted


def _others(request: SearchRequest, name: str, group: str) -> dict[str, tuple[str, ...]]:
    kept = {
        other: tuple(value for value in values if facets.group_of(other, value) != group)
        for other, values in request.filters.items()
    }
    return {other: values for other, values in kept.items() if values}


def says(document: Document, node: Node) -> bool:
    """Return whether the document says what the node asks for."""
    if isinstance(node, And):
        return all(says(document, each) for each in node.nodes)
    if isinstance(node, Or):
        return any(says(document, each) for each in node.nodes)
    if isinstance(node, Not):
        return not says(document, node.node)
    if isinstance(node, Between):
        day = document.own_date
        return day is not None and (node.first or day) <= day <= (node.last or day)
    if isinstance(node, In):
        return _is_in(document, node)
    wanted = analysis.terms(node.text)
    if isinstance(node, Phrase) or len(wanted) > 1:
        whole = analysis.compound(node.text) if isinstance(node, Word) else ""
        is_one_word = bool(whole) and _has_word(document, whole, node)
        is_open = isinstance(node, Word) and node.prefix
        return is_one_word or _has_phrase(document, wanted, open_end=is_open)
    return _has_word(document, wanted[0], node)


def _is_in(document: Document, node: In) -> bool:
    values = document.facets.get(node.facet, ())
    if not facets.BY_NAME[node.facet].has_words:
        return bool({node.text, node.text.lower(), node.text.upper()} & set(values))
    wanted = analysis.terms(node.text)
    named = [analysis.terms(each) for each in (*values, *document.names.get(node.facet, ()))]
    return any(
        terms[at : at + len(wanted)] == wanted for terms in named for at in range(len(terms))
    )


def _has_word(document: Document, wanted: str, node: Word | Phrase) -> bool:
    for language, text in _texts(document):
        terms = analysis.terms(text)
        if wanted in terms:
            return True
        is_open = isinstance(node, Word) and node.prefix and len(wanted) > 1
        if is_open and any(term.startswith(wanted) for term in terms):
            return True
        if language in tantivy_schema.STEMMED and _stem(language, wanted) in {
            _stem(language, term) for term in terms
        }:
            return True
    return False


def _stem(language: str, term: str) -> str:
    return ANALYZERS[tantivy_schema.stem_analyzer_name(language)].analyze(term)[0]


def _has_phrase(document: Document, wanted: list[str], *, open_end: bool) -> bool:
    for _language, text in _texts(document):
        terms = analysis.terms(text)
        for at in range(len(terms) - len(wanted) + 1):
            run = terms[at : at + len(wanted)]
            if run[:-1] == wanted[:-1] and (
                run[-1] == wanted[-1]
                or (
                    open_end
                    and not analysis.is_by_character(wanted[-1])
                    and run[-1].startswith(wanted[-1])
                )
            ):
                return True
    return False


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    yield document.language, document.title
    yield document.language, document.description
    for each in document.texts:
        yield each.language, each.text


def _is_kind(document: Document, request: SearchRequest) -> bool:
    report = "incident_report" if document.incidents else "issue_report"
    kinds = {"incident"} if document.kind == "incident" else {"report", report}
    return bool(kinds & set(request.kinds))


def _is_visible(document: Document, request: SearchRequest) -> bool:
    if document.visibility in request.visible:
        return True
    return document.embargoed_until is not None and document.embargoed_until <= request.now


def _passes(document: Document, request: SearchRequest) -> bool:
    groups: dict[tuple[str, str], set[str]] = {}
    for name, values in request.filters.items():
        for value in values:
            groups.setdefault((name, facets.group_of(name, value)), set()).add(value)
    wanted = all(
        values & set(document.facets.get(name, ())) for (name, _group), values in groups.items()
    )
    refused = any(
        set(values) & set(document.facets.get(name, ())) for name, values in request.exclude.items()
    )
    return wanted and not refused


def _is_dated(document: Document, request: SearchRequest) -> bool:
    return all(
        any((first or day) <= day <= (last or day) for day in document.days.get(name, ()))
        for name, (first, last) in request.dates.items()
    )

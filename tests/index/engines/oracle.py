"""Answers searches by looking at every document: slow, short, and what engines must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from incidentbase.index import analysis
from incidentbase.index.documents import Document
from incidentbase.index.engines import SearchRequest, tantivy_schema
from incidentbase.index.query import And, Node, Not, Phrase, Word

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
    others = {other: values for other, values in request.filters.items() if other != name}
    found = matching(documents, replace(request, filters=others))
    return Counter(value for document in found for value in document.facets.get(name, ()))


def says(document: Document, node: Node) -> bool:
    """Return whether the document says what the node asks for."""
    if isinstance(node, And):
        return all(says(document, each) for each in node.nodes)
    if isinstance(node, Not):
        return not says(document, node.node)
    wanted = analysis.terms(node.text)
    if isinstance(node, Phrase) or len(wanted) > 1:
        return _has_phrase(document, wanted, open_end=isinstance(node, Word) and node.prefix)
    return _has_word(document, wanted[0], node)


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
    wanted = all(
        set(values) & set(document.facets.get(name, ()))
        for name, values in request.filters.items()
        if values
    )
    refused = any(
        set(values) & set(document.facets.get(name, ())) for name, values in request.exclude.items()
    )
    return wanted and not refused


def _is_dated(document: Document, request: SearchRequest) -> bool:
    days = {
        "incident": document.date,
        "published": document.published,
        "submitted": document.submitted,
    }
    for name, (first, last) in request.dates.items():
        day = days[name]
        if day is None or (first and day < first) or (last and day > last):
            return False
    return True

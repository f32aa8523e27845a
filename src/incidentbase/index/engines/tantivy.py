"""The search engine of one machine: a tantivy index in a folder.

One process writes at a time, any number read; a commit is seen by all of them at their next
search. A killed writer leaves the last commit as it was.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import tantivy

from incidentbase.index import analysis
from incidentbase.index.documents import Document
from incidentbase.index.engines import (
    FacetCount,
    Hit,
    IndexBusy,
    IndexUnusable,
    Neighbor,
    SearchRequest,
    SearchResult,
)
from incidentbase.index.engines import tantivy_schema as fields
from incidentbase.index.engines.tantivy_counts import Counter, total
from incidentbase.index.engines.tantivy_queries import Compiler
from incidentbase.index.query import Query

_HEAP_BYTES: Final = 64_000_000
_THREADS: Final = 2

# The writer takes documents faster than it indexes them and keeps thousands waiting in memory;
# a commit after so much text bounds that. It is more than all but an import ever writes.
_CHARACTERS_AT_ONCE: Final = 8_000_000

# Hits of equal score are put in order of number as far as this; beyond, in order of the index.
_LONGEST_TIE: Final = 20_000

# How many hits are looked through for the best reports of a page of incidents.
_PASSAGE_HITS: Final = 2_000

_SIMILAR_TERMS: Final = 40

_MUST, _SHOULD, _MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class TantivyEngine:
    """A tantivy index; the folder is made when it is missing. Raises IndexUnusable."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = fields.schema()
        self._analyzers = fields.analyzers()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"{folder}: {error}") from error
        for name, analyzer in self._analyzers.items():
            self._index.register_tokenizer(name, analyzer)

    # Writing

    def write(self, documents: Iterable[Document], delete: Iterable[str]) -> int:
        """Put the documents in, replacing those of the same key, and delete the other keys.

        All of it is one commit, unless there is so much text that memory asks for several.
        """
        writer = self._writer()
        try:
            count = self._fill(writer, documents, delete)
        except BaseException:
            writer.rollback()
            raise
        finally:
            # Gives the lock back, also after a rollback.
            writer.wait_merging_threads()
        return count

    def _fill(
        self, writer: tantivy.IndexWriter, documents: Iterable[Document], delete: Iterable[str]
    ) -> int:
        is_new = self._searcher().num_docs == 0
        written: set[str] = set()
        count = waiting = 0
        for document in documents:
            # In an empty index there is nothing to replace but what this very call has put in.
            if not is_new or document.key in written:
                writer.delete_documents_by_term("key", document.key)
            writer.add_document(fields.to_tantivy(document))
            written.add(document.key)
            count += 1
            waiting += sum(len(each.text) for each in document.texts)
            if waiting > _CHARACTERS_AT_ONCE:
                writer.commit()
                waiting = 0
        # Last, so that a commit in between never lacks a document that is to be replaced.
        for key in delete:
            if key not in written:
                writer.delete_documents_by_term("key", key)
        writer.commit()
        return count

    def _writer(self) -> tantivy.IndexWriter:
        try:
            return self._index.writer(_HEAP_BYTES, _THREADS)
        except ValueError as error:
            if "LockBusy" in str(error):
                raise IndexBusy("another process is writing to the search index") from error
            raise

    # Searching

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits with the facet counts asked for. Raises UnknownFacet."""
        started = time.perf_counter()
        searcher = self._searcher()
        scope = self._scope(request)
        frame = [*scope, *self._exclusions(request), *self._spans(request)]
        filters = {
            name: self._any_value(name, values)
            for name, values in request.filters.items()
            if values
        }
        text = self._compiler(searcher).compile(request.query)
        found, hits = self._hits(searcher, _all_of([text, *filters.values(), *frame]), request)
        is_approximate = False
        # Filters have no say in this: choosing one must not change what the words mean.
        if not found and not _finds(searcher, [text, *scope]):
            lenient = self._compiler(searcher, is_lenient=True).compile(request.query)
            if is_approximate := _finds(searcher, [lenient, *scope]):
                text = lenient
                found, hits = self._hits(
                    searcher, _all_of([text, *filters.values(), *frame]), request
                )
        return SearchResult(
            total=found,
            hits=hits,
            facets=self._facets(searcher, request, text, frame, filters),
            took_ms=(time.perf_counter() - started) * 1000,
            is_approximate=is_approximate,
        )

    def _facets(
        self,
        searcher: tantivy.Searcher,
        request: SearchRequest,
        text: tantivy.Query,
        frame: list[tantivy.Query],
        filters: Mapping[str, tantivy.Query],
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Count each facet; its own choices do not narrow what it offers."""
        counter = Counter(self._schema, searcher, request.filters, request.facet_size)
        free = [name for name in request.facets if name not in filters]
        counts = counter.count(_all_of([text, *filters.values(), *frame]), free)
        for name in request.facets:
            if name in filters:
                others = [query for other, query in filters.items() if other != name]
                counts |= counter.count(_all_of([text, *others, *frame]), [name])
        return {name: counts[name] for name in request.facets}

    def _scope(self, request: SearchRequest) -> list[tantivy.Query]:
        return [self._any("kind", request.kinds), self._visible(request.visible, request.now)]

    def _exclusions(self, request: SearchRequest) -> list[tantivy.Query]:
        return [
            tantivy.Query.boolean_query(
                [
                    (_MUST, tantivy.Query.all_query()),
                    (_MUST_NOT, self._any_value(name, values)),
                ]
            )
            for name, values in request.exclude.items()
            if values
        ]

    def _spans(self, request: SearchRequest) -> list[tantivy.Query]:
        spans = []
        for date, (first, last) in request.dates.items():
            low, high = fields.day_bounds(first, last)
            spans.append(
                tantivy.Query.range_query(
                    self._schema,
                    fields.order_field(date, descending=True),
                    tantivy.FieldType.Unsigned,
                    lower_bound=low,
                    upper_bound=high,
                )
            )
        return spans

    def _any_value(self, facet: str, values: Sequence[str]) -> tantivy.Query:
        return self._any(fields.facet_field(facet), [analysis.encodable(each) for each in values])

    def _any(self, field: str, values: Sequence[str] | Sequence[int]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, field, list(values))

    def _visible(self, visible: tuple[str, ...], now: dt.datetime) -> tantivy.Query:
        released = tantivy.Query.range_query(
            self._schema,
            "embargoed_until",
            tantivy.FieldType.Unsigned,
            lower_bound=0,
            upper_bound=max(0, int(now.timestamp())),
        )
        embargoed = _all_of([self._any("visibility", ["embargoed"]), released])
        return tantivy.Query.boolean_query(
            [(_SHOULD, self._any("visibility", visible)), (_SHOULD, embargoed)]
        )

    def _hits(
        self, searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest
    ) -> tuple[int, tuple[Hit, ...]]:
        # tantivy makes room for all hits up to the page, even where there are none.
        offset = min(request.offset, searcher.num_docs)
        wanted = offset + request.limit
        if request.limit <= 0:
            return total(searcher.search(query, 1)), ()
        # What is only excluded makes no hit better than another: those are ordered by date.
        if request.sort == "relevance" and request.query.wanted:
            count, pairs = _by_score(searcher, query, wanted)
            page = pairs[offset:wanted]
        else:
            field, order = _order(request)
            found = searcher.search(
                query,
                request.limit,
                order_by_field=field,
                order=order,
                offset=offset,
            )
            count, page = total(found), [(0.0, address) for _key, address in found.hits]
        return count, tuple(_hit(searcher, score, address) for score, address in page)

    def passages(
        self,
        incidents: Sequence[int],
        query: Query,
        *,
        visible: tuple[str, ...],
        now: dt.datetime,
        each: int = 1,
    ) -> dict[int, tuple[int, ...]]:
        """Return, for each incident, the numbers of its reports that match best, best first."""
        searcher = self._searcher()
        wanted = set(incidents)
        words = self._compiler(searcher, is_lenient=True).any_of(query)
        if words is None or not wanted:
            return {}
        frame = [
            self._any("kind", ["report"]),
            self._any("incidents", sorted(wanted)),
            self._visible(visible, now),
        ]
        _total, pairs = _by_score(searcher, _all_of([words, *frame]), _PASSAGE_HITS)
        best: dict[int, list[int]] = {}
        missing = len(wanted) * each
        for _score, address in pairs:
            stored = searcher.doc(address)
            for incident in wanted.intersection(stored["incidents"]):
                numbers = best.setdefault(incident, [])
                if len(numbers) < each:
                    numbers.append(stored["number"][0])
                    missing -= 1
            if not missing:
                break
        return {incident: tuple(numbers) for incident, numbers in best.items()}

    def similar(
        self,
        text: str,
        *,
        visible: tuple[str, ...],
        now: dt.datetime,
        language: str = "en",
        without: Sequence[int] = (),
        limit: int = 10,
    ) -> tuple[Neighbor, ...]:
        """Return the incidents whose words are most like the text, the most alike first."""
        searcher = self._searcher()
        if language in fields.STEMMED:
            weights = {f"head_{language}": 2.0, f"body_{language}": 1.0}
        else:
            weights = {"title": 2.0, "text": 1.0}
        alike = tantivy.Query.boolean_query(
            [
                (_SHOULD, tantivy.Query.boost_query(self._like(searcher, field, text), weight))
                for field, weight in weights.items()
            ]
        )
        query = _all_of([alike, self._any("kind", ["incident"]), self._visible(visible, now)])
        _total, pairs = _by_score(searcher, query, limit + len(without))
        hits = [_hit(searcher, score, address) for score, address in pairs]
        others = [hit for hit in hits if hit.number not in set(without)]
        return tuple(Neighbor(hit.number, hit.score) for hit in others[:limit])

    def _like(self, searcher: tantivy.Searcher, field: str, text: str) -> tantivy.Query:
        """Return a query for the words of the text that tell documents apart."""
        return tantivy.Query.more_like_this_document_fields_query(
            self._schema,
            {field: [analysis.normalize(text)]},
            min_doc_frequency=2,
            max_doc_frequency=max(10, searcher.num_docs // 5),
            min_term_frequency=1,
            max_query_terms=_SIMILAR_TERMS,
        )

    # Comparing with the store

    def count(self) -> int:
        """Return how many documents there are."""
        return int(self._searcher().num_docs)

    def keys(self) -> Iterator[tuple[str, str]]:
        """Yield the key and the fingerprint of every document."""
        searcher = self._searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs))
        for _score, address in found.hits:
            stored = searcher.doc(address)
            yield stored["key"][0], stored["fingerprint"][0]

    def close(self) -> None:
        """Let go of the files, also when called again; the engine is not used afterwards."""
        vars(self).pop("_index", None)

    def _searcher(self) -> tantivy.Searcher:
        # Without it a commit of another process is seen only after a moment.
        self._index.reload()
        return self._index.searcher()

    def _compiler(self, searcher: tantivy.Searcher, *, is_lenient: bool = False) -> Compiler:
        return Compiler(self._schema, searcher, self._analyzers, is_lenient)


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """Join the queries; only the first has a say in the score."""
    first, *others = queries
    unscored = (tantivy.Query.const_score_query(other, 0.0) for other in others)
    return tantivy.Query.boolean_query([(_MUST, first), *((_MUST, other) for other in unscored)])


def _finds(searcher: tantivy.Searcher, queries: Sequence[tantivy.Query]) -> bool:
    return total(searcher.search(_all_of(queries), 1)) > 0


def _order(request: SearchRequest) -> tuple[str, tantivy.Order]:
    sort = "incident-date-desc" if request.sort == "relevance" else request.sort
    if sort == "number-desc":
        return "order_number", tantivy.Order.Desc
    name, _date, direction = sort.split("-")
    is_descending = direction == "desc"
    order = tantivy.Order.Desc if is_descending else tantivy.Order.Asc
    return fields.order_field(name, descending=is_descending), order


def _by_score(
    searcher: tantivy.Searcher, query: tantivy.Query, wanted: int
) -> tuple[int, list[tuple[float, tantivy.DocAddress]]]:
    """Return the best hits in order of score, those of equal score in order of number.

    tantivy leaves equal scores in the order of the index, which a merge changes; so the hits
    are taken up to where the last one's score ends.
    """
    limit = wanted + 1
    while True:
        found = searcher.search(query, limit)
        hits = found.hits
        is_whole = len(hits) < limit or (
            wanted > 0 and hits[-1][0] != hits[min(wanted, len(hits)) - 1][0]
        )
        if is_whole or limit > wanted + _LONGEST_TIE:
            break
        limit = min(limit * 4, wanted + _LONGEST_TIE + 1)
    numbers = searcher.fast_field_values("order_number", [address for _score, address in hits])
    ranked = sorted(
        zip(hits, numbers, strict=True), key=lambda each: (-each[0][0], -(each[1] or 0))
    )
    return total(found), [hit for hit, _number in ranked[:wanted]]


def _hit(searcher: tantivy.Searcher, score: float, address: tantivy.DocAddress) -> Hit:
    stored = searcher.doc(address)
    kind = "report" if stored["is_report"][0] else "incident"
    return Hit(stored["key"][0], kind, stored["number"][0], score)

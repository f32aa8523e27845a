"""The search engine of one machine: a tantivy index in a folder.

One process writes at a time, any number read; a commit is seen by all of them at their next
search. A killed writer leaves the last commit as it was.
"""

from __future__ import annotations

import bisect
import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import tantivy

from incidentbase.index import analysis, facets
from incidentbase.index.documents import Document
from incidentbase.index.engines import (
    BestReports,
    Exactness,
    FacetCount,
    Hit,
    IndexBusy,
    IndexUnusable,
    Kind,
    Neighbor,
    SearchRequest,
    SearchResult,
    tantivy_hits,
)
from incidentbase.index.engines import tantivy_schema as fields
from incidentbase.index.engines.tantivy_counts import MOST_VALUES, Counter
from incidentbase.index.engines.tantivy_queries import Compiled, Compiler, total

# One thread indexes as fast as documents can be made, and leaves one segment where two leave two.
_THREADS: Final = 1
_HEAP_BYTES: Final = 64_000_000
# A build takes up to a sixteenth of the memory of the machine, within these bounds.
_FILLING_HEAP_BYTES: Final = (64_000_000, 1_000_000_000)

# The writer takes documents faster than it indexes them and keeps thousands waiting in memory;
# a commit after so much text bounds that. It is more than all but an import ever writes.
_CHARACTERS_AT_ONCE: Final = 8_000_000

# How many hits are looked through for the best reports of a page of incidents.
_PASSAGE_HITS: Final = 2_000

_SIMILAR_TERMS: Final = 40

_HITS_AT_ONCE: Final = 1_000

# How many counts over everything are kept.
_MOST_KEPT: Final = 64

# With fewer hits than this, a search by relevance also takes in what matches less exactly.
_ENOUGH: Final = 10

# The facet that every request chooses from by its kinds, and those that spans of days belong to.
RECORD: Final = "kind"
_YEARS: Final[dict[str, str]] = {"incident": "year", "published": "published_year"}

_MUST, _SHOULD, _MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class TantivyEngine:
    """A tantivy index; the folder is made when it is missing. Raises IndexUnusable."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = fields.schema()
        self._analyzers = fields.analyzers()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except (ValueError, OSError) as error:
            raise IndexUnusable(f"{folder}: {error}") from error
        for name, analyzer in self._analyzers.items():
            self._index.register_tokenizer(name, analyzer)
        self._kept: dict[tuple[Any, ...], dict[str, tuple[FacetCount, ...]]] = {}
        self._embargoes: tuple[tuple[int, ...], list[int]] = ((), [])
        self._newest: _State | None = None

    # Writing

    def write(self, documents: Iterable[Document], delete: Iterable[str]) -> int:
        """Put the documents in, replacing those of the same key, and delete the other keys.

        All of it is one commit, unless there is so much text that memory asks for several.
        """
        return self._written(_HEAP_BYTES, lambda writer: self._put(writer, documents, delete))

    def fill(self, documents: Iterable[Document]) -> int:
        """Put the documents into an empty index that nobody reads yet, in few large segments.

        Searches count facets segment by segment, so the fewer there are the better.
        """
        return self._written(_filling_heap(), lambda writer: _added(writer, documents))

    def _written(self, heap: int, put: Callable[[tantivy.IndexWriter], int]) -> int:
        writer = self._writer(heap)
        try:
            count = put(writer)
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            # Gives the lock back, also after a rollback.
            writer.wait_merging_threads()
        return count

    def _put(
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
        return count

    def _writer(self, heap: int) -> tantivy.IndexWriter:
        try:
            return self._index.writer(heap, _THREADS)
        except ValueError as error:
            if "LockBusy" in str(error):
                raise IndexBusy("another process is writing to the search index") from error
            raise

    # Searching

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits with the facet counts asked for. Raises UnknownFacet."""
        started = time.perf_counter()
        state = self._state()
        asked = self._asked(request, state)
        total_hits, hits = self._hits(state.searcher, asked, request)
        return SearchResult(
            total=total_hits,
            hits=hits,
            facets=self._counted(state, request, asked),
            took_ms=(time.perf_counter() - started) * 1000,
            exactness=asked.exactness,
            exact_total=asked.exact_total,
            coverage=self._coverage(state.searcher, request, asked) if request.is_narrowed else {},
        )

    def every_hit(self, request: SearchRequest) -> Iterator[Hit]:
        """Yield all hits in order, from one state of the index; offset and limit do not count."""
        state = self._state()
        asked = self._asked(request, state)
        whole = replace(request, offset=0, limit=max(1, state.searcher.num_docs))
        yield from self._iterate(state.searcher, asked, whole)

    def _asked(self, request: SearchRequest, state: _State) -> _Asked:
        """Return the parts of a request as queries, taking the text as exactly as finds something.

        Filters have no say in how it is taken: choosing one must not change what words mean.
        """
        for name in (*request.filters, *request.exclude, *request.facets):
            fields.facet_field(name)
        scope = self._visible(request, state)
        kinds = self._any("kind", request.kinds)
        taken = self._text(request, state, kinds, scope)
        return _Asked(
            text=taken.text,
            exactness=taken.exactness,
            exact_total=taken.exact_total,
            kinds=kinds,
            frame=(scope, *self._exclusions(request)),
            filters=self._filters(request),
        )

    def _text(
        self,
        request: SearchRequest,
        state: _State,
        kinds: tantivy.Query,
        visible: tantivy.Query,
    ) -> _Text:
        """Return the text as exactly as it finds something, or enough of it if by relevance.

        In an order by date what matches loosely would push away what matches well.
        """

        def compiled(exactness: Exactness) -> Compiled:
            compiler = self._compiler(state, visible, request.now, exactness)
            return compiler.compile(request.query)

        best = _Text(compiled("typed"), "typed")
        if request.query.is_empty:
            return best
        found = exact = _count(state.searcher, [best.text.matching, kinds, visible])
        enough = _ENOUGH if request.sort == "relevance" else 1
        others: tuple[Exactness, ...] = ("spelling", "most")
        for exactness in others:
            if found >= enough:
                break
            looser = compiled(exactness)
            count = _count(state.searcher, [looser.matching, kinds, visible])
            if count > found:
                best, found = _Text(looser, exactness), count
        return replace(best, exact_total=exact)

    def _filters(self, request: SearchRequest) -> dict[str, tantivy.Query]:
        """Return the filters by what they share their OR with; a span narrows its years."""
        grouped: dict[str, tuple[str, list[str]]] = {}
        for name, values in request.filters.items():
            for value in values:
                grouped.setdefault(facets.group_of(name, value), (name, []))[1].append(value)
        made = {group: self._any_value(name, values) for group, (name, values) in grouped.items()}
        for group, span in self._spans(request).items():
            made[group] = _all_of([made[group], span]) if group in made else span
        return made

    # Counting

    def _counted(
        self, state: _State, request: SearchRequest, asked: _Asked
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Return the facet counts; those over everything are kept until the index changes."""
        if not request.facets:
            return {}
        is_everything = request.query.is_empty and not (
            request.filters or request.exclude or request.dates or request.is_narrowed
        )
        if not is_everything:
            return self._count(state, request, asked)
        key = (
            state.version,
            self._releases_before(state, request.now),
            request.visible,
            request.kinds,
            request.facets,
            request.facet_size,
            request.below,
        )
        # Another thread may put another dictionary in its place at any moment.
        counted = self._kept.get(key)
        if counted is None:
            counted = self._count(state, request, asked)
            # Those of other versions are of no use; callers name facets in any number of ways.
            kept = [(k, v) for k, v in self._kept.items() if k[0] == state.version]
            self._kept = dict([*kept[-_MOST_KEPT + 1 :], (key, counted)])
        return counted

    def _count(
        self, state: _State, request: SearchRequest, asked: _Asked
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Count each facet; its own choices do not narrow what it offers."""
        counter = Counter(
            self._schema, state.searcher, request.filters, request.facet_size, request.below
        )
        counts: dict[str, tuple[FacetCount, ...]] = {}
        if request.is_narrowed:
            return counter.count(asked.without(), request.facets)
        chosen = [name for name in request.facets if counter.groups(name) or name in asked.filters]
        plain = [name for name in request.facets if name not in chosen and name != RECORD]
        counts |= counter.count(asked.without(), plain)
        for name in chosen:
            if facets.BY_NAME[name].kind == "tree":
                counts[name] = counter.count_tree(asked.without, name)
            else:
                counts |= counter.count(asked.without(name), [name])
        if RECORD in request.facets:
            counts[RECORD] = self._kinds(state, request, asked, counter)
        return {name: counts[name] for name in request.facets}

    def _kinds(
        self, state: _State, request: SearchRequest, asked: _Asked, counter: Counter
    ) -> tuple[FacetCount, ...]:
        """Count the kinds of record, each with the text taken as that kind would take it."""
        counted = {
            one.value: one.count for one in counter.count(asked.without(RECORD), [RECORD])[RECORD]
        }
        if not request.query.is_empty:
            kinds: tuple[Kind, ...] = ("incident", "report", "incident_report", "issue_report")
            for kind in kinds:
                other = self._asked(replace(request, kinds=(kind,)), state)
                if other.exactness != asked.exactness:
                    counted[kind] = _count(state.searcher, [other.without()])
        return tuple(
            FacetCount(value, count, value in request.kinds) for value, count in counted.items()
        )

    def _coverage(
        self, searcher: tantivy.Searcher, request: SearchRequest, asked: _Asked
    ) -> dict[str, int]:
        """Return how many hits have a value of each facet."""
        return {
            name: total(
                searcher.search(
                    _all_of(
                        [asked.without(), tantivy.Query.exists_query(fields.facet_field(name))]
                    ),
                    1,
                )
            )
            for name in request.facets
        }

    def _releases_before(self, state: _State, now: dt.datetime) -> int:
        """Return how many embargoes of the index have ended: what they end changes counts."""
        if self._embargoes[0] != state.version:
            embargoed = self._any("visibility", ["embargoed"])
            found = state.searcher.aggregate(
                embargoed, {"ends": {"terms": {"field": "embargoed_until", "size": MOST_VALUES}}}
            )
            ends = sorted(int(bucket["key"]) for bucket in found["ends"]["buckets"])
            self._embargoes = (state.version, ends)
        return bisect.bisect_right(self._embargoes[1], int(now.timestamp()))

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

    def _spans(self, request: SearchRequest) -> dict[str, tantivy.Query]:
        """Return the spans of days; one belongs to the years of the same kind, if there are."""
        spans = {}
        for date, (first, last) in request.dates.items():
            low, high = fields.day_bounds(first, last)
            spans[_YEARS.get(date, date)] = tantivy.Query.range_query(
                self._schema,
                fields.days_field(date),
                tantivy.FieldType.Unsigned,
                lower_bound=low,
                upper_bound=high,
            )
        return spans

    def _any_value(self, facet: str, values: Sequence[str]) -> tantivy.Query:
        return self._any(fields.facet_field(facet), [analysis.encodable(each) for each in values])

    def _any(self, field: str, values: Sequence[str] | Sequence[int]) -> tantivy.Query:
        if len(values) == 1:
            return tantivy.Query.term_query(self._schema, field, values[0])
        return tantivy.Query.term_set_query(self._schema, field, list(values))

    def _visible(self, request: SearchRequest, state: _State) -> tantivy.Query:
        """Return what finds the records that the viewer may see."""
        shown = self._any("visibility", request.visible)
        if not self._releases_before(state, request.now):
            return shown
        released = tantivy.Query.range_query(
            self._schema,
            "embargoed_until",
            tantivy.FieldType.Unsigned,
            lower_bound=0,
            upper_bound=max(0, int(request.now.timestamp())),
        )
        embargoed = _all_of([self._any("visibility", ["embargoed"]), released])
        return tantivy.Query.boolean_query([(_SHOULD, shown), (_SHOULD, embargoed)])

    def _hits(
        self, searcher: tantivy.Searcher, asked: _Asked, request: SearchRequest
    ) -> tuple[int, tuple[Hit, ...]]:
        # tantivy makes room for all hits up to the page, even where there are none.
        offset = min(request.offset, searcher.num_docs)
        query = asked.ranked()
        if request.limit <= 0:
            return total(searcher.search(query, 1)), ()
        count, pairs = tantivy_hits.page(searcher, query, replace(request, offset=offset))
        return count, tantivy_hits.read(searcher, pairs)

    def _iterate(
        self, searcher: tantivy.Searcher, asked: _Asked, request: SearchRequest
    ) -> Iterator[Hit]:
        _count, pairs = tantivy_hits.page(searcher, asked.ranked(), request)
        for start in range(0, len(pairs), _HITS_AT_ONCE):
            yield from tantivy_hits.read(searcher, pairs[start : start + _HITS_AT_ONCE])

    def passages(
        self, incidents: Sequence[int], request: SearchRequest, exactness: Exactness = "spelling"
    ) -> dict[int, BestReports]:
        """Return, for each incident with reports that match, the best: up to the limit."""
        state = self._state()
        wanted = set(incidents)
        visible = self._visible(request, state)
        words = self._compiler(state, visible, request.now, exactness).any_of(request.query)
        if words is None or not wanted:
            return {}
        frame = [
            self._any("kind", ["report"]),
            self._any("incidents", sorted(wanted)),
            visible,
        ]
        query = _all_of([words, *frame])
        _total, pairs = tantivy_hits.by_score(state.searcher, query, _PASSAGE_HITS)
        best: dict[int, list[int]] = {}
        for _score, address in pairs:
            stored = state.searcher.doc(address)
            for incident in wanted.intersection(stored["incidents"]):
                best.setdefault(incident, []).append(stored["number"][0])
        return {
            incident: BestReports(tuple(numbers[: request.limit]), len(numbers))
            for incident, numbers in best.items()
        }

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
        state = self._state()
        searcher = state.searcher
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
        scope = self._visible(SearchRequest(now=now, visible=visible), state)
        query = _all_of([alike, self._any("kind", ["incident"]), scope])
        _total, pairs = tantivy_hits.by_score(searcher, query, limit + len(without))
        hits = tantivy_hits.read(searcher, pairs)
        others = [hit for hit in hits if hit.number not in set(without)]
        return tuple(Neighbor(hit.number, hit.score) for hit in others[:limit])

    def _like(self, searcher: tantivy.Searcher, field: str, text: str) -> tantivy.Query:
        """Return a query for the words of the text that tell documents apart."""
        # Frequencies count deleted documents too, the number of documents does not; a word that
        # is more frequent than there are documents breaks the engine.
        frequent = min(searcher.num_docs, max(10, searcher.num_docs // 5))
        return tantivy.Query.more_like_this_document_fields_query(
            self._schema,
            {field: [analysis.spaced(text)]},
            min_doc_frequency=2,
            max_doc_frequency=frequent,
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
        self._newest = None

    def _searcher(self) -> tantivy.Searcher:
        # Without it a commit of another process is seen only after a moment.
        self._index.reload()
        return self._index.searcher()

    def _state(self) -> _State:
        """Return the newest state; the file with its version is replaced by every commit.

        It is looked at first: a commit in between makes the version too old, never too new.
        """
        stat = (self._folder / "meta.json").stat()
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if self._newest is None or self._newest.version != version:
            self._newest = _State(self._searcher(), version)
        return self._newest

    def _compiler(
        self, state: _State, visible: tantivy.Query, now: dt.datetime, exactness: Exactness
    ) -> Compiler:
        return Compiler(
            self._schema, state.searcher, self._analyzers, visible, now.date(), exactness
        )


def _added(writer: tantivy.IndexWriter, documents: Iterable[Document]) -> int:
    count = 0
    for document in documents:
        writer.add_document(fields.to_tantivy(document))
        count += 1
    return count


def _filling_heap() -> int:
    least, most = _FILLING_HEAP_BYTES
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(least, min(most, memory // 16))


@dataclass(frozen=True, slots=True)
class _State:
    """One state of the index and what tells it from others."""

    searcher: tantivy.Searcher
    version: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a request as a query, how it was taken, and how many match it as typed."""

    text: Compiled
    exactness: Exactness
    exact_total: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as queries: the text, the kinds, what always holds, and the filters by group."""

    text: Compiled
    exactness: Exactness
    exact_total: int
    kinds: tantivy.Query
    frame: tuple[tantivy.Query, ...]
    filters: Mapping[str, tantivy.Query]

    def without(self, group: str = "") -> tantivy.Query:
        """Return what finds documents when one group of filters is lifted."""
        filters = [query for name, query in self.filters.items() if name != group]
        kinds = [] if group == RECORD else [self.kinds]
        return _all_of([self.text.matching, *kinds, *filters, *self.frame])

    def ranked(self) -> tantivy.Query:
        """Return what finds the documents and puts the best first."""
        text = self.text.matching
        if self.text.lifting:
            lifts = [(_SHOULD, each) for each in self.text.lifting]
            text = tantivy.Query.boolean_query([(_MUST, text), *lifts])
        return _all_of([text, self.kinds, *self.filters.values(), *self.frame])


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """Join the queries; only the first has a say in the score."""
    first, *others = queries
    unscored = (tantivy.Query.const_score_query(other, 0.0) for other in others)
    return tantivy.Query.boolean_query([(_MUST, first), *((_MUST, other) for other in unscored)])


def _count(searcher: tantivy.Searcher, queries: Sequence[tantivy.Query]) -> int:
    return total(searcher.search(_all_of(queries), 1))

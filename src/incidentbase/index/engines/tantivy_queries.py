"""Turns a parsed query into tantivy's own query objects.

Text from people never reaches tantivy's query parser: it is cut into tokens here, and tokens
hold letters, digits and marks only, so no pattern or operator can be smuggled in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import tantivy

from incidentbase.index import analysis, facets
from incidentbase.index.engines import Exactness
from incidentbase.index.engines.tantivy_schema import (
    EXACT_FIELDS,
    OWN_DAY,
    STEMMED,
    WORDS,
    day_bounds,
    facet_field,
    stem_analyzer_name,
    words_field,
)
from incidentbase.index.query import And, Between, In, Node, Not, Or, Phrase, Query, Word

# What is said of the incident counts more than what its reports say.
_BOOSTS: Final = {"title": 6.0, "description": 3.0, "text": 1.0, "head": 2.5, "body": 0.8}
_PHRASE_BOOST: Final = 1.5
_PREFIX_SCORE: Final = 0.4
_SPELLING_SCORE: Final = 0.3
_TIE: Final = 0.1

# Of several words so many must be there, or the rarest of them.
_MOST: Final = 0.6
# Lifts what has all words above whatever has some.
_WHOLE: Final = 1000.0

# What a record gains when it is of this year, of the last three years, of the last eight: less
# than any word is worth, so that it decides between records that match alike.
_RECENCY: Final = ((0, 0.1), (3, 0.1), (8, 0.1))

_SHORTEST_PREFIX: Final = 2
# Automata of longer words cost much and find nothing.
_LONGEST_PREFIX: Final = 40
_SHORTEST_MISSPELLING: Final = 5
_LONGEST_MISSPELLING: Final = 30

_MUST, _SHOULD, _MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


@dataclass(frozen=True, slots=True)
class Compiled:
    """What decides whether a document is found, and what only lifts it among those found."""

    matching: tantivy.Query
    lifting: tuple[tantivy.Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles queries against one state of the index, as exactly as asked for.

    Which words there are is judged by what the viewer may see (`visible`): how a query is taken
    must not tell of hidden records.
    """

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    analyzers: dict[str, tantivy.TextAnalyzer]
    visible: tantivy.Query
    today: dt.date
    exactness: Exactness = "typed"

    def compile(self, query: Query) -> Compiled:
        """Return the query; one that has no searchable letter in it finds nothing."""
        if query.is_empty:
            return Compiled(tantivy.Query.all_query())
        compiled = self._node(query.root)
        if compiled is None:
            return Compiled(tantivy.Query.empty_query())
        if not query.wanted:
            return Compiled(compiled)
        lifting = [*self._closeness(query), *self._recency()]
        if self.exactness == "most":
            whole = tantivy.Query.const_score_query(compiled, _WHOLE)
            most = self._most(query.root)
            return Compiled(most or tantivy.Query.empty_query(), (*lifting, whole))
        return Compiled(compiled, tuple(lifting))

    def any_of(self, query: Query) -> tantivy.Query | None:
        """Return what finds documents with at least one of the wanted words."""
        nodes = [made for node in query.wanted if (made := self._node(node)) is not None]
        return tantivy.Query.boolean_query([(_SHOULD, each) for each in nodes]) if nodes else None

    def _node(self, node: Node) -> tantivy.Query | None:
        """Return the query of a node, or None when there is nothing to search for in it."""
        if isinstance(node, And):
            return self._and(node.nodes)
        if isinstance(node, Not):
            return self._and((node,))
        if isinstance(node, Or):
            made = [each for each in map(self._node, node.nodes) if each is not None]
            return tantivy.Query.boolean_query([(_SHOULD, each) for each in made]) if made else None
        if isinstance(node, In):
            return self._in(node)
        if isinstance(node, Between):
            return _unscored(self._between(node))
        return self._words(node)

    def _words(self, node: Word | Phrase) -> tantivy.Query | None:
        tokens = self._tokens(node.text)
        if not tokens:
            return None
        if isinstance(node, Phrase):
            return self._phrase(tokens)
        if len(tokens) > 1:
            phrase = self._phrase(tokens, prefix=node.prefix)
            whole = analysis.compound(node.text)
            # Some write robo-debt as one word.
            return _best_of([phrase, self._word(whole, prefix=node.prefix)]) if whole else phrase
        return self._word(tokens[0], prefix=node.prefix)

    def _and(self, nodes: Sequence[Node]) -> tantivy.Query | None:
        wanted = [self._node(node) for node in nodes if not isinstance(node, Not)]
        clauses = [(_MUST, each) for each in wanted if each is not None]
        refused = self._refused(nodes)
        if not clauses and not refused:
            return None
        if not clauses:
            # Nothing is wanted, or what is wanted has no letter in it.
            if wanted:
                return None
            clauses = [(_MUST, tantivy.Query.all_query())]
        if len(clauses) == 1 and not refused:
            return clauses[0][1]
        return tantivy.Query.boolean_query([*clauses, *refused])

    def _refused(self, nodes: Sequence[Node]) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        unwanted = [self._node(node.node) for node in nodes if isinstance(node, Not)]
        return [(_MUST_NOT, each) for each in unwanted if each is not None]

    def _most(self, root: Node) -> tantivy.Query | None:
        """Return what finds documents with most of the words, or the rarest of them.

        Words that no document has are passed over; whatever else was asked for must hold.
        """
        nodes = root.nodes if isinstance(root, And) else (root,)
        words = [node for node in nodes if isinstance(node, Word | Or)]
        choices = [made for node in words if (made := self._node(node)) is not None]
        counted = [(self._count(choice), choice) for choice in choices]
        known = [(count, choice) for count, choice in counted if count]
        if len(words) < 2 or not known:
            return None
        _count, rarest = min(known, key=lambda pair: pair[0])
        most = tantivy.Query.boolean_query(
            [(_SHOULD, choice) for _count, choice in known],
            minimum_number_should_match=max(1, round(len(known) * _MOST)),
        )
        either = tantivy.Query.boolean_query([(_SHOULD, most), (_SHOULD, rarest)])
        others = [node for node in nodes if node not in words]
        rest = self._and(others) if others else None
        if rest is None:
            return either
        return tantivy.Query.boolean_query([(_MUST, either), (_MUST, _unscored(rest))])

    def _in(self, node: In) -> tantivy.Query | None:
        """Return what finds documents with a value of a facet, by its words or as it is."""
        if not facets.BY_NAME[node.facet].has_words:
            text = analysis.encodable(node.text)
            values = sorted({text, text.lower(), text.upper()})
            field = facet_field(node.facet)
            return _unscored(tantivy.Query.term_set_query(self.schema, field, values))
        tokens = self._tokens(node.text)
        if not tokens:
            return None
        field = words_field(node.facet)
        if len(tokens) > 1:
            return _unscored(tantivy.Query.phrase_query(self.schema, field, [*tokens]))
        (token,) = tokens
        exactly = tantivy.Query.term_query(self.schema, field, token)
        if len(token) > _LONGEST_PREFIX or self._count(exactly):
            return _unscored(exactly)
        # No such word: it may be the beginning of one, as it is while somebody types.
        return _unscored(
            tantivy.Query.fuzzy_term_query(self.schema, field, token, distance=0, prefix=True)
        )

    def _between(self, node: Between) -> tantivy.Query:
        low, high = day_bounds(node.first, node.last)
        return self.day_range(OWN_DAY, low, high)

    def day_range(self, field: str, low: int, high: int) -> tantivy.Query:
        """Return what finds documents with a day in a field between two ordinals."""
        return tantivy.Query.range_query(
            self.schema, field, tantivy.FieldType.Unsigned, lower_bound=low, upper_bound=high
        )

    def _recency(self) -> list[tantivy.Query]:
        starts = [(dt.date(max(1, self.today.year - back), 1, 1), gain) for back, gain in _RECENCY]
        return [
            tantivy.Query.const_score_query(self.day_range(OWN_DAY, *day_bounds(start, None)), gain)
            for start, gain in starts
        ]

    def _tokens(self, text: str) -> list[str]:
        tokens: list[str] = self.analyzers[WORDS].analyze(analysis.spaced(text))
        return tokens

    def _word(self, token: str, *, prefix: bool) -> tantivy.Query:
        choices = [
            self._term(field, token, _BOOSTS[field])
            for field in EXACT_FIELDS
            if self.searcher.doc_freq(field, token)
        ]
        if not analysis.is_by_character(token):
            choices += self._stems(token)
            if prefix and _SHORTEST_PREFIX <= len(token) <= _LONGEST_PREFIX:
                choices += [self._beginning(field, token) for field in EXACT_FIELDS]
            if self.exactness != "typed" and self._is_misspelled(token):
                choices += [self._misspelling(field, token) for field in EXACT_FIELDS]
        return _best_of(choices)

    def _is_misspelled(self, token: str) -> bool:
        if not _may_be_misspelled(token):
            return False
        exactly = (tantivy.Query.term_query(self.schema, field, token) for field in EXACT_FIELDS)
        return not any(self._count(each) for each in exactly)

    def _count(self, query: tantivy.Query) -> int:
        """Return how many documents that the viewer may see match."""
        both = tantivy.Query.boolean_query([(_MUST, query), (_MUST, self.visible)])
        return total(self.searcher.search(both, 1))

    def _stems(self, token: str) -> list[tantivy.Query]:
        choices = []
        for language in STEMMED:
            stems = self.analyzers[stem_analyzer_name(language)].analyze(token)
            for part in ("head", "body"):
                field = f"{part}_{language}"
                if len(stems) == 1 and self.searcher.doc_freq(field, stems[0]):
                    choices.append(self._term(field, stems[0], _BOOSTS[part]))
        return choices

    def _term(self, field: str, token: str, boost: float) -> tantivy.Query:
        term = tantivy.Query.term_query(self.schema, field, token)
        return tantivy.Query.boost_query(term, boost)

    def _beginning(self, field: str, token: str) -> tantivy.Query:
        # Distance 0 makes it a plain prefix; a regular expression takes longer to prepare.
        longer = tantivy.Query.fuzzy_term_query(self.schema, field, token, distance=0, prefix=True)
        return tantivy.Query.const_score_query(longer, _PREFIX_SCORE * _BOOSTS[field])

    def _misspelling(self, field: str, token: str) -> tantivy.Query:
        like = tantivy.Query.fuzzy_term_query(self.schema, field, token, distance=1)
        return tantivy.Query.const_score_query(like, _SPELLING_SCORE * _BOOSTS[field])

    def _phrase(self, tokens: list[str], *, prefix: bool = False) -> tantivy.Query:
        if len(tokens) == 1:
            return _best_of(
                [self._term(field, tokens[0], _BOOSTS[field]) for field in EXACT_FIELDS]
            )
        choices = []
        is_open = prefix and not analysis.is_by_character(tokens[-1])
        for field in EXACT_FIELDS:
            known = tokens[:-1] if is_open else tokens
            if not all(self.searcher.doc_freq(field, token) for token in set(known)):
                continue
            if is_open and _SHORTEST_PREFIX <= len(tokens[-1]) <= _LONGEST_PREFIX:
                phrase = tantivy.Query.regex_phrase_query(
                    self.schema, field, [*tokens[:-1], f"{tokens[-1]}.*"]
                )
            else:
                phrase = tantivy.Query.phrase_query(self.schema, field, [*tokens])
            choices.append(tantivy.Query.boost_query(phrase, _PHRASE_BOOST * _BOOSTS[field]))
        return _best_of(choices)

    def _closeness(self, query: Query) -> list[tantivy.Query]:
        """Return what lifts documents where the words stand together, if there are several."""
        words = [node for node in query.wanted if isinstance(node, Word)]
        tokens = [token for word in words for token in self._tokens(word.text)]
        if len(words) < 2:
            return []
        return [
            tantivy.Query.boost_query(
                tantivy.Query.phrase_query(self.schema, field, [*tokens], slop=1), _BOOSTS[field]
            )
            for field in EXACT_FIELDS
            if len(tokens) > 1
            and all(self.searcher.doc_freq(field, token) for token in set(tokens))
        ]


def total(found: Any) -> int:
    """Return how many documents a search found; tantivy's type stubs lack the attribute."""
    return int(found.count)


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _best_of(choices: list[tantivy.Query]) -> tantivy.Query:
    if not choices:
        return tantivy.Query.empty_query()
    if len(choices) == 1:
        return choices[0]
    return tantivy.Query.disjunction_max_query(choices, _TIE)


def _may_be_misspelled(token: str) -> bool:
    return (
        _SHORTEST_MISSPELLING <= len(token) <= _LONGEST_MISSPELLING
        and token.isascii()
        and token.isalpha()
    )

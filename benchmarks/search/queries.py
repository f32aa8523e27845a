"""The query mix: kinds of query as in the first measurements, each with many different words.

None asks for a span of dates. No query is asked twice of one contestant, so that nobody is
measured by what they remember; but for "browse everything", which is the first page for all
readers, and shows what remembering is worth. Beside it the same is asked with the facets in
another order each time, which is the same work and another question.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.search import sentences
from benchmarks.search.corpus import Entity, Incident, facet_values

# The facets counted with every query, by their names in addresses.
FACETS = (
    "entity", "deployer", "developer", "harmed", "source_domain", "authors", "submitters",
    "language", "tags", "year", "published_year", "classifications",
)  # fmt: skip
SHOWN = 20

# The first so many reports stand for all when words are counted.
_SAMPLED = 20_000
# How much of the reports has a word: common, middling, rare.
_SHARES = (0.4, 0.05, 0.001)
_EACH = 12
_SHORTEST = 6
_PREFIX = 5

_WORD = re.compile(r"[a-z]+")
# Three words that stand together, without a comma or a number between them, and none of them
# one that PostgreSQL leaves out of phrases.
_PHRASE = re.compile(r"(?<!\S)[a-z]{6,} [a-z]{6,} [a-z]{6,}(?!\S)")
_STOP = re.compile(
    r"\b(against|because|before|between|during|further|having|itself|should|theirs|through"
    r"|(him|her|my|our|your|them)sel(f|ves))\b"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What to search for, taken from the corpus itself."""

    words: list[str]
    phrases: list[str]
    prefixes: list[str]
    misspelt: list[str]
    # (facet, value) pairs, and pairs of them to be chosen together.
    values: list[list[str]]
    chosen: list[list[list[str]]]


@dataclass(frozen=True, slots=True)
class Query:
    """One query: words of some kind, and values chosen in facets."""

    kind: str
    words: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    facets: tuple[str, ...] = FACETS


@dataclass
class Sample:
    """Counts words and values over the first reports of a corpus."""

    _reports: int = 0
    _words: Counter[str] = field(default_factory=Counter)
    _phrases: Counter[str] = field(default_factory=Counter)
    _values: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in FACETS}
    )

    def look_at(self, incident: Incident, entities: Sequence[Entity]) -> None:
        """Count an incident's reports, unless there are enough."""
        if self._reports >= _SAMPLED:
            return
        for report in incident.reports:
            self._reports += 1
            for name, values in facet_values(incident, report, entities).items():
                self._values[name].update(values)
            if report.language != "ja":
                self._words.update(set(_WORD.findall(report.text.lower())))
                self._phrases.update(set(_PHRASE.findall(report.text)))

    def vocabulary(self) -> Vocabulary:
        """Choose what to search for; the same for the same corpus."""
        draw = random.Random(sentences.SEED)
        words = self._by_share(draw)
        middling = words[len(words) // 3 :]
        return Vocabulary(
            words=words,
            phrases=self._some_phrases(draw),
            prefixes=[*dict.fromkeys(word[:_PREFIX] for word in words)],
            misspelt=[self._misspell(word, draw) for word in middling],
            values=self._some_values(),
            chosen=self._some_pairs(),
        )

    def _by_share(self, draw: random.Random) -> list[str]:
        """Return words of each share in turn: those that are nearest to it."""
        known = sorted(word for word in self._words if len(word) >= _SHORTEST)
        draw.shuffle(known)
        found: list[list[str]] = []
        for share in _SHARES:
            known.sort(key=lambda word: abs(self._words[word] / self._reports - share))
            found.append(known[:_EACH])
            known = sorted(known[_EACH:])
            draw.shuffle(known)
        return [word for band in found for word in band]

    def _some_phrases(self, draw: random.Random) -> list[str]:
        known = sorted(
            phrase
            for phrase, times in self._phrases.items()
            if times > 1 and not _STOP.search(phrase)
        )
        return draw.sample(known, min(len(known), 3 * _EACH))

    def _misspell(self, word: str, draw: random.Random) -> str:
        """Return the word with one letter of another kind, so that nothing is spelt like that."""
        while True:
            place = draw.randrange(1, len(word))
            wrong = word[:place] + draw.choice("qxzjk") + word[place + 1 :]
            if wrong not in self._words:
                return wrong

    def _some_values(self) -> list[list[str]]:
        """Return the value at the head, in the neck and in the tail of each facet."""
        found = []
        for name in FACETS:
            ranked = sorted(self._values[name].items(), key=lambda pair: (-pair[1], pair[0]))
            places = sorted({0, min(10, len(ranked) - 1), len(ranked) // 2})
            found += [[name, ranked[place][0]] for place in places]
        return found

    def _some_pairs(self) -> list[list[list[str]]]:
        years = [value for value, _times in self._values["published_year"].most_common(3)]
        domains = [value for value, _times in self._values["source_domain"].most_common(4)]
        return [
            [["published_year", year], ["source_domain", domain]]
            for year in years
            for domain in domains
        ]


# The names of the kinds, in the order of the table.
KINDS = (
    "term",
    "term without facets",
    "filter browse",
    "browse everything",
    "browse everything anew",
    "phrase",
    "prefix",
    "typo",
    "Japanese substring",
    "disjunctive",
)


def mix(vocabulary: Vocabulary) -> dict[str, list[Query]]:
    """Return the queries by kind, common words and rare ones mixed."""
    made: dict[str, list[Query]] = {kind: [] for kind in KINDS}
    for query in _queries(vocabulary):
        made[query.kind].append(query)
    for kind in KINDS:
        random.Random(f"{sentences.SEED} {kind}").shuffle(made[kind])
    return made


def _queries(vocabulary: Vocabulary) -> Iterator[Query]:
    for word in vocabulary.words:
        yield Query("term", word)
        yield Query("term without facets", word, facets=())
    for name, value in vocabulary.values:
        yield Query("filter browse", filters=((name, value),))
    for place in range(len(FACETS)):
        turned = FACETS[place:] + FACETS[:place]
        yield from (Query("browse everything"), Query("browse everything"))
        yield Query("browse everything anew", facets=turned)
        yield Query("browse everything anew", facets=turned[::-1])
    for kind, several in (
        ("phrase", vocabulary.phrases),
        ("prefix", vocabulary.prefixes),
        ("typo", vocabulary.misspelt),
        ("Japanese substring", sentences.JAPANESE_WORDS),
    ):
        for words in several:
            yield Query(kind, words)
    chosen = [tuple((name, value) for name, value in pair) for pair in vocabulary.chosen]
    for place, word in enumerate(vocabulary.words[: 2 * _EACH]):
        yield Query("disjunctive", word, filters=chosen[place % len(chosen)])

"""Makes incidents and reports of any number, always the same ones, with values that have long
tails as real ones do.

One in five documents is an incident; each has four reports, which is what the archive has.
The language of a text is Japanese or English; other languages are labels on English texts,
of languages for which the product has no stemmer, so that the facet has a tail.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.search import sentences
from benchmarks.search.archive import NAMESPACES, Answers, Learnt

REPORTS_EACH = 4

_JAPANESE_SHARE = 0.05
_OTHER_LANGUAGES = ("de", "it", "nl", "pl", "sv", "tr", "id", "cs", "fi", "ro")
_OTHER_SHARE = 0.02
# How many incidents a taxonomy has classified: all of them, a sixth, a quarter.
_CLASSIFIED = {"MIT": 1.0, "CSETv1": 1 / 6, "GMF": 1 / 4}

_FIRST_DAY = dt.date(2012, 1, 1)
_DAYS = 14 * 365

_GIVEN = (
    "Ana", "Ben", "Chika", "Dara", "Elif", "Femi", "Grace", "Hugo", "Irma", "Jonas", "Kofi",
    "Lars", "Mina", "Nadia", "Omar", "Paula", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Vera",
    "Wei", "Yuki", "Zane",
)  # fmt: skip
_SYLLABLES = ("ka", "lo", "mi", "re", "tu", "sen", "dor", "vi", "pal", "ne", "gor", "ith")


@dataclass(frozen=True, slots=True)
class Report:
    """One article."""

    number: int
    title: str
    text: str
    language: str
    source_domain: str
    authors: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    published: dt.date


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident with its reports; entities are places in `Corpus.entities`, by role."""

    number: int
    title: str
    description: str
    date: dt.date
    roles: dict[str, tuple[int, ...]]
    answers: dict[str, Answers]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity's id and name."""

    entity_id: str
    name: str


class _Tail:
    """Values drawn with a weight of one over their rank."""

    def __init__(self, values: Sequence[str] | range, draw: random.Random) -> None:
        self.values = [*values]
        self._sums = [*accumulate(1 / rank for rank in range(1, len(self.values) + 1))]
        self._draw = draw

    def shuffled(self) -> _Tail:
        """Return the same values with other ones in front."""
        values = [*self.values]
        self._draw.shuffle(values)
        return _Tail(values, self._draw)

    def take(self, count: int) -> tuple:
        """Return up to so many different values."""
        drawn = self._draw.choices(self.values, cum_weights=self._sums, k=count)
        return tuple(dict.fromkeys(drawn))


class Corpus:
    """So many documents: a fifth of them incidents, the others their reports."""

    def __init__(self, learnt: Learnt, documents: int) -> None:
        self.documents = documents
        self.incidents = documents // (REPORTS_EACH + 1)
        self.entities = _entities(learnt.entity_names, max(50, documents // 12))
        self._learnt = learnt
        self._pools = learnt.pools

    def __iter__(self) -> Iterator[Incident]:
        """Yield the incidents in order of number; a second time, the same."""
        draw = random.Random(f"{sentences.SEED} {self.documents}")
        values = _Values(self, draw)
        days = [_FIRST_DAY + dt.timedelta(days=day) for day in range(_DAYS + 400)]
        for number in range(1, self.incidents + 1):
            # The larger of two draws: recent years have more incidents.
            day = max(draw.randrange(_DAYS), draw.randrange(_DAYS))
            first = (number - 1) * REPORTS_EACH + 1
            yield Incident(
                number=number,
                title=draw.choice(self._pools.titles),
                description=" ".join(draw.choices(self._pools.english, k=2)),
                date=days[day],
                roles=values.roles(),
                answers=self._answers(draw),
                reports=tuple(
                    self._report(first + place, day, days, values, draw)
                    for place in range(REPORTS_EACH)
                ),
            )

    def _answers(self, draw: random.Random) -> dict[str, Answers]:
        return {
            namespace: draw.choice(self._learnt.answers[namespace])
            for namespace in NAMESPACES
            if draw.random() < _CLASSIFIED[namespace]
        }

    def _report(
        self,
        number: int,
        day: int,
        days: Sequence[dt.date],
        values: _Values,
        draw: random.Random,
    ) -> Report:
        language = _language(draw)
        authors = values.authors.take(draw.choice((1, 1, 1, 2)))
        if language == "ja":
            title = draw.choice(self._pools.japanese)
            body = "".join(draw.choices(self._pools.japanese, k=draw.randint(14, 22)))
        else:
            title = draw.choice(self._pools.titles)
            body = " ".join(draw.choices(self._pools.english, k=draw.randint(11, 17)))
        return Report(
            number=number,
            title=title,
            # A byline, as articles have: it brings names into the vocabulary.
            text=f"{' and '.join(authors)}. {body}",
            language=language,
            source_domain=values.domains.take(1)[0],
            authors=authors,
            submitters=values.submitters.take(1),
            tags=values.tags.take(draw.choice((0, 0, 1, 2))),
            published=days[day + int(draw.expovariate(1 / 40)) % 400],
        )


def _language(draw: random.Random) -> str:
    chance = draw.random()
    if chance < _JAPANESE_SHARE:
        return "ja"
    if chance < _JAPANESE_SHARE + _OTHER_SHARE:
        return _OTHER_LANGUAGES[min(int(draw.expovariate(0.5)), len(_OTHER_LANGUAGES) - 1)]
    return "en"


class _Values:
    """The values of every facet."""

    def __init__(self, corpus: Corpus, draw: random.Random) -> None:
        size = corpus.documents
        self._draw = draw
        self.domains = _Tail(
            [f"news-{n}.example" for n in range(_between(60, size // 15, 6_000))], draw
        )
        self.authors = _Tail(_people(_between(100, size // 3, 40_000)), draw)
        self.submitters = _Tail(_people(_between(50, size // 50, 3_000))[::-1], draw)
        self.tags = _Tail(["response", *(f"topic {n}" for n in range(1, 300))], draw)
        self.deployers = _Tail(range(len(corpus.entities)), draw)
        self.developers = self.deployers.shuffled()
        self.harmed = self.deployers.shuffled()
        self.implicated = self.deployers.shuffled()

    def roles(self) -> dict[str, tuple[int, ...]]:
        """Return the entities of one incident by role, about as many as real ones have."""
        chance = self._draw.random
        deployers = self.deployers.take(1 + int(chance() * 2.5))
        return {
            "deployer": deployers,
            # Who deploys a system has often made it.
            "developer": deployers
            if chance() < 0.4
            else self.developers.take(1 + int(chance() * 2)),
            "harmed": self.harmed.take(1 + int(chance() * 5)),
            "implicated": self.implicated.take(int(chance() * 2)),
        }


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def _entities(names: Sequence[str], count: int) -> list[Entity]:
    made = []
    for place in range(count):
        again, which = divmod(place, len(names))
        name = names[which] if not again else f"{names[which]} {again + 1}"
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        made.append(Entity(f"{slug[:80]}-{place}", name))
    return made


def _people(count: int) -> list[str]:
    """Return made-up names, all different; those in front of the tail share no surname."""
    many = len(_SYLLABLES)
    surnames = [
        f"{a}{b}{c}".capitalize() for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES
    ]
    return [
        f"{_GIVEN[n % len(_GIVEN)]} {surnames[n * 131 % many**3]}"  # no common divisor: no repeats
        for n in range(count)
    ]


def facet_values(
    incident: Incident, report: Report, entities: Sequence[Entity]
) -> dict[str, tuple[str, ...]]:
    """Return what a report has in each of the twelve facets, by their names in addresses."""
    named = {
        role: tuple(entities[place].entity_id for place in places)
        for role, places in incident.roles.items()
    }
    return {
        "entity": tuple(dict.fromkeys(one for group in named.values() for one in group)),
        "deployer": named["deployer"],
        "developer": named["developer"],
        "harmed": named["harmed"],
        "source_domain": (report.source_domain,),
        "authors": report.authors,
        "submitters": report.submitters,
        "language": (report.language,),
        "tags": report.tags,
        "year": (str(incident.date.year),),
        "published_year": (str(report.published.year),),
        "classifications": _branches(incident.answers),
    }


def _branches(answers: dict[str, Answers]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for namespace, pairs in answers.items():
        for field, value_json in pairs:
            for value in values_in(value_json):
                for branch in (namespace, f"{namespace}:{field}", f"{namespace}:{field}:{value}"):
                    found[branch] = None
    return tuple(found)


def values_in(value_json: str) -> list[str]:
    """Return the words of an answer, of one choice or several."""
    decoded = json.loads(value_json)
    members = decoded if isinstance(decoded, list) else [decoded]
    return [*dict.fromkeys(text for each in members if (text := str(each).strip()))]

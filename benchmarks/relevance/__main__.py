"""How good the ranking is: judged queries, asked of the served site, scored by nDCG@10.

How it was judged: by one judge, on 2026-11-23. The candidates of a query are pooled from regular
expressions with synonyms over titles, descriptions and reports, from the entities linked, from the
list of all titles, which the judge read in full, from a plain BM25 apart from the product, and from
the first twenty hits of the search itself. What counts is the title and the description of an
incident, not where it was found. 3 is exactly what the searcher wants, 2 is clearly relevant, 1 is
marginal, and an incident that is not listed counts as 0; duplicates, which the search leaves out,
are not judged. A phrase, a minus and a field are taken at their word; a misspelled or unfinished
word wants what the whole word wants; a query in another language wants incidents with a text in
that language. The reports of the archive are stand-ins that repeat title and description, hence
most queries in other languages ask the demo records.

The judgements are frozen: a weak query is a matter for the search. The list changes only where an
incident was overlooked; the last table names the unlisted incidents that weak queries found.
"""

from __future__ import annotations

import gzip
import json
import math
import statistics
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import measuring

PORT = 8942
JUDGEMENTS = Path(__file__).with_name("judgements.jsonl")
COMMANDS = {
    "archive": ("import", "aiid", str(measuring.SNAPSHOT)),
    "demo": ("demo", "--prepare-only"),
}
DEPTH = 10
PAGE = 28
RELEVANT = 2
BEST = 3
WORST = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with the grade of every incident that is worth finding."""

    number: str
    query: str
    data: str
    grades: dict[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """The incidents that the search gave for a query, best first."""

    judged: Judged
    found: list[int]
    total: int

    @property
    def ndcg(self) -> float:
        """The discounted gain of the first ten hits, as a part of the best one possible."""
        grades = [self.judged.grades.get(number, 0) for number in self.found]
        ideal = sorted(self.judged.grades.values(), reverse=True)
        return _gain(grades) / _gain(ideal)

    def recall(self, depth: int) -> float:
        """Return the part of the relevant incidents found that this many places can hold."""
        relevant = {number for number, grade in self.judged.grades.items() if grade >= RELEVANT}
        return len(relevant.intersection(self.found[:depth])) / min(depth, len(relevant))

    @property
    def first_best(self) -> int | None:
        """The place of the first hit that is exactly what the searcher wants."""
        places = enumerate(self.found, start=1)
        return next((at for at, number in places if self.judged.grades.get(number) == BEST), None)

    @property
    def unjudged(self) -> list[int]:
        """The incidents among the first ten hits that have no grade."""
        return [number for number in self.found[:DEPTH] if number not in self.judged.grades]


def main() -> None:
    """Measure and print."""
    judged = _judged()
    answers: list[Answer] = []
    for data in COMMANDS:
        with _site(data) as site:
            answers += [_asked(site, each) for each in judged if each.data == data]
    measuring.report("relevance", [_row(answer) for answer in answers])
    print()
    measuring.report("relevance_summary", [_summary(answers, data) for data in COMMANDS])
    print()
    worst = sorted(answers, key=lambda answer: (answer.ndcg, -len(answer.unjudged)))[:WORST]
    measuring.report("relevance_worst", [_worst(answer) for answer in worst])


def _judged() -> list[Judged]:
    lines = [json.loads(line) for line in JUDGEMENTS.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(
            number=line["id"],
            query=line["query"],
            data=line["data"],
            grades={int(number): grade for number, grade in line["judged"].items()},
        )
        for line in lines
    ]


@contextmanager
def _site(data: str) -> Iterator[str]:
    with measuring.data_folder() as home:
        measuring.run(home, *COMMANDS[data])
        with measuring.served(home, port=PORT) as site:
            yield site


def _asked(site: str, judged: Judged) -> Answer:
    address = f"{site}/apps/discover.json?{urllib.parse.urlencode({'s': judged.query})}"
    body = measuring.fetch(address)[1]
    page = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    return Answer(judged, [result["incident_id"] for result in page["results"]], page["total"])


def _gain(grades: Sequence[int]) -> float:
    places = enumerate(grades[:DEPTH], start=1)
    return sum((2**grade - 1) / math.log2(at + 1) for at, grade in places)


def _row(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.judged.number,
        "data": answer.judged.data,
        "query": answer.judged.query,
        "judged": len(answer.judged.grades),
        "hits": answer.total,
        "nDCG@10": round(answer.ndcg, 3),
        "recall@10": round(answer.recall(DEPTH), 2),
        "recall@28": round(answer.recall(PAGE), 2),
        "first best at": answer.first_best or "-",
    }


def _summary(answers: Sequence[Answer], data: str) -> dict[str, Any]:
    chosen = [answer for answer in answers if answer.judged.data == data]
    reciprocal = [1 / answer.first_best if answer.first_best else 0.0 for answer in chosen]
    return {
        "data": data,
        "queries": len(chosen),
        "mean nDCG@10": round(statistics.fmean(answer.ndcg for answer in chosen), 3),
        "mean recall@10": round(statistics.fmean(answer.recall(DEPTH) for answer in chosen), 3),
        "mean recall@28": round(statistics.fmean(answer.recall(PAGE) for answer in chosen), 3),
        "MRR": round(statistics.fmean(reciprocal), 3),
    }


def _worst(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.judged.number,
        "query": answer.judged.query,
        "hits": answer.total,
        "nDCG@10": round(answer.ndcg, 3),
        "unjudged in the first ten": " ".join(map(str, answer.unjudged)) or "-",
    }


if __name__ == "__main__":
    main()

"""Measure Discover at several sizes: `python -m benchmarks.search [DOCUMENTS ...]`.

Targets: at 100,000 documents a word with twelve facets takes, over HTTP, at most one and a half
times what the bare engine needs and 12 ms; browsing everything at most 40 ms, and 250 ms at a
million; a word at a million at most 20 times what it takes at 10,000; a rebuild does at least
2,000 documents a second.
"""

from __future__ import annotations

import argparse
import re
import statistics
from contextlib import ExitStack
from itertools import product

from benchmarks import measuring
from benchmarks.search import engines, filling, queries, targets, timing
from benchmarks.search.archive import Learnt, learn
from benchmarks.search.corpus import Corpus
from benchmarks.search.datasette_search import datasette
from benchmarks.search.postgres_search import postgres_search
from benchmarks.search.sqlite_search import sqlite_search

SIZES = [10_000, 100_000]
PEERS = ("datasette", "sqlite", "postgres")
# Beyond this, filling a cluster would take longer than everything else.
POSTGRES_AT_MOST = 100_000
# Stems find more than words as they are, and a title is searched beside the text.
FEWEST, MOST = 0.7, 3.0


def main() -> None:
    """Measure and print."""
    asked = _asked()
    filling.load_models()
    engines.check_facets()
    learnt = learn()
    cells: targets.Cells = {}
    rebuilds = []
    for documents in asked.documents:
        folder = filling.filled(learnt, documents)
        print(f"{documents:,} documents: filled in {folder.seconds:.0f} s", flush=True)
        if not asked.no_rebuild:
            rebuilds.append(_rebuild(folder))
        cells |= _timings(folder, learnt, set(PEERS) - set(asked.without.split(",")))
    measuring.report("search", [_row(cell, taken) for cell, taken in cells.items()])
    print()
    measuring.report("search_ratios", targets.ratios(cells, rebuilds))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("documents", type=int, nargs="*", default=SIZES)
    parser.add_argument("--without", default="", help=f"peers to leave out: {','.join(PEERS)}")
    parser.add_argument("--no-rebuild", action="store_true", help="use the index of the last run")
    return parser.parse_args()


def _rebuild(folder: filling.Filled) -> targets.Rebuilt:
    seconds, megabytes, printed = measuring.run(folder.home, "index", "rebuild")
    print(printed, end="", flush=True)
    counted = re.search(r"([\d,]+) documents", printed)
    number = int(counted[1].replace(",", "")) if counted else 0
    if number != folder.documents:
        raise SystemExit(f"{folder.documents:,} documents were filled in, {number:,} indexed")
    return targets.Rebuilt(number, seconds, megabytes)


def _timings(folder: filling.Filled, learnt: Learnt, peers: set[str]) -> targets.Cells:
    corpus = Corpus(learnt, folder.documents)
    mix = queries.mix(folder.vocabulary)
    with ExitStack() as stack:
        contestants: list[engines.Contestant] = [
            engines.BareEngine(folder.home),
            stack.enter_context(engines.http_json(folder.home)),
        ]
        if "sqlite" in peers:
            contestants.append(stack.enter_context(sqlite_search(corpus, folder.beside)))
        if "datasette" in peers:
            served = datasette(corpus, folder.beside, filling.CACHE)
            contestants.append(stack.enter_context(served))
        if "postgres" in peers and folder.documents <= POSTGRES_AT_MOST:
            contestants.append(stack.enter_context(postgres_search(corpus)))
        cells: targets.Cells = {}
        # Kind by kind, so that whatever else the machine does hits all contestants alike.
        for kind, view in product(mix, (engines.INCIDENTS, engines.REPORTS)):
            floor = targets.Cell(folder.documents, view, kind, engines.BareEngine.name)
            for one in contestants:
                if view in one.views and one.can(mix[kind][0]):
                    cell = targets.Cell(folder.documents, view, kind, one.name)
                    cells[cell] = timing.measure(one, view, mix[kind])
                    print(f"{view}, {kind}, {one.name}: {cells[cell].median:.1f} ms", flush=True)
                    _check_hits(cell, cells[cell], cells[floor])
        return cells


def _check_hits(cell: targets.Cell, taken: timing.Timing, floor: timing.Timing) -> None:
    """Stop where a contestant finds so little or so much that it answers something else."""
    both = min(len(taken.hits), len(floor.hits))
    found, wanted = sum(taken.hits[:both]), sum(floor.hits[:both])
    # How much is like a misspelt word is for each to say.
    if cell.kind != "typo" and not FEWEST * wanted <= found <= MOST * wanted:
        raise SystemExit(f"{cell}: {found:,} hits, where the bare engine has {wanted:,}")


def _row(cell: targets.Cell, taken: timing.Timing) -> dict[str, object]:
    ranked = sorted(taken.hits)
    return {
        "documents": cell.documents,
        "view": cell.view,
        "query": cell.kind,
        "contestant": cell.contestant,
        "median ms": round(taken.median, 1),
        "p95 ms": round(taken.p95, 1),
        "first ms": round(statistics.median(taken.first), 1),
        "samples": len(taken.taken),
        "median hits": ranked[len(ranked) // 2],
    }


if __name__ == "__main__":
    main()

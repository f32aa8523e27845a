"""What the measurements are held against."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.search.datasette_search import Datasette
from benchmarks.search.engines import BareEngine, HttpJson
from benchmarks.search.postgres_search import PostgresSearch
from benchmarks.search.queries import KINDS
from benchmarks.search.sqlite_search import SqliteSearch
from benchmarks.search.timing import Timing

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
BROWSE_MS = {MIDDLE: 40.0, LARGE: 250.0}
GROWTH = 20.0
DOCUMENTS_A_SECOND = 2_000

_PEERS = (Datasette.name, SqliteSearch.name, PostgresSearch.name)

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table of timings."""

    documents: int
    view: str
    kind: str
    contestant: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A rebuild of the index."""

    documents: int
    seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Documents per second."""
        return self.documents / self.seconds


Cells = dict[Cell, Timing]


def ratios(cells: Cells, rebuilds: list[Rebuilt]) -> list[Row]:
    """Return a row for each target, and for each peer how much slower than the product it is."""
    ours = {cell: timing for cell, timing in cells.items() if cell.contestant == HttpJson.name}
    rows = []
    for cell, timing in ours.items():
        if cell.kind == "term":
            rows.append(_over_bare(cell, timing, cells))
        if cell.kind.startswith("browse everything"):
            rows.append(
                _row(cell, "HTTP, ms", timing.median, at_most=BROWSE_MS.get(cell.documents))
            )
    rows += _growth(ours)
    for rebuilt in rebuilds:
        rows += _rebuild_rows(rebuilt)
    for kind in KINDS:
        rows += [row for cell in ours if cell.kind == kind for row in _peer_rows(cell, cells)]
    return rows


def _over_bare(cell: Cell, timing: Timing, cells: Cells) -> Row:
    bare = cells[Cell(cell.documents, cell.view, cell.kind, BareEngine.name)].median
    limit = 1.5 * bare + 12 if cell.documents == MIDDLE else None
    return _row(cell, f"HTTP, ms (bare engine {bare:.1f})", timing.median, at_most=limit)


def _growth(ours: Cells) -> list[Row]:
    rows = []
    for cell, timing in ours.items():
        small = ours.get(Cell(SMALL, cell.view, cell.kind, cell.contestant))
        if cell.kind == "term" and cell.documents > SMALL and small is not None:
            limit = GROWTH if cell.documents == LARGE else None
            growth = timing.median / small.median
            rows.append(_row(cell, "HTTP, times its median at 10k", growth, at_most=limit))
    return rows


def _rebuild_rows(rebuilt: Rebuilt) -> list[Row]:
    cell = Cell(rebuilt.documents, "", "rebuild", "")
    return [
        _row(cell, "documents a second", rebuilt.rate, at_least=DOCUMENTS_A_SECOND),
        _row(cell, "peak resident MB", rebuilt.megabytes),
    ]


def _peer_rows(ours: Cell, cells: Cells) -> list[Row]:
    found = []
    for peer in _PEERS:
        theirs = cells.get(Cell(ours.documents, ours.view, ours.kind, peer))
        if theirs is not None:
            ratio = theirs.times_slower_than(cells[ours])
            found.append(_row(ours, f"{peer} / HTTP", ratio))
    return found


def _row(
    cell: Cell,
    what: str,
    measured: float,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    target, is_met = "", ""
    if at_most is not None:
        target, is_met = f"at most {at_most:.1f}", "yes" if measured <= at_most else "NO"
    if at_least is not None:
        target, is_met = f"at least {at_least:,.0f}", "yes" if measured >= at_least else "NO"
    return {
        "documents": cell.documents,
        "view": cell.view,
        "query": cell.kind,
        "what": what,
        "measured": round(measured, 2),
        "target": target,
        "met": is_met,
    }

"""Where the incidents lie on the map: a layout that is derived from their texts.

Only what everybody may see has a part in it, so no point tells of a hidden record. The layout
is made by a process of its own (`incidentbase index map`), because that takes seconds to
minutes; incidents that come afterwards join those whose words are most like theirs, until
there are enough of them for a new layout.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidentbase.index import location
from incidentbase.store.accounts.rules import anonymous, visible_classes
from incidentbase.store.incidents import queries as incidents

Point = tuple[float, float]

# Where an incident lies that came later: amid so many.
NEIGHBORS = 5
# A new layout is made when this share of the incidents has come or gone, and this number.
SHARE_FOR_NEW = 0.1
NUMBER_FOR_NEW = 10

# How far apart points are kept, and how many places are tried for that.
_CELL = 0.01
_PLACES_TRIED = 200
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))

_FILE = "map.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The points of incidents by number, and which of them only joined their neighbors."""

    points: Mapping[int, Point] = field(default_factory=dict)
    joined: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pending:
    """What the layout lacks: incidents without a point, and whether it is to be made anew."""

    missing: tuple[int, ...]
    is_due: bool


_read: dict[Path, tuple[tuple[int, int], Layout]] = {}


def layout() -> Layout:
    """Return the present layout; it is empty until the first has been made."""
    path = _path()
    try:
        status = path.stat()
    except FileNotFoundError:
        return Layout()
    stamp = (status.st_mtime_ns, status.st_ino)
    known = _read.get(path)
    if known is None or known[0] != stamp:
        known = _read[path] = (stamp, _parsed(path.read_bytes()))
    return known[1]


def pending(*, at: dt.datetime) -> Pending:
    """Return what the layout lacks."""
    present = layout()
    numbers = set(incidents.listed(anonymous(at)).values_list("incident_id", flat=True))
    missing = numbers - present.points.keys()
    gone = present.points.keys() - numbers
    moved = len(missing) + len(gone) + len(present.joined - gone)
    laid_out = len(present.points) - len(present.joined)
    is_due = moved > max(NUMBER_FOR_NEW, SHARE_FOR_NEW * laid_out) if laid_out else bool(missing)
    return Pending(tuple(sorted(missing)), is_due)


def lay_out(*, at: dt.datetime) -> int:
    """Make a new layout and return how many incidents it has; one process at a time does so."""
    from incidentbase.index import projection  # noqa: PLC0415 (takes seconds to load)

    with _alone():
        former = layout().points
        texts = _texts(at)
        points = projection.project(list(texts.values()), [former.get(number) for number in texts])
        taken: set[tuple[int, int]] = set()
        apart = {number: _apart(point, taken) for number, point in zip(texts, points, strict=True)}
        _write(Layout(apart))
    return len(texts)


def join(missing: tuple[int, ...], *, at: dt.datetime) -> None:
    """Give incidents without a point one amid those whose words are most like theirs."""
    with _alone():
        present = layout()
        points = dict(present.points)
        taken = {_cell(point) for point in points.values()}
        texts = _texts(at, missing)
        for number, text in texts.items():
            points[number] = _apart(_amid(number, text, present.points, at), taken)
        _write(Layout(points, present.joined | texts.keys()))


def _texts(at: dt.datetime, numbers: tuple[int, ...] | None = None) -> dict[int, str]:
    rows = incidents.listed(anonymous(at)).order_by("incident_id")
    if numbers is not None:
        rows = rows.filter(incident_id__in=numbers)
    return {
        number: f"{title}\n{description}"
        for number, title, description in rows.values_list("incident_id", "title", "description")
    }


def _amid(number: int, text: str, points: Mapping[int, Point], at: dt.datetime) -> Point:
    alike = location.current().similar(
        text,
        visible=tuple(sorted(visible_classes(anonymous(at)))),
        now=at,
        without=(number,),
        limit=NEIGHBORS * 2,
    )
    near = [(points[one.number], one.score) for one in alike if one.number in points]
    near = near[:NEIGHBORS]
    total = sum(score for _point, score in near)
    if not total:
        return (0.0, 0.0)
    x, y = (sum(point[axis] * score for point, score in near) / total for axis in (0, 1))
    return (x, y)


def _apart(point: Point, taken: set[tuple[int, int]]) -> Point:
    """Return a free place at a point or near it, and take it: no point may cover another.

    Places are tried along a sunflower spiral. Where a map is so full that the first few are
    taken, points may lie on one another.
    """
    for step in range(_PLACES_TRIED):
        reach, turn = _CELL * math.sqrt(step), step * _GOLDEN_ANGLE
        x = min(max(point[0] + reach * math.cos(turn), -1.0), 1.0)
        y = min(max(point[1] + reach * math.sin(turn), -1.0), 1.0)
        if _cell((x, y)) not in taken:
            break
    taken.add(_cell((x, y)))
    return (round(x, 4), round(y, 4))


def _cell(point: Point) -> tuple[int, int]:
    return (round(point[0] / _CELL), round(point[1] / _CELL))


def _path() -> Path:
    return location.folder() / _FILE


def _parsed(content: bytes) -> Layout:
    """Return the layout in a file; what cannot be read counts as none, and is made anew."""
    try:
        read: dict[str, Any] = json.loads(content)
        if read["version"] != _VERSION:
            return Layout()
        points = {int(number): (float(x), float(y)) for number, (x, y) in read["points"].items()}
        return Layout(points, frozenset(map(int, read["joined"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Layout()


def _write(made: Layout) -> None:
    """Put a layout in place at once, so that readers see the old one or the new."""
    content = {
        "version": _VERSION,
        "points": {str(number): point for number, point in made.points.items()},
        "joined": sorted(made.joined),
    }
    draft = _path().with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
    draft.replace(_path())


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of those who change the layout; waits while another process has it."""
    location.folder().mkdir(parents=True, exist_ok=True)
    with (location.folder() / "map.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The map of incidents as `pages/spatial/map.html` draws it: points, colors and the part in view.

The plane of the layout, from -1 to 1, becomes a square of 1,000 units with a margin. Colors stand
for the answers to one field of a taxonomy; the most frequent get one each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidentbase.index import facets
from incidentbase.index.spatial import Point
from incidentbase.serve.web import languages, presenting

SIDE = 1_000
REACH = 475
ZOOMS = (1, 2, 4, 8)
ZOOM_AT_INCIDENT = 2
# A pan by arrow moves the part in view by this share of its side.
STEP = 0.5

COLORS = 8
OTHER, NONE = "other", "none"
# As many points have a link and a title; beyond, a point is only drawn.
MOST_LINKED = 2_000
NEAREST = 6

# What colors stand for unless the reader chooses, if the database has it.
FIRST_CHOICES = (("MIT", "Risk Domain"), ("CSETv1", "Sector of Deployment"))

_PLACE = re.compile(r"([0-9]{1,4}),([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its incident; `language` is empty where it is that of the page."""

    number: int
    url: str
    title: str
    language: str
    x: int
    y: int
    color: str
    is_chosen: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Both coordinates as they stand in the drawing."""
        return str(self.x), str(self.y)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend: a color, what it stands for, and how many points have it."""

    color: str
    label: str
    count: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The part of the map in view: how many times larger than the whole, and its middle."""

    zoom: int
    x: int
    y: int

    @property
    def side(self) -> int:
        """The side of the part in view, in units of the whole."""
        return SIDE // self.zoom

    @property
    def box(self) -> str:
        """The part in view as an SVG viewBox; it never reaches beyond the map."""
        left, top = (self._start(middle) for middle in (self.x, self.y))
        return f"{left} {top} {self.side} {self.side}"

    def _start(self, middle: int) -> int:
        return min(max(middle - self.side // 2, 0), SIDE - self.side)

    def zoomed(self, steps: int) -> View | None:
        """Return the view with the same middle so many steps nearer, None beyond the ends."""
        at = ZOOMS.index(self.zoom) + steps
        return View(ZOOMS[at], self.x, self.y) if 0 <= at < len(ZOOMS) else None

    def moved(self, right: int, down: int) -> View:
        """Return the view beside this one."""
        step = int(self.side * STEP)
        half = self.side // 2
        x, y = (
            min(max(middle + way * step, half), SIDE - half)
            for middle, way in ((self.x, right), (self.y, down))
        )
        return View(self.zoom, x, y)

    @property
    def parameters(self) -> dict[str, str]:
        """The view as parameters of an address; the whole map needs none."""
        if self.zoom == 1:
            return {"zoom": "1", "at": ""}
        return {"zoom": str(self.zoom), "at": f"{self.x},{self.y}"}


def on_map(point: Point) -> tuple[int, int]:
    """Return a point of the layout in the units of the drawing."""
    return round(SIDE / 2 + point[0] * REACH), round(SIDE / 2 + point[1] * REACH)


def view_of(query: QueryDict, chosen: tuple[int, int] | None) -> View:
    """Return the view asked for; of a chosen incident, its surroundings."""
    given = query.get("zoom", "")
    zoom = next((one for one in ZOOMS if str(one) == given), 0)
    zoom = zoom or (ZOOM_AT_INCIDENT if chosen else 1)
    x, y = chosen or (SIDE // 2, SIDE // 2)
    place = _PLACE.fullmatch(query.get("at", ""))
    if place:
        x, y = (min(int(one), SIDE) for one in place.groups())
    return View(zoom, x, y)


def field_of(query: QueryDict, fields: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the field that colors stand for: the one asked for, or the first that there is."""
    namespace, _level, name = query.get("color", "").partition(facets.LEVELS)
    wanted = ((namespace, name), *FIRST_CHOICES, *fields[:1])
    return next((one for one in wanted if one in fields), None)


def legend_of(answers: Mapping[int, str], shown: Sequence[int]) -> list[Entry]:
    """Return the colors with how many of the shown incidents have each.

    The colors are those of the most frequent answers of all, so that none changes with the search.
    """
    ranked = Counter(answers.values()).most_common()
    ranked.sort(key=lambda pair: (-pair[1], pair[0]))
    counts = Counter(answers.get(number) for number in shown)
    entries = [
        Entry(str(place), value, counts.pop(value, 0), value)
        for place, (value, _number) in enumerate(ranked[:COLORS])
    ]
    without = counts.pop(None, 0)
    if others := counts.total():
        entries.append(Entry(OTHER, _("Other answers"), others))
    if without:
        entries.append(Entry(NONE, _("Not classified"), without))
    return entries


def dots(
    numbers: Iterable[int],
    points: Mapping[int, Point],
    titles: Mapping[int, tuple[str, str]],
    answers: Mapping[int, str],
    legend: Sequence[Entry],
    chosen: int | None,
) -> list[Dot]:
    """Return the points of incidents, those that are classified above the rest."""
    colors = {entry.value: entry.color for entry in legend if entry.value}
    own = languages.content_language(get_language() or "en")
    found = []
    for number in numbers:
        answer = answers.get(number)
        title, language = titles[number]
        x, y = on_map(points[number])
        color = NONE if answer is None else colors.get(answer, OTHER)
        url = presenting.incident_url(number)
        foreign = "" if languages.content_language(language) == own else language
        found.append(Dot(number, url, title, foreign, x, y, color, number == chosen))
    # What is drawn last lies on top.
    return sorted(found, key=lambda dot: (dot.is_chosen, dot.color != NONE))


def path_of(places: Iterable[tuple[int, int]]) -> str:
    """Return points as one SVG path, drawn as round ends of lines without length."""
    return "".join(f"M{x} {y}h0" for x, y in places)


def nearest(number: int, points: Mapping[int, Point], shown: Iterable[int]) -> list[int]:
    """Return the numbers of the shown incidents that lie nearest to one, the nearest first."""
    own_x, own_y = points[number]
    distances = [
        ((points[one][0] - own_x) ** 2 + (points[one][1] - own_y) ** 2, one)
        for one in shown
        if one != number and one in points
    ]
    return [one for _distance, one in sorted(distances)[:NEAREST]]

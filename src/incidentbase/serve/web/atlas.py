"""A map of the world, its countries shaded by the number of incidents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import cache
from itertools import pairwise
from pathlib import Path

from incidentbase.kit import countries
from incidentbase.serve.web import counting, naming
from incidentbase.serve.web.counting import Country, Shade, World
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.models import TaxonomyField

_DRAWING = Path(__file__).parent / "static" / "img" / "world.svg"
_SHAPE = re.compile(r'id="([A-Z]{2})"')

# From how many incidents on a country is a shade darker.
SHADES = (1, 2, 5, 20, 100)


def is_location(namespace: str, field: TaxonomyField) -> bool:
    """Return whether a field says where something happened, by country at least."""
    plain = namespace.split(rules.ANNOTATOR_MARK)[0]
    return field.display_type == "location" or (plain, field.short_name) in rules.COUNTRY_FIELDS


def world(
    namespace: str, field: TaxonomyField, places: Mapping[str, Set[int]], answered: int
) -> World | None:
    """Return the map for incidents by what a field says, None when there is nothing on it."""
    texts: dict[str, list[str]] = {}
    found: dict[str, set[int]] = {}
    elsewhere = []
    for text, keys in sorted(places.items()):
        codes = countries.read(text)
        for code in codes:
            texts.setdefault(code, []).append(text)
            found.setdefault(code, set()).update(keys)
        if not codes:
            elsewhere.append((text, len(keys)))
    if not found:
        return None
    shown = [
        _country(code, len(keys), answered, counting.discover_url(namespace, field, texts[code]))
        for code, keys in found.items()
    ]
    shown.sort(key=lambda one: (-one.incidents, one.name))
    elsewhere.sort(key=lambda pair: (-pair[1], pair[0]))
    most = shown[0].incidents
    return World(
        countries=tuple(shown),
        key=_key(most),
        placed=len(set().union(*found.values())),
        answered=answered,
        elsewhere=tuple(elsewhere),
    )


def _country(code: str, number: int, answered: int, url: str) -> Country:
    percent = counting.share(number, answered)
    return Country(
        code=code,
        name=naming.country(code),
        incidents=number,
        percent=counting.in_words(percent),
        width=counting.width(percent),
        shade=sum(number >= least for least in SHADES) if code in _shapes() else 0,
        url=url,
    )


def _key(most: int) -> tuple[Shade, ...]:
    ends = [following - 1 for _least, following in pairwise(SHADES)]
    spans = zip(SHADES, [*ends, 0], strict=True)
    return tuple(
        Shade(place, least, last)
        for place, (least, last) in enumerate(spans, start=1)
        if least <= most
    )


@cache
def _shapes() -> frozenset[str]:
    return frozenset(_SHAPE.findall(_DRAWING.read_text(encoding="utf-8")))

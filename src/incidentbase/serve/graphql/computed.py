"""Answers that are computed: risks of a described system, and entities with names alike."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from incidentbase.serve.graphql.filters import Asking
from incidentbase.serve.graphql.limits import TooMuch
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.taxonomies import queries as taxonomies

Record = dict[str, Any]

_FAILURES = ("GMF", "Known AI Technical Failure")
_MOST_ENTITIES = 10_000
_ROWS_AT_ONCE = 500


def risks(tags: Sequence[str], asking: Asking) -> list[Record]:
    """Return the failures of incidents that share a tag, each with its precedents, most first.

    A tag is `NAMESPACE:field`, or `NAMESPACE:field:value`. Without tags all incidents count.
    The rule is the reference's (spec aiid-interface §2.8), but for what the asker may not see.
    """
    wanted = [one for tag in tags if len(one := tuple(tag.split(":", 2))) > 1]
    names = {_FAILURES[1], *(one[1] for one in wanted)}
    given: dict[int, set[str]] = defaultdict(set)
    failed: dict[str, set[int]] = defaultdict(set)
    for number, namespace, name, value_json in taxonomies.answers_about_incidents(
        names, viewer=asking.viewer
    ):
        for tag in wanted:
            if _is_given(tag, namespace, name, value_json):
                given[number].add(":".join(tag))
        if (namespace, name) == _FAILURES:
            for value in _values(value_json):
                failed[f"{namespace}:{name}:{value}"].add(number)
    if tags:
        failed = {tag: numbers & given.keys() for tag, numbers in failed.items()}
    found = [
        {
            "tag": tag,
            "title": tag.rpartition(":")[2],
            "tags": [tag],
            "precedents": precedents,
        }
        for tag, precedents in _with_precedents(failed, given, asking).items()
    ]
    return sorted(found, key=lambda one: (-len(one["precedents"]), one["tag"]))


def _is_given(tag: tuple[str, ...], namespace: str, name: str, value_json: str) -> bool:
    if tag[:2] != (namespace, name):
        return False
    return len(tag) == 2 or json.dumps(tag[2], ensure_ascii=False) in value_json


def _values(value_json: str) -> list[str]:
    try:
        value = json.loads(value_json)
    except ValueError:
        return []
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _with_precedents(
    failed: dict[str, set[int]], given: dict[int, set[str]], asking: Asking
) -> dict[str, list[Record]]:
    """Return the incidents in sight behind each failure; failures without any are left out."""
    failures: dict[int, list[str]] = defaultdict(list)
    for tag, numbers in failed.items():
        for number in numbers:
            failures[number].append(tag)
    rows = incidents.listed(asking.viewer).filter(incident_id__in=list(failures))
    found: dict[str, list[Record]] = defaultdict(list)
    for number, title, description in rows.order_by("incident_id").values_list(
        "incident_id", "title", "description"
    ):
        precedent = {
            "id": str(number),
            "incident_id": number,
            "title": title,
            "description": description,
            "tags": sorted({*failures[number], *given[number]}),
        }
        for tag in failures[number]:
            found[tag].append(precedent)
    asking.budget.spend(sum(map(len, found.values())))
    return found


def similar_entities(threshold: int, offset: int, limit: int | None, asking: Asking) -> Record:
    """Return pairs of entities whose names are alike by at least `threshold` percent.

    Names in a window of all entities, in the order of their ids, are compared by the Dice
    coefficient of their sets of character pairs (spec aiid-interface §2.8). Raises TooMuch.
    """
    rows = incidents.visible_entities(asking.viewer).order_by("entity_id")
    offset, limit = max(0, offset), max(0, limit or 0)
    # One more than is compared says whether there are more.
    end = offset + min(limit or _MOST_ENTITIES, _MOST_ENTITIES) + 1
    found = list(rows[offset:end].values_list("entity_id", "name"))
    window = found[: limit or _MOST_ENTITIES]
    if limit > _MOST_ENTITIES or (not limit and len(found) > _MOST_ENTITIES):
        raise TooMuch(f"At most {_MOST_ENTITIES} entities at once: use `offset` and `limit`.")
    pairs: list[Record] = [
        {
            "entityId1": window[one][0],
            "entityName1": window[one][1],
            "entityId2": window[other][0],
            "entityName2": window[other][1],
            "similarity": likeness,
        }
        for one, other, likeness in _alike([name for _id, name in window], threshold, asking)
    ]
    asking.budget.spend(len(pairs))
    pairs.sort(key=lambda pair: -pair["similarity"])
    return {"pairs": pairs, "hasMore": len(found) > len(window)}


def _alike(
    names: Sequence[str], threshold: int, asking: Asking
) -> Iterator[tuple[int, int, float]]:
    """Yield the places of two names and how alike they are, in percent."""
    import numpy as np

    pairs_of = [_character_pairs(name) for name in names]
    places = {pair: place for place, pair in enumerate(sorted(set().union(*pairs_of)))}
    table = np.zeros((len(names), len(places)), dtype=np.float32)
    for row, pairs in enumerate(pairs_of):
        table[row, [places[pair] for pair in pairs]] = 1
    sizes = table.sum(axis=1)
    for start in range(0, len(names), _ROWS_AT_ONCE):
        asking.budget.check_time()
        rows = table[start : start + _ROWS_AT_ONCE]
        both = sizes[start : start + _ROWS_AT_ONCE, None] + sizes[None, :]
        likeness = 200 * (rows @ table.T) / np.maximum(both, 1)
        for one, other in zip(*np.nonzero(likeness >= threshold), strict=True):
            if start + one < other:
                shared = len(pairs_of[start + one] & pairs_of[other])
                total = len(pairs_of[start + one]) + len(pairs_of[other])
                yield int(start + one), int(other), 200 * shared / total if total else 0.0


def _character_pairs(name: str) -> set[str]:
    text = " ".join(name.lower().split())
    text = f"{text} " if len(text) == 1 else text
    return {text[place : place + 2] for place in range(len(text) - 1)}

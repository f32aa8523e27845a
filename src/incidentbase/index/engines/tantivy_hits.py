"""Puts hits in order and reads them: by score with stable ties, or by a date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import tantivy

from incidentbase.index.engines import Hit, SearchRequest
from incidentbase.index.engines import tantivy_schema as fields
from incidentbase.index.engines.tantivy_queries import total

# Hits of equal score are put in order of number as far as this; beyond, in order of the index.
_LONGEST_TIE: Final = 20_000


def _order(request: SearchRequest) -> tuple[str, tantivy.Order]:
    sort = "incident-date-desc" if request.sort == "relevance" else request.sort
    if sort == "number-desc":
        return "order_number", tantivy.Order.Desc
    name, _date, direction = sort.split("-")
    is_descending = direction == "desc"
    order = tantivy.Order.Desc if is_descending else tantivy.Order.Asc
    return fields.order_field(name, descending=is_descending), order


def by_score(
    searcher: tantivy.Searcher, query: tantivy.Query, wanted: int
) -> tuple[int, list[tuple[float, tantivy.DocAddress]]]:
    """Return the best hits in order of score, those of equal score in order of number.

    tantivy leaves equal scores in the order of the index, which a merge changes; so the hits
    are taken up to where the last one's score ends.
    """
    limit = wanted + 1
    while True:
        found = searcher.search(query, limit)
        hits = found.hits
        is_whole = len(hits) < limit or (
            wanted > 0 and hits[-1][0] != hits[min(wanted, len(hits)) - 1][0]
        )
        if is_whole or limit > wanted + _LONGEST_TIE:
            break
        limit = min(limit * 4, wanted + _LONGEST_TIE + 1)
    numbers = searcher.fast_field_values("order_number", [address for _score, address in hits])
    ranked = sorted(
        zip(hits, numbers, strict=True), key=lambda each: (-each[0][0], -(each[1] or 0))
    )
    return total(found), [hit for hit, _number in ranked[:wanted]]


def page(
    searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest
) -> tuple[int, list[tuple[float, tantivy.DocAddress]]]:
    """Return how many hits there are, and those of the page in the order asked for."""
    # What is only excluded makes no hit better than another: those are ordered by date.
    if request.sort == "relevance" and request.query.wanted:
        wanted = request.offset + request.limit
        count, pairs = by_score(searcher, query, wanted)
        return count, pairs[request.offset : wanted]
    field, order = _order(request)
    found = searcher.search(
        query, request.limit, order_by_field=field, order=order, offset=request.offset
    )
    return total(found), [(0.0, address) for _key, address in found.hits]


def read(
    searcher: tantivy.Searcher, pairs: Sequence[tuple[float, tantivy.DocAddress]]
) -> tuple[Hit, ...]:
    """Return hits from fast fields: reading stored documents takes longer."""
    orders = searcher.fast_field_values("order_number", [address for _score, address in pairs])
    hits = []
    for (score, _address), order in zip(pairs, orders, strict=True):
        number, is_report = divmod(int(order or 0), 2)
        kind = "report" if is_report else "incident"
        hits.append(Hit(f"{kind}:{number}", kind, number, score))
    return tuple(hits)

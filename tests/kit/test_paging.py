from __future__ import annotations

import pytest

from incidentbase.kit import paging


@pytest.mark.parametrize(
    ("total", "page", "expected"),
    [
        (0, 1, (1, 1, 0, 0, False)),
        (1, 1, (1, 1, 0, 1, False)),
        (10, 1, (1, 1, 0, 10, False)),
        (11, 1, (1, 2, 0, 10, False)),
        (11, 2, (2, 2, 10, 11, False)),
        (25, 2, (2, 3, 10, 20, False)),
        (25, 9, (3, 3, 20, 25, True)),
        (25, 0, (1, 3, 0, 10, True)),
        (25, -5, (1, 3, 0, 10, True)),
        (0, 2, (1, 1, 0, 0, True)),
        (-1, 1, (1, 1, 0, 0, False)),
    ],
)
def test_paginate_gives_the_nearest_page_there_is(total, page, expected):
    place = paging.paginate(total, page, 10)
    assert (place.page, place.pages, place.start, place.stop, place.is_clamped) == expected


def test_pages_cover_every_row_once():
    rows = list(range(23))
    places = [paging.paginate(len(rows), number, 5) for number in range(1, 6)]
    assert [row for place in places for row in rows[place.start : place.stop]] == rows
    assert [place.has_previous for place in places] == [False, True, True, True, True]
    assert [place.has_next for place in places] == [True, True, True, True, False]
    assert [(place.first, place.last) for place in places] == [
        (1, 5),
        (6, 10),
        (11, 15),
        (16, 20),
        (21, 23),
    ]


def test_an_empty_list_has_no_first_row():
    place = paging.paginate(0, 1, 10)
    assert (place.first, place.last) == (0, 0)


def test_paginate_refuses_pages_without_rows():
    with pytest.raises(ValueError, match="at least one row"):
        paging.paginate(1, 1, 0)

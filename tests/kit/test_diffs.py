"""Word-level differences: complete, readable, and bounded for any two texts."""

from __future__ import annotations

import time

import pytest

from incidentbase.kit import diffs
from incidentbase.kit.diffs import Piece


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in diffs.pieces(before, after)]


def test_words_that_changed_are_told_apart_from_those_that_stayed() -> None:
    assert told("The robot fell, hard.", "The red robot fell, softly.") == [
        ("same", "The "),
        ("added", "red "),
        ("same", "robot fell, "),
        ("removed", "hard"),
        ("added", "softly"),
        ("same", "."),
    ]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert told("これは試験です", "これは実験です") == [
        ("same", "これは"),
        ("removed", "試"),
        ("added", "実"),
        ("same", "験です"),
    ]


def test_a_comma_between_two_changes_joins_them() -> None:
    assert told("red, blue", "green, white") == [
        ("removed", "red, blue"),
        ("added", "green, white"),
    ]


def test_equal_and_empty_texts_have_no_changes() -> None:
    assert told("the same", "the same") == [("same", "the same")]
    assert told("", "") == []
    assert told("", "new") == [("added", "new")]


HOSTILE = {
    "one letter": ("a " * 25_000, "a b " * 12_500),
    "swapped": ("a b " * 12_500, "b a " * 12_500),
    "points": ("." * 50_000, ".," * 25_000),
    "ideographs": ("漢" * 50_000, "漢字" * 25_000),
    "lines": ("\n" * 50_000, "\n \n" * 16_000),
    "paragraphs": ("漢\n" * 50_000, "漢字\n" * 50_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_long_texts_full_of_repetition_are_compared_soon_and_completely(name: str) -> None:
    before, after = HOSTILE[name]
    started = time.perf_counter()

    found = diffs.pieces(before, after)

    assert time.perf_counter() - started < 2
    assert "".join(one.text for one in found if one.kind != "added") == before
    assert "".join(one.text for one in found if one.kind != "removed") == after


def test_texts_too_long_for_words_are_compared_by_paragraph() -> None:
    between = "".join(f"{number} 語語語\n" for number in range(5_000))

    assert told(f"old\n{between}old", f"new\n{between}new") == [
        ("removed", "old\n"),
        ("added", "new\n"),
        ("same", between),
        ("removed", "old"),
        ("added", "new"),
    ]


def test_what_stayed_is_shortened_to_a_few_words_beside_each_change() -> None:
    found = [Piece("same", "x" * 50), Piece("added", "new"), Piece("same", "y" * 50)]

    assert diffs.shortened(found, context=10) == [
        Piece("gap", ""),
        Piece("same", "x" * 10),
        Piece("added", "new"),
        Piece("same", "y" * 10),
        Piece("gap", ""),
    ]
    assert diffs.shortened(found, context=30) == found

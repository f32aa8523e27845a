"""Which part of a text is shown with a hit, and what in it is marked."""

from __future__ import annotations

import random
import time

import pytest

from incidentbase.index import analysis
from incidentbase.index.passages import best_passage
from incidentbase.index.query import parse

FILLER = "Nothing of note was said on that day by anybody. " * 20


def marked(text, query, language="en", width=240):
    passage = best_passage(text, parse(query), language, width)
    return [piece for piece, matched in passage.segments if matched]


@pytest.mark.parametrize(
    ("text", "query", "language", "expected"),
    [
        ("A Robot fell.", "robot ", "en", ["Robot"]),
        ("A robot fell.", "ROB", "en", ["robot"]),
        ("A robot fell.", "rob ", "en", []),
        ("Two robots fell on a robot.", "robot ", "en", ["robots", "robot"]),
        ("It crashed.", "crashes ", "en", ["crashed"]),
        ("The train on the trail.", "train ", "en", ["train"]),
        ("Two cities.", "city ", "en", []),
        ("the self-driving car", "self-driving", "en", ["self-driving"]),
        ("the self-driving car", "self-driv", "en", ["self-driving"]),
        ("a worker was injured", '"worker was"', "en", ["worker was"]),
        ("a worker was injured", '"was worker"', "en", []),
        ("Un café noir", "cafe ", "fr", ["café"]),
        ("los vehículos", "vehiculo ", "es", ["vehículos"]),
        ("顔認識システムの誤り", "認識システム", "ja", ["認識システム"]),
        ("東京の銃", "の 銃", "ja", ["の銃"]),
        ("ｶﾞﾗｽの中", "ガラス", "ja", ["ｶﾞﾗｽ"]),
        ("인공 지능 챗봇", "공지", "ko", ["공 지"]),
        ("السّيارة ذاتية القيادة", "سيار", "ar", ["سّيار"]),
        ("كتاب تلك", "بت", "ar", []),
        ("a robot and a drone", "robot -drone", "en", ["robot"]),
        ("", "robot", "en", []),
        ("a robot", "", "en", []),
        ("a robot", "🤖", "en", []),
    ],
)
def test_what_matched_is_marked(text, query, language, expected):
    assert marked(text, query, language) == expected


def test_the_place_with_most_of_the_query_is_shown():
    text = f"A robot. {FILLER} The robot hurt a worker. {FILLER} A worker."
    passage = best_passage(text, parse("robot worker "), "en")
    assert "robot hurt a worker" in "".join(piece.strip("\n") for piece, _ in passage.segments)
    assert [piece for piece, matched in passage.segments if matched] == ["robot", "worker"]
    assert (passage.is_cut_before, passage.is_cut_after) == (True, True)


def test_without_a_match_the_beginning_is_shown():
    passage = best_passage(FILLER, parse("zeppelin"), "en", 50)
    assert not passage.has_match
    assert (passage.is_cut_before, passage.is_cut_after) == (False, True)
    assert FILLER.startswith(passage.segments[0][0])


def test_a_short_text_is_shown_whole():
    passage = best_passage("One\n\n two  robots.", parse("robots "), "en")
    assert passage.segments == (("One two ", False), ("robots", True), (".", False))
    assert (passage.is_cut_before, passage.is_cut_after) == (False, False)


@pytest.mark.parametrize("width", [40, 240, 1000])
def test_passages_keep_to_the_width_and_to_whole_words(width):
    rng = random.Random(1)
    words = ["robot", "naïve", "vehicle", "顔認識", "السيارة", "it", "GPT-4", "worker\n"]
    for _ in range(100):
        text = " ".join(rng.choice(words) for _ in range(rng.randrange(1, 200)))
        passage = best_passage(text, parse("robot 認識 GPT-4 "), "en", width)
        shown = "".join(piece for piece, _matched in passage.segments)
        assert len(shown) <= width + 1
        flat = " ".join(text.split())
        assert " ".join(shown.split()) in flat
        assert all(piece for piece, _matched in passage.segments)


@pytest.mark.parametrize(
    "text", ["の" * 200_000, "a " * 100_000, "é" * 200_000, "\u0301" * 200_000, "س ا" * 60_000]
)
@pytest.mark.parametrize("query", ["の" * 400, "a " * 32, "é", "س" * 300, '"a a a a"'])
def test_long_and_hostile_texts_are_quick(text, query):
    analysis.tokenize("é")
    started = time.perf_counter()
    best_passage(text, parse(query), "en")
    assert time.perf_counter() - started < 1

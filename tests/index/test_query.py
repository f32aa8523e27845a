"""Reading queries: what is a word, a phrase, an exclusion or a jump."""

from __future__ import annotations

import random

import pytest

from incidentbase.index import query
from incidentbase.index.query import And, Not, Phrase, Query, Word, parse


def nodes(text):
    root = parse(text).root
    assert isinstance(root, And)
    return list(root.nodes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   ", []),
        ("robot", [Word("robot", prefix=True)]),
        ("robot ", [Word("robot")]),
        ("robot arm", [Word("robot"), Word("arm", prefix=True)]),
        ('"robot arm"', [Phrase("robot arm")]),
        ("“robot arm” x", [Phrase("robot arm"), Word("x", prefix=True)]),
        ("«robot arm»", [Phrase("robot arm")]),
        ("「顔認識」誤", [Phrase("顔認識"), Word("誤", prefix=True)]),
        ("-robot", [Not(Word("robot"))]),
        ("a －b", [Word("a"), Not(Word("b"))]),
        ('-"robot arm" a', [Not(Phrase("robot arm")), Word("a", prefix=True)]),
        ("self-driving", [Word("self-driving", prefix=True)]),
        ("- x - b", [Word("x"), Word("b", prefix=True)]),
        ('""', []),
        ('robot"arm bot"', [Word("robot"), Phrase("arm bot")]),
        ("x\x00b\ud800c", [Word("x"), Word("b"), Word("c", prefix=True)]),
    ],
)
def test_text_becomes_clauses(text, expected):
    assert nodes(text) == expected


def test_an_unclosed_quote_is_left_out_with_a_note():
    found = parse('robot "arm bot')
    assert found.root == And((Word("robot"), Word("arm"), Word("bot", prefix=True)))
    assert found.notes == (query.UNCLOSED_QUOTE,)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("530", 530), ("#530", 530), (" # 530 ", 530), ("５３０", 530), ("530 robots", None),
        ("-530", None), ("1234567890", None), ("", None), ("#", None),
    ],
)  # fmt: skip
def test_a_bare_number_is_a_jump(text, number):
    assert parse(text).jump == number


def test_a_jump_is_also_searched_for():
    assert parse("530").wanted == (Word("530", prefix=True),)


def test_only_wanted_words_are_to_be_marked():
    assert parse('x -b "c d"').wanted == (Word("x"), Phrase("c d"))


def test_an_empty_query_says_so():
    assert parse(" \n ").is_empty
    assert Query().is_empty
    assert not parse("-a").is_empty


def test_the_size_is_bounded():
    assert parse("a" * 401).notes == (query.TOO_LONG,)
    assert parse("a" * 400).notes == ()
    many = parse("a " * 33)
    assert len(many.root.nodes) == query.MAX_CLAUSES
    assert many.notes == (query.TOO_MANY_WORDS,)
    assert parse("a " * 32).notes == ()


def test_no_text_raises():
    rng = random.Random(5)
    alphabet = '"“”„«»「」-－#1a \x00\ud800\u202e顔س'
    for _ in range(3000):
        found = parse("".join(rng.choice(alphabet) for _ in range(rng.randrange(40))))
        assert len(found.wanted) <= query.MAX_CLAUSES

"""Folding and tokens: what is taken for the same, and that engine and passages agree."""

from __future__ import annotations

import unicodedata

import pytest

from incidentbase.index import analysis
from incidentbase.index.engines import tantivy_schema

# Letters whose marks are put in another order when they stand beside others.
REORDERED = {0xF73, 0xF75, 0xF81}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "cafe"), ("e\u0301tude", "étude"), ("STRASSE", "straße"), ("ＡＢＣ１", "abc1"),
        ("ｶﾞﾗｽ", "ガラス"), ("か\u3099", "が"), ("السّيارة", "السياره"), ("أحمد", "احمد"),
        ("مـــقال", "مقال"), ("٢٠٢٤", "2024"), ("۲۰۲۴", "2024"), ("على", "علي"), ("کتاب", "كتاب"),
        ("ﷲ", "الله"), ("co\u00adop\u200b", "coop"), ("ΣΊΣΥΦΟΣ", "σισυφοσ"), ("ёлка", "елка"),
        ("\ud800x", "x"), ("Ærø", "aero"), ("İ", "i"),
    ],
)  # fmt: skip
def test_spellings_that_mean_the_same_fold_alike(one, other):
    assert analysis.fold(one) == analysis.fold(other)


def test_letters_that_differ_stay_apart():
    assert analysis.fold("й") != analysis.fold("и")
    assert analysis.fold("が") != analysis.fold("か")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPT-4's robots", ["gpt", "4", "s", "robots"]),
        ("顔認識AIの", ["顔", "認", "識", "ai", "の"]),
        ("データー々", ["デ", "ー", "タ", "ー", "々"]),
        ("인공 지능", ["인", "공", "지", "능"]),
        ("في بيت", ["ف", "ي", analysis.BOUNDARY, "ب", "ي", "ت"]),
        ("snake_case", ["snake", "case"]),
        ("हिन्दी", ["हिन्दी"]),
        ("🤖 !?", []),
    ],
)
def test_text_becomes_tokens(text, expected):
    assert analysis.terms(text) == expected
    assert [token.text for token in analysis.tokenize(text)] == expected


def test_tokens_know_where_they_stand_in_the_text_as_written():
    text = "Die ﬁrst e\u0301tude: ｶﾞﾗｽ, السّيارة"
    spans = {token.text: text[token.start : token.end] for token in analysis.tokenize(text)}
    assert spans["first"] == "ﬁrst"
    assert spans["etude"] == "e\u0301tude"
    assert spans["ガ"] == "ｶﾞ"
    assert spans["س"] == "سّ"


def test_every_character_makes_the_same_tokens_in_the_engine_and_here():
    words = tantivy_schema.analyzers()[tantivy_schema.WORDS]
    differing = []
    for code in range(0x30000):
        character = chr(code)
        if unicodedata.category(character) in {"Cn", "Co", "Cs"} or code in REORDERED:
            continue
        text = f"a {character}b {character}{character}"
        here = analysis.terms(text)
        placed = [token.text for token in analysis.tokenize(text)]
        if not words.analyze(analysis.spaced(text)) == here == placed:
            differing.append(hex(code))
    assert differing == []

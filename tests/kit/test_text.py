from __future__ import annotations

import time

import pytest

from incidentbase.kit import text


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("", ""),
        (" \n\n", ""),
        ("---", ""),
        ("Plain words", "Plain words\n"),
        ("# Heading *with* stress\n\nBody", "Heading with stress\n\nBody\n"),
        ("Heading\n=======\nBody", "Heading\n\nBody\n"),
        ('A [link](https://a.example "t") and ![a picture](x.png)', "A link and a picture\n"),
        ("![](x.png)", ""),
        ("- one\n- **two**\n  - three", "one\n\ntwo\n\nthree\n"),
        ("> quoted\n> further", "quoted\nfurther\n"),
        ("hard  \nbreak", "hard\nbreak\n"),
        ("`code` and ~~gone~~ and \\*star\\* &amp; more", "code and gone and *star* & more\n"),
        ("```py\nprint()\n```", "print()\n"),
        ("[x](javascript:alert(1))", "x\n"),
        ("a <b>bold</b> word", "a bold word\n"),
        ("<div>\nkept <i>words</i> &lt;3\n<script>gone()</script>\n</div>", "kept words <3\n"),
        ("<!-- note\nof an editor -->", ""),
        ("日本語の**強調**です", "日本語の強調です\n"),
    ],
)
def test_markdown_to_plain_keeps_only_the_words(markdown, plain):
    assert text.markdown_to_plain(markdown) == plain


def test_markdown_to_plain_leaves_tables_as_they_are():
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert text.markdown_to_plain(f"Before\n\n{table}\n") == f"Before\n\n{table}\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 20000,
        "*_" * 10000,
        "![" * 10000,
        "<!--\n" * 10000,
        "<script>\n\n" * 10000,
        "> " * 20000,
    ],
)
def test_markdown_to_plain_answers_hostile_text_quickly(hostile):
    started = time.perf_counter()
    text.markdown_to_plain(hostile)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("plain", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("  short  ", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two three", 6, "one…"),
        ("one (two) three", 6, "one…"),
        ("人工知能の事故", 5, "人工知能…"),
        ("AI事故の記録", 4, "AI事…"),
        ("supercalifragilistic", 6, "super…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("word", 1, "…"),
        ("word", 0, ""),
        ("", 0, ""),
    ],
)
def test_excerpt_cuts_where_a_reader_would(plain, limit, expected):
    assert text.excerpt(plain, limit) == expected


def test_excerpt_never_exceeds_the_limit_and_keeps_line_breaks():
    plain = "First line\n\nsecond line of words\n" * 20
    for limit in range(len(plain) + 5):
        assert len(text.excerpt(plain, limit)) <= limit
    assert "\n\n" in text.excerpt(plain, 30)


def test_excerpt_cuts_a_very_long_word_rather_than_losing_it():
    assert text.excerpt("See " + "x" * 200, 100) == "See " + "x" * 95 + "…"


@pytest.mark.parametrize("language", ["ar", "he", "fa", "ur", "AR", "ar-EG", "ks_Arab"])
def test_direction_is_rtl_for(language):
    assert text.direction(language) == "rtl"


@pytest.mark.parametrize("language", ["en", "ja", "pt-br", "ku-Latn", ""])
def test_direction_is_ltr_for(language):
    assert text.direction(language) == "ltr"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\u202eb\u202cc\u2066d", "abcd"),
        ("ze\u200bro wi\u2060dth\ufeff so\u00adft", "zero width soft"),
        ("x\U000e0041\U000e0042y\x00\x1b", "xy"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("in\u200cvi\u200dsi\u200eble", "invisible"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_hidden_characters_go_and_joiners_stay_where_scripts_need_them(written, kept):
    assert text.without_hidden(written) == kept

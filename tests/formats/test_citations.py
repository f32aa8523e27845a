from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from incidentbase.formats import citations

CITED = citations.CitedIncident(
    incident_id=23,
    title="A shuttle bus was struck",
    date=dt.date(2017, 11, 8),
    submitter="Ada Lovelace Byron",
    editors=(("Grace", "Hopper"), ("Alan", "Turing")),
    url="https://incidents.example/cite/23/",
    database="Example Incident Database",
    publisher="Example Press",
    retrieved_on=dt.date(2026, 11, 3),
)


def cited(**changes):
    return dataclasses.replace(CITED, **changes)


def test_text_names_everything_in_the_usual_order():
    assert citations.text(CITED) == (
        "Byron, Ada Lovelace. (2017-11-08) Incident Number 23: A shuttle bus was struck. "
        "in Hopper, G. (ed.) Example Incident Database. Example Press. "
        "Retrieved on November 3, 2026 from incidents.example/cite/23."
    )


@pytest.mark.parametrize(
    ("submitter", "author"),
    [
        ("Anonymous", "Anonymous"),
        ("CSET annotators", "CSET annotators"),
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Ada Lovelace (Engine)", "Lovelace, Ada"),
        ("Anonymous (Engine)", "Anonymous"),
        ("  Ada \n Lovelace ", "Lovelace, Ada"),
        ("Lovelace, Ada", "Lovelace, Ada"),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_author_is_the_submitter_with_the_last_word_first(submitter, author):
    changed = cited(submitter=submitter)
    assert citations.text(changed).startswith(f"{author}. (2017-11-08)")
    assert f"AU  - {author}\r\n" in citations.ris(changed)


def test_missing_people_are_left_out():
    lonely = cited(submitter="", editors=(), publisher="")
    assert citations.text(lonely) == (
        "(2017-11-08) Incident Number 23: A shuttle bus was struck. in Example Incident Database. "
        "Retrieved on November 3, 2026 from incidents.example/cite/23."
    )
    assert "author" not in citations.bibtex(lonely)
    assert "editor" not in citations.bibtex(lonely)
    assert "AU  -" not in citations.ris(lonely)
    assert "ED  -" not in citations.ris(lonely)
    item = json.loads(citations.csl_json(lonely))[0]
    assert {"author", "editor", "publisher"}.isdisjoint(item)


@pytest.mark.parametrize(
    ("editor", "shown"),
    [
        (("", "Hopper"), "in Hopper (ed.) Example"),
        (("Grace", ""), "in Grace (ed.) Example"),
        (("", " "), "in Example"),
        (("太郎", "山田"), "in 山田太郎 (ed.) Example"),
    ],
)
def test_editors_with_part_of_a_name_are_named_by_it(editor, shown):
    assert shown in citations.text(cited(editors=(editor,)))


def test_titles_that_end_their_sentence_get_no_second_full_stop():
    assert "23: Why? in " in citations.text(cited(title="Why?"))


def test_bibtex_is_an_article_with_the_known_key():
    assert citations.bibtex(CITED) == (
        "@article{aiid:23,\n"
        "  author = {Byron, Ada Lovelace},\n"
        "  editor = {Hopper, Grace and Turing, Alan},\n"
        "  journal = {Example Incident Database},\n"
        "  publisher = {Example Press},\n"
        "  title = {{Incident Number 23: A shuttle bus was struck}},\n"
        "  url = {https://incidents.example/cite/23/},\n"
        "  year = {2017},\n"
        "  urldate = {2026-11-03},\n"
        "  note = {Retrieved November 2026 from incidents.example/cite/23},\n"
        "}\n"
    )


def test_bibtex_escapes_what_tex_would_read():
    entry = citations.bibtex(cited(title="50% of {A_B} & C\\D #1 $2 ~^ }", url="https://a.b/{x}"))
    assert (
        r"50\% of {\textbraceleft}A\_B{\textbraceright} \& C{\textbackslash}D \#1 \$2 "
        r"{\textasciitilde}{\textasciicircum} {\textbraceright}"
    ) in entry
    assert "url = {https://a.b/%7Bx%7D}" in entry
    assert entry.count("{") == entry.count("}")


def test_bibtex_keeps_names_of_groups_whole():
    assert "author = {{CSET annotators}}" in citations.bibtex(cited(submitter="CSET annotators"))
    assert "author = {{Sons, Smith and}}" in citations.bibtex(cited(submitter="Smith and Sons"))
    assert "author = {{A, B, C}}" in citations.bibtex(cited(submitter="A, B, C"))


def test_ris_is_one_record_of_tagged_lines():
    assert citations.ris(CITED).split("\r\n") == [
        "TY  - ELEC",
        "ID  - aiid:23",
        "AU  - Byron, Ada Lovelace",
        "ED  - Hopper, Grace",
        "ED  - Turing, Alan",
        "TI  - Incident Number 23: A shuttle bus was struck",
        "T2  - Example Incident Database",
        "PB  - Example Press",
        "PY  - 2017",
        "DA  - 2017/11/08",
        "Y2  - 2026/11/03",
        "UR  - https://incidents.example/cite/23/",
        "ER  - ",
        "",
    ]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\x00", "\u2028", "\x85", "\t"])
def test_ris_values_cannot_start_a_line_of_their_own(separator):
    broken = cited(
        title=f"One{separator}ER  - ",
        submitter=f"A{separator}TY  - B",
        url=f"https://a.example/{separator}x",
        database=f"D{separator}PB  - x",
    )
    lines = citations.ris(broken).splitlines()
    assert sum(line.startswith(("ER", "TY", "PB")) for line in lines) == 3
    assert "TI  - Incident Number 23: One ER -" in lines


def test_csl_json_says_the_same():
    assert json.loads(citations.csl_json(CITED)) == [
        {
            "id": "aiid:23",
            "type": "webpage",
            "author": [{"family": "Byron", "given": "Ada Lovelace"}],
            "editor": [
                {"family": "Hopper", "given": "Grace"},
                {"family": "Turing", "given": "Alan"},
            ],
            "title": "Incident Number 23: A shuttle bus was struck",
            "container-title": "Example Incident Database",
            "publisher": "Example Press",
            "issued": {"date-parts": [[2017, 11, 8]]},
            "accessed": {"date-parts": [[2026, 11, 3]]},
            "number": "23",
            "URL": "https://incidents.example/cite/23/",
        }
    ]


def test_csl_json_keeps_names_of_groups_whole():
    item = json.loads(citations.csl_json(cited(submitter="CSET annotators")))[0]
    assert item["author"] == [{"literal": "CSET annotators"}]

from __future__ import annotations

import csv
import io
import itertools

import pytest

from incidentbase.formats import tables


def test_each_row_is_one_line_ended_by_cr_lf():
    assert list(tables.csv_lines(["a", "b"], [["1", "two"], ["", "日本"]])) == [
        "a,b\r\n",
        "1,two\r\n",
        ",日本\r\n",
    ]


def test_cells_come_back_as_they_were():
    rows = [["a,b", 'say "x"', "line\nbreak", "cr\r\nlf", " blanks "]]
    written = "".join(tables.csv_lines(["1", "2", "3", "4", "5"], rows))
    assert '"say ""x"""' in written
    assert list(csv.reader(io.StringIO(written, newline=""), strict=True))[1:] == rows


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\t=1", "\r=1", "-", "-1+2", "＝1"]
)
def test_formulas_are_defused(cell):
    header, row = list(tables.csv_lines([cell], [[cell]]))
    assert next(csv.reader(io.StringIO(header, newline=""))) == [f"'{cell}"]
    assert next(csv.reader(io.StringIO(row, newline=""))) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-1", "+2", "-0.5", "-1,5", "-3e-7", "a=b", "x-y", ""])
def test_numbers_and_ordinary_words_stay_as_they_are(cell):
    _header, row = list(tables.csv_lines(["a", "b"], [["x", cell]]))
    assert next(csv.reader(io.StringIO(row, newline=""))) == ["x", cell]


def test_rows_are_written_as_they_come():
    endless = ([str(number)] for number in itertools.count())
    lines = tables.csv_lines(["n"], endless)
    assert list(itertools.islice(lines, 3)) == ["n\r\n", "0\r\n", "1\r\n"]


@pytest.mark.parametrize("cell", ["=1", "'=1", "''=1", "'plain", "-1", "it's", "'"])
def test_guarded_cells_come_back_as_they_were(cell):
    written = "".join(tables.csv_lines(["a", "b"], [[cell, "x"]]))
    assert tables.read(written, most_rows=9).lines[0].cells == (cell, "x")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_separates_its_cells(separator):
    text = f'"a;,|\t"{separator}b\r\n"two\nlines"{separator}x\n\n{separator}\n3{separator}y,;'
    found = tables.read(text.rstrip(",;"), most_rows=9)
    assert found.header == ("a;,|", "b")
    assert found.lines == (tables.Line(2, ("two\nlines", "x")), tables.Line(6, ("3", "y")))


def test_short_rows_are_filled_and_long_ones_told():
    found = tables.read("a,b,\n1\n1,2,3,,4\n1,2,,\n", most_rows=9)
    assert found.header == ("a", "b")
    assert [line.cells for line in found.lines] == [("1", ""), ("1", "2"), ("1", "2")]
    assert [line.more for line in found.lines] == [0, 2, 0]


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", tables.EMPTY, 0),
        (" \n\n", tables.EMPTY, 0),
        ("a,,c\n1,2,3", tables.UNNAMED, 1),
        ("\n,,\na,,c\n1,2,3", tables.UNNAMED, 3),
        ('a,b\n1,"two\n3,4', tables.BROKEN, 2),
        ('a,b\n1,"two"x', tables.BROKEN, 2),
        ("a\n1\n2\n3", tables.TOO_MANY_ROWS, 4),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text, why, line):
    with pytest.raises(tables.Unreadable) as refused:
        tables.read(text, most_rows=2)
    assert (refused.value.why, refused.value.line) == (why, line)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_spreadsheets_are_told_apart(encoding):
    assert tables.decoded("a,é日\n1,2".encode(encoding)) == "a,é日\n1,2"


def test_other_encodings_are_refused_with_the_line():
    with pytest.raises(tables.Unreadable) as refused:
        tables.decoded("a,b\n1,é\n".encode("cp1252"))
    assert (refused.value.why, refused.value.line) == (tables.NO_TEXT, 2)

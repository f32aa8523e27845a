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

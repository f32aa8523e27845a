"""What is asked about a table of answers: what its columns mean, how to read it; in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.formats import tables
from incidentbase.kit import text
from incidentbase.serve.web.forms import classifying
from incidentbase.serve.web.naming import record
from incidentbase.store.classifying import cells, columns, planning, rules
from incidentbase.store.classifying.planning import How, Outcome
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import rules as taxonomies

MOST_BYTES = 2_000_000
LONGEST_MODEL = 200
SAMPLES = 3
LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed about a table: the meaning of each column, and how to take it over."""

    meanings: tuple[str, ...]
    how: How
    leaves_out: bool
    seen: str


def asked(post: QueryDict, header: Sequence[str], fields: rules.Fields) -> Asked:
    """Return what a post says; columns that it does not name are guessed."""
    guessed = columns.guessed(header, fields)
    separator = post.get("separator", "")
    is_machine = post.get("method") == taxonomies.MODEL
    return Asked(
        meanings=tuple(
            post.get(f"column-{at}", one).replace("\0", "") for at, one in enumerate(guessed)
        ),
        how=How(
            separator=separator if separator in cells.SEPARATORS else "",
            clears=post.get("empty") == "clear",
            publishes=post.get("publishes") == "true",
            method=taxonomies.MODEL if is_machine else taxonomies.IMPORTED,
            model=text.without_hidden(post.get("model", "")).strip()[:LONGEST_MODEL]
            if is_machine
            else "",
        ),
        leaves_out=post.get("leaves_out") == "true",
        seen=post.get("seen", "")[:64],
    )


def unreadable(refused: tables.Unreadable) -> str:
    """Return why a file is no table, as a sentence."""
    line = {"line": refused.line}
    return {
        tables.NO_TEXT: _("Line %(line)s is not UTF-8. Save the table as CSV UTF-8.") % line,
        tables.EMPTY: _("The table is empty."),
        tables.BROKEN: _("A quotation mark in line %(line)s has no end.") % line,
        tables.UNNAMED: _("The first line must name every column."),
        tables.TOO_MANY_ROWS: too_many(),
    }[refused.why]


def too_many() -> str:
    """Return that a table has too many rows."""
    return ngettext(
        "There can be %(number)s row at most; part the table, or use the command line.",
        "There can be %(number)s rows at most; part the table, or use the command line.",
        columns.MOST_ROWS,
    ) % {"number": columns.MOST_ROWS}


def too_large() -> str:
    """Return that a table is too large for a page."""
    return _("The table is larger than %(size)s MB; part it, or use the command line.") % {
        "size": MOST_BYTES // 1_000_000
    }


def meaning_in_words(meaning: str) -> str:
    """Return what a column can stand for."""
    said = {
        columns.INCIDENT: _("Number of the incident"),
        columns.REPORT: _("Number of the report"),
        columns.KIND: _("“incident” or “report”"),
        columns.NUMBER: _("Number of that record"),
        columns.PUBLISHED: _("Published, yes or no"),
        columns.NOTES: _("Notes"),
        columns.LEFT_OUT: _("Nothing: leave it out"),
    }
    return said.get(meaning) or meaning.removeprefix(columns.ANSWER)


def columns_shown(
    table: tables.Table, meanings: Sequence[str], fields: rules.Fields
) -> list[dict[str, Any]]:
    """Return each column with its first entries and what it can stand for."""
    names = rules.asked_in_order(fields)
    shown = []
    for at, (name, chosen) in enumerate(zip(table.header, meanings, strict=True)):
        samples: dict[str, None] = {}
        for line in table.lines:
            if said := " ".join(line.cells[at].split()):
                samples.setdefault(text.excerpt(said, LONGEST_SAMPLE))
            if len(samples) == SAMPLES:
                break
        shown.append(
            {
                "name": f"column-{at}",
                "label": name,
                "samples": list(samples),
                "chosen": chosen,
                "usual": [
                    {"value": one, "label": meaning_in_words(one), "selected": one == chosen}
                    for one in (columns.LEFT_OUT, *columns.ROLES)
                ],
                "questions": [
                    {
                        "value": columns.ANSWER + one,
                        "label": one,
                        "selected": columns.ANSWER + one == chosen,
                    }
                    for one in names
                ],
            }
        )
    return shown


def wrong_columns(found: Sequence[tuple[str, str]]) -> list[str]:
    """Return what is wrong with the columns as a whole, as sentences."""
    said = {
        columns.NO_RECORDS: _("Say which column has the numbers of incidents or reports."),
        columns.NO_KIND: _("Say which column tells whether a number is an incident or a report."),
        columns.NO_ANSWERS: _("Say which columns have answers."),
        columns.MEANT_TWICE: _("Two columns stand for “%(name)s”."),
        columns.UNKNOWN: _("Nothing is called “%(name)s” here."),
    }
    return [said[code] % {"name": meaning_in_words(meaning)} for code, meaning in found]


def options(how: How) -> dict[str, list[dict[str, Any]]]:
    """Return what can be chosen about the reading of a table, by the names of controls."""
    separators = {
        "": _("Whatever separates them"),
        ";": _("Semicolon"),
        ",": _("Comma"),
        "|": _("Vertical bar"),
        "\n": _("Line break"),
    }
    empty = {
        "keep": pgettext("empty cells", "leave the answer as it is"),
        "clear": pgettext("empty cells", "take the answer away"),
    }
    methods = {
        taxonomies.IMPORTED: _("People gave these answers"),
        taxonomies.MODEL: _("A machine gave these answers"),
    }
    return {
        "separators": _choices(separators, how.separator),
        "empty": _choices(empty, "clear" if how.clears else "keep"),
        "methods": _choices(methods, how.method),
    }


def _choices(labels: Mapping[str, str], chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": one, "label": label, "selected": one == chosen} for one, label in labels.items()
    ]


def outcome_in_words(what: str) -> str:
    """Return what comes of a row, for a table."""
    return {
        planning.MADE: pgettext("what comes of a row", "new"),
        planning.CHANGED: pgettext("what comes of a row", "changed"),
        planning.SAME: pgettext("what comes of a row", "as it is"),
        planning.REFUSED: pgettext("what comes of a row", "refused"),
    }[what]


def problems_in_words(outcome: Outcome) -> list[tuple[str, str]]:
    """Return what is wrong with a row: the question, empty for the row itself, and a sentence."""
    return [
        (classifying.label_of(entry), _of_answer(problem))
        if entry
        else ("", _of_row(problem, outcome.row))
        for entry, problem in outcome.problems.items()
    ]


def _of_answer(problem: Problem) -> str:
    if problem.code == planning.NOT_ASKED:
        return _("This is not asked, given the other answers.")
    return classifying.in_words(problem)


def _of_row(problem: Problem, row: columns.Row) -> str:
    if problem.code == planning.NO_RECORD:
        return _("%(record)s is not here.") % {"record": record(row.kind, row.number)}
    if problem.code == planning.SAID_BEFORE:
        return _("Line %(line)s is about the same record.") % {"line": problem.limit}
    if problem.code == planning.DUPLICATE:
        return _("This number is a duplicate of incident %(number)s.") % {"number": problem.limit}
    return {
        columns.NO_NUMBER: _("There is no number of an incident or report."),
        columns.TWO_RECORDS: _("The row names two records."),
        columns.NO_TRUTH: _("Whether it is published must be “yes” or “no”."),
        columns.TOO_WIDE: _("The row has more cells than there are columns."),
    }[problem.code]


def changes_in_words(outcome: Outcome, fields: rules.Fields) -> list[dict[str, str]]:
    """Return what a row changes: the question, and its answers before and after as cells."""
    known = rules.questions(fields)
    return [
        {
            "label": classifying.label_of(entry),
            "before": _cell(entry, before, known),
            "after": _cell(entry, after, known),
        }
        for entry, before, after in outcome.changes
    ]


def _cell(entry: str, value: Any, known: Mapping[str, Mapping[str, Any]]) -> str:
    if entry == "is_published":
        return _("Yes") if value else _("No")
    if entry == "notes":
        return str(value)
    if value is None:
        return ""
    return cells.written(rules.written(value), known[entry.removeprefix(rules.ANSWER)])

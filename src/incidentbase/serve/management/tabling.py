"""`incidentbase taxonomy import`: answers of a CSV file, with what that would change."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from incidentbase.formats import tables
from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.serve.web.forms import importing as words
from incidentbase.serve.web.pages.importing import looks_like, rows_of
from incidentbase.store.accounts import rules as accounts
from incidentbase.store.classifying import actions, cells, columns, planning, queries
from incidentbase.store.classifying.planning import How, Plan
from incidentbase.store.taxonomies import rules as taxonomies

MOST_LISTED = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the import."""
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="COLUMN=MEANING",
        help=(
            "import: what a column stands for: a question, or incident, report, kind, number, "
            "published, notes, or nothing; the others are found by their names"
        ),
    )
    parser.add_argument(
        "--separator", default="", help="import: between the entries of a list; else it shows"
    )
    parser.add_argument(
        "--clear-empty", action="store_true", help="import: empty cells take answers away"
    )
    parser.add_argument("--publish", action="store_true", help="import: publish what is new")
    parser.add_argument(
        "--model", default="", help="import: a machine of this name gave the answers"
    )
    parser.add_argument(
        "--leave-out", action="store_true", help="import: leave out rows that are refused"
    )


def import_table(
    namespace: str, name: str, options: Mapping[str, Any], *, say: Callable[[str], Any]
) -> None:
    """Import a file, or say what that would change. Raises CommandError."""
    diagnosis.require_migrated()
    taxonomy = queries.definition(namespace)
    if taxonomy is None:
        raise CommandError(f"there is no taxonomy {namespace}")
    table = _table(name)
    meanings = columns.guessed(table.header, taxonomy["fields"])
    for given in options["column"]:
        column, _equals, meaning = given.partition("=")
        if column not in table.header:
            raise CommandError(f"{name} has no column {column}")
        meanings[table.header.index(column)] = _meaning(meaning)
    if wrong := words.wrong_columns(columns.wrong(meanings, taxonomy["fields"])):
        raise CommandError(f"{name}: {wrong[0]}")
    for column, meaning in zip(table.header, meanings, strict=True):
        if meaning == columns.LEFT_OUT:
            say(f"left out: column {column}")
    _import(name, taxonomy["namespace"], rows_of(table, meanings), options, say=say)


def _table(name: str) -> tables.Table:
    try:
        text = tables.decoded(Path(name).read_bytes())
        return tables.read(text, most_rows=columns.MOST_ROWS)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from None
    except tables.Unreadable as refused:
        raise CommandError(f"{name}: {words.unreadable(refused)}") from None


def _meaning(given: str) -> str:
    known = (columns.LEFT_OUT, *columns.ROLES)
    return given if given in known else columns.ANSWER + given


def _import(
    name: str,
    namespace: str,
    rows: list[columns.Row],
    options: Mapping[str, Any],
    *,
    say: Callable[[str], Any],
) -> None:
    separator = options["separator"]
    if separator not in cells.SEPARATORS:
        raise CommandError("a separator is one of ; , | or a line break")
    how = How(
        separator=separator,
        clears=options["clear_empty"],
        publishes=options["publish"],
        method=taxonomies.MODEL if options["model"] else taxonomies.IMPORTED,
        model=options["model"],
    )
    actor = accounts.system("taxonomy", clock.now())
    plan = planning.plan(namespace, rows, how=how, looks_like=looks_like, viewer=actor)
    if plan is None:
        raise CommandError(f"there is no taxonomy {namespace}")
    _tell(plan, say)
    refused = plan.counts[planning.REFUSED]
    if options["dry_run"]:
        say("Nothing was written.")
        return
    if refused and not options["leave_out"]:
        raise CommandError(
            f"{name}: {refused:,} rows are refused; mend them, or leave them out with --leave-out"
        )
    try:
        actions.import_answers(
            namespace,
            rows,
            how=how,
            looks_like=looks_like,
            seen=plan.version,
            leaves_out=options["leave_out"],
            actor=actor,
            reason=options["reason"],
        )
    except actions.PlanChanged:
        raise CommandError("somebody classified the same records meanwhile; try again") from None
    say("Written.")


def _tell(plan: Plan, say: Callable[[str], Any]) -> None:
    refused = [one for one in plan.outcomes if one.what == planning.REFUSED]
    for one in refused[:MOST_LISTED]:
        for label, problem in words.problems_in_words(one):
            say(f"line {one.row.line}: {f'{label}: ' if label else ''}{problem}")
    if len(refused) > MOST_LISTED:
        say(f"and {len(refused) - MOST_LISTED:,} rows more that are refused")
    counts = plan.counts
    say(
        f"{counts[planning.MADE]:,} new, {counts[planning.CHANGED]:,} changed, "
        f"{counts[planning.SAME]:,} as they are, {counts[planning.REFUSED]:,} refused."
    )

"""What a table of answers would change: every row looked at beside what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.kit import hashing
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.classifying import cells, queries, rules
from incidentbase.store.classifying.columns import Row
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import version_of
from incidentbase.store.reports import queries as reports
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules

# What comes of a row.
MADE, CHANGED, SAME, REFUSED = "made", "changed", "same", "refused"
# What is wrong with a row that is well formed.
NO_RECORD, DUPLICATE, SAID_BEFORE, NOT_ASKED = "no-record", "duplicate", "said-before", "not-asked"

BATCH = 500

# Whether the text of a cell is how somebody writes the stored answer to a question.
Likeness = Callable[[str, str, str], bool]


def nothing_alike(_name: str, _value_json: str, _text: str) -> bool:
    """Return that nobody writes an answer in another way."""
    return False


@dataclass(frozen=True, slots=True)
class How:
    """How a table is to be read and kept.

    `separator` is that of lists, "" when it shows; empty cells take answers away with
    `clears`; what is made is published with `publishes`; `method` and `model` say how the
    answers came to be.
    """

    separator: str = ""
    clears: bool = False
    publishes: bool = False
    method: str = taxonomy_rules.IMPORTED
    model: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of one row.

    `changes` are (entry, before, after) in the form of `rules.normal`; `problems` are by entry, ""
    stands for the row itself; `state` is the classification before, None for one to be made.
    """

    row: Row
    what: str
    changes: tuple[tuple[str, Any, Any], ...] = ()
    problems: Mapping[str, Problem] = field(default_factory=dict)
    public_id: str = ""
    state: State | None = None
    flat: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of a table: an outcome for each row, in order."""

    taxonomy: State
    outcomes: tuple[Outcome, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many rows come to what."""
        return Counter(one.what for one in self.outcomes)

    @property
    def version(self) -> str:
        """What tells this plan from one that would do anything else."""
        return hashing.digest([_told(one) for one in self.outcomes])


def _told(outcome: Outcome) -> list[Any]:
    row = outcome.row
    seen = version_of(outcome.state) if outcome.state else ""
    return [row.line, row.kind, row.number, outcome.what, outcome.changes, seen]


def plan(
    namespace: str,
    rows: Sequence[Row],
    *,
    how: How,
    looks_like: Likeness = nothing_alike,
    viewer: Viewer,
) -> Plan | None:
    """Return what comes of the rows of a table, None when there is no such taxonomy.

    A cell that `looks_like` the stored answer leaves it as it is: tables of others lose what the
    stored answer has, and it must not be lost here with them.
    """
    taxonomy = queries.definition(namespace)
    if taxonomy is None:
        return None
    known = _known(taxonomy["namespace"], rows, viewer)
    numbers = [row.number for row in rows if row.kind == "incident"]
    duplicates = {("incident", one): true for one, true in incidents.true_numbers(numbers).items()}
    lines: dict[tuple[str, int], int] = {}
    found = []
    for row in rows:
        key = (row.kind, row.number)
        if row.wrong:
            outcome = _refused(row, row.wrong)
        elif key in lines:
            outcome = _refused(row, SAID_BEFORE, lines[key])
        elif key in known:
            outcome = _outcome(row, known[key], taxonomy["fields"], how, looks_like)
        else:
            outcome = _refused(row, NO_RECORD)
        # What was said of a duplicate stays, but nobody says anything new of it.
        if key in duplicates and key not in lines and outcome.what != SAME:
            outcome = _refused(row, DUPLICATE, duplicates[key])
        found.append(outcome)
        lines.setdefault(key, row.line)
    return Plan(taxonomy, tuple(found))


def _refused(row: Row, code: str, limit: int = 0) -> Outcome:
    return Outcome(row, REFUSED, problems={"": Problem(code, limit)})


def _known(
    namespace: str, rows: Iterable[Row], viewer: Viewer
) -> dict[tuple[str, int], tuple[str, State | None]]:
    """Return what is stored of the records that the viewer may see: id and state, or neither."""
    found: dict[tuple[str, int], tuple[str, State | None]] = {}
    for kind, numbers in _numbers(rows).items():
        for start in range(0, len(numbers), BATCH):
            some = numbers[start : start + BATCH]
            found |= {(kind, number): ("", None) for number in _visible(kind, some, viewer)}
            ids_by_number = _classified(namespace, kind, some, viewer)
            states = recorded.states_of("classification", ids_by_number.values())
            found |= {
                (kind, number): (public_id, states[public_id])
                for number, public_id in ids_by_number.items()
                if (kind, number) in found and public_id in states
            }
    return found


def _numbers(rows: Iterable[Row]) -> dict[str, list[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        if not row.wrong:
            found.setdefault(row.kind, set()).add(row.number)
    return {kind: sorted(numbers) for kind, numbers in found.items()}


def _visible(kind: str, numbers: Sequence[int], viewer: Viewer) -> list[int]:
    if kind == "incident":
        seen: Any = incidents.visible_incidents(viewer).filter(incident_id__in=numbers)
        return list(seen.values_list("incident_id", flat=True))
    seen = reports.visible(viewer).filter(report_number__in=numbers)
    return list(seen.values_list("report_number", flat=True))


def _classified(
    namespace: str, kind: str, numbers: Sequence[int], viewer: Viewer
) -> dict[int, str]:
    """Return the classifications of records by their numbers; of several the first counts."""
    name = "incident__incident_id" if kind == "incident" else "report__report_number"
    rows = taxonomies.classifications(viewer).filter(
        **{f"{name}__in": numbers}, taxonomy__namespace=namespace
    )
    # The last of equal keys stays, so the first comes last.
    return dict(rows.order_by("-pk").values_list(name, "public_id"))


def visible_numbers(rows: Iterable[Row], viewer: Viewer) -> dict[str, list[int]]:
    """Return the numbers of the records that rows speak of and the viewer may see, by kind."""
    return {
        kind: sorted(
            number
            for start in range(0, len(numbers), BATCH)
            for number in _visible(kind, numbers[start : start + BATCH], viewer)
        )
        for kind, numbers in _numbers(rows).items()
    }


def _outcome(
    row: Row,
    known: tuple[str, State | None],
    fields: rules.Fields,
    how: How,
    looks_like: Likeness,
) -> Outcome:
    public_id, state = known
    now = rules.flattened(state or rules.BLANK, fields)
    texts = {name: said for name, said, *_ in (state or rules.BLANK)["attributes"]}
    wanted, problems = _wanted(row, now, texts, fields, how, looks_like)
    if not state and not wanted:
        return Outcome(row, SAME, problems=problems) if not problems else _wrong(row, problems)
    if row.is_published is not None:
        wanted["is_published"] = row.is_published
    elif not state:
        wanted["is_published"] = how.publishes
    flat = rules.without_unasked({**now, **wanted}, fields)
    problems |= rules.problems_of(flat, now, fields)
    for entry, value in wanted.items():
        if entry.startswith(rules.ANSWER) and value is not None and flat[entry] is None:
            problems.setdefault(entry, Problem(NOT_ASKED))
    if problems:
        return _wrong(row, problems)
    changes = tuple(
        (entry, now.get(entry), flat[entry])
        for entry in flat
        if flat[entry] != now.get(entry) and not entry.startswith(rules.SOURCE)
    )
    what = (CHANGED if changes else SAME) if state else MADE
    return Outcome(row, what, changes, public_id=public_id, state=state, flat=flat)


def _wrong(row: Row, problems: Mapping[str, Problem]) -> Outcome:
    return Outcome(row, REFUSED, problems=problems)


def _wanted(
    row: Row,
    now: Mapping[str, Any],
    texts: Mapping[str, str],
    fields: rules.Fields,
    how: How,
    looks_like: Likeness,
) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Return the entries that a row says otherwise than they are, and what is wrong with it."""
    asked = rules.questions(fields)
    wanted: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name, text in row.cells.items():
        entry = rules.ANSWER + name
        if name in texts and text and looks_like(name, texts[name], text):
            continue
        answer = cells.read(text, asked[name], how.separator)
        if cells.is_blank(answer):
            if how.clears and now[entry] is not None:
                wanted[entry] = wanted[rules.SOURCE + name] = None
            continue
        if asked[name]["display_type"] == rules.NESTED and isinstance(answer, str):
            problems[entry] = Problem(rules.NOT_PERMITTED, said=answer)
            continue
        value = rules.normal(answer, asked[name])
        if value != now[entry]:
            wanted[entry] = value
            wanted[rules.SOURCE + name] = None
    if row.notes or (row.notes is not None and how.clears):
        notes = rules.normal(row.notes, {"display_type": rules.OF_SEVERAL_LINES}) or ""
        if notes != now["notes"]:
            wanted["notes"] = notes
    return wanted, problems

"""What the columns of a table of answers stand for, and what its rows say of which records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from incidentbase.store.classifying import rules

INCIDENT, REPORT, KIND, NUMBER = "incident", "report", "kind", "number"
PUBLISHED, NOTES, LEFT_OUT = "published", "notes", ""
ROLES = (INCIDENT, REPORT, KIND, NUMBER, PUBLISHED, NOTES)
# Before the name of a question.
ANSWER = rules.ANSWER

# What is wrong with the columns as a whole.
NO_RECORDS, NO_ANSWERS, MEANT_TWICE, NO_KIND, UNKNOWN = (
    "no-records",
    "no-answers",
    "meant-twice",
    "no-kind",
    "unknown",
)
# What is wrong with a row.
NO_NUMBER, TWO_RECORDS, NO_TRUTH, TOO_WIDE = "no-number", "two-records", "no-truth", "too-wide"

MOST_ROWS = 5_000

# How others call what is no answer; the reference's files among them (spec aiid-interface §5.2).
_USUAL = {
    "incident id": INCIDENT,
    "incident": INCIDENT,
    "incident number": INCIDENT,
    "report number": REPORT,
    "report": REPORT,
    "report id": REPORT,
    "kind": KIND,
    "number": NUMBER,
    "published": PUBLISHED,
    "publish": PUBLISHED,
    "notes": NOTES,
}
_NUMBER = re.compile(r"#?(\d{1,9})(?:\.0)?", re.ASCII)
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says: the record, the cells of questions by name, and what is wrong with it.

    `is_published` and `notes` are None where the row says nothing of them.
    """

    line: int
    kind: str = ""
    number: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)
    is_published: bool | None = None
    notes: str | None = None
    wrong: str = ""


def guessed(header: Sequence[str], fields: rules.Fields) -> list[str]:
    """Return what each column probably stands for: by the names of questions, then the usual.

    No two columns get the same meaning; LEFT_OUT is what nobody knows.
    """
    by_name = {_plain(name): ANSWER + name for name in rules.questions(fields)}
    found: list[str] = []
    for name in header:
        exact = ANSWER + name if name in rules.questions(fields) else ""
        meant = exact or _USUAL.get(_plain(name)) or by_name.get(_plain(name)) or LEFT_OUT
        found.append(meant if meant not in found else LEFT_OUT)
    return found


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[_\s]+", " ", name).split()).casefold()


def wrong(meanings: Sequence[str], fields: rules.Fields) -> list[tuple[str, str]]:
    """Return what is wrong with the columns, as codes with the meaning that is concerned."""
    asked = rules.questions(fields)
    found = []
    for meaning in dict.fromkeys(meanings):
        name = meaning.removeprefix(ANSWER)
        is_known = meaning in (LEFT_OUT, *ROLES) or (meaning != name and name in asked)
        if not is_known:
            found.append((UNKNOWN, meaning))
        elif meaning != LEFT_OUT and meanings.count(meaning) > 1:
            found.append((MEANT_TWICE, meaning))
    if not {INCIDENT, REPORT, NUMBER} & set(meanings):
        found.append((NO_RECORDS, ""))
    elif NUMBER in meanings and KIND not in meanings:
        found.append((NO_KIND, ""))
    if not any(one.startswith(ANSWER) or one in (NOTES, PUBLISHED) for one in meanings):
        found.append((NO_ANSWERS, ""))
    return found


def row(line: int, cells: Sequence[str], meanings: Sequence[str], *, more: int = 0) -> Row:
    """Return what a row says, given what its columns stand for."""
    said = {meaning: cell.strip() for meaning, cell in zip(meanings, cells, strict=True) if meaning}
    kind, number, problem = _record(said)
    published = said.get(PUBLISHED, "")
    if not problem and more:
        problem = TOO_WIDE
    if not problem and published and published.casefold() not in _TRUTHS:
        problem = NO_TRUTH
    return Row(
        line=line,
        kind=kind,
        number=number,
        cells={
            meaning.removeprefix(ANSWER): cell
            for meaning, cell in said.items()
            if meaning.startswith(ANSWER)
        },
        is_published=_TRUTHS.get(published.casefold()),
        notes=said.get(NOTES),
        wrong=problem,
    )


def _record(said: Mapping[str, str]) -> tuple[str, int, str]:
    """Return the kind and number of the record, and what is wrong with them."""
    named = [(kind, said[kind]) for kind in (INCIDENT, REPORT) if said.get(kind)]
    if said.get(NUMBER):
        named.append((said.get(KIND, "").casefold(), said[NUMBER]))
    if len(set(named)) > 1:
        return "", 0, TWO_RECORDS
    kind, number = named[0] if named else ("", "")
    found = _NUMBER.fullmatch(number)
    if not found or kind not in (INCIDENT, REPORT):
        return "", 0, NO_NUMBER
    return kind, int(found[1]), ""

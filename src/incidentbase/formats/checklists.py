"""Risk checklists as others read them: the reference's JSON, and that as CSV and Markdown.

The shape is that of the reference database (spec aiid-interface §1.13): a dict with `name`,
`about`, `tags_goals`, `tags_methods`, `tags_other` and `risks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from incidentbase.formats import tables

Shape = Mapping[str, Any]

_HEADS = (
    ("Name", "name"),
    ("About", "about"),
    ("Goals", "tags_goals"),
    ("Methods", "tags_methods"),
    ("Other tags", "tags_other"),
)
_COLUMNS = ("Title", "Tags", "Status", "Severity", "Likelihood", "Precedents", "Notes")
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_NUMBERED = re.compile(r"^(\d+)([.)])", re.MULTILINE)


def csv_lines(checklist: Shape) -> Iterator[str]:
    """Yield a checklist as a table: five rows that describe it, then one for each risk."""
    heads = [(label, _cell(checklist[key])) for label, key in _HEADS]
    risks = (
        (
            risk["title"],
            _cell(risk["tags"]),
            risk["risk_status"],
            risk["severity"],
            risk["likelihood"],
            ", ".join(str(one["incident_id"]) for one in risk["precedents"]),
            risk["risk_notes"],
        )
        for risk in checklist["risks"]
    )
    # A cell of its own would be taken for a formula and marked; the reference writes it so too.
    marker = "== Risks ==\r\n"
    yield from tables.csv_lines(heads[0], heads[1:])
    yield "\r\n"
    yield marker
    yield from tables.csv_lines(_COLUMNS, risks)


def _cell(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def markdown(checklist: Shape, *, incident_url: str) -> str:
    """Return a checklist as a Markdown document; `incident_url` ends before an incident's number.

    What people wrote is text in it, never markup.
    """
    parts = [f"# {_plain(checklist['name'])}", _paragraphs(checklist["about"])]
    for label, key in _HEADS[2:]:
        if checklist[key]:
            parts += [f"## {label}", "\n".join(f"- {_plain(tag)}" for tag in checklist[key])]
    parts.append("## Risks")
    for risk in checklist["risks"]:
        parts += [f"### {_plain(risk['title'])}", "\n".join(_facts(risk))]
        parts.append(_paragraphs(risk["risk_notes"]))
        parts.append(
            "\n".join(
                f"- [{_plain(one['title'])}]({incident_url}{one['incident_id']}/)"
                for one in risk["precedents"]
            )
        )
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(risk: Mapping[str, Any]) -> Iterator[str]:
    if risk["generated"]:
        yield "- Suggested by precedents, not yet annotated"
    named = (("Status", "risk_status"), ("Severity", "severity"), ("Likelihood", "likelihood"))
    for label, key in named:
        if risk[key]:
            yield f"- {label}: {_plain(risk[key])}"
    if risk["tags"]:
        yield f"- Tags: {_plain(', '.join(risk['tags']))}"
    yield f"- Precedents: {len(risk['precedents'])}"


def _plain(text: str) -> str:
    return _NUMBERED.sub(r"\1\\\2", _MARKS.sub(r"\\\1", " ".join(text.split())))


def _paragraphs(text: str) -> str:
    return "\n\n".join(_plain(part) for part in re.split(r"\n\s*\n", text) if part.strip())

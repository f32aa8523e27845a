"""Answers as the cells of a table, there and back without loss.

One entry of a list is the text itself; several are separated by semicolons. Where an entry has a
semicolon of its own, and for groups of answers, the cell is JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidentbase.store.classifying import rules

SEPARATOR = ";"
# What may separate the entries of a list in the tables of others; "" finds out.
SEPARATORS = ("", ";", ",", "|", "\n")

_TRUTHS = {
    "true": "true",
    "yes": "true",
    "1": "true",
    "false": "false",
    "no": "false",
    "0": "false",
}
_UNAMBIGUOUS = re.compile(r"[;|\n]")


def written(value_json: str, definition: Mapping[str, Any]) -> str:
    """Return an answer as the text of a cell; `read` makes the same answer of it."""
    value = rules.stored(value_json, definition)
    if value is None:
        return ""
    if definition["display_type"] == rules.NESTED:
        return json.dumps([rules.answers_of_group(one) for one in value], ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _joined(value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _joined(entries: Sequence[Any]) -> str:
    texts = [str(one) for one in entries]
    is_plain = all(isinstance(one, str) and one == one.strip() for one in entries) and not any(
        _UNAMBIGUOUS.search(one) for one in texts
    )
    if is_plain and not texts[0].startswith("["):
        return f"{SEPARATOR} ".join(texts)
    return json.dumps(list(entries), ensure_ascii=False)


def read(text: str, definition: Mapping[str, Any], separator: str = "") -> Any:
    """Return the answer in a cell, in the form that drafts have (see `ClassificationDraft`).

    Values are found whatever their letter case. What makes no sense stays the text that it is, so
    that it is refused with its own words.
    """
    kind = definition["display_type"]
    said = text.strip()
    if not said:
        return () if kind in (*rules.LISTS, rules.NESTED) else ""
    if kind == rules.NESTED:
        return _groups(said)
    if kind in rules.LISTS:
        entries = _entries(said, definition, separator)
        return tuple(_permitted(one, definition) for one in entries)
    if kind == "bool":
        return _TRUTHS.get(said.casefold(), said)
    return _permitted(said, definition) if kind == "enum" else said


def _groups(said: str) -> Any:
    """Return groups of answers; the text when it is not a JSON list of objects."""
    groups = _json(said)
    if not isinstance(groups, list) or not all(isinstance(one, dict) for one in groups):
        return said
    return tuple(groups)


def _entries(said: str, definition: Mapping[str, Any], separator: str) -> Iterable[str]:
    whole = _json(said) if said.startswith("[") else None
    if isinstance(whole, list):
        return [str(one) for one in whole]
    permitted = _normal_values(definition)
    if separator:
        parts = said.split(separator)
    elif _line(said) in permitted:
        parts = [said]
    elif _UNAMBIGUOUS.search(said):
        parts = _UNAMBIGUOUS.split(said)
    else:
        # A comma is part of many names; only known values tell what it separates.
        parts = said.split(",") if permitted else [said]
    if separator in ("", ",") and len(parts) > 1 and "," in said:
        return _rejoined(parts, permitted)
    return [one.strip() for one in parts if one.strip()]


def _rejoined(parts: Sequence[str], permitted: Mapping[str, str]) -> list[str]:
    """Return parts with those put together again that are one permitted value with commas."""
    found: list[str] = []
    at = 0
    while at < len(parts):
        end = next(
            (e for e in range(len(parts), at + 1, -1) if _line(",".join(parts[at:e])) in permitted),
            at + 1,
        )
        found.append(",".join(parts[at:end]).strip())
        at = end
    return [one for one in found if one]


def _permitted(said: str, definition: Mapping[str, Any]) -> str:
    return said if rules.is_permitted(said, definition) else _spelled(said, definition)


def _spelled(said: str, definition: Mapping[str, Any]) -> str:
    return _normal_values(definition).get(_line(said), said)


def _normal_values(definition: Mapping[str, Any]) -> dict[str, str]:
    """Return the permitted values by how they read without letter case and stray blanks."""
    return {_line(str(one)): str(one) for one in reversed(definition["permitted_values"])}


def _line(text: str) -> str:
    return " ".join(text.split()).casefold()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def is_blank(answer: Any) -> bool:
    """Return whether a cell said nothing."""
    return answer in ("", ())

"""One incident as a citation: text, BibTeX, RIS and CSL-JSON.

The wording of the text and the fields of BibTeX are those readers of the reference database already
copy. What a record lacks (editors, a submitter) is left out, never invented.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# Submitters that are groups: their names have no family name to put first.
COLLECTIVES = frozenset({"cset annotators"})

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

# Names in these scripts put the family name first already.
_FAMILY_FIRST = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TRAILING_PARENTHESIS = re.compile(r"\s+\([^()]*\)$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# BibTeX counts braces even after a backslash, so braces need names.
_BIBTEX_SPECIAL = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}", "^": r"{\textasciicircum}",
    "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CitedIncident:
    """What a citation says of an incident; `submitter` as written, editors as (first, last)."""

    incident_id: int
    title: str
    date: dt.date
    submitter: str
    editors: tuple[tuple[str, str], ...]
    url: str
    database: str
    publisher: str
    retrieved_on: dt.date


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in two parts, or in one when it has no family name to tell apart."""

    family: str
    given: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.given

    def __str__(self) -> str:
        return f"{self.family}, {self.given}" if self.given else self.family


def text(cited: CitedIncident) -> str:
    """Return the citation as one paragraph of plain text."""
    parts = [
        _ended(str(_author(cited))) if _clean(cited.submitter) else "",
        f"({cited.date.isoformat()})",
        _ended(_heading(cited)),
        f"in {_text_editor(cited)}{_ended(_clean(cited.database))}",
        _ended(_clean(cited.publisher)) if _clean(cited.publisher) else "",
        f"Retrieved on {_long_date(cited.retrieved_on)} from {_short_address(cited.url)}.",
    ]
    return " ".join(part for part in parts if part)


def bibtex(cited: CitedIncident) -> str:
    """Return the citation as a BibTeX entry."""
    author = _author(cited)
    month = f"{MONTHS[cited.retrieved_on.month - 1]} {cited.retrieved_on.year}"
    fields = {
        "author": _bibtex_name(author) if author.family else "",
        "editor": " and ".join(map(_bibtex_name, _editors(cited))),
        "journal": _bibtex(cited.database),
        "publisher": _bibtex(cited.publisher),
        # The inner braces keep the capitals of names.
        "title": f"{{{_bibtex(_heading(cited))}}}",
        "url": _address(cited.url),
        "year": f"{cited.date.year:04}",
        "urldate": cited.retrieved_on.isoformat(),
        "note": f"Retrieved {month} from {_bibtex(_short_address(cited.url))}",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@article{{aiid:{cited.incident_id},", *lines, "}"]) + "\n"


def ris(cited: CitedIncident) -> str:
    """Return the citation as a RIS record, lines ended by CR LF."""
    author = _author(cited)
    tags = [
        ("TY", "ELEC"),
        ("ID", f"aiid:{cited.incident_id}"),
        ("AU", str(author)),
        *(("ED", str(editor)) for editor in _editors(cited)),
        ("TI", _heading(cited)),
        ("T2", _clean(cited.database)),
        ("PB", _clean(cited.publisher)),
        ("PY", f"{cited.date.year:04}"),
        ("DA", _ris_date(cited.date)),
        ("Y2", _ris_date(cited.retrieved_on)),
        ("UR", _address(cited.url)),
    ]
    lines = [f"{tag}  - {value}" for tag, value in tags if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def csl_json(cited: CitedIncident) -> str:
    """Return the citation as CSL-JSON, a list of one item."""
    author = _author(cited)
    item: dict[str, Any] = {
        "id": f"aiid:{cited.incident_id}",
        "type": "webpage",
        "author": _csl_names([author] if author.family else []),
        "editor": _csl_names(_editors(cited)),
        "title": _heading(cited),
        "container-title": _clean(cited.database),
        "publisher": _clean(cited.publisher),
        "issued": _csl_date(cited.date),
        "accessed": _csl_date(cited.retrieved_on),
        "number": str(cited.incident_id),
        "URL": _address(cited.url),
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=2)


def _clean(value: str) -> str:
    """Return the value on one line without control characters."""
    return " ".join(_CONTROL.sub(" ", value).split())


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "。")) else f"{sentence}."


def _heading(cited: CitedIncident) -> str:
    return f"Incident Number {cited.incident_id}: {_clean(cited.title)}"


def _author(cited: CitedIncident) -> _Name:
    """Return the submitter, the last word first, without a parenthesis such as an employer."""
    name = _clean(cited.submitter)
    name = _TRAILING_PARENTHESIS.sub("", name)
    if "," in name or name.lower() in COLLECTIVES or _FAMILY_FIRST.search(name):
        family, _comma, given = name.partition(", ")
        return _Name(family, given)
    given, _space, family = name.rpartition(" ")
    return _Name(family, given)


def _editors(cited: CitedIncident) -> list[_Name]:
    names = [(_clean(first), _clean(last)) for first, last in cited.editors]
    return [_Name(last, first) if last else _Name(first) for first, last in names if first or last]


def _text_editor(cited: CitedIncident) -> str:
    """Return the first editor as the text names them, "" when there is none."""
    for editor in _editors(cited):
        if editor.is_whole:
            return f"{editor.family} (ed.) "
        if _FAMILY_FIRST.search(editor.family):
            return f"{editor.family}{editor.given} (ed.) "
        return f"{editor.family}, {editor.given[0]}. (ed.) "
    return ""


def _long_date(day: dt.date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _address(url: str) -> str:
    """Return the address without what could end a field."""
    return quote(url, safe="/%!$&'()*+,;=:@-._~?#[]")


def _short_address(url: str) -> str:
    return _address(url).partition("://")[2].rstrip("/") or _address(url)


def _bibtex(value: str) -> str:
    return "".join(_BIBTEX_SPECIAL.get(character, character) for character in _clean(value))


def _bibtex_name(name: _Name) -> str:
    """Return a name for a list of names; braces keep BibTeX from taking a group's name apart."""
    escaped = _bibtex(str(name))
    is_one_person = not name.is_whole and str(name).count(",") == 1
    has_and = re.search(r"\band\b", str(name), re.IGNORECASE) is not None
    return escaped if (is_one_person and not has_and) else f"{{{escaped}}}"


def _ris_date(day: dt.date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def _csl_names(names: Iterable[_Name]) -> list[dict[str, str]]:
    return [
        {"literal": name.family} if name.is_whole else {"family": name.family, "given": name.given}
        for name in names
    ]


def _csl_date(day: dt.date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}

"""Pure decisions about editing incidents and reports: what a draft says, what is wrong with it.

Only what an editor changes is held to the limits: what was imported otherwise may stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.kit import clock, text, urls
from incidentbase.store.accounts.rules import PUBLIC
from incidentbase.store.submissions import rules as limits
from incidentbase.store.submissions.rules import Problem

State = Mapping[str, Any]

RECORD = "record"
LONGEST_TEXT = 1_000_000
LONGEST_NAME = 255
MOST_ENTRIES = 200
IS_ITSELF, IS_BOTH = "is-itself", "is-both"
NO_SUCH_EDITOR, NO_SUCH_REPORT = "no-such-editor", "no-such-report"

# Made from another field, with which they clash or are taken.
DERIVED = frozenset({"plain_text", "source_domain"})

_OF_SEVERAL_LINES = frozenset({"text", "description", "editor_notes", "inputs_outputs"})

LIKE, UNLIKE = "editor_similar", "editor_dissimilar"


@dataclass(frozen=True, slots=True)
class TranslationDraft:
    """What an editor says of a record in one language; nothing at all removes the translation.

    `body` is the description of an incident or the text of a report. `is_checked` says that a
    translation which had become stale is right again.
    """

    title: str = ""
    body: str = ""
    is_checked: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.title.strip() or self.body.strip())


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """What an editor says of an incident: entities by their names, editors by account id."""

    title: str = ""
    description: str = ""
    date: str = ""
    deployers: tuple[str, ...] = ()
    developers: tuple[str, ...] = ()
    harmed: tuple[str, ...] = ()
    implicated: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    editor_notes: str = ""
    editor_similar: tuple[int, ...] = ()
    editor_dissimilar: tuple[int, ...] = ()
    translations: Mapping[str, TranslationDraft] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What an editor says of a report; days as YYYY-MM-DD."""

    url: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    submitters: tuple[str, ...] = ()
    date_published: str = ""
    date_downloaded: str = ""
    image_url: str = ""
    text: str = ""
    inputs_outputs: tuple[str, ...] = ()
    snippet_max_characters: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    editor_notes: str = ""
    is_quiet: bool = False
    incident_ids: tuple[int, ...] = ()
    translations: Mapping[str, TranslationDraft] = field(default_factory=dict)


def seal(versions: Mapping[str, str]) -> str:
    """Return the versions that a form shows, of a record and its translations, as one text."""
    return " ".join(f"{name}={digest}" for name, digest in sorted(versions.items()))


def unsealed(seen: str) -> dict[str, str]:
    """Return the versions that `seal` put together; what is none is left out."""
    pairs = (part.partition("=") for part in seen.split())
    return {name: digest for name, is_pair, digest in pairs if is_pair}


def incident_wanted(
    draft: IncidentDraft, before: State, *, entities: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the fields of an incident as a draft wants them; `entities` holds ids by role."""
    wanted = {
        "title": _line(draft.title),
        "description": _block(draft.description),
        "date": draft.date.strip(),
        "editor_notes": _block(draft.editor_notes),
        "editors": list(dict.fromkeys(draft.editors)),
        LIKE: list(dict.fromkeys(draft.editor_similar)),
        UNLIKE: list(dict.fromkeys(draft.editor_dissimilar)),
        **{role: list(named) for role, named in entities.items()},
    }
    return _with_untouched(wanted, before)


def report_wanted(draft: ReportDraft, before: State) -> dict[str, Any]:
    """Return the fields of a report as a draft wants them.

    A moment whose day did not change keeps its hour. A day or number that is none is passed on
    as it was typed, for `problems_of_report` to see.
    """
    wanted = {
        "url": draft.url.strip(),
        "title": _line(draft.title),
        "text": _block(draft.text),
        "image_url": draft.image_url.strip(),
        "language": draft.language.strip(),
        "editor_notes": _block(draft.editor_notes),
        "is_quiet": draft.is_quiet,
        "published_at": _moment(draft.date_published, before["published_at"]),
        "downloaded_at": _moment(draft.date_downloaded, before["downloaded_at"]),
        "snippet_max_characters": _number(draft.snippet_max_characters),
        "inputs_outputs": [_block(entry) for entry in draft.inputs_outputs if entry.strip()],
        **{
            name: list(dict.fromkeys(map(_line, getattr(draft, name))))
            for name in ("authors", "submitters", "tags")
        },
    }
    found = _with_plain_text(_with_untouched(wanted, before), before)
    if found["url"] != before["url"]:
        is_address = urls.is_web_url(found["url"])
        found["source_domain"] = urls.source_domain(found["url"]) if is_address else ""
    return found


def blank_report(number: int, object_id: str, *, now: str) -> dict[str, Any]:
    """Return the state of a report that says nothing yet."""
    texts = ("title", "url", "source_domain", "text", "plain_text", "image_url", "cloudinary_id")
    return {
        **dict.fromkeys((*texts, "description", "editor_notes", "submitted_by"), ""),
        "object_id": object_id,
        "report_number": number,
        "language": "en",
        "inputs_outputs": [],
        **dict.fromkeys(("published_at", "downloaded_at", "submitted_at"), now),
        **dict.fromkeys(("modified_at", "created_at"), now),
        "is_flagged": False,
        "is_quiet": False,
        "snippet_max_characters": LONGEST_TEXT,
        "authors": [],
        "submitters": [limits.ANONYMOUS],
        "tags": [],
        "visibility": PUBLIC,
        "embargoed_until": None,
    }


def with_derived(after: Mapping[str, Any], before: State) -> dict[str, Any]:
    """Return a report whose plain text and source follow its text and address."""
    found = _with_plain_text(dict(after), before)
    if found["url"] != before["url"] and urls.is_web_url(found["url"]):
        found["source_domain"] = urls.source_domain(found["url"])
    return found


def translation_wanted(draft: TranslationDraft, before: State, *, body: str) -> dict[str, Any]:
    """Return title and text of a translation as a draft wants them; `body` names its text."""
    wanted = {"title": _line(draft.title), body: _block(draft.body)}
    found = _with_untouched(wanted, before)
    return _with_plain_text(found, before) if body == "text" else found


def _with_plain_text(wanted: dict[str, Any], before: State) -> dict[str, Any]:
    if wanted["text"] == before.get("text"):
        return wanted
    return {**wanted, "plain_text": text.markdown_to_plain(wanted["text"])}


def _with_untouched(wanted: dict[str, Any], before: State) -> dict[str, Any]:
    """Return the fields, with those as they were that differ in nothing that can be seen.

    A form sends line ends and spaces otherwise than they were imported; that is no edit.
    """
    return {
        name: before[name] if name in before and _typed(name, before[name]) == value else value
        for name, value in wanted.items()
    }


def _typed(name: str, value: Any) -> Any:
    """Return a stored value as it comes back from a form in which nobody touched it."""
    if isinstance(value, list):
        return [_typed(name, one) for one in value]
    if not isinstance(value, str):
        return value
    return _block(value) if name in _OF_SEVERAL_LINES else _line(value)


def problems_of_names(draft: IncidentDraft) -> dict[str, Problem]:
    """Return what is wrong with the names of entities, by role."""
    found = {
        role: limits.each(getattr(draft, role), (1, LONGEST_NAME)) for role in limits.ENTITY_FIELDS
    }
    return {role: problem for role, problem in found.items() if problem is not None}


def problems_of_incident(before: State, after: State, *, today: dt.date) -> dict[str, Problem]:
    """Return what is wrong with the changed fields of an incident."""
    own = before.get("incident_id")
    checks = {
        "title": limits.length(after["title"], limits.TITLE, is_needed=True),
        "description": limits.length(after["description"], (3, 10_000), is_needed=True),
        "date": limits.day(after["date"], today, is_needed=True),
        "editor_notes": limits.length(
            after["editor_notes"], (0, limits.LONGEST_NOTES), is_needed=False
        ),
        LIKE: _numbers(after[LIKE], own, others=after[UNLIKE]),
        UNLIKE: _numbers(after[UNLIKE], own, others=()),
    }
    return _of_changed(checks, before, after)


def problems_of_report(before: State, after: State, *, today: dt.date) -> dict[str, Problem]:
    """Return what is wrong with the changed fields of a report; a variant needs no source."""
    needed = is_complete(before)
    shortest = limits.TEXT[0] if needed else 1
    checks = {
        "url": limits.address(after["url"], is_needed=needed),
        "title": limits.length(after["title"], limits.TITLE, is_needed=needed),
        "text": limits.length(after["text"], (shortest, LONGEST_TEXT), is_needed=needed),
        "authors": limits.names_together(after["authors"], is_needed=needed),
        "submitters": limits.names_together(after["submitters"], is_needed=False),
        "published_at": _typed_moment(after["published_at"], today),
        "downloaded_at": _typed_moment(after["downloaded_at"], today),
        "image_url": limits.address(after["image_url"], is_needed=False),
        "language": limits.length(after["language"], (2, 10), is_needed=True),
        "editor_notes": limits.length(
            after["editor_notes"], (0, limits.LONGEST_NOTES), is_needed=False
        ),
        "tags": limits.each(after["tags"], (1, limits.LONGEST_TAG)),
        "snippet_max_characters": _count(after["snippet_max_characters"]),
        "inputs_outputs": limits.each(after["inputs_outputs"], (1, LONGEST_TEXT)),
    }
    return _of_changed(checks, before, after)


def problem_of_translation(draft: TranslationDraft) -> Problem | None:
    """Return what is wrong with a translation that says anything."""
    if problem := limits.length(draft.title, (1, limits.TITLE[1]), is_needed=True):
        return problem
    return limits.length(draft.body, (0, LONGEST_TEXT), is_needed=False)


def is_complete(report: State) -> bool:
    """Return whether a report is an incident or issue report rather than a variant."""
    return bool(report["title"] and report["url"] and report["source_domain"])


def as_likeness(state: State, number: int, *, kind: str | None) -> dict[str, Any]:
    """Return an incident's lists with another's number in the one named, and in no other.

    All else that editors said in them stays.
    """
    return {
        name: [one for one in state[name] if one != number] + ([number] if name == kind else [])
        if (number in state[name]) != (name == kind)
        else list(state[name])
        for name in (LIKE, UNLIKE)
    }


def _of_changed(
    checks: Mapping[str, Problem | None], before: State, after: State
) -> dict[str, Problem]:
    return {
        name: problem
        for name, problem in checks.items()
        if problem is not None and before.get(name) != after[name]
    }


def _numbers(numbers: Sequence[int], own: Any, *, others: Iterable[int]) -> Problem | None:
    if len(numbers) > MOST_ENTRIES:
        return Problem(limits.TOO_LONG, MOST_ENTRIES)
    if own in numbers:
        return Problem(IS_ITSELF)
    both = sorted(set(numbers) & set(others))
    return Problem(IS_BOTH, both[0]) if both else None


def _typed_moment(moment: str, today: dt.date) -> Problem | None:
    return limits.day(moment[:10] if "T" in moment else moment, today, is_needed=True)


def _count(value: Any) -> Problem | None:
    if not isinstance(value, int) or value < 0:
        return Problem(limits.MISSING)
    return Problem(limits.TOO_LONG, LONGEST_TEXT) if value > LONGEST_TEXT else None


def _moment(typed: str, before: str) -> str:
    day = typed.strip()
    if before and before[:10] == day:
        return before
    try:
        return clock.iso(clock.midnight(dt.date.fromisoformat(day))) or day
    except ValueError:
        return day


def _number(typed: str) -> int | str:
    digits = typed.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 9
    return int(digits) if is_number else digits


def _line(typed: str) -> str:
    return " ".join(text.without_hidden(typed).split())


def _block(typed: str) -> str:
    return text.without_hidden(typed.replace("\r\n", "\n")).strip()

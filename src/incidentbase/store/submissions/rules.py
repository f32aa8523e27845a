"""Pure decisions about submissions: what a field must be like, and which step may follow which.

The limits are those of the reference's form (spec aiid-site §4.2, §4.7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from incidentbase.kit import urls

State = Mapping[str, Any]

PENDING, IN_REVIEW, PROMOTED, REJECTED = "pendingReview", "inReview", "promoted", "rejected"
STATUSES = (PENDING, IN_REVIEW, PROMOTED, REJECTED)
OPEN = frozenset({PENDING, IN_REVIEW, ""})

# What a submission becomes: a new incident, a report of existing ones, a report of none, or a
# variant of existing ones.
Target = Literal["new", "existing", "issue", "variant"]

MISSING, TOO_SHORT, TOO_LONG = "missing", "too-short", "too-long"
NOT_A_DATE, IN_FUTURE, NOT_AN_ADDRESS = "not-a-date", "in-the-future", "not-an-address"
NO_SUCH_INCIDENT = "no-such-incident"

TITLE = (6, 500)
TEXT = (80, 50_000)
# All names of a list together.
NAMES = (3, 200)
ENTITY = (3, 199)
DESCRIPTION = (3, 500)
LONGEST_URL = 2_000
LONGEST_NOTES = 10_000
LONGEST_LIST = 100
LONGEST_TAG = 200

# Who gives no name.
ANONYMOUS = "Anonymous"

ENTITY_FIELDS = ("deployers", "developers", "harmed", "implicated")
NEEDED_BY_INCIDENT = ("deployers", "developers", "harmed")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field.

    `limit` is the length or number that it should keep to, `said` the part of it that is wrong.
    """

    code: str
    limit: int = 0
    said: str = ""

    @property
    def is_never_kept(self) -> bool:
        """Whether not even an unfinished submission is kept with it."""
        return self.code in {TOO_LONG, NOT_AN_ADDRESS}


def problems(state: State, *, today: dt.date) -> dict[str, Problem]:
    """Return what keeps a submission from being taken in, by field; nothing when all is well."""
    payload = state["payload"]
    found = {
        "url": address(state["url"], is_needed=True),
        "title": length(state["title"], TITLE, is_needed=True),
        "text": length(state["text"], TEXT, is_needed=True),
        "authors": names_together(payload["authors"], is_needed=True),
        "submitters": names_together(payload["submitters"], is_needed=False),
        "date_published": day(state["date_published"], today, is_needed=True),
        "date_downloaded": day(state["date_downloaded"], today, is_needed=True),
        "incident_date": day(state["incident_date"], today, is_needed=False),
        "image_url": address(state["image_url"], is_needed=False),
        "incident_title": length(state["incident_title"], (0, TITLE[1]), is_needed=False),
        "description": length(state["description"], DESCRIPTION, is_needed=False),
        "editor_notes": length(state["editor_notes"], (0, LONGEST_NOTES), is_needed=False),
        "tags": each(payload["tags"], (1, LONGEST_TAG)),
        **{name: each(payload[name], ENTITY) for name in ENTITY_FIELDS},
    }
    return {name: problem for name, problem in found.items() if problem is not None}


def problems_of_link(url: str) -> dict[str, Problem]:
    """Return what keeps a bare link from being taken in."""
    problem = address(url.strip(), is_needed=True)
    return {"url": problem} if problem else {}


def problems_of_tags(tags: Sequence[str]) -> Problem | None:
    """Return what is wrong with tags, None when nothing is."""
    return each(tags, (1, LONGEST_TAG))


def problems_of_promotion(
    state: State, target: Target, numbers: Sequence[int], *, today: dt.date
) -> dict[str, Problem]:
    """Return what keeps a submission from becoming what an editor wants it to be."""
    found = problems(state, today=today)
    if target == "variant":
        # It has no source and no title of its own.
        found = {name: problem for name, problem in found.items() if name == "text"}
    if target in ("existing", "variant") and not numbers:
        found["incident_ids"] = Problem(MISSING)
    if target == "new":
        if not state["incident_title"]:
            # The title of the report serves as well.
            found.pop("incident_title", None)
        for name in ("incident_date", "description"):
            if not state[name]:
                found[name] = Problem(MISSING)
        for name in NEEDED_BY_INCIDENT:
            if not state["payload"][name]:
                found[name] = Problem(MISSING)
    return found


def length(text: str, limits: tuple[int, int], *, is_needed: bool) -> Problem | None:
    """Return what is wrong with the length of a text; `limits` are the least and the most."""
    characters = len(text.strip())
    if not characters:
        return Problem(MISSING) if is_needed else None
    if characters < limits[0]:
        return Problem(TOO_SHORT, limits[0])
    return Problem(TOO_LONG, limits[1]) if characters > limits[1] else None


def address(url: str, *, is_needed: bool) -> Problem | None:
    """Return what is wrong with a web address."""
    if not url.strip():
        return Problem(MISSING) if is_needed else None
    if len(url) > LONGEST_URL:
        return Problem(TOO_LONG, LONGEST_URL)
    return None if urls.is_web_url(url) else Problem(NOT_AN_ADDRESS)


def day(text: str, today: dt.date, *, is_needed: bool) -> Problem | None:
    """Return what is wrong with a day as it was typed; days to come are wrong too."""
    if not text.strip():
        return Problem(MISSING) if is_needed else None
    try:
        typed = dt.date.fromisoformat(text)
    except ValueError:
        return Problem(NOT_A_DATE)
    return Problem(IN_FUTURE) if typed > today else None


def names_together(names: Sequence[str], *, is_needed: bool) -> Problem | None:
    """Return what is wrong with a list of names, whose length counts as a whole."""
    if len(names) > LONGEST_LIST:
        return Problem(TOO_LONG, LONGEST_LIST)
    return length(", ".join(names), NAMES, is_needed=is_needed)


def each(names: Sequence[str], limits: tuple[int, int]) -> Problem | None:
    """Return the first thing that is wrong with the entries of a list."""
    if len(names) > LONGEST_LIST:
        return Problem(TOO_LONG, LONGEST_LIST)
    found = (length(name, limits, is_needed=True) for name in names)
    return next((problem for problem in found if problem is not None), None)

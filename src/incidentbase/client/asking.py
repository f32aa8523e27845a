"""What one may ask for: filters of a search, drafts to send in, and how they are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

Listed = Literal["incidents", "all", "incident_reports", "issue_reports"]
Sort = Literal[
    "relevance",
    "incident-date-desc",
    "incident-date-asc",
    "published-date-desc",
    "published-date-asc",
    "submitted-date-desc",
    "submitted-date-asc",
]
Order = Literal["asc", "desc"]
EntityKind = Literal["", "organization", "person", "group", "system", "model"]

Value = str | int | bool
# One value, or several of which any will do.
Values = Value | Sequence[Value]
# A day, or a text with a year, month or day.
Day = dt.date | str

_JOINT = "||"


class Filters(TypedDict, total=False):
    """The filters of Discover; with `not_` before it a filter excludes."""

    classifications: Values
    not_classifications: Values
    mit_domain: Values
    not_mit_domain: Values
    entity: Values
    not_entity: Values
    deployer: Values
    not_deployer: Values
    developer: Values
    not_developer: Values
    harmed: Values
    not_harmed: Values
    implicated: Values
    not_implicated: Values
    source_domain: Values
    not_source_domain: Values
    year: Values
    not_year: Values
    published_year: Values
    not_published_year: Values
    country: Values
    not_country: Values
    language: Values
    not_language: Values
    tags: Values
    not_tags: Values
    authors: Values
    not_authors: Values
    submitters: Values
    not_submitters: Values
    flag: Values
    not_flag: Values
    incident_id: Values
    not_incident_id: Values
    incident_date_min: Day
    incident_date_max: Day
    date_published_min: Day
    date_published_max: Day


class _Required(TypedDict):
    url: str
    title: str
    authors: Sequence[str]
    date_published: Day
    date_downloaded: Day
    text: str


class NewSubmission(_Required, total=False):
    """A report to send in; `anyway` sends it although its address is known already."""

    incident_ids: Sequence[int]
    incident_date: Day
    submitters: Sequence[str]
    image_url: str
    language: str
    tags: Sequence[str]
    editor_notes: str
    incident_title: str
    description: str
    deployers: Sequence[str]
    developers: Sequence[str]
    harmed: Sequence[str]
    implicated: Sequence[str]
    anyway: bool


def written(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return parameters as pairs of texts; None and empty texts are left out.

    Raises ValueError for a value that the address cannot carry.
    """
    return [
        (name, text)
        for name, value in values.items()
        if value is not None and (text := _text(name, value))
    ]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return _day(value)
    if isinstance(value, str | int):
        return str(value)
    found = [_text(name, one) for one in value]
    if bad := [one for one in found if _JOINT in one]:
        raise ValueError(f"{name}: {bad[0]!r} cannot be one of several values")
    return _JOINT.join(found)


def _day(value: dt.date) -> str:
    return (value.date() if isinstance(value, dt.datetime) else value).isoformat()


def named(names: str | Iterable[str]) -> str:
    """Return names of members or facets as the API takes them."""
    return names if isinstance(names, str) else ",".join(names)


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body as JSON has it: days as texts, sequences as lists."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return _day(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value

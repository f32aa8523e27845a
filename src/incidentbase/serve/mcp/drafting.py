"""What agents send in: drafts in the queue, marked, for editors to judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from incidentbase.serve.http import tracking
from incidentbase.serve.mcp import asking
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.review import actions as review
from incidentbase.store.review import queries as reviewed
from incidentbase.store.review.rules import MCP, Draft
from incidentbase.store.submissions import rules


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls tools, where the site is, and whether one more draft is within the limit."""

    viewer: Viewer
    base: str
    may_draft: Callable[[], bool]


class Refused(Exception):
    """A draft cannot be taken in; the message says why."""


class NewSubmission(BaseModel):
    """A source and what it tells of an incident, in your own words where it is not quoted."""

    model_config = ConfigDict(extra="forbid")

    url: asking.Line = Field(description="The address of the source.")
    title: asking.Line = Field(description="The title of the source.")
    authors: asking.Lines = Field(description="Who wrote the source.")
    date_published: asking.Line = Field(description="When, as YYYY-MM-DD.")
    text: asking.Text = Field(description="The text of the source, at least 80 characters.")
    language: asking.Line = Field(default="en", description="Its language, as a code.")
    tags: asking.Lines = []
    incident_ids: list[asking.Number] = Field(
        default=[], max_length=rules.LONGEST_LIST, description="Incidents that it reports on."
    )
    incident_title: asking.Line = ""
    incident_date: asking.Line = ""
    description: asking.Line = ""
    deployers: asking.Lines = []
    developers: asking.Lines = []
    harmed: asking.Lines = []
    implicated: asking.Lines = []
    editor_notes: asking.Line = Field(default="", description="What editors should know.")


def send(draft: NewSubmission, caller: Caller) -> dict[str, Any]:
    """Put a draft into the queue and say how it can be followed. Raises Refused, NotPermitted."""
    actor = caller.viewer
    if not caller.may_draft():
        raise Refused("That was often. Please wait a while.")
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value.replace("\0", "")
        for name, value in draft.model_dump().items()
    }
    for number in given["incident_ids"]:
        if incidents.get(number, viewer=actor) is None:
            raise Refused(f"There is no incident {number}.")
    is_address = not rules.problems_of_link(draft.url)
    if is_address and (known := reviewed.reports_at(draft.url, viewer=actor)):
        raise Refused(f"Reports of this address are there already: {known}.")
    today = actor.at.date().isoformat()
    try:
        key = review.submit(Draft(**given, date_downloaded=today), via=MCP, actor=actor)
    except review.NotReady as error:
        told = ", ".join(f"{name} ({one.code})" for name, one in error.problems.items())
        raise Refused(f"Not taken in: {told}.") from error
    code = tracking.code_for(key)
    return {
        "code": code,
        "status": "waits for an editor, marked as drafted by a program",
        "url": f"{caller.base}/apps/submitted/{code}/",
    }

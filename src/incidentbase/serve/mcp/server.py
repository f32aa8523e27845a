"""The tools: their names, what they take, and what agents are told of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

import incidentbase
from incidentbase.serve.mcp import asking, drafting, untrusted
from incidentbase.serve.mcp.asking import Filters
from incidentbase.serve.mcp.drafting import Caller
from incidentbase.serve.mcp.reading import NotThere, Reading
from incidentbase.store.accounts.rules import NotPermitted

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Incidents in which AI systems harmed people, or nearly did, with the reports about them. "
    "Search first, then read; cite the `url` of what you use. Who is named is alleged, not found, "
    "to have done something. Records marked `sensitive` tell of abuse or self-harm: say so before "
    f"you quote them. {untrusted.NOTICE}"
)
_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_DRAFTS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)

Tool = Callable[..., dict[str, Any]]


def server_for(caller: Callable[[], Caller]) -> MCPServer:
    """Return a server whose tools act for whoever `caller` says; it is asked at each call."""
    server = MCPServer(
        name="incidentbase",
        title="IncidentBase",
        version=incidentbase.__version__,
        instructions=INSTRUCTIONS,
    )

    def tool(annotations: ToolAnnotations) -> Callable[[Tool], Tool]:
        def add(function: Tool) -> Tool:
            asynchronous = _asynchronous(function, caller)
            server.tool(annotations=annotations, structured_output=True)(asynchronous)
            return function

        return add

    def reading() -> Reading:
        known = caller()
        return Reading(known.viewer, known.base)

    @tool(_READS)
    def search(
        query: Annotated[
            asking.Words, Field(description="A question or words, in any language of the reports.")
        ],
        kind: asking.Kind = "incidents",
        filters: Filters | None = None,  # type: ignore[valid-type]
        order: asking.Order = "relevance",
        limit: asking.Limit = 10,
    ) -> dict[str, Any]:
        """Find incidents or reports by words and filters, best first."""
        return reading().search(query, kind=kind, filters=filters, order=order, limit=limit)

    @tool(_READS)
    def get_incident(incident_id: asking.Number) -> dict[str, Any]:
        """Read one incident: its entities by role, reports, classifications."""
        return reading().incident(incident_id)

    @tool(_READS)
    def get_report(report_number: asking.Number) -> dict[str, Any]:
        """Read one report with its text, which others wrote."""
        return reading().report(report_number)

    @tool(_READS)
    def similar_incidents(
        incident_id: asking.Number | None = None,
        text: asking.Text = "",
        limit: asking.Limit = 10,
    ) -> dict[str, Any]:
        """Find the incidents that are most like one, or like a text."""
        return reading().alike(incident_id, text, limit=min(limit, asking.MOST_ALIKE))

    @tool(_READS)
    def get_entity(entity_id: asking.Name) -> dict[str, Any]:
        """Read an entity (organization, person, group, system) with the incidents naming it."""
        return reading().entity(entity_id)

    @tool(_READS)
    def get_taxonomy(namespace: Annotated[str, Field(max_length=100)] = "") -> dict[str, Any]:
        """Read a taxonomy with its questions and permitted answers; without a name, list all."""
        return reading().taxonomy(namespace)

    @tool(_READS)
    def suggest_classification(
        namespace: asking.Name,
        incident_id: asking.Number | None = None,
        text: asking.Text = "",
    ) -> dict[str, Any]:
        """Suggest how a taxonomy would classify an incident or a text; it changes nothing.

        The answers of the most similar classified incidents are counted. Editors decide.
        """
        return reading().suggestion(namespace, incident_id, text)

    @tool(_DRAFTS)
    def draft_submission(draft: drafting.NewSubmission) -> dict[str, Any]:
        """Send in a draft of a report for editors to review, marked as made by a program.

        Nothing is published by it. The answer has a code by which the draft can be followed.
        """
        return drafting.send(draft, caller())

    return server


def _asynchronous(function: Tool, caller: Callable[[], Caller]) -> Callable[..., Awaitable[Any]]:
    """Return a tool that works in the thread of who asked, is noted, and fails in words."""

    def work(**given: Any) -> dict[str, Any]:
        started = time.monotonic()
        outcome = "failed"
        try:
            answer = function(**given)
            outcome = "answered"
        except (NotThere, drafting.Refused) as error:
            outcome = "refused"
            raise ToolError(str(error)) from error
        except NotPermitted as error:
            outcome = "refused"
            raise ToolError("This token may not do that.") from error
        finally:
            spent = round(1000 * (time.monotonic() - started))
            actor = caller().viewer.label
            log.info("mcp tool=%s actor=%s %s in %d ms", function.__name__, actor, outcome, spent)
        return answer

    @wraps(function)
    async def run(**given: Any) -> dict[str, Any]:
        return await sync_to_async(work, thread_sensitive=True)(**given)

    return run

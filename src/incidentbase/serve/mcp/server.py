"""The tools: their names, what they take, and what agents are told of them."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
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


class _Tools:
    """What agents may call. Names and words of the methods are what agents read."""

    def __init__(self, caller: Callable[[], Caller]) -> None:
        self._caller = caller

    def search(
        self,
        query: Annotated[
            asking.Words, Field(description="A question or words, in any language of the reports.")
        ],
        kind: asking.Kind = "incidents",
        filters: Filters | None = None,  # type: ignore[valid-type]
        order: asking.Order = "relevance",
        limit: asking.Limit = 10,
    ) -> dict[str, Any]:
        """Find incidents or reports by words and filters, best first."""
        return self._reading().search(query, kind=kind, filters=filters, order=order, limit=limit)

    def get_incident(self, incident_id: asking.Number) -> dict[str, Any]:
        """Read one incident: its entities by role, reports, classifications."""
        return self._reading().incident(incident_id)

    def get_report(self, report_number: asking.Number) -> dict[str, Any]:
        """Read one report with its text, which others wrote."""
        return self._reading().report(report_number)

    def similar_incidents(
        self,
        incident_id: asking.Number | None = None,
        text: asking.Text = "",
        limit: asking.Limit = 10,
    ) -> dict[str, Any]:
        """Find the incidents that are most like one, or like a text."""
        return self._reading().alike(incident_id, text, limit=min(limit, asking.MOST_ALIKE))

    def get_entity(self, entity_id: asking.Name) -> dict[str, Any]:
        """Read an entity (organization, person, group, system) with the incidents naming it."""
        return self._reading().entity(entity_id)

    def get_taxonomy(self, namespace: Annotated[str, Field(max_length=100)] = "") -> dict[str, Any]:
        """Read a taxonomy with its questions and permitted answers; without a name, list all."""
        return self._reading().taxonomy(namespace)

    def suggest_classification(
        self,
        namespace: asking.Name,
        incident_id: asking.Number | None = None,
        text: asking.Text = "",
    ) -> dict[str, Any]:
        """Suggest how a taxonomy would classify an incident or a text; it changes nothing.

        The answers of the most similar classified incidents are counted. Editors decide.
        """
        return self._reading().suggestion(namespace, incident_id, text)

    def draft_submission(self, draft: drafting.NewSubmission) -> dict[str, Any]:
        """Send in a draft of a report for editors to review, marked as made by a program.

        Nothing is published by it. The answer has a code by which the draft can be followed.
        """
        return drafting.send(draft, self._caller())

    def _reading(self) -> Reading:
        known = self._caller()
        return Reading(known.viewer, known.base)


def server_for(caller: Callable[[], Caller]) -> MCPServer:
    """Return a server whose tools act for whoever `caller` says; it is asked at each call."""
    server = MCPServer(
        name="incidentbase",
        title="IncidentBase",
        version=incidentbase.__version__,
        instructions=INSTRUCTIONS,
    )
    tools = _Tools(caller)
    reads: list[Tool] = [
        *(tools.search, tools.get_incident, tools.get_report, tools.similar_incidents),
        *(tools.get_entity, tools.get_taxonomy, tools.suggest_classification),
    ]
    for tool, said in [*((one, _READS) for one in reads), (tools.draft_submission, _DRAFTS)]:
        add = server.tool(annotations=said, structured_output=True)
        add(_asynchronous(tool, caller))
    return server


@asynccontextmanager
async def running(caller: Callable[[], Caller], *, path: str) -> AsyncIterator[Any]:
    """Give an ASGI application that answers single messages at a path with JSON."""
    server = server_for(caller)
    app = server.streamable_http_app(
        streamable_http_path=path,
        json_response=True,
        stateless_http=True,
        # Hosts and origins are looked at before anything comes here.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    async with server.session_manager.run():
        yield app


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

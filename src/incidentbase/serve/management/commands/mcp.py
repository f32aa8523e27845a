"""`incidentbase mcp`: serve an agent on this machine over standard input and output."""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer, anonymous

# Where nobody said what the site is called on the web, it is on this machine.
_LOCAL = "http://localhost:8000"


class Command(BaseCommand):
    """Speaks the protocol on standard output, and with people on standard error."""

    help = "Serve an agent over standard input and output; see docs/guide/mcp.md."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the agent ends."""
        if find_spec("mcp") is None:
            raise CommandError("Agents need the extra: pip install 'incidentbase[mcp]'.")
        # Late: nobody who serves no agents needs the library.
        serving = import_module("incidentbase.serve.mcp.server")
        diagnosis.require_migrated()
        self._viewer()
        logging.basicConfig(stream=sys.stderr)
        base = settings.SITE_URL or _LOCAL

        def caller() -> Any:
            close_old_connections()
            return serving.Caller(self._viewer(), base, lambda: True)

        asyncio.run(serving.server_for(caller).run_stdio_async())

    def _viewer(self) -> Viewer:
        """Return who the token stands for now, so that one that was revoked ends at once."""
        token, at = settings.MCP_TOKEN, clock.now()
        if not token:
            return anonymous(at)
        use = accounts.viewer_by_token(token, at=at)
        if use is None:
            raise CommandError("INCIDENTBASE_MCP_TOKEN holds no token that is known here.")
        return use.viewer

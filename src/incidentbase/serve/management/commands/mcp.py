"""`incidentbase mcp`: serve an agent on this machine over standard input and output."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer, anonymous

TOKEN = "INCIDENTBASE_MCP_TOKEN"  # noqa: S105 (the name of a variable)


class Command(BaseCommand):
    """Speaks the protocol on standard output, and with people on standard error."""

    help = f"Serve an agent over standard input and output. {TOKEN} may hold an API token."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until the agent ends."""
        try:
            import anyio

            from incidentbase.serve.mcp.drafting import Caller
            from incidentbase.serve.mcp.server import server_for
        except ImportError as error:
            raise CommandError(
                "Agents need the extra: pip install 'incidentbase[mcp]'."
            ) from error
        diagnosis.require_migrated()
        self._viewer()
        logging.basicConfig(stream=sys.stderr)
        base = settings.SITE_URL

        def caller() -> Caller:
            close_old_connections()
            return Caller(self._viewer(), base, lambda: True)

        anyio.run(server_for(caller).run_stdio_async)

    def _viewer(self) -> Viewer:
        """Return who the token stands for now, so that one that was revoked ends at once."""
        token, at = os.environ.get(TOKEN, ""), clock.now()
        if not token:
            return anonymous(at)
        use = accounts.viewer_by_token(token, at=at)
        if use is None:
            raise CommandError(f"{TOKEN} holds no token that is known here.")
        return use.viewer

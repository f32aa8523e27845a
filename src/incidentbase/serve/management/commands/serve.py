"""`incidentbase serve`: the web site and its worker, run together and stopped together."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from incidentbase.index import rebuild
from incidentbase.kit import clock
from incidentbase.serve.http import supervising

DEFAULT_PORT = 8000


class Command(BaseCommand):
    """Serves until it is told to stop."""

    help = "Serve the web site, with its worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on")
        parser.add_argument("--workers", type=int, default=2, help="web processes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the tables up to date, forget sessions that have run out, and serve."""
        call_command("migrate", verbosity=0, interactive=False)
        call_command("clearsessions")
        rebuild.ensure_usable(at=clock.now())
        try:
            supervising.serve(
                host=options["host"],
                port=options["port"],
                workers=options["workers"],
                say=self.stdout.write,
            )
        except supervising.CannotServe as refusal:
            raise CommandError(str(refusal)) from None

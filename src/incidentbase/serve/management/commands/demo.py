"""`incidentbase demo`: a data folder with the bundled demo records, served at once."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from incidentbase.index import sync
from incidentbase.ingest import demo
from incidentbase.kit import clock
from incidentbase.serve.management.commands.serve import DEFAULT_PORT
from incidentbase.store.accounts.rules import system

# Marks a data folder whose records are the demo's, so that they never mix with real ones.
MARK = "demo-records"


class Command(BaseCommand):
    """Prepares and serves the demo; running it again serves what is there."""

    help = "Prepare a data folder with the bundled demo records and serve it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on")
        parser.add_argument("--prepare-only", action="store_true", help="prepare, do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the folder and serve it."""
        call_command("migrate", verbosity=0, interactive=False)
        mark = Path(settings.HOME) / MARK
        now = clock.now()
        viewer = system("demo", now)
        if not mark.exists() and demo.holds_other_records(viewer):
            raise CommandError(
                f"{settings.HOME} holds other records; choose a folder with --home FOLDER"
            )
        mark.touch()
        report = demo.load(actor=viewer)
        sync.catch_up(at=now)
        if report.changes:
            self.stdout.write(f"{report.changes:,} demo records loaded into {settings.HOME}")
        if not options["prepare_only"]:
            call_command("serve", host=options["host"], port=options["port"], stdout=self.stdout)

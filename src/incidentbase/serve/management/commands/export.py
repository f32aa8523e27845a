"""`incidentbase export FORMAT OUT`: what everybody may see, as one file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.kit import clock
from incidentbase.serve.exports import aiid
from incidentbase.serve.http import diagnosis
from incidentbase.serve.management.progress import Bar

FORMATS = ("aiid",)


class Command(BaseCommand):
    """Writes one file, whole or not at all."""

    help = (
        "Write what everybody may see to a file: a snapshot in the reference's layout. "
        "Into a folder that exists the file gets a name with the date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("format", choices=FORMATS, help="the layout of the file")
        parser.add_argument("out", metavar="OUT", type=Path, help="the file to write, or a folder")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say where it is."""
        diagnosis.require_migrated()
        at = clock.now()
        target: Path = options["out"]
        if target.is_dir():
            target = target / aiid.name_at(at)
        try:
            with Bar(is_quiet=options["quiet"]) as bar:
                aiid.write(target, at=at, progress=bar.step)
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror or error}") from None
        size = target.stat().st_size
        sys.stdout.write(f"{size:,} bytes written to {target}.\n")

"""`incidentbase export FORMAT OUT`: what everybody may see, as one file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.formats.datasets.parquet import NoParquet
from incidentbase.kit import clock
from incidentbase.serve.exports import files
from incidentbase.serve.http import diagnosis
from incidentbase.serve.management.progress import Bar


class Command(BaseCommand):
    """Writes one file, whole or not at all."""

    help = (
        "Write what everybody may see to a file: aiid, a snapshot in the reference's layout; "
        "csv, jsonl and parquet, tables in a zip archive; xlsx, a workbook; sqlite, a database "
        "with a full-text table; texts, the texts of reports, which belong to their publishers. "
        "In a folder that exists the file gets a name with the date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("format", choices=list(files.KINDS), help="the layout of the file")
        parser.add_argument("out", metavar="OUT", type=Path, help="the file to write, or a folder")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say where it is."""
        diagnosis.require_migrated()
        at, kind = clock.now(), files.KINDS[options["format"]]
        target: Path = options["out"]
        if target.is_dir():
            target = target / files.name_at(kind, at)
        try:
            with Bar(is_quiet=options["quiet"]) as bar:
                kind.write(target, at, bar.step)
        except NoParquet as missing:
            raise CommandError(str(missing)) from None
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror or error}") from None
        size = target.stat().st_size
        sys.stdout.write(f"{size:,} bytes written to {target}.\n")

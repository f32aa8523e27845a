"""`incidentbase history export|check FILE`: the history as a file, and whether one is sound."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.store.accounts import rules
from incidentbase.store.history import log
from incidentbase.store.records import log as exported


class Command(BaseCommand):
    """Writes the history to a file, or verifies such a file without any database."""

    help = (
        "Write the whole history to a file of JSON lines (with --public only what everybody may "
        "read; of the rest the place in the chain), or verify such a file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("task", choices=["export", "check"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--public", action="store_true", help="only what everybody may read")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task; refuse what is broken in one line."""
        try:
            if options["task"] == "export":
                self._export(options["file"], is_public=options["public"])
            else:
                self._check(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None

    def _export(self, file: Path, *, is_public: bool) -> None:
        diagnosis.require_migrated()
        at = clock.now()
        viewer = rules.anonymous(at) if is_public else rules.system("export", at)
        # Whole or not at all: a file that is cut off would look like one that was tampered with.
        partial = file.with_name(f"{file.name}.part")
        try:
            with partial.open("w", encoding="utf-8") as target:
                count = sum(bool(target.write(line)) for line in exported.lines(viewer)) - 1
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
        self.stdout.write(f"{count:,} entries written to {file}.")

    def _check(self, file: Path) -> None:
        try:
            with file.open(encoding="utf-8") as lines:
                found = log.verify(lines)
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not a text file") from None
        except log.Broken as broken:
            raise CommandError(str(broken)) from None
        self.stdout.write(f"{found.entries:,} entries verified, all sound.")
        if found.withheld:
            self.stdout.write(
                f"{found.withheld:,} of them are withheld: only their place was verified."
            )
        self.stdout.write(f"The history ends with {found.head or 'nothing'}.")

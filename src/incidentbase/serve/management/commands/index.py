"""`incidentbase index rebuild|check|map`: look after what is derived from the store."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from incidentbase.index import check, rebuild, spatial
from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis

FINDINGS_SHOWN = 20


class Command(BaseCommand):
    """Looks after the search index and the map."""

    help = (
        "Build the search index anew beside the old one, compare it with the store, or lay out "
        "the map of incidents anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("task", choices=["rebuild", "check", "map"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task."""
        diagnosis.require_migrated()
        if options["task"] == "rebuild":
            self._rebuild()
        elif options["task"] == "check":
            self._check()
        else:
            self.stdout.write(f"Incidents laid out: {spatial.lay_out(at=clock.now()):,}")

    def _rebuild(self) -> None:
        with tqdm(unit=" documents", disable=not sys.stderr.isatty()) as bar:

            def show(done: int) -> None:
                bar.update(done - bar.n)

            count = rebuild.rebuild(at=clock.now(), progress=show)
        self.stdout.write(f"{count:,} documents indexed.")

    def _check(self) -> None:
        found = check.compare(at=clock.now())
        for finding in found.findings[:FINDINGS_SHOWN]:
            self.stdout.write(f"{finding.key}: {finding.problem}")
        if found.findings:
            raise CommandError(
                f"{len(found.findings):,} documents differ from the store; "
                "`incidentbase index rebuild` makes the index anew"
            )
        self.stdout.write(f"{found.documents:,} documents agree with the store.")

"""`incidentbase verify`: check the history chain and every record against it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.serve.http import diagnosis
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as records

FINDINGS_SHOWN = 20


class Command(BaseCommand):
    """Names the first broken entry of the history and every record that differs from it."""

    help = "Check the history chain and every record against its newest entry."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings; refuse when there are any."""
        diagnosis.require_migrated()
        found = list(records.findings())
        for finding in found[:FINDINGS_SHOWN]:
            self.stdout.write(f"{finding.where}: {finding.problem}")
        if found:
            raise CommandError(f"{len(found):,} findings; the store is not as its history says")
        self.stdout.write(f"{history.head_seq():,} changes verified, all sound.")

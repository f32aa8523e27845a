"""`incidentbase doctor`: what is set, what is missing, what is unsafe."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.serve.http import diagnosis

MARKS = {diagnosis.GOOD: "ok     ", diagnosis.ADVICE: "advice ", diagnosis.TROUBLE: "TROUBLE"}


class Command(BaseCommand):
    """Prints one line for each thing looked at; refuses when something is in trouble."""

    help = "Show what is set, and what is missing or unsafe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--all", action="store_true", help="list every setting too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at everything."""
        found = list(diagnosis.findings())
        for finding in found:
            self.stdout.write(f"{MARKS[finding.level]} {finding.subject}: {finding.said}")
        if options["all"]:
            for name, value in diagnosis.settings_in_force():
                self.stdout.write(f"        {name}={value}")
        troubles = sum(finding.level == diagnosis.TROUBLE for finding in found)
        if troubles:
            raise CommandError(f"{troubles} findings need attention")

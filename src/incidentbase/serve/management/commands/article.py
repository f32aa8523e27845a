"""`incidentbase article URL`: what the submission form would be filled with, as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError

from incidentbase.ingest import capture
from incidentbase.kit import clock


class Command(BaseCommand):
    """Stores nothing: for looking at what is read of a page."""

    help = "Fetch an address and print the article there as JSON."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("url", metavar="URL", help="http(s) address of a page, text or PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print; refuse with the reason."""
        try:
            article = capture.read_address(
                options["url"],
                at=clock.now(),
                allow=settings.FETCH_ALLOW,
                obey_robots=settings.FETCH_ROBOTS,
                keeper=cache,
            )
        except capture.CaptureFailed as failure:
            raise CommandError(_one_line(failure)) from None
        self.stdout.write(json.dumps(_shape(article), indent=2, ensure_ascii=False))


def _one_line(failure: capture.CaptureFailed) -> str:
    detail = f" ({failure.detail})" if failure.detail else ""
    return f"{failure.reason}: {failure}{detail}"


def _shape(article: capture.Article) -> dict[str, Any]:
    published = article.published
    return {
        **asdict(article),
        "read_at": clock.iso(article.read_at),
        "published": published.isoformat() if published else None,
        "notes": [{"code": note, "message": capture.message(note)} for note in article.notes],
    }

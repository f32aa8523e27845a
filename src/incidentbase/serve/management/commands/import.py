"""`incidentbase import aiid PATH|URL`: bring in a snapshot of the reference database."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from incidentbase.formats import aiid
from incidentbase.index import rebuild, sync
from incidentbase.ingest import snapshots
from incidentbase.kit import archives, clock, fetch
from incidentbase.serve.management.progress import Bar
from incidentbase.store.accounts.rules import system

SKIPS_SHOWN = 20


class Command(BaseCommand):
    """Imports a snapshot; running it again changes nothing."""

    help = "Import a snapshot of the reference database (tar.bz2, zip, folder or address)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("format", choices=["aiid"], help="the layout of the snapshot")
        parser.add_argument("source", metavar="PATH|URL", help="archive, folder or http(s) address")
        parser.add_argument("--dry-run", action="store_true", help="decide all, keep nothing")
        parser.add_argument("--json", metavar="FILE", help="write the diff report there, - for out")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, report, and bring the index up to date."""
        call_command("migrate", verbosity=0, interactive=False)
        with Bar(is_quiet=options["quiet"]) as bar:
            report = self._import(options, bar)
            if not options["dry_run"]:
                rebuild.ensure_usable(at=clock.now())
                sync.catch_up(at=clock.now(), progress=partial(bar.step, "search index"))
        if options["json"]:
            _write_json(report, options["json"])
        if options["json"] != "-":
            self._show(report)

    def _import(self, options: dict[str, Any], bar: Bar) -> snapshots.ImportReport:
        try:
            with _opened(options["source"]) as folder:
                return snapshots.import_folder(
                    folder,
                    source=options["source"],
                    actor=system("import", clock.now()),
                    dry_run=options["dry_run"],
                    progress=bar.bytes,
                )
        except (
            archives.ArchiveRefused,
            aiid.NotASnapshot,
            aiid.SnapshotBroken,
            fetch.FetchRefused,
            fetch.FetchFailed,
        ) as refusal:
            raise CommandError(str(refusal)) from None

    def _show(self, report: snapshots.ImportReport) -> None:
        self.stdout.write(f"{'':24}{'added':>9}{'changed':>9}{'unchanged':>11}{'skipped':>9}")
        for part in report.collections:
            if part.rows:
                self.stdout.write(
                    f"{part.name:24}{part.added:>9,}{len(part.changed):>9,}"
                    f"{part.unchanged:>11,}{len(part.skipped):>9,}"
                )
        skipped = [row for part in report.collections for row in part.skipped]
        for row in skipped[:SKIPS_SHOWN]:
            self.stdout.write(f"skipped: {row.file} row {row.row}: {row.reason}")
        if len(skipped) > SKIPS_SHOWN:
            self.stdout.write(f"and {len(skipped) - SKIPS_SHOWN:,} more; --json lists them all")
        self.stdout.write(_summary(report))


def _summary(report: snapshots.ImportReport) -> str:
    if not report.changes:
        return "Nothing changed."
    changes = f"{report.changes:,} records added or changed"
    return f"Dry run: {changes}, nothing kept." if report.is_dry_run else f"{changes}."


def _write_json(report: snapshots.ImportReport, target: str) -> None:
    written = json.dumps({**asdict(report), "changes": report.changes}, indent=2)
    if target == "-":
        sys.stdout.write(f"{written}\n")
    else:
        Path(target).write_text(f"{written}\n", encoding="utf-8")


def _is_wanted(name: str) -> bool:
    """Return whether a file of an archive can be part of a snapshot."""
    return name.endswith((".bson", ".csv", ".jsonl"))


@contextmanager
def _opened(source: str) -> Iterator[Path]:
    if not source.startswith(("http://", "https://")):
        if not Path(source).exists():
            raise CommandError(f"there is no {source}")
        with archives.unpacked(Path(source), wanted=_is_wanted) as folder:
            yield folder
        return
    with tempfile.TemporaryDirectory(prefix="incidentbase-") as place:
        path = Path(place) / "snapshot"
        fetch.fetch_to_file(
            source,
            path,
            allow=settings.FETCH_ALLOW,
            max_bytes=settings.LARGEST_SNAPSHOT,
            timeout=settings.LONGEST_DOWNLOAD,
        )
        with archives.unpacked(path, wanted=_is_wanted) as folder:
            yield folder

"""`incidentbase snapshot make|list|diff|remove`: the snapshots that are kept for download."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidentbase.formats import aiid
from incidentbase.kit import archives, clock
from incidentbase.serve.exports import comparing, keeping
from incidentbase.serve.http import diagnosis
from incidentbase.serve.management.progress import Bar

MOST_LISTED = 20


class Command(BaseCommand):
    """Works with the snapshots in the data folder; `diff` with any archive."""

    help = (
        "Make a snapshot in all formats now; list those that are kept; say what differs between "
        "two of them, or between any two archives in the reference's layout; remove one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("task", choices=["make", "list", "diff", "remove"])
        parser.add_argument(
            "names",
            nargs="*",
            metavar="SNAPSHOT",
            help="diff A B · remove A; by its number, or for diff an archive or a folder",
        )
        parser.add_argument("--json", metavar="FILE", help="diff: write all of it there, - for out")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task; refuse what is broken in one line."""
        wanted = {"make": 0, "list": 0, "diff": 2, "remove": 1}[options["task"]]
        if len(options["names"]) != wanted:
            raise CommandError(f"{options['task']} takes {wanted} names of snapshots")
        try:
            getattr(self, f"_{options['task']}")(options)
        except (
            keeping.BeingMade,
            keeping.NoSuchSnapshot,
            comparing.NoBook,
            archives.ArchiveRefused,
            aiid.NotASnapshot,
            aiid.SnapshotBroken,
        ) as refusal:
            raise CommandError(str(refusal)) from None

    def _make(self, options: dict[str, Any]) -> None:
        diagnosis.require_migrated()
        keep = settings.SNAPSHOTS_KEPT
        with Bar(is_quiet=options["quiet"]) as bar:
            kept = keeping.make(
                settings.SNAPSHOTS_FOLDER, at=clock.now(), keep=keep or 1, progress=bar.step
            )
        for one in kept.files:
            self.stdout.write(f"{one.bytes:>14,}  {one.name}")
        self.stdout.write(f"Snapshot {kept.stamp} is in {kept.folder}.")

    def _list(self, _options: dict[str, Any]) -> None:
        for kept in keeping.stored(settings.SNAPSHOTS_FOLDER):
            size = sum(one.bytes for one in kept.files)
            self.stdout.write(f"{kept.stamp}  {len(kept.files)} files, {size:,} bytes")

    def _remove(self, options: dict[str, Any]) -> None:
        (stamp,) = options["names"]
        keeping.remove(settings.SNAPSHOTS_FOLDER, stamp)
        self.stdout.write(f"Snapshot {stamp} is removed.")

    def _diff(self, options: dict[str, Any]) -> None:
        before, after = options["names"]
        with (
            Bar(is_quiet=options["quiet"]) as bar,
            _book_of(before, bar) as old,
            _book_of(after, bar) as new,
            comparing.compared(old, new) as comparison,
        ):
            counts = comparison.counts()
            if options["json"]:
                pieces = comparing.as_json(comparison, before=before, after=after)
                self._write(pieces, options["json"])
            if options["json"] != "-":
                self._show(comparison, counts)

    def _write(self, pieces: Iterator[str], target: str) -> None:
        if target == "-":
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        try:
            with Path(target).open("w", encoding="utf-8") as file:
                file.writelines(pieces)
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from None

    def _show(self, comparison: comparing.Comparison, counts: dict[str, comparing.Counts]) -> None:
        self.stdout.write(f"{'':24}{'added':>9}{'removed':>9}{'changed':>9}{'unchanged':>11}")
        for name, one in counts.items():
            self.stdout.write(
                f"{name:24}{one.added:>9,}{one.removed:>9,}{one.changed:>9,}{one.unchanged:>11,}"
            )
        for name, one in counts.items():
            if one.fields:
                told = ", ".join(f"{field} {n:,}" for field, n in one.fields.most_common())
                self.stdout.write(f"{name}, fields changed: {told}")
        for name in counts:
            for what in comparing.WAYS:
                for found in comparison.differences(name, what, limit=MOST_LISTED):
                    fields = f" ({', '.join(found.fields)})" if found.fields else ""
                    said = f"{what}: {name} {found.key} {found.title}".rstrip()
                    self.stdout.write(said + fields)
        if all(one.is_same for one in counts.values()):
            self.stdout.write("Nothing differs.")
        else:
            self.stdout.write(f"At most {MOST_LISTED} of each are named; --json names all.")


@contextmanager
def _book_of(name: str, bar: Bar) -> Iterator[Path]:
    """Give the digests of a snapshot that is kept, or of an archive or folder anywhere."""
    if not Path(name).exists():
        yield keeping.named(settings.SNAPSHOTS_FOLDER, name).book
        return
    with (
        tempfile.TemporaryDirectory(prefix="incidentbase-") as place,
        archives.unpacked(Path(name)) as folder,
    ):
        book = Path(place) / "digests.sqlite"
        comparing.write_from(folder, book, bar.bytes)
        yield book

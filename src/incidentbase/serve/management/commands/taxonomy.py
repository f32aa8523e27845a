"""`incidentbase taxonomy …`: taxonomies as files that anybody can write, and answers as tables."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.kit import clock
from incidentbase.serve.http import diagnosis
from incidentbase.serve.management import tabling
from incidentbase.serve.web.pages.sheets import reference_lines
from incidentbase.store.accounts import rules
from incidentbase.store.classifying import actions, queries
from incidentbase.store.imports.actions import rehearsal
from incidentbase.store.records.actions import Unfit
from incidentbase.store.taxonomies import queries as taxonomies

MOST_LISTED = 20


class Command(BaseCommand):
    """Works with the files of taxonomies."""

    help = (
        "List the taxonomies here; check a taxonomy file; add one, or its next version, with its "
        "classifications brought along; write one, or the answers given by it, to a file; import "
        "answers from a table. "
        "docs/guide/taxonomies.md describes the format."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("task", choices=["list", "check", "add", "export", "answers", "import"])
        parser.add_argument(
            "names",
            nargs="*",
            metavar="FILE",
            help=(
                "check FILE… · add FILE… (or the name of a bundled one) · export NAME [FILE] · "
                "answers NAME [FILE.csv] · import NAME FILE.csv"
            ),
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="add, import: say what would change, and change nothing",
        )
        parser.add_argument(
            "--reason", default="", help="add, import: what the history says about why"
        )
        tabling.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task; refuse what is broken in one line."""
        task, names = options["task"], options["names"]
        if task == "list":
            self._list()
        elif not names:
            raise CommandError(f"{task} what?")
        elif task == "export":
            self._export(*names[:2])
        elif task == "answers":
            self._answers(*names[:2])
        elif task == "import":
            if len(names) != 2:
                raise CommandError("import takes the name of a taxonomy and a file")
            tabling.import_table(names[0], names[1], options, say=self.stdout.write)
        else:
            for name in names:
                definition = self._checked(name)
                if task == "add":
                    self._add(definition, is_rehearsal=options["dry_run"], reason=options["reason"])

    def _list(self) -> None:
        diagnosis.require_migrated()
        viewer = rules.system("taxonomy", clock.now())
        for row in taxonomies.all_taxonomies(viewer):
            number = f"{row.classified:,}"  # type: ignore[attr-defined]
            self.stdout.write(f"{row.namespace}  version {row.version}, {number} classifications")
        here = {row.namespace for row in taxonomies.all_namespaces()}
        for one in definitions.bundled():
            if one.namespace not in here:
                self.stdout.write(
                    f"{one.namespace}  bundled; `taxonomy add {one.namespace}` puts it in"
                )

    def _checked(self, name: str) -> files.Definition:
        path = Path(name)
        if not path.exists():
            bundled = {one.namespace.casefold(): one for one in definitions.bundled()}
            if name.casefold() in bundled:
                return bundled[name.casefold()]
        try:
            if path.stat().st_size > files.MOST_BYTES:
                raise CommandError(f"{name} is larger than {files.MOST_BYTES:,} bytes")
            definition, remarks = files.read(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise CommandError(f"{name} is not a text file") from None
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from None
        except files.Malformed as malformed:
            for finding in malformed.findings:
                self.stdout.write(f"{name}, {finding}")
            raise CommandError(f"{name}, {malformed}") from None
        for remark in remarks:
            self.stdout.write(f"{name}, {remark} (allowed)")
        nested = sum(len(field["subfields"]) for field in definition.fields)
        self.stdout.write(
            f"{name}: {definition.namespace} version {definition.version}, "
            f"{len(definition.fields)} fields{f' and {nested} within them' if nested else ''}."
        )
        return definition

    def _add(self, definition: files.Definition, *, is_rehearsal: bool, reason: str) -> None:
        diagnosis.require_migrated()
        actor = rules.system("taxonomy", clock.now())
        try:
            with rehearsal() if is_rehearsal else nullcontext():
                done = actions.define(definitions.state_of(definition), actor=actor, reason=reason)
        except Unfit as unfit:
            raise CommandError(f"{definition.namespace}: {unfit}") from None
        would = "would be" if is_rehearsal else "is"
        if done.was is None:
            self.stdout.write(f"{definition.namespace} {would} added.")
        elif not done.is_changed and not done.changed:
            self.stdout.write(f"{definition.namespace} is like that already.")
        else:
            self.stdout.write(
                f"{definition.namespace} {would} version {done.version} (was {done.was}); "
                f"{done.changed:,} classifications changed with it."
            )
        for (field, value), number in done.unfitting.most_common(MOST_LISTED):
            what = f"{field}: {value}" if value else f"the field {field}"
            self.stdout.write(
                f"  kept, though the definition does not know it: {what} ({number:,} times)"
            )
        if len(done.unfitting) > MOST_LISTED:
            self.stdout.write(f"  and {len(done.unfitting) - MOST_LISTED:,} others")

    def _export(self, namespace: str, target: str = "") -> None:
        diagnosis.require_migrated()
        state = queries.definition(namespace)
        if state is None:
            raise CommandError(f"there is no taxonomy {namespace}")
        text = files.write(definitions.definition_of(state))
        if self._write([text], target):
            self.stdout.write(f"{state['namespace']} written to {target}.")

    def _answers(self, namespace: str, target: str = "") -> None:
        """Write the classifications of a taxonomy as a snapshot of the reference holds them."""
        diagnosis.require_migrated()
        taxonomy = taxonomies.get(namespace)
        if taxonomy is None:
            raise CommandError(f"there is no taxonomy {namespace}")
        viewer = rules.system("taxonomy", clock.now())
        if self._write(reference_lines(taxonomy, viewer), target):
            number = len(taxonomies.ids_of(taxonomy.namespace))
            self.stdout.write(f"{number:,} classifications written to {target}.")

    def _write(self, parts: Iterable[str], target: str) -> bool:
        """Write a file whole or not at all; without a name to standard output (returns False)."""
        if not target:
            for part in parts:
                self.stdout.write(part, ending="")
            return False
        partial = Path(f"{target}.part")
        try:
            with partial.open("w", encoding="utf-8", newline="") as file:
                file.writelines(parts)
            os.replace(partial, target)
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from None
        finally:
            partial.unlink(missing_ok=True)
        return True

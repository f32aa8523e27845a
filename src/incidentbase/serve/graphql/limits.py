"""What one request may cost: how deep, how many fields, how many records, how long."""

from __future__ import annotations

import time
from collections.abc import Iterator

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode
from graphql.language.ast import SelectionSetNode

BYTES = 200_000
TOKENS = 2_000
DEPTH = 12
FIELDS = 600
ROOTS = 10
RECORDS = 400_000
SECONDS = 20.0


class TooMuch(Exception):
    """A request asks for more than one request may; the message says of what."""


class Unanswerable(Exception):
    """A question that cannot be answered; the message says why."""


class Budget:
    """What is left of the records and the time of one request."""

    def __init__(self) -> None:
        self._records = RECORDS
        self._until = time.monotonic() + SECONDS

    def spend(self, records: int) -> None:
        """Count records that will be in the answer; raise TooMuch when there are too many."""
        self._records -= records
        if self._records < 0:
            raise TooMuch("The answer would be too large: ask for pages with `pagination`.")
        self.check_time()

    def check_time(self) -> None:
        """Raise TooMuch when the time is over."""
        if time.monotonic() > self._until:
            raise TooMuch("The query takes too long: ask for less at once.")


def check(document: DocumentNode) -> None:
    """Raise TooMuch for a valid document that is too deep, too wide, or asks too often."""
    fragments = {
        one.name.value: one.selection_set
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            continue
        roots = 0
        depths = _depths(definition.selection_set, fragments, 1)  # type: ignore[attr-defined]
        for fields, depth in enumerate(depths, start=1):
            roots += depth == 1
            if depth > DEPTH:
                raise TooMuch(f"The query is too deep: at most {DEPTH} levels.")
            if fields > FIELDS:
                raise TooMuch(f"The query has too many fields: at most {FIELDS}.")
            if roots > ROOTS:
                raise TooMuch(f"The query asks for too much at once: at most {ROOTS} lists.")


def _depths(
    selection: SelectionSetNode, fragments: dict[str, SelectionSetNode], depth: int
) -> Iterator[int]:
    for node in selection.selections:
        if isinstance(node, FragmentSpreadNode):
            yield from _depths(fragments[node.name.value], fragments, depth)
        elif not isinstance(node, FieldNode):
            yield from _depths(node.selection_set, fragments, depth)  # type: ignore[attr-defined]
        elif not node.name.value.startswith("__"):
            # What tells of the schema itself is deep by nature, and always the same.
            yield depth
            if node.selection_set:
                yield from _depths(node.selection_set, fragments, depth + 1)

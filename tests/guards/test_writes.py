"""Rows are written in `store/**/actions.py` and nowhere else (ADR 1, ADR 2).

The check reads names, not types: it sees `.save(` and its kin on anything. `index` and `kit`
hold no rows of the store and are left out. Where a hit is no write, or must be one, the file
and the method stand in ALLOWED with the reason; an entry that matches nothing fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.guards import tree

WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
WRITES |= {f"a{name}" for name in WRITES}

ALLOWED: dict[tuple[str, str], str] = {}


def _may_write(path: Path) -> bool:
    within = path.relative_to(tree.SOURCE).parts
    return within[0] in {"index", "kit"} or (within[0] == "store" and within[-1] == "actions.py")


def _is_mapping_update(call: ast.Call, method: str) -> bool:
    # A queryset takes its values by name only; dict, set and hash objects take them by place.
    return method in {"update", "aupdate"} and bool(call.args)


def writes_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and method of each call that looks like a write."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in WRITES and not _is_mapping_update(node, method):
                yield node.lineno, method


def test_rows_are_written_in_actions_only():
    found = [
        (tree.inside(path), line, method)
        for path in tree.python_files()
        if not _may_write(path)
        for line, method in writes_in(tree.parsed(path))
    ]
    refused = [hit for hit in found if (hit[0], hit[2]) not in ALLOWED]
    assert refused == [], "move these writes into an action of the store"
    assert set(ALLOWED) <= {(path, method) for path, _, method in found}, "stale entries in ALLOWED"


def test_the_check_sees_a_write_and_passes_a_dictionary():
    module = ast.parse("Incident.objects.update(title='x')\nrow.save()\nseen.update(other)\n")
    assert [method for _, method in writes_in(module)] == ["update", "save"]

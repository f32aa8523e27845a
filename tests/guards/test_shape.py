"""Names and sizes: no junk drawers, no giant files, sentence names for migrations."""

from __future__ import annotations

import re
from pathlib import Path

from tests.guards import tree

JUNK_DRAWERS = {"utils", "util", "common", "helpers", "misc", "base", "core", "lib"}
LONGEST = 600
# Style sheets are flat lists, and without a bundler each further file is a request (ADR 6).
MEASURED = {".py", ".html", ".js"}

# file -> why it may be longer
LONG_FILES: dict[str, str] = {
    "src/incidentbase/store/migrations/0001_create_the_store_tables.py": (
        "Django wrote it in one piece: the first tables refer to one another"
    ),
}


def _is_ours(path: Path) -> bool:
    return path.suffix in MEASURED and ".min." not in path.name and "vendor" not in path.parts


def test_no_module_or_package_is_a_junk_drawer():
    roots = (tree.SOURCE, tree.REPOSITORY / "tests", tree.REPOSITORY / "benchmarks")
    named = [path for root in roots for path in root.rglob("*") if path.is_dir() or _is_ours(path)]
    bad = [str(path.relative_to(tree.REPOSITORY)) for path in named if path.stem in JUNK_DRAWERS]
    assert bad == []


def test_no_file_is_longer_than_the_limit():
    roots = (tree.SOURCE, tree.REPOSITORY / "tests", tree.REPOSITORY / "benchmarks")
    lengths = {
        path.relative_to(tree.REPOSITORY).as_posix(): len(path.read_bytes().splitlines())
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and _is_ours(path)
    }
    long = {name for name, length in lengths.items() if length > LONGEST}
    assert long - set(LONG_FILES) == set(), f"split these files: over {LONGEST} lines"
    assert set(LONG_FILES) - long == set(), "stale entries in LONG_FILES"


def test_migrations_are_named_by_sentences():
    names = [path.stem for path in (tree.SOURCE / "store" / "migrations").glob("0*.py")]
    assert [name for name in names if "auto_" in name] == []
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*", name)] == []

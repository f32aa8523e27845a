"""What the guards look at: the files of the source tree, read once."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "incidentbase"
DOCS = REPOSITORY / "docs"


def python_files(*roots: Path) -> list[Path]:
    """Return the Python files below the roots (default: the package), migrations left out."""
    found = (path for root in roots or (SOURCE,) for path in root.rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def templates() -> list[Path]:
    """Return every HTML template of the package."""
    return sorted(path for path in SOURCE.rglob("*.html") if "templates" in path.parts)


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def inside(path: Path) -> str:
    """Return the path within the package, as the allow-lists write it."""
    return path.relative_to(SOURCE).as_posix()


def packages() -> set[str]:
    """Return every Python package below `incidentbase`, as a path."""
    return {inside(path.parent) for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE}

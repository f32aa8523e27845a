"""The documents that must stay true: map, decisions, settings, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guards import reference, tree

SHORT = 400  # words
DECISIONS = sorted((tree.DOCS / "adr").glob("[0-9]*.md"))
MARKDOWN = sorted([*tree.REPOSITORY.glob("*.md"), *tree.DOCS.rglob("*.md")])
SETTING = re.compile(r"\bINCIDENTBASE_[A-Z][A-Z_]*[A-Z]\b")
GUIDE = tree.DOCS / "guide" / "operate.md"


def _mapped_packages() -> set[str]:
    text = (tree.DOCS / "map.md").read_text(encoding="utf-8")
    block = re.search(r"```text\nsrc/incidentbase/\n(.*?)```", text, re.DOTALL)
    assert block, "docs/map.md draws the tree of src/incidentbase in a text block"
    found: set[str] = set()
    open_at: list[str] = []
    for line in block[1].splitlines():
        entry = re.match(r"( +)([a-z_]+)/", line)
        if entry:
            depth = len(entry[1]) // 2
            open_at = [*open_at[: depth - 1], entry[2]]
            found.add("/".join(open_at))
    return found


def test_the_map_names_every_package():
    assert tree.packages() - _mapped_packages() == set(), "add these packages to docs/map.md"


def test_the_map_names_nothing_that_is_not_there():
    assert [name for name in sorted(_mapped_packages()) if not (tree.SOURCE / name).is_dir()] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_complete(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.split()) < SHORT
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Status", "Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_setting_is_documented_and_every_documented_setting_exists():
    from incidentbase.config import env

    declared = {setting.name for setting in env.SETTINGS}
    rows = {
        name
        for line in GUIDE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
        for name in SETTING.findall(line)
    }
    assert rows == declared


def test_the_reference_of_facets_is_fresh():
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.facets_page(), "run `make reference`"


def test_no_setting_is_read_that_is_not_declared():
    from incidentbase.config import env

    declared = {setting.name for setting in env.SETTINGS}
    declared |= {f"{name}_FILE" for name in declared}
    used = {
        (tree.inside(path), name)
        for path in tree.python_files()
        for name in SETTING.findall(path.read_text(encoding="utf-8"))
    }
    assert [use for use in sorted(used) if use[1] not in declared] == []


@pytest.mark.parametrize(
    "path", MARKDOWN, ids=lambda path: path.relative_to(tree.REPOSITORY).as_posix()
)
def test_links_between_documents_lead_somewhere(path: Path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and "mailto:" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []

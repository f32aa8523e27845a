"""The product does not know that it is under test, and pins no server for its packages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.guards import tree

TEST_TOOLS = {"pytest", "unittest", "time_machine", "playwright"}
TEST_FLAGS = {"TESTING", "IS_TEST", "UNDER_TEST", "TEST_MODE", "RUNNING_TESTS"}
TEST_WORDS = re.compile(r"PYTEST_|\bpytest\b|^test$|^CI$")

# file -> why the words may stand in it
ALLOWED: dict[str, str] = {}


def questions_in(module: ast.Module) -> Iterator[str]:
    """Yield what in a module asks whether tests are running."""
    prose = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in TEST_TOOLS)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in TEST_TOOLS:
                yield str(node.module)
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in TEST_FLAGS:
                yield name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = "" if id(node) in prose else node.value
            yield from [words] if TEST_WORDS.search(words) else []


def test_no_code_asks_whether_it_is_under_test():
    found = {
        tree.inside(path): words
        for path in tree.python_files()
        if (words := list(questions_in(tree.parsed(path))))
    }
    assert {name: words for name, words in found.items() if name not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found), "stale entries in ALLOWED"


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nif 'test' in sys.argv: pass",
        "import os\nos.environ.get('PYTEST_CURRENT_TEST')",
        "from unittest import mock",
        "if settings.TESTING: pass",
    ],
)
def test_the_check_sees_each_way_of_asking(code):
    assert list(questions_in(ast.parse(code)))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_server(name):
    lines = (tree.REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    assert [
        line for line in lines if re.search(r"://|--(extra-)?index-url|--find-links", line)
    ] == []
    pinned = [line for line in lines if re.match(r"[a-z0-9]", line)]
    assert pinned
    assert [line for line in pinned if "==" not in line] == []

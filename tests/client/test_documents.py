"""The notebooks and the guide are run as they stand, over the demo records."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from incidentbase.client import Client
from tests.client.conftest import Instance

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
EXAMPLES = re.findall(r"```python\n(.*?)```", (DOCS / "guide/client.md").read_text(), re.DOTALL)
PREAMBLE = "from incidentbase.client import Client\n"


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["cells"]


def run(source: str, names: dict[str, Any], where: str) -> Any:
    """Run a cell as a notebook does, and return what its last expression gives."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, where, "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), where, "eval"), names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(
    path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENTBASE_INSTANCE", instance.address)
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for number, cell in enumerate(cells(path)):
            if cell["cell_type"] == "code":
                value = run("".join(cell["source"]), names, f"{path.name}[{number}]")
                # Showing what came out is a part of running it.
                shown.append(getattr(value, "_repr_html_", value.__repr__)())
    assert len(instance.asked) >= 2
    assert len([one for one in shown if "<table" in str(one)]) + bool(printed.getvalue()) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_came_out(path: Path) -> None:
    book = json.loads(path.read_text())
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in book["cells"]]
    assert len(ids) == len(set(ids))
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert book["cells"][0]["source"][0].startswith("# ")


def test_a_copy_that_follows_is_whole_and_then_reads_nothing(
    db: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENTBASE_INSTANCE", instance.address)
    names: dict[str, Any] = {}
    for cell in cells(NOTEBOOKS[2]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "polars" not in source:
            run(source, names, "following")
        if "keep_in_step" in names:
            break
    total = db.search().total
    everything = {one.incident_id for one in db.incidents()}
    # The first time by the list, the second one by one: both copies are whole.
    for many in (0, 10_000):
        names["MANY"] = many
        names["place"].unlink()
        assert names["keep_in_step"]() == {"told": total, "read": total, "kept": total}
        kept = json.loads(names["place"].read_text())["incidents"]
        assert {int(number) for number in kept} == everything
        asked = len(instance.asked)
        assert names["keep_in_step"]() == {"told": 0, "read": 0, "kept": total}
        assert len(instance.asked) == asked + 1
    names["db"].close()


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_guide_does_what_it_says(
    number: int, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The address and the token of the guide are nobody's.
    source = EXAMPLES[number].replace("https://example.org", instance.address)
    source = source.replace(', token="ib_…"', "")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        run(PREAMBLE + source, {"__name__": "__main__"}, f"example {number}")
    assert printed.getvalue().strip()
    assert instance.asked


def test_the_guide_names_every_error_and_method() -> None:
    import incidentbase.client

    guide = (DOCS / "guide/client.md").read_text()
    assert [name for name in incidentbase.client.__all__ if f"{name}" not in guide] == []
    methods = [name for name in vars(Client) if not name.startswith("_") and name != "close"]
    assert [name for name in methods if f"{name}(" not in guide] == []

"""An agent with the official client library: over HTTP, and over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.test_command_line import run

pytestmark = pytest.mark.slow

# Asked as somebody would who works on it; the words are not those of its title.
QUESTION = "Which incident is about Telegram channels that sold fake intimate images of women?"
DRAFT = {
    "url": "https://news.example/agent",
    "title": "A bus drives away",
    "authors": ["A. Writer"],
    "date_published": "2024-02-01",
    "text": "A bus without a driver went past its stop and nobody could get off for an hour. " * 2,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents") / "home"
    assert run(folder, "demo", "--prepare-only").returncode == 0
    return folder


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "incidentbase", "--home", home, "serve", "--port", str(port)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def environment() -> dict[str, str]:
    return {**os.environ, "INCIDENTBASE_DATABASE_URL": ""}


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{address}/", timeout=5)
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the site did not start")


@pytest.fixture(params=["http", "stdio"])
def server(request: pytest.FixtureRequest, home: Path) -> Any:
    if request.param == "http":
        return f"{request.getfixturevalue('site')}/mcp"
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "incidentbase", "--home", str(home), "mcp"],
        env=environment(),
    )


def ask(server: Any, tool: str, **given: Any) -> dict[str, Any]:
    """Return what a tool answers to the official client."""

    async def asked() -> Any:
        async with Client(server) as client:
            return await client.call_tool(tool, given)

    result = asyncio.run(asked())
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def test_an_agent_finds_incident_530_by_a_question_and_reads_it(server: Any) -> None:
    found = ask(server, "search", query=QUESTION, limit=3)
    numbers = [one["incident_id"] for one in found["results"]]
    assert 530 in numbers
    read = ask(server, "get_incident", incident_id=530)
    assert re.match(r"«source [0-9a-f]{16}»", read["title"])
    assert "sexual_violence" in read["sensitive"]
    assert read["classifications"]


def test_a_draft_of_an_agent_appears_in_the_queue(server: Any, site: str) -> None:
    way = "http" if isinstance(server, str) else "stdio"
    made = ask(server, "draft_submission", draft={**DRAFT, "title": f"Drafted over {way}"})
    assert made["code"]
    with urllib.request.urlopen(f"{site}/api/v1/submissions", timeout=20) as answer:
        waiting = [one["title"] for one in json.load(answer)["items"]]
    assert f"Drafted over {way}" in waiting


def test_a_wrong_token_is_one_line_and_exit_1(home: Path) -> None:
    done = run(home, "mcp", INCIDENTBASE_MCP_TOKEN="ib_wrong")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1

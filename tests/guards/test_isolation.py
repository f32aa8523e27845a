"""The promises of tests/conftest.py and tests/environment.py themselves."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import OutsideWorldRefused

SAMPLE = """
import pytest

def test_skipped():
    pytest.skip("the browser is missing")

@pytest.mark.allowed_in_ci
def test_skipped_with_leave():
    pytest.skip("the archive is not here")

def test_passed():
    pass
"""


def test_sockets_reach_this_machine_only():
    with socket.socket() as outward, pytest.raises(OutsideWorldRefused):
        outward.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_names_of_other_machines_are_not_looked_up():
    with pytest.raises(OutsideWorldRefused):
        socket.getaddrinfo("incidentdatabase.ai", 443)
    assert socket.getaddrinfo("localhost", 80)


def test_the_data_folder_is_thrown_away():
    assert Path(os.environ["INCIDENTBASE_HOME"]).is_relative_to(tempfile.gettempdir())


@pytest.mark.parametrize(
    ("ci", "summary"), [("true", "1 failed, 1 passed, 1 skipped"), ("", "1 passed, 2 skipped")]
)
def test_a_skipped_test_fails_in_ci_only(tmp_path, repository, ci, summary):
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = allowed_in_ci\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "tests.conftest", "-rf", "."],
        cwd=tmp_path,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(repository), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary in done.stdout
    assert ("the browser is missing" in done.stdout) == bool(ci)


def test_what_is_left_out_on_postgres_does_without_the_database_of_the_run(repository: Path):
    makefile = (repository / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    named = re.search(r"^NO_DATABASE := (.+)$", makefile, re.MULTILINE)
    assert named
    # pytest-django refuses the database to tests that ask for it by none of these.
    asks = re.compile(r"django_db|transactional_db|\bdb\b")
    for place in named[1].split():
        path = repository / place
        assert path.exists(), place
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            assert asks.search(file.read_text(encoding="utf-8")) is None, file

"""The command line as people and scripts use it: exit codes, one clear line, no traceback."""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.capture import publisher
from tests.ingest.capture.pages import PAGES

DAY = "2024-01-02T00:00:00Z"


def run(home: Path, *words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "incidentbase", "--home", str(home), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "INCIDENTBASE_DATABASE_URL": "", **variables},
        timeout=120,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small but whole snapshot: one incident with one report."""
    rows = {
        "incidents": {
            "incident_id": 7,
            "title": "A title",
            "description": "What happened",
            "date": "2024-01-02",
            "reports": [9],
        },
        "reports": {
            "report_number": 9,
            "title": "A headline",
            "url": "https://news.example/9",
            "text": "A text that is long enough to be read.",
            "authors": ["Ann"],
            "submitters": [],
            "tags": [],
            "language": "en",
            "date_published": DAY,
            "date_downloaded": DAY,
            "date_submitted": DAY,
            "date_modified": DAY,
        },
    }
    path = tmp_path / "snapshot.tar.bz2"
    with tarfile.open(path, "w:bz2") as tar:
        for name, row in rows.items():
            content = json.dumps(row).encode() + b"\n"
            member = tarfile.TarInfo(f"{name}.jsonl")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def refused(result: subprocess.CompletedProcess[str]) -> bool:
    one_line = result.stderr.count("\n") == 1
    return result.returncode == 1 and one_line and "Traceback" not in result.stderr


def test_help_names_every_command_and_loads_nothing(home: Path) -> None:
    result = run(home, "--help")
    assert result.returncode == 0
    for name in ("demo", "serve", "import", "index", "verify", "doctor", "migrate", "worker"):
        assert f"  {name} " in result.stdout
    loaded = (
        "import sys, incidentbase.__main__ as m; m.run(['--help']); print('django' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout
    assert printed.splitlines()[-1] == "False"
    assert not home.exists()


@pytest.mark.parametrize("words", [["frobnicate"], ["import"], ["import", "nope", "x"], ["index"]])
def test_wrong_usage_exits_with_2(home: Path, words: list[str]) -> None:
    result = run(home, *words)
    assert result.returncode == 2
    assert "usage:" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_what_cannot_be_imported_is_refused_in_one_line(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar.bz2").write_text("no archive", encoding="utf-8")
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as tar:
        tar.addfile(tarfile.TarInfo("../../outside.bson"))
    for source in (tmp_path / "nothing", tmp_path / "empty", tmp_path / "text.tar.bz2", hostile):
        result = run(home, "import", "aiid", source)
        assert refused(result), (source, result.stderr)
    for address in ("http://127.0.0.1/x", "http://[::1]:8080/x", "https://user@host.example/x"):
        result = run(home, "import", "aiid", address)
        assert refused(result), (address, result.stderr)
    assert "0 changes verified" in run(home, "verify").stdout


@pytest.mark.slow
def test_a_truncated_archive_leaves_the_database_as_it_was(home: Path, archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert refused(run(home, "import", "aiid", archive))
    assert "0 changes verified" in run(home, "verify").stdout


def test_an_import_prints_its_differences_and_says_when_nothing_changed(
    home: Path, archive: Path
) -> None:
    first = run(home, "import", "aiid", archive, "--json", "-")
    report = json.loads(first.stdout)
    assert report["changes"] == 3 or report["changes"] == 2
    assert run(home, "import", "aiid", archive).stdout.endswith("Nothing changed.\n")
    assert "agree with the store" in run(home, "index", "check").stdout
    assert "all sound" in run(home, "verify").stdout


def test_a_dry_run_keeps_nothing(home: Path, archive: Path) -> None:
    assert "nothing kept" in run(home, "import", "aiid", archive, "--dry-run").stdout
    assert "0 changes verified" in run(home, "verify").stdout


@pytest.fixture
def mirror(archive: Path) -> Iterator[str]:
    """The archive on a web server of this machine."""
    handler = functools.partial(_Quiet, directory=str(archive.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{archive.name}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.mark.slow
def test_a_snapshot_comes_from_an_address_that_the_operator_allows(home: Path, mirror: str) -> None:
    assert refused(run(home, "import", "aiid", mirror))
    allowed = run(home, "import", "aiid", mirror, INCIDENTBASE_FETCH_ALLOW="127.0.0.1")
    assert allowed.returncode == 0, allowed.stderr
    assert "records added" in allowed.stdout


def test_an_article_is_printed_as_json_or_refused_in_one_line(home: Path) -> None:
    with publisher.running() as site:
        path = PAGES[0].publish(site)
        refusal = run(home, "article", site.url + path)
        assert refused(refusal)
        assert "refused-address" in refusal.stderr
        allowed = {"INCIDENTBASE_FETCH_ALLOW": "127.0.0.1"}
        printed = json.loads(run(home, "article", site.url + path, **allowed).stdout)
        assert printed["title"] == PAGES[0].title
        assert printed["published"] == "2025-11-03"
        site.give("/robots.txt", "User-agent: *\nDisallow: /\n", "text/plain")
        # An instance remembers for an hour what it was allowed: this is another one.
        other = home.with_name("other")
        assert refused(run(other, "article", site.url + path, **allowed))
        unbound = run(other, "article", site.url + path, INCIDENTBASE_FETCH_ROBOTS="no", **allowed)
        assert json.loads(unbound.stdout)["notes"] == []


@pytest.mark.slow
def test_the_map_is_laid_out_by_command(home: Path, archive: Path) -> None:
    assert refused(run(home, "index", "map"))
    run(home, "import", "aiid", archive)
    result = run(home, "index", "map")
    assert (result.returncode, result.stdout) == (0, "Incidents laid out: 1\n"), result.stderr


def test_verify_refuses_a_database_without_tables(home: Path) -> None:
    result = run(home, "verify")
    assert refused(result)
    assert "incidentbase migrate" in result.stderr
    assert run(home, "migrate").returncode == 0
    assert run(home, "verify").returncode == 0


@pytest.mark.slow
def test_doctor_tells_trouble_from_advice(home: Path) -> None:
    assert run(home, "doctor").returncode == 1
    run(home, "migrate")
    healthy = run(home, "doctor", "--all", INCIDENTBASE_SECRET_KEY="very-secret")
    assert healthy.returncode == 0
    assert "very-secret" not in healthy.stdout
    unsafe = run(home, "doctor", INCIDENTBASE_DEBUG="yes")
    assert unsafe.returncode == 1
    assert "INCIDENTBASE_DEBUG" in unsafe.stdout
    nonsense = run(home, "doctor", INCIDENTBASE_DEBUG="perhaps")
    assert refused(nonsense)


def test_the_data_folder_and_its_key_are_for_the_owner_only(home: Path) -> None:
    run(home, "migrate")
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_the_demo_does_not_mix_with_other_records(home: Path, archive: Path) -> None:
    run(home, "import", "aiid", archive)
    assert refused(run(home, "demo", "--prepare-only"))


@pytest.mark.slow
def test_serve_answers_and_stops_together_with_its_worker(home: Path, archive: Path) -> None:
    assert run(home, "demo", "--prepare-only").returncode == 0
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "incidentbase", "--home", home, "demo", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "INCIDENTBASE_DATABASE_URL": ""},
    )
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ja/cite/530/") as answer:
            assert 'lang="ja"' in answer.read().decode()
        assert _has_map(f"http://127.0.0.1:{port}/summaries/spatial/")
        taken = run(home, "serve", "--port", str(port))
        assert refused(taken), taken.stderr
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
    deadline = time.monotonic() + 10
    while _is_running(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _is_running(home)


def _has_map(address: str) -> bool:
    """Return whether the worker lays out the map by itself, however busy the machine."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with urllib.request.urlopen(address) as answer:
            if answer.read().count(b"<circle") > 40:
                return True
        time.sleep(0.5)
    return False


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_running(home: Path) -> bool:
    """Return whether a process still has the data folder in its environment."""
    wanted = f"INCIDENTBASE_HOME={home}".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in entry.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_the_first_admin_is_made_by_command_and_signs_in_with_a_link(home: Path) -> None:
    assert run(home, "migrate").returncode == 0
    who = ("--email", "Ann@Example.org")
    made = run(home, "account", "create", *who, "--role", "admin")
    assert made.stdout == "The account of ann@example.org has been made.\n"
    assert run(home, "account", "role", *who, "--role", "admin").stdout == "Roles: admin\n"
    link = run(home, "account", "login-link", *who, INCIDENTBASE_SITE_URL="https://ib.example")
    assert link.stdout.startswith("https://ib.example/login/link/")
    assert run(home, "account", "reset", *who).returncode == 0
    assert run(home, "verify").returncode == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["create", "--email", "ann@example.org"], "already"),
        (["create", "--email", "ann"], "is not an e-mail address"),
        (["create", "--email", "bob@example.org", "--role", "emperor"], "there is no role emperor"),
        (["role", "--email", "ann@example.org"], "name at least one --role"),
        (["role", "--email", "ann@example.org", "--role", "submitter"], "only admin"),
        (["role", "--email", "bob@example.org", "--role", "admin"], "no account of bob"),
        (["login-link", "--email", "bob@example.org"], "no account of bob"),
        (["reset", "--email", "bob@example.org"], "no account of bob"),
    ],
)
def test_accounts_refuse_what_makes_no_sense(
    home_with_admin: Path, words: list[str], reason: str
) -> None:
    result = run(home_with_admin, "account", *words)
    assert refused(result)
    assert reason in result.stderr


@pytest.fixture(scope="module")
def home_with_admin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    run(folder, "migrate")
    run(folder, "account", "create", "--email", "ann@example.org", "--role", "admin")
    return folder


@pytest.mark.parametrize("address", ["mail.example.org", "http://x", "smtp://", "smtp://h:x"])
def test_a_mail_address_that_makes_no_sense_is_one_line(home: Path, address: str) -> None:
    result = run(home, "doctor", INCIDENTBASE_MAIL_URL=address)
    assert refused(result)
    assert "INCIDENTBASE_MAIL_URL" in result.stderr


def test_the_history_is_written_to_a_file_and_verified_without_a_database(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    assert run(home, "import", "aiid", archive).returncode == 0
    whole, public = tmp_path / "whole.jsonl", tmp_path / "public.jsonl"
    assert "entries written" in run(home, "history", "export", whole).stdout
    assert run(home, "history", "export", public, "--public").returncode == 0

    elsewhere = tmp_path / "elsewhere"
    for file in (whole, public):
        assert "all sound" in run(elsewhere, "history", "check", file).stdout
    lines = whole.read_text("utf-8").splitlines(keepends=True)
    whole.write_text("".join([lines[0], *lines[2:]]), "utf-8")
    broken = run(elsewhere, "history", "check", whole)
    assert refused(broken)
    assert "entry 2 is missing" in broken.stderr
    assert refused(run(elsewhere, "history", "check", tmp_path / "nothing"))
    assert refused(run(home, "history", "export", tmp_path / "no" / "folder"))


@pytest.mark.slow
def test_a_taxonomy_is_checked_added_and_written_out(home: Path, tmp_path: Path) -> None:
    sample = Path(__file__).parent / "samples" / "everything.yaml"
    assert "13 fields and 3 within them" in run(home, "taxonomy", "check", sample).stdout
    run(home, "migrate")
    assert "would be added" in run(home, "taxonomy", "add", sample, "--dry-run").stdout
    assert "Everything is added." in run(home, "taxonomy", "add", sample).stdout
    assert "Everything is like that already." in run(home, "taxonomy", "add", sample).stdout
    listed = run(home, "taxonomy", "list").stdout
    assert "Everything  version 1, 0 classifications" in listed
    assert "MIT  bundled" in listed
    run(home, "taxonomy", "export", "Everything", tmp_path / "out.yaml")
    assert "taxonomy: Everything" in (tmp_path / "out.yaml").read_text(encoding="utf-8")
    run(home, "taxonomy", "answers", "everything", tmp_path / "out.csv")
    header = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert header.startswith("Namespace,Incident ID,Published,Summary,")


@pytest.mark.slow
def test_answers_come_in_from_a_table(home: Path, tmp_path: Path) -> None:
    sample = Path(__file__).parent / "samples" / "everything.yaml"
    run(home, "demo", "--prepare-only")
    run(home, "taxonomy", "add", sample)
    table = tmp_path / "answers.csv"
    table.write_text("case,Summary,Sky\n1,A bot lied.,blue\n999999,x,\n", encoding="utf-8")
    into = ("taxonomy", "import", "Everything", table)
    unnamed = run(home, *into)
    assert (unnamed.returncode, unnamed.stderr.count("\n")) == (1, 1)
    assert "Say which column has the numbers" in unnamed.stderr
    named = (*into, "--column", "case=incident")
    tried = run(home, *named, "--dry-run").stdout
    assert "left out: column Sky" in tried
    assert "line 3: Incident 999999 is not here." in tried
    assert "1 new, 0 changed, 0 as they are, 1 refused." in tried
    refused = run(home, *named)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Everything  version 1, 0 classifications" in run(home, "taxonomy", "list").stdout
    assert "Written." in run(home, *named, "--leave-out", "--publish").stdout
    assert "0 new, 0 changed, 1 as they are" in run(home, *named, "--dry-run").stdout
    for wrong in (
        (*into, "--column", "no=incident"),
        ("taxonomy", "import", "Everything"),
        ("taxonomy", "import", "None", table),
        ("taxonomy", "import", "Everything", tmp_path / "none.csv"),
        (*named, "--separator", "x"),
    ):
        answer = run(home, *wrong)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), wrong


def test_a_broken_taxonomy_is_refused_with_its_line(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("taxonomy: Try\nfields:\n  - {name: A, type: x}\n", encoding="utf-8")
    refused = run(home, "taxonomy", "check", broken)
    assert refused.returncode == 1
    assert "line 3: 'x' is no type" in refused.stderr
    assert refused.stderr.count("\n") == 1
    run(home, "migrate")
    for words in (("check", "missing.yaml"), ("export", "None")):
        answer = run(home, "taxonomy", *words)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)

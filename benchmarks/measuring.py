"""What the measurements share: a data folder of their own, processes watched, results written."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "benchmarks" / "results"
SNAPSHOT = Path(
    os.environ.get(
        "INCIDENTBASE_SNAPSHOT", REPOSITORY.parent / "shared" / "data" / "aiid-snapshot.tar.bz2"
    )
)


@contextmanager
def data_folder() -> Iterator[Path]:
    """Give an empty data folder, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="incidentbase-bench-") as folder:
        yield Path(folder)


def command(home: Path, *words: str) -> list[str]:
    """Return the command line of the product with a data folder."""
    return [sys.executable, "-m", "incidentbase", "--home", str(home), *words]


def run(home: Path, *words: str) -> tuple[float, float, str]:
    """Run a command; return its seconds, its peak resident megabytes and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command(home, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watched = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.02)
    printed = process.stdout.read() if process.stdout else ""
    process.wait()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {printed}")
    return time.perf_counter() - start, peak / 1e6, printed


@contextmanager
def served(home: Path, *, port: int, workers: int = 1) -> Iterator[str]:
    """Serve a data folder and give its address."""
    process = subprocess.Popen(
        command(home, "serve", "--port", str(port), "--workers", str(workers)),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "http" not in line:
            raise SystemExit("the site did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def fetch(address: str) -> tuple[float, bytes]:
    """Return the milliseconds that a request took, and the body."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    start = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    return (time.perf_counter() - start) * 1000, body


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return minimum, median and maximum."""
    return {
        "min": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "max": round(max(values), 1),
    }


def report(name: str, rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table and write them to benchmarks/results."""
    headings = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[str(row.get(key, "")) for key in headings] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for line in (headings, *cells):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    written = json.dumps({"name": name, "machine": machine, "rows": rows}, indent=2)
    (RESULTS / f"{name}.json").write_text(f"{written}\n", encoding="utf-8")

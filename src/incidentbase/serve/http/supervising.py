"""Runs the web server, the worker and what takes long as children, and stops them together."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from incidentbase.index import spatial

START_WITHIN = 60.0
STOP_WITHIN = 15.0
PAUSE = 0.2


class CannotServe(Exception):
    """The site cannot be served; the message is one clear line."""


def serve(*, host: str, port: int, workers: int, say: Callable[[str], object]) -> None:
    """Serve until a signal says stop. Raises CannotServe when the port is taken or start fails."""
    _require_free(host, port)
    stopping = threading.Event()
    with _signals(stopping), _child(_web(host, port, workers)) as web:
        worker = subprocess.Popen(_WORKER)
        try:
            _await_start(web, host, port, stopping)
            say(f"IncidentBase is at http://{_shown(host)}:{port}/ (stop it with Ctrl+C)")
            sys.stdout.flush()
            while not stopping.wait(PAUSE):
                if web.poll() is not None:
                    raise CannotServe("the web server stopped by itself; its log tells why")
                if worker.poll() is not None:
                    worker = subprocess.Popen(_WORKER)
        finally:
            stop(worker)


class Mapper:
    """Keeps the map of incidents in step; a new layout is made beside the worker, not in it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._is_unsure = True

    def __enter__(self) -> Self:
        """Start without a child: there is one only while a layout is made."""
        return self

    def __exit__(self, *_reason: object) -> None:
        """Stop the child, if there is one; the layout before stays."""
        if self._child is not None:
            stop(self._child)

    def tend(self, *, at: dt.datetime, has_news: bool) -> None:
        """Look after the map if there may be a reason: news, the first time, a layout just made.

        After a layout that failed, only news is a reason.
        """
        self._is_unsure = self._is_unsure or has_news
        if self._child is not None:
            if self._child.poll() is None:
                return
            self._is_unsure = has_news or self._child.returncode == 0
            self._child = None
        if not self._is_unsure:
            return
        self._is_unsure = False
        found = spatial.pending(at=at)
        if found.is_due:
            self._child = subprocess.Popen(_MAP, stdout=subprocess.DEVNULL)
            os.setpriority(os.PRIO_PROCESS, self._child.pid, _PATIENT)
        elif found.missing:
            spatial.join(found.missing, at=at)


_WORKER = [sys.executable, "-m", "incidentbase", "worker"]
# A layout gives way to readers.
_PATIENT = 10
_MAP = [sys.executable, "-m", "incidentbase", "index", "map"]


def _web(host: str, port: int, workers: int) -> list[str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "incidentbase.config.wsgi:application",
        f"--bind={address}",
        f"--workers={workers}",
        "--worker-class=gthread",
        "--threads=4",
        # The most that gunicorn knows: a search with many filters makes a long address.
        "--limit-request-line=8190",
        "--log-level=warning",
        "--preload",
    ]


def _shown(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotServe(f"cannot listen on {host}:{port}: {reason}") from None


def _await_start(
    web: subprocess.Popen[bytes], host: str, port: int, stopping: threading.Event
) -> None:
    deadline = time.monotonic() + START_WITHIN
    target = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104 (compared)
    while not stopping.is_set():
        if web.poll() is not None:
            raise CannotServe("the web server could not start; its log tells why")
        with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as probe:
            if probe.connect_ex((target, port)) == 0:
                return
        if time.monotonic() > deadline:
            raise CannotServe("the web server did not start in time")
        stopping.wait(PAUSE)


@contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    former = {
        number: signal.signal(number, lambda *_: stopping.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _child(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child: first by asking, then by force."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

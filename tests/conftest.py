"""What every test may count on: no way out of the machine, a frozen clock on request, honest CI.

With CI=true a skipped test is a failed test, unless it is marked `allowed_in_ci`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import time_machine

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
AT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
LOCAL_NAMES = {"", "localhost", "ip6-localhost"}


class OutsideWorldRefused(RuntimeError):
    """A test tried to leave the machine."""


def _stays_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True, scope="session")
def no_way_out() -> Iterator[None]:
    """Let sockets of this process reach loopback addresses and Unix sockets only."""
    patch = pytest.MonkeyPatch()
    resolve = socket.getaddrinfo

    def guarded(name: str) -> None:
        original: Callable[..., object] = getattr(socket.socket, name)

        def reach(self: socket.socket, address: object, *rest: object) -> object:
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and not (isinstance(address, tuple) and _stays_here(address[0])):
                raise OutsideWorldRefused(f"a test may not reach {address}")
            return original(self, address, *rest)

        patch.setattr(socket.socket, name, reach)

    def look_up(host: object, *args: object, **kwargs: object) -> object:
        # A written address needs no name server; connecting to it is refused above.
        if not (_stays_here(host) or _is_address(host)):
            raise OutsideWorldRefused(f"a test may not look up {host!r}")
        return resolve(host, *args, **kwargs)  # type: ignore[arg-type]

    guarded("connect")
    guarded("connect_ex")
    patch.setattr(socket, "getaddrinfo", look_up)
    yield
    patch.undo()


@pytest.fixture
def at() -> dt.datetime:
    """Return the moment at which the test takes place."""
    return AT


@pytest.fixture
def frozen_time() -> Iterator[time_machine.Traveller]:
    """Stop the clock at `at`; move it on with `frozen_time.shift(seconds)`."""
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip("Chromium is not installed; on Debian and Ubuntu: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def snapshot_path(repository: Path) -> Path:
    """Return the archive of the reference database; without it the test is skipped."""
    given = os.environ.get("INCIDENTBASE_SNAPSHOT")
    path = Path(given) if given else repository.parent / "shared/data/aiid-snapshot.tar.bz2"
    if not path.exists():
        pytest.skip(f"there is no snapshot at {path}; name one in INCIDENTBASE_SNAPSHOT")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    expected = hasattr(report, "wasxfail") or item.get_closest_marker("allowed_in_ci")
    if IN_CI and report.skipped and not expected:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI must run it: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and CI must run it: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return where[2] if isinstance(where, tuple) else str(where)

"""What a publisher's robots.txt lets us read (RFC 9309)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from protego import Protego

from incidentbase.ingest.capture.article import CaptureFailed
from incidentbase.ingest.capture.reasons import Reason, reason_of
from incidentbase.kit import fetch

KEPT_FOR = 3600
CLOSED_FOR = 300

_LONGEST_READ = 512_000
_LARGEST = 5_000_000
_LONGEST_KEPT = 64_000
_CLOSED = "closed"
_OPEN = "open"
# Where robots.txt cannot be had for such a cause, neither can the page.
_SHARED_TROUBLES = {
    fetch.Trouble.UNKNOWN_HOST,
    fetch.Trouble.UNREACHABLE,
    fetch.Trouble.CERTIFICATE,
    fetch.Trouble.SLOW,
    fetch.Trouble.DISK,
}


class Keeper(Protocol):
    """What keeps a robots.txt for a while, such as Django's cache."""

    def get(self, key: str) -> Any:
        """Return what was set, None for nothing."""

    def set(self, key: str, value: Any, timeout: int) -> Any:
        """Keep a value for some seconds."""


class Unkept:
    """Keeps nothing: for a process that reads one address."""

    def get(self, key: str) -> Any:
        """Return nothing."""

    def set(self, key: str, value: Any, timeout: int) -> Any:
        """Forget at once."""


def permission(
    *,
    allow: Iterable[str],
    keeper: Keeper,
    timeout: float,
    resolver: fetch.Resolver,
) -> Callable[[str], None]:
    """Return what raises CaptureFailed for an address that its publisher's robots.txt refuses."""

    def require(url: str) -> None:
        parts = urlsplit(url)
        key = f"robots:{parts.scheme}://{parts.netloc.lower()}"
        known = keeper.get(key)
        if known is None:
            known = _asked(f"{parts.scheme}://{parts.netloc}/robots.txt", allow, timeout, resolver)
            if len(known[1]) <= _LONGEST_KEPT:
                keeper.set(key, known, KEPT_FOR if known[0] == _OPEN else CLOSED_FOR)
        state, rules = known
        if state == _CLOSED:
            raise CaptureFailed(Reason.ROBOTS_UNREACHABLE, host=parts.hostname)
        if rules and not Protego.parse(rules).can_fetch(url, fetch.PRODUCT):
            raise CaptureFailed(Reason.ROBOTS, host=parts.hostname)

    return require


def _asked(
    url: str, allow: Iterable[str], timeout: float, resolver: fetch.Resolver
) -> tuple[str, str]:
    """Return whether a site is open, and its rules. Raises CaptureFailed for a site out of reach.

    A missing robots.txt allows everything, one that the server fails to give allows nothing.
    """
    with tempfile.TemporaryDirectory(prefix="incidentbase-") as folder:
        path = Path(folder) / "robots"
        try:
            fetch.fetch_to_file(
                url, path, allow=allow, max_bytes=_LARGEST, timeout=timeout, resolver=resolver
            )
        except fetch.FetchRefused:
            return _CLOSED, ""
        except fetch.FetchFailed as failure:
            if failure.trouble in _SHARED_TROUBLES:
                host = urlsplit(url).hostname
                raise CaptureFailed(reason_of(failure), detail=str(failure), host=host) from None
            is_missing = 400 <= failure.status < 500 or failure.trouble is fetch.Trouble.REDIRECTS
            return (_OPEN if is_missing else _CLOSED), ""
        with path.open("rb") as file:
            return _OPEN, file.read(_LONGEST_READ).decode("utf-8-sig", "replace")

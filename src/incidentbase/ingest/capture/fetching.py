"""Brings a file from an address, as its publisher's robots.txt allows, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from incidentbase.ingest.capture import robots
from incidentbase.ingest.capture.article import CaptureFailed
from incidentbase.ingest.capture.reasons import Reason, reason_of
from incidentbase.kit import fetch

LONGEST_ROBOTS = 8.0


def bring(
    url: str,
    path: Path,
    *,
    allow: Iterable[str],
    obey_robots: bool,
    keeper: robots.Keeper | None,
    timeout: float,
    max_bytes: int,
    accept: str,
    is_wanted: Callable[[str], bool],
    resolver: fetch.Resolver,
) -> fetch.Fetched:
    """Fetch an address into a file. Raises CaptureFailed."""
    allow = tuple(allow)
    permit = robots.permission(
        allow=allow,
        keeper=keeper or robots.Unkept(),
        timeout=min(timeout, LONGEST_ROBOTS),
        resolver=resolver,
    )
    try:
        return fetch.fetch_to_file(
            url,
            path,
            allow=allow,
            max_bytes=max_bytes,
            timeout=timeout,
            accept=accept,
            is_wanted=is_wanted,
            before=permit if obey_robots else None,
            resolver=resolver,
        )
    except fetch.FetchRefused as refusal:
        raise CaptureFailed(Reason.REFUSED_ADDRESS, detail=str(refusal)) from None
    except fetch.FetchFailed as failure:
        raise CaptureFailed(
            reason_of(failure),
            detail=str(failure),
            host=urlsplit(url).hostname,
            status=failure.status,
            megabytes=max_bytes // 1_000_000,
        ) from None

"""An image at an address, brought here so that somebody can look at it once."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from incidentbase.ingest.capture import fetching, kinds, robots
from incidentbase.ingest.capture.article import CaptureFailed
from incidentbase.ingest.capture.reasons import Reason
from incidentbase.kit import fetch

LARGEST = 5_000_000
LONGEST = 10.0

# What is said of pages in other words.
_OF_IMAGES = {
    Reason.WRONG_TYPE: Reason.NOT_AN_IMAGE,
    Reason.TOO_LARGE: Reason.IMAGE_TOO_LARGE,
    Reason.NOT_FOUND: Reason.NO_IMAGE,
    Reason.REFUSED: Reason.IMAGE_REFUSED,
    Reason.ROBOTS: Reason.IMAGE_REFUSED,
    Reason.ROBOTS_UNREACHABLE: Reason.IMAGE_REFUSED,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a type that browsers show and that runs nothing."""

    content_type: str
    data: bytes


def read_picture(
    url: str,
    *,
    allow: Iterable[str] = (),
    obey_robots: bool = True,
    keeper: robots.Keeper | None = None,
    timeout: float = LONGEST,
    max_bytes: int = LARGEST,
    resolver: fetch.Resolver = socket.getaddrinfo,
) -> Picture:
    """Fetch an address and return the image there: PNG, JPEG, WebP or GIF, told by its first bytes.

    `allow` and `keeper` are as for `read_address`. Raises CaptureFailed.
    """
    with tempfile.TemporaryDirectory(prefix="incidentbase-") as folder:
        path = Path(folder) / "image"
        try:
            fetching.bring(
                url.strip(),
                path,
                allow=allow,
                obey_robots=obey_robots,
                keeper=keeper,
                timeout=timeout,
                max_bytes=max_bytes,
                accept=kinds.ACCEPT_IMAGES,
                is_wanted=kinds.may_be_image,
                resolver=resolver,
            )
        except CaptureFailed as failure:
            reason = _OF_IMAGES.get(failure.reason, failure.reason)
            raise CaptureFailed(
                reason,
                detail=failure.detail,
                host=failure.values.get("host"),
                status=failure.values.get("status"),
                megabytes=max_bytes // 1_000_000,
            ) from None
        data = path.read_bytes()
    content_type = kinds.image_type(data)
    if content_type is None:
        raise CaptureFailed(Reason.NOT_AN_IMAGE)
    return Picture(content_type, data)

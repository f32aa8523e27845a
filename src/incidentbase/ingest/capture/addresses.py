"""From an address to an article, or to the reason why not."""

from __future__ import annotations

import datetime as dt
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from incidentbase.ingest.capture import apart, fetching, kinds, robots
from incidentbase.ingest.capture.article import SHORTEST_TEXT, Article, CaptureFailed, Reading
from incidentbase.ingest.capture.reasons import Note, Reason
from incidentbase.kit import fetch, urls

LARGEST = 15_000_000
LONGEST = 20.0


def read_address(
    url: str,
    *,
    at: dt.datetime,
    allow: Iterable[str] = (),
    obey_robots: bool = True,
    keeper: robots.Keeper | None = None,
    timeout: float = LONGEST,
    max_bytes: int = LARGEST,
    resolver: fetch.Resolver = socket.getaddrinfo,
) -> Article:
    """Fetch an address and return the article there.

    `allow` names hosts and networks that may be fetched although they are private; `keeper`
    remembers robots.txt files. Raises CaptureFailed.
    """
    url = url.strip()
    with tempfile.TemporaryDirectory(prefix="incidentbase-") as folder:
        path = Path(folder) / "document"
        fetched = fetching.bring(
            url,
            path,
            allow=allow,
            obey_robots=obey_robots,
            keeper=keeper,
            timeout=timeout,
            max_bytes=max_bytes,
            accept=kinds.ACCEPT,
            is_wanted=kinds.may_be_read,
            resolver=resolver,
        )
        reading = apart.read(
            path, content_type=fetched.content_type, url=fetched.url, today=at.date()
        )
    if isinstance(reading, Reason):
        raise CaptureFailed(reading, host=urlsplit(fetched.url).hostname)
    return _required(_article(url, fetched, reading, at), reading)


def _article(url: str, fetched: fetch.Fetched, reading: Reading, at: dt.datetime) -> Article:
    own = fetched.url.partition("#")[0]
    is_elsewhere = bool(reading.canonical_url) and not _is_same_site(reading.canonical_url, own)
    canonical = reading.canonical_url
    if not canonical or is_elsewhere or _is_front_page(canonical, own):
        canonical = own
    return Article(
        url=url,
        fetched_url=fetched.url,
        canonical_url=canonical,
        source_domain=urls.source_domain(canonical),
        content_type=kinds.declared_type(fetched.content_type),
        read_at=at,
        title=reading.title,
        authors=reading.authors,
        published=reading.published,
        language=reading.language,
        image_url=reading.image_url,
        text=reading.text,
        plain_text=reading.plain_text,
        notes=(*reading.notes, *([Note.CANONICAL_ELSEWHERE] if is_elsewhere else [])),
    )


def _is_same_site(one: str, other: str) -> bool:
    """Return whether one host is the other or stands below it, as amp.example.com does."""
    short, long = sorted((urls.source_domain(one), urls.source_domain(other)), key=len)
    return short == long or ("." in short and long.endswith(f".{short}"))


def _is_front_page(canonical: str, own: str) -> bool:
    """Return whether a page wrongly names the front page of its site as its own address."""
    return urlsplit(canonical).path in ("", "/") and urlsplit(own).path not in ("", "/")


def _required(article: Article, reading: Reading) -> Article:
    """Return the article if it has one. Raises CaptureFailed with what was found, if it has not."""
    if len(article.plain_text.strip()) >= SHORTEST_TEXT:
        return article
    reason = Reason.PAYWALL if reading.is_behind_paywall else Reason.NOT_AN_ARTICLE
    host = urlsplit(article.fetched_url).hostname
    raise CaptureFailed(reason, found=article, host=host)

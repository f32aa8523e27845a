"""Requests to one instance: never to another host, patient where that helps, quiet about tokens.

All connections belong to one pool, which is bound to the instance's own host; so no answer can
lead the token elsewhere.
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import random
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.exceptions import ClosedPoolError, HTTPError

from incidentbase import __version__
from incidentbase.client.errors import (
    ClientError,
    RedirectRefused,
    Unreachable,
    UnreadableAnswer,
    problem_of,
)

# A page of a hundred reports with all their texts has a few megabytes.
LARGEST_ANSWER = 128 * 1024 * 1024
MOST_REDIRECTS = 5
LONGEST_BACKOFF = 30.0

_CHUNK = 256 * 1024
_AGENT = f"incidentbase-client/{__version__}"
_TROUBLES = (HTTPError, HTTPException, OSError)
_WAITING = frozenset({429, 503})
_MOVED = frozenset({301, 302, 303, 307, 308})
_TOKEN = re.compile(r"[\x21-\x7e]+")

Pairs = Sequence[tuple[str, str]]


class Secret:
    """A text that no repr and no traceback with variables shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def told(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        """Show that there is one."""
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer while it arrives. To go through `chunks` raises Unreachable if it breaks off."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Transport:
    """The connections to one instance."""

    def __init__(
        self,
        base: str,
        *,
        token: str | None,
        timeout: float,
        retries: int,
        patience: float,
        agent: str,
        kept_answers: int,
    ) -> None:
        """Prepare for an instance; nothing is sent yet. Raises ValueError for a bad address."""
        self.base = _checked(base)
        parts = urlsplit(self.base)
        self._prefix = parts.path
        self._token = Secret(_checked_token(token, parts.scheme, parts.hostname or ""))
        self._retries = max(0, retries)
        self._patience = patience
        self._agent = f"{_one_line(agent)} {_AGENT}".strip()
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._most_kept = kept_answers
        self._lock = threading.Lock()
        self._pool = urllib3.connection_from_url(
            self.base, timeout=urllib3.Timeout(timeout), maxsize=4, block=False
        )

    @property
    def has_token(self) -> bool:
        """Whether requests are made for an account."""
        return bool(self._token.told())

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def get(self, path: str, query: Pairs = ()) -> Any:
        """Return the JSON at a path of the instance.

        Waits and asks again when there are too many requests or the instance is away. Raises
        Problem, Unreachable, RedirectRefused or UnreadableAnswer.
        """
        target = f"{self._prefix}{path}"
        if query:
            target += f"?{urlencode(query)}"
        known = self._known(target)
        headers = {"If-None-Match": known[0]} if known else {}
        with self._opened(target, headers, is_read=True) as (response, body):
            if known and response.status == 304:
                return _decoded(known[1])
            self._keep(target, response, body)
            return _json(response.status, body)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON once, never again by itself, and return the JSON of the answer.

        Raises what `get` raises; after Unreachable it is not known whether it arrived.
        """
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        response = self._once("POST", f"{self._prefix}{path}", headers, content)
        with _released(response):
            if response.status in _MOVED:
                raise RedirectRefused("the instance leads what is sent in to another address")
            return _json(response.status, _whole(response))

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[Stream]:
        """Give an answer whose body is still to be read. Raises what `get` raises."""
        target = f"{self._prefix}{path}"
        headers = {**headers, "Accept-Encoding": "identity"}
        with self._opened(target, headers, is_read=False) as (response, _nothing):
            if response.status >= 400:
                _json(response.status, _whole(response))
            yield Stream(response.status, response.headers, _chunks(self.base, response))

    @contextmanager
    def _opened(
        self, target: str, headers: Mapping[str, str], *, is_read: bool
    ) -> Iterator[tuple[urllib3.BaseHTTPResponse, bytes]]:
        """Give the answer at the end of all redirects and of all waiting, and its whole body.

        Without `is_read` the body is empty here, and still to be read.
        """
        for _ in range(MOST_REDIRECTS + 1):
            response, body = self._patiently(target, headers, is_read=is_read)
            with _released(response):
                if response.status not in _MOVED:
                    yield response, body
                    return
                target = self._led(target, response.headers.get("Location", ""))
        raise RedirectRefused("the instance redirects again and again")

    def _led(self, target: str, location: str) -> str:
        """Return where a redirect leads within the instance. Raises RedirectRefused."""
        url = urljoin(urljoin(self.base, target), location)
        parts = urlsplit(url)
        if not location or not self._pool.is_same_host(url) or _netloc_lies(parts.netloc):
            raise RedirectRefused(
                f"the instance at {self.base} redirects to another: {url[:200]!r}; "
                "if that is right, use its address"
            )
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _patiently(
        self, target: str, headers: Mapping[str, str], *, is_read: bool
    ) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        attempt = 0
        while True:
            is_last = attempt == self._retries
            try:
                response = self._once("GET", target, headers)
                body = _whole(response) if is_read else b""
            except Unreachable:
                if is_last:
                    raise
                wait: float | None = _backoff(attempt)
            else:
                wait = None if is_last else self._wait(response, attempt)
                if wait is None:
                    return response, body
                response.close()
            time.sleep(wait or 0)
            attempt += 1

    def _wait(self, response: urllib3.BaseHTTPResponse, attempt: int) -> float | None:
        """Return how long to wait before asking again; None when that would be of no use."""
        if response.status not in _WAITING:
            return None
        asked = _retry_after(response.headers.get("Retry-After", ""))
        wait = _backoff(attempt) if asked is None else asked
        return wait if wait <= self._patience else None

    def _once(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        own = {
            "User-Agent": self._agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **headers,
        }
        if self.has_token:
            own["Authorization"] = f"Bearer {self._token.told()}"
        try:
            return self._pool.urlopen(
                method,
                target,
                body=body,
                headers=own,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except ClosedPoolError:
            raise ClientError("this client was closed") from None
        except _TROUBLES as trouble:
            raise _unreachable(self.base, trouble) from None

    def _known(self, target: str) -> tuple[str, bytes] | None:
        with self._lock:
            known = self._kept.get(target)
            if known:
                self._kept.move_to_end(target)
            return known

    def _keep(self, target: str, response: urllib3.BaseHTTPResponse, body: bytes) -> None:
        etag = response.headers.get("ETag")
        if not (self._most_kept and etag and response.status == 200):
            return
        with self._lock:
            self._kept[target] = (etag, body)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)


def _checked(base: str) -> str:
    parts = urlsplit(base.strip().rstrip("/"))
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        raise ValueError("an instance has an address like https://example.org")
    return parts.geturl()


def _checked_token(token: str | None, scheme: str, host: str) -> str:
    if not token:
        return ""
    if not _TOKEN.fullmatch(token):
        raise ValueError("a token has letters, digits and signs only")
    if scheme != "https" and not _is_here(host):
        raise ValueError("a token is sent by https only, or to this machine")
    return token


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_line(text: str) -> str:
    return " ".join(text.encode("ascii", "ignore").decode().split())


def _netloc_lies(netloc: str) -> bool:
    """Return whether parsers could disagree about which host this is."""
    return any(sign in netloc for sign in "@\\") or any(sign.isspace() for sign in netloc)


def _backoff(attempt: int) -> float:
    # Many programs that were sent away together should not come back together.
    spread = 0.5 + random.random() / 2  # noqa: S311 (a delay is no secret)
    return min(LONGEST_BACKOFF, 0.5 * 2.0**attempt) * spread


def _retry_after(given: str) -> float | None:
    """Return the seconds that a Retry-After means, None when it says nothing."""
    if given.strip().isdecimal():
        return float(given)
    try:
        moment = email.utils.parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


@contextmanager
def _released(response: urllib3.BaseHTTPResponse) -> Iterator[None]:
    try:
        yield
    finally:
        # What was not read to its end cannot serve another request.
        if response.closed:
            response.release_conn()
        else:
            response.close()


def _chunks(base: str, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream(_CHUNK, decode_content=False)
    except _TROUBLES as trouble:
        raise _unreachable(base, trouble) from None


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    with _released(response):
        try:
            body = response.read(LARGEST_ANSWER + 1, decode_content=True)
        except _TROUBLES as trouble:
            raise _unreachable("the instance", trouble) from None
        if len(body) > LARGEST_ANSWER:
            raise UnreadableAnswer(f"the answer has more than {LARGEST_ANSWER:,} bytes")
        return body


def _json(status: int, body: bytes) -> Any:
    """Return what the answer says. Raises Problem for a refusal, else UnreadableAnswer."""
    if status >= 400:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = {}
        raise problem_of(status, document)
    return _decoded(body)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableAnswer("the answer is not JSON: is this an IncidentBase?") from None


def _unreachable(where: str, trouble: Exception) -> Unreachable:
    said = " ".join(str(trouble).split()) or type(trouble).__name__
    return Unreachable(f"{where} gives no answer: {said}")

"""Fetches an address of the outside world, or posts to it, and cannot be turned against us.

A name is resolved once; every address it has must be one of the open internet, and the
connection goes to the very address that was checked. Each redirect is checked anew; what is
posted follows none. Bytes and time are capped. The operator may allow hosts and networks that
would be refused, such as a mirror on the intranet. The time of looking up the name is not counted:
the system's resolver has limits of its own and cannot be interrupted.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from incidentbase import __version__

MOST_REDIRECTS = 5

PRODUCT = "IncidentBase"  # the name by which a robots.txt speaks of us

_USER_AGENT = f"{PRODUCT}/{__version__}"
_REDIRECTS = {301, 302, 303, 307, 308}
_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_LONGEST_URL = 4096
_LONGEST_CONNECT = 20.0
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"(?:\d+|0x[0-9a-f]*)")
# What `is_global` lets through: addresses that carry or stand for another one.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            "::/96",  # IPv4-compatible
            "64:ff9b:1::/48",  # translation inside of a network
            "2001::/23",  # Teredo and other protocol assignments
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
            "fec0::/10",  # site-local, as link-local was once extended
            "192.0.0.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "100.64.0.0/10",  # shared by customers of one provider
            "168.63.129.16/32",  # a public address that a cloud answers inside of its machines
        ),
    )
)
_NETWORK_ERRORS = (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError, zlib.error)
_BROKEN_ANSWERS = (urllib3.exceptions.ProtocolError, HTTPException, zlib.error)
# Private IPv4 addresses hide in the lower half of such IPv6 addresses, whatever the upper half.
_ISATAP = (0x00005EFE, 0x02005EFE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[..., Iterable[tuple[object, ...]]]


class FetchRefused(Exception):
    """The address is one that must not be fetched; the text says why in one line."""


class Trouble(StrEnum):
    """Why a fetch failed, for those who tell people in other words."""

    UNKNOWN_HOST = "unknown-host"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    STATUS = "status"
    TYPE = "type"
    LARGE = "large"
    SLOW = "slow"
    DAMAGED = "damaged"
    REDIRECTS = "redirects"
    DISK = "disk"


class FetchFailed(Exception):
    """The address could not be fetched; the text says why in one line.

    `status` is what the server answered, where that is the trouble, else 0.
    """

    def __init__(self, text: str, trouble: Trouble, *, status: int = 0) -> None:
        super().__init__(text)
        self.trouble = trouble
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: the last address after redirects, and the size of the file."""

    url: str
    status: int
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What was answered to a post: the status, and the beginning of the answer."""

    status: int
    beginning: bytes


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the operator allows beyond the open internet."""

    hosts: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is said to a server besides the place."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A checked address: where to connect, and what to ask for there."""

    url: str
    scheme: str
    host: str
    port: int
    target: str
    address: str
    is_allowed: bool


def fetch_to_file(
    url: str,
    path: Path,
    *,
    allow: Iterable[str] = (),
    max_bytes: int,
    timeout: float,
    accept: str = "*/*",
    is_wanted: Callable[[str], bool] | None = None,
    before: Callable[[str], None] | None = None,
    resolver: Resolver = socket.getaddrinfo,
) -> Fetched:
    """Fetch a web address into a file, which is there only if everything arrived.

    `allow` names hosts and networks (`mirror.example`, `10.0.0.0/8`) that may be reached in
    addition, on any port. `accept` says which types we read; `is_wanted` is asked about the
    declared type before the body is read. `before` is told each address that is about to be
    asked, redirects included, and may raise. Raises `FetchRefused` or `FetchFailed`.
    """
    allowed = _read_allowed(allow)
    deadline = time.monotonic() + timeout
    seen_secure = False
    for _step in range(MOST_REDIRECTS + 1):
        place = _checked(url, allowed, resolver)
        if seen_secure and place.scheme == "http" and not place.is_allowed:
            raise FetchRefused(f"{place.host} would be fetched without encryption after a redirect")
        seen_secure = seen_secure or place.scheme == "https"
        if before is not None:
            before(place.url)
        with _answer(place, deadline, _Asked("GET", {"Accept": accept})) as response:
            if response.status not in _REDIRECTS:
                _require_wanted(response, place, is_wanted)
                return _saved(response, place, path, max_bytes, deadline)
            url = _next(response, place)
    raise FetchFailed(f"more than {MOST_REDIRECTS} redirects", Trouble.REDIRECTS)


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    allow: Iterable[str] = (),
    max_bytes: int,
    timeout: float,
    resolver: Resolver = socket.getaddrinfo,
) -> Posted:
    """Post to a web address, by https unless it is allowed, and return what it answered at once.

    Any status is an answer, redirects too. No more than `max_bytes` of the answer are read, and
    none of it is unpacked. Raises `FetchRefused` or `FetchFailed`.
    """
    deadline = time.monotonic() + timeout
    place = _postable(url, allow, resolver)
    with _answer(place, deadline, _Asked("POST", headers, body)) as response:
        pieces = []
        left = max_bytes
        while left and (data := response.read(left, decode_content=False)):
            pieces.append(data)
            left -= len(data)
            _remaining(place, deadline)
        # An answer that the watch cut short looks like one that has come to its end.
        _remaining(place, deadline)
        return Posted(response.status, b"".join(pieces))


def require_postable(
    url: str, *, allow: Iterable[str] = (), resolver: Resolver = socket.getaddrinfo
) -> None:
    """Raise FetchRefused, or FetchFailed, for an address that nothing could be posted to now."""
    _postable(url, allow, resolver)


def _postable(url: str, allow: Iterable[str], resolver: Resolver) -> _Place:
    place = _checked(url, _read_allowed(allow), resolver)
    if place.scheme != "https" and not place.is_allowed:
        raise FetchRefused(f"{place.host} would be sent something without encryption")
    return place


def _read_allowed(allow: Iterable[str]) -> _Allowed:
    hosts, networks = set(), []
    for entry in allow:
        name = entry.strip().lower().strip("[]")
        try:
            networks.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            hosts.add(name.rstrip("."))
    return _Allowed(frozenset(hosts), tuple(networks))


def _checked(url: str, allowed: _Allowed, resolver: Resolver) -> _Place:
    """Return where to connect for an address. Raises FetchRefused."""
    scheme, host, port, target = _parsed(url)
    host_is_allowed = host in allowed.hosts
    addresses = _resolved(host, port, resolver)
    is_allowed = host_is_allowed or all(
        any(address in network for network in allowed.networks) for address in addresses
    )
    if not is_allowed:
        if port not in _PORTS.values():
            raise FetchRefused(f"port {port} of {host} is not one of the web's")
        for address in addresses:
            if any(address in network for network in allowed.networks):
                continue
            if not is_public(address):
                raise FetchRefused(f"{host} is at {address}, which is not on the open internet")
    return _Place(url, scheme, host, port, target, str(addresses[0]), is_allowed)


def _parsed(url: str) -> tuple[str, str, int, str]:
    if len(url) > _LONGEST_URL:
        raise FetchRefused(f"the address is longer than {_LONGEST_URL} characters")
    if re.search(r"[\x00-\x20\x7f-\xa0\\]", url):
        raise FetchRefused("the address holds blanks, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchRefused("the address is not valid") from None
    if parts.scheme not in _PORTS:
        raise FetchRefused("only http and https addresses are fetched")
    if "@" in parts.netloc:
        raise FetchRefused("the address holds a user name or a password")
    host = _host(parts.hostname or "")
    # Only what cannot stand in a request is escaped; escapes that are there stay.
    safe = "!#$%&'()*+,/:;=?@[]~"
    target = quote(parts.path or "/", safe=safe)
    if parts.query:
        target += "?" + quote(parts.query, safe=safe)
    return parts.scheme, host, _PORTS[parts.scheme] if port is None else port, target


def _host(name: str) -> str:
    """Return the host in the one form that is resolved, compared and sent."""
    try:
        return str(ipaddress.ip_address(name)) if "%" not in name else _no_host()
    except ValueError:
        pass
    try:
        host = name.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return _no_host()
    labels = host.split(".")
    if not host or len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return _no_host()
    # `127.1`, `0x7f000001` and the like: systems read them as addresses, each in its own way.
    if _NUMERIC.fullmatch(labels[-1]):
        raise FetchRefused("the address names its host by an unusual number")
    return host


def _no_host() -> str:
    raise FetchRefused("the address names no valid host")


def _resolved(host: str, port: int, resolver: Resolver) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        found = list(resolver(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise FetchFailed(f"{host} cannot be found", Trouble.UNKNOWN_HOST) from None
    addresses = []
    for *_rest, endpoint in found:
        assert isinstance(endpoint, tuple)  # noqa: S101 (tells mypy what getaddrinfo gives)
        text = str(endpoint[0])
        try:
            # A zone, as in fe80::1%eth0, belongs to addresses of the local link.
            addresses.append(ipaddress.ip_address(text))
        except ValueError:
            raise FetchRefused(f"{host} is at an address that cannot be understood") from None
    if not addresses:
        raise FetchFailed(f"{host} cannot be found", Trouble.UNKNOWN_HOST)
    return addresses


def is_public(address: Address) -> bool:
    """Return whether an address, and any address it carries inside, is on the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _TRANSLATED:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return False
    if any(address in network for network in _REFUSED_NETWORKS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@contextmanager
def _answer(place: _Place, deadline: float, asked: _Asked) -> Iterator[HTTPResponse]:
    """Connect to the checked address, ask, and give the answer; close when the time is over."""
    connection = _connection(place, _remaining(place, deadline))
    expired = threading.Event()
    # The connection forgets its socket when an answer has no announced end.
    held: list[socket.socket | None] = []

    def expire() -> None:
        expired.set()
        # Only this ends a read in which bytes keep dripping; closing would not.
        for connected in (connection.sock, *held):
            _shut(connected)

    watch = threading.Timer(_remaining(place, deadline), expire)
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        held.append(connection.sock)
        connection.request(
            asked.method,
            place.target,
            body=asked.body,
            headers={
                "Host": _host_header(place),
                "User-Agent": _USER_AGENT,
                "Accept-Encoding": "identity",
                **asked.headers,
            },
            preload_content=False,
            decode_content=False,
        )
        with closing(connection.getresponse()) as response:
            yield response
    except _NETWORK_ERRORS as error:
        raise _failure(error, place, expired.is_set()) from error
    finally:
        watch.cancel()
        connection.close()


def _shut(connected: socket.socket | None) -> None:
    # It may be not there yet, or closed in the meantime.
    with suppress(OSError):
        if connected is not None:
            connected.shutdown(socket.SHUT_RDWR)


def _connection(place: _Place, seconds: float) -> HTTPConnection:
    at_most = min(seconds, _LONGEST_CONNECT)
    if place.scheme == "http":
        return HTTPConnection(place.address, place.port, timeout=at_most)
    return HTTPSConnection(
        place.address,
        place.port,
        timeout=at_most,
        # The certificate is asked for and checked by name, though the address is pinned.
        server_hostname=place.host,
        ssl_context=ssl.create_default_context(),
    )


def _host_header(place: _Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == _PORTS[place.scheme] else f"{host}:{place.port}"


def _remaining(place: _Place, deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise FetchFailed(f"{place.host} took too long", Trouble.SLOW)
    return seconds


def _failure(error: Exception, place: _Place, has_expired: bool) -> FetchFailed:
    is_unreachable = isinstance(error, urllib3.exceptions.NewConnectionError)
    is_late = isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError)
    if has_expired or (is_late and not is_unreachable):
        return FetchFailed(f"{place.host} took too long", Trouble.SLOW)
    if isinstance(error, ssl.SSLError | urllib3.exceptions.SSLError):
        text = f"{place.host} did not prove who it is: the certificate is not valid"
        return FetchFailed(text, Trouble.CERTIFICATE)
    if isinstance(error, _BROKEN_ANSWERS) and not is_unreachable:
        text = f"{place.host} sent less than it announced, or damaged data"
        return FetchFailed(text, Trouble.DAMAGED)
    text = f"{place.host} could not be reached ({type(error).__name__})"
    return FetchFailed(text, Trouble.UNREACHABLE)


def _next(response: HTTPResponse, place: _Place) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise FetchFailed(f"{place.host} redirects to nowhere", Trouble.REDIRECTS)
    try:
        # Header bytes are read as Latin-1; addresses in them are often UTF-8 all the same.
        return urljoin(place.url, quote(location.encode("latin-1"), safe="!#$%&'()*+,/:;=?@[]~\\ "))
    except ValueError:
        raise FetchRefused(f"{place.host} redirects to an address that is not valid") from None


def _require_wanted(
    response: HTTPResponse, place: _Place, is_wanted: Callable[[str], bool] | None
) -> None:
    content_type = response.headers.get("Content-Type", "")
    if response.status == 200 and is_wanted is not None and not is_wanted(content_type):
        raise FetchFailed(f"{place.host} sends something of another type", Trouble.TYPE)


def _saved(
    response: HTTPResponse, place: _Place, path: Path, max_bytes: int, deadline: float
) -> Fetched:
    if response.status != 200:
        text = f"{place.host} answered {response.status}"
        raise FetchFailed(text, Trouble.STATUS, status=response.status)
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        text = f"{place.host} announces more than {max_bytes} bytes"
        raise FetchFailed(text, Trouble.LARGE)
    size = _written(_decoded(response, place, deadline), place, path, max_bytes)
    content_type = response.headers.get("Content-Type", "")
    return Fetched(place.url, response.status, content_type, size)


def _written(pieces: Iterable[bytes], place: _Place, path: Path, max_bytes: int) -> int:
    part = path.with_name(path.name + ".part")
    size = 0
    try:
        with _disk(path), part.open("wb") as file:
            for data in pieces:
                size += len(data)
                if size > max_bytes:
                    text = f"{place.host} sends more than {max_bytes} bytes"
                    raise FetchFailed(text, Trouble.LARGE)
                file.write(data)
            file.flush()
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Tell the disk's failures from those of the network, which are OSErrors as well."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        text = f"{path.name} cannot be written: {error.strerror}"
        raise FetchFailed(text, Trouble.DISK) from error


def _decoded(response: HTTPResponse, place: _Place, deadline: float) -> Iterator[bytes]:
    """Yield the content in small pieces, also where a server packs it though not asked to."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    pieces = _pieces(response, place, deadline)
    if encoding in {"", "identity"}:
        yield from pieces
    elif encoding in {"gzip", "x-gzip"}:
        yield from _gunzipped(pieces)
    else:
        text = f"{place.host} packs its answer in a way that was not asked for"
        raise FetchFailed(text, Trouble.DAMAGED)


def _pieces(response: HTTPResponse, place: _Place, deadline: float) -> Iterator[bytes]:
    while data := response.read(_CHUNK, decode_content=False):
        yield data
        _remaining(place, deadline)
    # A connection shut by the watch looks like an answer that has come to its end.
    _remaining(place, deadline)


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for piece in pieces:
        waiting = piece
        while waiting and not unpacker.eof:
            # A few bytes can become very many: never more than one piece at a time.
            yield unpacker.decompress(waiting, _CHUNK)
            waiting = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise zlib.error("the packed data end too early")

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from incidentbase.kit import fetch
from incidentbase.kit.fetch import FetchFailed, FetchRefused, Trouble, fetch_to_file, post
from tests.kit.targets import LOOPBACK, NOT_OF_THE_WEB, NOT_PUBLIC, PUBLIC

LOCAL = ("127.0.0.0/8", "::1/128")
BODY = b"An archive, say.\n" * 100


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, pieces = self.server.answers(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            pass

    def do_POST(self):
        self.server.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.posted = []
        self.stopping = threading.Event()
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def drip(self) -> Iterator[bytes]:
        while not self.stopping.wait(0.05):
            yield b"."

    def flood(self) -> Iterator[bytes]:
        while not self.stopping.is_set():
            yield bytes(65_536)

    def answers(self, path: str):
        path = path.partition("?")[0]
        pages = {
            "/plain": (200, {"Content-Type": "text/plain", "Content-Length": "1700"}, [BODY]),
            "/unannounced": (200, {}, [BODY] * 100),
            "/packed": (200, {"Content-Encoding": "gzip"}, [gzip.compress(BODY)]),
            "/cut": (200, {"Content-Encoding": "gzip"}, [gzip.compress(BODY)[:-9]]),
            "/torn": (200, {"Content-Encoding": "gzip"}, [b"no gzip at all"]),
            "/bomb": (200, {"Content-Encoding": "gzip"}, [gzip.compress(bytes(9_000_000))]),
            "/deflated": (200, {"Content-Encoding": "deflate"}, [zlib.compress(bytes(9_000_000))]),
            "/twice": (200, {"Content-Encoding": "gzip, gzip"}, [gzip.compress(BODY)]),
            "/zstd": (200, {"Content-Encoding": "zstd"}, [b"x"]),
            "/endless": (200, {}, self.flood()),
            "/refusing": (403, {"Content-Type": "text/html"}, [b"no"]),
            "/brotli": (200, {"Content-Encoding": "br"}, [b"x"]),
            "/short": (200, {"Content-Length": "5000"}, [BODY]),
            "/huge": (200, {"Content-Length": "99999999999"}, []),
            "/missing": (404, {}, [b"no"]),
            "/nowhere": (302, {}, []),
            "/loop": (302, {"Location": "/loop"}, []),
            "/elsewhere": (302, {"Location": self.location}, []),
            "/drip": (200, {}, self.drip()),
        }
        for step in range(1, 8):
            target = f"/hop{step - 1}" if step > 1 else "/plain"
            pages[f"/hop{step}"] = (307, {"Location": target}, [])
        return pages[path]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.stopping.set()
        running.shutdown()
        thread.join()


def resolving(**addresses: str):
    """Return a resolver that knows these names; dots are written as double underscores."""

    def resolve(host, port, **_options):
        found = addresses.get(host.replace(".", "__"))
        if found is None:
            raise socket.gaierror("unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found.split()]

    return resolve


def get(url: str, path: Path, **options):
    wanted = {"allow": LOCAL, "max_bytes": 1_000_000, "timeout": 10.0, **options}
    return fetch_to_file(url, path, **wanted)


def test_fetching_writes_the_file_and_says_what_it_is(server, tmp_path):
    path = tmp_path / "file"
    fetched = get(f"{server.url}/plain?a=b%20c&d", path)
    assert path.read_bytes() == BODY
    assert fetched == fetch.Fetched(f"{server.url}/plain?a=b%20c&d", 200, "text/plain", len(BODY))
    [(target, headers)] = server.seen
    assert target == "/plain?a=b%20c&d"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"].startswith("IncidentBase/")


def test_a_name_is_resolved_once_and_its_address_pinned(server, tmp_path):
    calls = []
    known = resolving(mirror__example="127.0.0.1")

    def counting(*args, **kwargs):
        calls.append(args)
        return known(*args, **kwargs)

    url = f"http://mirror.example:{server.server_port}/plain"
    get(url, tmp_path / "file", allow=["mirror.example"], resolver=counting)
    assert len(calls) == 1
    assert server.seen[0][1]["Host"] == f"mirror.example:{server.server_port}"


def test_packed_answers_are_unpacked(server, tmp_path):
    assert get(f"{server.url}/packed", tmp_path / "file").size == len(BODY)
    assert (tmp_path / "file").read_bytes() == BODY


def test_redirects_are_followed_to_the_fifth(server, tmp_path):
    assert get(f"{server.url}/hop5", tmp_path / "file").url == f"{server.url}/plain"
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        get(f"{server.url}/hop6", tmp_path / "other")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("/missing", "answered 404"),
        ("/nowhere", "to nowhere"),
        ("/loop", "redirects"),
        ("/huge", "announces more than"),
        ("/short", "less than it announced"),
        ("/cut", "less than it announced"),
        ("/torn", "damaged"),
        ("/brotli", "not asked for"),
        ("/zstd", "not asked for"),
        ("/deflated", "not asked for"),
        ("/twice", "not asked for"),
        ("/bomb", "sends more than"),
        ("/endless", "sends more than"),
    ],
)
def test_what_does_not_arrive_leaves_no_file(server, tmp_path, page, reason):
    with pytest.raises(FetchFailed, match=reason) as caught:
        get(server.url + page, tmp_path / "file")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "trouble", "status"),
    [
        ("/missing", Trouble.STATUS, 404),
        ("/refusing", Trouble.STATUS, 403),
        ("/loop", Trouble.REDIRECTS, 0),
        ("/huge", Trouble.LARGE, 0),
        ("/bomb", Trouble.LARGE, 0),
        ("/short", Trouble.DAMAGED, 0),
    ],
)
def test_a_failure_says_what_the_trouble_was(server, tmp_path, page, trouble, status):
    with pytest.raises(FetchFailed) as caught:
        get(server.url + page, tmp_path / "file")
    assert (caught.value.trouble, caught.value.status) == (trouble, status)


def test_a_type_that_is_not_wanted_is_not_read(server, tmp_path):
    with pytest.raises(FetchFailed) as caught:
        get(f"{server.url}/plain", tmp_path / "file", is_wanted=lambda kind: kind != "text/plain")
    assert caught.value.trouble is Trouble.TYPE
    assert list(tmp_path.iterdir()) == []


def test_what_is_accepted_is_said(server, tmp_path):
    get(f"{server.url}/plain", tmp_path / "file", accept="text/html")
    assert server.seen[0][1]["Accept"] == "text/html"


def test_each_address_is_told_before_it_is_asked(server, tmp_path):
    told = []

    def before(url):
        told.append((url.removeprefix(server.url), len(server.seen)))

    get(f"{server.url}/hop2", tmp_path / "file", before=before)
    assert told == [("/hop2", 0), ("/hop1", 1), ("/plain", 2)]


def test_whoever_is_told_may_stop_it(server, tmp_path):
    def stop(_url):
        raise LookupError

    with pytest.raises(LookupError):
        get(f"{server.url}/plain", tmp_path / "file", before=stop)
    assert server.seen == []


def test_a_name_that_changes_after_the_check_is_not_asked_again(server, tmp_path):
    """DNS rebinding: the second answer would be the one that the connection uses."""
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])

    def rebinding(_host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    url = f"http://moving.example:{server.server_port}/plain"
    assert get(url, tmp_path / "file", resolver=rebinding).size == len(BODY)
    assert next(answers) == "10.0.0.1"


def test_an_older_file_survives_a_failure(server, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(FetchFailed):
        get(f"{server.url}/short", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_bytes_are_capped_also_when_not_announced(server, tmp_path):
    with pytest.raises(FetchFailed, match="sends more than 5000 bytes"):
        get(f"{server.url}/unannounced", tmp_path / "file", max_bytes=5000)


def test_dripping_bytes_end_with_the_time(server, tmp_path):
    started = time.monotonic()
    with pytest.raises(FetchFailed, match="took too long"):
        get(f"{server.url}/drip", tmp_path / "file", timeout=0.5)
    assert time.monotonic() - started < 5
    assert list(tmp_path.iterdir()) == []


def test_a_dripping_header_ends_with_the_time(tmp_path):
    def serve(listening: socket.socket):
        connected, _address = listening.accept()
        with connected:
            connected.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            try:
                while True:
                    connected.sendall(b".")
                    time.sleep(0.05)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(FetchFailed, match="took too long"):
            get(url, tmp_path / "file", timeout=0.5)
        thread.join(5)


def test_no_time_at_all_fails(server, tmp_path):
    with pytest.raises(FetchFailed, match="took too long"):
        get(f"{server.url}/plain", tmp_path / "file", timeout=0)


def test_nobody_listening_fails(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(FetchFailed, match="could not be reached"):
        get(f"http://127.0.0.1:{port}/", tmp_path / "file")


def test_a_disk_that_refuses_is_named(server, tmp_path):
    with pytest.raises(FetchFailed, match="file cannot be written"):
        get(f"{server.url}/plain", tmp_path / "no" / "file")


def test_an_unknown_name_fails(tmp_path):
    with pytest.raises(FetchFailed, match="cannot be found"):
        get("https://unknown.example/", tmp_path / "file", resolver=resolving())
    with pytest.raises(FetchFailed, match="cannot be found"):
        get("https://unknown.example/", tmp_path / "f", resolver=resolving(unknown__example=""))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_names_of_addresses_off_the_open_internet_are_refused(tmp_path, address):
    with pytest.raises(FetchRefused, match="open internet"):
        get(
            "https://innocent.example/",
            tmp_path / "file",
            allow=(),
            resolver=resolving(innocent__example=address),
        )


@pytest.mark.parametrize("address", [a for a in NOT_PUBLIC if "%" not in a])
def test_addresses_off_the_open_internet_are_refused(tmp_path, address):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(FetchRefused, match="open internet"):
        get(f"http://{host}/", tmp_path / "file", allow=())


@pytest.mark.parametrize(
    "host",
    LOOPBACK,
)
def test_loopback_is_refused_in_every_notation(tmp_path, host):
    known = resolving(localhost="127.0.0.1", localhost__localdomain="127.0.0.1")
    with pytest.raises(FetchRefused):
        get(f"http://{host}/", tmp_path / "file", allow=(), resolver=known)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_open_internet_are_public(address):
    assert fetch.is_public(fetch.ipaddress.ip_address(address))


def test_one_bad_address_among_good_ones_is_enough(tmp_path):
    both = resolving(mixed__example="8.8.8.8 127.0.0.1")
    with pytest.raises(FetchRefused, match="open internet"):
        get("https://mixed.example/", tmp_path / "file", allow=(), resolver=both)


@pytest.mark.parametrize(
    "url",
    NOT_OF_THE_WEB,
)
def test_addresses_that_are_none_of_the_web_are_refused(tmp_path, url):
    def resolve(*_args, **_kwargs):
        raise AssertionError("nothing of this may be looked up")

    with pytest.raises((FetchRefused, FetchFailed)) as caught:
        get(url, tmp_path / "file", resolver=resolve)
    assert type(caught.value) is FetchRefused
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 9200])
def test_other_ports_than_the_webs_are_refused(tmp_path, port):
    with pytest.raises(FetchRefused, match=f"port {port}"):
        get(
            f"http://open.example:{port}/",
            tmp_path / "file",
            resolver=resolving(open__example="8.8.8.8"),
        )


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/plain",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.example/",
        "file:///etc/passwd",
        "http://user:word@open.example/",
        "//inside.example/x",
        "http://[::1]:{port}/",
        "http://[broken",
        "https://inside.example/",
    ],
)
def test_every_redirect_is_checked_again(server, tmp_path, location):
    server.location = location.format(port=server.server_port)
    known = resolving(mirror__example="127.0.0.1", inside__example="10.0.0.5")
    with pytest.raises(FetchRefused):
        get(
            f"http://mirror.example:{server.server_port}/elsewhere",
            tmp_path / "file",
            allow=["mirror.example"],
            resolver=known,
        )
    assert len(server.seen) == 1


def test_a_name_that_moves_between_redirects_is_refused(server, tmp_path):
    addresses = iter(["127.0.0.1", "10.0.0.1"])

    def rebinding(_host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))]

    with pytest.raises(FetchRefused, match=r"moving\.example"):
        get(
            f"http://moving.example:{server.server_port}/hop1",
            tmp_path / "file",
            allow=["127.0.0.1"],
            resolver=rebinding,
        )


@pytest.mark.parametrize("allow", ["10.0.0.0/8", "other.example", "127.0.0.2"])
def test_allowing_one_place_allows_no_other(server, tmp_path, allow):
    with pytest.raises(FetchRefused):
        get(f"{server.url}/plain", tmp_path / "file", allow=[allow])


def test_unicode_in_addresses_is_sent_escaped(server, tmp_path):
    get(f"{server.url}/plain?q=\u4e8b\u6545", tmp_path / "file")
    assert server.seen[0][0] == "/plain?q=%E4%BA%8B%E6%95%85"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed; on Debian and Ubuntu: apt-get install openssl")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = "subjectAltName=DNS:mirror.example"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=mirror.example", "-addext", names]
    command += ["-keyout", str(path.with_name("key")), "-out", str(path.with_name("certificate"))]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.with_name("key").read_bytes())
    path.write_bytes(path.read_bytes() + path.with_name("certificate").read_bytes())
    return path


@pytest.fixture
def secure_server(server, certificate) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.asked = []
    context.sni_callback = lambda _socket, name, _context: server.asked.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_args: None
    return server


def test_tls_asks_for_the_name_and_connects_to_the_pinned_address(
    secure_server, certificate, tmp_path, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("certificate")))
    known = resolving(mirror__example="127.0.0.1")
    url = f"https://mirror.example:{secure_server.server_port}/plain"
    assert get(url, tmp_path / "file", resolver=known).size == len(BODY)
    assert secure_server.asked == ["mirror.example"]


@pytest.mark.parametrize("name", ["mirror.example", "other.example"])
def test_tls_refuses_strangers(secure_server, certificate, tmp_path, monkeypatch, name):
    if name == "other.example":  # trusted, but for another name
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("certificate")))
    known = resolving(mirror__example="127.0.0.1", other__example="127.0.0.1")
    with pytest.raises(FetchFailed, match="did not prove who it is"):
        get(
            f"https://{name}:{secure_server.server_port}/plain",
            tmp_path / "file",
            resolver=known,
        )
    assert secure_server.seen == []


def test_a_redirect_away_from_encryption_is_refused(
    secure_server, certificate, tmp_path, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("certificate")))
    secure_server.location = "http://open.example/"
    known = resolving(mirror__example="127.0.0.1", open__example="8.8.8.8")
    with pytest.raises(FetchRefused, match="without encryption"):
        get(
            f"https://mirror.example:{secure_server.server_port}/elsewhere",
            tmp_path / "file",
            resolver=known,
        )


# Posting


def posted(url, **options):
    allowed = {"headers": {}, "allow": LOCAL, "max_bytes": 100, "timeout": 5, **options}
    return post(url, b"words", **allowed)


def test_posting_sends_the_body_and_returns_the_beginning_of_the_answer(server):
    answer = posted(f"{server.url}/plain", headers={"X-Mark": "1"})
    assert (answer.status, answer.beginning) == (200, BODY[:100])
    assert server.posted == [b"words"]
    assert server.seen[0][1]["X-Mark"] == "1"


@pytest.mark.parametrize(("page", "status"), [("/refusing", 403), ("/elsewhere", 302)])
def test_any_status_is_an_answer_to_a_post(server, page, status):
    server.location = f"{server.url}/plain"
    assert posted(server.url + page).status == status
    assert [path for path, _headers in server.seen] == [page]


def test_of_an_endless_answer_to_a_post_only_the_beginning_is_read(server):
    assert posted(f"{server.url}/endless").beginning == bytes(100)


def test_a_dripping_answer_to_a_post_ends_with_the_time(server):
    began = time.monotonic()
    with pytest.raises(FetchFailed) as caught:
        posted(f"{server.url}/drip", timeout=0.5)
    assert caught.value.trouble == Trouble.SLOW
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_is_posted_off_the_open_internet(address):
    with pytest.raises(FetchRefused):
        posted("https://hooks.example/", allow=(), resolver=resolving(hooks__example=address))


@pytest.mark.parametrize("url", NOT_OF_THE_WEB)
def test_nothing_is_posted_to_addresses_that_are_none_of_the_web(url):
    with pytest.raises(FetchRefused):
        posted(url, allow=())


def test_nothing_is_posted_without_encryption():
    with pytest.raises(FetchRefused, match="without encryption"):
        posted("http://hooks.example/", allow=(), resolver=resolving(hooks__example="8.8.8.8"))

"""A publisher on loopback: it answers what a test tells it to, and remembers who asked."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from incidentbase.ingest import capture

AT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
ALLOW = ("127.0.0.0/8",)
HTML = "text/html; charset=utf-8"


class Publisher(ThreadingHTTPServer):
    """Serves what stands in `answers`: path -> (status, headers, body)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.waits = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def give(
        self, path: str, body: bytes | str = b"", content_type: str = HTML, status=200, **headers
    ) -> str:
        """Answer a path from now on, and return its address."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": content_type, **named}, data)
        return self.url + path

    def read(self, path: str, **options) -> capture.Article:
        """Return what the product reads at a path."""
        return capture.read_address(self.url + path, **{"at": AT, "allow": ALLOW, **options})

    def refusal(self, path: str, **options) -> capture.CaptureFailed:
        """Return why the product reads nothing at a path."""
        try:
            found = self.read(path, **options)
        except capture.CaptureFailed as failure:
            return failure
        raise AssertionError(f"an article was read: {found.title}")


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append(self.path)
        if path == "/slow":
            self.server.waits.wait(30)
        status, headers, body = self.server.answers.get(path, (404, {}, b"no"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@contextmanager
def running() -> Iterator[Publisher]:
    """Run a publisher."""
    with Publisher() as publisher:
        thread = threading.Thread(target=publisher.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield publisher
        finally:
            publisher.waits.set()
            publisher.shutdown()
            thread.join()

"""A program that takes webhooks, on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Message:
    """What came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def shape(self) -> Any:
        """The JSON of it."""
        return json.loads(self.body)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(Message(dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.answer_headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in self.server.pieces():
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            pass

    def log_message(self, *_args: object) -> None:
        pass


class Receiver(ThreadingHTTPServer):
    """Takes messages and answers each as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[Message] = []
        self.status = 204
        self.answer_headers: dict[str, str] = {}
        self.answer: bytes | None = b""
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """Return where it takes messages."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    def pieces(self) -> Iterator[bytes]:
        """Yield the answer; None never ends."""
        if self.answer is not None:
            yield self.answer
            return
        while not self.stopping.is_set():
            yield bytes(65_536)

    def types(self) -> list[str]:
        """Return the types of what came in, in order."""
        return [message.shape["type"] for message in self.messages]


@contextmanager
def running() -> Iterator[Receiver]:
    """Let a receiver run."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()

"""A program that takes webhooks, on this machine, and how an account has it told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import Client

from incidentbase.kit import clock as time
from incidentbase.serve.notify.delivering import send_due
from incidentbase.serve.notify.webhooks import catch_up
from incidentbase.serve.rest import telling
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import edit as edit_record
from incidentbase.store.records.actions import version_of
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook
from tests.make import records
from tests.serve.site import tree

# Where an account has its webhooks.
ADDRESS = "/account/webhooks/"


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


def make(client: Client, url: str, *events: str, **more: Any) -> str:
    """Make a webhook and return its secret."""
    answer = client.post(ADDRESS, {"url": url, "events": events or rules.EVENTS, **more})
    page = tree(answer)
    assert page.all(id="new-secret"), page.one("main").text
    return page.one(id="new-secret").text


def own() -> str:
    return f"{ADDRESS}{Webhook.objects.get().public_id}/"


def work() -> int:
    """Let the worker look once, and return how much arrived."""
    catch_up(telling, at=time.now())
    return send_due(telling, at=time.now())


def change(kind: str, key: str, **fields: Any) -> None:
    seen = version_of(recorded.state_of(kind, key) or {})
    edit_record(kind, key, fields, seen=seen, actor=records.actor())

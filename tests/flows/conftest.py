"""A browser, a server with the real middleware, and records to read.

Playwright keeps an event loop in this thread for as long as the browser lives, and Django then
takes the thread for asynchronous code: it refuses to use the database, and looks for the
connection in another place. Both are put right while the browser lives, which is no longer than
the tests of this folder run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.flows import world

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Should a page ask for another host, the test tells; the request itself goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]
WIDE = {"width": 1280, "height": 900}
PATIENCE = 10_000

# Runs before any script of the page: nothing in a page may be refused by its own policy.
NOTE_REFUSALS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Watch:
    """What a test must not see: requests to other hosts, errors in the console or in scripts."""

    origin: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("request", lambda request: self._note_request(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note_console)

    def _note_request(self, url: str) -> None:
        if urlsplit(url).scheme != "data" and not url.startswith(f"{self.origin}/"):
            self.outside.append(url)

    def _note_console(self, message: Any) -> None:
        if message.type not in {"error", "warning"}:
            return
        where = message.location.get("url", "")
        if not any(part in where for part in self.expected):
            self.errors.append(f"{message.text} ({where})")


def press(page: Page, key: str) -> None:
    """Press a key on a page that a click or a key led to, once its scripts listen."""
    page.wait_for_load_state()
    page.keyboard.press(key)


@pytest.fixture(scope="package")
def browser(chromium: str, django_db_setup: None) -> Iterator[Browser]:
    """Return the one browser of these tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    opened = connections.all()
    with sync_playwright() as playwright:
        for connection in opened:
            connections[connection.alias] = connection
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()
    patch.undo()


@pytest.fixture(scope="package")
def origin(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Return the address of a server that answers as in production, static files included.

    pytest-django's own `live_server` serves static files before any middleware, so neither
    compression nor headers would be what readers get.
    """
    with django_db_blocker.unblock():
        shared = {
            each.alias: each
            for each in connections.all()
            if each.vendor == "sqlite" and each.is_in_memory_db()
        }
        for each in shared.values():
            each.inc_thread_sharing()
        thread = LiveServerThread(
            "localhost", static_handler=lambda _app: WSGIHandler(), connections_override=shared
        )
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://localhost:{thread.port}"
    thread.terminate()
    for each in shared.values():
        each.dec_thread_sharing()


@pytest.fixture
def records(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    """Make the records, and a search index of them in a folder of this test's own."""
    settings.INDEX_FOLDER = tmp_path / "index"
    settings.SNAPSHOTS_FOLDER = tmp_path / "snapshots"
    world.keep_snapshots(settings.SNAPSHOTS_FOLDER)
    world.make()


@dataclass
class Readers:
    """Opens windows for readers, all watched."""

    browser: Browser
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def arrive(self, **options: Any) -> Page:
        """Open a window without history or cookies; options are those of a browser context."""
        usual = {
            "viewport": WIDE,
            "locale": "en-US",
            "reduced_motion": "reduce",
            "base_url": self.watch.origin,
        }
        context = self.browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        context.add_init_script(NOTE_REFUSALS)
        self.contexts.append(context)
        page = context.new_page()
        self.watch.follow(page)
        return page

    def sign_in(self, page: Page, session_key: str) -> None:
        """Give a window the cookie of a session."""
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_key}
        page.context.add_cookies([{**cookie, "url": self.watch.origin}])


@pytest.fixture
def watch(origin: str) -> Watch:
    """Return what notes requests to other hosts and errors; judged after each test."""
    return Watch(origin)


@pytest.fixture
def readers(browser: Browser, records: None, watch: Watch) -> Iterator[Readers]:
    """Return what opens windows; after the test nothing forbidden may have been noted."""
    opener = Readers(browser, watch)
    yield opener
    for context in opener.contexts:
        context.close()
    assert watch.outside == [], "a page asked another host for something"
    assert watch.errors == [], "a page has errors"


@pytest.fixture
def page(readers: Readers) -> Page:
    """Return one window of an ordinary reader."""
    return readers.arrive()

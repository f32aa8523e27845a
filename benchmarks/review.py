"""The review desk under load: opening one of 5,000 submissions, and eight editors at once.

Everything goes through HTTP to a served instance, as editors' browsers do. The database is the one
that INCIDENTBASE_DATABASE_URL names, else SQLite: `tests/servers/postgres.sh python -m
benchmarks.review` measures PostgreSQL.
"""

from __future__ import annotations

import http.cookiejar
import os
import queue
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

from benchmarks import measuring

PORT = 8943
SUBMISSIONS = 5_000
OPENINGS = 60
CLIENTS = 8
SECONDS = 60.0
TEXT = "A machine did what it should not have done, and somebody was hurt by it. " * 12
TYPED = {
    "authors": "Ann Author",
    "date_published": "2026-01-02",
    "date_downloaded": "2026-01-03",
    "text": TEXT,
    "language": "en",
    "incident_date": "2026-01-01",
    "description": "A machine did what it should not have done.",
    "developers": "Machine Works",
    "harmed": "bystanders",
}


@dataclass(slots=True)
class Tally:
    """What the editors got: numbers of reports, milliseconds, and what was no success."""

    reports: list[int] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Editor:
    """A browser that is signed in as an editor."""

    def __init__(self, site: str, session: str) -> None:
        self._site = site
        self._jar = http.cookiejar.CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(handler)
        self._opener.addheaders = [("Cookie", f"sessionid={session}")]
        self._session = session

    def open(self, path: str) -> tuple[float, str]:
        """Return the milliseconds that a page took, and the page."""
        start = time.perf_counter()
        with self._opener.open(self._request(path)) as answer:
            page = answer.read().decode()
        return (time.perf_counter() - start) * 1000, page

    def promote(self, key: str, number: int) -> tuple[float, str]:
        """Make a submission a new incident; return the milliseconds and where that led."""
        path = f"/apps/review/{key}/"
        _took, page = self.open(path)
        typed = {
            **TYPED,
            "url": f"https://press-{number % 400}.example/{number}",
            "title": f"A machine did it again, part {number}",
            "deployers": f"House {number % 50}",
            "seen": _hidden(page, "seen"),
            "csrfmiddlewaretoken": _hidden(page, "csrfmiddlewaretoken"),
            "do": "new",
        }
        start = time.perf_counter()
        body = urllib.parse.urlencode(typed).encode()
        with self._opener.open(self._request(path, body)) as answer:
            answer.read()
            return (time.perf_counter() - start) * 1000, answer.url

    def _request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        tokens = "; ".join(f"{one.name}={one.value}" for one in self._jar)
        cookies = f"sessionid={self._session}; {tokens}".rstrip("; ")
        return urllib.request.Request(self._site + path, body, {"Cookie": cookies})


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def main() -> None:
    """Measure, print and keep the figures."""
    with measuring.data_folder() as home:
        measuring.run(home, "demo", "--prepare-only")
        keys, session = _prepared(home)
        measuring.run(home, "worker", "--once")
        with measuring.served(home, port=PORT, workers=2) as site:
            editor = Editor(site, session)
            rows = [
                {"what": "the queue of 5,000", **_opened(editor, ["/apps/review/"] * OPENINGS)},
                {
                    "what": "one of 5,000",
                    **_opened(editor, [f"/apps/review/{key}/" for key in keys[:OPENINGS]]),
                },
            ]
            tally = _promoting(site, session, keys[OPENINGS:])
        rows.append({"what": "a promotion among eight", **measuring.spread(tally.took)})
        _report(rows, tally, _stored())


def _prepared(home: Path) -> tuple[list[str], str]:
    """Fill the queue; return the ids of the submissions and an editor's session."""
    os.environ["INCIDENTBASE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "incidentbase.config.settings"
    django.setup()
    from django.conf import settings
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
    )
    from django.contrib.sessions.backends.db import SessionStore

    from incidentbase.kit import clock
    from incidentbase.store.accounts.models import Account, AccountRole
    from incidentbase.store.accounts.rules import INCIDENT_EDITOR, anonymous
    from incidentbase.store.review import actions, rules

    visitor = anonymous(clock.now())
    keys = []
    for number in range(SUBMISSIONS):
        draft = rules.Draft(
            url=f"https://press-{number % 400}.example/{number}",
            title=f"A machine did it again, part {number}",
            authors=("Ann Author",),
            date_published="2026-01-02",
            date_downloaded="2026-01-03",
            text=TEXT,
        )
        keys.append(actions.submit(draft, actor=visitor))
    account = Account.objects.create(email="editor@desk.example", created_at=clock.now())
    AccountRole.objects.create(account=account, role=INCIDENT_EDITOR)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return keys, str(session.session_key)


def _opened(editor: Editor, paths: list[str]) -> dict[str, float]:
    editor.open(paths[0])
    return measuring.spread([editor.open(path)[0] for path in paths])


def _promoting(site: str, session: str, keys: list[str]) -> Tally:
    """Let the clients promote different submissions at the same time, for a minute."""
    left: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    for number, key in enumerate(keys, start=OPENINGS):
        left.put((number, key))
    tally = Tally()
    until = time.monotonic() + SECONDS

    def work() -> None:
        editor = Editor(site, session)
        while time.monotonic() < until and not left.empty():
            number, key = left.get()
            try:
                took, url = editor.promote(key, number)
            except urllib.error.HTTPError as error:
                tally.errors.append(f"{error.code} for {key}")
                continue
            found = re.search(r"done=report&number=(\d+)", url)
            if found is None:
                tally.errors.append(f"{url} for {key}")
            else:
                tally.took.append(took)
                tally.reports.append(int(found[1]))

    threads = [threading.Thread(target=work) for _client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _stored() -> dict[str, Any]:
    """Return what the database holds afterwards."""
    from django.db import connection

    from incidentbase.store.incidents.models import Incident, IncidentReport
    from incidentbase.store.records import queries
    from incidentbase.store.submissions.models import Submission

    return {
        "database": connection.vendor,
        "promoted": Submission.objects.filter(status="promoted").count(),
        "incidents": list(Incident.objects.values_list("incident_id", flat=True)),
        "linked": set(IncidentReport.objects.values_list("report__report_number", flat=True)),
        "findings": [f"{one.where}: {one.problem}" for one in queries.findings()],
    }


def _report(rows: list[dict[str, Any]], tally: Tally, stored: dict[str, Any]) -> None:
    twice = [number for number, count in Counter(tally.reports).items() if count > 1]
    lost = set(tally.reports) - stored["linked"]
    rows[-1] |= {
        "promoted": len(tally.reports),
        "twice": len(twice),
        "lost": len(lost) + stored["promoted"] - len(tally.reports),
        "errors": len(tally.errors),
        "unsound": len(stored["findings"]),
    }
    name = "review" if stored["database"] == "sqlite" else f"review_{stored['database']}"
    measuring.report(name, rows)
    for line in (*tally.errors[:5], *stored["findings"][:5]):
        print(line)
    if twice or lost or tally.errors or stored["findings"]:
        sys.exit("something went wrong")


if __name__ == "__main__":
    main()

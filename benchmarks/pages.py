"""How long pages take, warm, with one web process; and how soon a published change shows.

Targets: the page of incident 541 with its 58 reports at most 60 ms at the median; a change
on page, in search and in the JSON within 1 s; an incident made internal gone within 1 s from
results, counts, charts, CSV and feed; 400 hostile searches, none above 1 s.
"""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.parse
from collections import Counter
from pathlib import Path

from benchmarks import measuring

PORT = 8941
ROUNDS = 60
PATHS = (
    "/",
    "/cite/541/",
    "/ja/cite/541/",
    "/cite/530/",
    "/reports/2942/",
    "/entities/",
    "/entities/openai/",
    "/taxonomies/csetv1/",
    "/summaries/incidents/",
    "/apps/discover/",
    "/apps/discover/?s=chatbot",
    "/cite/541.json",
)
CHANGES = 5
HOSTILE = 400
# Long ones come near the longest line that a web server takes.
PIECES = (
    *('"', "(", ")", "-", "*", ":", "OR ", "NOT ", "#", "||", "deployer:", "after:", "lang:"),
    *("\x00", "\x08", "\u202e", "\u0301", "顔", "の", "س", "é", "9", "(a+)+$", "[a-z", "\\"),
    *("'; --", "<b>", " ", "robot", "\n"),
)

EDIT = """
import django; django.setup()
import sys
from incidentbase.kit import clock
from incidentbase.store.accounts.rules import system
from incidentbase.store.history import actions as history
from incidentbase.store.incidents import queries
from incidentbase.store.incidents.models import Incident
with history.recording(system("benchmark", clock.now()), "incident.edit", at=clock.now()) as r:
    before = queries.states(["541"])["541"]
    Incident.objects.filter(incident_id=541).update(title=sys.argv[1], visibility=sys.argv[2])
    r.changed("incident", "541", before, queries.states(["541"])["541"])
print(clock.now().timestamp())
"""


def main() -> None:
    """Measure and print."""
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(measuring.SNAPSHOT))
        with measuring.served(home, port=PORT) as site:
            measuring.report("pages", [_timed(site, path) for path in PATHS])
            print()
            measuring.report("freshness", [_freshness(home, site, n) for n in range(CHANGES)])
            print()
            measuring.report("hostile", [_hostile(site)])
            print()
            measuring.report("withdrawal", [_withdrawal(home, site, n) for n in range(CHANGES)])


def _timed(site: str, path: str) -> dict[str, object]:
    for _ in range(5):
        measuring.fetch(site + path)
    timings = [measuring.fetch(site + path) for _ in range(ROUNDS)]
    sent = len(timings[0][1]) // 1000
    return {"page": path, **measuring.spread([ms for ms, _body in timings]), "kB sent": sent}


def _freshness(home: Path, site: str, number: int) -> dict[str, object]:
    word = f"zebrafish{number}{os.getpid()}"
    committed = _edit(home, f"A title with {word}", "public")
    row: dict[str, object] = {"change": number + 1}
    for name, path in (
        ("page", "/cite/541/"),
        ("JSON", "/cite/541.json"),
        ("search", f"/apps/discover.json?s={word}"),
    ):
        wanted = word.encode() if name != "search" else b'"incident_id": 541'
        while wanted not in _plain(site + path):
            time.sleep(0.01)
        row[f"seconds to {name}"] = round(time.time() - committed, 2)
    return row


def _withdrawal(home: Path, site: str, number: int) -> dict[str, object]:
    """Return how long an incident that was made internal is still to be seen, output by output."""
    word = f"quagga{number}{os.getpid()}"
    _edit(home, f"A title with {word}", "public")
    found = f"/apps/discover.json?s={word}&facets=year"
    while b'"incident_id": 541' not in _plain(site + found):
        time.sleep(0.01)
    committed = _edit(home, f"A title with {word}", "internal")
    row: dict[str, object] = {"withdrawal": number + 1}
    for name, path, gone in (
        ("page", "/cite/541/", lambda body: word.encode() not in body),
        ("results", found, lambda body: b'"incident_id": 541' not in body),
        ("counts", found, lambda body: b'"count"' not in body),
        ("CSV", f"/apps/discover.csv?s={word}", lambda body: word.encode() not in body),
        ("feed", f"/apps/discover.rss?s={word}", lambda body: b"<item>" not in body),
        ("charts", f"/apps/discover/charts.csv?s={word}", lambda body: body.count(b"\n") == 1),
    ):
        while not gone(_answer(site + path)):
            time.sleep(0.01)
        row[f"seconds to {name}"] = round(time.time() - committed, 2)
    return row


def _hostile(site: str) -> dict[str, object]:
    """Return how 400 random and hostile searches were answered and how long they took."""
    rng = random.Random(400)
    taken, codes = [], Counter[int]()
    for number in range(HOSTILE):
        length = 1_000 if number % 20 == 0 else rng.randrange(1, 40)
        text = "".join(rng.choice(PIECES) for _ in range(length))
        place = rng.choice(("/apps/discover/", "/apps/discover.json", "/apps/discover.rss"))
        start = time.perf_counter()
        try:
            measuring.fetch(f"{site}{place}?{urllib.parse.urlencode({'s': text})}")
            codes[200] += 1
        except urllib.error.HTTPError as error:
            codes[error.code] += 1
        taken.append((time.perf_counter() - start) * 1000)
    return {"searches": HOSTILE, "statuses": dict(codes), **measuring.spread(taken)}


def _edit(home: Path, title: str, visibility: str) -> float:
    """Give incident 541 a title and a visibility; return when that was committed."""
    printed = subprocess.run(
        [sys.executable, "-c", EDIT, title, visibility],
        env={
            **os.environ,
            "INCIDENTBASE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "incidentbase.config.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return float(printed)


def _answer(address: str) -> bytes:
    """Return the body, whether the address is there or not."""
    try:
        return _plain(address)
    except urllib.error.HTTPError as error:
        return error.read()


def _plain(address: str) -> bytes:
    body = measuring.fetch(address)[1]
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


if __name__ == "__main__":
    main()

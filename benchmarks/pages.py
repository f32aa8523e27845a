"""How long pages take, warm, with one web process; and how soon a published change shows.

Targets: the page of incident 541 with its 58 reports at most 60 ms at the median; a change
on page, in search and in the JSON within 1 s.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
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
    Incident.objects.filter(incident_id=541).update(title=sys.argv[1])
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


def _timed(site: str, path: str) -> dict[str, object]:
    for _ in range(5):
        measuring.fetch(site + path)
    timings = [measuring.fetch(site + path) for _ in range(ROUNDS)]
    sent = len(timings[0][1]) // 1000
    return {"page": path, **measuring.spread([ms for ms, _body in timings]), "kB sent": sent}


def _freshness(home: Path, site: str, number: int) -> dict[str, object]:
    word = f"zebrafish{number}{os.getpid()}"
    printed = subprocess.run(
        [sys.executable, "-c", EDIT, f"A title with {word}"],
        env={
            **os.environ,
            "INCIDENTBASE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "incidentbase.config.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    committed = float(printed)
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


def _plain(address: str) -> bytes:
    body = measuring.fetch(address)[1]
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


if __name__ == "__main__":
    main()

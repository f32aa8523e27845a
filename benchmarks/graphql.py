"""The largest question that mirrors ask over GraphQL, beside the same rows as plain dicts.

    python -m benchmarks.graphql [ARCHIVE] [--runs 7]

Imports the archive into a new data folder, serves nothing over a network, and asks in one process
of the web server's kind for all incidents with reports (without texts), entities and
classifications. Prints medians with spread, the number of SQL queries, the memory of the process,
and the ratio to reading the same rows through the ORM as dicts and writing them as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import measuring

QUERY = """{ incidents {
  __typename incident_id title date description date_modified created_at editor_notes
  AllegedDeployerOfAISystem { entity_id name } AllegedDeveloperOfAISystem { entity_id name }
  AllegedHarmedOrNearlyHarmedParties { entity_id name } implicated_systems { entity_id name }
  reports { report_number title url source_domain date_published date_submitted authors
    submitters language image_url tags description is_incident_report created_at }
  classifications { namespace attributes { short_name value_json } }
} }"""


def main() -> None:
    """Make the data folder, then measure in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", nargs="?", default=measuring.SNAPSHOT, type=Path)
    parser.add_argument("--runs", default=7, type=int)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    if asked.home:
        os.environ["INCIDENTBASE_HOME"] = str(asked.home)
        measure(asked.runs)
        return
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(asked.archive))
        # A process of its own: the memory of the import is not that of the answer.
        own = [sys.executable, "-m", "benchmarks.graphql", "--home", str(home)]
        subprocess.run([*own, "--runs", str(asked.runs)], check=True)


def measure(runs: int) -> None:
    """Print the figures for the data folder that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")

    def asked() -> bytes:
        answer = client.post("/api/graphql", {"query": QUERY}, content_type="application/json")
        assert answer.status_code == 200, answer.content[:500]
        return answer.content

    with CaptureQueriesContext(connection) as captured:
        body = asked()
        queries = len(captured)
    data = json.loads(body)["data"]["incidents"]
    reports = {one["report_number"] for row in data for one in row["reports"]}
    said = sum(len(row["classifications"]) for row in data)
    print(f"incidents {len(data)}, reports {len(reports)}, classifications {said}")
    print(f"SQL queries {queries}, answer {len(body) / 1e6:.1f} MB")
    del data, body
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        times["GraphQL"].append(_timed(asked))
        times["ORM dicts"].append(_timed(plain))
    for name, found in times.items():
        low, high = min(found), max(found)
        print(f"{name}: median {statistics.median(found):.2f} s ({low:.2f} to {high:.2f})")
    ratio = statistics.median(times["GraphQL"]) / statistics.median(times["ORM dicts"])
    print(f"ratio {ratio:.2f}; most resident memory {_resident():.0f} MB")


def plain() -> bytes:
    """Return the same rows, read as dicts and written as JSON."""
    from django.core.serializers.json import DjangoJSONEncoder

    from incidentbase.kit import clock
    from incidentbase.store.accounts.rules import anonymous
    from incidentbase.store.incidents import queries as incidents
    from incidentbase.store.incidents.models import IncidentEntity, IncidentReport
    from incidentbase.store.records import published
    from incidentbase.store.reports.models import ReportTerm
    from incidentbase.store.taxonomies import queries as taxonomies
    from incidentbase.store.taxonomies.models import Attribute

    viewer = anonymous(clock.now())
    found = {
        row.pop("pk"): row | {"entities": [], "reports": [], "classifications": []}
        for row in incidents.visible_incidents(viewer).values(
            *("pk", "incident_id", "title", "date", "description", "modified_at", "created_at"),
            "editor_notes",
        )
    }
    for row in IncidentEntity.objects.filter(incident__in=list(found)).values(
        "incident", "role", "entity__entity_id", "entity__name"
    ):
        found[row.pop("incident")]["entities"].append(row)
    reports = {
        row["pk"]: row | {"terms": []}
        for row in published.published_reports(viewer).values(
            *("pk", "report_number", "title", "url", "source_domain", "published_at"),
            *("submitted_at", "language", "image_url", "description", "created_at"),
        )
    }
    for row in ReportTerm.objects.values("report", "kind", "value"):
        if row["report"] in reports:
            reports[row["report"]]["terms"].append((row["kind"], row["value"]))
    for row in IncidentReport.objects.values("incident", "report"):
        if row["report"] in reports and row["incident"] in found:
            found[row["incident"]]["reports"].append(reports[row["report"]])
    said = {
        row["pk"]: row | {"attributes": []}
        for row in taxonomies.classifications(viewer)
        .filter(incident__isnull=False)
        .values("pk", "taxonomy__namespace", "incident")
    }
    for row in Attribute.objects.filter(field__is_public=True).values(
        "classification", "short_name", "value_json"
    ):
        if row["classification"] in said:
            said[row.pop("classification")]["attributes"].append(row)
    for row in said.values():
        found[row["incident"]]["classifications"].append(row)
    return json.dumps(list(found.values()), cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

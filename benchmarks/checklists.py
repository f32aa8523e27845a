"""How long the risks of a checklist take over the whole archive: tags in, precedents out.

The database is SQLite in a fresh data folder. Each row is one description of a system, by the
fields whose answers are its risks.
"""

from __future__ import annotations

import os
import time

import django

from benchmarks import measuring

TIMES = 30
FAILURES = ["GMF:Known AI Technical Failure"]
DESCRIBED = {
    "one goal": ["GMF:Known AI Goal:Autonomous Driving"],
    "a goal and technologies": [
        "GMF:Known AI Goal:Face Recognition",
        "GMF:Known AI Technology:Distributional Learning",
        "GMF:Potential AI Technology:Convolutional Neural Network",
        "GMF:Known AI Technology:Face Detection",
    ],
    "two thirds of all incidents": [
        "MIT:Risk Domain:7. AI system safety, failures, and limitations",
        "MIT:Risk Domain:4. Malicious Actors & Misuse",
        "MIT:Risk Domain:1. Discrimination and Toxicity",
    ],
}
SOURCES = {
    "GMF failures": FAILURES,
    "MIT subdomains": ["MIT:Risk Subdomain"],
    "six fields": [
        *FAILURES,
        "GMF:Potential AI Technical Failure",
        "MIT:Risk Subdomain",
        "CSETv0:Harm Type",
        "CSETv1:AI Harm Level",
        "CSETv1:Tangible Harm",
    ],
}


def main() -> None:
    """Measure, print and keep the figures."""
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(measuring.SNAPSHOT))
        os.environ["INCIDENTBASE_HOME"] = str(home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "incidentbase.config.settings"
        django.setup()
        rows = [_row(name, tags, source) for name, tags in DESCRIBED.items() for source in SOURCES]
    measuring.report("checklists", rows)


def _row(name: str, tags: list[str], source: str) -> dict[str, object]:
    from incidentbase.kit import clock
    from incidentbase.store.accounts.rules import anonymous
    from incidentbase.store.checklists import precedents

    viewer = anonymous(clock.now())
    took = []
    for _time in range(TIMES):
        start = time.perf_counter()
        found = precedents.candidates(tags, SOURCES[source], viewer=viewer)
        took.append((time.perf_counter() - start) * 1000)
    numbers = {one.number for risk in found for one in risk.precedents}
    return {
        "described by": name,
        "risks from": source,
        "risks": len(found),
        "incidents": len(numbers),
        **{f"ms {name}": value for name, value in measuring.spread(took).items()},
    }


if __name__ == "__main__":
    main()

"""How good the map of incidents is: what lies side by side there, and how steady it is.

The incidents of the archive are laid out three times: the first nine tenths of them, then all of
them starting from that as the worker does, then all of them anew. `trustworthiness` (Venna and
Kaski 2001, of 10 neighbors) is 1 when no incident has neighbors on the map that its text does not
give it; `same_subdomain` is how many of the five nearest share the MIT subdomain, and `moved` how
far the older incidents are from where they were, at the median, of a map that is 2 wide.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
import numpy as np
from sklearn.manifold import trustworthiness

from benchmarks import measuring

OLDER = 0.9
NEAREST = 5
FIELD = ("MIT", "Risk Subdomain")


def main() -> None:
    """Measure, print and keep the figures."""
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(measuring.SNAPSHOT))
        _seconds, megabytes, _printed = measuring.run(home, "index", "map")
        texts, subdomains = _incidents(home)
    from incidentbase.index import projection

    older = int(len(texts) * OLDER)
    steps: list[tuple[str, list[str], list[Any]]] = [
        ("nine tenths, anew", texts[:older], [None] * older),
        ("all, from there", texts, []),
        ("all, anew", texts, [None] * len(texts)),
    ]
    rows: list[dict[str, Any]] = []
    before: list[Any] = []
    for what, given, former in steps:
        start = time.perf_counter()
        points = projection.project(given, former or [*before, *[None] * (len(texts) - older)])
        seconds = time.perf_counter() - start
        rows.append(
            {
                "layout": what,
                "incidents": len(given),
                "seconds": round(seconds, 1),
                "trustworthiness": round(_trust(given, points), 3),
                "same_subdomain": round(_same(points, subdomains), 3),
                "moved": round(_moved(before, points), 3) if before else "",
            }
        )
        before = before or points
    print(f"`index map` takes {megabytes:.0f} MB at its peak.")
    measuring.report("spatial", rows)


def _incidents(home: Path) -> tuple[list[str], list[str | None]]:
    """Return the texts that are laid out, and the subdomain of each where it has one."""
    os.environ["INCIDENTBASE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "incidentbase.config.settings"
    django.setup()
    from incidentbase.kit import clock
    from incidentbase.store.accounts.rules import anonymous
    from incidentbase.store.incidents import queries as incidents
    from incidentbase.store.taxonomies import queries as taxonomies

    viewer = anonymous(clock.now())
    answers = taxonomies.first_answers(*FIELD, viewer=viewer)
    rows = incidents.listed(viewer).order_by("incident_id")
    found = list(rows.values_list("incident_id", "title", "description"))
    texts = [f"{title}\n{description}" for _number, title, description in found]
    return texts, [answers.get(number) for number, *_words in found]


def _trust(texts: Sequence[str], points: Sequence[tuple[float, float]]) -> float:
    from incidentbase.index import projection

    vectors = projection.vectors_of(texts)
    return float(trustworthiness(vectors, np.array(points), n_neighbors=10, metric="cosine"))


def _same(points: Sequence[tuple[float, float]], subdomains: Sequence[str | None]) -> float:
    known = [place for place in range(len(points)) if subdomains[place]]
    own = np.array(points)[known]
    distances = np.linalg.norm(own[:, None] - own[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argsort(axis=1)[:, :NEAREST]
    shares = [
        subdomains[known[place]] == subdomains[known[other]]
        for place, row in enumerate(nearest)
        for other in row
    ]
    return sum(shares) / len(shares)


def _moved(before: Sequence[tuple[float, float]], points: Sequence[tuple[float, float]]) -> float:
    return statistics.median(math.dist(*pair) for pair in zip(before, points, strict=False))


if __name__ == "__main__":
    main()

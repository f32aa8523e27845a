"""What is read of each hand-written page, field by field, and how long it takes.

Twelve small pages say whether the reading still works, not how well it does on the web at large.
The time is that of one address from a publisher on loopback, with its robots.txt and a process of
its own; `alone` is the reading without that process.
"""

from __future__ import annotations

import time
import urllib.request

from benchmarks import measuring
from incidentbase.ingest.capture import reading
from tests.ingest.capture import publisher
from tests.ingest.capture.pages import PAGES, Page

TIMES = 5


def main() -> None:
    """Measure and print."""
    with publisher.running() as site:
        rows = [_row(page, site) for page in PAGES]
    total: dict[str, object] = {"page": "all"}
    for field in rows[0]:
        if field not in ("page", "ms", "ms alone"):
            total[field] = f"{sum(row[field] == 'right' for row in rows)}/{len(rows)}"
    measuring.report("articles", [*rows, total])


def _row(page: Page, site: publisher.Publisher) -> dict[str, object]:
    path = page.publish(site)
    data = urllib.request.urlopen(site.url + path).read()
    whole, alone = [], []
    for _time in range(TIMES):
        start = time.perf_counter()
        article = site.read(path)
        whole.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        reading.read(
            data, content_type=page.content_type, url=site.url + path, today=publisher.AT.date()
        )
        alone.append((time.perf_counter() - start) * 1000)
    right = page.right(article, site.url)
    return {
        "page": page.name,
        **{field: "right" if is_right else "WRONG" for field, is_right in right.items()},
        "ms": measuring.spread(whole)["median"],
        "ms alone": measuring.spread(alone)["median"],
    }


if __name__ == "__main__":
    main()

"""The archive read through the client: lists as frames, all changes, a search of everything.

Targets: each in at most 15 s on two cores, server and client together.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks import measuring
from incidentbase.client import Client

PORT = 8791


def main() -> None:
    """Measure and print."""
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(measuring.SNAPSHOT))
        with measuring.served(home, port=PORT) as address, Client(address) as db:
            db.search(limit=1).to_list()  # the first request loads what the site needs
            measuring.report("client", [_row(what, read) for what, read in _reads(db).items()])


def _reads(db: Client) -> dict[str, Callable[[], int]]:
    return {
        "incidents, pandas": lambda: len(db.incidents().to_pandas()),
        "incidents, polars": lambda: db.incidents().to_polars().height,
        "reports, polars": lambda: db.reports().to_polars().height,
        "entities, records": lambda: len(db.entities().to_list()),
        "values of classifications, polars": lambda: db.classifications().to_polars().height,
        "changes from the beginning": lambda: len(db.changes().to_list()),
        "every report by search": lambda: len(db.search(listed="all").to_list()),
    }


def _row(what: str, read: Callable[[], int]) -> dict[str, object]:
    start = time.perf_counter()
    number = read()
    seconds = time.perf_counter() - start
    return {"what": what, "records": number, "seconds": round(seconds, 1)}


if __name__ == "__main__":
    main()

"""The process that reads a document for `apart.py`.

It takes a question as JSON on its standard input and writes the reading as JSON to its standard
output.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from incidentbase.ingest.capture import apart, reading
from incidentbase.ingest.capture.reasons import Reason

MOST_MEMORY = 1024**3


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    _limit()
    found = reading.read(
        Path(question["path"]).read_bytes(),
        content_type=question["content_type"],
        url=question["url"],
        today=dt.date.fromisoformat(question["today"]),
    )
    answer = {"reason": found} if isinstance(found, Reason) else asdict(found)
    json.dump(answer, sys.stdout, default=dt.date.isoformat)


def _limit() -> None:
    with suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        seconds = int(apart.LONGEST) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()

"""The whole archive in, with its index, twice; then a snapshot with a 300 MB report file.

Targets: at most 60 s and 400 MB for the archive, a second run without changes, and 400 MB
for the large file.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import bson

from benchmarks import measuring

LARGE_BYTES = 300_000_000


def main() -> None:
    """Measure and print."""
    rows = []
    with measuring.data_folder() as home:
        for run in ("first", "second"):
            seconds, megabytes, printed = measuring.run(
                home, "import", "aiid", str(measuring.SNAPSHOT), "--json", str(home / "diff.json")
            )
            diff = json.loads((home / "diff.json").read_text(encoding="utf-8"))
            rows.append(_row(f"archive, {run} run", seconds, megabytes, diff["changes"]))
            print(printed)
        seconds, megabytes, printed = measuring.run(home, "verify")
        rows.append(_row("verify", seconds, megabytes, 0))
        seconds, megabytes, printed = measuring.run(home, "index", "rebuild")
        rows.append(_row("index rebuild", seconds, megabytes, 0))
    with measuring.data_folder() as home:
        write_large_snapshot(home / "large", LARGE_BYTES)
        seconds, megabytes, printed = measuring.run(home, "import", "aiid", str(home / "large"))
        print(printed)
        rows.append(_row("300 MB report file, with index", seconds, megabytes, -1))
    measuring.report("import_archive", rows)


def _row(what: str, seconds: float, megabytes: float, changes: int) -> dict[str, object]:
    row: dict[str, object] = {
        "what": what,
        "seconds": round(seconds, 1),
        "peak resident MB": round(megabytes),
    }
    if changes >= 0:
        row["changes"] = changes
    return row


def write_large_snapshot(folder: Path, size: int) -> None:
    """Write reports of about 20 kB, the size of real articles, as BSON until the file is large."""
    words = _words()
    target = folder / "mongodump_full_snapshot" / "aiidprod"
    target.mkdir(parents=True)
    written, number = 0, 0
    with (target / "reports.bson").open("wb") as file:
        while written < size:
            number += 1
            text = " ".join(words[(number * 7 + i * 13) % len(words)] for i in range(1_500))
            text = f"Report {number}. {text}\n"
            written += file.write(bson.encode(_report(number, text)))


def _words() -> list[str]:
    """Return a vocabulary of 20,000 made-up words, so that the index is not flattered."""
    syllables = ("ka", "lo", "mi", "re", "tu", "sen", "dor", "vi", "pal", "ne", "gor", "ith")
    return [
        syllables[n % 12] + syllables[n // 12 % 12] + syllables[n // 144 % 12] + str(n % 7)
        for n in range(20_000)
    ]


def _report(number: int, text: str) -> dict[str, object]:
    day = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number)
    return {
        "report_number": number,
        "title": f"Headline {number}",
        "url": f"https://news-{number % 500}.example/{number}",
        "source_domain": f"news-{number % 500}.example",
        "text": text,
        "plain_text": text,
        "authors": ["Staff"],
        "submitters": ["Anonymous"],
        "date_published": day,
        "date_downloaded": day,
        "date_submitted": day,
        "date_modified": day,
        "image_url": "",
        "language": "en",
        "tags": [],
    }


if __name__ == "__main__":
    main()

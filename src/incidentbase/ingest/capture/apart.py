"""Has a document read in a process of its own, with little time, little memory and no secrets."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from incidentbase.ingest.capture.article import Reading
from incidentbase.ingest.capture.reasons import Note, Reason

LONGEST = 10.0

# What a process needs to start; keys and passwords of the settings stay behind.
_KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")


def read(path: Path, *, content_type: str, url: str, today: dt.date) -> Reading | Reason:
    """Return what the document in a file says, or why it says nothing that can be read."""
    question = {
        "path": str(path),
        "content_type": content_type,
        "url": url,
        "today": today.isoformat(),
    }
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __package__],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            timeout=LONGEST,
            check=True,
        )
        return _from_json(json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError):
        return Reason.UNREADABLE


def _from_json(answer: dict[str, Any]) -> Reading | Reason:
    if "reason" in answer:
        return Reason(answer["reason"])
    published = answer["published"]
    return Reading(
        **{
            **answer,
            "authors": tuple(answer["authors"]),
            "published": dt.date.fromisoformat(published) if published else None,
            "notes": tuple(map(Note, answer["notes"])),
        }
    )

"""Makes a snapshot each week, and when somebody asks for one: beside the worker, not in it."""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from incidentbase.serve.exports import keeping
from incidentbase.serve.http import supervising
from incidentbase.store.history import queries as history

logger = logging.getLogger(__name__)

PAUSE = dt.timedelta(seconds=20)
PAUSE_AFTER_TROUBLE = dt.timedelta(hours=1)
_COMMAND = [sys.executable, "-m", "incidentbase", "snapshot", "make", "--quiet"]
# Readers come first.
_PATIENT = 10


class Weekly:
    """Looks now and then whether a snapshot is to be made, and has it made."""

    def __init__(self, home: Path, *, keep: int) -> None:
        self._home = home
        self._keep = keep
        self._child: subprocess.Popen[bytes] | None = None
        self._next: dt.datetime | None = None

    def __enter__(self) -> Self:
        """Start without a child: there is one only while a snapshot is made."""
        return self

    def __exit__(self, *_reason: object) -> None:
        """Stop the child, if there is one; what it began the next one clears away."""
        if self._child is not None:
            supervising.stop(self._child)

    def tend(self, *, at: dt.datetime) -> None:
        """Have a snapshot made if one is due or asked for; after one that failed, not at once."""
        if self._child is not None:
            if self._child.poll() is None:
                return
            failed = self._child.returncode != 0
            self._child = None
            if failed:
                logger.error("The snapshot could not be made; the next try is in an hour.")
                self._next = at + PAUSE_AFTER_TROUBLE
        if self._next is not None and at < self._next:
            return
        self._next = at + PAUSE
        if self._is_wanted(at):
            self._child = subprocess.Popen(_COMMAND, stdout=subprocess.DEVNULL)
            os.setpriority(os.PRIO_PROCESS, self._child.pid, _PATIENT)

    def _is_wanted(self, at: dt.datetime) -> bool:
        if keeping.is_asked(self._home):
            return True
        kept = keeping.stored(self._home)
        return self._keep > 0 and keeping.is_due(kept, since=history.first_at(), at=at)

"""Loaded before the settings (`-p tests.environment`): a run gets a data folder of its own.

Nothing of the person's own instance is read or written: every INCIDENTBASE_ variable but the
database address (set by tests/servers/postgres.sh) and the place of the archive is dropped.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

KEPT = {"INCIDENTBASE_DATABASE_URL", "INCIDENTBASE_SNAPSHOT"}
WORKER = os.environ.get("PYTEST_XDIST_WORKER")

if WORKER:
    # The controlling process made the folder, and removes it after all workers have ended.
    home = Path(os.environ["INCIDENTBASE_HOME"]) / WORKER
    home.mkdir(exist_ok=True)
else:
    for name in list(os.environ):
        if name.startswith("INCIDENTBASE_") and name not in KEPT:
            del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="incidentbase-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)

os.environ["INCIDENTBASE_HOME"] = str(home)

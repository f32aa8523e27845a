"""Apollo Client itself, run by Node: its paging, its cache by type names, its errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from incidentbase.client import Client
from tests.client.conftest import Instance

SCRIPT = Path(__file__).with_name("apollo") / "mirror.mjs"
# Beside the environment, where `make apollo` installs what package-lock.json pins.
FOLDER = Path(sys.prefix) / "apollo"


@pytest.fixture
def told(instance: Instance) -> dict[str, Any]:
    """Return what Apollo Client understood; without Node or its packages the test is skipped."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed; on Debian and Ubuntu: apt-get install nodejs npm")
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("the packages of Apollo Client are not installed: run `make apollo`")
    done = subprocess.run(
        # Read from its input, the script finds its packages in the folder where it runs.
        [node, "--input-type=module", "-", instance.address],
        input=SCRIPT.read_text(),
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"], "NODE_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_apollo_client_mirrors_an_instance(told: dict[str, Any], db: Client) -> None:
    incidents = list(db.incidents())
    numbers = [one.incident_id for one in incidents]
    assert told["incidents"] == numbers
    assert told["typenames"] == ["Entity", "Incident", "Report"]
    assert told["fromCache"]
    # Each record is kept once, by its own key.
    deployers = {each.entity_id for one in incidents for each in one.entities.deployer}
    reports = {number for one in incidents for number in one.report_numbers}
    assert set(told["keptKeys"]) == {
        *(f'Incident:{{"incident_id":{one}}}' for one in numbers),
        *(f'Report:{{"report_number":{one}}}' for one in reports),
        *(f'Entity:{{"entity_id":{json.dumps(one)}}}' for one in deployers),
    }
    assert told["newer"] == numbers
    assert told["future"] == []
    assert told["byGet"] == 1
    assert told["unknownField"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert told["badDate"] == ["BAD_USER_INPUT"]
    assert told["missingVariable"] == ["BAD_USER_INPUT"]

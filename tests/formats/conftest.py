"""The real archive, opened, and folders of BSON and CSV made by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidentbase.formats import aiid
from incidentbase.kit import archives


@pytest.fixture(scope="session")
def snapshot_folder(snapshot_path) -> Iterator[Path]:
    with archives.unpacked(snapshot_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def snapshot(snapshot_folder) -> aiid.Snapshot:
    return aiid.open_snapshot(snapshot_folder)


@pytest.fixture(scope="session")
def csv_folder(snapshot_folder, tmp_path_factory) -> Path:
    """Return a copy of the archive's CSV files without any BSON."""
    folder = tmp_path_factory.mktemp("csv")
    for path in snapshot_folder.glob("*/*.csv"):
        shutil.copy(path, folder)
    return folder

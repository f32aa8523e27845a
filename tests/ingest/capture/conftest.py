from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ingest.capture.publisher import Publisher, running


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """Give a publisher on loopback."""
    with running() as one:
        yield one

"""A client that speaks to `localhost`, and a fresh search index for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.make import people
from tests.serve import receiving, site


@pytest.fixture
def client() -> Client:
    """Return a client whose host is allowed."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def fresh_index(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Give the test a search index of its own."""
    with site.index_in(tmp_path / "index", settings) as folder:
        yield folder


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Forget who has asked for codes how often."""
    cache.clear()


@pytest.fixture
def read(client: Client) -> Callable[[str], site.Element]:
    """Return what fetches a page, which must be there, as a tree."""

    def fetch(address: str) -> site.Element:
        response = client.get(address)
        assert response.status_code == 200, address
        return site.tree(response)

    return fetch


@pytest.fixture
def receiver() -> Iterator[receiving.Receiver]:
    """Return a program that takes webhooks."""
    with receiving.running() as server:
        yield server


@pytest.fixture
def ann() -> Client:
    """Return a client that is signed in to an account without roles."""
    return people.signed_in()

"""Random documents, valid and not: whatever is asked, the server does not fail.

Seeded, so that a failure is the same on every machine; the number of documents is counted.
"""

from __future__ import annotations

import json
from typing import Any

import hypothesis_graphql
import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from incidentbase.serve.graphql import sdl
from incidentbase.serve.http import limits
from tests.guards import test_access as hidden
from tests.make import people, records

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CODES = {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "BAD_REQUEST",
    "INTERNAL_SERVER_ERROR",
}
ROUNDS = {"queries": 500, "mutations": 250, "negative": 300, "noise": 300}
FEWEST = 1_000


@pytest.fixture
def world(frozen_time: Any, monkeypatch: Any) -> None:
    frozen_time.move_to(records.AT)
    for name in limits.LIMITS:
        monkeypatch.setitem(limits.LIMITS, name, (10**9, 3600))
    cache.clear()
    hidden.make_public_records()


def _scalars() -> dict[str, Any]:
    from hypothesis_graphql import nodes

    texts = st.one_of(st.from_regex(r"[0-9a-f]{24}", fullmatch=True), st.text(max_size=30))
    moments = st.one_of(st.datetimes().map(lambda at: f"{at.isoformat()}Z"), st.text(max_size=30))
    return {
        "ObjectId": texts.map(nodes.String),
        "DateTime": moments.map(nodes.String),
        "Long": st.integers(-(2**60), 2**60).map(nodes.Int),
        "JSONObject": st.text(max_size=10).map(nodes.String),
    }


def _documents(kind: str) -> st.SearchStrategy[Any]:
    schema = sdl.written()
    modes = hypothesis_graphql.Mode
    if kind == "mutations":
        return hypothesis_graphql.mutations(schema, custom_scalars=_scalars())
    if kind == "queries":
        return hypothesis_graphql.queries(schema, custom_scalars=_scalars())
    if kind == "negative":
        return hypothesis_graphql.queries(schema, custom_scalars=_scalars(), mode=modes.NEGATIVE)
    noise = st.text(alphabet='{}()[]:$!@"\\ \n.incidentsfilterEQ1é\x00', max_size=200)
    return st.one_of(
        noise, st.recursive(st.just("{ a }"), lambda inner: inner.map("{{ a {} }}".format))
    )


@pytest.mark.usefixtures("world")
def test_no_document_makes_the_server_fail() -> None:
    # Whoever may do everything meets the most of the code.
    admin = people.signed_in("root@example.org", "admin")
    asked = sum(_ask(admin, kind, rounds) for kind, rounds in ROUNDS.items())
    assert asked >= FEWEST


def _ask(client: Client, kind: str, rounds: int) -> int:
    done = 0

    @seed(20261123)
    @settings(
        max_examples=rounds,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        _documents(kind), st.one_of(st.none(), st.dictionaries(st.text(max_size=5), st.integers()))
    )
    def ask(document: str, variables: dict[str, Any] | None) -> None:
        nonlocal done
        done += 1
        body = json.dumps({"query": document, "variables": variables})
        answer = client.post("/api/graphql", body, content_type="application/json")
        told = answer.json()
        assert answer.status_code in (200, 400), document
        assert told.keys() <= {"data", "errors"}, document
        for error in told.get("errors", ()):
            assert error["extensions"]["code"] in CODES, document
            assert error["message"] != "Internal server error", document

    ask()
    return done

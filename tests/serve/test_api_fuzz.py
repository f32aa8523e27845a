"""Schemathesis over the OpenAPI document: no 5xx, no answer that the document does not know.

Seeded, so that a failure is the same on every machine; the number of cases is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from incidentbase.index import sync
from incidentbase.serve.http import limits
from incidentbase.serve.rest import api
from tests.make import records

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
FEWEST_CASES = 2_000
CASES_EACH = 90


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the connection of the test, as Django's own client does: others do not see its rows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(monkeypatch: Any) -> None:
    for name in limits.LIMITS:
        monkeypatch.setitem(limits.LIMITS, name, (10**9, 3600))
    records.entity("acme")
    for number in range(1, 8):
        records.report(number)
        records.incident(number, reports=[number], deployers=["acme"])
    records.incident_translation(1, "ja", "題", "説明")
    records.duplicate(99, of=1)
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 1, ["Risk Domain", '"Privacy"'])
    sync.catch_up(at=records.AT)


@pytest.mark.usefixtures("world")
def test_no_request_makes_an_answer_that_is_not_described() -> None:
    schema = schemathesis.openapi.from_dict(api.described())
    schema.app = WSGIHandler()
    cases = 0
    for operation in [one.ok() for one in schema.get_all_operations()]:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases += _try(operation, mode)
    assert cases >= FEWEST_CASES


def _try(operation: Any, mode: GenerationMode) -> int:
    """Send requests of one kind to an operation and return how many they were."""
    done = 0

    @seed(20260304)
    @settings(
        max_examples=CASES_EACH,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal done
        answer = case.call(base_url="http://localhost", headers={"Accept-Encoding": "identity"})
        case.validate_response(answer, checks=CHECKS)
        done += 1

    send()
    return done

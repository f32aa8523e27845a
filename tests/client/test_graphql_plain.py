"""Scripts that send GraphQL by requests or curl, as they send it to the reference database."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import requests

from incidentbase.client import Client
from tests.client import mirror
from tests.client.conftest import Instance

Asking = Callable[..., Any]
PAGE = 100


def by_requests(address: str, query: str, **variables: Any) -> Any:
    """Return the data of an answer, as most scripts fetch it."""
    body = {"query": query, "variables": variables}
    answer = requests.post(f"{address}/api/graphql", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def as_a_connector(address: str, query: str, **variables: Any) -> Any:
    """Return the data with a slash at the end, and headers that pretend to be the site."""
    headers = {
        "Origin": "https://incidentdatabase.ai",
        "Referer": "https://incidentdatabase.ai/",
        "User-Agent": "Mozilla/5.0",
        "Accept": "*/*",
    }
    body = json.dumps({"operationName": None, "query": query, "variables": variables})
    headers["Content-Type"] = "application/json"
    answer = requests.post(f"{address}/api/graphql/", data=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def by_curl(address: str, query: str, **variables: Any) -> Any:
    """Return the data as shell scripts fetch it."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; on Debian and Ubuntu: apt-get install curl")
    done = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--fail", "--max-time", "30"),
            *("--header", "Content-Type: application/json", "--data-binary", "@-"),
            f"{address}/api/graphql",
        ],
        input=json.dumps({"query": query, "variables": variables}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)["data"]


WAYS = pytest.mark.parametrize("ask", [by_requests, as_a_connector, by_curl])


@WAYS
def test_a_loop_ends_with_an_empty_page(ask: Asking, instance: Instance, db: Client) -> None:
    found: list[int] = []
    for skip in range(0, 10_000, PAGE):
        pagination = {"limit": PAGE, "skip": skip}
        page = ask(
            instance.address, mirror.REPORTS, sort={"report_number": "ASC"}, pagination=pagination
        )["reports"]
        if not page:
            break
        found += [one["report_number"] for one in page]
    assert found == [one.report_number for one in db.reports(fields="report_number")]
    assert len(found) > PAGE


@WAYS
def test_only_what_is_newer_than_a_moment_is_given(
    ask: Asking, instance: Instance, db: Client
) -> None:
    def since(moment: str) -> list[int]:
        data = ask(instance.address, mirror.SINCE, date=moment, pagination={"limit": 1000})
        return [one["incident_id"] for one in data["incidents"]]

    everything = list(db.incidents(fields=["incident_id", "date_modified"]))
    moments = sorted(one.date_modified for one in everything if one.date_modified)
    middle = moments[len(moments) // 2]
    text = middle.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert since(text) == [
        one.incident_id for one in everything if one.date_modified and one.date_modified >= middle
    ]
    assert since("2100-01-01T00:00:00.000Z") == []
    assert len(since("1970-01-01T00:00:00.000Z")) == len(moments)


def test_a_date_without_a_time_is_refused(instance: Instance) -> None:
    body = {"query": mirror.SINCE, "variables": {"date": "2026-01-01"}}
    answer = requests.post(f"{instance.address}/api/graphql", json=body, timeout=30)
    assert answer.status_code == 400
    assert "data" not in answer.json()


@WAYS
def test_keywords_are_found_in_any_letter_case(ask: Asking, instance: Instance, db: Client) -> None:
    found = ask(instance.address, mirror.KEYWORD, words="ROBOT|chatbot")["incidents"]
    expected = {
        one.incident_id
        for one in db.incidents()
        if any(word in f"{one.title}\n{one.description}".lower() for word in ("robot", "chatbot"))
    }
    assert {one["incident_id"] for one in found} == expected
    assert expected


@WAYS
def test_what_is_known_is_left_out(ask: Asking, instance: Instance, db: Client) -> None:
    numbers = [one.incident_id for one in db.incidents(fields="incident_id")]
    found = ask(instance.address, mirror.EXCEPT, known=numbers[:-3])["incidents"]
    assert sorted(one["incident_id"] for one in found) == numbers[-3:]


@pytest.mark.parametrize(
    ("sort", "key"),
    [({"date": "DESC"}, "date"), ({"incident_id": "DESC"}, "incident_id")],
)
def test_the_newest_come_first(
    instance: Instance, db: Client, sort: dict[str, str], key: str
) -> None:
    pagination = {"limit": 5, "skip": 0}
    found = by_requests(instance.address, mirror.SHORT_LIST, sort=sort, pagination=pagination)
    values = [one[key] for one in found["incidents"]]
    everything = sorted((one.to_dict()[key] for one in db.incidents()), reverse=True)
    assert values == [str(one) if key == "date" else one for one in everything[:5]]


def test_a_batch_is_refused_in_the_words_that_clients_know(instance: Instance) -> None:
    body = [{"query": "{ incidents { incident_id } }"}]
    answer = requests.post(f"{instance.address}/api/graphql", json=body, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "Operation batching disabled."


def test_a_pattern_that_would_take_for_ever_ends_soon(instance: Instance) -> None:
    started = dt.datetime.now(dt.UTC)
    body = {"query": mirror.KEYWORD, "variables": {"words": "(a+)+$|(x|x)*y|(.*)*!"}}
    answer = requests.post(f"{instance.address}/api/graphql", json=body, timeout=30)
    assert answer.status_code in (200, 400)
    assert dt.datetime.now(dt.UTC) - started < dt.timedelta(seconds=10)

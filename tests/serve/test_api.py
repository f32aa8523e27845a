"""The REST API: pages by cursors, parts by fields, validators, limits, problems, hidden records."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidentbase.index import facets, sync
from incidentbase.serve.http import limits
from incidentbase.serve.rest import api
from incidentbase.store.accounts import actions as accounts
from tests.make import people, records

pytestmark = pytest.mark.django_db

SNAPSHOT = Path(__file__).with_name("openapi.json")
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture
def world() -> None:
    """Make incidents, reports and all that the API gives of them."""
    for name in ("acme", "public", "bolt"):
        records.entity(name, kind="organization" if name == "acme" else "")
    numbers = range(1, 41)
    named = {"deployers": ["acme"], "developers": ["bolt"], "harmed": ["public"]}
    records.bring_in(
        "report",
        *(records.report_state(one, language="ja" if one == 7 else "en") for one in numbers),
    )
    records.bring_in(
        "incident", *(records.incident_state(one, reports=[one], **named) for one in numbers)
    )
    records.incident_translation(1, "ja", "題", "説明")
    records.report_translation(1, "ja", "題", "本文")
    records.duplicate(99, of=1)
    records.bring_in(
        "entity_duplicate",
        {"object_id": records.object_id("merged"), "duplicate_id": "acme-inc", "true_id": "acme"},
    )
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    for number in range(1, 6):
        records.classification("MIT", number, ["Risk Domain", '"Privacy"'])
    sync.catch_up(at=records.AT)


def walk(client: Client, address: str) -> list[dict[str, Any]]:
    """Return the items of all pages, following the links."""
    items = []
    for _ in range(100):
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        items += answer.json()["items"]
        following = re.search(r'<http://localhost([^>]+)>; rel="next"', answer.headers["Link"])
        if following is None:
            assert answer.json()["next_cursor"] is None
            return items
        address = following[1]
    raise AssertionError("there is no end")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("address", "key", "number"),
    [
        ("incidents", "incident_id", 40),
        ("incidents?order=desc", "incident_id", 40),
        ("reports", "report_number", 40),
        ("reports?language=ja", "report_number", 1),
        ("reports?incident_id=3", "report_number", 1),
        ("entities", "entity_id", 3),
        ("entities?kind=organization", "entity_id", 1),
        ("classifications?namespace=MIT", "_id", 5),
        ("classifications?incident_id=2", "_id", 1),
        ("search?s=incident", "incident_id", 40),
        ("search?list=all", "report_number", 40),
    ],
)
def test_following_the_links_gives_every_record_once(
    client: Client, address: str, key: str, number: int
) -> None:
    more = "&" if "?" in address else "?"
    found = [one[key] for one in walk(client, f"/api/v1/{address}{more}limit=7")]
    assert len(found) == len(set(found)) == number
    assert found == [one[key] for one in walk(client, f"/api/v1/{address}{more}limit=100")]


@pytest.mark.usefixtures("world")
def test_a_slash_at_the_end_changes_nothing(client: Client) -> None:
    for address in ("incidents", "incidents/1", "entities/acme", "search", "submissions"):
        plain, slashed = (client.get(f"/api/v1/{address}{end}") for end in ("", "/"))
        assert slashed.status_code == 200
        found, expected = slashed.json(), plain.json()
        for one in (found, expected):
            one.pop("next_cursor", None)
        assert found == expected
    assert send(client, draft(), path="/api/v1/submissions/").status_code == 201


@pytest.mark.usefixtures("world")
def test_a_record_added_while_pages_are_read_shifts_none(client: Client) -> None:
    first = client.get("/api/v1/incidents?limit=20&order=desc").json()
    records.incident(50)
    rest = client.get(f"/api/v1/incidents?limit=20&order=desc&cursor={first['next_cursor']}").json()
    numbers = [one["incident_id"] for one in first["items"] + rest["items"]]
    assert numbers == list(range(40, 0, -1))


@pytest.mark.usefixtures("world")
def test_an_incident_comes_with_all_that_belongs_to_it(client: Client) -> None:
    found = client.get("/api/v1/incidents/1").json()
    assert found["entities"]["deployer"][0]["entity_id"] == "acme"
    assert found["reports"][0]["text"].startswith("The text of report 1")
    assert found["reports"][0]["incident_ids"] == [1]
    assert found["classifications"][0]["attributes"][0]["value"] == "Privacy"
    assert found["report_numbers"] == [1]
    assert found["translations"][0]["title"] == "題"
    listed = client.get("/api/v1/incidents?limit=1").json()["items"][0]
    assert set(found) - set(listed) == {"reports", "classifications"}
    assert {name: found[name] for name in listed} == listed


@pytest.mark.usefixtures("world")
def test_fields_choose_members_and_unknown_ones_are_refused(client: Client) -> None:
    rows = client.get("/api/v1/reports?fields=report_number,text&limit=2").json()["items"]
    assert [set(row) for row in rows] == [{"report_number", "text"}] * 2
    assert client.get("/api/v1/entities/acme?fields=name").json() == {"name": "Acme"}
    refused = client.get("/api/v1/incidents?fields=title,password")
    assert refused.status_code == 400
    assert "password" in refused.json()["detail"]


@pytest.mark.usefixtures("world")
def test_what_was_merged_leads_on_and_what_was_withdrawn_is_gone(client: Client) -> None:
    assert client.get("/api/v1/incidents/99").headers["Location"] == "/api/v1/incidents/1"
    assert client.get("/api/v1/entities/acme-inc").headers["Location"] == "/api/v1/entities/acme"
    from incidentbase.store.curation import actions as curation

    curation.withdraw("incident", 2, reason="Asked for.", actor=records.actor())
    gone = client.get("/api/v1/incidents/2")
    assert (gone.status_code, gone.headers["Content-Type"]) == (410, "application/problem+json")
    assert client.get("/api/v1/incidents/999").status_code == 404


@pytest.mark.usefixtures("world")
def test_an_answer_that_the_client_has_is_not_sent_again(client: Client) -> None:
    first = client.get("/api/v1/incidents?limit=2")
    again = client.get("/api/v1/incidents?limit=2", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Access-Control-Allow-Origin"] == "*"
    records.incident(1, title="Another title", reports=[1])
    changed = client.get("/api/v1/incidents?limit=2", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "WyJhIiwxXQ.AAAA",
        "%00",
        "é",
        "." * 900,
    ],
)
def test_a_cursor_that_was_not_made_here_is_refused(client: Client, cursor: str) -> None:
    for address in ("incidents", "entities", "search", "changes", "submissions"):
        answer = client.get(f"/api/v1/{address}?cursor={cursor}")
        assert answer.status_code == 400, address
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("world")
def test_a_cursor_goes_with_its_own_question_only(client: Client) -> None:
    cursor = client.get("/api/v1/incidents?limit=1").json()["next_cursor"]
    for address in (
        f"incidents?order=desc&cursor={cursor}",
        f"reports?cursor={cursor}",
        f"changes?cursor={cursor}",
        f"incidents?cursor={cursor[:-1]}",
        f"incidents?cursor={cursor.swapcase()}",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 400, address
    more = client.get(f"/api/v1/incidents?limit=5&fields=title&cursor={cursor}")
    assert more.json()["items"][0] == {"title": "Title of incident 2"}


@pytest.mark.parametrize(
    "address",
    [
        "incidents?limit=0",
        "incidents?limit=101",
        "incidents?limit=x",
        "incidents?order=up",
        "incidents?filter=1",
        "incidents/0x",
        "reports?incident_id=99999999999999999999",
        "search?sortBy=fame",
        "search?list=everything",
        "search?facets=password",
        "search?facet_size=0",
        "search?incident_date_min=2020-13",
        "changes?limit=501",
        "lookup/addresses",
        "lookup/entities",
        "nothing",
    ],
)
def test_what_makes_no_sense_is_answered_with_a_problem_document(
    client: Client, address: str
) -> None:
    answer = client.get(f"/api/v1/{address}")
    body = answer.json()
    assert answer.status_code in {400, 404}
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["title"]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_other_sites_may_read_and_nothing_else(client: Client) -> None:
    flight = client.options(
        "/api/v1/incidents",
        headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"},
    )
    assert flight.status_code == 204
    assert flight["Access-Control-Allow-Origin"] == "*"
    assert "POST" not in flight["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in flight
    assert "ETag" in client.get("/api/v1/incidents")["Access-Control-Expose-Headers"]
    refused = client.delete("/api/v1/incidents")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
    head = client.head("/api/v1/incidents")
    assert (head.status_code, head.content) == (200, b"")


def test_who_asks_too_often_is_told_how_long_to_wait(
    client: Client, monkeypatch: Any, clock: Any
) -> None:
    monkeypatch.setitem(limits.LIMITS, "api", (3, 60))
    answers = [client.get("/api/v1/taxonomies") for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[0]["RateLimit-Policy"] == '"api";q=3;w=60'
    assert [one["RateLimit"].split(";")[1] for one in answers] == ["r=2", "r=1", *["r=0"] * 3]
    wait = int(answers[-1]["Retry-After"])
    assert 0 < wait <= 60
    assert client.get("/api/v1/taxonomies", REMOTE_ADDR="192.0.2.9").status_code == 200
    clock.shift(dt.timedelta(seconds=wait))
    assert client.get("/api/v1/taxonomies").status_code == 200


def test_the_description_is_as_it_was(client: Client) -> None:
    """Write it anew with `UPDATE=1 make test ARGS=tests/serve/test_api.py`, and look at it."""
    import os

    found = client.get("/api/v1/openapi.json").json()
    if os.environ.get("UPDATE"):
        SNAPSHOT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())
    assert found["openapi"].startswith("3.1")


def test_every_facet_of_discover_is_a_parameter_of_search() -> None:
    described = api.described()["paths"]["/api/v1/search"]["get"]["parameters"]
    names = {one["name"] for one in described}
    for facet in facets.FILTERS:
        assert {facet.parameter, f"not_{facet.parameter}"} <= names


@pytest.mark.usefixtures("world")
def test_search_filters_and_counts_by_facets(client: Client) -> None:
    found = client.get("/api/v1/search?deployer=acme&mit_domain=Privacy&facets=developer").json()
    assert found["total"] == 5
    assert found["facets"] == {"developer": [{"value": "bolt", "count": 5}]}
    assert client.get("/api/v1/search?not_mit_domain=Privacy").json()["total"] == 35
    assert client.get("/api/v1/search?language=ja").json()["total"] == 1


@pytest.mark.usefixtures("world")
def test_lookups_find_reports_by_address_and_entities_by_name(client: Client) -> None:
    query = "url=http://NEWS.example/3?from=here%23x&url=https://news.example/none"
    found = client.get(f"/api/v1/lookup/addresses?{query}").json()["results"]
    assert [one["report_number"] for one in found[0]["reports"]] == [3]
    assert found[0]["incidents"][0]["incident_id"] == 3
    assert found[1] == {"url": "https://news.example/none", "reports": [], "incidents": []}
    assert client.get("/api/v1/lookup/entities?q=acm").json()["items"][0]["entity_id"] == "acme"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "address",
    [
        "incidents?limit=100",
        "incidents/1",
        "reports?limit=100&fields=text,translations,incident_ids",
        "reports/1",
        "entities?limit=100",
        "entities/acme",
        "taxonomies",
        "taxonomies/mit",
        "classifications?limit=100",
        "search?s=incident&limit=100&facets=deployer,tags,mit_domain",
        "changes?limit=500",
        "submissions",
        "lookup/addresses?url=https://news.example/1&url=https://news.example/2",
        "lookup/entities?q=a",
    ],
)
def test_no_call_asks_the_database_more_often_for_more(client: Client, address: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/api/v1/{address}").status_code == 200
    assert len(captured) <= MOST_QUERIES


# Following changes


def follow(client: Client, cursor: str | None = None) -> tuple[list[tuple[str, str, str]], str]:
    """Return what changed since a cursor, and the next one."""
    found = []
    for _ in range(100):
        address = "/api/v1/changes?limit=10" + (f"&cursor={cursor}" if cursor else "")
        answer = client.get(address).json()
        found += [(one["event"], one["kind"], one["id"]) for one in answer["items"]]
        cursor = answer["cursor"]
        if not answer["has_more"]:
            return found, str(cursor)
    raise AssertionError("there is no end")


@pytest.mark.usefixtures("world")
def test_changes_lead_to_every_record_and_then_tell_only_what_is_new(client: Client) -> None:
    told, cursor = follow(client)
    assert {one for one in told if one[1] == "incident"} == {
        ("changed", "incident", str(number)) for number in range(1, 41)
    }
    assert {kind for _event, kind, _id in told} == {
        "incident",
        "report",
        "entity",
        "taxonomy",
        "classification",
    }
    assert follow(client, cursor) == ([], cursor)
    records.incident(5, title="New words", reports=[5])
    records.incident_translation(6, "ja", "題")
    told, cursor = follow(client, cursor)
    assert told == [("changed", "incident", "5"), ("changed", "incident", "6")]
    assert follow(client, cursor) == ([], cursor)


@pytest.mark.usefixtures("world")
def test_what_goes_out_of_sight_is_told_as_gone(client: Client) -> None:
    from incidentbase.store.curation import actions as curation

    _told, cursor = follow(client)
    curation.withdraw("incident", 2, reason="Asked for.", actor=records.actor())
    records.report(3, visibility="internal")
    told, cursor = follow(client, cursor)
    assert {("gone", "incident", "2"), ("gone", "report", "3")} <= set(told)
    assert follow(client, cursor)[0] == []


@pytest.mark.usefixtures("world")
def test_changes_tell_nothing_of_what_is_hidden(client: Client) -> None:
    before, cursor = follow(client)
    until = "2026-06-01T00:00:00.000Z"
    records.report(500, visibility="internal")
    records.incident(501, visibility="restricted")
    records.incident(502, visibility="embargoed", embargoed_until=until)
    records.classification("MIT", 1, ["Risk Domain", '"Secret"'], visibility="internal")
    records.classification("MIT", 2, ["Risk Domain", '"Draft"'], is_published=False)
    records.entity("hushed")
    # A hidden report joins an incident that everybody sees: that is not told either.
    records.incident(
        1, reports=[1, 500], deployers=["acme"], developers=["bolt"], harmed=["public"]
    )
    assert follow(client, cursor) == ([], cursor)
    assert follow(client)[0] == before


@pytest.mark.usefixtures("world")
def test_what_was_edited_while_it_was_hidden_is_told_from_when_it_was_shown(client: Client) -> None:
    _told, cursor = follow(client)
    records.incident(600, visibility="internal")
    records.incident(600, visibility="internal", title="Second draft")
    assert follow(client, cursor) == ([], cursor)
    records.incident(600, title="Second draft")
    answer = client.get(f"/api/v1/changes?limit=1&cursor={cursor}").json()
    assert [one["id"] for one in answer["items"]] == ["600"]
    assert follow(client, answer["cursor"])[0] == []


@pytest.mark.usefixtures("world")
def test_an_embargo_that_ends_is_a_change(client: Client, clock: Any) -> None:
    records.incident(700, visibility="embargoed", embargoed_until="2026-06-01T00:00:00.000Z")
    told, cursor = follow(client)
    assert ("changed", "incident", "700") not in told
    clock.move_to("2026-06-01T00:00:01+00:00")
    told, cursor = follow(client, cursor)
    assert told == [("changed", "incident", "700")]
    assert follow(client, cursor) == ([], cursor)


# Sending reports in


def draft(**changes: Any) -> dict[str, Any]:
    """Return a complete submission."""
    return {
        "url": "https://news.example/bus",
        "title": "A bus goes its own way",
        "authors": ["Ann Author"],
        "date_published": "2026-02-01",
        "date_downloaded": "2026-02-02",
        "text": TEXT,
        **changes,
    }


def send(client: Client, body: Any, path: str = "/api/v1/submissions", **more: Any) -> Any:
    return client.post(path, body, content_type="application/json", **more)


@pytest.mark.usefixtures("world")
def test_a_report_can_be_sent_in_and_tracked(client: Client) -> None:
    sent = send(client, draft(incident_ids=[1]))
    assert sent.status_code == 201, sent.content
    tracked = client.get(sent["Location"].removeprefix("http://localhost"))
    assert tracked.json()["status"] == "pendingReview"
    queue = client.get("/api/v1/submissions").json()["items"]
    assert [one["title"] for one in queue] == ["A bus goes its own way"]
    assert set(queue[0]) == {
        "title",
        "source_domain",
        "language",
        "date_submitted",
        "submitters",
        "status",
    }


@pytest.mark.usefixtures("world")
def test_what_is_wrong_with_a_report_is_said_field_by_field(client: Client) -> None:
    refused = send(client, draft(url="javascript:alert(1)", text="short", incident_ids=[999]))
    assert refused.status_code == 422
    assert {one["field"]: one["code"] for one in refused.json()["errors"]} == {
        "url": "not-an-address",
        "text": "too-short",
        "incident_ids": "no-such-incident",
    }
    assert send(client, draft(password="x")).status_code == 422
    assert send(client, "{").status_code == 400
    known = send(client, draft(url="https://news.example/1"))
    assert (known.status_code, known.json()["reports"]) == (409, [1])
    assert send(client, draft(url="https://news.example/1", anyway=True)).status_code == 201


def test_a_report_is_not_taken_in_from_another_sites_form(client: Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        sent = client.post("/api/v1/submissions", json.dumps(draft()), content_type=kind)
        assert sent.status_code == 415, kind
    assert client.get("/api/v1/submissions").json()["items"] == []


def test_who_sends_reports_in_too_often_has_to_wait(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "submit", (1, 3600))
    assert send(client, draft()).status_code == 201
    assert send(client, draft()).status_code == 429


def test_a_token_sends_in_for_its_account_and_a_cookie_for_nobody() -> None:
    from incidentbase.store.submissions.models import Submission

    ann = people.account(people.ANN)
    viewer = people.viewer(ann)
    made = {
        scope: accounts.create_token("p", scope, expires_at=None, actor=viewer).text
        for scope in ("read", "submit")
    }
    anonymous = people.browser()
    headers = {scope: {"authorization": f"Bearer {text}"} for scope, text in made.items()}
    assert send(anonymous, draft(), headers=headers["read"]).status_code == 403
    assert send(anonymous, draft(), headers=headers["submit"]).status_code == 201
    assert Submission.objects.get().submitted_by == ann
    cache.clear()
    signed_in = people.signed_in("bob@example.org")
    assert send(signed_in, draft(url="https://news.example/other")).status_code == 201
    assert Submission.objects.order_by("pk").last().submitted_by == ""  # type: ignore[union-attr]

"""Addresses of the reference's programs: lookups by address, the widget, articles, likeness."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidentbase.index import sync
from incidentbase.kit import urls
from incidentbase.serve.http import limits
from tests.ingest.capture import publisher
from tests.make import records

pytestmark = pytest.mark.django_db

VECTORS = {
    "": "ztntfpztntfp",
    "a": "1r9wi7g1r9wi7g",
    "example.com/": "y92i74y92i74",
    "www.nytimes.com/interactive/2014/08/13/us/starbucks-workers-scheduling-hours.html": (
        "pf8snkpf8snk"
    ),
    "exämple.com/日本😀": "1guw9vg1guw9vg",
}
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2
ARTICLE = (
    "<html lang=en><head><title>A bus goes its own way</title>"
    "<meta name=author content='Ann Author'></head><body><article>"
    f"<h1>A bus goes its own way</h1>{f'<p>{TEXT}</p>' * 4}</article></body></html>"
)


@pytest.fixture
def world() -> None:
    records.report(1, url="https://www.news.example/a/b?from=x#top")
    records.report(2, url="https://news.example:8443/c")
    records.report(3, url="https://alone.example/")
    records.report(4, url="https://hidden.example/", visibility="internal")
    records.incident(1, title="A bus drives away", reports=[1, 4])
    records.incident(2, title="A camera mistakes a shop", reports=[1, 2])
    records.incident(3, title="Another camera mistakes nobody")
    records.incident(9, reports=[3], visibility="restricted")
    sync.catch_up(at=records.AT)


@pytest.mark.parametrize(("name", "key"), VECTORS.items())
def test_keys_of_the_lookup_index_are_those_of_the_reference(name: str, key: str) -> None:
    assert urls.lookup_key(name) == key


@pytest.mark.usefixtures("world")
def test_the_lookup_index_names_the_incidents_of_visible_reports(client: Client) -> None:
    answer = client.get("/lookupIndex.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == {
        urls.lookup_key("www.news.example/a/b"): [1, 2],
        urls.lookup_key("news.example:8443/c"): [2],
    }
    records.report(1, url="https://moved.example/")
    assert urls.lookup_key("moved.example/") in client.get("/lookupIndex.json").json()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", ["/api/lookupbyurl", "/api/lookupbyurl/"])
def test_addresses_are_looked_up_by_host_and_path(client: Client, path: str) -> None:
    given = ["http://WWW.news.example/a/b?x=1", "https://hidden.example/", "https://alone.example/"]
    answer = client.get(path, {"urls[]": given[1:], "urls": given[0]})
    assert answer["Access-Control-Allow-Origin"] == "*"
    found = answer.json()["results"]
    assert [one["url"] for one in found] == given
    assert [one["report_number"] for one in found[0]["reports"]] == [1, 1]
    assert found[0]["reports"][0]["url"] == "https://www.news.example/a/b?from=x#top"
    assert found[0]["incidents"] == [
        {"incident_id": 1, "title": "A bus drives away", "url": "http://localhost/cite/1"},
        {"incident_id": 2, "title": "A camera mistakes a shop", "url": "http://localhost/cite/2"},
    ]
    for one in found[1:]:
        assert (one["reports"], one["incidents"]) == ([], [])


def test_no_address_at_all_gives_no_results(client: Client) -> None:
    for query in ("", "?url=https://news.example/"):
        answer = client.get(f"/api/lookupbyurl{query}")
        assert (answer.status_code, answer.json()) == (200, {"results": []})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "http://localhost/",
        "http://127.0.0.1/",
        "http://10.0.0.1/a",
        "http://192.168.1.1/",
        "http://a b.example/",
        "javascript:alert(1)",
        "https://[::1",
        "https://x.example:99999/",
    ],
)
def test_what_is_no_address_is_named_by_its_place(client: Client, url: str) -> None:
    answer = client.get("/api/lookupbyurl", {"urls": ["https://news.example/", url]})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": 400,
        "errors": [
            {
                "path": "urls.1",
                "errorCode": "format.openapi.requestValidation",
                "message": 'must match format "url"',
                "location": "query",
            }
        ],
    }


@pytest.mark.usefixtures("world")
def test_many_addresses_cost_no_more_queries_than_one(client: Client) -> None:
    addresses = [f"https://news.example/{number}" for number in range(200)]
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/api/lookupbyurl", {"urls": addresses}).status_code == 200
    assert len(captured) <= 5
    assert client.get("/api/lookupbyurl", {"urls": addresses * 3}).status_code == 400


def test_the_lookup_is_described_as_the_reference_describes_it(client: Client) -> None:
    found = client.get("/spec.json").json()
    assert found["openapi"].startswith("3.")
    names = [one["name"] for one in found["paths"]["/api/lookupbyurl"]["get"]["parameters"]]
    assert names == ["urls", "urls[]"]


# Articles


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost/admin/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "gopher://news.example/",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_private_addresses_are_not_fetched(client: Client, url: str) -> None:
    answer = client.get("/api/parseNews", {"url": url})
    assert answer.status_code == 500
    assert set(answer.json()) == {"message"}


def test_an_article_is_read_for_who_sends_it_in(client: Client, settings: Any) -> None:
    settings.FETCH_ALLOW = publisher.ALLOW
    with publisher.running() as press:
        url = press.give("/bus", ARTICLE)
        found = client.get("/api/parseNews", {"url": url}).json()
    assert found["title"] == "A bus goes its own way"
    assert found["authors"] == "Ann Author"
    assert "went past its stop" in found["text"]
    assert set(found) >= {"title", "authors", "date_published", "date_downloaded", "text"}


def test_articles_are_read_only_so_often(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.LIMITS, "capture", (0, 3600))
    assert client.get("/api/parseNews", {"url": "https://news.example/"}).status_code == 429
    assert client.get("/api/parseNews").status_code == 400


# Likeness


def ask(client: Client, body: Any, path: str = "/api/semanticallyRelated") -> Any:
    return client.post(path, body, content_type="text/plain")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("slash", ["", "/"])
def test_like_incidents_come_best_first_in_the_shape_of_the_reference(
    client: Client, slash: str
) -> None:
    body = '{"text": "A camera mistakes a shop", "num": 2}'
    found = ask(client, body, f"/api/semanticallyRelated{slash}").json()
    assert {one["incident_id"] for one in found["incidents"]} == {2, 3}
    similarities = [one["similarity"] for one in found["incidents"]]
    assert similarities == sorted(similarities, reverse=True)
    assert all(0 <= one <= 1 for one in similarities)
    digest = hashlib.sha1(b"A camera mistakes a shop").hexdigest()
    assert found["embedding"] == {"vector": [], "from_text_hash": digest}
    assert "incidents" not in ask(client, '{"text": "bus", "includeSimilar": false}').json()
    assert 9 not in {
        one["incident_id"] for one in ask(client, '{"text": "bus", "num": -1}').json()["incidents"]
    }


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"num": 3}', '{"text": 5}', '{"text": "a", "num": "b"}', "[" * 5000]
)
def test_what_is_no_question_is_refused(client: Client, body: str) -> None:
    answer = ask(client, body)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_surrogates_and_other_odd_texts_break_nothing(client: Client) -> None:
    sync.catch_up(at=records.AT)
    for body in (r'{"text": "\ud800"}', r'{"text": "\u0000 \u0000"}', '{"text": "🚌", "num": 0}'):
        assert ask(client, body).status_code == 200


# The widget


def test_the_widget_may_be_loaded_by_other_sites(client: Client) -> None:
    answer = client.get("/embed.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Access-Control-Allow-Origin"] == "*"

"""Discover over the whole archive: the last page is reached, and counts are what clicks give."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import Client

from incidentbase.index import facets, sync
from incidentbase.ingest import snapshots
from incidentbase.kit import archives
from incidentbase.serve.http.asking import Address
from incidentbase.store.incidents import queries as incidents
from tests.make import records

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.snapshot]

SORTS = ("relevance", "incident-date-asc", "submitted-date-desc")
WORDS = ("", "", "tesla", "chatbot", "deepfake OR scam", "police -facial", "lang:en school")


def ask(client: Client, query: str) -> dict:
    response = client.get(f"/apps/discover.json?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def test_the_archive_is_paged_to_its_end_and_counted_right(
    client: Client, snapshot_path: Path
) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshots.import_folder(folder, source="test", actor=records.actor())
    sync.catch_up(at=records.AT)
    assert_paging_reaches_everything(client)
    assert_counts_are_what_clicks_give(client)


def assert_paging_reaches_everything(client: Client) -> None:
    listed = set(incidents.listed(records.actor()).values_list("incident_id", flat=True))
    # 1,367 imported, two of which are duplicates of others and so no results.
    assert len(listed) == 1365
    for sort in SORTS:
        numbers = pages(client, f"sortBy={sort}&facets=&page_size=100")
        assert len(numbers) == len(set(numbers)), sort
        assert set(numbers) == listed, sort
    words = pages(client, "s=ai&facets=&page_size=28")
    assert len(words) == len(set(words)) == ask(client, "s=ai&facets=")["total"]


def pages(client: Client, query: str) -> list[int]:
    numbers: list[int] = []
    page = 1
    while rows := ask(client, f"{query}&page={page}")["results"]:
        numbers += [row["incident_id"] for row in rows]
        page += 1
    return numbers


def assert_counts_are_what_clicks_give(client: Client) -> None:
    rng = random.Random(1367)
    everything = ask(client, "facet_size=60&below=CSETv1")["facets"]
    values = {
        name: [one["value"] for one in counted if facets.SEPARATOR not in one["value"]]
        for name, counted in everything.items()
        if name != "is_incident_report"
    }
    for _ in range(200):
        asked = some(rng, values)
        name = rng.choice(sorted(values))
        counted = ask(client, f"{asked.urlencode()}&facet_size=60&below=CSETv1")["facets"][name]
        for one in rng.sample(counted, min(2, len(counted))):
            chosen = [
                value
                for value in asked.get(name, "").split(facets.SEPARATOR)
                if value and group(name, value) != group(name, one["value"])
            ]
            alone = Address("", asked).having({name: [*chosen, one["value"]]})
            total = ask(client, f"{alone.query.urlencode()}&facets=")["total"]
            assert total == one["count"], (name, one, asked)


def some(rng: random.Random, values: dict[str, list[str]]) -> QueryDict:
    asked = QueryDict(mutable=True)
    asked["s"] = rng.choice(WORDS)
    asked["is_incident_report"] = rng.choice(("", "", "true", "false||true"))
    for name in rng.sample(sorted(values), rng.randrange(1, 4)):
        chosen = rng.sample(values[name], min(len(values[name]), rng.randrange(1, 3)))
        asked[rng.choice(("", "", "not_")) + name] = facets.SEPARATOR.join(chosen)
    return asked


def group(parameter: str, value: str) -> str:
    return facets.group_of(facets.BY_PARAMETER[parameter].name, value)

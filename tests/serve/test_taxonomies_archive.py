"""Taxonomy pages over the whole archive: every number counted again by hand, every link tried."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.ingest import snapshots
from incidentbase.kit import archives
from incidentbase.serve.web import atlas, comparing
from incidentbase.store.incidents.models import IncidentDuplicate
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.models import Classification, Taxonomy
from tests.make import records
from tests.serve import site

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.snapshot]

MOST_BYTES = 100_000

# The answers of each listed, classified incident by the position of the field.
Answered = dict[int, dict[int, list[Any]]]


def test_the_numbers_of_the_archive_are_right(client: Client, snapshot_path: Path) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshots.import_folder(folder, source="test", actor=records.actor())
    sync.catch_up(at=records.AT)
    beyond = 0
    for taxonomy in Taxonomy.objects.all():
        answered = counted_by_hand(taxonomy)
        beyond += sum(number >= 1000 for number in answered)
        assert_told_as_counted(client, taxonomy, answered)
    assert beyond > 100
    assert_compared_as_counted(client)
    assert_links_find_what_they_count(client)
    assert_pages_are_light(client)


def counted_by_hand(taxonomy: Taxonomy) -> Answered:
    """Return what every published classification of an incident that is no duplicate says."""
    merged = set(IncidentDuplicate.objects.values_list("duplicate_number", flat=True))
    found: Answered = {}
    rows = Classification.objects.filter(taxonomy=taxonomy).select_related("incident")
    for row in rows.prefetch_related("attributes__field"):
        if not row.is_published or row.incident is None or row.incident.incident_id in merged:
            continue
        own = found.setdefault(row.incident.incident_id, defaultdict(list))
        for attribute in row.attributes.all():
            if attribute.field is not None:
                own[attribute.field.position].append(json.loads(attribute.value_json))
    return found


def said(value: Any) -> list[str]:
    """Return the texts of an answer; nothing for a blank."""
    if isinstance(value, list):
        return [text for member in value for text in said(member)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, dict):
        return [text for each in value.get("attributes") or () for text in said(each)] or ["group"]
    text = "" if value is None else str(value).strip()
    return [text] if text else []


def assert_told_as_counted(client: Client, taxonomy: Taxonomy, answered: Answered) -> None:
    told = client.get(f"/taxonomies/{taxonomy.namespace.lower()}.json").json()
    assert told["classified"] == {"incidents": len(answered), "reports": 0}
    # Fields of one name are told apart by their numbers.
    positions = {
        (field.short_name, str(field.definition.get("field_number") or "")): field.position
        for field in taxonomy.fields.filter(parent=None)
    }
    for field in told["fields"]:
        name = (field["short_name"], str(field.get("field_number") or ""))
        texts = [
            {text for value in own.get(positions[name], []) for text in said(value)}
            for own in answered.values()
        ]
        assert field["answered"]["incidents"] == sum(map(bool, texts)), (taxonomy, name)
        if field["display_type"] in rules.NESTED_TYPES | rules.PROSE_TYPES:
            continue
        short = Counter(text for each in texts for text in each if len(text) <= rules.LONGEST_VALUE)
        assert {one["value"]: one["incidents"] for one in field["values"]} == short, name
        unused = {str(value).strip() for value in field["permitted_values"]} - set(short)
        assert set(field["unused"]) == unused


def assert_compared_as_counted(client: Client) -> None:
    taxonomy = Taxonomy.objects.get(namespace="CSETv1")
    positions = {
        field.short_name: field.position
        for field in taxonomy.fields.filter(parent=None).order_by("-is_searchable", "-position")
    }
    answered = counted_by_hand(taxonomy)
    conditions = comparing.COMPARISONS["CSETv1"].conditions
    meeting = {
        number
        for number, own in answered.items()
        if any(
            text in values
            for name, values in conditions
            for value in own.get(positions[name], [])
            for text in said(value)
        )
    }
    told = client.get("/taxonomies/csetv1/comparison.json").json()
    assert told["incidents"] == {"all": len(answered), "meeting": len(meeting)}
    assert len(told["charts"]) == 12
    for chart in told["charts"]:
        for one in chart["values"]:
            having = {
                number
                for number, own in answered.items()
                for value in own.get(positions[chart["field"]], [])
                if one["value"] in said(value)
            }
            assert (one["all"], one["meeting"]) == (len(having), len(having & meeting)), one


def assert_links_find_what_they_count(client: Client) -> None:
    tried = 0
    for name in ("csetv0", "csetv1", "gmf", "mit"):
        page = site.tree(client.get(f"/taxonomies/{name}/"))
        tables = [
            one for card in page.all("section", class_="field-card") for one in card.all("table")
        ]
        for table in tables:
            # The first and the last: the others are made alike, and there are hundreds.
            rows = [row for row in table.one("tbody").all("tr") if row.all("a")]
            for row in {id(row): row for row in rows[:1] + rows[-1:]}.values():
                query = row.one("a")["href"].partition("?")[2]
                number = row.all("td", class_="table__number")[0].text
                found = client.get(f"/apps/discover.json?{query}&facets=").json()
                assert found["total"] == int(number.replace(",", "")), query
                tried += 1
    assert tried > 150


def assert_pages_are_light(client: Client) -> None:
    drawing = Path(atlas.__file__).parent / "static" / "img" / "world.svg"
    for name in ("csetv0", "csetv1", "csetv1/comparison", "gmf", "mit"):
        page = client.get(f"/taxonomies/{name}/").content
        assert len(gzip.compress(page)) + len(gzip.compress(drawing.read_bytes())) < MOST_BYTES / 2

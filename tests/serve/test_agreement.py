"""The page on which annotators are compared, and its files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def annotators(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)
    cache.clear()
    fields = [records.field("Level", "enum"), records.field("Why", "long_string")]
    for namespace in ("T", "T_Annotator-1", "T_Annotator-2"):
        records.taxonomy(namespace, *fields)
    answers = {7: ("high", "high"), 8: ("low", "high"), 9: ("low", "low"), 10: ("high", "low")}
    for number, said in answers.items():
        records.incident(number)
        for coder, level in enumerate(said, start=1):
            records.classification(f"T_Annotator-{coder}", number, ["Level", f'"{level}"'])


def test_the_page_shows_every_field(client: Client) -> None:
    page = site.tree(client.get("/taxonomies/t/agreement/")).one("table").text
    assert "Level 4 50.0 1 · 2: 0.000 (4) 0.000 (4) 0.125" in page
    assert "Free text is not compared" in page
    assert "/taxonomies/t/agreement/" in client.get("/taxonomies/t/").content.decode()


def test_programs_get_the_same_figures(client: Client) -> None:
    level = client.get("/taxonomies/t/agreement.json").json()["fields"][0]
    assert (level["field"], level["records"], level["observed"]) == ("Level", 4, 0.5)
    assert level["pairs"][0]["kappa"] == pytest.approx(0)
    assert level["alpha"] == pytest.approx(0.125)
    lines = b"".join(client.get("/taxonomies/t/agreement.csv")).decode()
    rows = list(csv.reader(io.StringIO(lines)))
    assert rows[0] == ["field", "figure", "coders", "records", "value"]
    assert ["Level", "krippendorff nominal", "", "4", "0.125000"] in rows


def test_drafts_count_for_those_alone_who_see_them(client: Client) -> None:
    records.incident(11)
    records.classification("T_Annotator-1", 11, ["Level", '"high"'])
    records.classification("T_Annotator-2", 11, ["Level", '"high"'], is_published=False)
    seen = [
        one.get("/taxonomies/t/agreement.json").json()["fields"][0]["records"]
        for one in (client, people.signed_in("ed@people.example", "taxonomy_editor"))
    ]
    assert seen == [4, 5]


def test_one_annotator_alone_is_not_compared(client: Client) -> None:
    records.taxonomy("U")
    records.taxonomy("U_Annotator-1")
    for address in ("agreement/", "agreement.json", "agreement.csv"):
        assert client.get(f"/taxonomies/u/{address}").status_code == 404

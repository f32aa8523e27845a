"""The page on which answers come in from a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.serve.web.forms import importing as forms
from incidentbase.store import models
from incidentbase.store.classifying import actions
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

NS = "Everything"
PAGE = f"/classifications/import/?namespace={NS}"
SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
TABLE = "Incident,Summary,Outcome,Weather\n7,A bot lied.,yes,fair\n9,It drove off.,perhaps,wet\n"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", f"taxonomy_editor:{NS}")


@pytest.fixture(autouse=True)
def taxonomy() -> None:
    definition, _ = files.read(SAMPLE)
    actions.define(definitions.state_of(definition), actor=records.actor())
    records.incident(7)
    records.incident(9)


def sent(client: Client, text: str = TABLE, do: str = "read", **typed: str) -> Any:
    return client.post(PAGE, {"pasted": text, "do": do, **typed})


def again(client: Client, answer: Any, do: str, **typed: str) -> Any:
    (form,) = [one for one in site.tree(answer).all("form", method="post") if one.all("textarea")]
    found = site.typed_in(form)
    return client.post(PAGE, {**found, **typed, "do": do})


def text_of(answer: Any) -> str:
    return " ".join(site.tree(answer).text.split())


def test_a_table_is_looked_at_and_then_taken_over(ed: Client) -> None:
    first = sent(ed)
    assert first.status_code == 200
    shown = text_of(first)
    assert "1 new" in shown
    assert "1 refused" in shown
    assert "“perhaps” is none of the values to choose from." in shown
    assert not models.Classification.objects.exists()
    refused = again(ed, first, "import")
    assert refused.status_code == 409
    assert "Tick this, or mend the table" in text_of(refused)
    assert not models.Classification.objects.exists()
    done = again(ed, first, "import", leaves_out="true")
    assert (done.status_code, done["Location"]) == (302, f"/apps/classifications/?namespace={NS}")
    assert "1 classification is new." in ed.get(done["Location"]).content.decode()
    row = models.Classification.objects.get()
    assert row.incident is not None
    assert (row.incident.incident_id, row.is_published) == (7, False)


def test_another_meaning_of_a_column_is_looked_at_before_it_is_taken_over(ed: Client) -> None:
    first = sent(ed, TABLE.replace("perhaps", "no"))
    other = again(ed, first, "import", **{"column-3": "answer.Place"})
    assert other.status_code == 409
    assert "it differs from what you looked at" in text_of(other)
    assert "fair" in text_of(other)
    done = again(ed, other, "import")
    assert done.status_code == 302
    names = models.Attribute.objects.values_list("short_name", flat=True)
    assert set(names) == {"Summary", "Outcome", "Place"}


def test_a_file_is_read_as_spreadsheets_write_it(ed: Client) -> None:
    data = TABLE.replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig")
    upload = SimpleUploadedFile("answers.csv", data, content_type="text/csv")
    answer = ed.post(PAGE, {"file": upload, "do": "read"})
    assert "1 new" in text_of(answer)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The table is empty."),
        (b" \n", "The table is empty."),
        ("Incident,Summary\n7,é".encode("cp1252"), "Line 2 is not UTF-8."),
        (b"Incident,,Summary\n7,x,y", "The first line must name every column."),
        (b'Incident,Summary\n7,"x', "A quotation mark in line 2 has no end."),
        (b"Incident,Summary\n" + b"7,x\n" * 5_001, "There can be 5000 rows at most"),
        (b"Incident,Summary\n7," + b"x" * forms.MOST_BYTES, "The table is larger than 2 MB"),
    ],
)
def test_what_is_no_table_is_told_beside_the_field(ed: Client, data: bytes, said: str) -> None:
    upload = SimpleUploadedFile("answers.csv", data, content_type="text/csv")
    answer = ed.post(PAGE, {"file": upload, "do": "read"})
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_columns_that_do_not_suffice_are_told(ed: Client) -> None:
    answer = sent(ed, "Number of it,Summary\n7,x")
    assert answer.status_code == 422
    assert "Say which column has the numbers of incidents or reports." in text_of(answer)
    assert "What would change" not in text_of(answer)
    fixed = again(ed, answer, "check", **{"column-0": "incident"})
    assert "1 new" in text_of(fixed)


def test_the_outcome_is_a_table_of_its_own(ed: Client) -> None:
    answer = again(ed, sent(ed), "report")
    assert answer["Content-Type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert lines[0][:4] == ["line", "kind", "number", "outcome"]
    assert ["2", "incident", "7", "made", "Summary", "", "A bot lied.", ""] in lines
    assert [line[:5] for line in lines[1:] if line[7]] == [
        ["3", "incident", "9", "refused", "Outcome"]
    ]


def test_the_table_of_this_site_comes_back_without_a_change(ed: Client) -> None:
    again(ed, sent(ed, TABLE.replace("perhaps", "no")), "import")
    own = b"".join(ed.get(f"/apps/classifications.csv?namespace={NS}")).decode()
    shown = text_of(sent(ed, own))
    assert "2 as it is" in shown
    assert "There is nothing to import." in shown


def test_it_is_for_those_who_classify_by_the_taxonomy(client: Client, ed: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE).status_code == 404
    others = people.signed_in("other@people.example", "taxonomy_editor:MIT")
    assert others.get(PAGE).status_code == 404
    assert others.post(PAGE, {"pasted": TABLE, "do": "import"}).status_code == 404
    begun = ed.get("/classifications/import/")
    assert NS in text_of(begun)


def test_markup_in_a_table_stays_text(ed: Client) -> None:
    answer = sent(ed, "Incident,Summary,</textarea><b>x\n7,<script>alert(1)</script>,y")
    body = answer.content.decode()
    assert "<script>alert(1)" not in body
    assert "</textarea><b>" not in body

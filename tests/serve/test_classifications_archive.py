"""All classifications of the archive: shown, edited, exported and taken in again, one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.formats import tables
from incidentbase.ingest import snapshots
from incidentbase.kit import archives, text
from incidentbase.serve.web.classifying import words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.pages.importing import rows_of
from incidentbase.store import models
from incidentbase.store.classifying import actions, columns, planning, queries
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.taxonomies import rules as taxonomies
from tests.make import people, records
from tests.serve import site

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.snapshot]

TOTAL = 2_367
# What was said of an incident before it became a duplicate is kept, and no longer edited.
OF_DUPLICATES = 7
NOTE = "Looked over."
# Forms are opened in full for one in so many; what stands in them is checked for all.
ONE_IN = 40


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


def test_every_classification_is_shown_edited_and_exported(ed: Client, snapshot_path: Path) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshots.import_folder(folder, source="test", actor=records.actor())
    before = states()
    assert len(before) == TOTAL
    shown = exported = same = 0
    for taxonomy in models.Taxonomy.objects.all():
        shown += assert_shown(ed, taxonomy.namespace, before)
        exported += assert_exported(ed, taxonomy.namespace, before)
        same += assert_taken_in_unchanged(ed, taxonomy.namespace)
    assert (shown, exported, same) == (TOTAL, TOTAL, TOTAL)
    assert assert_edited(ed, before) == TOTAL - OF_DUPLICATES


def states() -> dict[str, Any]:
    keys = models.Classification.objects.values_list("public_id", flat=True)
    return recorded.states_of("classification", keys)


def answers_of(state: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, said) for name, said, *_ in state["attributes"]]


def assert_shown(ed: Client, namespace: str, before: dict[str, Any]) -> int:
    """Every row of the table has the words of every answer of its classification."""
    fields = models.TaxonomyField.objects.filter(taxonomy__namespace=namespace, parent=None)
    asked = [("column", str(field.pk)) for field in fields]
    names = {field.short_name for field in fields}
    count = 0
    for page in range(1, 100):
        query = "&".join(f"{name}={value}" for name, value in asked)
        answer = ed.get(f"/apps/classifications/?namespace={namespace}&{query}&page={page}")
        found = site.tree(answer).all("tbody")
        rows = found[0].all("tr") if found else []
        for row in rows:
            (choice,) = row.all("input", name="id")
            said = " ".join(row.text.split())
            for name, value_json in answers_of(before[choice["value"]]):
                told = text.excerpt(words(taxonomies.decode(value_json)), 140)
                assert name not in names or " ".join(told.split()) in said
        count += len(rows)
        if not site.tree(answer).all("a", rel="next"):
            break
    return count


def assert_exported(ed: Client, namespace: str, before: dict[str, Any]) -> int:
    """The JSON has every public answer as it is stored."""
    fields = models.TaxonomyField.objects.filter(taxonomy__namespace=namespace, is_public=True)
    public = set(fields.values_list("short_name", flat=True))
    body = site.body_of(ed.get(f"/apps/classifications.json?namespace={namespace}"))
    told = json.loads(body)["classifications"]
    for one in told:
        state = before[one["_id"]]
        given = [(each["short_name"], each["value"]) for each in one["attributes"]]
        assert given == [
            (name, taxonomies.decode(said)) for name, said in answers_of(state) if name in public
        ]
        assert one["published"] == state["is_published"]
    return len(told)


def assert_taken_in_unchanged(ed: Client, namespace: str) -> int:
    """The CSV, taken in again, changes nothing."""
    body = site.body_of(ed.get(f"/apps/classifications.csv?namespace={namespace}")).decode()
    table = tables.read(body, most_rows=columns.MOST_ROWS)
    taxonomy = queries.definition(namespace)
    assert taxonomy
    meanings = columns.guessed(table.header, taxonomy["fields"])
    plan = planning.plan(
        namespace, rows_of(table, meanings), how=planning.How(), viewer=records.actor()
    )
    assert plan
    wrong = [one for one in plan.outcomes if one.what != planning.SAME]
    assert [(one.row.number, one.changes, one.problems) for one in wrong] == []
    return plan.counts[planning.SAME]


def assert_edited(ed: Client, before: dict[str, Any]) -> int:
    """A form filled with what is stored keeps every answer when only the notes are new."""
    viewer = people.viewer(people.account("inc@people.example", "incident_editor"))
    duplicates = incidents.true_numbers(
        state["incident_id"] for state in before.values() if state["incident_id"]
    )
    edited = {key for key, state in before.items() if state["incident_id"] not in duplicates}
    for at, key in enumerate(sorted(edited)):
        state = before[key]
        kind = "incident" if state["incident_id"] is not None else "report"
        number = state["incident_id"] or state["report_number"]
        if at % ONE_IN == 0:
            edit_in_form(ed, state["namespace"], kind, number)
            continue
        editable = queries.editable_by_id(key, viewer=viewer)
        assert editable
        actions.classify(
            state["namespace"],
            kind,
            number,
            replace(forms.draft_of(editable), notes=NOTE),
            seen=editable.seen,
            actor=viewer,
        )
    after = states()
    for key, state in after.items():
        assert state["notes"] == (NOTE if key in edited else before[key]["notes"])
        assert {**state, "notes": ""} == {**before[key], "notes": ""}
    return len(edited)


def edit_in_form(ed: Client, namespace: str, kind: str, number: int) -> None:
    name = "incident_id" if kind == "incident" else "report_number"
    address = f"/classifications/edit/?namespace={namespace}&{name}={number}"
    forms_shown = site.tree(ed.get(address)).all("form", method="post")
    (form,) = [one for one in forms_shown if one.all("input", name="seen")]
    done = ed.post(address, {**site.typed_in(form), "notes": NOTE, "do": "save"})
    assert done.status_code == 302, address

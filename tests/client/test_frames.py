"""Frames of pandas and polars: one column a member, dates as dates, whatever is asked for."""

from __future__ import annotations

import datetime as dt
import importlib.util
from typing import Any

import pandas as pd
import polars as pl
import pytest

from incidentbase.client import Client, MissingLibrary
from tests.client.conftest import Instance
from tests.client.pretend import Pretended, said

NOTHING = {"items": [], "next_cursor": None}


def test_incidents_in_pandas_have_real_dates_and_numbers(db: Client) -> None:
    frame = db.incidents().to_pandas()
    assert len(frame) == db.search().total
    assert frame.dtypes.astype(str).to_dict() | {"title": "string"} == {
        "incident_id": "Int64",
        "id": "string",
        "title": "string",
        "description": "string",
        "date": "datetime64[s]",
        "editor_notes": "string",
        "created_at": "datetime64[us, UTC]",
        "date_modified": "datetime64[us, UTC]",
        "url": "string",
        "deployer": "object",
        "developer": "object",
        "harmed": "object",
        "implicated": "object",
        "report_numbers": "object",
        "same_as": "object",
    }
    first = db.incidents(limit=1).to_list()[0]
    assert frame["date"].iloc[0].date() == first.date
    assert frame["deployer"].iloc[0] == [one.entity_id for one in first.entities.deployer]


def test_incidents_in_polars_have_real_dates_and_lists(db: Client) -> None:
    frame = db.incidents().to_polars()
    assert frame.schema["date"] == pl.Date
    assert frame.schema["incident_id"] == pl.Int64
    assert frame.schema["deployer"] == pl.List(pl.String)
    assert frame.schema["report_numbers"] == pl.List(pl.Int64)
    assert frame.schema["created_at"] == pl.Datetime("us", "UTC")
    listed = db.incidents().to_list()
    assert frame["date"].to_list() == [one.date for one in listed]
    assert frame["created_at"].to_list() == [one.created_at for one in listed]


def test_every_list_is_a_frame_in_both_libraries(db: Client) -> None:
    lists: list[Any] = [
        db.incidents(),
        db.reports(),
        db.entities(),
        db.taxonomies(),
        db.classifications(),
        db.search("the"),
        db.submissions(),
        db.search(limit=3).incidents(),
    ]
    for rows in lists:
        frame, other = rows.to_pandas(), rows.to_polars()
        assert len(frame.columns) > 3, rows
        assert list(frame.columns) == other.columns
        assert len(frame) == other.height
    # Who went through changes once is told the next time only what is newer.
    changes = db.changes().to_pandas()
    assert str(changes["at"].dtype) == "datetime64[us, UTC]"
    assert db.changes().to_polars().height == len(changes)


def test_a_frame_has_the_members_that_were_asked_for(db: Client) -> None:
    frame = db.incidents(fields=["date", "title"]).to_polars()
    assert frame.columns == ["title", "date"]
    assert "text" not in db.reports(limit=2).to_pandas()
    assert db.reports(fields="text", limit=2).to_pandas().columns.tolist() == ["text"]


def test_a_classification_is_a_row_for_each_value(db: Client) -> None:
    frame = db.classifications().to_polars()
    one = next(
        one
        for one in db.classifications()
        if any(isinstance(each.value, list) and len(each.value) > 1 for each in one.attributes)
    )
    answer = next(
        each for each in one.attributes if isinstance(each.value, list) and len(each.value) > 1
    )
    values = frame.filter(
        (pl.col("classification_id") == one.id) & (pl.col("short_name") == answer.short_name)
    )["value"]
    assert values.to_list() == answer.value
    assert frame.schema["confidence"] == pl.Float64
    assert frame.schema["machine"] == pl.Boolean


def test_roles_of_entities_are_numbers(db: Client) -> None:
    frame = db.entities().to_pandas()
    counts = {one.entity_id: one.counts.deployer for one in db.entities()}
    assert str(frame["deployer"].dtype) == "Int64"
    assert frame.set_index("entity_id")["deployer"].to_dict() == counts


def test_nothing_is_a_frame_with_its_columns(pretended: Pretended) -> None:
    pretended.answers = [said(NOTHING)]
    with Client(pretended.address) as db:
        frame = db.incidents().to_pandas()
        assert len(frame) == 0
        assert str(frame["date"].dtype) == "datetime64[s]"
        assert db.incidents().to_polars().schema["date"] == pl.Date
        assert "value" in db.classifications().to_polars().columns


def test_dates_before_anything_and_what_is_unknown_fit(pretended: Pretended) -> None:
    reports = [
        {"report_number": 1, "date_published": "1001-01-01T00:00:00.000Z", "page": None},
        {"report_number": 2, "date_published": None, "page": "https://a.example"},
    ]
    incidents = [{"date": "0001-01-01"}, {"date": "9999-12-31"}]
    with Client(pretended.address) as db:
        pretended.answers = [said({"items": reports, "next_cursor": None})]
        frame = db.reports().to_pandas()
        assert frame["date_published"].iloc[0].year == 1001
        assert frame["date_published"].isna().tolist() == [False, True]
        assert frame["page"].isna().tolist() == [True, False]
        table = db.reports().to_polars()
        assert table["date_published"].to_list()[1] is None
        pretended.answers = [said({"items": incidents, "next_cursor": None})]
        assert db.incidents().to_polars()["date"].to_list()[0] == dt.date(1, 1, 1)
        assert db.incidents().to_pandas()["date"].dt.year.tolist() == [1, 9999]


def test_values_of_answers_that_are_no_texts_are_json(pretended: Pretended) -> None:
    told = dict.fromkeys(
        ("by", "model", "at", "confidence", "reviewed_by", "reviewed_at", "report", "passage")
    )
    provenance = {"method": "manual", "machine": False, **told}
    values = ["a", 5, True, None, {"b": 1}, ["c", 2], []]
    row = {
        "_id": "x",
        "namespace": "T",
        "attributes": [
            {"short_name": "f", "value": value, "provenance": provenance} for value in values
        ],
    }
    pretended.answers = [said({"items": [row], "next_cursor": None})]
    with Client(pretended.address) as db:
        found = db.classifications().to_pandas()["value"]
    assert found.fillna("nothing").tolist() == ["a", "5", "true", "nothing", '{"b": 1}', "c", "2"]
    assert isinstance(found, pd.Series)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_missing_is_named_before_anything_is_asked(
    db: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    rows = db.incidents()
    with pytest.raises(MissingLibrary, match=rf"pip install 'incidentbase\[{library}\]'"):
        getattr(rows, f"to_{library}")()
    assert instance.asked == []

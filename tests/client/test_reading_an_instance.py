"""The client over the demo records: every operation, lists in every order, typed records."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from incidentbase.client import Client, KnownAlready, NotAsked, NotFound, Unacceptable, operations
from tests.client.conftest import Instance

OPENAPI = Path(__file__).parents[1] / "serve" / "openapi.json"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2


def draft(**changes: Any) -> dict[str, Any]:
    """Return a complete submission."""
    return {
        "url": "https://news.example/bus",
        "title": "A bus goes its own way",
        "authors": ("Ann Author",),
        "date_published": dt.date(2026, 2, 1),
        "date_downloaded": "2026-02-02",
        "text": TEXT,
        **changes,
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"order": "asc"},
        {"order": "desc"},
    ],
)
def test_going_through_a_list_gives_every_incident_once(db: Client, asked: Any) -> None:
    numbers = [one.incident_id for one in db.incidents(**asked)]
    assert len(numbers) == len(set(numbers)) == db.search().total
    assert numbers == sorted(numbers, reverse=asked["order"] == "desc")


def test_a_search_by_date_gives_every_incident_once(
    db: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidentbase.client.pages.LARGEST_PAGE", 7)
    numbers = [one.incident_id for one in db.search(sort="incident-date-desc")]
    assert len(numbers) == len(set(numbers)) == db.search().total
    monkeypatch.undo()
    dates = {one.incident_id: one.date for one in db.incidents()}
    assert set(numbers) == set(dates)
    days = [dates[one] for one in numbers if one]
    assert days == sorted(days, reverse=True)


def test_pages_are_fetched_when_they_are_wanted(
    db: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidentbase.client.pages.LARGEST_PAGE", 10)
    reports = iter(db.reports())
    assert instance.asked == []
    seen = [next(reports) for _ in range(10)]
    assert len(instance.asked) == 1
    seen.append(next(reports))
    assert len(instance.asked) == 2
    assert len({one.report_number for one in seen}) == 11


def test_a_limit_asks_for_no_more_than_it_needs(db: Client, instance: Instance) -> None:
    assert len(db.incidents(limit=3).to_list()) == 3
    assert [query["limit"] for _method, _path, query in instance.asked] == ["3"]
    assert db.incidents(limit=0).to_list() == []
    assert len(instance.asked) == 1
    with pytest.raises(ValueError, match="limit"):
        db.incidents(limit=-1)


def test_an_incident_is_typed_through_and_through(db: Client) -> None:
    incident = db.incident(db.incidents().to_list()[0].incident_id)
    assert type(incident.date) is dt.date
    assert incident.reports[0].text
    assert incident.reports[0].date_published is None or incident.reports[0].date_published.tzinfo
    assert {one.entity_id for one in incident.entities.deployer} <= {
        one.entity_id for one in db.entities()
    }
    assert incident.report_numbers == tuple(one.report_number for one in incident.reports)
    with pytest.raises(AttributeError):
        incident.title = "Another"  # type: ignore[misc]


def test_a_member_that_was_left_out_is_told_so(db: Client) -> None:
    assert set(db.incidents(fields="incident_id,id", limit=1).to_list()[0].to_dict()) == {
        "incident_id",
        "id",
    }
    listed = db.incidents(fields=["incident_id", "title"], limit=1).first()
    assert listed is not None
    assert set(listed.to_dict()) == {"incident_id", "title"}
    assert not listed.has("reports")
    with pytest.raises(NotAsked, match="'reports'"):
        _ = listed.reports
    with pytest.raises(AttributeError, match="colour"):
        _ = listed.colour
    assert "title=" in repr(listed)
    for copied in (pickle.loads(pickle.dumps(listed)), copy.deepcopy(listed)):
        assert copied == listed
        assert hash(copied) == hash(listed)


def test_an_incident_that_was_merged_leads_to_the_other(db: Client, instance: Instance) -> None:
    folder = Path(__file__).parents[2] / "src/incidentbase/ingest/demo"
    merged = json.loads((folder / "duplicates.jsonl").read_text().splitlines()[0])
    found = db.incident(merged["duplicate_incident_number"])
    assert found.incident_id == merged["true_incident_number"]
    assert len(instance.asked) == 2


def test_a_search_has_total_facets_and_whole_incidents(db: Client) -> None:
    found = db.search(facets=["year", "deployer"], facet_size=3, limit=5)
    assert found.total > 5
    assert sum(1 for _hit in found) == 5
    assert len(found.facets["deployer"]) == 3
    year = found.facets["year"][0]
    narrowed = db.search(year=year.value)
    assert narrowed.total == year.count
    assert db.search(not_year=year.value).total == found.total - year.count
    several = db.search(year=[one.value for one in found.facets["year"]])
    assert several.total == sum(one.count for one in found.facets["year"])
    for incident in found.incidents():
        assert incident.has("reports")
    assert {one.date.year for one in db.incidents(year=year.value)} == {int(year.value)}
    with pytest.raises(ValueError, match="order"):
        db.incidents("car", order="desc")


def test_days_are_taken_as_days(db: Client) -> None:
    until = dt.date(2018, 12, 31)
    early = db.search(incident_date_max=until)
    late = db.search(incident_date_min="2019")
    assert early.total + late.total == db.search().total
    assert all(one.date <= until for one in early.incidents())


def test_several_values_that_cannot_be_told_apart_are_refused(db: Client) -> None:
    with pytest.raises(ValueError, match="tags"):
        db.search(tags=["a||b", "c"])


def test_changes_go_on_where_they_stopped(db: Client) -> None:
    changes = db.changes()
    told = changes.to_list()
    assert {one.kind for one in told} >= {"incident", "report", "entity", "classification"}
    assert {int(one.id) for one in told if one.kind == "incident"} == {
        one.incident_id for one in db.incidents()
    }
    assert changes.cursor
    again = db.changes(since=changes.cursor)
    assert again.to_list() == []
    assert again.cursor == changes.cursor


def test_who_stops_early_is_told_again_and_misses_nothing(
    db: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidentbase.client.instance.CHANGES_AT_ONCE", 100)
    changes = db.changes()
    rows = iter(changes)
    first = [next(rows) for _ in range(105)]
    rest = db.changes(since=changes.cursor).to_list()
    assert rest[:5] == first[100:]
    assert {one.id for one in [*first, *rest]} == {one.id for one in db.changes()}


def test_addresses_are_looked_up_in_as_many_requests_as_they_need(
    db: Client, instance: Instance
) -> None:
    report = db.reports(limit=1).to_list()[0]
    unknown = [f"https://news.example/{number}/{'x' * 50}" for number in range(120)]
    found = db.lookup_urls([*unknown, report.url])
    assert [one.url for one in found] == [*unknown, report.url]
    assert [one.report_number for one in found[-1].reports] == [report.report_number]
    assert found[-1].incidents
    assert found[0].reports == ()
    assert instance.paths().count("/api/v1/lookup/addresses") > 1
    assert db.lookup_urls(report.url)[0].reports == found[-1].reports


def test_entities_and_taxonomies_are_read_by_name(db: Client) -> None:
    entity = next(one for one in db.entities() if one.counts.deployer)
    assert db.lookup_entities(entity.name)[0].entity_id == entity.entity_id
    assert db.entity(entity.entity_id).incidents["deployer"]
    taxonomy = next(one for one in db.taxonomies() if one.classifications)
    assert {one.short_name for one in db.taxonomy(taxonomy.namespace.lower()).fields}
    one = next(iter(db.classifications(taxonomy.namespace)))
    assert db.classification(one.id) == one
    assert one in db.classifications(incident_id=one.incident_id).to_list()


def test_what_is_not_there_is_said_with_its_problem_document(db: Client) -> None:
    with pytest.raises(NotFound) as caught:
        db.incident(999_999)
    assert (caught.value.status, caught.value.title) == (404, "Not found")
    assert "999999" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).detail == caught.value.detail
    with pytest.raises(NotFound):
        db.entity("../incidents/1")
    with pytest.raises(Unacceptable, match="password"):
        db.incidents(fields="password").first()


def test_a_report_is_sent_in_and_tracked(db: Client) -> None:
    sent = db.submit(**draft())
    assert db.submission(sent.code) == sent
    assert sent.status == "pendingReview"
    assert db.submissions(limit=1).to_list()[0].title == "A bus goes its own way"


def test_what_is_wrong_with_a_report_is_said_field_by_field(db: Client) -> None:
    with pytest.raises(Unacceptable) as caught:
        db.submit(**draft(url="javascript:alert(1)", text="short"))
    assert {one["field"] for one in caught.value.errors} == {"url", "text"}
    known = db.reports(limit=1).to_list()[0]
    with pytest.raises(KnownAlready) as refused:
        db.submit(**draft(url=known.url))
    assert refused.value.reports == (known.report_number,)
    assert db.submit(**draft(url=known.url, anyway=True)).status == "pendingReview"


def test_every_operation_is_asked_with_every_parameter(db: Client, instance: Instance) -> None:
    described = json.loads(OPENAPI.read_text())["paths"]
    incident = db.incidents(fields="incident_id", limit=1).to_list()[0].incident_id
    report = db.reports(limit=1).to_list()[0]
    filters: Any = {
        one["name"]: "2020"
        for one in described["/api/v1/search"]["get"]["parameters"]
        if one["name"] not in {"cursor", "limit", "s", "list", "sortBy", "facets", "facet_size"}
    }
    number = report.report_number
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("incidentbase.client.pages.LARGEST_PAGE", 1)
        patch.setattr("incidentbase.client.instance.CHANGES_AT_ONCE", 1)
        lists: list[Any] = [
            db.incidents(fields="incident_id", limit=2),
            db.reports(fields="report_number", limit=2),
            db.reports(incident_id=incident, source_domain="x.example", language="en"),
            db.entities(fields="name", limit=2),
            db.entities(kind="person", limit=2),
            db.taxonomies(fields="namespace"),
            db.classifications(fields="namespace", limit=2),
            db.classifications("MIT", incident_id=incident, report_number=number),
            db.search("the", facets=["year"], facet_size=1, limit=2),
            db.search("the", **filters),
        ]
        for one in lists:
            one.to_list()
        for _count, _change in zip(range(2), db.changes(), strict=False):
            pass
        codes = [db.submit(**draft(url=f"https://news.example/{at}")).code for at in range(2)]
        db.submissions(limit=2).to_list()
    db.submission(codes[0])
    db.incident(incident, fields="title")
    db.report(number, fields="title")
    db.entity(db.entities(limit=1).to_list()[0].entity_id, fields="name")
    namespace = db.taxonomies().to_list()[0].namespace
    db.taxonomy(namespace, fields="namespace")
    db.classification(db.classifications(limit=1).to_list()[0].id, fields="namespace")
    db.lookup_urls(["https://news.example/"])
    db.lookup_entities("a")
    sent: dict[tuple[str, str], set[str]] = {}
    for method, path, query in instance.asked:
        sent.setdefault((method, _template(path, described)), set()).update(query)
    assert sent == {
        (method.upper(), path): {
            one["name"] for one in told.get("parameters", ()) if one["in"] == "query"
        }
        for path, methods in described.items()
        for method, told in methods.items()
    }
    assert len(operations.ALL) == len(sent)


def _template(path: str, described: dict[str, Any]) -> str:
    """Return the address of the document that a path is of."""
    if path in described:
        return path
    return next(one for one in described if one.startswith(path.rpartition("/")[0] + "/{"))

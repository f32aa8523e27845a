from __future__ import annotations

import datetime as dt
import json

import bson
import pytest
from bson import Int64, ObjectId

from incidentbase.formats import aiid
from incidentbase.formats.aiid import documents, values

ID = "625763db343edc875fe639ff"
DAY = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
INCIDENT = {"_id": ObjectId(ID), "incident_id": 7, "title": "A title", "date": "2024-05-01"}
REPORT = {
    "_id": ObjectId(ID),
    "report_number": 12,
    "title": "A report",
    "url": "https://www.news.example/a",
    "text": "Some *text*.",
    "date_published": DAY,
}
SUBMISSION = {"title": "A title", "url": "https://m.news.example/a", "date_submitted": "2024-05-01"}
CLASSIFICATION = {"namespace": "MIT", "incidents": [3], "attributes": []}
SAMPLES = {
    "taxa": {"namespace": "MIT"},
    "entities": {"entity_id": "acme", "name": "Acme"},
    "entity_relationships": {"sub": "acme", "obj": "apex"},
    "entity_duplicates": {"duplicate_entity_id": "acme", "true_entity_id": "apex"},
    "reports": REPORT,
    "incidents": INCIDENT,
    "duplicates": {"duplicate_incident_number": 8, "true_incident_number": 7},
    "incident_links": {"incident_id": 7, "sameAs": "https://oecd.ai/en/incidents/1"},
    "classifications": CLASSIFICATION,
    "translations/incidents": {"incident_id": 7, "language": "ja", "title": "題"},
    "translations/reports": {"report_number": 12, "language": "ja", "title": "題"},
    "submissions": SUBMISSION,
    "quickadd": {"url": "https://news.example/a"},
    "candidates": {"url": "https://news.example/a", "title": "A title"},
    "checklists": {"id": "b1d2"},
}


def converted(collection: str, **changes):
    """Return the record of the sample document with these changes; `...` takes a key away."""
    document = {**SAMPLES[collection], **changes}
    document = {key: value for key, value in document.items() if value is not ...}
    return documents.convert(collection, document)


@pytest.mark.parametrize("collection", list(SAMPLES))
def test_the_smallest_document_is_a_record_with_a_lasting_id(collection):
    record = converted(collection, _id=...)
    assert not isinstance(record, aiid.BadRow)
    assert len(record.object_id) == 24
    assert record == converted(collection, _id="")
    given = converted(collection, _id=ObjectId(ID))
    assert given.object_id == ID
    for other in (ID.upper(), {"$oid": ID}, f"ObjectId({ID})"):
        assert converted(collection, _id=values.extended(other)).object_id == ID


@pytest.mark.parametrize("collection", list(SAMPLES))
@pytest.mark.parametrize("document", [{}, [], None, "text", 5])
def test_what_is_no_document_is_a_bad_row(collection, document):
    assert isinstance(documents.convert(collection, document), aiid.BadRow)


BAD = [
    ("taxa", {"namespace": " "}, "namespace is empty"),
    ("taxa", {"field_list": ["x"]}, "no field"),
    ("taxa", {"field_list": [{}]}, "short_name is missing"),
    ("entities", {"entity_id": ...}, "entity_id is missing"),
    ("entities", {"name": ""}, "name is empty"),
    ("entities", {"created_at": "soon"}, "created_at is not a date"),
    ("entity_relationships", {"obj": "acme"}, "same entity"),
    ("entity_duplicates", {"true_entity_id": "acme"}, "no duplicate of itself"),
    ("reports", {"report_number": ...}, "report_number is missing"),
    ("reports", {"report_number": "x"}, "not a whole number"),
    ("reports", {"report_number": True}, "not a whole number"),
    ("reports", {"report_number": 1.5}, "not a whole number"),
    ("reports", {"report_number": 0}, "not a positive number"),
    ("reports", {"report_number": Int64(2**40)}, "not a positive number"),
    ("reports", {"date_published": ...}, "date_published is missing"),
    ("reports", {"date_published": "yesterday"}, "date_published is not a date: “yesterday”"),
    ("reports", {"date_published": bson.DatetimeMS(2**60)}, "date_published is not a date"),
    ("reports", {"title": ["x"]}, "title is not a text"),
    ("reports", {"language": "English"}, "not a language code"),
    ("reports", {"flag": "maybe"}, "neither true nor false"),
    ("reports", {"embedding": {"vector": [0.5, "x"]}}, "no number"),
    ("reports", {"embedding": {"vector": [float("nan")]}}, "no number"),
    ("incidents", {"incident_id": -3}, "not a positive number"),
    ("incidents", {"title": " \n"}, "title is empty"),
    ("incidents", {"date": ...}, "date is missing"),
    ("incidents", {"date": "2024-02-31"}, "date is not a date"),
    ("incidents", {"reports": ["a"]}, "reports is not a whole number"),
    ("incidents", {"nlp_similar_incidents": [{"similarity": 1}]}, "not a whole number"),
    ("incidents", {"tsne": {"x": "left", "y": 0}}, "x is not a number"),
    ("incidents", {"tsne": {"x": 10**400, "y": 0}}, "too large"),
    ("duplicates", {"true_incident_number": 8}, "no duplicate of itself"),
    ("incident_links", {"sameAs": "javascript:alert(1)"}, "not a web address"),
    ("classifications", {"incidents": []}, "no incident and no report"),
    ("classifications", {"attributes": ["x"]}, "attributes holds something else"),
    ("translations/incidents", {"language": ""}, "language is missing"),
    ("translations/incidents", {"title": ""}, "title is empty"),
    ("translations/reports", {"title": " ", "text": ""}, "title and text are empty"),
    ("submissions", {"url": ""}, "url is empty"),
    ("submissions", {"title": None}, "title is empty"),
    ("quickadd", {"incident_id": -1}, "negative"),
    ("candidates", {"title": ""}, "title is empty"),
    ("candidates", {"similarity": float("inf")}, "similarity is not a number"),
    ("checklists", {"risks": ["x"]}, "no risk"),
]


@pytest.mark.parametrize(("collection", "changes", "reason"), BAD)
def test_rows_that_make_no_sense_say_why(collection, changes, reason):
    record = converted(collection, **changes)
    assert isinstance(record, aiid.BadRow)
    assert reason in record.reason


def test_long_values_are_cut_in_reasons():
    reason = converted("incidents", date="x\n" * 500).reason
    assert len(reason) < 100
    assert "\n" not in reason


@pytest.mark.parametrize(
    "given",
    [
        DAY,
        dt.datetime(2024, 5, 1),  # noqa: DTZ001 (BSON gives such when asked to)
        dt.datetime(2024, 5, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        {"$date": "2024-05-01T00:00:00Z"},
        {"$date": 1714521600000},
        {"$date": {"$numberLong": "1714521600000"}},
        "{'$numberLong': '1714521600000'}",
        "2024-05-01T00:00:00Z",
        "2024-05-01T00:00:00.000Z",
        "2024-05-01T02:00:00+02:00",
        "2024-05-01",
        " 2024-05-01 ",
        "2024-05-01 00:00:00",
        "2024/05/01",
        "05/01/2024",
        "5/1/2024",
        "May 1, 2024",
        "1 May 2024",
        "Wed, 01 May 2024 00:00:00 GMT",
        "Wed May 01 2024 00:00:00 GMT+0000 (Coordinated Universal Time)",
    ],
)
def test_dates_are_understood_in_many_forms(given):
    record = converted("reports", date_published=values.extended(given))
    assert record.date_published == DAY
    assert record.date_published.tzinfo is dt.UTC


def test_dates_before_1970_are_understood():
    record = converted("reports", date_published="{'$numberLong': '-86400000'}")
    assert record.date_published == dt.datetime(1969, 12, 31, tzinfo=dt.UTC)


@pytest.mark.parametrize("given", ["{'$numberLong': '9999999999999999999'}", "0001-01-01T00:00+14"])
def test_dates_outside_of_the_calendar_are_bad_rows(given):
    assert "not a date" in converted("reports", date_published=given).reason


def test_dates_that_old_reports_lack_are_filled_in_from_their_neighbors():
    later = dt.datetime(2024, 5, 9, tzinfo=dt.UTC)
    record = converted("reports", date_published=..., epoch_date_published=1714521600)
    assert record.date_published == record.date_submitted == record.date_modified == DAY
    record = converted("reports", date_submitted=later, date_modified="", date_downloaded=None)
    assert record.date_downloaded == record.date_modified == record.date_submitted == later


def test_missing_and_null_are_the_same():
    keys = ["authors", "submitters", "tags", "flag", "quiet", "inputs_outputs", "editor_notes"]
    keys += ["user", "description", "embedding", "created_at", "language", "source_domain"]
    assert converted("reports", **dict.fromkeys(keys)) == converted("reports")
    record = converted("reports")
    assert (record.flag, record.quiet, record.language) == (False, False, "en")
    assert (record.authors, record.inputs_outputs, record.embedding) == ((), (), None)
    assert record.snippet_max_characters == 1_000_000
    assert record.source_domain == "news.example"


def test_a_report_keeps_its_text_and_makes_its_plain_text():
    record = converted("reports", text=" Some *text*. ", title=" A report ")
    assert (record.text, record.title) == (" Some *text*. ", " A report ")
    assert record.plain_text.strip() == "Some text."
    assert converted("reports", plain_text="").plain_text == ""


def test_an_empty_domain_stays_empty():
    variant = converted(
        "reports", source_domain="", url="", title="", inputs_outputs=["a", "", "b"]
    )
    assert (variant.source_domain, variant.url, variant.title) == ("", "", "")
    assert variant.inputs_outputs == ("a", "", "b")
    assert converted("reports", source_domain=..., url="").source_domain == ""


def test_pictures_of_old_reports_get_their_old_names():
    old = converted("reports", image_url="https://a.example/b")
    assert old.cloudinary_id == "legacy/d318a0bbb5519561198704e34f68ee83"
    assert converted("reports", image_url="").cloudinary_id == ""
    named = converted("reports", image_url="https://a.example/b", cloudinary_id="reports/x")
    assert named.cloudinary_id == "reports/x"


def test_what_databases_cannot_store_is_replaced():
    record = converted("reports", text="a\0b\ud800c", authors=["x\0"], plain_text=None)
    assert record.text == "a\ufffdb\ufffdc"
    assert record.authors == ("x\ufffd",)


def test_an_incident_reads_every_list():
    record = converted(
        "incidents",
        reports=[Int64(5), 6.0, "7", 5, None],
        editors=[ID.upper(), "nobody", ObjectId(ID)],
        implicated_systems=[" model-x ", "", "model-x"],
        nlp_similar_incidents=[
            {"incident_id": Int64(2), "similarity": 0.99},
            3,
            {"incident_id": 2},
        ],
        editor_similar_incidents=4,
        flagged_dissimilar_incidents=None,
        tsne={"x": 0.5, "y": -1},
        embedding={"vector": [1, 0.5], "from_reports": [5, 6]},
        date_modified=DAY,
        **{documents.DEPLOYERS: "acme", documents.HARMED: []},
    )
    assert record.reports == (5, 6, 7)
    assert record.editors == (ID,)
    assert (record.deployers, record.harmed) == (("acme",), ())
    assert record.implicated == ("model-x",)
    assert record.nlp_similar == ((2, 0.99), (3, None))
    assert (record.editor_similar, record.flagged_dissimilar) == ((4,), ())
    assert record.tsne == (0.5, -1.0)
    assert record.embedding == aiid.Embedding((1.0, 0.5), "", (5, 6))
    assert record.date == dt.date(2024, 5, 1)
    assert record.modified_at == DAY


def test_half_a_place_on_the_map_and_an_empty_vector_are_none():
    record = converted("incidents", tsne={"x": 0.5}, embedding={"vector": []})
    assert record.tsne is None
    assert record.embedding is None


def test_a_submission_keeps_its_dates_as_typed():
    record = converted(
        "submissions",
        date_modified="2024-05-01 10:11:12",
        date_published=DAY,
        date_downloaded=DAY.replace(hour=3),
        incident_date=None,
        incident_ids=[Int64(4)],
        snippet_max_characters=300,
    )
    assert record.date_modified == "2024-05-01 10:11:12"
    assert record.date_published == "2024-05-01"
    assert record.date_downloaded == "2024-05-01 03:00:00"
    assert (record.incident_date, record.incident_ids) == ("", (4,))
    assert (record.status, record.source_domain) == ("pendingReview", "news.example")
    assert record.snippet_max_characters == 300
    assert converted("submissions").snippet_max_characters is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('"text"', '"text"'),
        ('[ "a" ]', '[ "a" ]'),
        ("0", "0"),
        ("null", "null"),
        (None, "null"),
        (True, "true"),
        (["a"], '["a"]'),
        (float("nan"), "null"),
        (DAY, '"2024-05-01T00:00:00+00:00"'),
        ("no json", '"no json"'),
        ("NaN", '"NaN"'),
        ("", '""'),
        ("[" * 100_000, json.dumps("[" * 100_000)),
        ('"a\\u0000b"', '"a\ufffdb"'),
        ('"\\ud83d\\ude00"', '"\U0001f600"'),
        ('"\\ud83d"', '"\ufffd"'),
        ('{"value_json":"\\"\\\\u0000\\""}', '{"value_json":"\\"\ufffd\\""}'),
        ('[{"a\\u0000":[1,null]}]', '[{"a\ufffd":[1,null]}]'),
    ],
)
def test_answers_are_json_text_whatever_came(given, kept):
    record = converted("classifications", attributes=[{"short_name": "A", "value_json": given}])
    assert record.attributes == (("A", kept),)
    json.loads(kept)


def test_a_classification_of_a_report_keeps_its_numbers():
    record = converted("classifications", incidents=None, reports=[Int64(9)], publish=None)
    assert (record.incidents, record.reports, record.publish) == ((), (9,), False)


def test_a_taxonomy_reads_fields_and_subfields():
    sub = {"short_name": "Entity", "complete_from": {"entities": True}, "public": False}
    field = {
        "short_name": "Entities",
        "display_type": "object-list",
        "mongo_type": "array",
        "default": 5,
        "permitted_values": ["nuclear  ", None],
        "public": None,
        "hide_search": None,
        "item_fields": {"a": [1]},
        "subfields": [sub],
    }
    record = converted(
        "taxa",
        weight=Int64(70),
        field_list=[field],
        dummy_fields=[{"field_number": "1", "short_name": "Metadata"}, "x"],
        automatedClassifications="true",
        complete_entities="",
    )
    [read] = record.fields
    assert (read.default, read.public, read.hide_search) == ("5", True, False)
    assert read.permitted_values == ("nuclear  ",)
    assert read.item_fields == {"a": [1]}
    assert read.subfields[0].complete_from == {"entities": True}
    assert read.subfields[0].public is False
    assert record.headings == (("1", "Metadata"),)
    assert (record.weight, record.automated, record.complete_entities) == (70, True, None)


def test_a_checklist_keeps_the_risks_and_not_what_clients_left_there():
    risk = {"id": "r", "title": "T", "generated": True, "__typename": "Risk", "tags": ["a\0"]}
    record = converted("checklists", risks=[risk], tags_goals=["GMF:a:b"])
    assert record.risks == ({"id": "r", "title": "T", "tags": ["a\ufffd"]},)
    assert record.tags_goals == ("GMF:a:b",)


def test_extended_json_is_read():
    given = {"a": {"$numberDouble": "0.5"}, "b": [{"$numberInt": "3"}], "c": {"$date": "x"}}
    assert values.extended(given) == {"a": 0.5, "b": [3], "c": "x"}
    with pytest.raises(values.Unreadable):
        values.extended({"$numberDouble": "much"})


def test_an_entity_known_by_its_id_gets_a_readable_name():
    assert documents.entity_named_by_id("new-york-mta").name == "New York Mta"
    assert documents.entity_named_by_id("---").name == "---"


def test_texts_take_numbers_and_truths():
    assert values.text({"a": 5}, "a") == "5"
    assert values.text({"a": True}, "a") == "true"
    assert values.text({"a": False}, "a") == "false"

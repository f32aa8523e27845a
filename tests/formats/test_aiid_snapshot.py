from __future__ import annotations

import json
from pathlib import Path

import bson
import pytest
from bson import ObjectId

from incidentbase.formats import aiid
from incidentbase.formats.aiid import answers, reading

INCIDENTS_HEADER = (
    "_id,incident_id,date,reports,Alleged deployer of AI system,Alleged developer of AI system,"
    "Alleged harmed or nearly harmed parties,description,title\n"
)
REPORTS_HEADER = (
    '"_id","authors","date_published","image_url","report_number","source_domain","text","title",'
    '"url","tags"\n'
)
ID = "625763db343edc875fe639ff"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files; two underscores in a name stand for a slash, one before the end for a dot."""
    for name, content in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def dump(*documents: dict) -> bytes:
    return b"".join(map(bson.encode, documents))


def lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def rows(folder: Path, collection: str, **options) -> list[aiid.Row]:
    return list(aiid.open_snapshot(folder, **options).rows(collection))


def read(folder: Path, collection: str, **options) -> list:
    return [row.record for row in rows(folder, collection, **options)]


def incident(number: int, **more) -> dict:
    return {"incident_id": number, "title": f"T{number}", "date": "2024-05-01", **more}


def field(name: str, display_type: str, **more) -> dict:
    return {"short_name": name, "display_type": display_type, **more}


def taxonomy(*fields: dict, namespace: str = "T") -> dict:
    return {"_id": ObjectId(), "namespace": namespace, "field_list": list(fields)}


@pytest.mark.parametrize("inside", ["", "mongodump_full_snapshot", "anything"])
def test_a_snapshot_is_found_in_a_folder_or_in_the_one_inside(tmp_path, inside):
    write(tmp_path / inside, aiidprod__incidents_bson=dump(incident(1)))
    assert [record.incident_id for record in read(tmp_path, "incidents")] == [1]


def test_the_known_folder_is_found_among_others(tmp_path):
    (tmp_path / "__MACOSX").mkdir()
    write(tmp_path / "mongodump_full_snapshot", incidents_csv=INCIDENTS_HEADER)
    assert read(tmp_path, "incidents") == []


def test_what_holds_nothing_known_is_no_snapshot(tmp_path):
    write(tmp_path, notes_txt="x", aiidprod__migrations_bson=b"")
    (tmp_path / "another").mkdir()
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "notes.txt"):
        with pytest.raises(aiid.NotASnapshot) as caught:
            aiid.open_snapshot(folder)
        assert "\n" not in str(caught.value)


def test_bson_comes_before_lines_before_csv(tmp_path):
    write(
        tmp_path,
        aiidprod__incidents_bson=dump(incident(1)),
        incidents_jsonl=lines(incident(2)),
        incidents_csv=INCIDENTS_HEADER,
    )
    assert read(tmp_path, "incidents")[0].incident_id == 1
    (tmp_path / "aiidprod" / "incidents.bson").unlink()
    assert read(tmp_path, "incidents")[0].incident_id == 2
    (tmp_path / "incidents.jsonl").unlink()
    assert read(tmp_path, "incidents") == []


def test_a_file_without_bytes_is_an_empty_collection_and_no_reason_for_csv(tmp_path):
    write(tmp_path, aiidprod__quickadd_bson=b"", quickadd_csv="url\nhttps://news.example/\n")
    assert read(tmp_path, "quickadd") == []
    assert read(tmp_path, "reports") == []


def test_lines_of_json_are_rows_and_bad_lines_are_bad_rows(tmp_path):
    link = {"incident_id": {"$numberInt": "7"}, "sameAs": "https://oecd.ai/1"}
    content = "\ufeff" + lines({"_id": {"$oid": ID}, **link}) + "\n\r\n{broken\n[]\n" + lines(link)
    content += lines({"incident_id": {"$numberLong": "x"}})
    found = rows(write(tmp_path, incident_links_jsonl=content), "incident_links")
    assert [row.number for row in found] == [1, 2, 3, 4, 5]
    assert found[0].record.object_id == ID
    assert "not JSON" in found[1].record.reason
    assert "not a document" in found[2].record.reason
    assert found[3].record.incident_id == 7
    assert "$numberLong" in found[4].record.reason
    assert found[-1].position == len(content.encode())


def test_translations_have_a_flat_name_among_lines(tmp_path):
    made = {"incident_id": 1, "language": "ja", "title": "題"}
    write(tmp_path, translations_incidents_jsonl=lines(made))
    [found] = rows(tmp_path, "translations/incidents")
    assert found.record.title == "題"
    assert found.file == "translations_incidents.jsonl"


def test_translations_by_language_stand_in_for_the_one_file(tmp_path):
    write(
        tmp_path,
        translations__reports_bson=b"",
        translations__reports_es_bson=dump({"report_number": 1, "title": "Uno"}),
        translations__reports_fr_bson=dump({"report_number": 1, "title": "Un", "language": "fr"}),
        translations__reports_old_bson=b"not read",
    )
    snapshot = aiid.open_snapshot(tmp_path)
    found = list(snapshot.rows("translations/reports"))
    assert [row.record.language for row in found] == ["es", "fr"]
    assert [row.number for row in found] == [1, 1]
    assert found[-1].position == snapshot.collections[0].size
    assert (
        snapshot.collections[0].file == "translations/reports_es.bson, translations/reports_fr.bson"
    )
    one = dump({"report_number": 2, "title": "Dos", "language": "es"})
    write(tmp_path, translations__reports_bson=one)
    assert [record.report_number for record in read(tmp_path, "translations/reports")] == [2]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"\x05\x00", "middle of a row"),
        (b"\x20\x00\x00\x00abc", "middle of a row"),
        (b"\xff\xff\xff\x7fabc", "no row can be"),
        (b"\x00\x00\x00\x00", "no row can be"),
        (b"\xff\xff\xff\xff", "no row can be"),
        (b"\x06\x00\x00\x00\x99\x00", "not valid BSON"),
        (b"\x08\x00\x00\x00\x02a\x00\x00", "not valid BSON"),
    ],
)
def test_a_broken_dump_says_in_which_row(tmp_path, broken, reason):
    write(tmp_path, aiidprod__incidents_bson=dump(incident(1)) + broken)
    found = aiid.open_snapshot(tmp_path).rows("incidents")
    assert next(found).record.incident_id == 1
    with pytest.raises(aiid.SnapshotBroken, match=reason) as caught:
        next(found)
    assert (caught.value.file, caught.value.row) == ("aiidprod/incidents.bson", 2)


def test_bad_bytes_in_texts_are_replaced(tmp_path):
    document = bson.encode(incident(1, description="Zo\u00e9")).replace(b"\xc3\xa9", b"\xff\xff")
    [record] = read(write(tmp_path, aiidprod__incidents_bson=document), "incidents")
    assert record.description == "Zo\ufffd\ufffd"
    row = f"ObjectId({ID}),1,2024-05-01,,,,,Zo\u00e9,T\n".encode().replace(b"\xc3\xa9", b"\xff")
    folder = write(tmp_path / "csv", incidents_csv=INCIDENTS_HEADER.encode() + row)
    assert read(folder, "incidents")[0].description == "Zo\ufffd"


def test_a_date_outside_of_the_calendar_spoils_its_row_only(tmp_path):
    content = dump(incident(1, created_at=bson.DatetimeMS(2**60)), incident(2))
    found = read(write(tmp_path, aiidprod__incidents_bson=content), "incidents")
    assert "created_at" in found[0].reason
    assert found[1].incident_id == 2


def test_entities_are_derived_from_incidents_when_there_are_none(tmp_path):
    roles = {"Alleged deployer of AI system": ["acme-labs", "apex"]}
    content = dump(incident(1, **roles), {}, incident(2, implicated_systems=["model-x"], **roles))
    snapshot = aiid.open_snapshot(write(tmp_path, aiidprod__incidents_bson=content))
    assert [part.name for part in snapshot.collections] == ["entities", "incidents"]
    found = list(snapshot.rows("entities"))
    assert [row.record.name for row in found] == ["Acme Labs", "Apex", "Model X"]
    assert [row.number for row in found] == [1, 1, 3]
    assert found[-1].position == snapshot.collections[0].size


def test_incident_cells_are_read_with_mixed_line_ends(tmp_path):
    content = INCIDENTS_HEADER + (
        f'ObjectId({ID}),1,2015-05-19,"[2,3]","[""youtube""]",[],,"2\nlines, ""quoted""",A \\ T\r\n'
        f"\r\nObjectId({ID}),2,2015-05-19,[],[broken,[],,d,T\n"
        "only,three,cells\n"
        f"ObjectId({ID}),3,2015-05-19,5,[],[],,d,T\n"
    )
    found = rows(write(tmp_path, incidents_csv=content), "incidents")
    first = found[0].record
    assert (first.object_id, first.incident_id, first.reports) == (ID, 1, (2, 3))
    assert (first.deployers, first.harmed) == (("youtube",), ())
    assert (first.description, first.title) == ('2\nlines, "quoted"', "A \\ T")
    assert "Alleged deployer of AI system is not a JSON list" in found[1].record.reason
    assert found[2].record.reason == "the row has 3 cells, the header 9"
    assert "reports is not a JSON list" in found[3].record.reason
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert found[-1].position == len(content)


def report_row(text: str, published: str = "2015-05-20T00:00:00Z") -> str:
    cells = [ID, "A, B", published, "https://a.example/i.png", "2", "a.example", text, "T", "u", ""]
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'a \\ b \\\\ c ""d""', 'a \\ b \\\\ c "d"'),
        (r"a \ b", "a \\ b"),
        ("a\r\nb\n", "a\r\nb\n"),
        ("[not JSON]", "[not JSON]"),
        ("ends with \\\\", "ends with \\"),
        ("old, ends with \\", "old, ends with \\"),
    ],
)
def test_both_dialects_of_reports_are_told_apart(tmp_path, written, text):
    [record] = read(write(tmp_path, reports_csv=REPORTS_HEADER + report_row(written)), "reports")
    assert record.text == text
    assert (record.object_id, record.authors, record.tags) == (ID, ("A", "B"), ())
    assert record.cloudinary_id == "reports/a.example/i.png"


def test_reports_from_before_1970_are_read(tmp_path):
    row = report_row("x", published="{'$numberLong': '-86400000'}")
    [record] = read(write(tmp_path, reports_csv=REPORTS_HEADER + row), "reports")
    assert record.date_published.isoformat() == "1969-12-31T00:00:00+00:00"


def test_reports_of_mongoexport_are_read(tmp_path):
    content = '_id,authors,date_published,report_number,text\n,"[""A, B""]",2015-05-20,2,a \\ b\n'
    [record] = read(write(tmp_path, reports_csv=content), "reports")
    assert (record.authors, record.text) == (("A, B",), "a \\ b")


def test_csv_that_ends_within_quotes_is_broken(tmp_path):
    content = REPORTS_HEADER + report_row("x") + report_row("y")[:-40]
    with pytest.raises(aiid.SnapshotBroken, match=r"reports\.csv, row 2: not valid CSV"):
        read(write(tmp_path, reports_csv=content), "reports")


def test_lines_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_ROW", 100)
    write(tmp_path, incidents_csv=INCIDENTS_HEADER[:90] + "\n" + "x" * 101)
    with pytest.raises(aiid.SnapshotBroken, match="longer than 100 bytes"):
        read(tmp_path, "incidents")


def test_cells_may_be_very_long(tmp_path):
    text = "long " * 100_000
    [record] = read(write(tmp_path, reports_csv=REPORTS_HEADER + report_row(text)), "reports")
    assert record.text == text


def test_submissions_have_json_by_column_and_lasting_ids(tmp_path):
    row = (
        '"[""A""]",2026-01-01,2026-01-01 10:00:00,,2026-01-01,https://a.example/i.png,,,en,,'
        "a.example,,[not JSON],T,https://a.example/1\n"
    )
    content = (
        "authors,date_downloaded,date_modified,date_published,date_submitted,image_url,"
        "incident_date,incident_id,language,mongodb_id,source_domain,submitters,text,title,url\n"
    ) + row * 2
    found = read(write(tmp_path, submissions_csv=content), "submissions")
    assert found[0].text == "[not JSON]"
    assert found[0].authors == ("A",)
    assert found[0].date_modified == "2026-01-01 10:00:00"
    assert found[0].cloudinary_id == "reports/a.example/i.png"
    assert len({record.object_id for record in found}) == 2
    assert found == read(tmp_path, "submissions")


def test_duplicates_and_quick_adds_are_read(tmp_path):
    write(
        tmp_path,
        duplicates_csv="duplicate_incident_number,true_incident_number\n237,120\n,5\n",
        quickadd_csv="incident_id,url,date_submitted,source_domain\n0,https://a.example/1,,\n",
    )
    [first, second] = read(tmp_path, "duplicates")
    assert (first.duplicate_number, first.true_number) == (237, 120)
    assert "duplicate_incident_number is missing" in second.reason
    [record] = read(tmp_path, "quickadd")
    assert (record.source_domain, record.incident_id) == ("a.example", 0)


SNIPPETS = field(
    "Known Snippets",
    "object-list",
    subfields=[
        field("Snippet Text", "long_string"),
        field("Related Classifications", "list"),
        field("Snippet Discussion", "long_string"),
    ],
)
MULTI = field("Sectors", "multi", permitted_values=["arts", "arts, games", "nuclear  ", "Other"])
FIELDS = (
    field("AI System", "enum"),
    field("Checked", "bool"),
    field("Lives", "int"),
    MULTI,
    field("Tasks", "list"),
    field("AI System", "enum"),
    field("Entities", "object-list", subfields=[field("Entity", "string")]),
    SNIPPETS,
)


def classified(folder: Path, *cells: str, header: tuple[dict, ...] = FIELDS) -> list:
    names = ["Namespace", "Incident ID", "Published", *(part["short_name"] for part in header)]
    content = ",".join(names) + "\r\n" + ",".join(f'"{cell}"' for cell in cells) + "\r\n"
    write(folder, classifications_T_csv=content, aiidprod__taxa_bson=dump(taxonomy(*FIELDS)))
    return read(folder, "classifications")


def test_classifications_are_read_by_position(tmp_path):
    block = "Snippet Text: One, two\nof it\nRelated Classifications: a, b\nSnippet Discussion: d\n"
    other = "Related Classifications: c\nSnippet Text: \n"
    entities = 'Acme, Wei \\""W\\"" H, \\x'
    cells = ["T", "5", "True", "yes", "False", "-1", "arts, games, nuclear, Other:mine, too, arts"]
    cells += ["one, two, ", "yes", entities, f"{block}, {other}"]
    [record] = classified(tmp_path, *cells)
    assert (record.namespace, record.incidents, record.publish) == ("T", (5,), True)
    found = [(name, json.loads(text)) for name, text in record.attributes]
    assert found[:5] == [
        ("AI System", "yes"),
        ("Checked", False),
        ("Lives", -1),
        ("Sectors", ["arts, games", "nuclear", "Other:mine, too", "arts"]),
        ("Tasks", ["one", "two", ""]),
    ]
    assert [name for name, _value in found[5:]] == ["Entities", "Known Snippets"]
    nested = [
        [(part["short_name"], json.loads(part["value_json"])) for part in entry["attributes"]]
        for _name, value in found[5:]
        for entry in value
    ]
    assert nested[:3] == [[("Entity", name)] for name in ("Acme", 'Wei "W" H', "\\x")]
    assert nested[3] == [
        ("Snippet Text", "One, two\nof it"),
        ("Related Classifications", ["a", "b"]),
        ("Snippet Discussion", "d"),
    ]
    assert nested[4] == [("Related Classifications", ["c"]), ("Snippet Text", "")]


def test_cells_that_say_nothing_and_cells_of_another_kind(tmp_path):
    [record] = classified(tmp_path, "", "5", "", "  ", "perhaps", "many", " ", "", " ", "", "free")
    found = [(name, json.loads(text)) for name, text in record.attributes]
    assert found == [
        ("AI System", "  "),
        ("Checked", "perhaps"),
        ("Lives", "many"),
        ("AI System", " "),
        ("Known Snippets", ["free"]),
    ]
    assert record.publish is False


def test_columns_that_moved_are_found_by_name_and_unknown_ones_are_texts(tmp_path):
    header = (field("Lives", "int"), field("Unheard of", "string"), field("Checked", "bool"))
    [record] = classified(tmp_path, "T", "5", "True", "3", "x", "True", header=header)
    assert record.attributes == (("Lives", "3"), ("Unheard of", '"x"'), ("Checked", "true"))


def test_classifications_that_cannot_be_placed_are_bad_rows(tmp_path):
    [record] = classified(tmp_path, "T", " ", "True", *[""] * 8)
    assert "Incident ID is empty" in record.reason
    [record] = classified(tmp_path, "T", "5", "True")
    assert "3 cells" in record.reason
    [record] = classified(tmp_path, "Unknown", "5", "True", *[""] * 8)
    assert "“Unknown” is not defined anywhere" in record.reason
    [record] = classified(tmp_path, "T", "five", "True", *[""] * 8)
    assert "not a whole number" in record.reason


def test_repeated_classifications_have_ids_of_their_own(tmp_path):
    content = "Namespace,Incident ID,Published\nT,5,True\nT,5,False\n"
    write(tmp_path, classifications_T_csv=content, aiidprod__taxa_bson=dump(taxonomy()))
    first, second = read(tmp_path, "classifications")
    assert first.object_id != second.object_id


def test_classifications_with_other_first_columns_are_broken(tmp_path):
    write(tmp_path, classifications_T_csv="Incident,Published\n1,True\n")
    with pytest.raises(aiid.SnapshotBroken, match="first columns"):
        read(tmp_path, "classifications")


def test_given_taxonomies_stand_in_for_missing_ones_only(tmp_path):
    [own] = read(write(tmp_path / "a", taxa_jsonl='{"namespace": "T"}'), "taxa")
    content = "Namespace,Incident ID,Published\nT,5,True\n"
    folder = write(tmp_path / "b", classifications_T_csv=content)
    assert read(folder, "classifications", taxonomies=(own,))[0].incidents == (5,)


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("a", ["a"]),
        ("a, b, a", ["a, b", "a"]),
        ("Other: x, y", ["Other: x, y"]),
        ("Other: x, Other: y, a", ["Other: x", "Other: y", "a"]),
        ("unknown, a", ["unknown", "a"]),
        (", a", ["a"]),
        ("", []),
    ],
)
def test_lists_split_by_permitted_values(cell, values):
    assert answers.split_permitted(cell, ["a", "a, b"]) == values

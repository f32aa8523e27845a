"""Taxonomy files: nothing is lost on the way, and what is wrong is said with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from incidentbase.formats import aiid, taxonomies
from incidentbase.ingest import definitions, states

SAMPLE = Path(__file__).parents[1] / "samples" / "everything.yaml"

HEAD = "taxonomy: Try\nfields:\n"


def problems(text: str) -> list[str]:
    with pytest.raises(taxonomies.Malformed) as refusal:
        taxonomies.read(text)
    assert "\n" not in str(refusal.value)
    return [str(one) for one in refusal.value.findings]


def test_the_bundled_definitions_are_written_as_they_are_read() -> None:
    bundled = definitions.bundled()
    assert [one.namespace for one in bundled] == ["CSETv0", "CSETv1", "GMF", "MIT"]
    assert [len(one.fields) for one in bundled] == [32, 62, 18, 5]
    for one in bundled:
        assert taxonomies.read(taxonomies.write(one))[0] == one
        path = definitions.BUNDLED / f"{one.namespace}.yaml"
        assert taxonomies.write(one) == path.read_text(encoding="utf-8")


def test_a_file_with_every_type_comes_back_the_same() -> None:
    definition, remarks = taxonomies.read(SAMPLE.read_text(encoding="utf-8"))
    assert not remarks
    assert {one["display_type"] for one in definition.fields} == set(taxonomies.DISPLAY_TYPES)
    assert taxonomies.read(taxonomies.write(definition))[0] == definition
    outcome = definition.fields[2]
    # YAML 1.1 would read yes and no as true and false.
    assert outcome["permitted_values"] == ["yes", "no", "maybe"]
    assert outcome["value_notes"] == {"maybe": "Nobody knows."}


def test_texts_keep_their_blanks_and_lines() -> None:
    definition, _ = taxonomies.read(SAMPLE.read_text(encoding="utf-8"))
    odd = "two  blanks, a tab\there, and an end \nnext: line # no comment\n\n- last  "
    fields = ({**definition.fields[0], "short_description": odd, "notes": " x "},)
    changed = replace(definition, fields=fields, description=f"{odd}\n")
    assert taxonomies.read(taxonomies.write(changed))[0] == changed


def test_changes_come_back_in_order() -> None:
    text = (
        "taxonomy: Try\nversion: 3\nfields:\n  - {name: B, type: string}\n"
        "changes:\n  - version: 2\n    note: Shorter.\n    fields: {A: Ab}\n"
        "  - version: 3\n    fields: {Ab: B}\n    values: {B: {x: y, z: y}}\n"
    )
    definition, _ = taxonomies.read(text)
    assert [one.version for one in definition.changes] == [2, 3]
    assert definition.changes[1].values == {"B": {"x": "y", "z": "y"}}
    assert taxonomies.read(taxonomies.write(definition))[0] == definition


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "a mapping that starts with `taxonomy:`"),
        ("- a\n- b\n", 1, "a mapping"),
        ("taxonomy: [", 1, "no YAML"),
        ("taxonomy: Try\n", 1, "at least one field"),
        ("fields:\n  - {name: A, type: string}\n", 1, "`taxonomy` is missing"),
        ("taxonomy: a/b\nfields:\n  - {name: A, type: string}\n", 1, "may have letters"),
        (HEAD + "  - {name: A, type: number}\n", 3, "'number' is no type"),
        (HEAD + "  - {name: A, type: enum}\n", 3, "needs `values`"),
        (HEAD + "  - {name: A, type: int, values: [1]}\n", 3, "no list of `values`"),
        (HEAD + "  - {name: A, type: enum, values: [x, x]}\n", 3, "stands here twice"),
        (HEAD + "  - {name: A, type: string, colour: red}\n", 3, "`colour` means nothing here"),
        (HEAD + "  - {name: A, type: string}\n  - 5\n", 4, "each of `fields` is a mapping"),
        (HEAD + "  - {name: A, type: object-list}\n", 3, "needs `fields` of its own"),
        (HEAD + "  - {name: A, type: string, weight: heavy}\n", 3, "must be a whole number"),
        (HEAD + "  - {name: A, type: string, facet: maybe}\n", 3, "must be true or false"),
        (HEAD + "  - {name: A, name: B, type: string}\n", 3, "twice"),
        (
            HEAD + "  - {name: A, type: string, shown_if: {field: B, is: x}}\n",
            3,
            "no field before this one",
        ),
        (
            HEAD
            + "  - {name: A, type: enum, values: [x]}\n"
            + "  - {name: B, type: string, shown_if: {field: A, is: y}}\n",
            4,
            "'y' is no value",
        ),
        ("taxonomy: &a Try\nfields: *a\n", 1, "anchors and aliases"),
        (HEAD + "  - {name: A, type: string}\nchanges:\n  - {version: 2}\n", 5, "from 2 to 1"),
        ("taxonomy: Try\nid: 12\nfields:\n  - {name: A, type: string}\n", 2, "24 hexadecimal"),
        (f"taxonomy: Try\ndescription: {'x' * 2_000_001}\n", 1, "larger than"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, words: str) -> None:
    assert any(one.startswith(f"line {line}:") and words in one for one in problems(text)), (
        problems(text)
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = problems(HEAD + "  - {name: A, type: x}\n  - {type: string}\n  - {name: C}\n")
    assert [one.split(":")[0] for one in found] == ["line 3", "line 4", "line 5"]


def test_what_looks_like_a_slip_is_remarked() -> None:
    text = HEAD + (
        "  - {name: A, type: enum, values: [x], default: y}\n"
        "  - {name: A, type: list, complete_from: {all: [Z]}}\n"
    )
    _, remarks = taxonomies.read(text)
    assert [str(one) for one in remarks] == [
        "line 3: 'y' is none of the values",
        "line 4: two fields are named 'A': they share one answer",
        "line 4: there is no field 'Z'",
    ]


@pytest.mark.snapshot
def test_the_definitions_of_the_archive_survive_the_file(snapshot: aiid.Snapshot) -> None:
    rows = [row.record for row in snapshot.rows("taxa")]
    assert len(rows) == 7
    for record in rows:
        definition = definitions.definition_of(states.taxonomy(record))
        again, _ = taxonomies.read(taxonomies.write(definition))
        assert again == definition
        assert definitions.record_of(again) == record

"""The annotators of the archive: what the rule takes over, counted again without it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from incidentbase.formats import aiid
from incidentbase.ingest import snapshots
from incidentbase.kit import archives
from incidentbase.store.annotating import actions, queries, rules
from incidentbase.store.annotating.rules import Decisions
from incidentbase.store.classifying import queries as classifying
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.records import queries as recorded
from incidentbase.store.review.actions import NotReady
from tests.make import records

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.snapshot]

NS = "CSETv1"
# By field, how many incidents are: identical, answered by some alike, differing.
Counts = dict[str, Counter[str]]


def plain(value_json: str, kind: str) -> Any:
    """Return an answer so that two equal ones are equal, None for a blank."""
    try:
        value = json.loads(value_json)
    except ValueError:
        value = value_json
    if kind in ("multi", "list"):
        several = value if isinstance(value, list) else [value]
        said = {" ".join(str(one).split()) for one in several if one is not None}
        return frozenset(said - {""}) or None
    if kind == "object-list":
        groups = [group(one) for one in value] if isinstance(value, list) else []
        return frozenset(filter(None, groups)) or None
    if isinstance(value, list):
        return json.dumps(value) if any(one not in ("", None) for one in value) else None
    if isinstance(value, str):
        # Long texts keep their lines.
        words = value.strip() if kind == "long_string" else " ".join(value.split())
        if kind == "bool" and words in ("true", "false"):
            return words == "true"
        is_whole = kind == "int" and words.removeprefix("-").isdigit()
        return int(words) if is_whole else words or None
    return value


def group(one: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    pairs = {}
    for answer in one.get("attributes") or ():
        said = json.loads(answer["value_json"])
        members = said if isinstance(said, list) else [said]
        kept = tuple(" ".join(str(m).split()) if isinstance(m, str) else m for m in members)
        if any(m not in ("", None) for m in kept):
            pairs[answer["short_name"]] = tuple(m for m in kept if m not in ("", None))
    return tuple(sorted(pairs.items()))


def by_hand(folder: Path) -> tuple[Counts, int]:
    """Return the counts over the files of the snapshot, and how many incidents several coded."""
    snapshot = aiid.open_snapshot(folder)
    kinds: dict[str, str] = {}
    coded: dict[int, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in snapshot.rows("taxa"):
        if getattr(row.record, "namespace", "") == NS:
            for field in row.record.fields:
                kinds.setdefault(field.short_name, field.display_type)
    for row in snapshot.rows("classifications"):
        if row.record.namespace.startswith(f"{NS}_Annotator-"):
            coded[row.record.incidents[0]][row.record.namespace] = dict(row.record.attributes)
    several = {number: copies for number, copies in coded.items() if len(copies) > 1}
    counts: Counts = {name: Counter() for name in kinds}
    for copies in several.values():
        for name, kind in kinds.items():
            given = [plain(answers.get(name, '""'), kind) for answers in copies.values()]
            said = [one for one in given if one is not None]
            if not said:
                counts[name]["blank"] += 1
            elif any(one != said[0] for one in said):
                counts[name]["differing"] += 1
            else:
                counts[name]["identical" if len(said) == len(given) else "single"] += 1
    return counts, len(several)


def test_what_the_rule_takes_over_is_what_counting_by_hand_finds(snapshot_path: Path) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshots.import_folder(folder, source="test", actor=records.actor())
        wanted, several = by_hand(folder)
    boss = records.actor()
    taxonomy = classifying.definition(NS)
    assert taxonomy is not None
    by_record: dict[queries.Record, list[rules.Coded]] = defaultdict(list)
    for record, one in queries.given(taxonomy, None, viewer=boss):
        by_record[record].append(one.coded)
    words = {rules.SAME: "identical", rules.SINGLE: "single", rules.BLANK: "blank"}
    counts: Counts = {name: Counter() for name in wanted}
    found = {record: coded for record, coded in by_record.items() if len(coded) > 1}
    for coded in found.values():
        for name, one in rules.proposals(coded, taxonomy["fields"]).items():
            counts[name][words.get(one.verdict, "differing")] += 1

    assert len(found) == several == 162
    assert counts == wanted
    assert sum(counts.values(), Counter()) == {
        "identical": 5_510,
        "single": 865,
        "differing": 1_837,
        "blank": 1_670,
    }

    waiting = [one for one in queries.candidates(NS, viewer=boss) if one.stage == queries.WAITS]
    assert len(waiting) == 20
    _adjudicate_one(waiting[0].record)


def _adjudicate_one(record: queries.Record) -> None:
    """Let the rule decide what it can of a real record, and the first annotator the rest."""
    boss = records.actor()
    kind, number = record
    board = queries.board(NS, kind, number, viewer=boss)
    assert board is not None
    told = rules.proposals(board.codings, board.editable.fields)
    typed = ClassificationDraft(is_published=True)
    open_fields = {name for name, one in told.items() if one.verdict == rules.DIFFERENT}

    def adjudicate(picks: dict[str, str]) -> str:
        decisions = Decisions(picks, typed)
        return actions.adjudicate(NS, kind, number, decisions, seen=board.seen, actor=boss)

    with pytest.raises(NotReady) as refused:
        adjudicate({})
    assert {name.removeprefix("answer.") for name in refused.value.problems} == open_fields
    made = adjudicate(dict.fromkeys(open_fields, board.codings[0].key))
    state = recorded.state_of("classification", made)
    assert state is not None
    methods = {told["method"] for *_rest, told in state["attributes"]}
    assert methods == {"adjudicated"}
    assert not list(recorded.findings())

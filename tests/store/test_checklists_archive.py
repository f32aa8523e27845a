"""Risks from the whole archive: the same as a computation that reads the snapshot itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from incidentbase.formats import aiid
from incidentbase.ingest import snapshots
from incidentbase.kit import archives
from incidentbase.store.accounts.rules import anonymous
from incidentbase.store.checklists import precedents
from tests.make import records

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.snapshot]

FAILURES = "GMF:Known AI Technical Failure"
DESCRIBED = (
    ["GMF:Known AI Goal:Autonomous Driving"],
    ["GMF:Known AI Goal:Face Recognition", "GMF:Known AI Technology:Transformer"],
    ["GMF:Potential AI Technology:Regression", "GMF:Known AI Technology:Face Detection"],
    [
        "MIT:Risk Domain:7. AI system safety, failures, and limitations",
        "CSETv1:Tangible Harm:unclear",
    ],
    ["CSETv0:Harm Type:Harm to physical health/safety", "GMF:Known AI Goal:No such goal"],
)
SOURCES = (
    [FAILURES],
    ["CSETv0:Harm Type"],
    ["MIT:Risk Subdomain", "CSETv1:AI Harm Level", FAILURES],
)


def test_risks_are_those_of_the_snapshot(snapshot_path: Path) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshots.import_folder(folder, source="test", actor=records.actor())
        snapshot = aiid.open_snapshot(folder)
        answers = published(snapshot)
        gone = {row.record.duplicate_number for row in snapshot.rows("duplicates")}
        fields = fields_of(snapshot)
        # Answers of more than 300 characters are prose too.
        askable = [
            tag
            for tag in sorted(answers)
            if ":".join(tag.split(":")[:2]) in fields and len(tag.split(":", 2)[2]) <= 300
        ]
        listed = {row.record.incident_id for row in snapshot.rows("incidents")} - gone

    sizes = []
    for tags in (*DESCRIBED, *(askable[place::97] for place in range(0, 90, 30))):
        for sources in SOURCES:
            found = precedents.candidates(tags, sources, viewer=anonymous(records.AT))
            told = {
                str(one.tag): {each.number: set(each.tags) for each in one.precedents}
                for one in found
            }
            assert told == by_brute_force(tags, sources, answers, listed)
            counts = [len(one.precedents) for one in found]
            assert counts == sorted(counts, reverse=True)
            sizes.append(len(found))
    assert sizes.count(0) < len(sizes) / 3
    assert max(sizes) > 20


def published(snapshot: aiid.Snapshot) -> dict[str, set[int]]:
    """Return the incidents of every tag, from published classifications."""
    found: dict[str, set[int]] = defaultdict(set)
    for row in snapshot.rows("classifications"):
        record = row.record
        if not record.publish:
            continue
        for name, said in record.attributes:
            value = json.loads(said)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    found[f"{record.namespace}:{name}:{text.strip()}"].update(record.incidents)
    return found


def fields_of(snapshot: aiid.Snapshot) -> set[str]:
    """Return the public fields whose answers are values, not prose."""
    return {
        f"{row.record.namespace}:{field.short_name}"
        for row in snapshot.rows("taxa")
        for field in row.record.fields
        if field.public and field.display_type not in ("long_string", "object-list")
    }


def by_brute_force(
    tags: Iterable[str], sources: list[str], answers: dict[str, set[int]], listed: set[int]
) -> dict[str, dict[int, set[str]]]:
    told = {}
    for risk, incidents in answers.items():
        if ":".join(risk.split(":")[:2]) not in sources:
            continue
        like = {
            number: {tag for tag in tags if number in answers.get(tag, ())}
            for number in incidents & listed
        }
        if shown := {number: shared for number, shared in like.items() if shared}:
            told[risk] = shown
    return told

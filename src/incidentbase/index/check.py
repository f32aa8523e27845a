"""Compares the search index with the store; it never repairs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from incidentbase.index import building, location, sync
from incidentbase.store.history import queries as history


@dataclass(frozen=True, slots=True)
class Finding:
    """One document that is not as the store has it."""

    key: str
    problem: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many documents there should be, and those that differ."""

    documents: int
    findings: list[Finding]


def compare(*, at: dt.datetime) -> Comparison:
    """Return every difference between the index and the documents that the store would make.

    Changes that the follower has not reached yet count as differences too: run it when the
    site is quiet, or read the first finding, which says how far behind the index is.
    """
    indexed = dict(location.current().keys())
    findings = []
    behind = history.head_seq() - history.cursor(sync.follower()).seq
    if behind:
        findings.append(Finding("history", f"the index is {behind:,} changes behind"))
    count = 0
    for document in building.all_documents(at):
        count += 1
        fingerprint = indexed.pop(document.key, None)
        if fingerprint is None:
            findings.append(Finding(document.key, "it is missing from the index"))
        elif fingerprint != document.fingerprint:
            findings.append(Finding(document.key, "it differs from the store"))
    findings += [Finding(key, "the store has no such record") for key in indexed]
    return Comparison(count, findings)

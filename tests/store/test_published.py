"""What is published: kinds and fields by name, and of what they name only what all may see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from incidentbase.store.incidents.mirrors import ENTITY_LISTS, SIMILARITY_LISTS
from incidentbase.store.records import published
from incidentbase.store.records.kinds import KINDS
from incidentbase.store.reports.mirrors import TERM_LISTS
from tests.make import records

pytestmark = pytest.mark.django_db

# The lists that areas add to the columns of a kind.
LISTS = {
    "taxonomy": {"fields"},
    "report": set(TERM_LISTS),
    "incident": {"reports", "editors", "machine_similar", *ENTITY_LISTS, *SIMILARITY_LISTS},
    "classification": {"attributes"},
    "checklist": {"risks"},
}
KEPT_IN = {
    "taxonomy": {"changes"},
    "report": {"submitted_by", "visibility", "embargoed_until"},
    "incident": {"visibility", "embargoed_until"},
    "classification": {"notes", "visibility", "embargoed_until"},
    "checklist": {"sharing", "link_id"},
}


def shown(kind: str) -> list[dict[str, Any]]:
    return list(published.states(kind, at=records.AT))


def test_every_kind_is_published_or_withheld_for_a_reason():
    assert set(published.FIELDS) | set(published.WITHHELD) == set(KINDS)
    assert not set(published.FIELDS) & set(published.WITHHELD)
    assert all(published.WITHHELD.values())


@pytest.mark.parametrize("kind", sorted(published.FIELDS))
def test_every_field_is_published_or_kept_in(kind):
    mirror = KINDS[kind].mirror
    names = {one.name for one in (*mirror.columns, *mirror.references)} | LISTS.get(kind, set())
    assert published.FIELDS[kind] | KEPT_IN.get(kind, set()) == names
    assert not published.FIELDS[kind] & KEPT_IN.get(kind, set())


@pytest.mark.parametrize("kind", sorted(published.WITHHELD))
def test_what_is_withheld_cannot_be_asked_for(kind):
    with pytest.raises(KeyError):
        shown(kind)


def test_no_more_of_a_text_leaves_than_its_source_permits():
    words = "Eleven words of which but a few may be shown here"
    records.report(5, text=words, plain_text=words, snippet_max_characters=20)
    records.report_translation(5, "ja", "T", words)
    (report,), (translation,) = shown("report"), shown("report_translation")
    assert report["text"] == report["plain_text"] == "Eleven words of…"
    assert translation["text"] == translation["plain_text"] == "Eleven words of…"
    assert report["snippet_max_characters"] == 20


def test_moments_are_no_finer_than_files_can_say():
    records.incident(1, modified_at="2026-03-04T05:06:07.123456Z")
    assert shown("incident")[0]["modified_at"] == "2026-03-04T05:06:07.123Z"


def test_answers_for_annotators_stay_here_and_their_questions_keep_only_the_name():
    records.incident(1)
    records.taxonomy(
        "T", records.field("Open"), records.field("Shut", public=False, long_name="secret")
    )
    records.classification("T", 1, ["Open", '"a"'], ["Shut", '"secret"'], notes="secret")
    records.classification("T", 1, ["Open", '"secret"'], is_published=False)
    assert "secret" not in str(shown("classification")) + str(shown("taxonomy"))
    (taxonomy,) = shown("taxonomy")
    assert [field["short_name"] for field in taxonomy["fields"]] == ["Open", "Shut"]


def test_the_passage_behind_an_answer_stays_with_a_report_that_is_hidden():
    records.incident(1)
    records.report(5, visibility="internal")
    records.taxonomy("T", records.field("Open"))
    told = {"method": "model", "report": 5, "passage": "secret"}
    records.classification("T", 1, ["Open", '"a"', told])
    assert shown("classification")[0]["attributes"] == [["Open", '"a"', {"method": "model"}]]


def test_variants_are_published_with_their_incidents_only():
    variant = {"title": "", "url": "", "source_domain": ""}
    records.report(5, **variant)
    records.report(6, **variant)
    records.report(7, **variant)
    records.incident(1, reports=[5])
    records.incident(2, reports=[6], visibility="internal")
    assert [state["report_number"] for state in shown("report")] == [5]


def test_an_embargo_that_is_over_hides_nothing():
    records.incident(1, visibility="embargoed", embargoed_until="2026-03-04T05:06:06.000Z")
    records.incident(2, visibility="embargoed", embargoed_until="2026-03-04T05:06:08.000Z")
    assert [state["incident_id"] for state in shown("incident")] == [1]


def test_numbers_of_hidden_and_of_missing_incidents_are_the_same():
    records.incident(1, editor_similar=[2, 3, 4, 99], machine_similar=[[2, 0.5], [3, None]])
    records.incident(2, visibility="restricted")
    records.incident(3)
    records.duplicate(99, of=3)
    records.duplicate(98, of=2)
    first = shown("incident")[0]
    assert first["editor_similar"] == [3, 99]
    assert first["machine_similar"] == [[3, None]]
    assert [state["duplicate_number"] for state in shown("incident_duplicate")] == [99]


@pytest.mark.django_db(transaction=True)
def test_what_is_read_at_one_moment_does_not_change_meanwhile_and_others_may_write():
    records.incident(1)
    with published.at_one_moment():
        before = [state["incident_id"] for state in shown("incident")]
        if connection.vendor == "postgresql":
            with ThreadPoolExecutor(1) as other:
                other.submit(write_elsewhere).result()
        assert [state["incident_id"] for state in shown("incident")] == before == [1]
    records.incident(3)
    assert {1, 3} <= {state["incident_id"] for state in shown("incident")}


def write_elsewhere() -> None:
    try:
        records.incident(2)
    finally:
        connection.close()

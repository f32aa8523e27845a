"""The follower: every change reaches the index, once; comparing and building anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from incidentbase.index import check, location, rebuild, search, sync
from incidentbase.index.documents import Document
from incidentbase.index.engines.tantivy import TantivyEngine
from incidentbase.store.accounts.rules import anonymous, system
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports.models import Report
from tests.make import records
from tests.serve import site

pytestmark = pytest.mark.django_db

EMBARGO_ENDS = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
LATER = "2026-06-01T00:00:00.000Z"
AFTERWARDS = EMBARGO_ENDS + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def fresh_index(tmp_path: Path, settings: Any) -> Iterator[Path]:
    with site.index_in(tmp_path / "index", settings) as folder:
        yield folder


@pytest.fixture
def story() -> None:
    records.entity("acme", "Acme Robotics")
    records.report(11, text="A machine fell over.\n")
    records.incident(1, title="A falling machine", reports=[11], deployers=["acme"])
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    sync.catch_up(at=records.AT)


def found(text: str = "", *, at: dt.datetime = records.AT, **asked: Any) -> list[int]:
    """Return the numbers that a visitor finds."""
    wanted = search.Search(text=text, **asked)
    hits = search.find(wanted, viewer=anonymous(at), offset=0, limit=50).hits
    rows = [hit.incident or hit.report for hit in hits]
    return sorted(getattr(row, "incident_id", None) or row.report_number for row in rows)


def in_step(*, at: dt.datetime = records.AT) -> bool:
    """Bring the index up to date and return whether it then agrees with the store."""
    sync.catch_up(at=at)
    return check.compare(at=at).findings == []


def reports(text: str, **asked: Any) -> list[int]:
    return found(text, kinds=("report",), **asked)


@pytest.mark.usefixtures("story")
def test_a_new_title_is_found_and_the_old_one_is_not() -> None:
    records.incident(1, title="An exploding kettle", reports=[11], deployers=["acme"])
    assert in_step()
    assert (found("kettle"), found("falling")) == ([1], [])


@pytest.mark.usefixtures("story")
def test_a_new_text_is_found_in_the_report_and_its_incident() -> None:
    records.report(11, text="A kettle exploded.\n")
    assert in_step()
    assert (found("kettle"), reports("kettle"), reports("machine")) == ([1], [11], [])


@pytest.mark.usefixtures("story")
def test_a_new_name_of_an_entity_is_found() -> None:
    records.entity("acme", "Kettle Works")
    assert in_step()
    assert (found("kettle"), found("robotics")) == ([1], [])


@pytest.mark.usefixtures("story")
def test_translations_are_found() -> None:
    records.incident_translation(1, "ja", "機械が倒れた出来事")
    records.report_translation(11, "ar", "سقوط آلة", "سقطت آلة أمس.\n")
    assert in_step()
    assert (found("出来事"), found("آلة"), reports("أمس")) == ([1], [1], [11])


@pytest.mark.usefixtures("story")
def test_a_classification_becomes_a_facet_and_leaves_it() -> None:
    domain = {"filters": {"mit_domain": ("7. AI safety",)}}
    records.classification("MIT", 1, ["Risk Domain", '"7. AI safety"'], object_id="c" * 24)
    assert in_step()
    assert (found(**domain), reports("", **domain)) == ([1], [11])

    answer = ["Risk Domain", '"7. AI safety"']
    records.classification("MIT", 1, answer, object_id="c" * 24, is_published=False)
    assert in_step()
    assert found(**domain) == []


@pytest.mark.usefixtures("story")
def test_a_classification_that_moves_leaves_its_former_incident() -> None:
    domain = {"filters": {"mit_domain": ("7. AI safety",)}}
    answer = ["Risk Domain", '"7. AI safety"']
    records.incident(2)
    records.classification("MIT", 1, answer, object_id="c" * 24)
    sync.catch_up(at=records.AT)
    records.classification("MIT", 2, answer, object_id="c" * 24)
    assert in_step()
    assert found(**domain) == [2]


@pytest.mark.usefixtures("story")
def test_a_duplicate_disappears() -> None:
    records.incident(2, title="Another falling machine")
    sync.catch_up(at=records.AT)
    assert found("falling") == [1, 2]
    records.duplicate(2, of=1)
    assert in_step()
    assert found("falling") == [1]


@pytest.mark.usefixtures("story")
def test_a_report_that_leaves_an_incident_takes_its_text_along() -> None:
    records.incident(1, title="A falling machine", reports=[], deployers=["acme"])
    assert in_step()
    assert found("over") == []
    assert (found(kinds=("issue_report",)), found(kinds=("incident_report",))) == ([11], [])


@pytest.mark.usefixtures("story")
def test_what_becomes_internal_disappears() -> None:
    state = {"title": "A falling machine", "reports": [11], "deployers": ["acme"]}
    records.incident(1, **state, visibility="internal")
    # Before the follower has run, the store itself withholds it.
    assert found("falling") == []
    assert in_step()
    assert (found("falling"), reports("", filters={"entity": ("acme",)})) == ([], [])
    editor = system("tests", records.AT)
    hits = search.find(search.Search("falling"), viewer=editor, offset=0, limit=9).hits
    assert len(hits) == 1

    records.incident(1, **state)
    assert in_step()
    assert found("falling") == [1]


@pytest.mark.usefixtures("story")
def test_a_withdrawn_report_takes_its_words_out_of_the_incident() -> None:
    records.report(11, text="A machine fell over.\n", visibility="internal")
    assert in_step()
    assert (found("over"), reports("over"), found("falling")) == ([], [], [1])


def test_the_end_of_an_embargo_needs_no_change() -> None:
    embargo = {"visibility": "embargoed", "embargoed_until": LATER}
    records.entity("acme")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.report(11, text="A machine fell over.\n", **embargo)
    records.report(12, text="A kettle exploded.\n")
    records.incident(1, reports=[11])
    records.incident(2, title="Held back", reports=[12], deployers=["acme"], **embargo)
    records.classification("MIT", 1, ["Risk Domain", '"Safety"'], **embargo)
    assert in_step()
    by_entity = {"filters": {"entity": ("acme",)}}
    by_domain = {"filters": {"mit_domain": ("Safety",)}}
    assert (found("machine"), found("held"), reports("", **by_entity)) == ([], [], [])
    assert found(**by_domain) == []
    head = history.head_seq()

    assert in_step(at=AFTERWARDS)

    assert history.head_seq() == head
    assert found("machine", at=AFTERWARDS) == [1]
    assert found("held", at=AFTERWARDS) == [2]
    assert reports("", **by_entity, at=AFTERWARDS) == [12]
    assert found(**by_domain, at=AFTERWARDS) == [1]
    assert sync.catch_up(at=AFTERWARDS) == 0


@pytest.mark.usefixtures("story")
def test_nothing_new_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TantivyEngine, "write", _refuse)
    assert sync.catch_up(at=records.AT) == 0


def _refuse(*_given: Any, **_named: Any) -> int:
    raise RuntimeError("the disk is full")


@pytest.mark.usefixtures("story")
def test_the_cursor_stays_when_writing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    before = history.cursor(sync.follower())
    records.incident(1, title="An exploding kettle")
    with monkeypatch.context() as broken:
        broken.setattr(TantivyEngine, "write", _refuse)
        with pytest.raises(RuntimeError, match="disk"):
            sync.catch_up(at=records.AT)
    assert history.cursor(sync.follower()) == before
    assert check.compare(at=records.AT).findings[0].key == "history"

    assert in_step()
    assert found("kettle") == [1]


@pytest.mark.usefixtures("story")
def test_many_changes_are_taken_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "CHANGES_AT_ONCE", 3)
    records.bring_in("incident", *(records.incident_state(number) for number in range(2, 12)))
    seen: list[tuple[int, int]] = []
    sync.catch_up(at=records.AT, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) == 4
    assert seen[-1] == (history.head_seq(), history.head_seq())
    assert in_step()


@pytest.mark.usefixtures("story")
def test_the_comparison_finds_what_was_tampered_with() -> None:
    records.incident(2)
    sync.catch_up(at=records.AT)
    Incident.objects.filter(incident_id=1).update(description="Changed behind the history's back")
    Incident.objects.filter(incident_id=2).delete()
    location.current().write([], delete=["report:11"])

    compared = check.compare(at=records.AT)

    assert compared.documents == 2
    assert {(each.key, each.problem) for each in compared.findings} == {
        ("incident:1", "it differs from the store"),
        ("report:11", "it is missing from the index"),
        ("incident:2", "the store has no such record"),
    }


@pytest.mark.usefixtures("story")
def test_an_index_built_anew_takes_the_place_of_the_old_one(fresh_index: Path) -> None:
    first = location.build_name()
    location.current().write([], delete=["incident:1"])
    assert found("falling") == []

    assert rebuild.rebuild(at=records.AT) == 2

    second = location.build_name()
    assert second != first
    assert check.compare(at=records.AT).findings == []
    assert found("falling") == [1]
    assert sync.catch_up(at=records.AT) == 0
    assert history.cursor(f"index:{first}").seq == 0
    # Readers may still be in the one before; the next rebuild takes it away.
    rebuild.rebuild(at=records.AT)
    assert {path.name for path in fresh_index.glob("build-*")} == {second, location.build_name()}


@pytest.mark.usefixtures("story")
def test_a_build_that_fails_leaves_the_old_index(
    fresh_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = location.build_name()
    with monkeypatch.context() as broken:
        broken.setattr(TantivyEngine, "fill", _refuse)
        with pytest.raises(RuntimeError):
            rebuild.rebuild(at=records.AT)
    assert location.build_name() == first
    assert [path.name for path in fresh_index.glob("build-*")] == [first]
    assert found("falling") == [1]


@pytest.mark.usefixtures("story")
def test_what_changes_during_a_build_is_in_it_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    fill: Callable[..., int] = TantivyEngine.fill
    pending = ["An exploding kettle"]

    def slow(self: TantivyEngine, documents: Iterator[Document]) -> int:
        count = fill(self, documents)
        while pending:
            records.incident(1, title=pending.pop(), reports=[11], deployers=["acme"])
        return count

    monkeypatch.setattr(TantivyEngine, "fill", slow)
    rebuild.rebuild(at=records.AT)
    assert found("kettle") == [1]
    assert check.compare(at=records.AT).findings == []


@pytest.mark.usefixtures("story")
def test_a_damaged_index_is_built_anew(fresh_index: Path) -> None:
    path = fresh_index / location.build_name()
    location.current().close()
    location._opened.clear()
    (path / "meta.json").write_text("{")
    rebuild.ensure_usable(at=records.AT)
    assert found("falling") == [1]


@pytest.mark.usefixtures("story")
def test_a_lost_folder_starts_from_nothing(fresh_index: Path) -> None:
    name = location.build_name()
    location.current().close()
    location._opened.clear()
    for file in (fresh_index / name).iterdir():
        file.unlink()
    (fresh_index / name).rmdir()
    assert in_step()
    assert found("falling") == [1]


@pytest.mark.usefixtures("story")
def test_a_deleted_report_leaves_the_index() -> None:
    with history_actions.recording(records.actor(), "report.delete", at=records.AT) as recorder:
        state = records.report_state(11, text="A machine fell over.\n")
        Incident.objects.get(incident_id=1).report_links.all().delete()
        Report.objects.filter(report_number=11).delete()
        recorder.deleted("report", "11", state)
    sync.catch_up(at=records.AT)
    assert reports("machine") == []

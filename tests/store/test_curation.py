"""What editors do across areas: each act whole or not at all, undone as one, the history sound."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts import rules as roles
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.curation import actions as curation
from incidentbase.store.editing import actions as editing
from incidentbase.store.editing.rules import IncidentDraft, ReportDraft
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from tests.make import records

pytestmark = pytest.mark.django_db

LATER = records.AT + dt.timedelta(hours=1)
ACCOUNT = "a" * 24
SUBMISSION = records.object_id("submission", 1)


@pytest.fixture(autouse=True)
def account() -> None:
    accounts.ensure_named([ACCOUNT], actor=records.actor())


def editor() -> Viewer:
    return Viewer(f"account:{ACCOUNT}", LATER, frozenset({roles.INCIDENT_EDITOR}), ACCOUNT)


def submission(**changes: Any) -> str:
    """Make a submission that lacks nothing and return its id."""
    payload = {
        "authors": ["Ann Author"],
        "submitters": [],
        "tags": ["response"],
        "incident_ids": [],
        "incident_editors": [],
        "developers": ["Acme Robotics"],
        "deployers": ["Acme Robotics", "Public Bus"],
        "harmed": ["passengers"],
        "implicated": [],
        "machine_similar": [],
        "editor_similar": [],
        "editor_dissimilar": [],
        **changes.pop("payload", {}),
    }
    text = "A bus without a driver went past its stop and nobody could get off. " * 3
    records.bring_in(
        "submission",
        {
            "object_id": SUBMISSION,
            "title": "A bus goes its own way",
            "url": "https://news.example/bus",
            "source_domain": "news.example",
            "text": text,
            "plain_text": text,
            "language": "en",
            "image_url": "",
            "cloudinary_id": "",
            "date_published": "2026-02-01",
            "date_downloaded": "2026-02-02",
            "date_submitted": "2026-02-03",
            "date_modified": "2026-02-03",
            "description": "A bus went past its stop.",
            "editor_notes": "",
            "incident_title": "A bus without a driver did not stop",
            "incident_date": "2026-01-31",
            "status": "pendingReview",
            "is_quiet": False,
            "submitted_by": "",
            "snippet_max_characters": None,
            "payload": payload,
            **changes,
        },
    )
    return SUBMISSION


def state(kind: str, key: object) -> dict[str, Any]:
    found = recorded.state_of(kind, str(key))
    assert found is not None
    return found


def last_group() -> Any:
    return Change.objects.order_by("-seq").first().group


def everything() -> dict[tuple[str, str], dict[str, Any]]:
    pairs = Change.objects.exclude(kind="account").values_list("kind", "key").distinct()
    found = {pair: recorded.state_of(*pair) for pair in pairs}
    return {pair: one for pair, one in found.items() if one is not None}


def sound() -> bool:
    return list(recorded.findings()) == []


def test_a_submission_becomes_a_new_incident() -> None:
    records.incident(7)
    records.report(70)
    records.entity("acme-robotics", "Acme Robotics")

    done = review.promote(submission(), target="new", actor=editor())

    assert done == review.Promoted(71, (8,))
    incident = state("incident", 8)
    assert incident["title"] == "A bus without a driver did not stop"
    assert (incident["date"], incident["reports"]) == ("2026-01-31", [71])
    assert incident["deployers"] == ["acme-robotics", "public-bus"]
    assert incident["editors"] == [ACCOUNT]
    report = state("report", 71)
    assert report["submitters"] == ["Anonymous"]
    assert report["published_at"] == "2026-02-01T00:00:00.000Z"
    assert report["created_at"] == "2026-03-04T06:06:07.000Z"
    assert state("entity", "public-bus")["name"] == "Public Bus"
    kept = state("submission", SUBMISSION)
    assert kept["status"] == "promoted"
    assert kept["payload"]["promoted"] == {"report": 71, "incidents": [8]}
    assert sound()


def test_a_submission_joins_several_incidents() -> None:
    records.report(70)
    records.incident(7, reports=[70])
    records.incident(9)

    done = review.promote(submission(), target="existing", numbers=[7, 9, 7], actor=editor())

    assert done.incidents == (7, 9)
    assert state("incident", 7)["reports"] == [70, done.report]
    assert state("incident", 9)["reports"] == [done.report]
    assert sound()


def test_a_submission_becomes_an_issue_report_though_it_says_nothing_of_an_incident() -> None:
    done = review.promote(
        submission(description="", incident_date="", payload={"deployers": []}),
        target="issue",
        actor=editor(),
    )

    assert done.incidents == ()
    assert state("report", done.report)["title"] == "A bus goes its own way"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"incident_date": ""}, "incident_date", "missing"),
        ({"incident_date": "last week"}, "incident_date", "not-a-date"),
        ({"incident_date": "2026-03-05"}, "incident_date", "in-the-future"),
        ({"description": ""}, "description", "missing"),
        ({"text": "too little"}, "text", "too-short"),
        ({"title": "x" * 501}, "title", "too-long"),
        ({"url": "ftp://news.example/"}, "url", "not-an-address"),
        ({"payload": {"authors": []}}, "authors", "missing"),
        ({"payload": {"harmed": []}}, "harmed", "missing"),
        ({"payload": {"deployers": ["x"]}}, "deployers", "too-short"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(
    changes: dict[str, Any], field: str, code: str
) -> None:
    key = submission(**changes)
    before = everything()

    with pytest.raises(review.NotReady) as refused:
        review.promote(key, target="new", actor=editor())

    assert {field: code} == {name: one.code for name, one in refused.value.problems.items()}
    assert everything() == before
    assert sound()


def test_a_number_that_is_refused_once_is_given_later() -> None:
    key = submission()
    with pytest.raises(record_actions.NoSuchRecord):
        review.promote(key, target="existing", numbers=[99], actor=editor())

    assert review.promote(key, target="issue", actor=editor()).report == 1


def test_nobody_promotes_or_rejects_twice() -> None:
    key = submission()
    review.promote(key, target="issue", actor=editor())

    with pytest.raises(review.AlreadyDone):
        review.promote(key, target="issue", actor=editor())
    with pytest.raises(review.AlreadyDone):
        review.reject(key, code="spam", reason="", actor=editor())


def test_a_rejected_submission_is_kept_with_its_reason() -> None:
    key = submission()

    review.reject(key, code="off-topic", reason="No AI system is named.", actor=editor())

    kept = state("submission", key)
    assert kept["status"] == "rejected"
    assert kept["payload"]["refusal"] == {"code": "off-topic", "reason": "No AI system is named."}
    assert kept["text"]


def test_an_incident_is_made_of_reports_that_are_there() -> None:
    records.report(1)
    records.report(2)

    said = IncidentDraft(
        title="Two reports, one event",
        description="What they tell.",
        date="2026-01-01",
        deployers=("Public Bus",),
        harmed=("passengers",),
    )
    number = editing.create_incident(said, reports=[2, 1], actor=editor())

    made = state("incident", number)
    assert made["reports"] == [2, 1]
    assert (made["deployers"], made["harmed"]) == (["public-bus"], ["passengers"])
    assert sound()


def test_reports_move_from_all_their_incidents_to_others_or_to_none() -> None:
    for number in (1, 2, 3):
        records.report(number)
    records.incident(7, reports=[1, 2])
    records.incident(8, reports=[2, 3])
    records.incident(9)

    curation.move_reports([2], to=[9, 8], actor=editor())

    assert [state("incident", n)["reports"] for n in (7, 8, 9)] == [[1], [2, 3], [2]]
    curation.move_reports([2, 3], to=[], actor=editor())
    assert [state("incident", n)["reports"] for n in (7, 8, 9)] == [[1], [], []]
    assert sound()


def test_merged_incidents_have_everything_of_both_and_one_number_leads_to_the_other() -> None:
    for number in (1, 2, 3):
        records.report(number)
    for name in ("acme", "bus"):
        records.entity(name)
    records.incident(7, reports=[1, 2], deployers=["acme"], editor_similar=[8, 5])
    records.incident(8, reports=[2, 3], deployers=["bus"], editor_similar=[7])
    before = everything()

    curation.merge(8, into=7, actor=editor(), reason="the same event")

    kept = state("incident", 7)
    assert kept["reports"] == [1, 2, 3]
    assert kept["deployers"] == ["acme", "bus"]
    assert kept["editor_similar"] == [5]
    assert incidents.true_number(8) == 7
    assert not incidents.listed(editor()).filter(incident_id=8).exists()
    for pair in ((8, 9), (9, 8), (7, 7)):
        with pytest.raises((record_actions.Unfit, record_actions.NoSuchRecord)):
            curation.merge(pair[0], into=pair[1], actor=editor())

    record_actions.undo(last_group(), actor=editor())
    assert everything() == before
    assert sound()


def test_an_incident_is_split_and_the_split_undone() -> None:
    for number in (1, 2, 3):
        records.report(number)
    records.entity("acme")
    records.incident(7, reports=[1, 2, 3], deployers=["acme"])
    before = everything()
    words = {"title": "Another event", "description": "It was two.", "date": "2026-01-05"}

    new = curation.split(7, reports=[3, 2], **words, actor=editor())

    assert state("incident", 7)["reports"] == [1]
    made = state("incident", new)
    assert (made["reports"], made["deployers"]) == ([2, 3], ["acme"])
    for reports in ([], [1], [99], [1, 2]):
        with pytest.raises(record_actions.Unfit):
            curation.split(7, reports=reports, **words, actor=editor())
    record_actions.undo(last_group(), actor=editor())
    assert everything() == before
    assert sound()


def test_a_promotion_is_undone_and_done_again_with_a_new_number() -> None:
    key = submission()
    before = everything()
    first = review.promote(key, target="new", actor=editor())

    record_actions.undo(last_group(), actor=editor())

    assert everything() == before
    assert sound()
    second = review.promote(key, target="new", actor=editor())
    assert (second.report, second.incidents) == (first.report + 1, (first.incidents[0] + 1,))


def test_a_withdrawn_incident_is_out_of_sight_and_comes_back() -> None:
    records.incident(7)
    visitor = roles.anonymous(LATER)

    curation.withdraw("incident", 7, actor=editor(), reason="asked for by a victim")
    assert incidents.get(7, viewer=visitor) is None
    assert history.of_record("incident", "7").first().reason == "asked for by a victim"

    curation.put_back("incident", 7, actor=editor())
    assert incidents.get(7, viewer=visitor) is not None
    assert sound()


ACTS: dict[str, Callable[[Viewer], object]] = {
    "promote": lambda who: review.promote(SUBMISSION, target="issue", actor=who),
    "reject": lambda who: review.reject(SUBMISSION, code="spam", reason="", actor=who),
    "create": lambda who: editing.create_incident(IncidentDraft(), actor=who),
    "edit": lambda who: editing.edit_incident(7, IncidentDraft(), seen="", actor=who),
    "edit a report": lambda who: editing.edit_report(
        1, ReportDraft(), seen="", seen_incidents=[], actor=who
    ),
    "link": lambda who: curation.link_reports([1], to=[8], actor=who),
    "move": lambda who: curation.move_reports([1], to=[], actor=who),
    "unlink": lambda who: curation.unlink_reports(7, [1], actor=who),
    "merge": lambda who: curation.merge(8, into=7, actor=who),
    "split": lambda who: curation.split(
        7, reports=[1], title="x", description="", date="2026-01-01", actor=who
    ),
    "withdraw": lambda who: curation.withdraw("incident", 7, actor=who, reason=""),
    "put back": lambda who: curation.put_back("incident", 7, actor=who),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["", roles.SUBSCRIBER, roles.SUBMITTER, roles.TAXONOMY_EDITOR])
def test_only_editors_curate(act: str, role: str) -> None:
    submission()
    records.report(1)
    records.report(2)
    records.incident(7, reports=[1, 2])
    records.incident(8)
    head = history.head_seq()

    with pytest.raises(NotPermitted):
        ACTS[act](Viewer(f"account:{ACCOUNT}", LATER, frozenset({role} - {""})))

    assert history.head_seq() == head


@pytest.mark.parametrize("seed", range(5))
def test_any_run_of_acts_is_undone_step_by_step(seed: int) -> None:
    chance = random.Random(seed)
    for number in range(1, 13):
        records.report(number)
    for number in range(1, 5):
        records.incident(number, reports=[number * 3, number * 3 - 1, number * 3 - 2])
    steps = []
    for _turn in range(12):
        before, head = everything(), history.head_seq()
        try:
            _any_act(chance)
        except (record_actions.Unfit, record_actions.NoSuchRecord):
            assert (everything(), history.head_seq()) == (before, head)
            continue
        if history.head_seq() > head:
            steps.append((last_group(), before))
        assert sound()

    assert len(steps) > 3
    for group, before in reversed(steps):
        record_actions.undo(group, actor=editor())
        assert everything() == before
    assert sound()


def _any_act(chance: random.Random) -> None:
    numbers = [n for (kind, key) in everything() if kind == "incident" for n in [int(key)]]
    one, other = chance.choice(numbers), chance.choice(numbers)
    some = chance.sample(range(1, 13), 2)
    words = {"title": "Another", "description": "", "date": "2026-01-05"}
    act = chance.choice(("move", "unlink", "merge", "split", "edit", "withdraw"))
    if act == "move":
        curation.move_reports(some, to=[one], actor=editor())
    elif act == "unlink":
        curation.unlink_reports(one, some, actor=editor())
    elif act == "merge":
        curation.merge(one, into=other, actor=editor())
    elif act == "split":
        curation.split(one, reports=state("incident", one)["reports"][:1], **words, actor=editor())
    elif act == "withdraw":
        curation.withdraw("incident", one, actor=editor(), reason="x")
    else:
        wanted = {"title": f"Title {chance.random()}"}
        version = record_actions.version_of(state("incident", one))
        record_actions.edit("incident", str(one), wanted, seen=version, actor=editor())

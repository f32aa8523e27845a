"""Checklists: whose they are, what two edit at once, and the risks that precedents suggest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidentbase.store.accounts.rules import PUBLIC, NotPermitted, Viewer, anonymous, system
from incidentbase.store.assessing import actions
from incidentbase.store.assessing.rules import ChecklistDraft
from incidentbase.store.checklists import precedents, queries, rules
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.history.models import Change
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import log as exported
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, version_of
from tests.make import people, records

pytestmark = pytest.mark.django_db

VISITOR = anonymous(records.AT)
ADMIN = system("tests", records.AT)
GOAL = "GMF:Known AI Goal:Driving"
TECHNOLOGY = "GMF:Known AI Technology:Camera"
FAILURE = "GMF:Known AI Technical Failure"


def owner(name: str = "olga", *roles: str) -> Viewer:
    return people.viewer(people.account(f"{name}@people.example", *roles))


def made(actor: Viewer, name: str = "A secret system") -> dict[str, Any]:
    checklist_id = actions.create_checklist(name, actor=actor)
    return queries.get(checklist_id, viewer=actor) or {}


def draft(state: dict[str, Any], **typed: Any) -> ChecklistDraft:
    given = {
        "name": state["name"],
        "about": state["about"],
        "tags": state["tags"],
        "risk_fields": state["risk_fields"],
    }
    return ChecklistDraft(**{**given, **typed})


def edited(state: dict[str, Any], actor: Viewer, **typed: Any) -> dict[str, Any]:
    seen = version_of(state)
    return actions.edit_checklist(
        state["object_id"], draft(state, **typed), seen=seen, actor=actor
    ).state


def described(actor: Viewer, *tags: str) -> dict[str, Any]:
    lists = {"goals": list(tags), "methods": [], "other": []}
    return edited(made(actor), actor, tags=lists)


@pytest.fixture
def archive() -> None:
    """Three incidents like the system, one that is not, and some that nobody may know of."""
    records.taxonomy(
        "GMF",
        records.field("Known AI Goal", "list"),
        records.field("Known AI Technology", "list"),
        records.field("Known AI Technical Failure", "list"),
        records.field("Known AI Goal Snippets", "object-list"),
    )
    records.taxonomy("MIT", records.field("Risk Domain", "enum"), weight=60)
    for number in (1, 2, 3, 4):
        records.incident(number)
    records.incident(5, visibility="internal")
    records.incident(6)
    records.duplicate(6, of=1)
    for number, goals, technologies, failures in (
        (1, ["Driving"], ["Camera"], ["Blindness", "Haste"]),
        (2, ["Driving"], [], ["Haste"]),
        (3, [], ["Camera"], ["Haste", "Drift"]),
        (4, ["Chatting"], [], ["Haste", "Invention"]),
        (5, ["Driving"], [], ["Haste", "Secrecy"]),
        (6, ["Driving"], [], ["Haste", "Doubling"]),
    ):
        answers = classified(goals, technologies, failures)
        records.classification("GMF", number, *answers)
    records.classification(
        "GMF", 4, *classified(["Driving"], [], ["Unreviewed"]), is_published=False
    )
    records.classification(
        "GMF", 4, *classified(["Driving"], [], ["Restricted"]), visibility="internal"
    )
    records.classification("MIT", 2, ["Risk Domain", '"Safety"'])
    records.classification("MIT", 4, ["Risk Domain", '"Privacy"'])


def classified(*answers: list[str]) -> list[list[str]]:
    names = ("Known AI Goal", "Known AI Technology", "Known AI Technical Failure")
    return [[name, json.dumps(given)] for name, given in zip(names, answers, strict=True)]


def suggested(state: dict[str, Any], viewer: Viewer) -> dict[str, list[int]]:
    found = precedents.assess(state, viewer=viewer).suggested
    return {one.tag.text: [each.number for each in one.precedents] for one in found}


def test_a_new_checklist_is_seen_by_its_owner_and_admins_alone():
    olga, other, editor = owner(), owner("otto"), owner("eve", "incident_editor")
    state = made(olga)
    seen = {
        viewer.label
        for viewer in (VISITOR, olga, other, editor, ADMIN)
        if queries.get(state["checklist_id"], viewer=viewer)
    }
    assert seen == {olga.label, ADMIN.label}
    assert list(queries.own(other)) == list(queries.own(VISITOR)) == []
    assert list(queries.published(editor)) == []


def test_a_link_leads_to_a_checklist_until_it_is_revoked():
    olga = owner()
    key = made(olga)["object_id"]
    actions.share_checklist(key, rules.LINK, actor=olga)
    first = Checklist.objects.get().link_id
    assert queries.by_link(first)
    assert queries.get(Checklist.objects.get().checklist_id, viewer=VISITOR) is None

    actions.share_checklist(key, rules.LINK, actor=olga)
    second = Checklist.objects.get().link_id
    assert queries.by_link(first) is None
    assert queries.by_link(second)

    actions.share_checklist(key, rules.PRIVATE, actor=olga)
    assert queries.by_link(second) is None
    assert queries.by_link("") is None


def test_what_is_published_is_seen_by_everybody_and_can_be_taken_back():
    olga = owner()
    state = made(olga)
    actions.share_checklist(state["object_id"], rules.PUBLISHED, actor=olga)
    assert [row.name for row in queries.published(VISITOR)] == ["A secret system"]
    assert list(queries.published(olga)) == []
    actions.share_checklist(state["object_id"], rules.PRIVATE, actor=olga)
    assert list(queries.published(VISITOR)) == []


def test_only_its_owner_or_an_admin_changes_a_checklist():
    olga = owner()
    state = made(olga)
    key = state["object_id"]
    actions.share_checklist(key, rules.PUBLISHED, actor=olga)
    before = Change.objects.count()
    for actor in (VISITOR, owner("otto"), owner("eve", "incident_editor", "taxonomy_editor")):
        for act in (
            lambda actor=actor: edited(state, actor, about="Mine."),
            lambda actor=actor: actions.add_risk(key, "A risk", actor=actor),
            lambda actor=actor: actions.remove_risk(key, "x", actor=actor),
            lambda actor=actor: actions.share_checklist(key, rules.LINK, actor=actor),
            lambda actor=actor: actions.delete_checklist(key, actor=actor),
        ):
            with pytest.raises(NotPermitted):
                act()
    with pytest.raises(NotPermitted):
        actions.create_checklist("Nobody's", actor=VISITOR)
    assert Change.objects.filter(kind="checklist").count() == 2
    assert Change.objects.count() == before + 2  # the two accounts
    actions.share_checklist(key, rules.PRIVATE, actor=ADMIN)


def test_what_somebody_may_not_see_cannot_be_cloned():
    olga, otto = owner(), owner("otto")
    state = made(olga)
    with pytest.raises(NoSuchRecord):
        actions.clone_checklist(state["checklist_id"], "Copy", actor=otto)
    actions.share_checklist(state["object_id"], rules.LINK, actor=olga)
    link = Checklist.objects.get().link_id
    with pytest.raises(NoSuchRecord):
        actions.clone_checklist(state["checklist_id"], "Copy", actor=otto)
    with pytest.raises(NoSuchRecord):
        actions.clone_checklist("another", "Copy", actor=otto, link_id=link)
    copied = actions.clone_checklist(state["checklist_id"], "Copy", actor=otto, link_id=link)
    copy = queries.get(copied, viewer=otto) or {}
    assert (copy["name"], copy["owner_id"], copy["sharing"]) == (
        "Copy",
        otto.account_id,
        rules.PRIVATE,
    )


def test_two_windows_of_one_owner_keep_what_each_changed():
    olga = owner()
    state = made(olga)
    first = actions.add_risk(state["object_id"], "First", actor=olga)
    second = actions.add_risk(state["object_id"], "Second", actor=olga)
    state = queries.get(state["checklist_id"], viewer=olga) or {}

    edited(state, olga, about="Said in one.", risks={first: {"severity": "major"}})
    after = edited(state, olga, risks={second: {"severity": "minor"}, first: {"title": "First"}})

    assert after["about"] == "Said in one."
    assert [risk["severity"] for risk in after["risks"]] == ["major", "minor"]
    with pytest.raises(EditConflict) as refused:
        edited(state, olga, about="Said in the other.")
    assert set(refused.value.clashes) == {"about"}


def test_what_was_typed_for_a_risk_that_is_gone_falls_away():
    olga = owner()
    state = made(olga)
    gone = actions.add_risk(state["object_id"], "Gone", actor=olga)
    state = queries.get(state["checklist_id"], viewer=olga) or {}
    actions.remove_risk(state["object_id"], gone, actor=olga)
    assert edited(state, olga, risks={gone: {"title": "Back"}})["risks"] == []


def test_scales_are_kept_and_what_was_imported_freely_may_stay():
    olga = owner()
    state = records_checklist(olga, severity="quite bad")
    after = edited(state, olga, risks={"r1": {"severity": "quite bad", "likelihood": "rare"}})
    assert (after["risks"][0]["severity"], after["risks"][0]["likelihood"]) == (
        "quite bad",
        "rare",
    )
    with pytest.raises(actions.Refused) as refused:
        edited(after, olga, risks={"r1": {"severity": "worse"}, "r2": {"title": "No such risk"}})
    assert set(refused.value.problems) == {"risk.r1.severity"}


def records_checklist(who: Viewer, **risk: Any) -> dict[str, Any]:
    records.bring_in(
        "checklist",
        {
            "object_id": records.object_id("checklist"),
            "checklist_id": "imported",
            "owner_id": who.account_id,
            "name": "Imported",
            "about": "",
            "tags": {"goals": [], "methods": [], "other": []},
            "risk_fields": [],
            "sharing": "published",
            "link_id": "",
            "created_at": None,
            "updated_at": None,
            "risks": [{"id": "r1", "title": "A risk", "tags": [], **risk}],
        },
    )
    return queries.get("imported", viewer=who) or {}


@pytest.mark.parametrize("sharing", rules.SHARINGS)
def test_a_checklist_is_withheld_from_the_public_history(sharing: str):
    olga, editor = owner(), owner("eve", "incident_editor")
    state = made(olga)
    edited(state, olga, about="secretplan")
    actions.share_checklist(state["object_id"], sharing, actor=olga)
    secrets = ("A secret system", "secretplan", state["object_id"], Checklist.objects.get().link_id)
    for viewer in (VISITOR, olga, editor):
        told = "".join(exported.lines(viewer))
        assert [secret for secret in secrets if secret and secret in told] == []
    assert "secretplan" in "".join(exported.lines(ADMIN))


def test_editors_neither_see_nor_undo_what_an_owner_did():
    olga, editor = owner(), owner("eve", "incident_editor")
    state = made(olga)
    after = edited(state, olga, about="secretplan")
    group = recorded.newest_act("checklist", state["object_id"])
    assert group
    assert recorded.act(group, viewer=editor) is None
    with pytest.raises(NoSuchRecord):
        record_actions.undo(group, actor=editor)
    with pytest.raises(NotPermitted):
        record_actions.edit(
            "checklist", state["object_id"], {"about": ""}, seen=version_of(after), actor=editor
        )
    with pytest.raises(NotPermitted):
        record_actions.restore("checklist", state["object_id"], 1, actor=editor)
    assert record_actions.undo(group, actor=ADMIN) == 1


def test_a_deleted_checklist_comes_back_whole_when_an_admin_undoes_it():
    olga = owner()
    state = made(olga)
    actions.add_risk(state["object_id"], "A risk", actor=olga)
    before = queries.get(state["checklist_id"], viewer=olga)
    actions.delete_checklist(state["object_id"], actor=olga)
    assert queries.get(state["checklist_id"], viewer=olga) is None
    group = recorded.newest_act("checklist", state["object_id"])
    assert group
    record_actions.undo(group, actor=ADMIN)
    assert queries.get(state["checklist_id"], viewer=olga) == before
    assert list(recorded.findings()) == []


@pytest.mark.usefixtures("archive")
def test_incidents_with_any_of_the_tags_suggest_their_failures():
    olga = owner()
    state = described(olga, GOAL, TECHNOLOGY)
    assert suggested(state, VISITOR) == {"Haste": [1, 3, 2], "Blindness": [1], "Drift": [3]}
    found = precedents.assess(state, viewer=VISITOR).suggested
    assert found[0].precedents[0].tags == (GOAL, TECHNOLOGY)
    assert str(found[0].tag) == f"{FAILURE}:Haste"


@pytest.mark.usefixtures("archive")
def test_what_is_hidden_counts_only_for_those_who_may_see_it():
    state = described(owner(), GOAL)
    assert "Secrecy" not in suggested(state, VISITOR)
    assert suggested(state, ADMIN)["Secrecy"] == [5]
    for viewer in (VISITOR, ADMIN):
        assert not {"Doubling", "Unreviewed"} & set(suggested(state, viewer))
    assert "Restricted" not in suggested(state, VISITOR)


@pytest.mark.usefixtures("archive")
def test_the_owner_chooses_which_answers_are_risks():
    olga = owner()
    state = described(olga, GOAL)
    assert precedents.risk_sources() == [FAILURE, "MIT:Risk Domain"]
    state = edited(state, olga, risk_fields=["MIT:Risk Domain"])
    assert suggested(state, VISITOR) == {"Safety": [2]}


@pytest.mark.usefixtures("archive")
def test_a_suggested_risk_that_is_kept_is_suggested_no_more():
    olga = owner()
    state = described(olga, GOAL, TECHNOLOGY)
    haste = precedents.assess(state, viewer=olga).suggested[0].tag
    first = actions.annotate(state["object_id"], haste, actor=olga)
    assert actions.annotate(state["object_id"], haste, actor=olga) == first

    state = queries.get(state["checklist_id"], viewer=olga) or {}
    found = precedents.assess(state, viewer=olga)

    assert [str(one.tag.text) for one in found.suggested] == ["Blindness", "Drift"]
    assert [each.number for each in found.saved[0].precedents] == [1, 3, 2]
    actions.remove_risk(state["object_id"], first, actor=olga)
    state = queries.get(state["checklist_id"], viewer=olga) or {}
    assert "Haste" in suggested(state, olga)


@pytest.mark.usefixtures("archive")
def test_tags_are_suggested_from_what_classifications_use_and_resolved():
    assert precedents.suggestions("dri", "goals", viewer=VISITOR) == [GOAL]
    assert precedents.suggestions("secre", "risks", viewer=VISITOR) == []
    assert precedents.suggestions("known haste", "risks", viewer=VISITOR) == [f"{FAILURE}:Haste"]
    assert precedents.suggestions("driving", "other", viewer=VISITOR) == []
    typed = ["Driving", GOAL, "GMF:Known AI Goal:Flying", "Nonsense", "", "old:tag:kept"]
    found = precedents.resolved(typed, "goals", known=["old:tag:kept"], viewer=VISITOR)
    assert found == ([GOAL, "old:tag:kept"], ["GMF:Known AI Goal:Flying", "Nonsense"])


def test_risks_are_sorted_with_what_does_not_apply_and_blanks_last():
    def risk(severity: str, status: str = "Unclear") -> dict[str, str]:
        return {"severity": severity, "risk_status": status}

    risks = [
        risk(""),
        risk("critical", rules.NOT_APPLICABLE),
        risk("somewhat"),
        risk("3"),
        risk("Minor"),
        risk("critical", "Not Mitigated"),
        risk("10"),
    ]
    by_severity = [one["severity"] for one in rules.in_order(risks, "severity")]
    assert by_severity == ["critical", "Minor", "10", "3", "somewhat", "", "critical"]
    assert rules.in_order(risks, "status")[0]["risk_status"] == "Not Mitigated"


def test_the_bands_of_the_matrix_rise_with_both_scales():
    order = ["low", "medium", "high", "extreme"]
    for one in range(1, 6):
        along = [order.index(rules.band(one, other)) for other in range(1, 6)]
        assert along == sorted(along)
    assert (rules.band(1, 1), rules.band(5, 5)) == ("low", "extreme")
    assert rules.level("Almost-Certain", rules.LIKELIHOODS) == 5
    assert rules.level(PUBLIC, rules.LIKELIHOODS) is None

"""What editors do across records, by plain posts: each act is shown, and undone as one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

REPORTS = "/incidents/reports/?incident_id=7"
HOSTILE = "<script>alert(1)</script>\u202e[x](javascript:alert(1))"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


@pytest.fixture(autouse=True)
def stories() -> None:
    for number in (71, 72, 81):
        records.report(number)
    records.entity("acme", "Acme")
    records.entity("bus", "Public Bus")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.taxonomy("GMF", records.field("Known AI Goal"))
    records.incident(7, reports=[71, 72], deployers=["acme"], title="A bus goes its own way")
    records.incident(8, reports=[81], harmed=["bus"], title="A bus does not stop")
    sync.catch_up(at=records.AT)


def reports_of(number: int) -> list[int]:
    state = recorded.state_of("incident", str(number))
    assert state is not None
    return list(state["reports"])


def everything() -> dict[str, Any]:
    """Return all that the acts of these tests may change, but for the time of the change."""
    found = {}
    for kind, keys in (
        ("incident", ("7", "8", "9")),
        ("incident_duplicate", ("7", "8")),
        ("report", ("71", "72", "81")),
    ):
        for key in keys:
            found[kind, key] = recorded.state_of(kind, key)
    return found


def sound() -> bool:
    return list(recorded.findings()) == []


def undone(client: Client, answer: Any) -> Any:
    assert answer.status_code == 302, site.tree(answer).text
    address = answer["Location"]
    assert address.startswith("/history/")
    assert client.get(address).status_code == 200
    return client.post(address, {"reason": "a mistake"})


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ({"do": "move", "chosen": ["72"], "to": "8"}, {7: [71], 8: [81, 72]}),
        ({"do": "link", "chosen": ["71", "72"], "to": "8"}, {7: [71, 72], 8: [81, 71, 72]}),
        ({"do": "unlink", "chosen": ["71"]}, {7: [72], 8: [81]}),
        ({"do": "add", "added": "81"}, {7: [71, 72, 81], 8: [81]}),
        ({"do": "add", "added": "https://news.example/81"}, {7: [71, 72, 81], 8: [81]}),
        (
            {
                "do": "split",
                "chosen": ["72"],
                "title": "Another bus",
                "date": "2024-01-01",
                "description": "It did the same.",
            },
            {7: [71], 8: [81], 9: [72]},
        ),
    ],
)
def test_reports_are_moved_linked_split_and_all_is_undone(
    ed: Client, typed: dict[str, Any], after: dict[int, list[int]]
) -> None:
    before = everything()

    answer = ed.post(REPORTS, {**typed, "reason": "as the sources say"})

    assert {number: reports_of(number) for number in after} == after
    page = site.tree(ed.get(answer["Location"]))
    assert "as the sources say" in page.text
    assert undone(ed, answer).status_code == 302
    assert everything() == before
    assert sound()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"do": "move", "to": "8"}, "field-chosen-error"),
        ({"do": "move", "chosen": ["81"], "to": "8"}, "field-chosen-error"),
        ({"do": "move", "chosen": ["71"], "to": ""}, "field-to-error"),
        ({"do": "link", "chosen": ["71"], "to": "99"}, "field-to-error"),
        ({"do": "add", "added": "999"}, "field-added-error"),
        ({"do": "add", "added": "https://nowhere.example/"}, "field-added-error"),
        ({"do": "split", "chosen": ["71"]}, "field-title-error"),
        ({"do": "split", "chosen": ["71", "72"]}, "field-chosen-error"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    ed: Client, typed: dict[str, Any], wrong: str
) -> None:
    head = history.head_seq()

    answer = ed.post(REPORTS, {**typed, "reason": "kept"})

    assert answer.status_code == 422
    page = site.tree(answer)
    assert page.all(id=wrong)
    assert page.one("input", name="reason")["value"] == "kept"
    assert history.head_seq() == head


def test_two_incidents_become_one_and_two_again(ed: Client) -> None:
    moving = records.classification("MIT", 8, ["Risk Domain", '"Open"'])
    staying = records.classification("GMF", 8, ["Known AI Goal", '"x"'])
    records.classification("GMF", 7, ["Known AI Goal", '"y"'])
    records.bring_in(
        "external_link",
        {
            "object_id": records.object_id("link"),
            "incident_id": 8,
            "url": "https://other.example/8",
            "namespace": "OECD",
        },
    )
    before = everything()
    shown = site.tree(ed.get("/incidents/merge/?incident_id=8&into=7"))
    assert "Incident 7 stays" in shown.text
    assert "1 classification stays with the duplicate" in shown.text

    answer = ed.post("/incidents/merge/?incident_id=8", {"into": "7", "reason": "one event"})

    sync.catch_up(at=records.AT)
    visitor = people.browser()
    assert visitor.get("/cite/8/")["Location"] == "/cite/7/?from=8"
    page = site.tree(visitor.get("/cite/7/"))
    assert {"Acme", "Public Bus"} <= {link.text for link in page.all("a")}
    assert "https://other.example/8" in page.links()
    found = visitor.get("/apps/discover.json?s=bus").json()["results"]
    assert {row["incident_id"] for row in found} == {7}
    assert reports_of(7) == [71, 72, 81]
    of = {key: recorded.state_of("classification", key) for key in (moving, staying)}
    assert [of[key]["incident_id"] for key in (moving, staying)] == [7, 8]  # type: ignore[index]

    assert undone(ed, answer).status_code == 302
    assert everything() == before
    sync.catch_up(at=records.AT)
    assert visitor.get("/cite/8/").status_code == 200
    found = visitor.get("/apps/discover.json?s=bus").json()["results"]
    assert {row["incident_id"] for row in found} == {7, 8}
    assert sound()


@pytest.mark.parametrize("into", ["8", "99", "x"])
def test_an_incident_is_merged_into_another_one_that_is_there(ed: Client, into: str) -> None:
    head = history.head_seq()

    answer = ed.post("/incidents/merge/?incident_id=8", {"into": into})

    assert answer.status_code in (200, 422)
    assert history.head_seq() == head


def test_what_was_said_of_a_merged_number_holds_for_the_one_that_stays(ed: Client) -> None:
    records.incident(9, editor_similar=[8], reports=[])
    ed.post("/incidents/merge/?incident_id=8", {"into": "7"})

    page = site.tree(people.browser().get("/cite/9/"))

    assert "A bus goes its own way" in page.section("similar").text


def test_who_comes_a_moment_too_late_is_told_and_writes_nothing(
    ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.incident(9)
    records.duplicate(8, of=9)
    # While the page looks, somebody else makes the incident a duplicate.
    looked = iter([None, None])
    monkeypatch.setattr(
        "incidentbase.store.incidents.queries.true_number",
        lambda number: next(looked, 9 if number == 8 else None),
    )
    head = history.head_seq()

    answer = ed.post("/incidents/merge/?incident_id=8", {"into": "7"})

    assert answer.status_code == 409
    assert "This was changed meanwhile" in site.tree(answer).text
    assert history.head_seq() == head


def test_what_was_changed_since_is_undone_only_after_that(ed: Client) -> None:
    first = ed.post(REPORTS, {"do": "unlink", "chosen": ["71"]})
    second = ed.post(REPORTS, {"do": "unlink", "chosen": ["72"]})

    refused = ed.post(first["Location"])

    assert refused.status_code == 409
    assert "Undo the later acts first" in site.tree(refused).text
    assert reports_of(7) == []
    undone(ed, second)
    undone(ed, first)
    assert reports_of(7) == [71, 72]


def test_an_import_cannot_be_undone(ed: Client) -> None:
    group = recorded.newest_act("incident", "7")
    page = site.tree(ed.get(f"/history/{group}/"))
    assert "Undo all of this" not in page.text
    assert ed.post(f"/history/{group}/").status_code == 409


@pytest.mark.parametrize(
    ("address", "page", "data"),
    [
        ("/incidents/withdraw/?incident_id=7", "/cite/7/", "/cite/7.json"),
        ("/cite/withdraw/?report_number=71", "/reports/71/", "/reports/71.json"),
    ],
)
def test_what_is_withdrawn_leaves_a_tombstone_and_can_be_put_back(
    ed: Client, address: str, page: str, data: str
) -> None:
    visitor = people.browser()
    unexplained = ed.post(address, {"reason": " "})
    assert unexplained.status_code == 422
    assert visitor.get(page).status_code == 200

    answer = ed.post(address, {"reason": f"A court asked for it. {HOSTILE}"})

    gone = visitor.get(page)
    assert gone.status_code == 410
    shown = site.tree(gone)
    assert "A court asked for it." in shown.text
    assert [one for one in shown.all("script") if "alert" in one.raw] == []
    problem = visitor.get(data)
    assert (problem.status_code, problem["Content-Type"]) == (410, "application/problem+json")
    sync.catch_up(at=records.AT)
    assert "A bus goes its own way" not in visitor.get(
        "/summaries/incidents/"
    ).content.decode() or ("report" in address)
    ed.post(address)
    assert visitor.get(page).status_code == 200
    assert sound()
    assert answer.status_code == 302


def test_what_never_was_public_leaves_none(ed: Client) -> None:
    records.incident(9, visibility="restricted")
    records.incident(10, visibility="internal")
    ed.post("/incidents/withdraw/?incident_id=9", {"reason": "A mistake."})

    for number in (9, 10):
        assert people.browser().get(f"/cite/{number}/").status_code == 404
    # Put back, the one is what it was, and the other is public for the first time.
    for number in (9, 10):
        ed.post(f"/incidents/withdraw/?incident_id={number}")
    assert (recorded.state_of("incident", "9") or {})["visibility"] == "restricted"
    assert people.browser().get("/cite/10/").status_code == 200


def test_an_incident_is_made_of_reports_that_are_here(ed: Client) -> None:
    records.report(91)
    form = site.tree(ed.get("/incidents/new/?reports=91,71"))
    typed = site.typed_in(
        next(one for one in form.all("form", method="post") if one.all("input", name="seen"))
    )
    assert typed["reports"] == ["91, 71"]
    typed |= {"title": ["A bus of its own"], "date": ["2024-01-01"], "description": ["A bus."]}

    assert ed.post("/incidents/new/", {**typed, "reports": "91, 99"}).status_code == 422
    assert ed.post("/incidents/new/", typed)["Location"] == "/cite/9/"
    assert reports_of(9) == [91, 71]


def test_editors_find_their_tools_and_others_do_not(ed: Client) -> None:
    assert "/incidents/edit/?incident_id=7" in site.tree(ed.get("/cite/7/")).links()
    assert "/cite/edit/?report_number=71" in site.tree(ed.get("/reports/71/")).links()
    for other in (people.browser(), people.signed_in("ann@people.example", "submitter")):
        for address in ("/cite/7/", "/reports/71/"):
            found = site.tree(other.get(address)).links()
            tools = ("/incidents/edit/", "/incidents/merge/", "/cite/edit/", "/cite/withdraw/")
            assert [link for link in found if link.startswith(tools)] == []

"""Changing many records at once: chosen, previewed, done in one act, undone; for editors only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.history import queries as history
from incidentbase.store.history.models import Change
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve.site import Element, tree

pytestmark = pytest.mark.django_db

BULK = "/incidents/bulk/"
STATUS = "Annotation Status"
STATUSES = ["1. Annotation in progress", "6. Complete and final"]
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(1)>"
TAGS = {"what": "tags", "add": "new, response", "remove": "old"}
MARKS = {"what": "classifications", "namespace": "CSETv1", "status": STATUSES[1]}


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def editor() -> Client:
    return people.signed_in("ed@example.org", "incident_editor")


def make(count: int = 3) -> list[str]:
    """Make reports, incidents and classifications 1 to `count`; return the classifications."""
    field = records.field(STATUS, "enum", public=False, permitted_values=STATUSES)
    records.taxonomy("CSETv1", field)
    records.taxonomy("MIT", records.field("Domain"))
    numbers = range(1, count + 1)
    states = [records.report_state(number, tags=["old"]) for number in numbers]
    records.bring_in("report", *states)
    records.bring_in("incident", *(records.incident_state(n, reports=[n]) for n in numbers))
    return [records.classification("CSETv1", n, [STATUS, f'"{STATUSES[0]}"']) for n in numbers]


def state(kind: str, key: object) -> dict[str, Any]:
    found = recorded.state_of(kind, str(key))
    assert found is not None
    return found


def hidden_in(page: Element) -> dict[str, str]:
    (form,) = [one for one in page.one("main").all("form") if one.all("input", name="what")][-1:]
    fields = {one["name"]: one["value"] for one in form.all("input")}
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def error_of(answer: Any) -> str:
    assert answer.status_code == 422
    (said,) = tree(answer).all("p", class_="field__error")
    return said.text.removeprefix("Error: ")


def test_visitors_sign_in_first(client: Client) -> None:
    answer = client.get(f"{BULK}?s=x")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2Fincidents%2Fbulk%2F%3Fs%3Dx"
    assert client.post(BULK, {"do": "apply", "reports": "1", **TAGS}).status_code == 404


@pytest.mark.parametrize(
    "held", [(), ("submitter",), ("taxonomy_editor",), ("taxonomy_editor:CSETv1",)]
)
def test_for_other_accounts_there_is_no_such_page(held: tuple[str, ...]) -> None:
    make()
    member = people.signed_in("other@example.org", *held)
    head = history.head_seq()
    assert member.get(BULK).status_code == 404
    for wanted in (TAGS, MARKS):
        for step in ("choose", "preview", "apply"):
            form = {"do": step, "reports": "1", "incidents": "1", **wanted}
            assert member.post(BULK, form).status_code == 404
    assert history.head_seq() == head


@pytest.mark.parametrize("role", ["incident_editor", "admin"])
def test_tags_are_previewed_then_changed_and_undone(role: str, client: Client) -> None:
    make()
    member = people.signed_in("ed@example.org", role)
    before = [state("report", number) for number in (1, 2, 3)]
    assert member.get(BULK).status_code == 200
    chosen = tree(member.post(BULK, {"do": "choose", "reports": "1 2\n#3"}))
    assert "Chosen: 3 reports" in chosen.text

    shown = tree(member.post(BULK, {"do": "preview", "reports": "1,2,3", **TAGS}))

    assert "3 reports will be changed." in shown.text
    assert [row.all("td")[1].text for row in shown.one("tbody").all("tr")] == ["old"] * 3
    assert [row.all("td")[2].text for row in shown.one("tbody").all("tr")] == ["new, response"] * 3
    assert [state("report", number) for number in (1, 2, 3)] == before

    form = {**hidden_in(shown), "do": "apply", "reason": "Tidying up."}
    answer = member.post(BULK, form)

    assert answer["Location"].startswith("/history/")
    assert state("report", 2)["tags"] == ["new", "response"]
    acts = Change.objects.filter(action="report.tag")
    assert set(acts.values_list("reason", flat=True)) == {"Tidying up."}
    assert acts.values_list("group").distinct().count() == 1
    sync.catch_up(at=records.AT)
    asked = {"tags": "new", "is_incident_report": "true"}
    assert len(client.get("/apps/discover.json", asked).json()["results"]) == 3

    assert "3 records were changed." in tree(member.get(answer["Location"])).text
    again = member.post(BULK, form)
    assert again["Location"] == BULK
    assert "Nothing was changed" in tree(member.get(BULK)).text
    member.post(answer["Location"])
    assert [state("report", number) for number in (1, 2, 3)] == before
    assert list(recorded.findings()) == []


def test_what_discover_finds_is_chosen(editor: Client) -> None:
    make()
    records.report(9, title="Quixotic headline", tags=["old"])
    sync.catch_up(at=records.AT)
    address = "http://localhost/apps/discover/?s=quixotic&is_incident_report=false||true&page=2"

    answer = editor.post(BULK, {"do": "choose", "address": address})

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{BULK}?s=quixotic&is_incident_report=")
    page = tree(editor.get(answer["Location"]))
    assert "Chosen: 1 report" in page.text
    assert hidden_in(page)["reports"] == "9"
    incidents = tree(editor.get(f"{BULK}?s=title"))
    assert "Chosen: 3 incidents" in incidents.text
    assert incidents.all("input", name="add") == []
    assert error_of(editor.get(f"{BULK}?s=nowhere")) == "Nothing was found there."


def test_more_than_a_thousand_are_not_taken(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidentbase.store.curation.rules.MOST_AT_ONCE", 2)
    make()
    sync.catch_up(at=records.AT)
    said = "At most 2 records are changed at once."
    assert error_of(editor.get(f"{BULK}?s=title")) == said
    for step in ("choose", "preview", "apply"):
        answer = editor.post(BULK, {"do": step, "reports": "1,2,3", **TAGS})
        assert error_of(answer) == said
    assert state("report", 1)["tags"] == ["old"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Please fill this in."),
        ({"reports": "x"}, "“x” is not a number."),
        ({"reports": "1, 99"}, "There is no report 99."),
        ({"incidents": "99"}, "There is no incident 99."),
        (
            {"address": "https://evil.example/?s=x"},
            "This is not an address of Discover that narrows the records down.",
        ),
        (
            {"address": "/apps/discover/"},
            "This is not an address of Discover that narrows the records down.",
        ),
        (
            {"address": "http://["},
            "This is not an address of Discover that narrows the records down.",
        ),
        (
            {"reports": "1", "address": "/apps/discover/?s=x"},
            "Give numbers or an address, not both.",
        ),
    ],
)
def test_what_is_wrong_with_the_choice_is_said_and_kept(
    editor: Client, typed: dict[str, str], said: str
) -> None:
    make()
    answer = editor.post(BULK, {"do": "choose", **typed})
    assert error_of(answer) == said
    assert tree(answer).one("textarea", name="incidents").raw == typed.get("incidents", "")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"what": "tags"}, "Name at least one tag, here or below."),
        ({"what": "tags", "add": "x" * 201}, "A tag is too long, or there are too many of them."),
        (
            {"what": "tags", "add": "a", "remove": "a"},
            "The same tag is to be added and to be taken away.",
        ),
        ({**MARKS, "namespace": ""}, "Please choose a taxonomy."),
        ({**MARKS, "namespace": "NONE"}, "Please choose a taxonomy."),
        ({**MARKS, "namespace": "MIT"}, "MIT has no such status."),
        ({**MARKS, "status": "7. Else"}, "CSETv1 has no such status."),
        (
            {**MARKS, "status": "", "publication": "maybe"},
            "Choose a status, or whether they are published.",
        ),
    ],
)
@pytest.mark.parametrize("step", ["preview", "apply"])
def test_what_is_wrong_with_the_change_is_said_and_nothing_is_done(
    editor: Client, step: str, typed: dict[str, str], said: str
) -> None:
    make()
    head = history.head_seq()
    answer = editor.post(BULK, {"do": step, "reports": "1,2", **typed})
    assert error_of(answer) == said
    assert hidden_in(tree(answer))["reports"] == "1,2"
    assert history.head_seq() == head


def test_an_incident_has_no_tags(editor: Client) -> None:
    make()
    answer = editor.post(BULK, {"do": "apply", "incidents": "1", **TAGS})
    assert answer.status_code == 422
    assert "Please choose what is to change." in tree(answer).text


def test_statuses_and_publication_of_classifications_are_changed(editor: Client) -> None:
    made = make()
    shown = tree(
        editor.post(BULK, {"do": "preview", "incidents": "1,3", **MARKS, "publication": "no"})
    )
    assert "2 classifications will be changed." in shown.text
    (first, _second) = shown.one("tbody").all("tr")
    assert first.all("th")[0].text == "Incident 1"
    assert [one.text for one in first.all("td")[1:]] == [
        f"{STATUSES[0]} · published",
        f"{STATUSES[1]} · not published",
    ]

    editor.post(BULK, {**hidden_in(shown), "do": "apply"})

    assert [state("classification", key)["is_published"] for key in made] == [False, True, False]
    assert state("classification", made[0])["attributes"] == [[STATUS, f'"{STATUSES[1]}"']]
    assert "2 records were changed." in tree(editor.get(BULK)).text
    assert list(recorded.findings()) == []
    same = tree(editor.post(BULK, {"do": "preview", "incidents": "1,2,3", **MARKS}))
    assert "1 classification will be changed. 2 are so already." in same.text


def test_the_way_back_keeps_what_was_typed(editor: Client) -> None:
    make()
    shown = tree(editor.post(BULK, {"do": "preview", "reports": "1,2", **TAGS}))
    back = tree(editor.post(BULK, {**hidden_in(shown), "do": "change"}))
    assert back.one("input", name="add")["value"] == "new, response"
    assert back.one("input", name="remove")["value"] == "old"


def test_what_went_missing_since_the_preview_stops_all(editor: Client) -> None:
    make()
    answer = editor.post(BULK, {"do": "apply", "reports": "1,2,77", **TAGS})
    assert error_of(answer) == "There is no report 77."
    assert state("report", 1)["tags"] == ["old"]


def test_hostile_tags_and_titles_are_harmless(editor: Client) -> None:
    make()
    records.report(1, title=HOSTILE, tags=[HOSTILE])
    for answer in (
        editor.post(BULK, {"do": "preview", "reports": "1", "what": "tags", "add": HOSTILE + "2"}),
        editor.post(BULK, {"do": "choose", "reports": HOSTILE, "address": HOSTILE}),
        editor.post(BULK, {"do": "preview", "reports": "1", **MARKS, "status": HOSTILE}),
        editor.post(BULK, {"do": "preview", "reports": "1", **MARKS, "namespace": HOSTILE}),
    ):
        page = tree(answer)
        assert [one for one in page.all("script") if "alert" in one.raw] == []
        assert [one for one in page.walk() if "onerror" in one.attributes] == []


def test_hundreds_of_records_are_changed_with_few_questions(
    editor: Client, django_assert_max_num_queries: Any
) -> None:
    make(250)
    sync.catch_up(at=records.AT)
    everyone = ",".join(map(str, range(1, 251)))
    editor.get("/about/")
    with django_assert_max_num_queries(20):
        editor.get(f"{BULK}?s=title")
    with django_assert_max_num_queries(20):
        shown = editor.post(BULK, {"do": "preview", "reports": everyone, **TAGS})
    assert "And 230 more." in tree(shown).text
    assert len(tree(shown).one("tbody").all("tr")) == 20
    with django_assert_max_num_queries(20):
        editor.post(BULK, {"do": "preview", "incidents": everyone, **MARKS})
    with django_assert_max_num_queries(50):
        editor.post(BULK, {"do": "apply", "reports": everyone, **TAGS})
    with django_assert_max_num_queries(50):
        editor.post(BULK, {"do": "apply", "incidents": everyone, **MARKS})
    assert state("report", 250)["tags"] == ["new", "response"]

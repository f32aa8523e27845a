"""The past of records for readers: versions, words that changed, restoring; nothing hidden told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.store.accounts.rules import Viewer, system
from incidentbase.store.records import actions
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

INCIDENT = "/incidents/history/?incident_id=7"
REPORT = "/cite/history/?report_number=71"
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


@pytest.fixture(autouse=True)
def story() -> None:
    records.entity("acme", "Acme")
    records.entity("bus", "Public Bus")
    records.report(71, text="A bus went past its stop.\n")
    records.incident(7, reports=[71], deployers=["acme"], title="A bus goes its own way")
    # Named elsewhere too, so that readers may know of both whatever the first says of them.
    records.incident(8, developers=["acme", "bus"])


def edit(kind: str = "incident", key: str = "7", reason: str = "", **wanted: Any) -> None:
    actor: Viewer = system("tests", records.AT)
    seen = actions.version_of(recorded.state_of(kind, key) or {})
    actions.edit(kind, key, wanted, seen=seen, actor=actor, reason=reason)


def versions(page: Element) -> list[Element]:
    return page.one("ol", class_="versions").all("li", class_="card")


def changes(version: Element) -> dict[str, tuple[list[str], list[str]]]:
    """Return what went and what came, by the field's label."""
    return {
        one.one("dt").text: (
            [gone.text.removeprefix("Before: ") for gone in one.all("del")],
            [come.text.removeprefix("After: ") for come in one.all("ins")],
        )
        for one in version.all("div", class_="diff")
    }


def test_versions_say_when_who_why_and_which_words_changed(client: Client) -> None:
    edit(title="A bus goes far astray", deployers=["bus"], reason="as the sources say")

    page = site.tree(client.get(INCIDENT))

    newest, first = versions(page)
    assert "as the sources say" in newest.text
    assert "March 4, 2026" in newest.text
    assert changes(newest) == {
        "Title": (["its own way"], ["far astray"]),
        "Who deployed the system": (["Acme"], ["Public Bus"]),
    }
    assert "First version" in first.text
    assert "/entities/bus/" in newest.links()
    assert INCIDENT in site.tree(client.get("/cite/7/")).links()


def test_a_version_is_shown_in_full(client: Client) -> None:
    edit("report", "71", text="A **tram** went past its stop.\n", tags=["response"])

    newest, first = versions(site.tree(client.get(REPORT)))
    old = site.tree(client.get(first.links()[0]))
    new = site.tree(client.get(newest.links()[0]))

    assert "A bus went past its stop." in old.text
    assert "tram" in [one.text for one in new.all("strong")]
    assert "response" in new.text
    assert old.all("form", method="post", action="") == []


def test_only_editors_restore_and_the_restored_version_is_a_new_one(
    client: Client, ed: Client
) -> None:
    edit(title="A mistake")
    _newest, first = versions(site.tree(ed.get(INCIDENT)))
    target = next(link for link in first.links() if "version=" in link)

    for other in (client, people.signed_in("ann@people.example", "submitter")):
        assert "Restore this version" not in site.tree(other.get(target)).text
        other.post(target)
        assert (recorded.state_of("incident", "7") or {})["title"] == "A mistake"

    answer = ed.post(target, {"reason": "it was right"})

    assert answer["Location"].startswith("/history/")
    assert (recorded.state_of("incident", "7") or {})["title"] == "A bus goes its own way"
    assert len(versions(site.tree(client.get(INCIDENT)))) == 3
    # The newest is not restored to itself.
    now = versions(site.tree(ed.get(INCIDENT)))[0]
    assert "This is the newest version." in site.tree(ed.get(now.links()[0])).text
    assert list(recorded.findings()) == []


def test_the_past_is_data_for_programs(client: Client) -> None:
    edit(title="A bus goes far astray", reason="why not")

    found = client.get("/incidents/history.json?incident_id=7").json()

    newest, first = found["versions"]
    assert found["incident_id"] == 7
    assert newest["changed"]["title"] == {
        "before": "A bus goes its own way",
        "after": "A bus goes far astray",
    }
    assert (newest["reason"], newest["action"]) == ("why not", "incident.edit")
    assert (first["is_first"], first["state"]["title"]) == (True, "A bus goes its own way")
    assert client.get("/cite/history.json?report_number=71").json()["versions"][0]["is_first"]
    missing = client.get("/cite/history.json?report_number=x")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("query", ["", "?incident_id=", "?incident_id=x", "?incident_id=99"])
def test_what_is_missing_has_no_past(client: Client, query: str) -> None:
    assert client.get(f"/incidents/history/{query}").status_code == 404


@pytest.mark.parametrize("version", ["0", "x", "999999", "-1"])
def test_a_version_that_is_none_is_not_found(client: Client, version: str) -> None:
    assert client.get(f"{INCIDENT}&version={version}").status_code == 404


def test_nothing_is_told_of_a_hidden_time(client: Client, ed: Client) -> None:
    edit(visibility="internal", reason="the secret reason")
    edit(title="The secret title")
    edit(title="Open again", visibility="public")

    for address in (INCIDENT, "/incidents/history.json?incident_id=7"):
        body = client.get(address).content.decode()
        assert "secret" not in body
        assert "Open again" in body
    shown = site.tree(client.get(INCIDENT))
    assert "A version that is not shown." in shown.text
    hidden = recorded.versions("incident", "7")
    secret = next(one.seq for one in hidden if "secret" in (one.state or {}).get("title", ""))
    assert client.get(f"{INCIDENT}&version={secret}").status_code == 404
    assert "The secret title" in site.tree(ed.get(INCIDENT)).text


def test_hostile_text_is_harmless_in_the_past(client: Client) -> None:
    edit(title=HOSTILE, description=HOSTILE, reason=HOSTILE)
    edit("report", "71", text=HOSTILE, title=HOSTILE, tags=[HOSTILE], authors=[HOSTILE])

    for address in (INCIDENT, REPORT):
        page = site.tree(client.get(address))
        for shown in (page, site.tree(client.get(versions(page)[0].links()[0]))):
            assert [one for one in shown.all("script") if "alert" in one.raw] == []
            assert [e for e in shown.walk() if any(n.startswith("on") for n in e.attributes)] == []
            assert [link for link in shown.links() if link.startswith("javascript")] == []


def test_many_versions_come_in_pages(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        edit(title=f"Version {number} of it")

    with django_assert_max_num_queries(20):
        first = site.tree(client.get(INCIDENT))
    assert len(versions(first)) == 25
    assert len(versions(site.tree(client.get(f"{INCIDENT}&page=3")))) == 11

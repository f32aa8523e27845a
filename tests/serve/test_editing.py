"""The editors of incidents and reports by plain posts: saved, refused, merged, never lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.accounts.models import Account
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

INCIDENT = "/incidents/edit/?incident_id=7"
REPORT = "/cite/edit/?report_number=71"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


@pytest.fixture
def story() -> None:
    records.entity("acme", "Acme")
    records.entity("public-bus", "Public Bus")
    records.report(71, text=TEXT)
    records.incident(
        7,
        title="A bus goes its own way",
        description="A bus went past its stop.",
        reports=[71],
        deployers=["public-bus"],
        developers=["acme"],
        harmed=["public-bus"],
    )


def typed_in(page: Element) -> dict[str, Any]:
    """Return what stands in the form of an editor, as a browser would send it."""
    (form,) = [one for one in page.all("form", method="post") if one.all("input", name="seen")]
    return site.typed_in(form)


def opened(client: Client, address: str = INCIDENT) -> dict[str, Any]:
    return typed_in(site.tree(client.get(address)))


def save(client: Client, address: str = INCIDENT, **typed: Any) -> Any:
    return client.post(address, {**opened(client, address), **typed})


def state(kind: str = "incident", key: str = "7") -> dict[str, Any]:
    found = recorded.state_of(kind, key)
    assert found is not None
    return found


def sound() -> bool:
    return list(recorded.findings()) == []


@pytest.mark.parametrize("address", [INCIDENT, REPORT, "/incidents/new/"])
def test_an_editor_that_changes_nothing_writes_nothing(
    ed: Client, story: None, address: str
) -> None:
    records.incident_translation(7, "ja", "バス", "停留所を通り過ぎた。")
    records.report_translation(71, "ja", "見出し", "一\n\n二\n")
    head = history.head_seq()
    assert ed.get(address).status_code == 200

    if "new" not in address:
        assert save(ed, address).status_code == 302

    assert history.head_seq() == head


def test_an_incident_is_edited(ed: Client, story: None) -> None:
    answer = save(
        ed,
        title="A bus goes far astray",
        date="2024-01-05",
        deployers="Public Bus\nNew Lines, Inc.",
        developers="acme",
        editor_notes="Checked twice.",
        reason="The sources say so",
    )

    assert answer.status_code == 302
    assert answer["Location"] == "/cite/7/"
    after = state()
    editor = Account.objects.get(email="ed@people.example").public_id
    assert after["title"] == "A bus goes far astray"
    assert after["date"] == "2024-01-05"
    assert after["deployers"] == ["public-bus", "new-lines-inc."]
    assert after["developers"] == ["acme"]
    assert after["editors"] == [editor]
    assert after["modified_at"] == "2026-03-04T05:06:07.000Z"
    newest = next(recorded.versions("incident", "7")).change
    assert (newest.reason, newest.action) == ("The sources say so", "incident.edit")
    page = site.tree(ed.get("/cite/7/"))
    assert "Your changes are saved." in page.text
    assert "New Lines, Inc." in page.text
    assert sound()


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    ed: Client, story: None
) -> None:
    head = history.head_seq()

    answer = save(
        ed,
        title="",
        date="2027-01-01",
        editor_similar="7, 900",
        deployers="x" * 300,
        description="What I typed",
    )

    assert answer.status_code == 422
    page = site.tree(answer)
    wrong = {one["id"].split("-")[1]: one.text for one in page.all(class_="field__error")}
    assert set(wrong) == {"title", "date", "editor_similar", "deployers"}
    assert typed_in(page)["description"] == ["What I typed"]
    assert history.head_seq() == head


def test_two_editors_of_different_fields_both_keep_their_work(ed: Client, story: None) -> None:
    first = opened(ed)
    other = people.signed_in("eve@people.example", "incident_editor")
    assert save(other, title="Eve has a better title").status_code == 302

    answer = ed.post(INCIDENT, {**first, "description": "Ed tells it better."})

    assert answer.status_code == 302
    assert (state()["title"], state()["description"]) == (
        "Eve has a better title",
        "Ed tells it better.",
    )


def test_the_same_field_is_a_conflict_that_loses_nothing(ed: Client, story: None) -> None:
    first = opened(ed)
    other = people.signed_in("eve@people.example", "incident_editor")
    save(other, title="Eve has a better title", date="2024-02-02", harmed="Acme")

    answer = ed.post(INCIDENT, {**first, "title": "Ed has the best title"})

    assert answer.status_code == 409
    page = site.tree(answer)
    assert "Eve has a better title" in page.text
    again = typed_in(page)
    assert again["title"] == ["Ed has the best title"]
    # What Eve changed elsewhere is in the form now: saving it again does not take it back.
    assert again["date"] == ["2024-02-02"]
    assert ed.post(INCIDENT, again).status_code == 302
    assert (state()["title"], state()["date"], state()["harmed"]) == (
        "Ed has the best title",
        "2024-02-02",
        ["acme"],
    )


def test_after_a_problem_the_form_still_knows_what_its_editor_had_seen(
    ed: Client, story: None
) -> None:
    first = opened(ed)
    save(people.signed_in("eve@people.example", "incident_editor"), title="Eve has a better title")

    refused = ed.post(INCIDENT, {**first, "date": ""})
    ed.post(INCIDENT, {**typed_in(site.tree(refused)), "date": "2024-03-03"})

    assert (state()["title"], state()["date"]) == ("Eve has a better title", "2024-03-03")


def test_likeness_is_said_of_both_and_overwrites_nothing(ed: Client, story: None) -> None:
    records.incident(8, editor_similar=[9], editor_dissimilar=[7])
    records.incident(9, editor_similar=[8])

    save(ed, editor_similar="8", editor_dissimilar="#9")

    assert (state()["editor_similar"], state()["editor_dissimilar"]) == ([8], [9])
    assert state(key="8")["editor_similar"] == [9, 7]
    assert state(key="8")["editor_dissimilar"] == []
    assert state(key="9")["editor_similar"] == [8]
    assert state(key="9")["editor_dissimilar"] == [7]

    save(ed, editor_similar="", editor_dissimilar="")
    assert state(key="8")["editor_similar"] == [9]
    assert state(key="9")["editor_dissimilar"] == []
    assert sound()


def test_incidents_that_read_alike_are_offered(ed: Client, story: None) -> None:
    records.incident(8, title="Another bus goes its own way", description="It went past a stop.")
    sync.catch_up(at=records.AT)
    page = site.tree(ed.get(INCIDENT))
    assert "Another bus goes its own way" in page.text

    save(ed, **{"likeness-8": "editor_similar"})

    assert state()["editor_similar"] == [8]


def test_translations_become_stale_with_the_words_and_fresh_when_touched(
    ed: Client, story: None
) -> None:
    for language in ("ja", "es", "fr"):
        records.incident_translation(7, language, f"Title in {language}", "Words")

    save(ed, title="A bus goes far astray", **{"translation-es-title": "Un autobús se pierde"})

    stale = {
        one: state("incident_translation", f"7:{one}")["is_dirty"] for one in ("ja", "es", "fr")
    }
    assert stale == {"ja": True, "es": False, "fr": True}
    save(ed, **{"translation-ja-checked": "true"}, editor_notes="n")
    assert state("incident_translation", "7:ja")["is_dirty"] is False
    save(ed, **{"translation-fr-title": "", "translation-fr-body": ""})
    assert recorded.state_of("incident_translation", "7:fr") is None
    save(ed, **{"translation-ar-title": "حافلة تضل الطريق"})
    assert state("incident_translation", "7:ar")["title"] == "حافلة تضل الطريق"
    assert sound()


def test_a_translation_that_two_write_is_a_conflict(ed: Client, story: None) -> None:
    first = opened(ed)
    other = people.signed_in("eve@people.example", "incident_editor")
    save(other, **{"translation-es-title": "El de Eve"})

    answer = ed.post(INCIDENT, {**first, "translation-es-title": "El de Ed"})

    assert answer.status_code == 409
    assert "El de Eve" in site.tree(answer).text
    assert state("incident_translation", "7:es")["title"] == "El de Eve"


def test_a_clone_takes_words_date_entities_and_editors_but_no_reports(
    ed: Client, story: None
) -> None:
    save(ed, editor_notes="A note")
    form = opened(ed, "/incidents/new/?incident_id=7")

    answer = ed.post("/incidents/new/", {**form, "title": "A second bus goes its own way"})

    assert answer["Location"] == "/cite/8/"
    made, first = state(key="8"), state()
    assert made["reports"] == []
    for name in ("description", "date", "deployers", "developers", "harmed", "editors"):
        assert made[name] == first[name], name
    assert made["editor_notes"] == "A note"
    assert sound()


def test_a_duplicate_leads_to_the_editor_of_the_true_incident(ed: Client, story: None) -> None:
    records.incident(8)
    records.duplicate(8, of=7)

    assert ed.get("/incidents/edit/?incident_id=8")["Location"] == INCIDENT
    for missing in ("?incident_id=99", "?incident_id=x", "", "?incident_id=-1"):
        assert ed.get(f"/incidents/edit/{missing}").status_code == 404


def test_a_report_is_edited(ed: Client, story: None) -> None:
    records.report_translation(71, "ja", "見出し", "本文")

    answer = save(
        ed,
        REPORT,
        url="https://press.example/a/b",
        text=f"**Bold** {TEXT}",
        authors="Ann Author\nSmith, Jr.",
        date_published="2024-02-03",
        tags="response",
        is_quiet="true",
        snippet_max_characters="100",
        language="es",
    )

    assert answer["Location"] == "/reports/71/"
    after = state("report", "71")
    assert after["source_domain"] == "press.example"
    assert after["plain_text"].startswith("Bold A bus")
    assert after["authors"] == ["Ann Author", "Smith, Jr."]
    assert after["published_at"] == "2024-02-03T00:00:00.000Z"
    assert (after["tags"], after["is_quiet"], after["language"]) == (["response"], True, "es")
    assert after["snippet_max_characters"] == 100
    assert state("report_translation", "71:ja")["is_dirty"] is True
    assert sound()


def test_a_report_changes_its_incidents_and_asks_before_it_changes_its_kind(
    ed: Client, story: None
) -> None:
    records.incident(8, reports=[])
    asked = save(ed, REPORT, incident_ids="")

    assert asked.status_code == 409
    assert "become an issue report" in site.tree(asked).text
    assert state()["reports"] == [71]

    ed.post(REPORT, {**typed_in(site.tree(asked)), "convert": "yes"})
    assert state()["reports"] == []
    save(ed, REPORT, incident_ids="7, 8", convert="yes")
    assert (state()["reports"], state(key="8")["reports"]) == ([71], [71])
    assert save(ed, REPORT, incident_ids="99").status_code == 422
    assert sound()


def test_links_that_others_made_meanwhile_stay(ed: Client, story: None) -> None:
    records.incident(8)
    records.incident(9)
    first = opened(ed, REPORT)
    other = people.signed_in("eve@people.example", "incident_editor")
    save(other, REPORT, incident_ids="7, 8")

    ed.post(REPORT, {**first, "incident_ids": "7, 9"})

    assert [state(key=key)["reports"] for key in ("7", "8", "9")] == [[71], [71], [71]]


def test_a_variant_has_no_source_and_needs_an_incident(ed: Client, story: None) -> None:
    records.report(
        72, title="", url="", source_domain="", text="It did so again.", inputs_outputs=["a", "b"]
    )
    records.incident(8, reports=[72])
    address = "/cite/edit/?report_number=72"
    form = opened(ed, address)
    assert "url" not in form

    assert save(ed, address, incident_ids="").status_code == 422
    save(ed, address, text="It did so once more.", inputs_outputs=["a", "changed", ""])

    after = state("report", "72")
    assert after["text"] == "It did so once more."
    assert after["inputs_outputs"] == ["a", "changed"]


def test_the_text_of_a_report_is_previewed_without_being_saved(ed: Client, story: None) -> None:
    answer = save(ed, REPORT, text=f"<script>alert(1)</script> **{TEXT.strip()}**", do="preview")

    assert answer.status_code == 200
    assert site.tree(answer).all("strong")
    assert b"<script>alert" not in answer.content
    assert state("report", "71")["text"] == TEXT

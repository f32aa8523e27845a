"""Variants: told by anybody, marked until an editor has read them, approved, rejected, undone."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.serve.http import limits
from incidentbase.store.accounts.rules import NotPermitted, anonymous
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from incidentbase.store.variants import actions
from incidentbase.store.variants.rules import VariantDraft
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

FORM = "/cite/7/variant/"
LIST = "/apps/variants/"
TEXT = "The bus drove past my stop as well, twice in one week, and nobody could get off it. " * 2
HOSTILE = (
    "<script>alert(1)</script>\u202e\u200b [win](https://evil.example/x) <https://evil.example/y> "
    "[x](javascript:alert(1)) ![p](https://evil.example/p.png)\n\n[r]\n\n[r]: https://evil.example/r"
)


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    cache.clear()
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


@pytest.fixture(autouse=True)
def stories() -> None:
    # The numbers of reports and incidents are crossed on purpose.
    records.report(7)
    records.report(3)
    records.incident(3, reports=[7])
    records.incident(7, reports=[3], title="A bus drives on")
    records.incident(8)
    records.incident(909, visibility="internal")


def send(client: Client, clock: Any, address: str = FORM, **typed: Any) -> Any:
    form = site.tree(client.get(address))
    hidden = {one["name"]: one["value"] for one in form.all("input", name="since")}
    clock.shift(30)
    return client.post(address, {**hidden, "text": TEXT, **typed})


def state(number: int, kind: str = "report") -> dict[str, Any]:
    return recorded.state_of(kind, str(number)) or {}


def shown(client: Client, address: str = "/cite/7/") -> list[site.Element]:
    return [
        one
        for one in site.tree(client.get(address)).all("article")
        if one.attributes.get("id", "").startswith("r") and one.all(class_="badge")
    ]


def errors(answer: Any) -> list[str]:
    return [one["id"] for one in site.tree(answer).all(class_="field__error")]


def sound() -> bool:
    return list(recorded.findings()) == []


def test_a_visitor_tells_of_a_variant_and_everybody_reads_it_as_not_reviewed(
    client: Client, clock: Any
) -> None:
    invitation = site.tree(client.get("/cite/7/")).section("variants")
    assert "Seen this happen too?" in invitation.text
    assert invitation.one("form")["action"] == FORM
    begun = site.tree(client.get(FORM, {"text": "The bus drove on"}))
    assert begun.one("textarea", name="text").text == "The bus drove on"

    answer = send(
        client,
        clock,
        date="2026-01-02",
        submitters="Ann Witness, Bo",
        exchanges=["Stop here, please", "It drove on", "", ""],
    )

    assert answer["Location"] == "/cite/7/#r8"
    page = site.tree(client.get("/cite/7/"))
    assert "not reviewed until an editor" in page.text
    (variant,) = shown(client)
    assert variant.one(class_="badge").text == "Not reviewed"
    assert "A reader told this; no editor has checked it yet." in variant.text
    assert [one.text for one in variant.all("li")] == ["Stop here, please", "It drove on"]
    assert client.get("/reports/8/")["Location"] == "/cite/7/#r8"
    assert sound()


def test_what_is_told_becomes_a_report_with_the_reference_s_defaults(
    client: Client, clock: Any
) -> None:
    send(client, clock)

    made = state(8)
    empty = ("title", "url", "source_domain", "image_url", "cloudinary_id", "plain_text")
    assert {made[name] for name in (*empty, "description", "editor_notes", "submitted_by")} == {""}
    assert made["text"] == TEXT.strip()
    assert (made["authors"], made["submitters"]) == ([], ["Anonymous"])
    assert (made["tags"], made["language"]) == (["variant:unreviewed"], "en")
    days = ("published_at", "downloaded_at", "submitted_at", "modified_at", "created_at")
    assert {made[name][:10] for name in days} == {"2026-03-04"}
    assert not made["is_flagged"]


def test_numbers_of_incident_and_report_are_never_taken_for_one_another(
    client: Client, clock: Any
) -> None:
    # Incident 7 exists beside report 7, of incident 3; the new report's number is that of
    # incident 8. The reference unlinked report 7 here and linked nothing (spec §9.3, 14).
    numbers = {"report": (3, 7), "incident": (3, 8)}
    before = {(kind, n): state(n, kind) for kind, found in numbers.items() for n in found}
    incident = state(7, "incident")

    send(client, clock)

    assert {(kind, n): state(n, kind) for kind, n in before} == before
    assert state(7, "incident") == {**incident, "reports": [3, 8]}
    assert "Headline of report 7" in site.tree(client.get("/cite/3/")).section("reports").text
    touched = {
        (one.kind, one.key) for one in history.all_in_order() if one.action == "variant.submit"
    }
    assert touched == {("report", "8"), ("incident", "7")}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"text": ""}, ["text"]),
        ({"text": "Too short."}, ["text"]),
        ({"text": "x" * 50_001}, ["text"]),
        ({"text": "", "exchanges": ["four", "It drove on"]}, ["text", "exchange-1"]),
        ({"exchanges": ["Stop here", "", "Stop, please"]}, ["exchange-2"]),
        ({"exchanges": ["x" * 50_001]}, ["exchange-1"]),
        ({"exchanges": ["It drove on"] * 51}, ["exchanges"]),
        ({"date": "2026-03-05"}, ["date"]),
        ({"date": "yesterday"}, ["date"]),
        ({"submitters": "x" * 201}, ["submitters"]),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    client: Client, clock: Any, typed: dict[str, Any], wrong: list[str]
) -> None:
    head = history.head_seq()
    answer = send(client, clock, **typed)
    assert answer.status_code == 422
    assert errors(answer) == [f"field-{one}-error" for one in wrong]
    assert history.head_seq() == head


def test_a_first_row_that_tells_enough_needs_no_description(client: Client, clock: Any) -> None:
    assert send(client, clock, text="", exchanges=["Stop here", ""]).status_code == 302
    assert state(8)["inputs_outputs"] == ["Stop here"]


def test_rows_are_added_by_a_button_and_keep_what_was_typed(client: Client, clock: Any) -> None:
    page = site.tree(client.post(FORM, {"do": "more", "text": "x", "exchanges": ["In", "Out"]}))
    rows = [one.raw for one in page.all("textarea", name="exchanges")]
    assert rows == ["In", "Out", "", ""]
    assert page.one("textarea", name="text").text == "x"
    many = client.post(FORM, {"do": "more", "exchanges": ["x"] * 500})
    assert not site.tree(many).all("button", value="more")


@pytest.mark.parametrize("number", [909, 999])
def test_a_hidden_incident_takes_none_and_is_as_if_it_were_missing(
    client: Client, number: int
) -> None:
    head = history.head_seq()
    address = f"/cite/{number}/variant/"
    missing = client.get("/cite/908/variant/").content
    assert client.get(address).content.replace(str(number).encode(), b"908") == missing
    assert client.post(address, {"text": TEXT}).status_code == 404
    assert history.head_seq() == head


def test_machines_are_slowed_down(client: Client, clock: Any) -> None:
    assert send(client, clock, website="x").status_code == 429
    assert client.post(FORM, {"text": TEXT}).status_code == 429
    most, _seconds = limits.LIMITS["variant"]
    answers = [send(client, clock).status_code for _ in range(most + 1)]
    assert answers == [302] * most + [429]


def test_nothing_that_strangers_write_runs_leads_away_or_hides(
    ed: Client, client: Client, clock: Any
) -> None:
    send(client, clock, text=HOSTILE + TEXT, submitters=HOSTILE[:150], exchanges=[HOSTILE, HOSTILE])
    for reader in (client, ed):
        for address in ("/cite/7/", LIST):
            page = site.tree(reader.get(address))
            assert [one for one in page.all("script") if one.raw.startswith("alert")] == []
            assert not {"\u202e", "\u200b"} & set(page.raw)
            (variant,) = shown(reader, address)
            links = [one for one in variant.links() if not one.startswith("/")]
            assert links == []
            assert not variant.all("img")
            assert "win" in variant.text
    ed.post(LIST, {"number": "8", "do": "rejected"})
    assert [one for one in shown(client)[0].links() if "evil" in one] == []
    ed.post(LIST, {"number": "8", "do": "approved"})
    assert "https://evil.example/x" in shown(client)[0].links()


def test_the_notice_of_a_sensitive_incident_covers_its_variants(client: Client, clock: Any) -> None:
    records.incident(7, reports=[3], title="A chatbot and a suicide")
    send(client, clock)
    for address in ("/cite/7/", LIST):
        (variant,) = shown(client, address)
        assert "The bus drove past" in variant.one("details", class_="sensitive").text


def test_an_editor_approves_rejects_and_undoes_each_as_one(
    ed: Client, client: Client, clock: Any
) -> None:
    send(client, clock)
    records.report(20, title="", url="", source_domain="", tags=["variant:approved", "response"])
    records.incident(8, reports=[20])
    for reader, forms in ((client, 0), (ed, 1)):
        page = site.tree(reader.get("/cite/7/")).section("variants")
        assert len(page.all("form", method="post")) == forms
    (form,) = site.tree(ed.get("/cite/7/")).section("variants").all("form", method="post")
    assert form["action"] == LIST

    answer = ed.post(LIST, {**site.typed_in(form), "do": "approved", "reason": "seen the film"})

    assert answer["Location"] == "/reports/8/"
    assert state(8)["tags"] == ["variant:approved"]
    said = site.tree(ed.get(ed.get("/reports/8/")["Location"]))
    (undo,) = [link for link in said.links() if link.startswith("/history/")]
    assert shown(client)[0].one(class_="badge").text == "Approved"
    assert ed.post(undo).status_code == 302
    assert state(8)["tags"] == ["variant:unreviewed"]

    answer = ed.post(LIST, {"number": "20", "do": "rejected", "next": f"{LIST}?status=approved"})
    assert answer["Location"] == f"{LIST}?status=approved"
    assert state(20)["tags"] == ["response", "variant:rejected"]
    head = history.head_seq()
    ed.post(LIST, {"number": "20", "do": "rejected"})
    assert history.head_seq() == head
    assert ed.post(LIST, {"number": "20", "do": "approved", "next": "//evil.example"})[
        "Location"
    ] == (LIST)
    assert sound()


def test_an_editor_withdraws_a_variant_and_puts_it_back(
    ed: Client, client: Client, clock: Any
) -> None:
    send(client, clock)
    ed.post("/cite/withdraw/?report_number=8", {"reason": "names a child"})
    assert shown(client) == shown(client, f"{LIST}?status=") == []
    act = recorded.newest_act("report", "8")
    assert ed.post(f"/history/{act}/").status_code == 302
    assert len(shown(client)) == 1
    assert sound()


@pytest.mark.parametrize(
    "typed",
    [
        {"number": "3", "do": "approved"},
        {"number": "99", "do": "approved"},
        {"number": "", "do": "approved"},
        {"number": "8", "do": "unreviewed"},
        {"number": "8", "do": ""},
    ],
)
def test_a_review_that_makes_no_sense_writes_nothing(
    ed: Client, client: Client, clock: Any, typed: dict[str, str]
) -> None:
    send(client, clock)
    head = history.head_seq()
    assert ed.post(LIST, typed).status_code == 404
    assert history.head_seq() == head


@pytest.mark.parametrize("role", ["", "subscriber", "submitter", "taxonomy_editor"])
def test_nobody_but_editors_reviews(client: Client, clock: Any, role: str) -> None:
    send(client, clock)
    other = people.signed_in("ann@people.example", role) if role else client
    assert other.post(LIST, {"number": "8", "do": "approved"}).status_code == 404
    assert state(8)["tags"] == ["variant:unreviewed"]
    with pytest.raises(NotPermitted):
        actions.review(8, "approved", actor=anonymous(records.AT))


@pytest.fixture
def several() -> None:
    for number, status, day in ((21, "approved", 5), (22, "rejected", 6), (23, "", 7)):
        moment = f"2025-01-{day:02}T00:00:00.000Z"
        tags = [f"variant:{status}"] if status else []
        told = {"title": "", "url": "", "source_domain": "", "text": f"=Told {number}"}
        records.report(number, tags=tags, submitted_at=moment, published_at=moment, **told)
    records.report(24, title="", url="", source_domain="")
    records.incident(8, reports=[21])
    records.incident(7, reports=[3, 22, 23])
    records.incident(909, reports=[24], visibility="internal")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [23]),
        ("?status=approved", [21]),
        ("?status=rejected", [22]),
        ("?status=", [23, 22, 21]),
        ("?status=nonsense", [23]),
        ("?status=&sort=oldest", [21, 22, 23]),
        ("?status=&sort=incident", [22, 23, 21]),
        ("?status=&sort=happened", [23, 22, 21]),
        ("?status=&sort=nonsense&page=99", [23, 22, 21]),
    ],
)
def test_the_list_is_narrowed_sorted_and_the_same_for_programs(
    client: Client, several: None, query: str, numbers: list[int]
) -> None:
    page = site.tree(client.get(f"{LIST}{query}"))
    assert [int(one["id"][1:]) for one in page.all("article")] == numbers
    found = client.get(f"/apps/variants.json{query}").json()["variants"]
    assert [one["report_number"] for one in found] == numbers
    body = site.body_of(client.get(f"/apps/variants.csv{query}")).decode()
    rows = list(csv.DictReader(io.StringIO(body, newline="")))
    assert [int(row["report_number"]) for row in rows] == numbers
    assert {row["text"][:2] for row in rows} == {"'="}


def test_the_list_comes_in_pages_and_counts_every_status(client: Client, several: None) -> None:
    for number in range(100, 130):
        records.report(number, title="", url="", source_domain="")
    records.incident(8, reports=[21, *range(100, 130)])
    first = site.tree(client.get(LIST))
    assert len(first.all("article")) == 25
    counts = [one.text for one in first.all(class_="tabs__count")]
    assert counts == ["31", "1", "1", "33"]
    (following,) = [link for link in first.links() if "page=2" in link]
    assert len(site.tree(client.get(LIST + following[len(LIST) :])).all("article")) == 6


def test_an_editor_s_own_variant_does_not_make_him_an_editor_of_the_incident() -> None:
    ed = people.viewer(people.account("ed@people.example", "incident_editor"))
    number = actions.submit(7, VariantDraft(text=TEXT), actor=ed)
    assert state(7, "incident")["editors"] == []
    assert state(number)["submitted_by"] == ed.account_id

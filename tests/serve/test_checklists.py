"""Checklists through HTTP: the list, reading, the editor without JavaScript, sharing, exports."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts.models import Account
from incidentbase.store.assessing.rules import MOST_RISKS
from incidentbase.store.checklists import queries, rules
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.history import queries as history
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

GOAL = "GMF:Known AI Goal:Driving"
OTHER_GOAL = "GMF:Known AI Goal:Parking"
HASTE = "GMF:Known AI Technical Failure:Haste"


@pytest.fixture(autouse=True)
def archive() -> None:
    records.taxonomy(
        "GMF",
        records.field("Known AI Goal", "list"),
        records.field("Known AI Technical Failure", "list"),
    )
    for number, goal, failures in (
        (1, "Driving", ["Haste", "Blindness"]),
        (2, "Driving", ["Haste"]),
        (3, "Parking", ["Haste"]),
    ):
        records.incident(number)
        records.classification(
            "GMF",
            number,
            ["Known AI Goal", json.dumps([goal])],
            ["Known AI Technical Failure", json.dumps(failures)],
        )


@pytest.fixture
def olga() -> Client:
    return people.signed_in("olga@people.example")


def state() -> dict[str, Any]:
    return recorded.state_of("checklist", Checklist.objects.get().public_id) or {}


def made(client: Client) -> str:
    """Make a checklist by the button and return the address of its editor."""
    answer = client.post("/apps/checklists/", {"do": "new"})
    assert answer.status_code == 302
    return str(answer["Location"])


def form_of(client: Client, address: str) -> dict[str, Any]:
    page = site.tree(client.get(address))
    (form,) = (one for one in page.all("form", method="post") if one.all("input", name="seen"))
    return site.typed_in(form)


def send(client: Client, address: str, **typed: Any) -> Any:
    return client.post(address, {**form_of(client, address), **typed})


def described(client: Client) -> str:
    address = made(client)
    send(client, address, **{"name": "A car", "tags.goals": f"{GOAL}\n{OTHER_GOAL}"})
    return address


def share(client: Client, address: str, sharing: str) -> str:
    """Share a checklist and return its link, empty where there is none."""
    assert client.post(address, {"do": sharing}).status_code == 302
    page = site.tree(client.get(address))
    codes = page.all("code", id="checklist-link")
    return codes[0].text.removeprefix("http://localhost") if codes else ""


def test_visitors_are_asked_to_sign_in_and_see_what_is_published(client: Client, olga: Client):
    address = described(olga)
    page = site.tree(client.get("/apps/checklists/"))
    assert "Sign in to make checklists" in page.text
    assert "A car" not in page.text
    assert client.post("/apps/checklists/", {"do": "new"})["Location"].startswith("/login/")
    share(olga, address, rules.PUBLISHED)
    assert "A car" in site.tree(client.get("/apps/checklists/")).text
    assert client.get("/apps/checklists").status_code == 301


def test_the_address_of_the_reference_leads_to_the_checklist(client: Client, olga: Client):
    address = described(olga)
    key = Checklist.objects.get().checklist_id
    assert olga.get(f"/apps/checklists/?id={key}")["Location"] == f"/apps/checklists/{key}/"
    assert olga.get(f"/apps/checklists?id={key}", follow=True).status_code == 200
    for asked in (key, "none", "a/b", "%00"):
        assert client.get(f"/apps/checklists/?id={asked}").status_code in (200, 404)
    assert client.get(f"/apps/checklists/?id={key}").status_code == 404
    assert address == f"/apps/checklists/{key}/edit/"


def test_a_checklist_is_described_annotated_and_read(olga: Client):
    address = made(olga)
    answer = send(
        olga, address, **{"name": "A car", "about": "It drives.", "tags.goals": "Driving"}
    )
    assert answer.status_code == 302
    page = site.tree(olga.get(address))
    assert page.one("textarea", id="field-tags.goals").raw == GOAL
    assert [one.text for one in page.section("suggested").all("h3")] == ["Haste", "Blindness"]

    answer = send(olga, address, do=f"annotate:{HASTE}")
    anchor = answer["Location"].partition("#risk-")[2]
    assert state()["risks"][0]["id"] == anchor
    assert state()["risks"][0]["tags"] == [HASTE]
    risk = f"risk.{anchor}."
    send(
        olga,
        address,
        **{
            f"{risk}severity": "critical",
            f"{risk}likelihood": "likely",
            f"{risk}risk_status": "Mitigated",
            f"{risk}risk_notes": "A second pair of eyes.",
        },
    )
    page = site.tree(olga.get(address.removesuffix("edit/")))
    words = page.section("risks").text
    for said in ("Haste", "Mitigated", "Critical", "Likely", "2 precedents", "second pair"):
        assert said in words
    assert [one.text for one in page.section("suggested").all("h3")] == ["Blindness"]
    cell = next(one for one in page.section("matrix").all("td") if one.all("a"))
    assert (cell.text, cell.one("a")["href"]) == ("Extreme Haste", f"#risk-{anchor}")
    assert "matrix__cell--extreme" in cell["class"]
    assert "Private: only you see it" in page.text


def test_a_risk_of_ones_own_is_added_and_deleted(olga: Client):
    address = described(olga)
    anchor = send(olga, address, do="add", about="Typed before.")["Location"].partition("#risk-")[2]
    assert state()["about"] == "Typed before."
    send(olga, address, **{f"risk.{anchor}.title": "Rust", f"risk.{anchor}.tags": HASTE})
    assert (state()["risks"][0]["title"], state()["risks"][0]["tags"]) == ("Rust", [HASTE])
    send(olga, address, do=f"remove:{anchor}")
    assert state()["risks"] == []


def test_as_many_risks_as_a_form_can_hold_are_saved(olga: Client):
    owner = Account.objects.get(email="olga@people.example").public_id
    records.bring_in("checklist", imported(owner, MOST_RISKS))
    address = f"/apps/checklists/imported-{MOST_RISKS}/edit/"
    assert send(olga, address, about="All of them.").status_code == 302
    refused = send(olga, address, do="add")
    assert refused.status_code == 422
    assert "No more than 150 are possible." in site.tree(refused).text
    assert (state()["about"], len(state()["risks"])) == ("All of them.", MOST_RISKS)


def test_what_nobody_is_classified_with_is_no_tag_and_the_rest_is_kept(olga: Client):
    address = described(olga)
    answer = send(olga, address, **{"about": "Kept.", "tags.other": "Nonsense:is:this"})
    assert answer.status_code == 422
    page = site.tree(answer)
    assert "No incident is classified so: Nonsense:is:this" in page.text
    assert page.one("textarea", id="field-tags.other").raw == "Nonsense:is:this"
    assert (state()["about"], state()["tags"]["other"]) == ("Kept.", [])


def test_bad_values_are_said_beside_their_fields_and_nothing_is_kept(olga: Client):
    address = described(olga)
    anchor = send(olga, address, do="add")["Location"].partition("#risk-")[2]
    before = state()
    for typed in (
        {"name": ""},
        {"name": "x" * 501},
        {"about": "x" * 20_001},
        {f"risk.{anchor}.severity": "worse"},
        {f"risk.{anchor}.risk_status": "Done"},
        {f"risk.{anchor}.title": "  "},
    ):
        answer = send(olga, address, **typed)
        assert answer.status_code == 422, typed
        assert site.tree(answer).all("p", class_="field__error"), typed
    assert state() == before
    assert (
        send(olga, address, do="annotate:GMF:Known AI Technical Failure:Other").status_code == 404
    )
    assert send(olga, address, do="annotate:nothing").status_code == 404


def test_saving_while_typing_answers_with_the_version_and_leaves_half_a_tag_alone(olga: Client):
    address = described(olga)
    answer = send(olga, address, do="autosave", about="Typed.", **{"tags.methods": "GMF:Kn"})
    assert answer.status_code == 200
    assert answer.json()["taken"] == {}
    assert (state()["about"], state()["tags"]["methods"]) == ("Typed.", [])
    refused = send(olga, address, do="autosave", name="")
    assert refused.status_code == 422
    assert list(refused.json()["problems"]) == ["name"]


def test_two_windows_meet(olga: Client):
    address = described(olga)
    first, second = form_of(olga, address), form_of(olga, address)
    olga.post(address, {**first, "about": "From one."})
    answer = olga.post(address, {**second, "name": "A bus", "do": "autosave"})
    assert answer.json()["taken"] == {"about": "From one."}
    assert (state()["name"], state()["about"]) == ("A bus", "From one.")
    clash = olga.post(address, {**second, "about": "From the other."})
    assert clash.status_code == 409
    page = site.tree(clash)
    assert "From one." in page.text
    assert page.one("textarea", id="field-about").raw == "From the other."
    again = {**site.typed_in(_form(page)), "do": "save"}
    assert olga.post(address, again).status_code == 302
    assert (state()["name"], state()["about"]) == ("A bus", "From the other.")


def _form(page: site.Element) -> site.Element:
    return next(one for one in page.all("form", method="post") if one.all("input", name="seen"))


def test_the_owner_says_what_counts_as_a_risk(olga: Client):
    records.taxonomy("MIT", records.field("Risk Domain", "enum"), weight=1)
    records.classification("MIT", 1, ["Risk Domain", '"Safety"'])
    address = described(olga)
    send(olga, address, risk_fields=["MIT:Risk Domain", "MIT:No such field"])
    assert state()["risk_fields"] == ["MIT:Risk Domain"]
    page = site.tree(olga.get(address))
    assert [one.text for one in page.section("suggested").all("h3")] == ["Safety"]


def test_precedents_are_filtered_by_tag_and_risks_sorted(olga: Client):
    address = described(olga)
    reader = address.removesuffix("edit/")
    page = site.tree(olga.get(reader))
    assert "3 precedents" in page.section("suggested").text
    hide = next(one for one in page.all("a", class_="chip") if OTHER_GOAL in one.text)
    page = site.tree(olga.get(hide["href"]))
    assert "2 precedents" in page.section("suggested").text
    for title, severity in (("Slight", "minor"), ("Grave", "critical"), ("Blank", "")):
        anchor = send(olga, address, do="add")["Location"].partition("#risk-")[2]
        risk = f"risk.{anchor}."
        send(olga, address, **{f"{risk}title": title, f"{risk}severity": severity})
    assert len(site.tree(olga.get(address)).all("details", class_="more", open="")) == 3
    assert site.tree(olga.get(f"{address}?fold=yes")).all("details", class_="more", open="") == []
    assert site.tree(olga.get(reader)).all("details", class_="more", open="") == []
    unfold = next(one for one in site.tree(olga.get(reader)).all("a") if one.text == "Expand all")
    assert len(site.tree(olga.get(unfold["href"])).all("details", class_="more", open="")) == 2
    page = site.tree(olga.get(f"{reader}?sort=severity"))
    assert [one.text for one in page.section("risks").all("h3")] == ["Grave", "Slight", "Blank"]


def test_a_link_is_made_anew_and_revoked(client: Client, olga: Client):
    address = described(olga)
    first = share(olga, address, rules.LINK)
    assert first.startswith("/apps/checklists/shared/")
    assert "A car" in site.tree(client.get(first)).text
    for kind in ("json", "csv", "html", "md"):
        assert client.get(f"{first.rstrip('/')}.{kind}").status_code == 200
    second = share(olga, address, rules.LINK)
    assert first != second
    share(olga, address, rules.PRIVATE)
    for link in (first, second, f"{first[:-2]}0/", "/apps/checklists/shared/x/"):
        assert client.get(link).status_code == 404
        assert client.get(f"{link.rstrip('/')}.json").status_code == 404


def test_who_has_the_link_clones_and_edits_only_the_copy(olga: Client):
    address = described(olga)
    link = share(olga, address, rules.LINK)
    otto = people.signed_in("otto@people.example")
    page = site.tree(otto.get(link))
    form = next(one for one in page.all("form", method="post") if one.all("input", name="code"))
    answer = otto.post("/apps/checklists/", {**site.typed_in(form), "do": "clone"})
    copy = answer["Location"]
    assert copy != address
    assert otto.get(address).status_code == 404
    assert send(otto, copy, name="Mine").status_code == 302
    assert Checklist.objects.get(name="Mine").sharing == rules.PRIVATE
    assert Checklist.objects.filter(name="A car").count() == 1


def test_somebody_elses_private_checklist_is_nowhere(olga: Client):
    address = described(olga)
    row = Checklist.objects.get()
    key, object_id = row.checklist_id, row.public_id
    group = recorded.newest_act("checklist", object_id)
    editor = people.signed_in("eve@people.example", "incident_editor", "taxonomy_editor")
    strangers = (people.browser(), people.signed_in("otto@people.example"), editor)
    places = [f"/apps/checklists/{one}" for one in (f"{key}/", f"{key}/edit/", f"{key}/delete/")]
    places += [
        f"/apps/checklists/{one}.{kind}" for one in (key, object_id, row.pk) for kind in KINDS
    ]
    places += [f"/apps/checklists/shared/{object_id}/", f"/apps/checklists/?id={key}"]
    before = history.head_seq()
    for client in strangers:
        for place in places:
            assert client.get(place).status_code == 404, place
        for wanted in ("save", "add", "autosave", "private", "link", "published", "follow"):
            for place in places[:3]:
                answer = client.post(place, {"do": wanted, "name": "Stolen", "seen": ""})
                assert answer.status_code == 404, (place, wanted)
        copied = client.post("/apps/checklists/", {"do": "clone", "checklist": key})
        assert copied.status_code in (302, 404)
        for place in ("/apps/checklists/", "/history.jsonl", "/apps/discover.json?s=car"):
            body = site.body_of(client.get(place))
            for secret in (b"A car", key.encode(), object_id.encode()):
                assert secret not in body, place
    assert editor.get(f"/history/{group}/").status_code == 404
    assert editor.post(f"/history/{group}/").status_code == 404
    assert history.head_seq() == before
    assert olga.get(address).status_code == 200


KINDS = ("json", "csv", "html", "md")


def test_readers_of_a_published_one_cannot_edit_it(client: Client, olga: Client):
    address = described(olga)
    share(olga, address, rules.PUBLISHED)
    otto = people.signed_in("otto@people.example")
    for reader in (client, otto):
        page = site.tree(reader.get(address.removesuffix("edit/")))
        assert not [link for link in page.links() if "/edit/" in link]
        assert reader.get(address).status_code == 404
        assert reader.post(address, {"do": "save", "name": "Stolen"}).status_code == 404
    assert state()["name"] == "A car"


def test_deleting_asks_first_and_ends_the_addresses(olga: Client):
    address = described(olga)
    link = share(olga, address, rules.LINK)
    gone = address.replace("/edit/", "/delete/")
    assert "Only an admin of this site could bring it back" in site.tree(olga.get(gone)).text
    assert Checklist.objects.exists()
    assert olga.post(gone)["Location"] == "/apps/checklists/"
    for place in (address, gone, link):
        assert olga.get(place).status_code == 404


def test_exports_hold_what_is_kept_and_what_is_suggested(olga: Client):
    address = described(olga)
    send(olga, address, do=f"annotate:{HASTE}")
    base = address.removesuffix("/edit/")

    told = olga.get(f"{base}.json").json()
    assert (told["name"], told["tags_goals"]) == ("A car", [GOAL, OTHER_GOAL])
    assert [(one["title"], one["generated"]) for one in told["risks"]] == [
        ("Haste", False),
        ("Blindness", True),
    ]
    assert told["risks"][1]["precedents"] == [
        {
            "incident_id": 1,
            "title": "Title of incident 1",
            "description": "Description of incident 1.",
            "tags": [GOAL],
        }
    ]
    rows = list(csv.reader(io.StringIO(site.body_of(olga.get(f"{base}.csv")).decode())))
    assert [row[:1] for row in rows[:5]] == [
        ["Name"],
        ["About"],
        ["Goals"],
        ["Methods"],
        ["Other tags"],
    ]
    assert rows[5:8] == [
        [],
        ["== Risks =="],
        ["Title", "Tags", "Status", "Severity", "Likelihood", "Precedents", "Notes"],
    ]
    assert rows[8] == ["Haste", HASTE, "Not Mitigated", "", "", "3, 2, 1", ""]
    assert rows[9][0] == "Blindness"
    document = site.tree(olga.get(f"{base}.html"))
    assert [one.text for one in document.all("h3")] == ["Haste", "Blindness"]
    assert document.all("dd", class_="status")[0].text == "Not Mitigated"
    written = olga.get(f"{base}.md").content.decode()
    assert written.startswith("# A car\n")
    assert "- [Title of incident 1](http://localhost/cite/1/)" in written


def test_exports_carry_neither_formulas_nor_markup(olga: Client):
    address = described(olga)
    nasty = '=HYPERLINK("https://evil.example")'
    send(
        olga, address, name=nasty, about="<script>alert(1)</script>\n\n# [x](https://evil.example)"
    )
    anchor = send(olga, address, do="add")["Location"].partition("#risk-")[2]
    send(olga, address, **{f"risk.{anchor}.title": "@SUM(A1)", f"risk.{anchor}.risk_notes": nasty})
    base = address.removesuffix("/edit/")

    answer = olga.get(f"{base}.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0][1] == f"'{nasty}"
    assert [rows[8][0], rows[8][6]] == ["'@SUM(A1)", f"'{nasty}"]
    assert "\n" not in answer["Content-Disposition"]
    assert b"<script>alert" not in olga.get(f"{base}.html").content
    written = olga.get(f"{base}.md").content.decode()
    assert "<script>" not in written
    assert "](https://evil" not in written
    for place in (address, address.removesuffix("edit/"), "/apps/checklists/"):
        assert b"<script>alert" not in olga.get(place).content


def test_tags_are_suggested_while_one_types(client: Client):
    def names(query: str) -> list[str]:
        return client.get(f"/apps/checklists/tags.json?{query}").json()["names"]

    assert names("for=goals&q=driv") == [GOAL]
    assert names("for=risks&q=haste") == [HASTE]
    assert names("for=nothing&q=haste") == names("for=goals&q=") == names("for=goals&q=%00") == []


def test_what_an_import_said_freely_is_shown_and_may_stay(olga: Client):
    owner = Account.objects.get(email="olga@people.example").public_id
    records.bring_in("checklist", imported(owner))
    page = site.tree(olga.get("/apps/checklists/imported-one/"))
    assert "rather bad" in page.text
    assert "1 risk has no place here" in page.text
    address = "/apps/checklists/imported-one/edit/"
    assert send(olga, address, about="Changed.").status_code == 302
    assert state()["risks"][0]["severity"] == "rather bad"
    assert state()["risks"][0]["extra"] == 1


def imported(owner: str, number: int = 1) -> dict[str, Any]:
    return {
        "object_id": records.object_id("checklist", number),
        "checklist_id": "imported-one" if number == 1 else f"imported-{number}",
        "owner_id": owner,
        "name": f"Imported {number}",
        "about": "",
        "tags": {"goals": [GOAL], "methods": [], "other": ["no tag at all"]},
        "risk_fields": [],
        "sharing": "published",
        "link_id": "",
        "created_at": None,
        "updated_at": None,
        "risks": [
            {
                "id": f"r{one}",
                "title": f"Risk {one}",
                "tags": [HASTE],
                "severity": "rather bad",
                "extra": 1,
            }
            for one in range(number)
        ],
    }


def test_no_page_asks_more_often_the_more_there_is(olga: Client):
    owner = Account.objects.get(email="olga@people.example").public_id
    for number in range(2, 32):
        records.bring_in("checklist", imported(owner if number % 2 else "", number))
    asked = {}
    for place in ("", "imported-31/", "imported-31/edit/", "imported-31.json", "imported-31.csv"):
        with CaptureQueriesContext(connection) as captured:
            assert olga.get(f"/apps/checklists/{place}").status_code == 200
        asked[place] = len(captured)
    assert {place: number for place, number in asked.items() if number > 15} == {}


def test_a_token_for_reading_changes_nothing(olga: Client):
    owner = people.viewer(Account.objects.get(email="olga@people.example").public_id)
    address = described(olga)
    reader = people.browser()
    token = accounts.create_token("key", "read", actor=owner)
    reader.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token.text}"
    assert reader.get(address.removesuffix("edit/")).status_code == 200
    before = history.head_seq()
    assert reader.post(address, {"do": "save", "name": "Changed"}).status_code == 404
    assert reader.post("/apps/checklists/", {"do": "new"}).status_code == 404
    assert history.head_seq() == before
    assert queries.get(state()["checklist_id"], viewer=owner)

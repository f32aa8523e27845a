"""The pages of annotators, coordinators and adjudicators, and the files of codings."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.formats import taxonomies as files
from incidentbase.index import sync
from incidentbase.ingest import definitions
from incidentbase.serve.web.forms.classifying import key_of
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import actions
from incidentbase.store.classifying import actions as classifying
from incidentbase.store.codings.models import Coding
from incidentbase.store.records import queries as recorded
from incidentbase.store.taxonomies.models import Classification
from tests.make import codings, people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

NS = "Everything"
SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
PAGES = f"/apps/codings/{NS.lower()}/"
BOARD = f"{PAGES}incident/7/"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture(autouse=True)
def taxonomy() -> None:
    definition, _ = files.read(SAMPLE)
    classifying.define(definitions.state_of(definition), actor=records.actor())
    for number in (7, 8, 9):
        records.report(number * 10)
        records.incident(number, reports=[number * 10])


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "taxonomy_editor")


@pytest.fixture
def ann() -> Client:
    return people.signed_in("ann@people.example", f"taxonomy_editor:{NS}")


@pytest.fixture
def bob() -> Client:
    return people.signed_in("bob@people.example", "incident_editor")


def who(name: str) -> Viewer:
    return people.viewer(Account.objects.get(email=f"{name}@people.example").public_id)


def form_in(answer: Any, marker: str = "seen") -> dict[str, Any]:
    page = site.tree(answer)
    (form,) = [one for one in page.all("form", method="post") if one.all("input", name=marker)]
    return site.typed_in(form)


def give_out(ed: Client, *names: str, numbers: str = "7", **more: Any) -> Any:
    form = form_in(ed.get(f"{PAGES}assign/"), "annotator")
    typed = {"numbers": numbers, "annotator": [who(name).account_id for name in names]}
    return ed.post(f"{PAGES}assign/", {**form, **typed, "do": "assign", **more})


def address_of(name: str, number: int = 7) -> str:
    return f"/codings/{codings.key_of(who(name), number)}/"


def code(
    client: Client, name: str, do: str = "hand-in", number: int = 7, notes: str = "", **answers: Any
) -> Any:
    typed = {key_of(question): said for question, said in answers.items()}
    typed["notes"] = notes
    address = address_of(name, number)
    return client.post(address, {**form_in(client.get(address)), **typed, "do": do})


def row_of(page: site.Element, name: str) -> site.Element:
    return page.one("div", id=f"{key_of(name)}-question")


def test_codings_are_given_out(ed: Client, ann: Client, bob: Client) -> None:
    form = form_in(ed.get(f"{PAGES}assign/"), "annotator")
    assert form["seed"][0]
    typed = {
        **form,
        "numbers": "7, 8 9",
        "annotator": [who("ann").account_id, who("bob").account_id],
        "each": "2",
        "share": "34",
        "due": "2026-04-01",
        "instruction": "Mind the date.",
    }
    plan = site.tree(ed.post(f"{PAGES}assign/", {**typed, "do": "plan"}))
    assert "5 codings would be given out" in plan.text
    assert Coding.objects.count() == 0
    # What was typed is still there, and what was shown is what happens.
    again = form_in(ed.post(f"{PAGES}assign/", {**typed, "do": "plan"}), "annotator")
    assert ed.post(f"{PAGES}assign/", {**again, "do": "assign"})["Location"] == PAGES
    assert Coding.objects.count() == 5
    page = site.tree(ed.get(PAGES)).text
    assert "0 of 5" in page
    assert "Due: April 1, 2026" in page
    queue = site.tree(ann.get("/apps/codings/")).text
    assert "Mind the date." in queue
    assert "0 / 13" in queue


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"numbers": "7 x"}, "“x” is not a number."),
        ({"numbers": ""}, "Please fill this in."),
        ({"numbers": "99"}, "There is no incident 99."),
        ({"numbers": "99", "kind": "report"}, "There is no report 99."),
        ({"annotator": []}, "Choose at least one annotator."),
        ({"each": "3"}, "Write a whole number from 1 to 1."),
        ({"share": "0"}, "Write a whole number from 1 to 100."),
        ({"due": "soon"}, "Write a day as 2024-05-31."),
        ({"instruction": "x" * 2_001}, "This is too long; the limit is 2000."),
    ],
)
def test_what_is_wrong_with_a_plan_stands_beside_it(
    ed: Client, ann: Client, typed: dict[str, Any], said: str
) -> None:
    answer = give_out(ed, "ann", **{"numbers": "7", **typed})
    assert answer.status_code == 422
    assert said in site.tree(answer).text
    assert Coding.objects.count() == 0


def test_records_come_from_discover(ed: Client, ann: Client) -> None:
    sync.catch_up(at=records.AT)
    address = "https://db.example/apps/discover/?incident_id=8||9"
    answer = give_out(ed, "ann", numbers="", address=address)
    assert answer.status_code == 302
    form = form_in(ed.get(answer["Location"]), "annotator")
    assert form["numbers"] == ["9, 8"]


def test_a_coding_is_done_step_by_step(ed: Client, ann: Client, bob: Client) -> None:
    give_out(ed, "ann", "bob", numbers="7, 8")
    wrong = code(ann, "ann", Hurt="many")
    assert wrong.status_code == 422
    assert "must be a whole number" in row_of(site.tree(wrong), "Hurt").text
    missing = code(ann, "ann", Outcome="yes")
    assert "Please fill this in" in row_of(site.tree(missing), "Summary").text

    typed = form_in(ann.get(address_of("ann")))
    kept = ann.post(address_of("ann"), {**typed, key_of("Stage"): "Data", "do": "autosave"})
    assert kept.status_code == 200
    late = ann.post(address_of("ann"), {**typed, key_of("Stage"): "Idea", "do": "autosave"})
    assert late.status_code == 409
    seen = kept.json()["version"]
    wrong = ann.post(
        address_of("ann"), {**typed, "seen": seen, key_of("Hurt"): "x", "do": "autosave"}
    )
    assert wrong.json()["problems"] == {"Hurt": "This must be a whole number."}
    assert "Begun" in site.tree(ed.get(PAGES)).text

    key = key_of("Parties")
    groups = form_in(ann.post(address_of("ann"), {**typed, "do": f"more-{key}"}))
    assert groups[f"{key}-rows"] == ["2"]

    done = code(ann, "ann", Summary="A bot lied.")
    assert done["Location"] == address_of("ann", 8)
    closed = ann.get(address_of("ann"))
    assert "A bot lied." in closed.content.decode()
    assert "1 of 2" in site.tree(ann.get("/apps/codings/")).text
    assert ann.post(address_of("ann"), {"do": "autosave"}).status_code == 422
    late = ann.post(address_of("ann"), {**typed, "do": "save"})
    assert late.status_code == 409
    assert "was not saved" in late.content.decode()
    ann.post(address_of("ann"), {"do": "take-back"})
    assert form_in(ann.get(address_of("ann")))[key_of("Summary")] == ["A bot lied."]
    code(ann, "ann")
    assert code(ann, "ann", number=8, Summary="Done.")["Location"] == "/apps/codings/"


def test_others_words_in_two_windows_are_shown(ed: Client, ann: Client) -> None:
    give_out(ed, "ann")
    late = form_in(ann.get(address_of("ann")))
    code(ann, "ann", do="save", Outcome="yes", Words="one")
    answer = ann.post(address_of("ann"), {**late, key_of("Outcome"): "no", "do": "save"})
    assert answer.status_code == 409
    form = form_in(answer)
    assert (form[key_of("Words")], form[key_of("Outcome")]) == (["one"], ["no"])
    assert ann.post(address_of("ann"), {**form, "do": "save"}).status_code == 302


def test_nobody_opens_the_coding_of_another(ed: Client, ann: Client, bob: Client) -> None:
    give_out(ed, "ann")
    admin = people.signed_in("admin@people.example", "admin")
    for other in (ed, bob, admin, people.signed_in("sub@people.example")):
        assert other.get(address_of("ann")).status_code == 404
        assert other.post(address_of("ann"), {"do": "save"}).status_code == 404
    assert people.browser().get(address_of("ann"))["Location"].startswith("/login/")
    for address in (PAGES, f"{PAGES}assign/", f"{PAGES}adjudication/", BOARD):
        assert bob.get(address).status_code == 404, address
    # A copy is no taxonomy to code by, and a taxonomy must be there.
    for name in ("None", f"{NS}_Annotator-1"):
        assert ed.get(f"/apps/codings/{name}/").status_code == 404
        assert ed.get(f"/apps/codings/{name}.csv").status_code == 404


def act(ed: Client, do: str, *keys: str, **more: Any) -> Any:
    return ed.post(PAGES, {"coding": keys, "do": do, **more})


def test_codings_are_managed_in_the_table(ed: Client, ann: Client, bob: Client) -> None:
    give_out(ed, "ann")
    key = codings.key_of(who("ann"), 7)
    assert "Choose at least one coding." in site.tree(act(ed, "withdraw")).text
    assert "Write a day as" in site.tree(act(ed, "terms", key, due="soon")).text
    act(ed, "terms", key, due="2026-03-01", instruction="Hurry.")
    assert "Late" in site.tree(ed.get(f"{PAGES}?show=late")).text
    assert "Late" in site.tree(ann.get("/apps/codings/")).text
    code(ann, "ann", Summary="One.")
    assert "Nothing is like that." in site.tree(ed.get(f"{PAGES}?show=open")).text
    act(ed, "give-back", key, reason="Look at the date again.")
    assert ann.get(address_of("ann")).content.decode().count("<form") > 1
    act(ed, "reassign", key, annotator=who("bob").account_id)
    assert ann.get(address_of("ann")).status_code == 404
    assert bob.get(address_of("bob")).status_code == 200
    act(ed, "withdraw", codings.key_of(who("bob"), 7))
    assert bob.get(address_of("bob")).status_code == 404
    assert "Nothing is given out yet" in site.tree(ed.get(PAGES)).text


def both_coded(ed: Client, ann: Client, bob: Client) -> None:
    give_out(ed, "ann", "bob")
    code(ann, "ann", Summary="A bot lied.", Outcome="yes", Harms=["Body"], notes="Ann’s.")
    assert "Somebody still codes this record" in site.tree(ed.get(BOARD)).text
    code(bob, "bob", Summary="A bot lied.", Outcome="maybe", Harms=["Mind"])


def test_a_record_is_adjudicated(ed: Client, ann: Client, bob: Client, client: Client) -> None:
    both_coded(ed, ann, bob)
    queue = site.tree(ed.get(f"{PAGES}adjudication/")).one("table").text
    assert "Title of incident 7Waiting 221" in queue
    page = site.tree(ed.get(BOARD))
    assert "1 to be decided · 2 differences · 13 fields" in page.text
    assert "Annotator 1" in row_of(page, "Outcome").text
    assert "All the same" in row_of(page, "Summary").text
    assert "Body, Mind" in row_of(page, "Harms").text
    form = form_in(ed.get(BOARD))
    assert f"pick-{key_of('Outcome')}" not in form

    # Only what differs, and nothing that was chosen is lost.
    typed = {**form, f"pick-{key_of('Stage')}": "own", key_of("Stage"): "Idea"}
    fewer = ed.post(BOARD, {**typed, "do": "differences"})
    assert "hidden" in row_of(site.tree(fewer), "Summary").attributes
    assert form_in(fewer)[key_of("Stage")] == ["Idea"]
    refused = ed.post(BOARD, {**typed, "do": "save"})
    assert refused.status_code == 422
    assert "The annotators differ" in row_of(site.tree(refused), "Outcome").text

    chosen = {**form_in(refused), f"pick-{key_of('Outcome')}": codings.key_of(who("bob"), 7)}
    assert ed.post(BOARD, {**chosen, "do": "next"})["Location"] == f"{PAGES}adjudication/"
    public = client.get("/cite/7.json").json()["classifications"][0]["attributes"]
    said = {one["short_name"]: one["value"] for one in public}
    assert said == {
        "Summary": "A bot lied.",
        "Outcome": "maybe",
        "Stage": "Idea",
        "Harms": ["Body", "Mind"],
    }
    assert {one["provenance"]["method"] for one in public} == {"adjudicated"}
    assert "Done" in site.tree(ed.get(f"{PAGES}adjudication/?stage=all")).text
    assert ed.post(address_of("ann"), {"do": "take-back"}).status_code == 404
    ann.post(address_of("ann"), {"do": "take-back"})
    assert Coding.objects.filter(state="adjudicated").count() == 2


def test_an_adjudication_is_undone(ed: Client, ann: Client, bob: Client) -> None:
    both_coded(ed, ann, bob)
    picked = {f"pick-{key_of('Outcome')}": codings.key_of(who("bob"), 7)}
    ed.post(BOARD, {**form_in(ed.get(BOARD)), **picked, "do": "save"})
    key = Classification.objects.get().public_id
    group = recorded.newest_act("classification", key)
    page = bob.get(f"/history/{group}/")
    assert "Adjudicated codings" in page.content.decode()
    assert bob.post(f"/history/{group}/").status_code == 302
    assert Classification.objects.count() == 0
    assert "1 to be decided" in site.tree(ed.get(BOARD)).text


def test_two_who_adjudicate_do_not_overwrite_each_other(
    ed: Client, ann: Client, bob: Client
) -> None:
    both_coded(ed, ann, bob)
    flo = people.signed_in("flo@people.example", "taxonomy_editor")
    early = form_in(flo.get(BOARD))
    mine = {**form_in(ed.get(BOARD)), f"pick-{key_of('Outcome')}": codings.key_of(who("bob"), 7)}
    ed.post(BOARD, {**mine, "do": "save"})
    own = {f"pick-{key_of('Outcome')}": "own", key_of("Outcome"): "no"}
    late = flo.post(BOARD, {**early, **own, "do": "save"})
    assert late.status_code == 409
    page = site.tree(late)
    assert "Meanwhile somebody adjudicated this record" in page.text
    assert "As it is storedmaybe" in row_of(page, "Outcome").text
    form = form_in(late)
    assert form[f"pick-{key_of('Outcome')}"] == ["own"]
    assert flo.post(BOARD, {**form, "do": "save"}).status_code == 302
    row = Classification.objects.get()
    assert row.attributes.get(short_name="Outcome").value_json == '"no"'


def test_a_coding_taken_back_closes_the_board(ed: Client, ann: Client, bob: Client) -> None:
    both_coded(ed, ann, bob)
    form = form_in(ed.get(BOARD))
    ann.post(address_of("ann"), {"do": "take-back"})
    assert ed.post(BOARD, {**form, "do": "save"}).status_code == 200
    assert "Somebody still codes this record" in site.tree(ed.get(BOARD)).text
    assert Classification.objects.count() == 0


def test_records_in_which_nobody_differs_are_taken_over_at_once(
    ed: Client, ann: Client, bob: Client
) -> None:
    both_coded(ed, ann, bob)
    give_out(ed, "ann", numbers="8")
    code(ann, "ann", number=8, Summary="Alone.")
    address = f"{PAGES}adjudication/"
    assert "In 1 record of this page nobody differs." in site.tree(ed.get(address)).text
    assert ed.post(address, {"do": "alike"})["Location"] == address
    assert "1 record is adjudicated." in site.tree(ed.get(address)).text
    assert Classification.objects.get().is_published
    assert "nobody differs" not in site.tree(ed.get(address)).text


def test_reports_are_coded_too(ed: Client, ann: Client, bob: Client, client: Client) -> None:
    give_out(ed, "ann", "bob", numbers="70", kind="report")
    for name in ("ann", "bob"):
        viewer = who(name)
        key = codings.key_of(viewer, 70, "report")
        mine = ann if name == "ann" else bob
        form = form_in(mine.get(f"/codings/{key}/"))
        mine.post(f"/codings/{key}/", {**form, key_of("Summary"): "Told.", "do": "hand-in"})
    address = f"{PAGES}report/70/"
    ed.post(address, {**form_in(ed.get(address)), "do": "save"})
    assert "Told." in client.get("/reports/70/").content.decode()


def test_the_files_have_every_answer_and_the_decision_beside_it(
    ed: Client, ann: Client, bob: Client
) -> None:
    both_coded(ed, ann, bob)
    picked = {f"pick-{key_of('Outcome')}": codings.key_of(who("bob"), 7)}
    ed.post(BOARD, {**form_in(ed.get(BOARD)), **picked, "do": "save"})
    lines = site.body_of(ed.get(f"/apps/codings/{NS.lower()}.csv")).decode()
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert len(rows) == 2 * 13 + 1
    (row,) = [
        one for one in rows if one["field"] == "Outcome" and one["annotator"] == "Annotator 1"
    ]
    assert (row["value"], row["adjudicated_value"], row["method"]) == ("yes", "maybe", "manual")
    assert (row["kind"], row["number"], row["state"]) == ("incident", "7", "adjudicated")
    assert (row["source"], row["blind"]) == ("assignment", "true")
    assert row["handed_in_at"].startswith("2026-03-04T05:06:07")
    found = ed.get(f"/apps/codings/{NS.lower()}.json").json()["codings"]
    assert [one["annotator"] for one in found] == ["Annotator 1", "Annotator 2"]
    assert found[0]["notes"] == "Ann’s."
    harms = next(one for one in found[0]["answers"] if one["field"] == "Harms")
    assert (harms["value"], harms["adjudicated_value"]) == (["Body"], ["Body", "Mind"])
    # Who the annotators are is told only to who asks, and to nobody without the role.
    assert who("ann").account_id not in lines
    assert "annotator_name" in ed.get(f"/apps/codings/{NS.lower()}.json?names=yes").content.decode()
    for other in (bob, people.signed_in("sub@people.example")):
        assert other.get(f"/apps/codings/{NS.lower()}.csv").status_code == 404


def test_figures_of_agreement_count_codings_that_are_done(
    ed: Client, ann: Client, bob: Client, client: Client
) -> None:
    give_out(ed, "ann", "bob", numbers="7, 8")
    for number, outcome in ((7, "yes"), (8, "no")):
        code(ann, "ann", number=number, Summary="A.", Outcome=outcome)
    assert client.get(f"/taxonomies/{NS.lower()}/agreement/").status_code == 404
    code(bob, "bob", Summary="A.", Outcome="yes")
    address = f"/taxonomies/{NS.lower()}/agreement"
    fields = {one["field"]: one for one in client.get(f"{address}.json").json()["fields"]}
    assert (fields["Outcome"]["records"], fields["Outcome"]["observed"]) == (1, 1.0)
    code(bob, "bob", number=8, Summary="B.", Outcome="yes")
    fields = {one["field"]: one for one in client.get(f"{address}.json").json()["fields"]}
    assert (fields["Outcome"]["records"], fields["Outcome"]["observed"]) == (2, 0.5)
    assert fields["Outcome"]["pairs"][0]["first"] == f"{NS}_Annotator-1"
    page = client.get(f"{address}/").content.decode()
    assert "people.example" not in page


def test_the_address_of_the_reference_leads_here(ed: Client) -> None:
    assert ed.get("/apps/csettool/7/")["Location"] == "/apps/codings/csetv1/incident/7/"


def test_who_gives_out_codings_finds_the_way(ed: Client, bob: Client, client: Client) -> None:
    assert PAGES in ed.get(f"/taxonomies/{NS.lower()}/").content.decode()
    assert PAGES not in bob.get(f"/taxonomies/{NS.lower()}/").content.decode()
    assert PAGES in ed.get("/apps/codings/").content.decode()
    assert "/apps/codings/" in bob.get("/").content.decode()
    assert "/apps/codings/" not in client.get("/").content.decode()


def test_pages_ask_the_database_no_more_often_the_more_there_is(
    ed: Client, ann: Client, bob: Client, django_assert_max_num_queries: Any
) -> None:
    give_out(ed, "ann", "bob", numbers="7")
    for client, name in ((ann, "ann"), (bob, "bob")):
        code(client, name, Summary="A.")
    places = [
        (ed, PAGES),
        (ed, f"{PAGES}adjudication/"),
        (ed, BOARD),
        (ed, f"/apps/codings/{NS.lower()}.csv"),
        (ann, "/apps/codings/"),
    ]
    before = [_queries(client, address) for client, address in places]
    for number in range(20, 60):
        records.incident(number)
    codings.assign(NS, list(range(20, 60)), who("ann"), who("bob"), actor=who("ed"))
    for number in range(20, 40):
        for name in ("ann", "bob"):
            codings.hand_in(who(name), number, Summary=f"By {name}.")
    assert [_queries(client, address) for client, address in places] == before


def _queries(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert site.body_of(client.get(address))
    return len(captured)


def test_a_coordinator_of_no_account_is_refused(ed: Client) -> None:
    sub = people.account("sub@people.example")
    answer = give_out(ed, annotator=[sub])
    assert "Choose at least one annotator." in site.tree(answer).text


def test_an_annotator_who_may_not_see_a_record_gets_none_of_it(ed: Client, ann: Client) -> None:
    boss = people.signed_in("boss@people.example", "admin")
    records.incident(12, visibility="internal")
    answer = give_out(boss, "ann", numbers="12")
    assert answer.status_code == 422
    assert "may not see this record: Incident 12" in site.tree(answer).text


def test_who_lost_the_role_codes_no_more(ed: Client, bob: Client) -> None:
    give_out(ed, "bob")
    from incidentbase.store.accounts import actions as accounts

    account = who("bob").account_id
    accounts.set_roles(account, [], actor=records.actor())
    assert bob.get(address_of("bob")).status_code == 404
    assert actions.withdraw([codings.key_of(who("bob"), 7)], actor=who("ed")) == 1

"""The form of a classification: every type of question, drafts, conflicts, provenance."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.formats import taxonomies as files
from incidentbase.ingest import definitions
from incidentbase.serve.web.forms.classifying import key_of
from incidentbase.store import models
from incidentbase.store.classifying import actions
from incidentbase.store.records import queries as recorded
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

NS = "Everything"
SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
FORM = f"/classifications/edit/?namespace={NS}&incident_id=7"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "taxonomy_editor")


@pytest.fixture(autouse=True)
def taxonomy() -> None:
    definition, _ = files.read(SAMPLE)
    actions.define(definitions.state_of(definition), actor=records.actor())
    records.report(71)
    records.incident(7, reports=[71])
    records.incident(9)


def form_of(client: Client, address: str = FORM) -> dict[str, Any]:
    return form_in(client.get(address))


def form_in(answer: Any) -> dict[str, Any]:
    page = site.tree(answer)
    (form,) = [one for one in page.all("form", method="post") if one.all("input", name="seen")]
    return site.typed_in(form)


def send(client: Client, address: str = FORM, do: str = "save", **answers: Any) -> Any:
    typed = {key_of(name): value for name, value in answers.items()}
    return client.post(address, {**form_of(client, address), **typed, "do": do})


def stored(number: int = 7) -> dict[str, Any]:
    row = models.Classification.objects.get(incident__incident_id=number, taxonomy__namespace=NS)
    state = recorded.state_of("classification", row.public_id)
    assert state is not None
    return {"published": state["is_published"], **{one[0]: one[1] for one in state["attributes"]}}


def test_a_draft_is_saved_and_then_published(client: Client, ed: Client) -> None:
    saved = send(ed, Summary="A bot lied.", Outcome="yes", Harms=["Body", "Mind"])
    assert (saved.status_code, saved["Location"]) == (302, f"/cite/7/#{NS}-classifications")
    assert stored() == {
        "published": False,
        "Summary": '"A bot lied."',
        "Outcome": '"yes"',
        "Harms": '["Body","Mind"]',
    }
    assert NS not in client.get("/cite/7/").content.decode()
    assert "Draft" in ed.get("/cite/7/").content.decode()

    typed = form_of(ed)
    assert typed[key_of("Outcome")] == ["yes"]
    ed.post(FORM, {**typed, "is_published": "true", "do": "save"})
    assert stored()["published"] is True
    assert "A bot lied." in client.get("/cite/7/").content.decode()


def test_a_report_is_classified_too(client: Client, ed: Client) -> None:
    address = f"/classifications/edit/?namespace={NS}&report_number=71"
    typed = {**form_of(ed, address), key_of("Summary"): "Told so.", "is_published": "true"}
    answer = ed.post(address, {**typed, "do": "save"})
    assert answer["Location"] == f"/reports/71/#{NS}-classifications"
    assert "Told so." in client.get("/reports/71/").content.decode()


def test_what_is_wrong_stands_beside_its_question_and_nothing_is_lost(ed: Client) -> None:
    answer = send(ed, Hurt="many", Day="soon", Account="A long account.", Words="one\ntwo")
    assert answer.status_code == 422
    page = site.tree(answer)
    (question,) = page.all("div", id=f"{key_of('Hurt')}-question")
    assert "must be a whole number" in question.text
    assert form_in(answer)[key_of("Words")] == ["one\ntwo"]
    assert "A long account." in answer.content.decode()


def test_a_group_is_added_and_what_was_typed_stays(ed: Client) -> None:
    key = key_of("Parties")
    typed = {**form_of(ed), f"{key}-0-{key_of('Party')}": "Acme", "do": f"more-{key}"}
    form = form_in(ed.post(FORM, typed))
    assert form[f"{key}-rows"] == ["2"]
    assert form[f"{key}-0-{key_of('Party')}"] == ["Acme"]
    ed.post(FORM, {**form, f"{key}-1-{key_of('Party')}": "Bus", "do": "save"})
    assert stored()["Parties"].count("Party") == 2


def test_others_answers_to_the_same_question_are_shown(ed: Client) -> None:
    send(ed, Outcome="yes", Stage="Idea")
    late = form_of(ed)
    flo = people.signed_in("flo@people.example", "incident_editor")
    send(flo, Outcome="maybe", Words="theirs")
    answer = ed.post(FORM, {**late, key_of("Outcome"): "no", "do": "save"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Others changed the same fields" in page
    form = form_in(answer)
    # Theirs came into what was left alone, ours stays where both wrote.
    assert form[key_of("Words")] == ["theirs"]
    assert form[key_of("Outcome")] == ["no"]
    assert ed.post(FORM, {**form, "do": "save"}).status_code == 302
    assert stored()["Outcome"] == '"no"'


def test_a_draft_saves_itself(ed: Client) -> None:
    send(ed, Outcome="yes")
    typed = form_of(ed)
    answer = ed.post(FORM, {**typed, key_of("Stage"): "Data", "do": "autosave"})
    assert answer.status_code == 200
    assert stored()["Stage"] == '"Data"'
    # The version before is not enough to go on with.
    late = ed.post(FORM, {**typed, key_of("Stage"): "Idea", "do": "autosave"})
    assert late.status_code == 409
    seen = answer.json()["version"]
    wrong = ed.post(FORM, {**typed, "seen": seen, key_of("Hurt"): "x", "do": "autosave"})
    assert wrong.status_code == 422
    assert wrong.json()["problems"] == {"Hurt": "This must be a whole number."}


def test_the_form_opens_within_the_page_for_those_who_may(client: Client, ed: Client) -> None:
    address = f"/cite/7/?edit_taxonomy={NS}"
    assert "classify-heading" not in client.get(address).content.decode()
    page = ed.get(address).content.decode()
    assert 'id="classify-heading"' in page
    assert f'action="/classifications/edit/?namespace={NS}&amp;incident_id=7"' in page
    assert f"?edit_taxonomy={NS}#classify" in ed.get("/cite/7/").content.decode()
    assert "classify-heading" in ed.get(f"/reports/71/?edit_taxonomy={NS}").content.decode()
    assert "classify-heading" not in ed.get("/cite/7/?edit_taxonomy=None").content.decode()


def test_who_may_come(client: Client) -> None:
    assert client.get(FORM)["Location"].startswith("/login/?next=")
    assert people.signed_in("sub@people.example").get(FORM).status_code == 404
    other = people.signed_in("mit@people.example", "taxonomy_editor:MIT")
    assert other.get(FORM).status_code == 404
    assert other.post(FORM, {"do": "save"}).status_code == 404
    own = people.signed_in("own@people.example", f"taxonomy_editor:{NS}")
    assert own.get(FORM).status_code == 200
    assert own.get(FORM.replace("=7", "=12")).status_code == 404
    assert own.get(FORM.replace(NS, "None")).status_code == 404


def test_the_queue_goes_on_to_what_is_not_classified_yet(ed: Client) -> None:
    typed = {**form_of(ed), key_of("Summary"): "Done.", "is_published": "true"}
    answer = ed.post(FORM, {**typed, "do": "next"})
    assert answer["Location"].endswith("incident_id=9")
    typed = {**form_of(ed, answer["Location"]), "is_published": "true"}
    done = ed.post(answer["Location"], {**typed, key_of("Summary"): "Too.", "do": "next"})
    assert done["Location"] == f"/cite/9/#{NS}-classifications"


def test_lists_offer_the_words_in_use(ed: Client, client: Client) -> None:
    records.classification(NS, 9, ["Words", '["Lying", "Flying"]'])
    records.classification(NS, 7, ["Words", '["Lying"]'])
    address = f"/classifications/suggest.json?namespace={NS}&field=Words&q=ly"
    assert ed.get(address).json() == {"names": ["Lying", "Flying"]}
    assert ed.get(address.replace("Words", "None")).status_code == 404
    assert client.get(address).status_code == 302


def test_a_machines_answers_are_marked_until_somebody_looked(client: Client, ed: Client) -> None:
    records.taxonomy(
        "Robot",
        {**files.read(SAMPLE)[0].fields[2], "subfields": []},
        is_automated=True,
    )
    records.classification("Robot", 7, ["Outcome", '"yes"'])
    assert "Answered by a machine · not reviewed" in client.get("/cite/7/").content.decode()
    shape = client.get("/cite/7.json").json()["classifications"][0]["attributes"][0]
    assert (shape["provenance"]["machine"], shape["provenance"]["reviewed_by"]) == (True, None)

    address = "/classifications/edit/?namespace=Robot&incident_id=7"
    assert "1 answer is by a machine" in ed.get(address).content.decode()
    assert send(ed, address, do="review").status_code == 302
    page = client.get("/cite/7/").content.decode()
    assert "reviewed by an editor" in page
    shape = client.get("/cite/7.json").json()["classifications"][0]["attributes"][0]
    assert shape["provenance"]["machine"] is True
    assert shape["provenance"]["reviewed_by"]


def test_a_passage_and_how_sure_are_shown_with_the_answer(client: Client, ed: Client) -> None:
    key = key_of("Outcome")
    typed = {
        **form_of(ed),
        key: "yes",
        key_of("Summary"): "So.",
        f"{key}-confidence": "70",
        f"{key}-report": "71",
        f"{key}-passage": "<b>It</b> lied.",
        "is_published": "true",
    }
    assert ed.post(FORM, {**typed, "do": "save"}).status_code == 302
    page = client.get("/cite/7/").content.decode()
    assert "70 % sure" in page
    assert "&lt;b&gt;It&lt;/b&gt; lied." in page


def test_a_classification_is_removed_and_the_act_undone(ed: Client) -> None:
    send(ed, Outcome="yes")
    assert send(ed, do="remove").status_code == 302
    assert not models.Classification.objects.exists()
    group = models.Change.objects.order_by("-seq").values_list("group", flat=True)[0]
    editor = people.signed_in("flo@people.example", "incident_editor")
    act = site.tree(editor.get(f"/history/{group}/")).all("form", method="post")[-1]
    editor.post(f"/history/{group}/", site.typed_in(act))
    assert stored()["Outcome"] == '"yes"'


# ---- as a table ----

SHEET = f"/apps/classifications/?namespace={NS}"


@pytest.fixture
def rows() -> dict[int, str]:
    records.incident(8)
    return {
        7: records.classification(NS, 7, ["Outcome", '"yes"'], ["Stage", '"Idea"']),
        8: records.classification(
            NS, 8, ["Outcome", '"no"'], ["Harms", '["Body", "Mind"]'], ["Coder", '"Ann"']
        ),
        9: records.classification(NS, 9, ["Outcome", '"=cmd()"'], is_published=False),
    }


def field_pk(name: str) -> int:
    return models.TaxonomyField.objects.get(taxonomy__namespace=NS, short_name=name).pk


@pytest.mark.usefixtures("rows")
def test_the_table_is_filtered_by_answers(client: Client, ed: Client) -> None:
    page = site.tree(client.get(SHEET)).one("table").text
    assert "Incident 7" in page
    assert "Incident 8" in page
    assert "Incident 9" not in page
    narrow = site.tree(client.get(f"{SHEET}&f{field_pk('Harms')}=Mind")).one("table").text
    assert "Incident 8" in narrow
    assert "Incident 7" not in narrow
    drafts = site.tree(ed.get(f"{SHEET}&state=draft")).one("table").text
    assert "Incident 9" in drafts
    assert "Incident 7" not in drafts
    assert client.get(f"{SHEET}&record=8").content.decode().count("Incident 8") > 0
    assert client.get(SHEET.replace(NS, "None")).status_code == 404


@pytest.mark.usefixtures("rows")
def test_exports_say_where_answers_come_from_and_hide_what_readers_do_not_see(
    client: Client, ed: Client
) -> None:
    shape = client.get(f"/apps/classifications.json?namespace={NS}").json()
    assert [one["record"]["number"] for one in shape["classifications"]] == [7, 8]
    assert shape["classifications"][0]["attributes"][0]["provenance"]["method"] == "imported"

    lines = b"".join(client.get(f"/apps/classifications.csv?namespace={NS}")).decode()
    header, first, _second = list(csv.reader(io.StringIO(lines)))
    assert header[:5] == ["classification", "kind", "number", "published", "Summary"]
    assert json.loads(first[-1]) == {
        "Outcome": {"method": "imported", "machine": False},
        "Stage": {"method": "imported", "machine": False},
    }
    assert "Ann" not in lines
    own = b"".join(ed.get(f"/apps/classifications.csv?namespace={NS}")).decode()
    assert "Ann" in own
    # No spreadsheet takes an answer for a formula.
    assert "'=cmd()" in own


@pytest.mark.usefixtures("rows")
def test_the_layout_of_the_reference_is_kept(client: Client) -> None:
    answer = client.get(f"/apps/classifications.csv?namespace={NS}&layout=reference")
    lines = b"".join(answer).decode().split("\n")
    assert lines[0].startswith("Namespace,Incident ID,Published,Summary,Account,Outcome")
    assert lines[1] == f"{NS},7,True,,,yes,,Idea,,,,,,,,"
    assert lines[2] == f'{NS},8,True,,,no,,,"Body, Mind",,,,,,,'


def test_one_answer_is_given_to_many(rows: dict[int, str], ed: Client) -> None:
    address = f"/classifications/many/?namespace={NS}"
    chosen = {"id": [rows[7], rows[8]], "field": "Stage", "do": "choose"}
    page = site.tree(ed.post(address, chosen))
    assert "Idea" in page.one("main").text
    key = key_of("Stage")
    typed = {**chosen, f"{key}-asked": "1", key: "Data", "do": "apply", "reason": "Recoded."}
    assert ed.post(address, typed).status_code == 302
    assert (stored(7)["Stage"], stored(8)["Stage"]) == ('"Data"', '"Data"')
    changes = models.Change.objects.filter(action="classification.edit_many")
    assert changes.values("group").distinct().count() == 1
    wrong = ed.post(address, {**typed, key: "Sale"})
    assert wrong.status_code == 422
    assert "none of the values" in wrong.content.decode()
    assert ed.post(address, {"do": "choose", "field": "Stage"}).status_code == 302


def test_others_change_nothing_in_the_table(rows: dict[int, str], client: Client) -> None:
    address = f"/classifications/many/?namespace={NS}"
    key = key_of("Stage")
    typed = {"id": [rows[7]], "field": "Stage", f"{key}-asked": "1", key: "Data", "do": "apply"}
    other = people.signed_in("mit@people.example", "taxonomy_editor:MIT")
    assert client.post(address, typed).status_code == 404
    assert other.post(address, typed).status_code == 404
    records.taxonomy("MIT")
    long = f"{SHEET}&column={'9' * 5_000}&record={'9' * 5_000}"
    assert client.get(long).status_code == 200
    # One of another taxonomy does not slip in under the name of one's own.
    assert other.post(address.replace(NS, "MIT"), typed).status_code == 302
    assert stored(7)["Stage"] == '"Idea"'

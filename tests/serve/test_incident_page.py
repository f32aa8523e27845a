"""The incident page: everything that a visitor sees of it (spec aiid-site §3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.accounts.models import Account
from incidentbase.store.history.rules import State
from tests.make import records
from tests.serve.site import Element

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_time")]

Read = Callable[[str], Element]

EDITOR = records.object_id("editor")


@pytest.fixture
def names() -> None:
    for name in ("acme", "bolt", "city", "pilot", "rover"):
        records.entity(name)


def sentence(read: Read, **roles: list[str]) -> list[str]:
    """Return what the page of an incident with these roles says of its entities."""
    records.incident(1, **roles)
    return [each.text for each in read("/cite/1/").section("entities").all("p")][:-1]


def test_the_head_of_the_page_tells_what_happened(read: Read) -> None:
    records.incident(5, title="Robot <b>fell</b> & rose", editor_notes="Date is <i>uncertain</i>.")

    page = read("/cite/5/")

    assert page.one("h1").text == "Robot <b>fell</b> & rose"
    assert "Incident 5" in page.one("main").text
    assert page.one("p", class_="lead").text == "Description of incident 5."
    assert "Editor’s notes: Date is <i>uncertain</i>." in page.one("main").text
    assert page.one("title").text.startswith("Incident 5: Robot <b>fell</b> & rose · ")


def test_without_notes_nothing_is_said_of_notes(read: Read) -> None:
    records.incident(5)
    page = read("/cite/5/")
    assert "Editor’s notes" not in page.one("main").text
    assert "No reports are linked to this incident." in page.section("reports").text


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (
            {"developers": ["acme"], "deployers": ["acme"], "harmed": ["city"]},
            "Alleged: an AI system developed and deployed by Acme harmed City.",
        ),
        (
            {"developers": ["acme", "bolt"], "deployers": ["bolt", "acme"]},
            "Alleged: an AI system was developed and deployed by Acme and Bolt.",
        ),
        (
            {"developers": ["acme"], "deployers": ["acme", "bolt"], "harmed": ["city", "rover"]},
            "Alleged: an AI system developed by Acme and deployed by Acme and Bolt "
            "harmed City and Rover.",
        ),
        (
            {"developers": ["acme", "bolt", "city"]},
            "Alleged: an AI system was developed by Acme, Bolt and City.",
        ),
        ({"deployers": ["bolt"]}, "Alleged: an AI system was deployed by Bolt."),
        ({"harmed": ["city"]}, "Alleged: an AI system harmed City."),
    ],
)
def test_the_entities_stand_in_one_sentence(
    read: Read, roles: dict[str, list[str]], said: str
) -> None:
    assert sentence(read, **roles) == [said]


@pytest.mark.usefixtures("names")
def test_one_implicated_system_is_named_in_the_singular(read: Read) -> None:
    assert sentence(read, implicated=["pilot"]) == ["Implicated system: Pilot."]


@pytest.mark.usefixtures("names")
def test_several_implicated_systems_are_named_in_the_plural(read: Read) -> None:
    said = sentence(read, deployers=["acme"], implicated=["pilot", "rover"])
    assert said[1:] == ["Implicated systems: Pilot and Rover."]


@pytest.mark.usefixtures("names")
def test_entities_lead_to_their_pages(read: Read) -> None:
    records.incident(1, deployers=["acme"], implicated=["pilot"])
    links = read("/cite/1/").section("entities").links()
    assert links == ["/entities/acme/", "/entities/pilot/", "/entities/"]


def test_names_are_text_and_nothing_else(read: Read) -> None:
    records.entity("evil", '<script>alert("%(x)s")</script>')
    assert sentence(read, deployers=["evil"]) == [
        'Alleged: an AI system was deployed by <script>alert("%(x)s")</script>.'
    ]


def make_reports() -> None:
    records.report(21, title="Third", published=_day(9))
    records.report(22, title="First", published=_day(1), submitters=["Grace Hopper"])
    records.report(23, title="Answer", published=_day(5), tags=["response"], authors=["Acme Inc."])
    records.report(24, title="Fourth", published=_day(9))
    records.incident(5, reports=[21, 22, 23, 24], date="2024-02-03")


def _day(day: int) -> Any:
    return records.AT.date().replace(year=2024, month=2, day=day)


def test_report_cards_are_sorted_by_publication_and_can_be_linked_to(read: Read) -> None:
    make_reports()

    page = read("/cite/5/")

    cards = page.section("reports").all("article", class_="report-card")
    assert [card["id"] for card in cards] == ["r22", "r23", "r21", "r24"]
    first = cards[0]
    assert first.one("h3").text == "First"
    assert first.one("time")["datetime"] == "2024-02-01"
    for part in ("news.example", "Report 22", "By Ann Author", "Submitted by Grace Hopper"):
        assert part in first.text
    assert first.links() == [
        "/reports/22/",
        "/reports/22/",
        "https://news.example/22",
        "https://web.archive.org/web/*/https://news.example/22",
    ]
    assert page.one("h2", id="reports").text == "4 reports"
    assert [badge.text for badge in cards[1].all(class_="badge")] == ["Response"]
    assert "Responded" in page.one("div", class_="page-head").text


def test_an_incident_without_response_is_not_called_responded(read: Read) -> None:
    records.report(1)
    records.incident(5, reports=[1])
    assert "Responded" not in read("/cite/5/").one("main").text


def test_the_timeline_shows_the_event_and_every_day_with_reports(read: Read) -> None:
    make_reports()

    entries = read("/cite/5/").section("timeline").all("li")

    told = [(one.one("time")["datetime"], one.one(class_="timeline__what").text) for one in entries]
    assert told == [
        ("2024-02-01", "Report: First"),
        ("2024-02-03", "Date of the incident"),
        ("2024-02-05", "Response: Answer"),
        ("2024-02-09", "Report: Third and 1 other"),
    ]
    assert entries[0].links() == ["#r22"]


def test_no_more_of_a_text_than_its_source_allows(read: Read, client: Client) -> None:
    text = "These words may be shown. " + "But these are withheld. " * 40
    records.report(1, text=text, snippet_max_characters=27)
    records.incident(5, reports=[1])
    records.report_translation(
        1, "ja", "題", "見せてよい言葉がここに全部並んでいる。" + "隠すべき言葉。" * 50
    )

    for address in (
        "/cite/5/",
        "/reports/1/",
        "/reports/1/text/",
        "/cite/5.json",
        "/reports/1.json",
    ):
        answer = client.get(address).content.decode()
        assert "may be shown" in answer, address
        assert "withheld" not in answer, address
    assert read("/reports/1/").one("main").text.count("Continue at the source") == 1
    for address in ("/ja/cite/5/", "/ja/reports/1/", "/ja/reports/1/text/", "/reports/1.json"):
        answer = client.get(address).content.decode()
        assert "見せてよい言葉" in answer, address
        assert "隠すべき言葉。隠すべき言葉" not in answer, address


def test_variants_follow_with_their_state(read: Read) -> None:
    for number, status in enumerate(("unreviewed", "approved", "rejected"), start=31):
        records.bring_in("report", variant(number, tags=[f"variant:{status}"]))
    records.incident(5, reports=[31, 32, 33])

    page = read("/cite/5/")

    shown = page.section("variants").all("article")
    assert [each["id"] for each in shown] == ["r32", "r31", "r33"]
    assert [each.one(class_="badge").text for each in shown] == [
        "Approved",
        "Not reviewed",
        "Rejected",
    ]
    assert [each.text for each in shown[0].all("li")] == ["Draw a <cat>", "A dog"]
    assert "More of the same 31" in shown[1].text
    assert page.one("h2", id="reports").text == "0 reports"


def variant(number: int, **changes: Any) -> State:
    return records.report_state(
        number,
        title="",
        url="",
        source_domain="",
        text=f"More of the same {number}\n",
        inputs_outputs=["Draw a <cat>", "A dog"],
        **changes,
    )


def make_taxonomies() -> None:
    fields = (
        records.field("Harm", "enum", weight=50),
        records.field("Lives lost", "bool", weight=40),
        records.field("Minor", "bool", weight=35),
        records.field("Sectors", "multi", weight=30),
        records.field("Parties", "object-list", weight=20),
        records.field("Annotator", "string", public=False, weight=90),
        records.field("Empty", "string", weight=80),
    )
    records.taxonomy("CSET", *fields)
    records.taxonomy("CSET_Annotator-1", *fields)
    records.taxonomy("MIT", records.field("Risk Domain", "enum"), is_automated=True)


def test_classifications_say_what_is_published(read: Read) -> None:
    make_taxonomies()
    records.incident(5)
    parts = [{"attributes": [{"short_name": "Name", "value_json": '"Acme"'}]}]
    records.classification(
        "CSET",
        5,
        ["Sectors", '["Arts, crafts", "Trade"]'],
        ["Harm", '"Minor <b>harm</b>"'],
        ["Lives lost", "false"],
        ["Minor", "true"],
        ["Parties", json.dumps(parts)],
        ["Annotator", '"Secret Person"'],
        ["Empty", '""'],
        ["No such field", '"Stray answer"'],
        notes="For editors only",
    )
    records.classification("MIT", 5, ["Risk Domain", '"Draft"'], is_published=False)
    records.classification("CSET_Annotator-1", 5, ["Harm", '"Of one annotator"'])

    page = read("/cite/5/")

    (block,) = page.section("classifications").all("section", class_="classification")
    assert block["id"] == "CSET-classifications"
    rows = [each for each in block.all("div") if each.all("dt")]
    said = [(each.one("dt").one("button").text, each.one("dd").text) for each in rows]
    assert said == [
        ("Harm", "Minor <b>harm</b>"),
        ("Lives lost", "No"),
        ("Minor", "Yes"),
        ("Sectors", "Arts, crafts, Trade"),
        ("Parties", "(Name: Acme)"),
    ]
    assert "Classified by people" in block.text
    assert "What Harm means." in block.text
    assert "/taxonomies/cset/" in block.links()
    whole = page.one("main").text
    for hidden in (
        "Secret Person",
        "Stray answer",
        "For editors only",
        "Draft",
        "Of one annotator",
    ):
        assert hidden not in whole
    assert page.section("facts").links() == ["#CSET-classifications"]


def test_machine_made_classifications_are_called_so(read: Read) -> None:
    make_taxonomies()
    records.incident(5)
    records.classification("MIT", 5, ["Risk Domain", '"7. AI safety"'])
    assert "Classified by machine" in read("/cite/5/").section("classifications").text


def test_a_field_may_stand_for_its_description(read: Read) -> None:
    toggle = {"render_as": "description_toggle", "long_description": "It went to court."}
    records.taxonomy(
        "LAW",
        records.field("Court", "bool", **toggle),
        records.field("Fine", "bool", render_as="description_toggle", long_description="A fine."),
    )
    records.incident(5)
    records.classification("LAW", 5, ["Court", "true"], ["Fine", "false"])

    block = read("/cite/5/").section("classifications")

    assert [each.text for each in block.all("dd")] == ["It went to court."]


def test_facts_links_and_editors(read: Read) -> None:
    records.report(1)
    records.incident(
        5, reports=[1], editors=[EDITOR, records.object_id("nameless")], modified_at=_moment()
    )
    Account.objects.filter(public_id=EDITOR).update(first_name="Ada", last_name="Lovelace")
    records.bring_in(
        "external_link",
        {
            "object_id": records.object_id("link"),
            "incident_id": 5,
            "url": "https://oecd.example/incidents/2024-02-03-abcd",
            "namespace": "OECD",
        },
    )

    page = read("/cite/5/")

    facts = {each.one("dt").text: each.one("dd").text for each in page.section("facts").all("div")}
    assert facts == {
        "Incident number": "5",
        "Reports": "1",
        "Date of the incident": "Jan. 2, 2024",
        "Editors": "Ada Lovelace",
        "Recorded": "Jan. 3, 2024",
        "Last changed": "May 6, 2024",
    }
    elsewhere = page.section("elsewhere")
    assert elsewhere.links() == ["https://oecd.example/incidents/2024-02-03-abcd"]
    assert "2024-02-03-abcd" in elsewhere.text


def _moment() -> str:
    return "2024-05-06T07:08:09.000Z"


def test_the_cite_box_has_four_forms(read: Read) -> None:
    records.report(1, submitters=["Ada Lovelace"])
    records.incident(5, reports=[1], editors=[EDITOR])
    Account.objects.filter(public_id=EDITOR).update(first_name="Grace", last_name="Hopper")

    box = read("/ja/cite/5/").section("cite")

    assert [each.text for each in box.all("summary")][1:] == ["BibTeX", "RIS", "CSL-JSON"]
    text = box.one(id="citation-text").text
    assert text.startswith("Lovelace, Ada. (2024-01-02) Incident Number 5: Title of incident 5.")
    assert "in Hopper, G. (ed.)" in text
    assert text.endswith("Retrieved on March 4, 2026 from localhost/cite/5.")
    assert box.one(id="citation-bibtex").raw.startswith("@article{aiid:5,")
    assert "TY  - ELEC" in box.one(id="citation-ris").raw
    (item,) = json.loads(box.one(id="citation-csl").raw)
    assert item["URL"] == "http://localhost/cite/5/"


def test_the_neighbors_are_the_nearest_numbers(read: Read) -> None:
    for number in (2, 5, 9):
        records.incident(number)

    assert _steps(read("/cite/5/")) == ["/cite/2/", "/random/", "/cite/9/"]
    assert _steps(read("/cite/2/")) == ["/random/", "/cite/5/"]
    assert _steps(read("/ja/cite/9/")) == ["/ja/cite/5/", "/ja/random/"]


def _steps(page: Element) -> list[str]:
    above, below = page.all(class_="steps")
    assert above.links() == below.links()
    return above.links()


def test_random_leads_to_an_incident_and_is_not_kept(client: Client) -> None:
    assert client.get("/random/").status_code == 404
    records.incident(5)
    response = client.get("/fr/random/")
    assert (response.status_code, response["Location"]) == (302, "/fr/cite/5/")
    assert response["Cache-Control"] == "no-store"


def test_similar_incidents_are_those_of_editors_then_of_the_text(read: Read) -> None:
    for number in (2, 3, 4):
        records.incident(number, title="Robot arm dropped a crate", description="Crate dropped.")
    records.incident(6, title="Chatbot invented court cases", description="Courts were misled.")
    records.incident(
        5,
        title="Robot arm dropped a crate again",
        description="Crate dropped.",
        editor_similar=[6, 99],
        editor_dissimilar=[3],
    )
    sync.catch_up(at=records.AT)

    similar = read("/cite/5/").section("similar")

    assert [each.text for each in similar.all("h3")] == ["Chosen by editors", "Alike by their text"]
    chosen, *alike, on_map = similar.links()
    assert chosen == "/cite/6/"
    assert sorted(alike) == ["/cite/2/", "/cite/4/"]
    assert on_map == "/summaries/spatial/?incident=5"


def test_what_may_distress_is_covered(read: Read) -> None:
    records.report(1, text="A text.\n")
    records.incident(5, reports=[1], description="A bot encouraged suicide.")
    page = read("/cite/5/")
    assert len(page.all("details", class_="sensitive")) == 2
    assert "A bot encouraged suicide." in page.all("details", class_="sensitive")[0].text

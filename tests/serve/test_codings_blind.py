"""An unfinished coding is seen by its annotator alone: others try every door of the site.

Two codings of one record hold a word in every answer, one handed in and one not. The word may not
be in any answer of any address, whoever asks, but in the form of the annotator; nor may anything
that could be counted differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidentbase.formats import taxonomies as files
from incidentbase.index import sync
from incidentbase.ingest import definitions
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import actions
from incidentbase.store.annotating.actions import Terms
from incidentbase.store.classifying import actions as classifying
from incidentbase.store.history.models import Change
from tests.guards.test_access import CRAWLED
from tests.make import codings, people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

NS = "Everything"
SAMPLE = (Path(__file__).parents[1] / "samples" / "everything.yaml").read_text(encoding="utf-8")
WORD = "zyzzogeton"
OTHERS = {
    "a visitor": "",
    "a subscriber": "subscriber",
    "another annotator": "incident_editor",
    "an annotator of the same record": f"taxonomy_editor:{NS}",
    "a taxonomy editor": "taxonomy_editor",
    "an admin": "admin",
}
OWN = [
    "/",
    "/cite/7/",
    "/cite/7.json",
    f"/cite/7/?edit_taxonomy={NS}",
    "/reports/70/",
    f"/reports/70/?edit_taxonomy={NS}",
    f"/apps/classifications/?namespace={NS}",
    f"/apps/classifications/?namespace={NS}&record=7",
    f"/apps/classifications/?namespace={NS}&state=draft",
    f"/apps/classifications.json?namespace={NS}",
    f"/apps/classifications.csv?namespace={NS}",
    f"/apps/classifications.csv?namespace={NS}&layout=reference",
    f"/classifications/edit/?namespace={NS}&incident_id=7",
    f"/classifications/suggest.json?namespace={NS}&field=Words&q=zyz",
    f"/classifications/suggest.json?namespace={NS}&field=Summary&q=",
    f"/taxonomies/{NS.lower()}/",
    f"/taxonomies/{NS.lower()}.json",
    f"/taxonomies/{NS.lower()}.csv",
    f"/taxonomies/{NS.lower()}/agreement/",
    f"/taxonomies/{NS.lower()}/agreement.json",
    f"/taxonomies/{NS.lower()}/agreement.csv",
    f"/apps/discover/?s={WORD}",
    f"/apps/discover.json?s={WORD}",
    f"/apps/discover/?classifications={NS}:Words:{WORD}",
    f"/apps/discover/facets/classifications/?below={NS}",
    f"/apps/checklists/tags.json?for=other&q={WORD[:5]}",
    "/incidents/history/?incident_id=7",
    "/incidents/history.json?incident_id=7",
    "/history.jsonl",
    f"/apps/codings/{NS.lower()}/",
    f"/apps/codings/{NS.lower()}/assign/",
    f"/apps/codings/{NS.lower()}/adjudication/",
    f"/apps/codings/{NS.lower()}/adjudication/?stage=all",
    f"/apps/codings/{NS.lower()}/incident/7/",
    f"/apps/codings/{NS.lower()}.json",
    f"/apps/codings/{NS.lower()}.json?names=yes",
    f"/apps/codings/{NS.lower()}.csv",
    "/sitemap-0.xml",
]


@pytest.fixture(autouse=True)
def clock(frozen_time: Any, settings: Any, tmp_path: Path) -> Iterator[None]:
    frozen_time.move_to(records.AT)
    with site.index_in(tmp_path / "index", settings):
        yield


def who(name: str) -> Viewer:
    return people.viewer(Account.objects.get(email=f"{name}@people.example").public_id)


@pytest.fixture
def others() -> dict[str, Client]:
    found = {}
    for called, role in OTHERS.items():
        address = f"{called.replace(' ', '-')}@people.example"
        found[called] = people.signed_in(address, role) if role else people.browser()
    return found


@pytest.fixture
def world(others: dict[str, Client]) -> None:
    """Let two annotators code incident 7: one has handed in, one has not."""
    definition, _ = files.read(SAMPLE)
    classifying.define(definitions.state_of(definition), actor=records.actor())
    records.report(70)
    records.incident(7, reports=[70])
    records.incident(8)
    people.account("ann@people.example", "taxonomy_editor")
    both = (who("ann"), who("an-annotator-of-the-same-record"))
    ed = who("a-taxonomy-editor")
    codings.assign(NS, [7], *both, actor=ed, terms=Terms(None, "Look twice."))
    answers = {
        "Summary": f"{WORD} summary",
        "Account": f"{WORD} account",
        "Words": (WORD,),
        "Place": f"{WORD} place",
        "Parties": ({"Party": WORD, "Named words": (WORD,)},),
        "Coder": f"{WORD} coder",
    }
    codings.save(who("ann"), 7, notes=f"{WORD} notes", **answers)
    codings.save(both[1], 7, Summary="Mine.")
    sync.catch_up(at=records.AT)


def doors() -> list[str]:
    key = codings.key_of(who("ann"), 7)
    acts = Change.objects.filter(kind="coding").values_list("group", flat=True).distinct()
    return [
        # One address of each kind: hundreds of like ones would tell no more.
        *(addresses[0] for addresses in CRAWLED.values()),
        *OWN,
        f"/codings/{key}/",
        f"/classifications/edit/?id={key}",
        *(f"/history/{group}/" for group in acts),
    ]


def told(client: Client, addresses: list[str]) -> list[str]:
    return [one for one in addresses if WORD in site.body_of(client.get(one)).decode()]


def searched(addresses: list[str]) -> list[str]:
    """Return the addresses whose answer has the word because it was asked for."""
    return [one for one in addresses if WORD in one]


@pytest.mark.usefixtures("world")
def test_no_door_leads_to_the_codings_of_a_record_that_somebody_codes(
    others: dict[str, Client],
) -> None:
    codings.hand_in(who("ann"), 7)
    sync.catch_up(at=records.AT)
    addresses = doors()
    echoing = set(searched(addresses))
    for called, client in others.items():
        found = set(told(client, addresses)) - echoing
        assert found == set(), called


@pytest.mark.usefixtures("world")
def test_nothing_that_is_asked_for_tells_of_it(others: dict[str, Client]) -> None:
    asked = searched(OWN)
    before = {
        (called, one): site.body_of(client.get(one))
        for called, client in others.items()
        for one in asked
    }
    codings.save(who("ann"), 7, Summary="Nothing.", Words=(), Place="")
    sync.catch_up(at=records.AT)
    after = {key: site.body_of(others[key[0]].get(key[1])) for key in before}
    assert [key for key in before if before[key] != after[key]] == []


@pytest.mark.usefixtures("world")
def test_the_word_of_this_guard_is_there_to_be_seen(others: dict[str, Client]) -> None:
    codings.hand_in(who("ann"), 7)
    mine = people.browser()
    mine.force_login(Account.objects.get(email="ann@people.example"))
    own = f"/codings/{codings.key_of(who('ann'), 7)}/"
    assert told(mine, doors()) != []
    assert own in told(mine, [own])
    codings.hand_in(who("an-annotator-of-the-same-record"), 7)
    editor = others["a taxonomy editor"]
    opened = [
        f"/apps/codings/{NS.lower()}/incident/7/",
        f"/apps/codings/{NS.lower()}.json",
        f"/apps/codings/{NS.lower()}.csv",
    ]
    assert told(editor, opened) == opened
    # Those who neither coordinate nor adjudicate see nothing of it even then.
    for called in ("a visitor", "a subscriber", "another annotator"):
        assert set(told(others[called], doors())) <= set(searched(doors())), called


@pytest.mark.usefixtures("world")
def test_who_writes_by_another_door_gets_nowhere(others: dict[str, Client]) -> None:
    key = codings.key_of(who("ann"), 7)
    before = Change.objects.count()
    for called, client in others.items():
        for address, typed in (
            (f"/codings/{key}/", {"do": "hand-in", "seen": ""}),
            (f"/codings/{key}/", {"do": "take-back"}),
            (f"/apps/codings/{NS.lower()}/incident/7/", {"do": "save", "seen": ""}),
        ):
            client.post(address, typed)
            assert Change.objects.count() == before, (called, address)


@pytest.mark.usefixtures("world")
def test_a_name_is_told_to_coordinators_alone(others: dict[str, Client]) -> None:
    for name in ("ann", "an-annotator-of-the-same-record"):
        codings.hand_in(who(name), 7, Summary="Same.")
    addresses = [one for one in doors() if "agreement" in one or "codings" in one]
    account = who("ann").account_id
    for called in ("a visitor", "a subscriber", "another annotator"):
        for address in addresses:
            body = site.body_of(others[called].get(address)).decode()
            assert "ann@people.example" not in body
            assert account not in body, (called, address)


@pytest.mark.usefixtures("world")
def test_what_was_withdrawn_is_told_to_nobody(others: dict[str, Client]) -> None:
    actions.withdraw([codings.key_of(who("ann"), 7)], actor=who("a-taxonomy-editor"))
    codings.hand_in(who("an-annotator-of-the-same-record"), 7, Summary="Mine.")
    addresses = doors()
    for called in ("a taxonomy editor", "an admin", "an annotator of the same record"):
        assert set(told(others[called], addresses)) <= set(searched(addresses)), called

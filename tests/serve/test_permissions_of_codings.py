"""Who may do what with codings: the same actors in the same world as in `test_permissions`."""

from __future__ import annotations

from typing import Any

import pytest

from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts import rules
from incidentbase.store.accounts.models import Account
from incidentbase.store.codings.models import Coding
from tests.make import codings, people
from tests.serve import test_permissions as matrix
from tests.serve.test_permissions import Operation, World

pytestmark = pytest.mark.django_db

clock, make_records, shifting = matrix.clock, matrix.make_records, matrix.shifting

COORDINATORS = frozenset({matrix.TAXONOMY, matrix.ONE_TAXONOMY, matrix.ADMIN, matrix.EDITING_ADMIN})
ANNOTATORS = COORDINATORS | matrix.EDITORS


@pytest.fixture(autouse=True)
def coded(make_records: None) -> None:
    """Let incident 1 wait for adjudication, and incident 2 be coded by somebody."""
    people.account("flo@people.example", "taxonomy_editor")
    eve = people.viewer(account_of("eve"))
    codings.assign("MIT", [1, 2], eve, actor=boss())
    codings.hand_in(eve, 1)


def boss() -> rules.Viewer:
    return rules.system("tests", matrix.records.AT)


def account_of(name: str) -> str:
    return Account.objects.get(email=f"{name}@people.example").public_id


def world_of(actor: str) -> World:
    """Return the world of the actor, who is to code incident 2 as well if they may."""
    world = matrix.world_of(actor)
    if world.account_id in accounts.names_of_classifiers("MIT"):
        codings.assign("MIT", [2], people.viewer(world.account_id), actor=boss())
    return world


def hand_in(whose: str) -> Operation:
    """Return the handing in of a coding: of one's own, as far as there is one, or of another's."""

    def act(world: World) -> Any:
        account = world.account_id if whose == "own" else account_of("eve")
        rows = Coding.objects.filter(incident__incident_id=2, annotator__public_id=account)
        key = rows.values_list("public_id", flat=True).first() or "a" * 24
        return matrix.post(world, f"/codings/{key}/", do="hand-in")

    return act


def on_codings(what: str) -> Operation:
    """Return an operation of who coordinates the codings by MIT, on that of somebody."""

    def act(world: World) -> Any:
        row = Coding.objects.get(incident__incident_id=2, annotator__email="eve@people.example")
        typed = {"coding": row.public_id, "annotator": account_of("flo"), "due": "2026-05-01"}
        return world.client.post("/apps/codings/mit/", {**typed, "do": what})

    return act


def give_out(world: World) -> Any:
    typed = {"kind": "incident", "numbers": "2", "annotator": account_of("flo"), "do": "assign"}
    return world.client.post("/apps/codings/mit/assign/", typed)


def adjudicate(world: World) -> Any:
    return matrix.post(world, "/apps/codings/mit/incident/1/", do="save")


WRITES: dict[str, tuple[Operation, frozenset[str]]] = {
    "give out codings": (give_out, COORDINATORS),
    "withdraw a coding": (on_codings("withdraw"), COORDINATORS),
    "give a coding to another annotator": (on_codings("reassign"), COORDINATORS),
    "set the terms of a coding": (on_codings("terms"), COORDINATORS),
    "hand in one's own coding": (hand_in("own"), ANNOTATORS),
    "hand in somebody else's coding": (hand_in("other"), frozenset()),
    "adjudicate codings": (adjudicate, COORDINATORS),
}
# Programs with a token for less may read what their account may.
READS: dict[str, frozenset[str]] = {
    "/apps/codings/": matrix.READING_EDITORS | COORDINATORS,
    "/apps/codings/mit/": COORDINATORS,
    "/apps/codings/mit/assign/": COORDINATORS,
    "/apps/codings/mit/adjudication/": COORDINATORS,
    "/apps/codings/mit/incident/1/": COORDINATORS,
    "/apps/codings/mit.csv": COORDINATORS,
    "/apps/codings/mit.json": COORDINATORS,
}


@pytest.mark.parametrize("name", WRITES)
def test_who_may_write(name: str) -> None:
    operation, permitted = WRITES[name]
    done, answers = set(), {}
    for actor in matrix.ACTORS:
        with matrix.rolled_back():
            world = world_of(actor)
            before = matrix.everything()
            answers[actor] = operation(world).status_code
            if matrix.everything() != before:
                done.add(actor)

    assert done == permitted, answers


@pytest.mark.parametrize("address", READS)
def test_who_may_read(address: str) -> None:
    answers = {}
    for actor in matrix.ACTORS:
        with matrix.rolled_back():
            answers[actor] = world_of(actor).client.get(address).status_code

    assert {actor for actor, status in answers.items() if status == 200} == READS[address], answers

"""Entities: edited, found by other names, related, merged and taken apart again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.accounts.models import Account
from incidentbase.store.history import queries as history
from incidentbase.store.identities import queries
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.subscriptions.models import FormerSubscription, Subscription
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

ACME = "/entities/edit/?entity_id=acme"
HOSTILE = "<script>alert(1)</script>\u202e [x](javascript:alert(1))"


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    frozen_time.move_to(records.AT)


@pytest.fixture
def ed() -> Client:
    return people.signed_in("ed@people.example", "incident_editor")


@pytest.fixture(autouse=True)
def stories() -> None:
    for entity_id, name in (
        ("acme", "Acme"),
        ("acme-inc", "Acme Inc"),
        ("bus", "Public Bus"),
        ("cafe", "Café Noir"),
    ):
        records.entity(entity_id, name)
    records.report(71)
    records.incident(7, reports=[71], deployers=["acme"], developers=["acme-inc", "acme"])
    records.incident(8, deployers=["acme-inc"], harmed=["bus"])
    records.incident(9, harmed=["cafe"])
    sync.catch_up(at=records.AT)


def form_of(client: Client, address: str = ACME) -> dict[str, Any]:
    page = site.tree(client.get(address))
    (form,) = [one for one in page.all("form", method="post") if one.all("input", name="seen")]
    return site.typed_in(form)


def save(client: Client, address: str = ACME, **typed: str) -> Any:
    return client.post(address, {**form_of(client, address), **typed})


def everything() -> dict[tuple[str, str], Any]:
    kinds = {
        "entity": ("acme", "acme-inc", "bus"),
        "entity_duplicate": ("acme-inc",),
        "incident": ("7", "8"),
    }
    found = {(k, key): recorded.state_of(k, key) for k, keys in kinds.items() for key in keys}
    for entity_id in kinds["entity"]:
        found["names", entity_id] = queries.alias_ids(entity_id)
        for predicate in ("related", "parent", "version"):
            found[predicate, entity_id] = queries.relation_ids(entity_id, predicate)
    return found


def sound() -> bool:
    return list(recorded.findings()) == []


def test_an_entity_is_edited_and_found_by_its_other_names(ed: Client) -> None:
    head = history.head_seq()
    assert save(ed).status_code == 302
    assert history.head_seq() == head

    answer = save(
        ed,
        name="Acme Robotics",
        kind="organization",
        aliases="Acme Co\nAcmé SA",
        related="Public Bus\ncafe",
        reason="as it calls itself",
    )

    assert answer["Location"] == "/entities/acme/"
    page = site.tree(people.browser().get("/entities/acme/"))
    assert page.one("h1").text == "Acme Robotics"
    assert "Acme Co, Acmé SA" in page.text
    assert {"/entities/bus/", "/entities/cafe/"} <= set(page.links())
    sync.catch_up(at=records.AT)
    found = people.browser().get("/apps/discover.json?s=entity:%22acme+co%22").json()["results"]
    assert {row["incident_id"] for row in found} == {7}
    # Both sides of a relationship know it.
    assert form_of(ed, "/entities/edit/?entity_id=bus")["related"] == ["Acme Robotics"]
    save(ed, aliases="Acme Co", related="Public Bus")
    assert list(queries.alias_ids("acme")) == ["Acme Co"]
    assert list(queries.relation_ids("acme", "related")) == ["bus"]
    assert sound()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"kind": "spaceship"}, "kind"),
        ({"aliases": "x" * 256}, "aliases"),
        ({"aliases": "Public Bus"}, "aliases"),
        ({"related": "Nobody Knows It"}, "related"),
        ({"related": "Acme"}, "related"),
        ({"parents": "Nobody Knows It"}, "parents"),
        ({"parents": "Acme"}, "parents"),
        ({"version_of": "Acme"}, "version_of"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    ed: Client, typed: dict[str, str], wrong: str
) -> None:
    head = history.head_seq()

    answer = save(ed, reason="kept", **typed)

    assert answer.status_code == 422
    page = site.tree(answer)
    assert [one["id"] for one in page.all(class_="field__error")] == [f"field-{wrong}-error"]
    assert page.one("input", name="reason")["value"] == "kept"
    assert history.head_seq() == head


def test_two_editors_keep_what_both_did(ed: Client) -> None:
    first = form_of(ed)
    other = people.signed_in("eve@people.example", "incident_editor")
    save(other, name="Acme Robotics", aliases="Acme Co", related="Public Bus")

    clash = ed.post(ACME, {**first, "name": "Acme Machines", "aliases": "Acme SA"})
    assert clash.status_code == 409
    page = site.tree(clash)
    assert "Acme Robotics" in page.all("div", class_="flash--warning")[0].text
    (form,) = [one for one in page.all("form", method="post") if one.all("input", name="seen")]
    assert ed.post(ACME, site.typed_in(form)).status_code == 302

    assert (recorded.state_of("entity", "acme") or {})["name"] == "Acme Machines"
    assert set(queries.alias_ids("acme")) == {"Acme Co", "Acme SA"}
    assert list(queries.relation_ids("acme", "related")) == ["bus"]


def test_two_entities_become_one_and_two_again(ed: Client) -> None:
    save(ed, aliases="Acme Co", related="Public Bus\nAcme Inc")
    save(ed, "/entities/edit/?entity_id=acme-inc", aliases="acme co", related="Acme\nPublic Bus")
    follower = Account.objects.get(email="ed@people.example")
    gone = recorded.KINDS["entity"].mirror.rows(["acme-inc"])["acme-inc"]
    Subscription.objects.create(account=follower, type="entity", entity=gone, created_at=records.AT)
    before = everything()
    page = site.tree(ed.get("/entities/merge/?entity_id=Acme+Inc&into=acme"))
    assert "Named by 2 incidents" in page.text

    answer = ed.post("/entities/merge/", {"entity_id": "acme-inc", "into": "acme"})

    first, second = (recorded.state_of("incident", key) or {} for key in ("7", "8"))
    assert (first["developers"], second["deployers"]) == (["acme"], ["acme"])
    assert set(queries.alias_ids("acme")) == {"Acme Co", "Acme Inc"}
    assert list(queries.relation_ids("acme", "related")) == ["bus"]
    assert Subscription.objects.get().entity.entity_id == "acme"  # type: ignore[union-attr]
    visitor = people.browser()
    assert visitor.get("/entities/acme-inc/")["Location"] == "/entities/acme/"
    sync.catch_up(at=records.AT)
    found = visitor.get("/apps/discover.json?entity=acme").json()["results"]
    assert {row["incident_id"] for row in found} == {7, 8}
    assert sound()

    assert ed.post(answer["Location"]).status_code == 302
    assert everything() == before
    sync.catch_up(at=records.AT)
    found = visitor.get("/apps/discover.json?entity=acme-inc").json()["results"]
    assert {row["incident_id"] for row in found} == {7, 8}
    assert visitor.get("/entities/acme-inc/").status_code == 200
    assert visitor.get("/entities/acme-inc.json").json()["name"] == "Acme Inc"
    assert Subscription.objects.get().entity.entity_id == "acme-inc"  # type: ignore[union-attr]
    assert sound()


def merged(ed: Client, gone: str = "acme-inc", kept: str = "acme") -> str:
    """Merge two entities and return the page of the act."""
    return str(ed.post("/entities/merge/", {"entity_id": gone, "into": kept})["Location"])


def test_all_four_lists_and_earlier_mergers_lead_to_the_one_that_stayed(ed: Client) -> None:
    roles = ("deployers", "developers", "harmed", "implicated")
    named: dict[str, Any] = {role: ["bus", "acme-inc", "acme"] for role in roles}
    records.incident(10, **named)
    records.entity("acme-old", "Acme Old")
    merged(ed, "acme-old", "acme-inc")
    before = recorded.state_of("incident", "10")

    act = merged(ed)

    after = recorded.state_of("incident", "10") or {}
    assert [after[role] for role in roles] == [["bus", "acme"]] * 4
    visitor = people.browser()
    for old in ("acme-old", "acme-inc"):
        assert visitor.get(f"/entities/{old}/")["Location"] == "/entities/acme/"
    ed.post(act)
    assert recorded.state_of("incident", "10") == before
    assert visitor.get("/entities/acme-old/")["Location"] == "/entities/acme-inc/"
    assert sound()


def test_a_submission_that_names_the_one_that_went_becomes_an_incident_of_the_other(
    ed: Client,
) -> None:
    draft = Draft(
        url="https://news.example/bus",
        title="A bus drives past",
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-01",
        text="A bus without a driver went past its stop and nobody could get off for an hour. " * 2,
        incident_date="2026-01-31",
        description="A bus went past its stop.",
        deployers=("Acme Inc",),
        developers=("acme-inc",),
        harmed=("ACME INC", "Acme"),
        implicated=("Acme  Inc",),
    )
    actor = people.viewer(people.account("eve@people.example", "incident_editor"))
    first, second = (review.submit(draft, actor=actor) for _ in range(2))
    act = merged(ed)

    def lists_of(key: str) -> list[list[str]]:
        (number,) = review.promote(key, target="new", actor=actor).incidents
        state = recorded.state_of("incident", str(number)) or {}
        return [state[role] for role in ("deployers", "developers", "harmed", "implicated")]

    assert lists_of(first) == [["acme"]] * 4
    ed.post(act)
    assert lists_of(second) == [["acme-inc"], ["acme-inc"], ["acme-inc", "acme"], ["acme-inc"]]
    assert sound()


def test_parts_and_versions_are_shown_from_both_sides_and_taken_away_again(
    ed: Client, frozen_time: Any
) -> None:
    save(ed, parents="Public Bus", version_of="cafe\nAcme Inc", related="Public Bus")
    visitor = people.browser()

    def relations(entity_id: str) -> list[str]:
        section = site.tree(visitor.get(f"/entities/{entity_id}/")).section("relationships")
        return [one.text for one in section.walk() if one.tag in ("h3", "li")]

    assert relations("acme") == [
        *("Part of, or owned by", "Public Bus"),
        *("A version of", "Acme Inc", "Café Noir"),
        *("Related otherwise", "Public Bus"),
    ]
    assert relations("cafe") == ["Its versions", "Acme"]
    assert relations("bus") == ["Its parts, or what it owns", "Acme", "Related otherwise", "Acme"]
    found = visitor.get("/entities/bus.json").json()["relationships"]
    assert {kind: [one["entity_id"] for one in others] for kind, others in found.items()} == {
        "part": ["acme"],
        "related": ["acme"],
    }
    # The other side does not say it, and so cannot take it away.
    assert form_of(ed, "/entities/edit/?entity_id=bus")["parents"] == [""]
    save(ed, "/entities/edit/?entity_id=bus", name="Bus")
    assert form_of(ed)["parents"] == ["Bus"]
    frozen_time.shift(1)
    save(ed, parents="", version_of="Acme Inc", related="")
    assert relations("acme") == ["A version of", "Acme Inc"]
    act = recorded.newest_act("entity", "acme")
    ed.post(f"/history/{act}/")
    assert len(relations("acme")) == 7
    assert sound()


def test_parts_never_lead_in_a_circle(ed: Client) -> None:
    save(ed, parents="Acme Inc")
    save(ed, "/entities/edit/?entity_id=acme-inc", parents="Public Bus")
    head = history.head_seq()

    answer = save(ed, "/entities/edit/?entity_id=bus", parents="Café Noir\nAcme")

    assert answer.status_code == 422
    assert "leads in a circle" in site.tree(answer).one(id="field-parents-error").text
    assert history.head_seq() == head
    assert save(ed, "/entities/edit/?entity_id=bus", version_of="Acme").status_code == 302


def test_a_merger_leaves_no_link_twice_to_itself_or_in_a_circle(ed: Client) -> None:
    # Up from what goes: the café, and from there what stays.
    save(ed, "/entities/edit/?entity_id=acme-inc", parents="cafe\nPublic Bus", version_of="Acme")
    save(ed, "/entities/edit/?entity_id=cafe", parents="Acme", version_of="Acme Inc")
    save(ed, parents="Public Bus", kind="")
    save(ed, "/entities/edit/?entity_id=acme-inc", kind="organization")
    before = everything()

    act = merged(ed)

    assert list(queries.relation_ids("acme", "parent")) == ["bus"]
    assert list(queries.relation_ids("cafe", "parent")) == ["acme"]
    assert queries.relation_ids("acme", "version") == {}
    assert list(queries.relation_ids("cafe", "version")) == ["acme"]
    assert (recorded.state_of("entity", "acme") or {})["kind"] == "organization"
    assert sound()
    ed.post(act)
    assert everything() == before
    assert sound()


def test_followers_are_those_of_before_when_a_merger_is_undone(ed: Client) -> None:
    def follow(name: str, entity_id: str) -> None:
        row = recorded.KINDS["entity"].mirror.rows([entity_id])[entity_id]
        account = Account.objects.get(email=f"{name}@people.example")
        Subscription.objects.create(
            account=account, type="entity", entity=row, created_at=records.AT
        )

    def followers() -> list[tuple[str, str]]:
        rows = Subscription.objects.values_list("account__email", "entity__entity_id")
        return sorted((email.partition("@")[0], entity_id) for email, entity_id in rows)

    for name in ("ann", "bo", "cy", "di"):
        people.account(f"{name}@people.example")
    for name, entity_id in (
        ("ann", "acme-inc"),
        ("bo", "acme-inc"),
        ("bo", "acme"),
        ("cy", "acme"),
        ("di", "acme-inc"),
    ):
        follow(name, entity_id)
    before = followers()

    act = merged(ed)
    assert followers() == [("ann", "acme"), ("bo", "acme"), ("cy", "acme"), ("di", "acme")]
    Subscription.objects.get(account__email="di@people.example").delete()
    ed.post(act)

    assert followers() == [pair for pair in before if pair[0] != "di"]
    assert not FormerSubscription.objects.exists()


@pytest.mark.parametrize(("gone", "kept"), [("acme", "acme"), ("acme", "nobody"), ("", "acme")])
def test_a_merger_that_makes_no_sense_changes_nothing(ed: Client, gone: str, kept: str) -> None:
    head = history.head_seq()
    answer = ed.post("/entities/merge/", {"entity_id": gone, "into": kept})
    assert ed.get(answer["Location"]).status_code in (200, 422)
    assert history.head_seq() == head


def test_names_that_are_alike_are_candidates(ed: Client) -> None:
    records.entity("inc-acme", "Inc. ACME")
    (pair,) = queries.candidates(least=95)
    assert {pair.entity_id, pair.other_id} == {"acme-inc", "inc-acme"}
    assert pair.likeness == 100
    page = site.tree(ed.get("/entities/merge/?least=95"))
    assert "/entities/merge/?entity_id=inc-acme&into=acme-inc" in page.links()
    assert "Keep Acme Inc" in page.text
    assert len(queries.candidates(least=50)) > 1


def test_names_are_suggested_without_case_or_accents(client: Client) -> None:
    def names(query: str) -> list[str]:
        return list(client.get(f"/entities/suggest.json?q={query}").json()["names"])

    assert names("acm") == ["Acme", "Acme Inc"]
    assert names("NOIR") == ["Café Noir"]
    assert names("cafe") == ["Café Noir"]
    assert names("") == names("%20") == names("zzz") == []


def test_hostile_names_are_harmless(ed: Client) -> None:
    save(ed, name=HOSTILE, aliases=HOSTILE + " too", reason=HOSTILE)
    sync.catch_up(at=records.AT)
    for address in ("/entities/acme/", ACME, "/cite/7/", "/entities/", "/entities/merge/?least=50"):
        page = site.tree(ed.get(address))
        assert [one for one in page.all("script") if "<script" in one.raw.lower()] == [], address
        assert [one for one in page.all("script") if one.raw.startswith("alert")] == [], address
        assert "\u202e" not in page.raw
        assert [link for link in page.links() if link.startswith("javascript")] == []


def test_an_entity_that_went_leads_to_the_editor_of_the_one_that_stayed(ed: Client) -> None:
    ed.post("/entities/merge/", {"entity_id": "acme-inc", "into": "acme"})
    assert ed.get("/entities/edit/?entity_id=acme-inc")["Location"] == ACME
    assert ed.get("/entities/edit/?entity_id=nobody").status_code == 404
    assert ed.get("/entities/edit/").status_code == 404

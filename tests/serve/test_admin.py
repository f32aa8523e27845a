"""The admin's pages: who sees them, who may give which role, and attacks by direct posts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from incidentbase.store.accounts import actions, queries, rules
from incidentbase.store.history.models import Change
from incidentbase.store.records import queries as curation
from tests.make import people, records
from tests.serve.site import tree

pytestmark = pytest.mark.django_db

ROOT = "root@example.org"


@pytest.fixture
def admin() -> Client:
    """Return a client signed in as an admin."""
    return people.signed_in(ROOT, "admin")


def roles_of(public_id: str) -> list[str]:
    return sorted(map(str, queries.grants_of(public_id)))


def address_of(public_id: str) -> str:
    return f"/admin/accounts/{public_id}/"


@pytest.mark.parametrize(
    "roles", [(), ("submitter",), ("incident_editor", "taxonomy_editor"), ("taxonomy_editor:MIT",)]
)
def test_for_others_there_are_no_admin_pages(client: Client, roles: tuple[str, ...]) -> None:
    other = people.account()
    member = people.signed_in("bob@example.org", *roles)
    for each in (client, member):
        for address in ("/admin/", address_of(other), "/admin/accounts/nobody/"):
            assert each.get(address).status_code == 404
            assert each.post(address, {"roles": "admin"}).status_code == 404
    assert roles_of(other) == ["subscriber"]


def test_the_table_shows_accounts_that_people_can_sign_in_to(admin: Client) -> None:
    people.account()
    records.incident(5, editors=["a" * 24])
    page = tree(admin.get("/admin/"))
    rows = [row.text for row in page.one("tbody").all("tr")]
    assert len(rows) == 2
    assert any(people.ANN in row and "Subscriber" in row and "Never" in row for row in rows)


@pytest.mark.parametrize(
    ("wanted", "found"), [("ann", 1), ("ANN@", 1), ("example", 2), ("x", 2), ("zz", 0), ("\0", 2)]
)
def test_accounts_can_be_searched_for(admin: Client, wanted: str, found: int) -> None:
    people.account()
    page = tree(admin.get("/admin/", {"q": wanted}))
    assert len(page.one("tbody").all("th")) == found


def test_an_account_is_found_by_its_id(admin: Client) -> None:
    public_id = people.account()
    assert len(tree(admin.get("/admin/", {"q": public_id})).one("tbody").all("th")) == 1


def test_the_table_has_pages(admin: Client) -> None:
    for number in range(55):
        people.account(f"person{number}@example.org")
    assert len(tree(admin.get("/admin/")).one("tbody").all("tr")) == 50
    assert len(tree(admin.get("/admin/?page=2")).one("tbody").all("tr")) == 6


def test_an_admin_gives_and_takes_roles_and_the_history_tells(admin: Client) -> None:
    records.taxonomy("MIT")
    public_id = people.account()
    form = {"roles": ["subscriber", "incident_editor", "taxonomy_editor:MIT"]}
    assert admin.post(address_of(public_id), form)["Location"] == address_of(public_id)
    assert roles_of(public_id) == ["incident_editor", "subscriber", "taxonomy_editor:MIT"]
    change = Change.objects.get(kind="account", key=public_id, action="account.roles")
    assert change.delta["roles"] == [["subscriber"], sorted(form["roles"])]
    admin.post(address_of(public_id), {"roles": []})
    assert roles_of(public_id) == []
    assert list(curation.findings()) == []


@pytest.mark.parametrize("role", ["emperor", "taxonomy_editor:NONE", "admin:MIT", ""])
def test_roles_that_do_not_exist_are_refused(admin: Client, role: str) -> None:
    public_id = people.account()
    assert admin.post(address_of(public_id), {"roles": [role]}).status_code == 409
    assert roles_of(public_id) == ["subscriber"]


def test_nobody_gives_roles_to_themselves(admin: Client) -> None:
    own = queries.id_of_address(ROOT)
    assert own is not None
    form = {"roles": ["subscriber", "admin", "incident_editor"]}
    assert admin.post(address_of(own), form).status_code == 409
    assert roles_of(own) == ["admin", "subscriber"]
    with pytest.raises(rules.OwnRolesRaised):
        actions.set_roles(own, map(rules.Grant, form["roles"]), actor=people.viewer(own))


def test_an_admin_may_give_roles_up_but_not_as_the_last(admin: Client) -> None:
    own = queries.id_of_address(ROOT)
    assert own is not None
    response = admin.post(address_of(own), {"roles": ["subscriber"]})
    assert response.status_code == 409
    assert "only admin" in tree(response).one("ul", class_="errorlist").text
    assert "admin" in roles_of(own)
    people.account("second@example.org", "admin")
    admin.post(address_of(own), {"roles": ["subscriber"]})
    assert roles_of(own) == ["subscriber"]
    assert admin.get("/admin/").status_code == 404


def test_the_page_offers_what_will_be_allowed(admin: Client) -> None:
    records.taxonomy("MIT")
    own = queries.id_of_address(ROOT)
    other = people.account()
    assert offered(admin, str(own)) == {"admin", "subscriber"}
    assert offered(admin, other) == {*rules.ROLES, "taxonomy_editor:MIT"}


def offered(client: Client, public_id: str) -> set[str]:
    boxes = tree(client.get(address_of(public_id))).all("input", name="roles")
    return {box["value"] for box in boxes}


def test_a_role_that_was_taken_counts_at_the_next_request(admin: Client) -> None:
    second = people.signed_in("second@example.org", "admin")
    assert second.get("/admin/").status_code == 200
    public_id = queries.id_of_address("second@example.org")
    admin.post(address_of(str(public_id)), {"roles": ["subscriber"]})
    assert second.get("/admin/").status_code == 404


@pytest.mark.parametrize("role", ["subscriber", "incident_editor", "taxonomy_editor"])
def test_actions_refuse_who_is_no_admin(role: str) -> None:
    victim = people.account()
    actor: Any = people.viewer(people.account("bob@example.org", *({role} - {"subscriber"})))
    with pytest.raises(rules.NotPermitted):
        actions.set_roles(victim, [rules.Grant("admin")], actor=actor)
    with pytest.raises(rules.NotPermitted):
        actions.register("new@example.org", actor=actor)
    with pytest.raises(rules.NotPermitted):
        actions.forget_credentials(victim, actor=actor)
    with pytest.raises(rules.NotPermitted):
        actions.rename(victim, first_name="X", last_name="Y", actor=actor)
    with pytest.raises(rules.NotPermitted):
        actions.erase(victim, actor=actor)
    with pytest.raises(rules.NotPermitted):
        queries.listing(actor)


OWN = {
    "erase": lambda actor, public_id: actions.erase(public_id, actor=actor),
    "end a session": lambda actor, _: actions.end_session(1, actor=actor),
    "make a token": lambda actor, _: actions.create_token("x", rules.EDIT, actor=actor),
    "revoke a token": lambda actor, _: actions.revoke_token("x", actor=actor),
}


@pytest.mark.parametrize("action", OWN)
def test_visitors_and_tokens_have_no_account_to_change(action: str) -> None:
    public_id = people.account()
    by_token = rules.narrowed(people.viewer(public_id), rules.EDIT)
    for actor in (rules.anonymous(records.AT), by_token):
        with pytest.raises(rules.NotPermitted):
            OWN[action](actor, public_id)

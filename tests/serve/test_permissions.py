"""Who may do what, through HTTP: every operation as every role, on own and others' records.

The expectation is the recommended column of the reference's table of permissions (spec
aiid-interface §7.3). An operation counts as done when the history has an entry more, a page as
read when it is answered with 200. Nobody may do more than the table says, and nobody less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from incidentbase.serve.http import tracking
from incidentbase.store.accounts import actions as accounts
from incidentbase.store.accounts import rules
from incidentbase.store.accounts.models import Account, ApiToken
from incidentbase.store.assessing import actions as assessing
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.history import queries as history
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.submissions.models import QuickAdd
from incidentbase.store.webhooks import actions as webhooks
from incidentbase.store.webhooks.models import Webhook
from incidentbase.store.webhooks.rules import WebhookDraft
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2

VISITOR = "visitor"
SUBSCRIBER, SUBMITTER = "subscriber", "submitter"
EDITOR, TAXONOMY, ONE_TAXONOMY = "incident_editor", "taxonomy_editor", "taxonomy_editor:MIT"
ADMIN = "admin"
ACCOUNTS = (SUBSCRIBER, SUBMITTER, EDITOR, TAXONOMY, ONE_TAXONOMY, ADMIN)
# Programs: the role of the account, and the scope of its token.
READING_EDITOR, SENDING_EDITOR = "incident_editor by read", "incident_editor by submit"
EDITING_EDITOR, EDITING_ADMIN = "incident_editor by edit", "admin by edit"
SENDING_SUBSCRIBER = "subscriber by submit"
TOKENS = (READING_EDITOR, SENDING_EDITOR, EDITING_EDITOR, EDITING_ADMIN, SENDING_SUBSCRIBER)
ACTORS = (VISITOR, *ACCOUNTS, *TOKENS)

EVERYBODY = frozenset(ACTORS)
SENDERS = EVERYBODY - {READING_EDITOR}
EDITORS = frozenset({EDITOR, ADMIN, EDITING_EDITOR, EDITING_ADMIN})
# What a token is for reading may read.
READING_EDITORS = EDITORS | {READING_EDITOR, SENDING_EDITOR}
SIGNED_IN = frozenset(ACCOUNTS)
ADMINS = frozenset({ADMIN})
CHECKLISTERS = SENDERS - {VISITOR}


@dataclass(slots=True)
class World:
    """The records that operations are about: one of each as `own`, others of somebody else."""

    client: Client
    account_id: str
    submissions: dict[str, str]
    other_account: str

    def target(self, whose: str) -> str:
        """Return the submission that the actor, or somebody else, sent in."""
        return self.submissions[whose]


Operation = Callable[[World], Any]


@pytest.fixture(autouse=True)
def clock(frozen_time: Any, settings: Any) -> Any:
    cache.clear()
    frozen_time.move_to(records.AT)
    return frozen_time


def draft(title: str) -> Draft:
    return Draft(
        url="https://news.example/bus",
        title=title,
        authors=("Ann Author",),
        date_published="2026-02-01",
        date_downloaded="2026-02-02",
        text=TEXT,
        incident_date="2026-01-31",
        description="A bus went past its stop.",
        deployers=("Acme",),
        developers=("Acme",),
        harmed=("Passengers",),
    )


def world_of(actor: str) -> World:
    """Make the records, and a client that is signed in, or comes with a token, as the actor."""
    client = people.browser()
    account_id = ""
    if actor != VISITOR:
        role, _by, scope = actor.partition(" by ")
        account_id = people.account("actor@people.example", *({role} - {SUBSCRIBER}))
        if scope:
            made = accounts.create_token("key", scope, actor=viewer_of(account_id))
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {made.text}"
        else:
            client.force_login(Account.objects.get(public_id=account_id))
    other = Account.objects.get(email="other@people.example").public_id
    for owner in filter(None, (account_id, other)):
        accounts.create_token("At hand", rules.READ, actor=viewer_of(owner))
    sent = {
        "own": viewer_of(account_id) if account_id else rules.anonymous(records.AT),
        "other": viewer_of(other),
        "assigned": viewer_of(other),
    }
    submissions = {
        whose: review.submit(draft(f"A bus of the {whose}"), actor=who)
        for whose, who in sent.items()
    }
    eve = Account.objects.get(email="eve@people.example").public_id
    review.assign([submissions["assigned"]], eve, actor=rules.system("tests", records.AT))
    return World(client, account_id, submissions, other)


def viewer_of(account_id: str) -> rules.Viewer:
    return people.viewer(account_id)


@pytest.fixture(autouse=True)
def make_records(clock: Any) -> None:
    """Make what every actor finds; what each does to it is rolled back."""
    other = people.account("other@people.example")
    webhook = WebhookDraft("https://8.8.8.8/hook", ("incident.published",))
    webhooks.create_webhook(webhook, actor=viewer_of(other))
    people.account("eve@people.example", "incident_editor")
    records.entity("acme", "Acme")
    records.entity("acme-inc", "Acme Inc")
    records.report(11, text=TEXT)
    records.report(12, text=TEXT, is_flagged=True)
    records.report(13, title="", url="", source_domain="", text="Again.")
    records.incident(
        1, reports=[11, 13], deployers=["acme"], developers=["acme"], harmed=["acme-inc"]
    )
    records.incident(2, reports=[12], deployers=["acme"])
    records.incident(3, visibility="internal")
    records.taxonomy("MIT", records.field("Risk Domain", "enum"))
    records.classification("MIT", 1, ["Risk Domain", '"Open"'])
    edited()
    checklists()
    review.quick_add("https://news.example/link", actor=rules.anonymous(records.AT))


def filled(world: World, address: str, marker: str = "seen") -> dict[str, Any]:
    """Return the form of a page as a browser sends it; empty when the page does not open."""
    answer = world.client.get(address)
    if answer.status_code != 200:
        return {}
    page = site.tree(answer)
    for form in page.all("form", method="post"):
        if form.all("input", name=marker):
            return site.typed_in(form)
    return {}


def post(world: World, address: str, marker: str = "seen", **typed: Any) -> Any:
    return world.client.post(address, {**filled(world, address, marker), **typed})


def send_by_the_api(world: World) -> Any:
    body = {
        "url": "https://news.example/other",
        "title": "Another bus goes its own way",
        "authors": ["Ann Author"],
        "date_published": "2026-02-01",
        "date_downloaded": "2026-02-02",
        "text": TEXT,
    }
    return world.client.post("/api/v1/submissions", body, content_type="application/json")


def submit(world: World) -> Any:
    form = filled(world, "/apps/submit/", "since")
    form |= {
        "url": "https://news.example/other",
        "title": "Another bus goes its own way",
        "authors": "Ann Author",
        "date_published": "2026-02-01",
        "date_downloaded": "2026-02-02",
        "text": TEXT,
        "do": "submit",
    }
    CLOCK[0].shift(30)
    return world.client.post("/apps/submit/", form)


CLOCK: list[Any] = []


@pytest.fixture(autouse=True)
def shifting(clock: Any) -> None:
    CLOCK[:] = [clock]


def on_desk(what: str, *, whose: str = "other", **typed: Any) -> Operation:
    """Return an operation of the review desk on the submission of somebody else."""

    def act(world: World) -> Any:
        return post(world, f"/apps/review/{world.target(whose)}/", do=what, **typed)

    return act


def revise(whose: str) -> Operation:
    """Return a change of a submission by its tracking page, of which only the sender knows."""

    def act(world: World) -> Any:
        code = tracking.code_for(world.target(whose))
        address = f"/apps/submitted/{code if whose == 'own' else world.target(whose)}/"
        return post(world, address, description="Changed by its sender.")

    return act


def edit(address: str, **typed: Any) -> Operation:
    return lambda world: post(world, address, **typed)


def sent(address: str, **typed: Any) -> Operation:
    return lambda world: world.client.post(address, typed)


def set_roles(whose: str, *roles: str) -> Operation:
    def act(world: World) -> Any:
        account = world.account_id if whose == "own" else world.other_account
        address = f"/admin/accounts/{account or 'nobody'}/"
        return world.client.post(address, {"roles": ["subscriber", *roles]})

    return act


def flag(world: World) -> Any:
    form = filled(world, "/reports/11/flag/", "since")
    CLOCK[0].shift(30)
    return world.client.post("/reports/11/flag/", {**form, "code": "wrong"})


def tell_of_variant(world: World) -> Any:
    form = filled(world, "/cite/1/variant/", "since")
    CLOCK[0].shift(30)
    return world.client.post("/cite/1/variant/", {**form, "text": TEXT})


def assign(world: World) -> Any:
    editor = Account.objects.get(email="eve@people.example").public_id
    return on_desk("assign", editor=editor)(world)


def unassign(world: World) -> Any:
    editor = Account.objects.get(email="eve@people.example").public_id
    return on_desk("unassign", whose="assigned", editor=editor)(world)


def dismiss(world: World) -> Any:
    link = QuickAdd.objects.get().public_id
    return world.client.post("/apps/review/", {"do": "dismiss", "chosen": [link]})


def edited() -> None:
    """Let an editor change incident 2, so that there is something to restore and to undo."""
    state = recorded.state_of("incident", "2") or {}
    seen = record_actions.version_of(state)
    actor = rules.system("tests", records.AT)
    record_actions.edit("incident", "2", {"title": "A mistake"}, seen=seen, actor=actor)


def restore(world: World) -> Any:
    first = list(recorded.versions("incident", "2"))[-1]
    return world.client.post(f"/incidents/history/?incident_id=2&version={first.seq}")


def undo(world: World) -> Any:
    return world.client.post(f"/history/{recorded.newest_act('incident', '2')}/")


def revoke(whose: str) -> Operation:
    """Return the revocation of a token made at the site, by its page."""

    def act(world: World) -> Any:
        address = "other@people.example" if whose == "other" else "actor@people.example"
        made = ApiToken.objects.filter(account__email=address, name="At hand").first()
        return world.client.post(f"/account/tokens/{made.public_id if made else 'none'}/revoke/")

    return act


def on_checklist(whose: str, address: str = "edit/", **typed: Any) -> Operation:
    """Return an operation on the private checklist of somebody else, or on one published."""

    def act(world: World) -> Any:
        key = Checklist.objects.get(name=whose).checklist_id
        return world.client.post(f"/apps/checklists/{key}/{address}", typed)

    return act


def checklists() -> None:
    """Let somebody have a private checklist and one that is published."""
    other = viewer_of(Account.objects.get(email="other@people.example").public_id)
    assessing.create_checklist("private", actor=other)
    assessing.create_checklist("published", actor=other)
    published = Checklist.objects.get(name="published").public_id
    assessing.share_checklist(published, "published", actor=other)


def clone(whose: str) -> Operation:
    def act(world: World) -> Any:
        key = Checklist.objects.get(name=whose).checklist_id
        return world.client.post("/apps/checklists/", {"do": "clone", "checklist": key})

    return act


def on_webhook(do: str, **typed: Any) -> Operation:
    """Return an operation on the webhook of somebody else."""

    def act(world: World) -> Any:
        key = Webhook.objects.get(account__public_id=world.other_account).public_id
        return world.client.post(f"/account/webhooks/{key}/", {"do": do, **typed})

    return act


# What is done, how, and who may do it.
WRITES: dict[str, tuple[Operation, frozenset[str]]] = {
    "submit a report": (submit, SENDERS),
    "submit by the API": (send_by_the_api, SENDERS),
    "send in a link": (sent("/apps/submit/link/", url="https://news.example/x"), SENDERS),
    "change a submission as its sender": (revise("own"), EVERYBODY),
    "change somebody else's submission as if its sender": (revise("other"), frozenset()),
    "change a submission at the desk": (on_desk("save", title="A better headline"), EDITORS),
    "claim a submission": (on_desk("claim"), EDITORS),
    "refuse a submission": (on_desk("reject", code="spam", reason="No."), EDITORS),
    "promote to a new incident": (on_desk("new"), EDITORS),
    "promote for an incident": (on_desk("existing", incident_ids="1"), EDITORS),
    "promote to an issue report": (on_desk("issue"), EDITORS),
    "promote to a variant": (on_desk("variant", incident_ids="1"), EDITORS),
    "assign a submission": (assign, EDITORS),
    "take an editor off a submission": (unassign, EDITORS),
    "take a link off the list": (dismiss, EDITORS),
    "change tags of many": (
        sent("/incidents/bulk/", do="apply", what="tags", reports="11,12", add="new"),
        EDITORS,
    ),
    "publish classifications": (
        sent(
            "/incidents/bulk/",
            do="apply",
            what="classifications",
            namespace="MIT",
            incidents="1",
            publication="no",
        ),
        EDITORS,
    ),
    "claim in bulk": (
        lambda world: world.client.post(
            "/apps/review/", {"do": "claim", "chosen": [world.target("other")]}
        ),
        EDITORS,
    ),
    "refuse in bulk": (
        lambda world: world.client.post(
            "/apps/review/",
            {"do": "reject", "code": "spam", "chosen": [world.target("other")]},
        ),
        EDITORS,
    ),
    "make an incident": (
        edit("/incidents/new/", title="A bus astray", date="2024-01-01", description="A bus."),
        EDITORS,
    ),
    "edit an incident": (
        edit("/incidents/edit/?incident_id=1", title="A bus goes far astray"),
        EDITORS,
    ),
    "translate an incident": (
        edit("/incidents/edit/?incident_id=1", **{"translation-es-title": "Un autobús"}),
        EDITORS,
    ),
    "say what an incident is like": (
        edit("/incidents/edit/?incident_id=1", editor_similar="2"),
        EDITORS,
    ),
    "edit a report": (edit("/cite/edit/?report_number=11", title="A better headline"), EDITORS),
    "translate a report": (
        edit("/cite/edit/?report_number=11", **{"translation-es-title": "Un titular"}),
        EDITORS,
    ),
    "link a report to incidents": (
        edit("/cite/edit/?report_number=11", incident_ids="1, 2"),
        EDITORS,
    ),
    "flag a report": (flag, SENDERS),
    "tell of a variant": (tell_of_variant, SENDERS),
    "approve a variant": (sent("/apps/variants/", number="13", do="approved"), EDITORS),
    "reject a variant": (sent("/apps/variants/", number="13", do="rejected"), EDITORS),
    "edit a variant": (edit("/cite/edit/?report_number=13", text="It did so again."), EDITORS),
    "withdraw a variant": (sent("/cite/withdraw/?report_number=13", reason="No."), EDITORS),
    "resolve flags": (sent("/summaries/flagged/", number="12", outcome="unfounded"), EDITORS),
    "move reports": (
        sent("/incidents/reports/?incident_id=1", do="move", chosen="11", to="2"),
        EDITORS,
    ),
    "link reports": (
        sent("/incidents/reports/?incident_id=1", do="link", chosen="11", to="2"),
        EDITORS,
    ),
    "unlink reports": (
        sent("/incidents/reports/?incident_id=1", do="unlink", chosen="11"),
        EDITORS,
    ),
    "edit an entity": (edit("/entities/edit/?entity_id=acme", name="Acme Robotics"), EDITORS),
    "merge entities": (sent("/entities/merge/", entity_id="acme-inc", into="acme"), EDITORS),
    "make an incident a duplicate": (sent("/incidents/merge/?incident_id=1", into="2"), EDITORS),
    "withdraw an incident": (sent("/incidents/withdraw/?incident_id=1", reason="No."), EDITORS),
    "put an incident back": (sent("/incidents/withdraw/?incident_id=3"), EDITORS),
    "withdraw a report": (sent("/cite/withdraw/?report_number=11", reason="No."), EDITORS),
    "restore a version": (restore, EDITORS),
    "undo an act": (undo, EDITORS),
    "make a checklist": (sent("/apps/checklists/", do="new"), CHECKLISTERS),
    "clone a published checklist": (clone("published"), CHECKLISTERS),
    "clone somebody's private checklist": (clone("private"), ADMINS),
    "edit somebody's private checklist": (on_checklist("private", name="Mine"), ADMINS),
    "edit somebody's published checklist": (on_checklist("published", name="Mine"), ADMINS),
    "publish somebody's checklist": (on_checklist("private", do="published"), ADMINS),
    "delete somebody's checklist": (on_checklist("published", "delete/"), ADMINS),
    "change one's own names": (sent("/account/", first_name="New", last_name="Name"), SIGNED_IN),
    "make a token": (
        sent("/account/tokens/", name="Key", scope="read", lifetime="30"),
        SIGNED_IN,
    ),
    "revoke one's own token": (revoke("own"), SIGNED_IN),
    "revoke somebody else's token": (revoke("other"), frozenset()),
    "make a webhook": (
        sent("/account/webhooks/", url="https://8.8.8.8/", events="incident.published"),
        SIGNED_IN,
    ),
    "make a new secret for somebody's webhook": (on_webhook("rotate"), frozenset()),
    "change somebody's webhook": (
        on_webhook("save", url="https://8.8.8.8/x", events="report.changed"),
        frozenset(),
    ),
    "switch somebody's webhook on": (on_webhook("resume"), frozenset()),
    "pause somebody's webhook": (on_webhook("pause"), ADMINS),
    "delete somebody's webhook": (on_webhook("delete"), ADMINS),
    "give oneself a role": (set_roles("own", "admin", "incident_editor"), frozenset()),
    "give somebody a role": (set_roles("other", "incident_editor"), ADMINS),
}


def read(address: str) -> Operation:
    return lambda world: world.client.get(address)


def _address(name: str) -> str:
    return Checklist.objects.get(name=name).checklist_id


READS: dict[str, tuple[Operation, frozenset[str]]] = {
    **{
        f"read {address}": (read(address), EVERYBODY)
        for address in (
            "/cite/1/",
            "/cite/1.json",
            "/reports/11/",
            "/entities/acme/",
            "/taxonomies/mit/",
            "/apps/submitted/",
            "/apps/submit/",
            "/summaries/flagged/",
            "/apps/variants/",
            "/cite/1/variant/",
            "/incidents/history/?incident_id=1",
            "/cite/history.json?report_number=11",
        )
    },
    "read what is internal": (read("/cite/3/"), READING_EDITORS),
    "open the queue": (read("/apps/review/"), READING_EDITORS),
    "open the desk": (
        lambda world: world.client.get(f"/apps/review/{world.target('other')}/"),
        READING_EDITORS,
    ),
    "open the editor of an incident": (read("/incidents/edit/?incident_id=1"), READING_EDITORS),
    "open the editor of a report": (read("/cite/edit/?report_number=11"), READING_EDITORS),
    "read a published checklist": (
        lambda world: world.client.get(f"/apps/checklists/{_address('published')}/"),
        EVERYBODY,
    ),
    "read somebody's private checklist": (
        lambda world: world.client.get(f"/apps/checklists/{_address('private')}/"),
        ADMINS,
    ),
    "see somebody's webhook": (
        lambda world: world.client.get(f"/account/webhooks/{Webhook.objects.get().public_id}/"),
        ADMINS,
    ),
    "see all webhooks": (read("/admin/webhooks/"), ADMINS),
    "see one's own webhooks": (read("/account/webhooks/"), SIGNED_IN),
    "see one's own account": (read("/account/"), SIGNED_IN),
    "see all accounts": (read("/admin/"), ADMINS),
    "see somebody's account": (
        lambda world: world.client.get(f"/admin/accounts/{world.other_account}/"),
        ADMINS,
    ),
}


def everything() -> tuple[int, list[str]]:
    """Return what any write changes: the history, or the names of people, which it leaves out."""
    return history.head_seq(), sorted(Account.objects.values_list("first_name", flat=True))


@contextmanager
def rolled_back() -> Iterator[None]:
    """Let one actor try something in the same world as all others."""
    cache.clear()
    CLOCK[0].move_to(records.AT)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", WRITES)
def test_who_may_write(name: str) -> None:
    operation, permitted = WRITES[name]
    done, answers = set(), {}
    for actor in ACTORS:
        with rolled_back():
            world = world_of(actor)
            before = everything()
            answers[actor] = operation(world).status_code
            if everything() != before:
                done.add(actor)

    assert done == permitted, answers
    refusals = {answers[actor] for actor in EVERYBODY - permitted}
    assert refusals <= {200, 302, 401, 403, 404, 405, 409, 422, 429}


@pytest.mark.parametrize("name", READS)
def test_who_may_read(name: str) -> None:
    operation, permitted = READS[name]
    answers = {}
    for actor in ACTORS:
        with rolled_back():
            answers[actor] = operation(world_of(actor)).status_code

    assert {actor for actor, status in answers.items() if status == 200} == permitted, answers


@pytest.mark.parametrize("actor", sorted(EVERYBODY - ADMINS))
def test_nobody_but_admins_reads_an_address(actor: str) -> None:
    world = world_of(actor)
    for address in ("/apps/submitted/", "/apps/review/", "/cite/1/", "/cite/1.json", "/admin/"):
        assert b"other@people.example" not in site.body_of(world.client.get(address)), address


def test_a_token_is_made_by_its_owner_alone(clock: Any) -> None:
    world = world_of(SUBSCRIBER)
    world.client.post("/account/tokens/", {"name": "Key", "scope": "read", "lifetime": "30"})
    made = ApiToken.objects.filter(name="Key")
    assert [token.account.public_id for token in made] == [world.account_id]

"""The review desk by plain posts: filtered, claimed, saved, decided; closed to everybody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.index import sync
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts import rules as roles
from incidentbase.store.accounts.models import Account, AccountRole
from incidentbase.store.history import queries as history
from incidentbase.store.records import actions as record_actions
from incidentbase.store.records import queries as recorded
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.submissions.models import Submission
from tests.make import records
from tests.serve import site
from tests.serve.site import Element

pytestmark = pytest.mark.django_db

QUEUE = "/apps/review/"
TEXT = "A bus without a driver went past its stop and nobody could get off for an hour. " * 2


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> None:
    cache.clear()
    frozen_time.move_to(records.AT)


def account(role: str, name: str = "ed") -> Account:
    made = Account.objects.create(email=f"{name}@people.example", created_at=records.AT)
    AccountRole.objects.create(account=made, role=role)
    return made


@pytest.fixture
def ed() -> Account:
    return account(roles.INCIDENT_EDITOR)


@pytest.fixture
def desk(client: Client, ed: Account) -> Client:
    client.force_login(ed)
    return client


def submit(number: int = 1, **changes: Any) -> str:
    draft = {
        "url": f"https://news.example/{number}",
        "title": f"A bus goes its own way {number}",
        "authors": ("Ann Author",),
        "date_published": "2026-02-01",
        "date_downloaded": "2026-02-02",
        "text": TEXT,
        "incident_date": "2026-01-31",
        "description": "A bus went past its stop.",
        "deployers": ("Public Bus",),
        "developers": ("Acme Robotics",),
        "harmed": ("passengers",),
        **changes,
    }
    return review.submit(Draft(**draft), actor=roles.anonymous(records.AT))


def state_of(key: str) -> dict[str, Any]:
    state = recorded.state_of("submission", key)
    assert state is not None
    return state


def typed_in(page: Element) -> dict[str, str]:
    """Return what stands in the form of the desk."""
    (form,) = page.all("form", **{"data-desk": ""})
    found = {
        one["name"]: one.attributes.get("value", "")
        for one in form.all("input")
        if one["name"] != "csrfmiddlewaretoken"
    }
    found |= {one["name"]: one.raw for one in form.all("textarea")}
    for select in form.all("select"):
        chosen = select.all("option", selected="")
        found[select["name"]] = chosen[0]["value"] if chosen else select.all("option")[0]["value"]
    return found


def do(client: Client, key: str, what: str, **typed: str) -> Any:
    form = typed_in(site.tree(client.get(f"{QUEUE}{key}/")))
    return client.post(f"{QUEUE}{key}/", {**form, **typed, "do": what})


@pytest.mark.parametrize("role", ["", roles.SUBSCRIBER, roles.SUBMITTER, roles.TAXONOMY_EDITOR])
def test_for_others_there_is_no_desk(client: Client, role: str) -> None:
    key = submit()
    if role:
        client.force_login(account(role, "other"))
    head = history.head_seq()

    for address in (QUEUE, f"{QUEUE}{key}/"):
        assert client.get(address).status_code == 404
        for what in ("claim", "reject", "new", "issue", "save", "autosave"):
            answer = client.post(address, {"do": what, "chosen": key, "code": "spam"})
            assert answer.status_code == 404
    assert history.head_seq() == head


def test_the_queue_is_filtered_and_ordered(desk: Client, ed: Account) -> None:
    mine, _other = submit(1), submit(2, language="ja", url="https://press.example/2")
    review.claim([mine], actor=viewer(ed))

    def titles(query: str) -> list[str]:
        page = site.tree(desk.get(QUEUE + query))
        return (
            [row.all("th")[0].text[-1] for row in page.all("tbody")[0].all("tr")]
            if page.all("tbody")
            else []
        )

    assert titles("") == ["2", "1"]
    assert titles("?order=oldest") == ["1", "2"]
    assert titles("?assigned=me") == ["1"]
    assert titles("?assigned=nobody") == ["2"]
    assert titles("?status=inReview") == ["1"]
    assert titles("?language=ja") == ["2"]
    assert titles("?q=PRESS.example") == ["2"]
    assert titles("?q=way+1") == ["1"]
    assert titles("?q=nothing") == []


def viewer(who: Account) -> roles.Viewer:
    return accounts.viewer_for(who.public_id, at=records.AT)


def test_many_are_claimed_given_back_and_refused_at_once(desk: Client, ed: Account) -> None:
    keys = [submit(number) for number in (1, 2, 3)]

    answer = desk.post(QUEUE, {"do": "claim", "chosen": keys[:2]})
    assert "2 submissions changed hands." in site.tree(desk.get(answer["Location"])).text
    assert [state_of(key)["payload"]["incident_editors"] for key in keys] == [
        [ed.public_id],
        [ed.public_id],
        [],
    ]
    desk.post(QUEUE, {"do": "unclaim", "chosen": keys[:1]})
    assert state_of(keys[0])["status"] == "pendingReview"
    refused = {"do": "reject", "chosen": keys[1:], "code": "spam", "reason": "Advertising."}
    desk.post(QUEUE, refused)
    assert [state_of(key)["status"] for key in keys] == ["pendingReview", "rejected", "rejected"]
    assert desk.post(QUEUE, {"do": "claim", "chosen": ["f" * 24]}).status_code == 404
    assert desk.post(QUEUE, {"do": "claim", "chosen": ["nonsense"]}).status_code == 302


def test_a_submission_becomes_an_incident_and_the_next_one_comes(desk: Client) -> None:
    first, second = submit(1), submit(2)

    answer = do(desk, second, "new", title="A better headline")

    assert answer["Location"].startswith(f"{QUEUE}{first}/?done=report")
    assert "Accepted as report 1." in site.tree(desk.get(answer["Location"])).text
    sync.catch_up(at=records.AT)
    assert "A better headline" in site.tree(desk.get("/cite/1/")).text
    assert "A better headline" in site.tree(desk.get("/apps/discover/?s=headline")).text
    done = site.tree(desk.get(f"{QUEUE}{second}/"))
    assert {"/reports/1/", "/cite/1/"} <= set(done.links())


def test_it_joins_the_incidents_that_the_form_names(desk: Client) -> None:
    records.incident(7)
    key = submit()

    unknown = do(desk, key, "existing", incident_ids="8")
    assert unknown.status_code == 422
    assert "There is no incident with this number." in site.tree(unknown).text
    missing = do(desk, key, "existing", incident_ids="")
    assert missing.status_code == 422
    assert do(desk, key, "existing", incident_ids="7").status_code == 302
    incident = recorded.state_of("incident", "7")
    assert incident is not None
    assert incident["reports"] == [1]


def test_it_becomes_a_variant_of_the_incidents_that_the_form_names(desk: Client) -> None:
    records.incident(7)
    key = submit(1, tags=("response", "variant:unreviewed"))

    assert do(desk, key, "variant", incident_ids="").status_code == 422
    assert do(desk, key, "variant", incident_ids="7").status_code == 302

    made = recorded.state_of("report", "1")
    assert made is not None
    assert (made["title"], made["url"], made["source_domain"]) == ("", "", "")
    assert made["tags"] == ["response", "variant:approved"]
    page = site.tree(desk.get("/cite/7/"))
    assert "A bus without a driver" in page.section("variants").text
    assert desk.get("/reports/1/")["Location"] == "/cite/7/#r1"


def test_others_are_asked_to_review(desk: Client) -> None:
    first, second = submit(1), submit(2)
    eve = account(roles.INCIDENT_EDITOR, "eve")
    bo = account(roles.SUBMITTER, "bo")

    do(desk, first, "assign", editor=eve.public_id)
    desk.post(QUEUE, {"do": "assign", "chosen": [second], "editor": eve.public_id})

    for key in (first, second):
        assert state_of(key)["payload"]["incident_editors"] == [eve.public_id]
        assert state_of(key)["status"] == "inReview"
    page = site.tree(desk.get(f"{QUEUE}?assigned={eve.public_id}"))
    assert len(page.all("tbody")[0].all("tr")) == 2
    for nobody in (bo.public_id, "f" * 24, ""):
        refused = {"do": "assign", "chosen": [second], "editor": nobody}
        assert desk.post(QUEUE, refused).status_code == 404


def test_who_is_assigned_is_named_at_the_desk_and_taken_off_again(
    desk: Client, ed: Account
) -> None:
    first, second = submit(1), submit(2)
    eve = account(roles.INCIDENT_EDITOR, "eve")
    review.claim([first], actor=viewer(ed))
    review.assign([first, second], eve.public_id, actor=viewer(ed))
    AccountRole.objects.filter(account=eve).delete()  # a former editor is taken off as well
    page = site.tree(desk.get(f"{QUEUE}{first}/"))
    (group,) = page.one("select", name="editor").all("optgroup")
    assert [one["value"] for one in group.all("option")] == [eve.public_id]
    assert "claimed by you · Editor without a name" in page.text

    do(desk, first, "unassign", editor=eve.public_id)
    taken = desk.post(QUEUE, {"do": "unassign", "chosen": [second], "editor": eve.public_id})

    assert "1 submission changed hands." in site.tree(desk.get(taken["Location"])).text
    assert state_of(first)["payload"]["incident_editors"] == [ed.public_id]
    assert (state_of(first)["status"], state_of(second)["status"]) == ("inReview", "pendingReview")
    assert list(recorded.findings()) == []


def test_links_are_taken_off_together_or_not_at_all(desk: Client, ed: Account) -> None:
    keys = [
        review.quick_add(f"https://news.example/{n}", actor=roles.anonymous(records.AT))
        for n in (1, 2)
    ]
    head = history.head_seq()

    assert desk.post(QUEUE, {"do": "dismiss", "chosen": [keys[0], "f" * 24]}).status_code == 404
    assert history.head_seq() == head
    desk.post(QUEUE, {"do": "dismiss", "chosen": keys})

    group = recorded.newest_act("quick_add", keys[0])
    assert group is not None
    assert group == recorded.newest_act("quick_add", keys[1])
    record_actions.undo(group, actor=viewer(ed))
    assert {key for key in keys if recorded.state_of("quick_add", key)} == set(keys)


def test_bare_links_are_written_up_or_taken_off_the_list(desk: Client) -> None:
    keys = [
        review.quick_add(f"https://news.example/{n}", actor=roles.anonymous(records.AT))
        for n in (1, 2)
    ]
    page = site.tree(desk.get(QUEUE))
    assert "/apps/submit/?url=https%3A%2F%2Fnews.example%2F1" in page.links()

    answer = desk.post(QUEUE, {"do": "dismiss", "chosen": keys[:1], "reason": "Not about AI."})

    page = site.tree(desk.get(answer["Location"]))
    assert "1 link was taken off the list." in page.text
    assert "https://news.example/1" not in page.text
    change = history.of_record("quick_add", keys[0]).first()
    assert change is not None
    assert change.reason == "Not about AI."
    assert desk.post(QUEUE, {"do": "dismiss", "chosen": keys[:1]}).status_code == 404


def test_the_address_of_the_reference_leads_editors_to_the_desk(
    client: Client, desk: Client
) -> None:
    key = submit()
    address = f"/apps/submitted/?editSubmission={key}"
    assert desk.get(address)["Location"] == f"{QUEUE}{key}/"
    assert Client(SERVER_NAME="localhost").get(address).status_code == 200


def test_what_is_missing_is_said_beside_the_field_and_kept(desk: Client) -> None:
    key = submit(1, harmed=())

    answer = do(desk, key, "new", description="Half")

    assert answer.status_code == 422
    page = site.tree(answer)
    (wrong,) = page.all("div", class_="field--error")
    assert wrong.one("label")["for"] == "field-harmed"
    assert typed_in(page)["description"] == "Half"
    assert state_of(key)["description"] == "Half"
    assert state_of(key)["status"] == "pendingReview"


def test_a_refusal_has_a_reason(desk: Client) -> None:
    key = submit()

    answer = do(desk, key, "reject", code="no-ai", reason="Which system?")

    assert answer["Location"].startswith(QUEUE)
    assert state_of(key)["payload"]["refusal"] == {"code": "no-ai", "reason": "Which system?"}
    assert desk.post(f"{QUEUE}{key}/", {"do": "issue", "seen": ""}).status_code == 409


def test_what_is_typed_is_saved_with_the_version_seen(desk: Client) -> None:
    key = submit()
    form = typed_in(site.tree(desk.get(f"{QUEUE}{key}/")))

    first = desk.post(f"{QUEUE}{key}/", {**form, "title": "First words", "do": "autosave"})
    second = desk.post(
        f"{QUEUE}{key}/",
        {**form, "title": "Second words", "seen": first.json()["version"], "do": "autosave"},
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert state_of(key)["title"] == "Second words"
    large = desk.post(
        f"{QUEUE}{key}/",
        {**form, "title": "x" * 501, "seen": second.json()["version"], "do": "autosave"},
    )
    assert (large.status_code, list(large.json()["problems"])) == (422, ["title"])


def test_two_editors_of_one_submission_lose_nothing(desk: Client) -> None:
    key = submit()
    other = Client(SERVER_NAME="localhost")
    other.force_login(account(roles.INCIDENT_EDITOR, "second"))
    form = typed_in(site.tree(desk.get(f"{QUEUE}{key}/")))
    do(other, key, "save", title="By the other", tags="response")

    clash = desk.post(
        f"{QUEUE}{key}/", {**form, "title": "By me", "description": "Mine too.", "do": "save"}
    )

    assert clash.status_code == 409
    page = site.tree(clash)
    assert "By the other" in page.all("div", class_="flash--warning")[0].text
    assert typed_in(page)["title"] == "By me"
    assert state_of(key)["title"] == "By the other"
    again = {**typed_in(page), "do": "save"}
    assert desk.post(f"{QUEUE}{key}/", again).status_code == 302
    assert (state_of(key)["title"], state_of(key)["description"]) == ("By me", "Mine too.")
    assert state_of(key)["payload"]["tags"] == ["response"]
    quiet = desk.post(f"{QUEUE}{key}/", {**form, "title": "Late", "do": "autosave"})
    assert (quiet.status_code, quiet.json()) == (409, {"clashes": ["Title"]})


def test_what_others_saved_comes_into_the_form_and_is_not_taken_back(desk: Client) -> None:
    key = submit()
    other = Client(SERVER_NAME="localhost")
    other.force_login(account(roles.INCIDENT_EDITOR, "second"))
    form = typed_in(site.tree(desk.get(f"{QUEUE}{key}/")))
    do(other, key, "save", tags="response", deployers="Bus One\nBus Two")

    first = desk.post(f"{QUEUE}{key}/", {**form, "title": "First words", "do": "autosave"}).json()

    assert first["taken"] == {"tags": "response", "deployers": "Bus One\nBus Two"}
    form |= {**first["taken"], "seen": first["version"], "title": "Second words"}
    assert desk.post(f"{QUEUE}{key}/", {**form, "do": "autosave"}).json()["taken"] == {}
    assert state_of(key)["payload"]["deployers"] == ["Bus One", "Bus Two"]


def test_after_a_problem_the_form_builds_on_what_was_seen(desk: Client) -> None:
    key = submit(1, harmed=())
    other = Client(SERVER_NAME="localhost")
    other.force_login(account(roles.INCIDENT_EDITOR, "second"))
    form = typed_in(site.tree(desk.get(f"{QUEUE}{key}/")))
    do(other, key, "save", title="By the other")

    large = desk.post(f"{QUEUE}{key}/", {**form, "tags": "x" * 201, "do": "save"})
    again = {**typed_in(site.tree(large)), "tags": "response", "do": "save"}
    assert desk.post(f"{QUEUE}{key}/", again).status_code == 302
    assert state_of(key)["title"] == "By the other"

    # What was saved on the way to a promotion that is refused is what the form builds on.
    refused = do(desk, key, "new", title="Mine")
    again = {**typed_in(site.tree(refused)), "title": "Mine again", "do": "save"}
    assert desk.post(f"{QUEUE}{key}/", again).status_code == 302
    assert state_of(key)["title"] == "Mine again"


def test_hostile_text_is_harmless_at_the_desk(desk: Client) -> None:
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    key = submit(1, text=hostile + TEXT, title=hostile, tags=(hostile,))

    for address in (QUEUE, f"{QUEUE}{key}/"):
        page = site.tree(desk.get(address))
        assert [one for one in page.all("script") if "alert" in one.raw] == []
        assert [one for one in page.walk() if any(n.startswith("on") for n in one.attributes)] == []
        assert all("javascript:" not in link for link in page.links())


def test_the_known_is_shown_while_reading_but_not_the_submission_itself(desk: Client) -> None:
    records.report(11, url="https://news.example/1")
    key = submit()

    page = site.tree(desk.get(f"{QUEUE}{key}/"))

    assert page.section("known-reports").links() == ["/reports/11/"]
    assert page.all("section", **{"aria-labelledby": "known-submissions"}) == []


def test_a_desk_of_many_asks_the_database_seldom(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    keys = [submit(number) for number in range(1, 61)]
    with django_assert_max_num_queries(20):
        desk.get(QUEUE)
    with django_assert_max_num_queries(20):
        desk.get(f"{QUEUE}{keys[30]}/")
    assert Submission.objects.count() == 60

"""No page asks the database more often the more there is to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidentbase.index import spatial, sync
from incidentbase.store.accounts import actions, queries, rules
from tests.make import people, records
from tests.serve.site import body_of

pytestmark = pytest.mark.django_db

MOST = 15
MANY = 300
COUNTRIES = ("US", "FR", "DE")
PAGES = [
    "/",
    "/random/",
    "/cite/1/",
    "/cite/150/",
    "/reports/1/",
    "/reports/1/text/",
    "/summaries/incidents/?page=3",
    "/entities/",
    "/entities/maker-0/",
    "/entities/everybody/",
    "/apps/classifications/?namespace=MIT",
    "/taxonomies/",
    "/taxonomies/mit/",
    "/taxonomies/csetv1/",
    "/taxonomies/csetv1/comparison/",
    "/apps/discover/",
    "/apps/discover/?s=text",
    "/apps/discover/?s=text&is_incident_report=false||true&deployer=maker-1",
    "/summaries/spatial/?incident=1",
    "/summaries/spatial/?s=text&is_incident_report=true&deployer=maker-1&incident=1",
    "/summaries/spatial/1/",
    "/apps/submit/",
    "/apps/submit/?url=https://news.example/1&title=A+title+that+is+long+enough+to+be+compared",
    "/apps/submitted/",
    "/apps/checklists/",
    "/cite/1/variant/",
    "/apps/variants/",
    "/about/",
    "/research/snapshots/",
    "/research/snapshots/compare/",
    "/no/such/page/",
]
OF_AN_ADMIN = [
    "/",
    "/account/",
    "/account/sessions/",
    "/account/tokens/",
    "/account/webhooks/",
    "/account/security/",
    "/admin/",
    "/admin/?q=example",
    "/admin/webhooks/",
]
FOR_PROGRAMS = [
    "/cite/1.json",
    "/reports/1.json",
    "/entities.json",
    "/entities.csv",
    "/apps/classifications.json?namespace=MIT",
    "/apps/classifications.csv?namespace=MIT",
    "/entities/everybody.json",
    "/summaries/incidents.json",
    "/summaries/incidents.csv",
    "/taxonomies.json",
    "/taxonomies/mit.json",
    "/taxonomies/mit.csv",
    "/taxonomies/csetv1/comparison.json",
    "/taxonomies/csetv1/comparison.csv",
    "/apps/variants.json",
    "/apps/variants.csv",
    "/apps/variants.rss",
    "/entities.rss?q=maker&role=deployer",
    "/apps/discover.json?s=text",
    "/apps/discover.csv?s=text",
    "/sitemap-index.xml",
    "/sitemap-0.xml",
]


@pytest.fixture
def many() -> None:
    names = ["everybody", *(f"maker-{number}" for number in range(30))]
    records.bring_in("entity", *map(_entity, names))
    records.bring_in("report", *(_report(n) for n in range(1, MANY + 1)))
    records.bring_in("incident", *map(_incident, range(1, MANY + 1)))
    records.bring_in("incident_translation", *map(_translation, range(1, MANY + 1)))
    records.taxonomy("MIT", *(records.field(f"Field {n}", "enum") for n in range(20)))
    records.taxonomy(
        "CSETv1",
        records.field("Location Country (two letters)"),
        *(records.field(name, "enum") for name in ("AI Harm Level", "Rights Violation")),
    )
    for number in range(1, 30):
        records.classification(
            "CSETv1",
            number,
            ["AI Harm Level", '"AI tangible harm event"'],
            ["Rights Violation", '"yes"'],
            ["Location Country (two letters)", f'"{COUNTRIES[number % 3]}"'],
        )
    answers = [[f"Field {n}", '"A"'] for n in range(20)]
    for number in range(1, 30):
        records.classification("MIT", number, *answers)
    records.duplicate(MANY + 1, of=1)
    sync.catch_up(at=records.AT)
    spatial.lay_out(at=records.AT)


def _entity(name: str) -> dict[str, Any]:
    return {
        "object_id": records.object_id("entity", name),
        "entity_id": name,
        "name": name.title(),
        "kind": "",
        "created_at": None,
        "modified_at": None,
    }


def _report(number: int) -> dict[str, Any]:
    # Every fifth is a variant.
    sourceless = {} if number % 5 else dict.fromkeys(("title", "url", "source_domain"), "")
    return records.report_state(number, **sourceless)


def _incident(number: int) -> dict[str, Any]:
    others = [other for other in range(number + 1, number + 7) if other <= MANY]
    return records.incident_state(
        number,
        reports=list(range(1, 60)) if number == 1 else [number],
        deployers=["everybody", f"maker-{number % 30}"],
        developers=[f"maker-{number % 7}"],
        harmed=["everybody"],
        editor_similar=others,
        editors=[records.object_id("editor", number % 3)],
    )


def _translation(number: int) -> dict[str, Any]:
    return {
        "object_id": records.object_id("translation", number),
        "incident_id": number,
        "language": "ja",
        "title": f"題名 {number}",
        "description": "説明",
        "is_dirty": False,
        "created_at": None,
        "modified_at": None,
    }


@pytest.mark.usefixtures("many")
def test_every_page_asks_at_most_so_often(client: Client) -> None:
    asked = {
        address: _queries(lambda address=address: client.get(address))
        for path in PAGES
        for address in (path, f"/ja{path}")
    }
    asked |= {
        address: _queries(lambda address=address: client.get(address)) for address in FOR_PROGRAMS
    }

    assert {address: number for address, number in asked.items() if number > MOST} == {}
    assert max(asked.values()) > 5


def test_accounts_ask_at_most_so_often() -> None:
    for number in range(30):
        people.account(f"person{number}@example.org", "submitter")
    client = people.browser()
    people.enter(client)
    own = people.viewer(str(queries.id_of_address(people.ANN)))
    actions.set_roles(own.account_id, [rules.Grant(rules.ADMIN)], actor=records.actor())
    for number in range(30):
        actions.create_token(f"program {number}", rules.READ, actor=own)
    for _ in range(5):
        people.enter(people.browser())
    client.get("/about/")  # renews the session, which is once a day

    asked = {
        address: _queries(lambda address=address: client.get(address)) for address in OF_AN_ADMIN
    }

    assert {address: number for address, number in asked.items() if number > MOST} == {}


def _queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        body_of(ask())
    return len(captured)

"""No address tells a visitor anything of hidden records: all are read with and without them.

A hidden record must be the same as a missing one. So every address of the site is read once
before the hidden records exist and once after, and both answers must be equal to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from incidentbase.index import spatial, sync
from incidentbase.serve.web.pages import landing
from incidentbase.store.accounts import rules
from tests.guards.addresses import (
    ALSO_IN_JAPANESE,
    ARGUMENTS,
    CRAWLED,
    HIDDEN,
    HIDDEN_ENTITIES,
    LEFT_OUT,
    OWN,
    PUBLIC,
    REPORTS,
    WITH_EMBARGO,
)
from tests.make import records
from tests.serve import site


@pytest.fixture
def visitor(
    db: None,
    frozen_time: Any,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Client]:
    """Return a client without a session, in a site whose chance always takes the last."""
    monkeypatch.setattr(landing.random, "random", lambda: 0.999)
    with site.index_in(tmp_path / "index", settings):
        yield Client(SERVER_NAME="localhost")


def patterns(resolver: URLResolver | None = None) -> Iterator[str]:
    """Yield the name, or the pattern, of every address."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            yield each.name or str(each.pattern)
        else:
            yield from patterns(each)


def test_every_address_is_crawled_or_left_out_for_a_reason() -> None:
    known = set(CRAWLED) | set(LEFT_OUT)
    assert set(patterns()) - known == set(), "add the new addresses to CRAWLED or LEFT_OUT"
    assert known - set(patterns()) == set(), "stale entries"
    assert set(CRAWLED) & set(LEFT_OUT) == set()


def test_visitors_are_kept_out_of_accounts(visitor: Client, settings: Any) -> None:
    settings.PASSWORDS = True
    with translation.override("en"):
        addresses = [reverse(name, args=ARGUMENTS.get(name, [])) for name in OWN]
    for address in addresses:
        for answer in (visitor.get(address), visitor.post(address)):
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/login/"), address


def test_hidden_records_are_as_if_they_were_missing(visitor: Client) -> None:
    make_public_records()
    bring_up_to_date()
    before = crawl(visitor)
    make_hidden_records()
    bring_up_to_date()

    after = crawl(visitor)

    assert [address for address in before if before[address] != after[address]] == []
    assert [address for address, answer in after.items() if b"withheld" in answer[2]] == []
    assert {answer[0] for answer in after.values()} == {200, 301, 302, 404}


def test_the_hidden_records_of_this_guard_are_there_to_be_seen(
    visitor: Client, frozen_time: Any
) -> None:
    make_public_records()
    make_hidden_records()
    sync.catch_up(at=records.AT)
    frozen_time.move_to("2026-06-01T00:00:01+00:00")
    number = HIDDEN[rules.EMBARGOED]

    assert visitor.get(f"/cite/{number}/").status_code == 200
    assert visitor.get(f"/entities/hushed-firm-{number}/").status_code == 200
    assert f"Hushedfirm {number}" in visitor.get("/entities/acme/").content.decode()
    found = visitor.get("/apps/discover.json", {"s": "hushedtext", "is_incident_report": "true"})
    shown = {row["report_number"] for row in found.json()["results"]}
    assert shown == {number + 10_000, number + 110_000}


def bring_up_to_date() -> None:
    """Derive everything that pages read beside the store."""
    sync.catch_up(at=records.AT)
    spatial.lay_out(at=records.AT)


def crawl(visitor: Client) -> dict[str, tuple[int, str, bytes]]:
    """Return status, target and body of every address."""
    answers = {}
    for name, addresses in CRAWLED.items():
        prefixes = ("", "/ja") if name in ALSO_IN_JAPANESE else ("",)
        for address in (prefix + address for prefix in prefixes for address in addresses):
            response = visitor.get(address)
            body = site.body_of(response)
            answers[address] = (response.status_code, response.headers.get("Location", ""), body)
    return answers


def make_public_records() -> None:
    """Make what everybody may see, with answers that are withheld even so."""
    records.entity("acme", "Acme")
    records.entity("public", "General public")
    records.bring_in("entity_duplicate", _merged("old-acme", "acme"))
    records.bring_in("entity_duplicate", _merged("old-hushed", HIDDEN_ENTITIES[0]))
    for number in REPORTS:
        records.report(number, text=f"A story about report {number}.\n")
    for place, number in enumerate(PUBLIC):
        records.incident(number, **_public_state(number, REPORTS[place]))
    records.duplicate(99, of=HIDDEN[rules.INTERNAL])
    records.taxonomy(
        "MIT",
        records.field("Risk Domain", "enum"),
        records.field("Annotator", "string", public=False),
    )
    records.classification(
        "MIT", 1, ["Risk Domain", '"Open domain"'], ["Annotator", '"withheld"'], notes="withheld"
    )
    records.taxonomy(
        "CSETv1",
        records.field("AI Harm Level", "enum"),
        records.field("Location Country (two letters)"),
    )
    records.classification(
        "CSETv1",
        1,
        ["AI Harm Level", '"AI tangible harm event"'],
        ["Location Country (two letters)", '"US"'],
    )
    records.bring_in("checklist", _checklist("told", "published"))


def _checklist(name: str, sharing: str) -> dict[str, Any]:
    """Return a checklist that hidden records would enter, if anything of them were told."""
    return {
        "object_id": records.object_id("checklist", name),
        "checklist_id": name,
        "owner_id": "",
        "name": f"Checklist {name}" if sharing == "published" else "hushedtitle withheld",
        "about": "",
        "tags": {
            "goals": [],
            "methods": [],
            "other": ["MIT:Risk Domain:Open domain", "MIT:Risk Domain:Hushed domain"],
        },
        "risk_fields": ["MIT:Risk Domain"],
        "sharing": sharing,
        "link_id": "",
        "created_at": None,
        "updated_at": None,
        "risks": [{"id": "1", "title": "One", "tags": ["MIT:Risk Domain:Hushed domain"]}],
    }


def _public_state(number: int, report: int) -> dict[str, Any]:
    return {
        "title": f"Story number {number}",
        "reports": [report],
        "deployers": ["acme"],
        "harmed": ["public"],
        "editor_similar": [*HIDDEN.values()],
    }


def make_hidden_records() -> None:
    """Make one of each kind in each class that a visitor may not see."""
    hidden_reports = []
    for visibility, number in HIDDEN.items():
        embargo = {"visibility": visibility, "embargoed_until": WITH_EMBARGO.get(visibility)}
        records.entity(f"hushed-firm-{number}", f"Hushedfirm {number}")
        hidden_reports += [_hidden_report(number + 10_000, embargo)]
        hidden_reports += [_hidden_report(number + 110_000, embargo)]
        hidden_reports += [_hidden_variant(number + 310_000, embargo)]
        _make_hidden_incident(number, embargo)
        answer = ["Risk Domain", '"Hushed domain"']
        records.classification("MIT", 1, answer, **embargo)
        records.classification("MIT", number, answer)
        records.classification("MIT", None, answer, report_number=11, **embargo)
    records.classification("MIT", 1, ["Risk Domain", '"Hushed domain"'], is_published=False)
    records.bring_in("checklist", _checklist("secret", "private"))
    own = _public_state(1, REPORTS[0])
    own["reports"] = [REPORTS[0], *hidden_reports]
    records.incident(1, **own)


def _hidden_variant(number: int, embargo: dict[str, Any]) -> int:
    """Make a variant that anybody may see, of an incident that nobody may."""
    records.report(
        number,
        title="",
        url="",
        source_domain="",
        text=f"hushedtext {number}",
        tags=["variant:unreviewed"],
        **embargo,
    )
    return number


def _hidden_report(number: int, embargo: dict[str, Any]) -> int:
    records.report(
        number,
        title=f"hushedtitle{number}",
        text="hushedtext hushedtext\n",
        source_domain="hushed.example",
        authors=["Hushed Author"],
        tags=["hushedtag", "response"],
        language="sw",
        **embargo,
    )
    records.report_translation(number, "ja", "隠蔽語", "隠蔽語隠蔽語")
    return number


def _make_hidden_incident(number: int, embargo: dict[str, Any]) -> None:
    records.incident(
        number,
        title=f"hushedtitle{number}",
        description="hushedtext",
        date="1987-05-06",
        # One report of it is public: that it belongs here is not.
        reports=[number + 10_000, 31, _hidden_variant(number + 210_000, {})],
        deployers=["acme", f"hushed-firm-{number}"],
        editor_similar=[1],
        **embargo,
    )
    records.incident_translation(number, "ja", "隠蔽語", "隠蔽語")
    records.bring_in(
        "external_link",
        {
            "object_id": records.object_id("link", number),
            "incident_id": number,
            "url": f"https://oecd.example/{number}",
            "namespace": "OECD",
        },
    )
    records.bring_in(
        "entity_relationship",
        {
            "object_id": records.object_id("relationship", number),
            "predicate": "related",
            "is_symmetric": True,
            "created_at": None,
            "subject": "acme",
            "object": f"hushed-firm-{number}",
        },
    )


def _merged(duplicate_id: str, true_id: str) -> dict[str, str]:
    return {
        "object_id": records.object_id("merged", duplicate_id),
        "duplicate_id": duplicate_id,
        "true_id": true_id,
    }

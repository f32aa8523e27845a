"""Hostile text in every field of every form comes out harmless on every page, in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.test import Client

from incidentbase.formats import taxonomies
from incidentbase.index import sync
from incidentbase.ingest import definitions
from incidentbase.store.classifying.actions import define
from incidentbase.store.incidents.models import Incident
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports.models import Report
from incidentbase.store.submissions.models import Submission
from tests.make import people, records
from tests.serve import site

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>"
    "[x](javascript:alert(3))![y](javascript:alert(4))"
    "</textarea></title></script><svg onload=alert(5)>"
    "{{7*7}}{% now 'Y' %}"
    "\u202egnp.exe\u2066\u200b\u200d\ufeff\x00"
    "' OR 1=1 --"
)
HIDDEN = "\u202e\u2066\u200b\ufeff\x00"
WORDS = f"A bus without a driver {HOSTILE} went past its stop and nobody could get off. " * 2
EVERYTHING = Path(__file__).parents[1] / "samples" / "everything.yaml"
MEGABYTE = "x" * 1_000_000
# Fields with a shape of their own; everything else takes text.
SHAPED = {
    "url": "https://news.example/bus?<script>alert(1)</script>",
    "image_url": 'https://news.example/bus.png?"onerror=alert(1)',
    "date_published": "2026-02-01",
    "date_downloaded": "2026-02-02",
    "incident_date": "2026-01-31",
    "date": "2026-01-31",
    "language": "en",
    "snippet_max_characters": "1000000",
    "kind": "",
    "seen": None,
    "seen_incidents": None,
    "seen_aliases": None,
    "seen_related": None,
    "seen_parents": None,
    "seen_version_of": None,
    "since": None,
    "website": None,
    "incident_ids": "",
    "editor_similar": "",
    "editor_dissimilar": "",
    "editors": None,
    "related": "",
    "parents": "",
    "version_of": "",
    "text": WORDS,
    "description": WORDS[:480],
}


@pytest.fixture(autouse=True)
def clock(frozen_time: Any) -> Any:
    cache.clear()
    frozen_time.move_to(records.AT)
    return frozen_time


@pytest.fixture
def ed() -> Client:
    client = people.signed_in("ed@people.example", "incident_editor", "admin")
    client.post("/account/", {"first_name": HOSTILE[:100], "last_name": HOSTILE[:100]})
    return client


def form_at(client: Client, address: str, marker: str) -> dict[str, Any]:
    page = site.tree(client.get(address))
    forms = [one for one in page.all("form", method="post") if one.all("input", name=marker)]
    return site.typed_in(forms[0])


def filled(form: dict[str, Any], **also: Any) -> dict[str, Any]:
    """Return a form with hostile text in every field that takes text."""
    typed = dict(form)
    for name in form:
        if name in SHAPED:
            if SHAPED[name] is not None:
                typed[name] = SHAPED[name]
        elif not name.startswith("likeness-"):
            typed[name] = f"Name {HOSTILE}"[:190] if "-body" not in name else WORDS
    return {**typed, **also}


def everywhere(clock: Any, ed: Client) -> None:
    """Send hostile text in through every form: as a visitor, at the desk, in every editor."""
    visitor = people.browser()
    form = form_at(visitor, "/apps/submit/", "since")
    clock.shift(30)
    sent = visitor.post("/apps/submit/", filled(form, do="submit"))
    assert sent.status_code == 302, site.tree(sent).text
    key = Submission.objects.get().public_id
    desk = f"/apps/review/{key}/"
    ed.post(desk, filled(form_at(ed, desk, "seen"), do="new", reason=HOSTILE))
    (number,) = Incident.objects.values_list("incident_id", flat=True)
    (report,) = Report.objects.values_list("report_number", flat=True)
    for address in (
        f"/incidents/edit/?incident_id={number}",
        f"/cite/edit/?report_number={report}",
    ):
        typed = filled(form_at(ed, address, "seen"))
        if "cite" in address:
            typed["incident_ids"] = str(number)
        answer = ed.post(address, typed)
        assert answer.status_code == 302, site.tree(answer).text
    named = (recorded.state_of("incident", str(number)) or {})["deployers"][0]
    address = f"/entities/edit/?entity_id={named}"
    answer = ed.post(address, filled(form_at(ed, address, "seen"), aliases=f"Other {HOSTILE}"))
    assert answer.status_code == 302, site.tree(answer).text
    form = form_at(visitor, f"/reports/{report}/flag/", "since")
    clock.shift(30)
    visitor.post(f"/reports/{report}/flag/", {**form, "code": "other", "words": HOSTILE})
    bulk = {"do": "apply", "what": "tags", "reports": str(report), "add": HOSTILE[:150]}
    ed.post("/incidents/bulk/", {**bulk, "reason": HOSTILE})
    ed.post("/apps/submit/link/", {"url": SHAPED["url"]})
    sync.catch_up(at=records.AT)


def harmless(page: site.Element, address: str) -> None:
    for one in page.walk():
        if one.tag == "script":
            assert "alert" not in one.raw or "\\u003c" in one.raw, address
        assert [name for name in one.attributes if name.startswith("on")] == [], address
        for name in ("href", "src", "action", "formaction"):
            assert not one.attributes.get(name, "").strip().lower().startswith("javascript"), (
                address
            )
    assert "49" not in [one.text for one in page.all("code")], address
    assert [sign for sign in HIDDEN if sign in page.raw] == [], address


def test_hostile_text_is_harmless_on_every_page(clock: Any, ed: Client) -> None:
    everywhere(clock, ed)
    (number,) = Incident.objects.values_list("incident_id", flat=True)
    (report,) = Report.objects.values_list("report_number", flat=True)
    entity_id = (recorded.state_of("incident", str(number)) or {})["deployers"][0]
    group = recorded.newest_act("incident", str(number))
    addresses = [
        "/",
        f"/cite/{number}/",
        f"/reports/{report}/",
        f"/reports/{report}/text/",
        f"/reports/{report}/flag/",
        f"/incidents/history/?incident_id={number}",
        f"/cite/history/?report_number={report}",
        "/summaries/incidents/",
        "/summaries/flagged/",
        "/entities/",
        f"/entities/{entity_id}/",
        "/apps/submitted/",
        "/apps/discover/?s=bus",
        "/apps/discover/?s=bus&is_incident_report=true&display=table",
        "/apps/discover/facets/tags/",
        "/summaries/spatial/",
    ]
    for_editors = [
        f"/incidents/edit/?incident_id={number}",
        f"/incidents/new/?incident_id={number}",
        f"/incidents/reports/?incident_id={number}",
        f"/incidents/withdraw/?incident_id={number}",
        f"/cite/edit/?report_number={report}",
        f"/entities/edit/?entity_id={entity_id}",
        "/entities/merge/?least=50",
        f"/history/{group}/",
        "/apps/review/",
        "/summaries/flagged/",
        "/admin/",
        "/account/",
    ]
    for client, shown in ((people.browser(), addresses), (ed, [*addresses, *for_editors])):
        for address in shown:
            answer = client.get(address)
            assert answer.status_code == 200, address
            harmless(site.tree(answer), address)


def test_hostile_text_is_harmless_in_every_format(clock: Any, ed: Client) -> None:
    everywhere(clock, ed)
    visitor = people.browser()
    for address in (
        "/cite/1.json",
        "/reports/1.json",
        "/entities.json",
        "/apps/discover.json?s=bus",
        "/incidents/history.json?incident_id=1",
        "/entities/suggest.json?q=name",
    ):
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Type"].startswith("application/json"), address
        assert answer["X-Content-Type-Options"] == "nosniff"
        body = site.body_of(answer).decode()
        assert json.loads(body)
        assert [sign for sign in HIDDEN if sign in body] == [], address
    feed = visitor.get("/apps/discover.rss?s=bus")
    assert ET.fromstring(site.body_of(feed)).findall(".//item")
    for address in ("/apps/discover.csv?s=bus", "/summaries/incidents.csv", "/entities.csv"):
        answer = visitor.get(address)
        rows = list(csv.reader(io.StringIO(site.body_of(answer).decode())))
        assert len(rows) > 1, address
        assert {len(row) for row in rows} == {len(rows[0])}, address


@pytest.mark.parametrize(
    ("address", "marker"),
    [
        ("/apps/submit/", "since"),
        ("/incidents/edit/?incident_id=7", "seen"),
        ("/cite/edit/?report_number=71", "seen"),
        ("/entities/edit/?entity_id=acme", "seen"),
        ("/reports/71/flag/", "since"),
        ("/classifications/edit/?namespace=Everything&incident_id=7", "seen"),
        ("/cite/7/variant/", "since"),
    ],
)
def test_a_megabyte_in_any_field_is_refused_or_kept_but_breaks_nothing(
    clock: Any, ed: Client, address: str, marker: str
) -> None:
    records.entity("acme", "Acme")
    records.report(71)
    records.incident(7, reports=[71], deployers=["acme"])
    definition, _remarks = taxonomies.read(EVERYTHING.read_text(encoding="utf-8"))
    define(definitions.state_of(definition), actor=records.actor())
    form = form_at(ed, address, marker)
    for name in form:
        clock.shift(30)
        answer = ed.post(address, {**form, name: MEGABYTE})
        assert answer.status_code in (200, 302, 400, 409, 422, 429), (name, answer.status_code)
        if answer.status_code == 302:
            form = form_at(ed, address, marker)
    sync.catch_up(at=records.AT)
    assert ed.get("/cite/7/").status_code == 200
    assert list(recorded.findings()) == []

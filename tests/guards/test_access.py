"""No address tells a visitor anything of hidden records: all are read with and without them.

A hidden record must be the same as a missing one. So every address of the site is read once
before the hidden records exist and once after, and both answers must be equal to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from incidentbase.index import facets, spatial, sync
from incidentbase.serve.web.pages import checklist_data, documents, landing, redirects
from incidentbase.serve.web.pages.discover_charts import CHARTS
from incidentbase.store.accounts import rules
from tests.make import records
from tests.serve import site

LATER = "2026-06-01T00:00:00.000Z"
HIDDEN = {rules.RESTRICTED: 880_002, rules.EMBARGOED: 880_003, rules.INTERNAL: 880_004}
WITH_EMBARGO = {rules.EMBARGOED: LATER}
PUBLIC = (1, 2, 3)
REPORTS = (11, 12, 13, 31)

HIDDEN_ENTITIES = [f"hushed-firm-{number}" for number in HIDDEN.values()]
ENTITIES = ["acme", "public", "old-acme", "old-hushed", *HIDDEN_ENTITIES]

WORDS = (
    "",
    "story",
    "hushedtitle",
    "hushedtext",
    "Hushedfirm",
    "-hushedtext",
    "#880002",
    "隠蔽語",
    # How a query is taken, if not as typed, must not tell either.
    "story hushedtext number",
    "hushedtxt",
    "story OR hushedtext",
    "entity:hushedfirm",
    "entity:hushedf",
    "-deployer:hushedfirm",
    "author:hushed",
    "id:880002",
    "before:1990",
)
FILTERS = {
    "entity": HIDDEN_ENTITIES[0],
    "deployer": "acme",
    "incident_id": "880002||880003||880004",
    "year": "1987",
    "source_domain": "hushed.example",
    "authors": "Hushed Author",
    "tags": "hushedtag",
    "mit_domain": "Hushed domain",
    "language": "ja",
    "not_entity": HIDDEN_ENTITIES[0],
    "classifications": "MIT:Risk Domain:Hushed domain",
    "published_year": "2024",
    "country": "US",
    "flag": "false",
    "incident_date_max": "1990",
}
KINDS = ("", "true", "false", "false||true")

_NUMBERS = (*PUBLIC, 99, *HIDDEN.values())
_REPORT_NUMBERS = (
    *REPORTS,
    *(n + more for n in HIDDEN.values() for more in (10_000, 110_000, 210_000, 310_000)),
)
_COUNTED = ",".join(facet.parameter for facet in facets.FACETS if facet.name != "incident_id")
_SEARCHES = [
    "?" + urlencode({**given, "is_incident_report": kind})
    for kind in KINDS
    for given in (
        *({"s": word} for word in WORDS),
        *({name: value} for name, value in FILTERS.items()),
    )
]

# Route name (or pattern, where it has none) -> the addresses that are read.
CRAWLED: dict[str, list[str]] = {
    "landing": ["/"],
    "random": ["/random/"],
    "incident": [f"/cite/{n}/" for n in _NUMBERS] + ["/cite/1/?from=99", "/cite/1/?from=880002"],
    "incident-json": [f"/cite/{n}.json" for n in _NUMBERS],
    "incidents": ["/summaries/incidents/", "/summaries/incidents/?order=asc"],
    "incidents-json": ["/summaries/incidents.json"],
    "incidents-csv": ["/summaries/incidents.csv"],
    "report": [f"/reports/{n}/" for n in _REPORT_NUMBERS],
    "report-json": [f"/reports/{n}.json" for n in _REPORT_NUMBERS],
    "flagged": ["/summaries/flagged/"],
    "variants": ["/apps/variants/", "/apps/variants/?status="],
    "variants-json": ["/apps/variants.json?status="],
    "variants-csv": ["/apps/variants.csv?status="],
    "report-text": [f"/reports/{n}/text/" for n in _REPORT_NUMBERS],
    "spatial": [f"/summaries/spatial/{search}" for search in _SEARCHES]
    + [f"/summaries/spatial/?incident={n}" for n in _NUMBERS]
    + ["/summaries/spatial/?color=MIT:Risk+Domain", "/summaries/spatial/?zoom=2&at=1,2"],
    "spatial-card": [f"/summaries/spatial/{n}/" for n in _NUMBERS],
    "entities": ["/entities/", "/entities/?q=hushed", "/entities/?sort=name"],
    "entity-edit": [f"/entities/edit/?entity_id={name}" for name in ENTITIES],
    "entity-merge": ["/entities/merge/", "/entities/merge/?entity_id=acme&into=public"],
    "entity-suggest": [f"/entities/suggest.json?q={word}" for word in ("hush", "acm", "", "H")],
    "entities-json": ["/entities.json"],
    "entities-csv": ["/entities.csv"],
    "entity": [f"/entities/{name}/" for name in ENTITIES],
    "entity-json": [f"/entities/{name}.json" for name in ENTITIES],
    "taxonomies": ["/taxonomies/"],
    "taxonomies-json": ["/taxonomies.json"],
    "taxonomy": ["/taxonomies/mit/", "/taxonomies/csetv1/"],
    "agreement": ["/taxonomies/mit/agreement/"],
    "agreement-json": ["/taxonomies/mit/agreement.json"],
    "agreement-csv": ["/taxonomies/mit/agreement.csv"],
    "taxonomy-json": ["/taxonomies/mit.json"],
    "taxonomy-csv": ["/taxonomies/mit.csv"],
    "taxonomy-comparison": ["/taxonomies/csetv1/comparison/", "/taxonomies/mit/comparison/"],
    "taxonomy-comparison-json": ["/taxonomies/csetv1/comparison.json"],
    "taxonomy-comparison-csv": ["/taxonomies/csetv1/comparison.csv"],
    "discover": [f"/apps/discover/{search}" for search in _SEARCHES],
    "discover-json": [f"/apps/discover.json{search}" for search in _SEARCHES],
    "discover-charts": [f"/apps/discover/charts/{search}" for search in _SEARCHES],
    "discover-charts-csv": [f"/apps/discover/charts.csv?chart={name}" for name in CHARTS],
    "discover-facet": [
        f"/apps/discover/facets/{facet.name}/{query}"
        for facet in facets.FILTERS
        for query in ("", "?find=hushed", "?below=MIT", "?s=hushedtext")
    ],
    "discover-csv": [f"/apps/discover.csv{search}" for search in _SEARCHES],
    "submissions": ["/apps/submitted/"],
    "submission": ["/apps/submitted/nobodyscode/"],
    "review-queue": ["/apps/review/"],
    "classification-edit": [
        f"/classifications/edit/?namespace=MIT&incident_id={n}" for n in _NUMBERS
    ],
    "classifications": [
        "/apps/classifications/",
        "/apps/classifications/?namespace=MIT",
        *(f"/apps/classifications/?namespace=MIT&record={n}" for n in _NUMBERS),
    ],
    "classifications-json": ["/apps/classifications.json?namespace=MIT"],
    "classifications-csv": [
        "/apps/classifications.csv?namespace=MIT",
        "/apps/classifications.csv?namespace=MIT&layout=reference",
    ],
    "classifications-many": ["/classifications/many/?namespace=MIT"],
    "classifications-import": [
        "/classifications/import/",
        "/classifications/import/?namespace=MIT",
    ],
    "classification-suggest": ["/classifications/suggest.json?namespace=MIT&field=Risk+Domain&q=h"],
    "incident-edit": [f"/incidents/edit/?incident_id={n}" for n in _NUMBERS],
    "incident-new": ["/incidents/new/", "/incidents/new/?incident_id=1"],
    "incident-reports": [f"/incidents/reports/?incident_id={n}" for n in _NUMBERS],
    "incident-merge": [f"/incidents/merge/?incident_id={n}&into=1" for n in _NUMBERS],
    "incident-withdraw": [f"/incidents/withdraw/?incident_id={n}" for n in _NUMBERS],
    "report-withdraw": [f"/cite/withdraw/?report_number={n}" for n in _REPORT_NUMBERS],
    "incident-history": [f"/incidents/history/?incident_id={n}" for n in _NUMBERS]
    + ["/incidents/history/?incident_id=1&version=1"],
    "incident-history-json": [f"/incidents/history.json?incident_id={n}" for n in _NUMBERS],
    "report-history": [f"/cite/history/?report_number={n}" for n in _REPORT_NUMBERS],
    "report-history-json": [f"/cite/history.json?report_number={n}" for n in _REPORT_NUMBERS],
    "bulk-edit": ["/incidents/bulk/", "/incidents/bulk/?s=hushedtext"],
    "checklists": ["/apps/checklists/", "/apps/checklists/?id=told", "/apps/checklists/?sort=name"],
    "checklist": [f"/apps/checklists/{name}/" for name in ("told", "secret")],
    "checklist-edit": [f"/apps/checklists/{name}/edit/" for name in ("told", "secret")],
    "checklist-delete": [f"/apps/checklists/{name}/delete/" for name in ("told", "secret")],
    "checklist-shared": [f"/apps/checklists/shared/{'a' * 56}/"],
    "checklist-unfollow": [f"/apps/checklists/unfollow/{'a' * 56}/"],
    "checklist-tags": [
        f"/apps/checklists/tags.json?for={purpose}&q={word}"
        for purpose in ("goals", "methods", "other", "risks")
        for word in ("hushed", "domain")
    ],
    **{
        f"checklist-{kind}": [f"/apps/checklists/{name}.{kind}" for name in ("told", "secret")]
        for kind in checklist_data.KINDS
    },
    **{
        f"checklist-shared-{kind}": [f"/apps/checklists/shared/{'a' * 56}.{kind}"]
        for kind in checklist_data.KINDS
    },
    "act": ["/history/00000000-0000-4000-8000-000000000000/"],
    "report-edit": [f"/cite/edit/?report_number={n}" for n in _REPORT_NUMBERS],
    "review": [f"/apps/review/{'a' * 24}/"],
    "codings": ["/apps/codings/"],
    "coding": [f"/codings/{'a' * 24}/"],
    "codings-of-taxonomy": ["/apps/codings/mit/"],
    "codings-assign": ["/apps/codings/mit/assign/", "/apps/codings/mit/assign/?s=hushedtext"],
    "codings-json": ["/apps/codings/mit.json"],
    "codings-csv": ["/apps/codings/mit.csv"],
    "adjudications": ["/apps/codings/mit/adjudication/"],
    "adjudicate-incident": [f"/apps/codings/mit/incident/{n}/" for n in _NUMBERS],
    "adjudicate-report": [f"/apps/codings/mit/report/{n}/" for n in _REPORT_NUMBERS],
    "csettool": [f"/apps/csettool/{n}/" for n in _NUMBERS],
    "sitemap-index": ["/sitemap-index.xml"],
    "sitemap": ["/sitemap-0.xml", "/sitemap-1.xml"],
    "robots": ["/robots.txt"],
    "admin": ["/admin/", "/admin/?q=hushed"],
    "admin-account": ["/admin/accounts/nobody/"],
    **{name: [f"/{address}/"] for address, name in documents.ADDRESSES.items()},
    "snapshots-json": ["/research/snapshots.json"],
    "snapshots-compare": ["/research/snapshots/compare/"],
    "snapshots-compare-json": ["/research/snapshots/compare.json"],
    "snapshot-file": ["/research/snapshots/latest.tar.bz2"],
    "snapshot-manifest": ["/research/snapshots/latest/manifest.json"],
    "snapshot-sums": ["/research/snapshots/latest/SHA256SUMS"],
    "snapshot-croissant": ["/research/snapshots/latest/croissant.json"],
    **{f"^{old}/?$": [f"/{old}/"] for old in redirects.MOVED},
    "^taxonomy/(?P<rest>.*)$": ["/taxonomy/mit/"],
}

_API = "/api/v1"
CRAWLED |= {
    "api-list_incidents": [
        f"{_API}/incidents",
        f"{_API}/incidents?limit=2&order=desc",
        f"{_API}/incidents?fields=incident_id,report_numbers,entities,translations,same_as",
    ],
    "api-get_incident": [f"{_API}/incidents/{n}" for n in _NUMBERS],
    "api-list_reports": [
        f"{_API}/reports?limit=100&fields=report_number,text,translations,incident_ids",
        f"{_API}/reports?source_domain=hushed.example",
        f"{_API}/reports?language=sw",
        *(f"{_API}/reports?incident_id={n}" for n in _NUMBERS),
    ],
    "api-get_report": [f"{_API}/reports/{n}" for n in _REPORT_NUMBERS],
    "api-list_entities": [f"{_API}/entities", f"{_API}/entities?limit=1"],
    "api-get_entity": [f"{_API}/entities/{name}" for name in ENTITIES],
    "api-list_taxonomies": [f"{_API}/taxonomies"],
    "api-get_taxonomy": [f"{_API}/taxonomies/mit"],
    "api-list_classifications": [
        f"{_API}/classifications",
        *(f"{_API}/classifications?incident_id={n}" for n in _NUMBERS),
        *(f"{_API}/classifications?report_number={n}" for n in _REPORT_NUMBERS),
    ],
    "api-get_classification": [f"{_API}/classifications/{'a' * 24}"],
    "api-search": [
        *(
            f"{_API}/search?" + urlencode({"s": word, "list": kind})
            for word in WORDS
            for kind in ("incidents", "all", "issue_reports")
        ),
        *(
            f"{_API}/search?" + urlencode({name: value, "facets": _COUNTED})
            for name, value in FILTERS.items()
        ),
    ],
    "api-list_changes": [f"{_API}/changes", f"{_API}/changes?limit=3"],
    "api-look_up_addresses": [
        f"{_API}/lookup/addresses?url=https://news.example/{n}" for n in _REPORT_NUMBERS
    ],
    "api-look_up_entities": [f"{_API}/lookup/entities?q={word}" for word in ("hush", "acm")],
    "api-list_submissions": [f"{_API}/submissions"],
    "api-get_submission": [f"{_API}/submissions/nobodyscode"],
    "api-openapi": [f"{_API}/openapi.json"],
    "api-reference": ["/api-spec/"],
    "api-lookupbyurl": [f"/api/lookupbyurl?urls=https://news.example/{n}" for n in _REPORT_NUMBERS],
    "lookup-index": ["/lookupIndex.json"],
    "lookup-spec": ["/spec.json"],
    "embed": ["/embed.js"],
}
for _ending in ("rss", "atom", "jsonfeed"):
    CRAWLED |= {
        f"discover-{_ending}": [f"/apps/discover.{_ending}{search}" for search in _SEARCHES],
        f"incidents-{_ending}": [f"/summaries/incidents.{_ending}"],
        f"entity-{_ending}": [f"/entities/{name}.{_ending}" for name in ENTITIES],
        f"taxonomy-{_ending}": [f"/taxonomies/mit.{_ending}"],
        f"incident-{_ending}": [f"/cite/{n}.{_ending}" for n in _NUMBERS],
    }
CRAWLED |= {
    "rss": ["/rss.xml"],
    "oembed": [
        *(f"/oembed?url=http://localhost/cite/{n}/" for n in _NUMBERS),
        *(f"/oembed?url=http://localhost/reports/{n}/" for n in _REPORT_NUMBERS),
    ],
}

# Pages of one's own account.
OWN = (
    "account",
    "account-delete",
    "account-session-end",
    "account-sessions",
    "account-submissions",
    "account-token-revoke",
    "account-tokens",
    "account_change_password",
    "account_reauthenticate",
    "account_set_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
)
ARGUMENTS = {
    "account-session-end": [1],
    "account-token-revoke": ["x"],
    "mfa_edit_webauthn": [1],
    "mfa_remove_webauthn": [1],
}

# Route name -> why it is not read.
LEFT_OUT: dict[str, str] = {
    "submit": "has a seal of the time; what it shows of records is searched for in test_submitting",
    "submit-known": "takes posts only; what it shows is searched for in test_submitting",
    "api-parse-news": "reads other sites and no records; test_api_compatible attacks it",
    "api-related": "takes posts only; test_api_compatible asks it for hidden incidents",
    "history-jsonl": "grows with every change; test_history_log searches it for hidden records",
    "variant-new": "has a seal of the time; test_variants reads it for hidden incidents",
    "report-flag": "has a seal of the time; test_flags reads it for hidden reports",
    "quick-add": "takes posts only and reads no records",
    "preferences": "takes posts only and reads no records",
    "styleguide": "shows made-up samples and reads no records",
    **dict.fromkeys(
        (
            "account_login",
            "account_signup",
            "account_logout",
            "account_inactive",
            "account_confirm_login_code",
            "login-link",
            "login-password",
            "mfa_authenticate",
            "mfa_login_webauthn",
        ),
        "signs people in or out, holds tokens that differ each time, and reads no records",
    ),
    **dict.fromkeys(
        OWN,
        "about one's own account; test_visitors_are_kept_out_of_accounts reads them",
    ),
}

# In Japanese too: search shares everything but its words with the English pages.
ALSO_IN_JAPANESE = {
    "landing",
    "random",
    "incident",
    "report",
    "report-text",
    "entity",
    "taxonomy",
    "spatial-card",
}


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

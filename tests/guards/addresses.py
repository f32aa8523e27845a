"""Every address of the site, with what a visitor may ask of it, or why it is left out."""

from __future__ import annotations

from urllib.parse import urlencode

from incidentbase.index import facets
from incidentbase.serve.web.pages import checklist_data, documents, redirects
from incidentbase.serve.web.pages.discover_charts import CHARTS
from incidentbase.store.accounts import rules

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
    "admin-webhooks": ["/admin/webhooks/"],
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
    "graphql-explorer": [
        "/api-spec/graphql/",
        "/api-spec/graphql/?query={incidents{title reports{title text}} entities{name}}",
    ],
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
        f"variants-{_ending}": [f"/apps/variants.{_ending}?status="],
        f"submissions-{_ending}": [f"/apps/submitted.{_ending}"],
        f"flagged-{_ending}": [f"/summaries/flagged.{_ending}"],
        f"entities-{_ending}": [f"/entities.{_ending}", f"/entities.{_ending}?q=hushed"],
        f"checklists-{_ending}": [f"/apps/checklists.{_ending}"],
        f"snapshots-{_ending}": [f"/research/snapshots.{_ending}"],
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
    "account-webhook",
    "account-webhooks",
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
    "account-webhook": ["x"],
    "mfa_edit_webauthn": [1],
    "mfa_remove_webauthn": [1],
}

# Route name -> why it is not read.
LEFT_OUT: dict[str, str] = {
    "submit": "has a seal of the time; what it shows of records is searched for in test_submitting",
    "submit-known": "takes posts only; what it shows is searched for in test_submitting",
    "api-parse-news": "reads other sites and no records; test_api_compatible attacks it",
    "api-related": "takes posts only; test_api_compatible asks it for hidden incidents",
    "graphql": "takes posts; test_graphql asks it for hidden records",
    "graphql-slash": "the same as graphql",
    "mcp": "takes posts; test_mcp asks it for hidden records",
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
            "auth-callback",
            "auth-csrf",
            "auth-error",
            "auth-api-error",
            "auth-providers",
            "auth-session",
            "auth-signin",
            "auth-signin-email",
            "auth-signout",
            "auth-verify-request",
            "magic-link",
            "verify-request",
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

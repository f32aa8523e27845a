"""Every address. Those of the reference database stay as they were (spec aiid-interface §3.7)."""

from __future__ import annotations

from allauth.mfa.recovery_codes.views import download_recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from incidentbase.serve.feeds import lists, newest, oembed, others
from incidentbase.serve.graphql import described
from incidentbase.serve.graphql import view as graphql
from incidentbase.serve.mcp import view as agents
from incidentbase.serve.rest import api, compatible
from incidentbase.serve.web.pages import (
    accounts,
    adjudicating,
    admin,
    agreement,
    api_reference,
    auth,
    bulk,
    checklist_data,
    checklists,
    classifying,
    coding_data,
    codings,
    comparisons,
    coordinating,
    curating,
    discover,
    discover_charts,
    discover_data,
    documents,
    editing,
    entering,
    entities,
    entity,
    explorer,
    flags,
    history,
    identities,
    importing,
    incidents,
    landing,
    preferences,
    redirects,
    reports,
    review,
    security,
    sheets,
    sitemap,
    snapshots,
    spatial,
    styleguide,
    submissions,
    taxonomies,
    variants,
    webhooks,
)


class RecordNumber:
    """A positive number that fits the database's integer column."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the digits."""
        return str(value)


class RecordName:
    """A name in an address: no slash, and no control characters, which no database takes."""

    regex = r"[^/\x00-\x1f\x7f]+"

    def to_python(self, value: str) -> str:
        """Return the name."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name; Django quotes it."""
        return value


register_converter(RecordNumber, "number")
register_converter(RecordName, "name")

handler400 = "incidentbase.serve.web.errors.bad_request"
handler403 = "incidentbase.serve.web.errors.forbidden"
handler404 = "incidentbase.serve.web.errors.not_found"
handler429 = "incidentbase.serve.web.errors.too_many_requests"  # for allauth
handler500 = "incidentbase.serve.web.errors.server_error"

# The names are those that allauth looks for.
_SECURITY = [
    path("", security.Overview.as_view(), name="mfa_index"),
    path("passkeys/", security.passkeys, name="mfa_list_webauthn"),
    path("passkeys/add/", security.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("passkeys/<number:pk>/", security.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path(
        "passkeys/<number:pk>/remove/", security.RemovePasskey.as_view(), name="mfa_remove_webauthn"
    ),
    path("app/add/", security.AddApp.as_view(), name="mfa_activate_totp"),
    path("app/remove/", security.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("codes/", security.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("codes/new/", security.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("codes/text/", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("confirm/", security.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path(
        "confirm/passkey/",
        security.ConfirmByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("confirm/password/", security.ConfirmByPassword.as_view(), name="account_reauthenticate"),
    path("password/new/", security.SetPassword.as_view(), name="account_set_password"),
    path("password/", security.ChangePassword.as_view(), name="account_change_password"),
]

_CHECKLISTS_FOR_PROGRAMS = [
    path("apps/checklists/tags.json", checklists.suggest, name="checklist-tags"),
    *(
        path(
            f"apps/checklists/shared/<name:code>.{kind}",
            checklist_data.by_link,
            {"kind": kind},
            name=f"checklist-shared-{kind}",
        )
        for kind in checklist_data.KINDS
    ),
    *(
        path(
            f"apps/checklists/<name:checklist_id>.{kind}",
            checklist_data.by_id,
            {"kind": kind},
            name=f"checklist-{kind}",
        )
        for kind in checklist_data.KINDS
    ),
]
_CHECKLISTS = [
    path("apps/checklists/", checklists.listing, name="checklists"),
    path("apps/checklists/shared/<name:code>/", checklists.shared, name="checklist-shared"),
    path("apps/checklists/unfollow/<name:code>/", checklists.unfollow, name="checklist-unfollow"),
    path("apps/checklists/<name:checklist_id>/", checklists.page, name="checklist"),
    path("apps/checklists/<name:checklist_id>/edit/", checklists.edit, name="checklist-edit"),
    path("apps/checklists/<name:checklist_id>/delete/", checklists.delete, name="checklist-delete"),
]

_COUNTS_OF_TAXONOMIES = [
    path("taxonomies/<name:namespace>.csv", taxonomies.as_csv, name="taxonomy-csv"),
    path(
        "taxonomies/<name:namespace>/comparison.json",
        comparisons.as_json,
        name="taxonomy-comparison-json",
    ),
    path(
        "taxonomies/<name:namespace>/comparison.csv",
        comparisons.as_csv,
        name="taxonomy-comparison-csv",
    ),
]

_CODINGS_FOR_PROGRAMS = [
    path("apps/codings/<name:namespace>.json", coding_data.as_json, name="codings-json"),
    path("apps/codings/<name:namespace>.csv", coding_data.as_csv, name="codings-csv"),
]
_CODINGS = [
    path("apps/codings/", codings.listing, name="codings"),
    path("codings/<name:object_id>/", codings.edit, name="coding"),
    path("apps/codings/<name:namespace>/", coordinating.page, name="codings-of-taxonomy"),
    path("apps/codings/<name:namespace>/assign/", coordinating.assign, name="codings-assign"),
    path("apps/codings/<name:namespace>/adjudication/", adjudicating.queue, name="adjudications"),
    *(
        path(
            f"apps/codings/<name:namespace>/{kind}/<number:number>/",
            adjudicating.board,
            {"kind": kind},
            name=f"adjudicate-{kind}",
        )
        for kind in ("incident", "report")
    ),
    path("apps/csettool/<number:number>/", adjudicating.reference, name="csettool"),
]

_WEBHOOKS = [
    path("account/webhooks/", webhooks.listing, name="account-webhooks"),
    path("account/webhooks/<name:webhook_id>/", webhooks.page, name="account-webhook"),
    path("admin/webhooks/", webhooks.everybodys, name="admin-webhooks"),
]

# The files have the names that the reference gives them, or say that they are the newest.
_SNAPSHOT_FILE = r"(?P<name>(?:latest|backup-[0-9]{14}|incidentbase-[0-9]{14})[a-z.0-9-]+)"
_SNAPSHOTS_FOR_PROGRAMS = [
    path("research/snapshots.json", snapshots.listing_json, name="snapshots-json"),
    path("research/snapshots/compare.json", snapshots.compare_json, name="snapshots-compare-json"),
    re_path(rf"^research/snapshots/{_SNAPSHOT_FILE}$", snapshots.file, name="snapshot-file"),
    path(
        "research/snapshots/<name:stamp>/manifest.json",
        snapshots.manifest,
        name="snapshot-manifest",
    ),
    path("research/snapshots/<name:stamp>/SHA256SUMS", snapshots.sums, name="snapshot-sums"),
    path(
        "research/snapshots/<name:stamp>/croissant.json",
        snapshots.metadata,
        name="snapshot-croissant",
    ),
]
_SNAPSHOTS = [
    path("research/snapshots/", snapshots.page, name=snapshots.DOCUMENT),
    path("research/snapshots/compare/", snapshots.compare, name="snapshots-compare"),
]

_API = [
    *api.patterns(),
    path("mcp", agents.answer, name="mcp"),
    path("api/graphql", graphql.answer, name="graphql"),
    path("api/graphql/", graphql.answer, name="graphql-slash"),
    *compatible.patterns(),
    *lists.patterns(),
    *others.patterns(),
    path("rss.xml", newest.feed, name="rss"),
    path("oembed", oembed.answer, name="oembed"),
]

_AUTH = [
    path("api/auth/csrf", auth.csrf, name="auth-csrf"),
    path("api/auth/providers", auth.providers, name="auth-providers"),
    path("api/auth/session", auth.session, name="auth-session"),
    path("api/auth/signin", auth.lead_to("account_login"), name="auth-signin"),
    path("api/auth/signin/http-email", auth.send_link, name="auth-signin-email"),
    path("api/auth/callback/http-email", auth.callback, name="auth-callback"),
    path("api/auth/signout", auth.sign_out, name="auth-signout"),
    path("api/auth/verify-request", auth.lead_to("verify-request"), name="auth-verify-request"),
    path("api/auth/error", auth.lead_to("auth-error"), name="auth-api-error"),
]
_AUTH_PAGES = [
    path("magic-link/", auth.magic_link, name="magic-link"),
    path("verify-request/", auth.verify_request, name="verify-request"),
    path("auth-error/", auth.error, name="auth-error"),
]

# For programs: one address each, whatever the language.
urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "incidents/history.json",
        history.as_json,
        {"kind": "incident"},
        name="incident-history-json",
    ),
    path("history.jsonl", history.whole, name="history-jsonl"),
    path("cite/history.json", history.as_json, {"kind": "report"}, name="report-history-json"),
    path("cite/<number:number>.json", incidents.as_json, name="incident-json"),
    path("reports/<number:number>.json", reports.as_json, name="report-json"),
    path("entities.json", entities.listing_json, name="entities-json"),
    path("entities.csv", entities.listing_csv, name="entities-csv"),
    path("entities/suggest.json", identities.suggest, name="entity-suggest"),
    path("entities/<name:entity_id>.json", entity.as_json, name="entity-json"),
    path("apps/classifications.json", sheets.as_json, name="classifications-json"),
    path("apps/classifications.csv", sheets.as_csv, name="classifications-csv"),
    path("classifications/suggest.json", classifying.suggest, name="classification-suggest"),
    path("taxonomies.json", taxonomies.listing_json, name="taxonomies-json"),
    path("taxonomies/<name:namespace>/agreement.json", agreement.as_json, name="agreement-json"),
    path("taxonomies/<name:namespace>/agreement.csv", agreement.as_csv, name="agreement-csv"),
    path("taxonomies/<name:namespace>.json", taxonomies.as_json, name="taxonomy-json"),
    *_COUNTS_OF_TAXONOMIES,
    path("summaries/incidents.json", incidents.listing_json, name="incidents-json"),
    path("summaries/incidents.csv", incidents.listing_csv, name="incidents-csv"),
    path("apps/discover.json", discover_data.as_json, name="discover-json"),
    path("apps/discover.csv", discover_data.as_csv, name="discover-csv"),
    path("apps/discover/charts.csv", discover_charts.as_csv, name="discover-charts-csv"),
    path("sitemap-index.xml", sitemap.index, name="sitemap-index"),
    path("sitemap-<int:number>.xml", sitemap.part, name="sitemap"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("apps/variants.json", variants.listing_json, name="variants-json"),
    path("apps/variants.csv", variants.listing_csv, name="variants-csv"),
    path("preferences/", preferences.preferences, name="preferences"),
    *_CHECKLISTS_FOR_PROGRAMS,
    *_CODINGS_FOR_PROGRAMS,
    *_SNAPSHOTS_FOR_PROGRAMS,
    *_API,
    *_AUTH,
]

urlpatterns += i18n_patterns(
    path("", landing.landing, name="landing"),
    path(
        "api-spec/graphql/",
        explorer.page,
        {"run": graphql.explored, "describe": described.described},
        name="graphql-explorer",
    ),
    path("api-spec/", api_reference.page, {"read_document": api.described}, name="api-reference"),
    path("random/", landing.random_incident, name="random"),
    path("cite/edit/", editing.report, name="report-edit"),
    path("incidents/edit/", editing.incident, name="incident-edit"),
    path("incidents/new/", editing.new_incident, name="incident-new"),
    path("apps/classifications/", sheets.page, name="classifications"),
    path("classifications/import/", importing.page, name="classifications-import"),
    path("classifications/many/", sheets.many, name="classifications-many"),
    path("classifications/edit/", classifying.edit, name="classification-edit"),
    path("incidents/bulk/", bulk.page, name="bulk-edit"),
    path("incidents/reports/", curating.own_reports, name="incident-reports"),
    path("incidents/merge/", curating.merge, name="incident-merge"),
    path("incidents/withdraw/", curating.withdraw, {"kind": "incident"}, name="incident-withdraw"),
    path("cite/withdraw/", curating.withdraw, {"kind": "report"}, name="report-withdraw"),
    path("history/<uuid:group>/", curating.act, name="act"),
    path("incidents/history/", history.page, {"kind": "incident"}, name="incident-history"),
    path("cite/history/", history.page, {"kind": "report"}, name="report-history"),
    path("cite/<number:number>/", incidents.page, name="incident"),
    path("reports/<number:number>/", reports.page, name="report"),
    path("reports/<number:number>/flag/", flags.raise_flag, name="report-flag"),
    path("summaries/flagged/", flags.listing, name="flagged"),
    path("reports/<number:number>/text/", reports.fragment, name="report-text"),
    path("summaries/incidents/", incidents.listing, name="incidents"),
    path("summaries/spatial/", spatial.page, name="spatial"),
    path("summaries/spatial/<number:number>/", spatial.card, name="spatial-card"),
    path("cite/<number:number>/variant/", variants.propose, name="variant-new"),
    path("apps/variants/", variants.listing, name="variants"),
    path("entities/", entities.listing, name="entities"),
    path("entities/edit/", identities.edit, name="entity-edit"),
    path("entities/merge/", identities.merge, name="entity-merge"),
    path("entities/<name:entity_id>/", entity.page, name="entity"),
    path("taxonomies/", taxonomies.listing, name="taxonomies"),
    path("taxonomies/<name:namespace>/", taxonomies.page, name="taxonomy"),
    path("taxonomies/<name:namespace>/agreement/", agreement.page, name="agreement"),
    path("taxonomies/<name:namespace>/comparison/", comparisons.page, name="taxonomy-comparison"),
    path("apps/discover/", discover.page, name="discover"),
    path("apps/discover/charts/", discover_charts.page, name="discover-charts"),
    path("apps/discover/facets/<name:name>/", discover.facet, name="discover-facet"),
    path("apps/submit/", submissions.page, name="submit"),
    path("apps/submit/known/", submissions.known_so_far, name="submit-known"),
    path("apps/submit/link/", submissions.quick_add, name="quick-add"),
    path("apps/submitted/", submissions.listing, name="submissions"),
    path("apps/submitted/<name:code>/", submissions.track, name="submission"),
    path("apps/review/", review.listing, name="review-queue"),
    path("apps/review/<name:object_id>/", review.desk, name="review"),
    path("login/", entering.Enter.as_view(), name="account_login"),
    path("signup/", entering.sign_up, name="account_signup"),
    path("login/code/", entering.ConfirmCode.as_view(), name="account_confirm_login_code"),
    path("login/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("login/second-factor/", entering.SecondFactor.as_view(), name="mfa_authenticate"),
    path("login/password/", entering.EnterByPassword.as_view(), name="login-password"),
    path("login/closed/", entering.Inactive.as_view(), name="account_inactive"),
    path("login/link/<name:account_id>/<name:key>/", entering.by_link, name="login-link"),
    path("logout/", entering.Leave.as_view(), name="account_logout"),
    path("account/", accounts.page, name="account"),
    path("account/submissions/", accounts.submissions, name="account-submissions"),
    path("account/sessions/", accounts.sessions, name="account-sessions"),
    path(
        "account/sessions/<number:session_id>/end/",
        accounts.end_session,
        name="account-session-end",
    ),
    path("account/tokens/", accounts.tokens, name="account-tokens"),
    path(
        "account/tokens/<name:token_id>/revoke/",
        accounts.revoke_token,
        name="account-token-revoke",
    ),
    path("account/delete/", accounts.delete, name="account-delete"),
    path("account/security/", include(_SECURITY)),
    path("admin/", admin.listing, name="admin"),
    path("admin/accounts/<name:account_id>/", admin.account, name="admin-account"),
    *_CHECKLISTS,
    *_CODINGS,
    *_SNAPSHOTS,
    *_AUTH_PAGES,
    *_WEBHOOKS,
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    *(
        path(f"{address}/", documents.page(name), name=name)
        for address, name in documents.ADDRESSES.items()
        if name != snapshots.DOCUMENT
    ),
    *redirects.patterns(),
    prefix_default_language=False,
)

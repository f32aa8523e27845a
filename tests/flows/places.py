"""One address for each type of page, and how to get there in a language."""

from __future__ import annotations

from tests.flows import world

MISSING = "/cite/999999/"

PLACES = {
    "landing": "/",
    "incident": f"/cite/{world.LONG_STORY}/",
    "incident with a notice": f"/cite/{world.SENSITIVE}/",
    "report": f"/reports/{world.SENSITIVE_REPORT}/",
    "entities": "/entities/",
    "entities opened": "/entities/?role=both&open=openway",
    "entity": "/entities/openway/",
    "taxonomies": "/taxonomies/",
    "taxonomy": "/taxonomies/harm/",
    "taxonomy with a map": "/taxonomies/csetv1/",
    "comparison": "/taxonomies/csetv1/comparison/",
    "classifications": "/apps/classifications/?namespace=HARM",
    "discover": "/apps/discover/?s=camera",
    "discover reports": "/apps/discover/?s=bots&is_incident_report=true",
    "discover table": "/apps/discover/?s=camera&display=table&not_deployer=maker-a",
    "discover compact": "/apps/discover/?s=camera&display=compact",
    "discover facet": "/apps/discover/facets/classifications/?below=HARM",
    "charts": "/apps/discover/charts/?s=camera",
    "map": f"/summaries/spatial/?s=camera&incident={world.LONG_STORY}",
    "incidents": "/summaries/incidents/",
    "submit": "/apps/submit/?url=https://news.example/a&title=A+camera+mistakes+a+shop+for+another",
    "history": f"/incidents/history/?incident_id={world.LONG_STORY}",
    "checklists": "/apps/checklists/",
    "checklist": f"/apps/checklists/{world.CHECKLIST}/",
    "variants": "/apps/variants/?status=",
    "variant": f"/cite/{world.LONG_STORY}/variant/",
    "flagged": "/summaries/flagged/",
    "flag": f"/reports/{world.SENSITIVE_REPORT}/flag/",
    "submissions": "/apps/submitted/",
    "document": "/about/",
    "snapshots": "/research/snapshots/",
    "snapshots compared": "/research/snapshots/compare/",
    "api reference": "/api-spec/",
    "graphql": "/api-spec/graphql/?query={incidents(pagination:{limit:3}){title date}}",
    "missing": MISSING,
    "styleguide": "/styleguide/",
    "sign in": "/login/",
    "magic link": "/magic-link/?link=/api/auth/callback/http-email",
    "link sent": "/verify-request/",
}

# What an admin sees besides.
SIGNED_IN = {
    "account": "/account/",
    "security": "/account/security/",
    "new passkey": "/account/security/passkeys/add/",
    "new app": "/account/security/app/add/",
    "own submissions": "/account/submissions/",
    "sessions": "/account/sessions/",
    "tokens": "/account/tokens/",
    "webhooks": "/account/webhooks/",
    "all webhooks": "/admin/webhooks/",
    "deletion": "/account/delete/",
    "accounts": "/admin/",
    "edit an incident": f"/incidents/edit/?incident_id={world.LONG_STORY}",
    "new incident": "/incidents/new/",
    "classify": f"/classifications/edit/?namespace=HARM&incident_id={world.LONG_STORY}",
    "codings": "/apps/codings/",
    "codings of a taxonomy": "/apps/codings/harm/",
    "give out codings": "/apps/codings/harm/assign/",
    "adjudications": "/apps/codings/harm/adjudication/?stage=all",
    "codings side by side": f"/apps/codings/harm/incident/{world.LONG_STORY}/",
    "review a variant": "/apps/variants/?status=",
    "edit a report": f"/cite/edit/?report_number={world.SENSITIVE_REPORT}",
    "reports of an incident": f"/incidents/reports/?incident_id={world.LONG_STORY}",
    "edit an entity": "/entities/edit/?entity_id=openway",
    "many records": "/incidents/bulk/?s=camera",
    "merge entities": "/entities/merge/?least=50",
    "merge": f"/incidents/merge/?incident_id={world.LONG_STORY}&into={world.SENSITIVE}",
    "withdraw": f"/incidents/withdraw/?incident_id={world.LONG_STORY}",
    "edit a checklist": f"/apps/checklists/{world.CHECKLIST}/edit/",
    "delete a checklist": f"/apps/checklists/{world.CHECKLIST}/delete/",
    "sign out": "/logout/",
}


def address(place: str, language: str = "en") -> str:
    """Return where a type of page is in a language."""
    path = {**PLACES, **SIGNED_IN}[place]
    return path if language == "en" else f"/{language}{path}"

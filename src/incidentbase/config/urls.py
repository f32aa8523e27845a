"""Every address. Those of the reference database stay as they were (spec aiid-interface §3.7)."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, path, register_converter

from incidentbase.serve.web.pages import (
    discover,
    discover_charts,
    discover_data,
    documents,
    entities,
    incidents,
    landing,
    preferences,
    redirects,
    reports,
    review,
    sitemap,
    spatial,
    styleguide,
    submissions,
    taxonomies,
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
handler500 = "incidentbase.serve.web.errors.server_error"

# For programs: one address each, whatever the language.
urlpatterns: list[URLPattern | URLResolver] = [
    path("cite/<number:number>.json", incidents.as_json, name="incident-json"),
    path("reports/<number:number>.json", reports.as_json, name="report-json"),
    path("entities.json", entities.listing_json, name="entities-json"),
    path("entities.csv", entities.listing_csv, name="entities-csv"),
    path("entities/<name:entity_id>.json", entities.as_json, name="entity-json"),
    path("taxonomies.json", taxonomies.listing_json, name="taxonomies-json"),
    path("taxonomies/<name:namespace>.json", taxonomies.as_json, name="taxonomy-json"),
    path("summaries/incidents.json", incidents.listing_json, name="incidents-json"),
    path("summaries/incidents.csv", incidents.listing_csv, name="incidents-csv"),
    path("apps/discover.json", discover_data.as_json, name="discover-json"),
    path("apps/discover.csv", discover_data.as_csv, name="discover-csv"),
    path("apps/discover.rss", discover_data.as_rss, name="discover-rss"),
    path("apps/discover/charts.csv", discover_charts.as_csv, name="discover-charts-csv"),
    path("sitemap-index.xml", sitemap.index, name="sitemap-index"),
    path("sitemap-<int:number>.xml", sitemap.part, name="sitemap"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("preferences/", preferences.preferences, name="preferences"),
]

urlpatterns += i18n_patterns(
    path("", landing.landing, name="landing"),
    path("random/", landing.random_incident, name="random"),
    path("cite/<number:number>/", incidents.page, name="incident"),
    path("reports/<number:number>/", reports.page, name="report"),
    path("reports/<number:number>/text/", reports.fragment, name="report-text"),
    path("summaries/incidents/", incidents.listing, name="incidents"),
    path("summaries/spatial/", spatial.page, name="spatial"),
    path("summaries/spatial/<number:number>/", spatial.card, name="spatial-card"),
    path("entities/", entities.listing, name="entities"),
    path("entities/<name:entity_id>/", entities.page, name="entity"),
    path("taxonomies/", taxonomies.listing, name="taxonomies"),
    path("taxonomies/<name:namespace>/", taxonomies.page, name="taxonomy"),
    path("apps/discover/", discover.page, name="discover"),
    path("apps/discover/charts/", discover_charts.page, name="discover-charts"),
    path("apps/discover/facets/<name:name>/", discover.facet, name="discover-facet"),
    path("apps/submit/", submissions.page, name="submit"),
    path("apps/submit/link/", submissions.quick_add, name="quick-add"),
    path("apps/submitted/", submissions.listing, name="submissions"),
    path("apps/submitted/<name:code>/", submissions.track, name="submission"),
    path("apps/review/", review.listing, name="review-queue"),
    path("apps/review/<name:object_id>/", review.desk, name="review"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    *(
        path(f"{address}/", documents.page(name), name=name)
        for address, name in documents.ADDRESSES.items()
    ),
    *redirects.patterns(),
    prefix_default_language=False,
)

"""`/rss.xml`: the newest reports in the shape that readers of the reference know (spec §5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import feedgenerator
from django.utils.feedgenerator import rfc2822_date

import incidentbase
from incidentbase.kit import urls
from incidentbase.serve.feeds.writing import BEGINNING, conditional, writable
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.reports.models import Report
from incidentbase.store.variants import queries as variants

SIZE = 100
EXCERPT = 240
ABOUT = "A database of incidents in which AI systems caused, or nearly caused, harm."
EMPTY = "There are no reports yet."
TYPE = "application/xml; charset=utf-8"


class _Feed(feedgenerator.Rss201rev2Feed):
    """RSS with the texts of items as character data, as the reference writes it."""

    def rss_attributes(self) -> dict[str, str]:
        return {
            "version": "2.0",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
        }

    def add_root_elements(self, handler: Any) -> None:
        for name in ("title", "description", "link"):
            handler.addQuickElement(name, self.feed[name])
        handler.addQuickElement("generator", self.feed["generator"])
        handler.addQuickElement("lastBuildDate", rfc2822_date(self.latest_post_date()))
        link = {"rel": "self", "type": "application/rss+xml", "href": self.feed["feed_url"]}
        handler.addQuickElement("atom:link", None, link)

    def latest_post_date(self) -> Any:
        return super().latest_post_date() if self.items[0]["pubdate"] else BEGINNING

    def add_item_elements(self, handler: Any, item: Mapping[str, Any]) -> None:
        _as_character_data(handler, "title", item["title"])
        handler.addQuickElement("link", item["link"])
        if item["description"]:
            _as_character_data(handler, "description", item["description"])
        handler.addQuickElement("guid", item["unique_id"], {"isPermaLink": "false"})
        if item["pubdate"]:
            handler.addQuickElement("pubDate", rfc2822_date(item["pubdate"]))
        for one in item["enclosures"]:
            attributes = {"url": one.url, "length": one.length, "type": one.mime_type}
            handler.addQuickElement("enclosure", "", attributes)


def _as_character_data(handler: Any, name: str, text: str) -> None:
    handler.startElement(name, {})
    handler.ignorableWhitespace(f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>")
    handler.endElement(name)


def feed(request: HttpRequest) -> HttpResponseBase:
    """Return the newest reports: of incidents, of issues, and approved variants."""
    viewer, base = viewer_of(request), site_url(request)
    made = _Feed(
        title=f"{settings.SITE_NAME} RSS Feed",
        link=base,
        description=ABOUT,
        feed_url=f"{base}/rss.xml",
        generator=f"IncidentBase {incidentbase.__version__}",
    )
    rows = variants.newest_reports(viewer, limit=SIZE)
    newest = incidents.newest_of_reports([row.pk for row in rows], viewer=viewer)
    for row in rows:
        _add(made, row, newest.get(row.pk), base)
    if not rows:
        made.add_item(title=EMPTY, link=base, description="", unique_id="empty")
    return conditional(request, made.writeString("utf-8"), TYPE)


def _add(made: _Feed, row: Report, incident: int | None, base: str) -> None:
    own_page = f"{base}/reports/{row.report_number}/"
    page = f"{base}/cite/{incident}#{row.report_number}" if incident else ""
    words = row.plain_text[: min(EXCERPT, row.snippet_max_characters)]
    where = page or f"report_number: {row.report_number}"
    picture = [feedgenerator.Enclosure(row.image_url, "0", "image/jpeg")]
    made.add_item(
        title=writable(row.title) or f"Variant of incident {incident}",
        link=row.url if urls.is_web_url(row.url) else page or own_page,
        description=writable(f"{words} ... ({where})"),
        unique_id=row.public_id,
        pubdate=row.submitted_at,
        enclosures=picture if urls.is_web_url(row.image_url) else [],
    )

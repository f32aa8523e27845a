"""One feed in the three formats that readers take: RSS 2.0, Atom 1.0 and JSON Feed 1.1."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import feedgenerator
from django.utils.cache import get_conditional_response

from incidentbase.kit import clock, hashing

Kind = Literal["rss", "atom", "json"]
TYPES: dict[Kind, str] = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
JSON_FEED = "https://jsonfeed.org/version/1.1"
# Readers that ask more often than this learn nothing new.
MINUTES_BETWEEN = 5
# An empty feed changed never, and Atom wants to know when.
BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to read; its address is its id too."""

    title: str
    url: str
    text: str
    published: dt.datetime
    updated: dt.datetime | None = None
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A list of things, newest first; `url` is the page of it, `own_url` the feed itself."""

    title: str
    about: str
    url: str
    own_url: str
    publisher: str
    items: Sequence[Item] = field(default=())


def answer(request: HttpRequest, feed: Feed, kind: Kind) -> HttpResponseBase:
    """Return a feed in a format, or 304 if the reader has it."""
    body = _as_json(feed) if kind == "json" else _as_xml(feed, kind)
    return conditional(request, body, TYPES[kind])


def conditional(request: HttpRequest, body: str, content_type: str) -> HttpResponseBase:
    """Return what any site may read, with a validator, or 304 if the reader has it."""
    etag = f'"{hashing.digest(body)[:32]}"'
    response = HttpResponse(body.encode(errors="replace"), content_type=content_type)
    response["ETag"] = etag
    found = get_conditional_response(request, etag=etag, response=response) or response
    found["Access-Control-Allow-Origin"] = "*"
    return found


def writable(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub(" ", text)


class _Atom(feedgenerator.Atom1Feed):
    """Atom that is never without a date, even when nothing is in it."""

    def latest_post_date(self) -> dt.datetime:
        return super().latest_post_date() if self.items else BEGINNING


class _Rss(feedgenerator.Rss201rev2Feed):
    """RSS that changes with its items alone, so that readers may keep it."""

    def latest_post_date(self) -> dt.datetime:
        return super().latest_post_date() if self.items else BEGINNING


def _as_xml(feed: Feed, kind: Kind) -> str:
    made = (_Rss if kind == "rss" else _Atom)(
        title=writable(feed.title),
        link=feed.url,
        description=writable(feed.about),
        subtitle=writable(feed.about),
        feed_url=feed.own_url,
        feed_guid=feed.own_url,
        author_name=feed.publisher if kind == "atom" else None,
        language="en",
        ttl=MINUTES_BETWEEN,
    )
    for item in feed.items:
        made.add_item(
            title=writable(item.title),
            link=item.url,
            description=writable(item.text),
            author_name=writable(", ".join(item.authors)) or None,
            pubdate=item.published,
            updateddate=item.updated or item.published,
            unique_id=item.url,
            unique_id_is_permalink=True,
            categories=[writable(tag) for tag in item.tags],
        )
    return str(made.writeString("utf-8"))


def _as_json(feed: Feed) -> str:
    shape: dict[str, Any] = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.own_url,
        "description": feed.about,
        "authors": [{"name": feed.publisher}],
        "language": "en",
        "items": [_item(item) for item in feed.items],
    }
    return json.dumps(shape, ensure_ascii=False)


def _item(item: Item) -> dict[str, Any]:
    shape = {
        "id": item.url,
        "url": item.url,
        "title": item.title,
        "content_text": item.text,
        "date_published": clock.iso(item.published),
        "date_modified": clock.iso(item.updated),
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
        "language": item.language,
    }
    return {name: value for name, value in shape.items() if value or name == "content_text"}

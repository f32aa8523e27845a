"""What a page says about itself: JSON-LD first, then OpenGraph and other meta elements.

All of it is the page's own word and may be wrong or hostile: lengths are capped, addresses must
be http(s), and nothing here is followed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from incidentbase.kit import text as texts
from incidentbase.kit import urls

Element = Any  # lxml's, which has no types of its own
Thing = dict[str, Any]

_MOST_SCRIPTS = 50
_LONGEST_SCRIPT = 1_000_000
_MOST_THINGS = 500
_MOST_AUTHORS = 20
_LONGEST_NAME = 100

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|Report|\w*NewsArticle|LiveBlogPosting|Review)$")
_DAY = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_BYLINE = re.compile(r"^\s*(?:by|von|por|par|di|文[:：／/]|著者[:：])\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:;|\s\band\b\s|\s&\s|、|\s\by\b\s|\s\bund\b\s|\s\bet\b\s)\s*")
_LANGUAGE = re.compile(r"\s*([a-zA-Z]{2,3})(?:[-_][a-zA-Z0-9_-]+)?\s*")

_TITLES = ("og:title", "twitter:title", "citation_title", "dc.title", "parsely-title")
_AUTHORS = (
    "citation_author", "parsely-author", "author", "article:author", "dc.creator",
    "dcterms.creator", "byl", "sailthru.author",
)  # fmt: skip
_DATES = (
    "article:published_time", "datepublished", "citation_publication_date", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date", "pubdate", "publishdate",
    "publication_date", "date",
)  # fmt: skip
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_LOCKED = {"locked", "metered", "paid", "premium"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a page says about itself, "" and None where it says nothing."""

    title: str
    authors: tuple[str, ...]
    published: dt.date | None
    image_url: str
    canonical_url: str
    language: str
    site_name: str
    is_behind_paywall: bool


def read(tree: Element, url: str) -> Found:
    """Return what the page at an address says about itself."""
    metas = _metas(tree)
    article = _article(_things(tree), url)
    site_name = one_line(_first(metas, ("og:site_name",)))
    return Found(
        title=_title(article, metas, site_name),
        authors=_authors(article, metas, tree),
        published=_published(article, metas, tree),
        image_url=_image(article, metas, url),
        canonical_url=_canonical(article, metas, tree, url),
        language=_language(article, metas, tree),
        site_name=site_name,
        is_behind_paywall=_is_behind_paywall(article, metas),
    )


def one_line(words: object, longest: int = 1000) -> str:
    """Return words as one clean line, "" for what is no text."""
    if not isinstance(words, str):
        return ""
    return " ".join(texts.without_hidden(words).split())[:longest].strip()


def day(written: object) -> dt.date | None:
    """Return the date that an ISO text begins with, None when it is none."""
    found = _DAY.match(written) if isinstance(written, str) else None
    if found is None:
        return None
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _metas(tree: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(key) or "").strip().lower()
            if name and content:
                found.setdefault(name, []).append(content)
    return found


def _first(metas: dict[str, list[str]], names: Iterable[str]) -> str:
    return next((metas[name][0] for name in names if name in metas), "")


def _things(tree: Element) -> list[Thing]:
    """Return every object of the page's JSON-LD, outer before inner."""
    scripts = [
        script.text or ""
        for script in tree.iter("script")
        if "ld+json" in (script.get("type") or "").lower()
    ]
    things: list[Thing] = []
    for script in scripts[:_MOST_SCRIPTS]:
        if len(script) <= _LONGEST_SCRIPT:
            things.extend(_flat(_parsed(script)))
    return things[:_MOST_THINGS]


def _parsed(script: str) -> Any:
    try:
        return json.loads(script.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return None


def _flat(value: Any) -> Iterator[Thing]:
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting[:0] = one[:_MOST_THINGS]
        elif isinstance(one, dict):
            yield one
            waiting.extend(one[key] for key in ("@graph", "mainEntity") if key in one)


def _types(thing: Thing) -> list[str]:
    types = thing.get("@type")
    return [one for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)]


def _article(things: list[Thing], url: str) -> Thing:
    """Return the object that describes this page's article, {} when there is none.

    Authors that are only named by their id are put in from the rest of the graph.
    """
    articles = [thing for thing in things if any(map(_ARTICLE.search, _types(thing)))]
    key = urls.match_key(url)
    own = [thing for thing in articles if _is_about(thing, key)]
    chosen = dict((own or articles or [{}])[0])
    by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str)}
    authors = chosen.get("author") or chosen.get("creator")
    listed = authors if isinstance(authors, list) else [authors]
    chosen["author"] = [
        by_id.get(one.get("@id", ""), one) if isinstance(one, dict) and "name" not in one else one
        for one in listed[:_MOST_AUTHORS]
    ]
    return chosen


def _is_about(thing: Thing, key: str) -> bool:
    page = thing.get("mainEntityOfPage")
    named = [thing.get("url"), page.get("@id") if isinstance(page, dict) else page]
    return any(isinstance(one, str) and urls.match_key(one) == key for one in named)


def _title(article: Thing, metas: dict[str, list[str]], site_name: str) -> str:
    title = one_line(article.get("headline")) or one_line(_first(metas, _TITLES))
    return without_site_name(title, site_name)


def without_site_name(title: str, site_name: str) -> str:
    """Return a title without the name of the site behind a dash or a bar."""
    if not site_name:
        return title
    short = re.sub(rf"\s*[|\-–—·:]\s*{re.escape(site_name)}\s*$", "", title, flags=re.IGNORECASE)
    return short or title


def _authors(article: Thing, metas: dict[str, list[str]], tree: Element) -> tuple[str, ...]:
    named = _persons(article.get("author"))
    for name in _AUTHORS:
        if not named and name in metas:
            named = [person for content in metas[name] for person in split_authors(content)]
    if not named:
        marked = tree.xpath('//*[@rel="author" or contains(@itemprop, "author")]')
        written = ("".join(one.itertext()) for one in marked[:_MOST_AUTHORS])
        named = [person for words in written for person in split_authors(words)]
    return tuple(dict.fromkeys(named))[:_MOST_AUTHORS]


def _persons(authors: Any) -> list[str]:
    names: list[str] = []
    for author in authors if isinstance(authors, list) else [authors]:
        given = author.get("name") if isinstance(author, dict) else author
        for name in given if isinstance(given, list) else [given]:
            if isinstance(name, str):
                names.extend(split_authors(name))
    return names


def split_authors(words: str) -> list[str]:
    """Return the names of a byline: `By A B and C D` is two; an address is none."""
    line = _BYLINE.sub("", one_line(words))
    if not line or "://" in line or line.startswith(("www.", "@")):
        return []
    names = [name for part in _BETWEEN.split(line) for name in _at_commas(part)]
    return [name for name in names if 1 < len(name) <= _LONGEST_NAME]


def _at_commas(part: str) -> list[str]:
    names = [name.strip() for name in part.split(",") if name.strip()]
    # `Roe, Jane` is one person; `Jane Roe, John Doe` are two.
    return names if all(" " in name for name in names) else [part.strip()]


def _published(article: Thing, metas: dict[str, list[str]], tree: Element) -> dt.date | None:
    times = tree.xpath('//time[@pubdate or contains(@itemprop, "datePublished")]/@datetime')
    given = (
        article.get("datePublished"),
        *(content for name in _DATES for content in metas.get(name, ())),
        *times,
    )
    return next((found for found in map(day, given) if found), None)


def _image(article: Thing, metas: dict[str, list[str]], url: str) -> str:
    image = article.get("image") or article.get("thumbnailUrl")
    image = image[0] if isinstance(image, list) and image else image
    image = image.get("url") if isinstance(image, dict) else image
    for given in (_first(metas, _IMAGES), image):
        if absolute := web_address(given, url):
            return absolute
    return ""


def _canonical(article: Thing, metas: dict[str, list[str]], tree: Element, url: str) -> str:
    links = tree.xpath('//link[translate(@rel, "CANOIL", "canoil") = "canonical"]/@href')
    for given in (*links[:1], _first(metas, ("og:url",)), article.get("url")):
        if absolute := web_address(given, url):
            return absolute.partition("#")[0]
    return ""


def web_address(given: object, base: str) -> str:
    """Return an address made absolute, "" when it is none of the web."""
    if not isinstance(given, str) or not given.strip() or len(given) > 2000:
        return ""
    try:
        absolute = urljoin(base, given.strip())
    except ValueError:
        return ""
    return absolute if urls.is_web_url(absolute) else ""


def _language(article: Thing, metas: dict[str, list[str]], tree: Element) -> str:
    root = tree.getroottree().getroot()
    names = ("content-language", "og:locale", "dc.language")
    spoken = (root.get("lang"), root.get("xml:lang"), _first(metas, names))
    for given in (*spoken, article.get("inLanguage")):
        found = _LANGUAGE.fullmatch(given) if isinstance(given, str) else None
        if found:
            return found[1].lower()
    return ""


def _is_behind_paywall(article: Thing, metas: dict[str, list[str]]) -> bool:
    is_free = str(article.get("isAccessibleForFree", "")).lower()
    return is_free == "false" or _first(metas, ("article:content_tier",)).lower() in _LOCKED

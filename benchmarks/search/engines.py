"""The product over HTTP, and the engine underneath it asked in the simplest way there is."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_plus, urlsplit

import tantivy

from benchmarks import measuring
from benchmarks.search.queries import FACETS, SHOWN, Query
from incidentbase.index import facets
from incidentbase.index.engines import tantivy_schema

INCIDENTS, REPORTS = "incidents", "reports"
PORT = 8951

_MUST = tantivy.Occur.Must


class Contestant(Protocol):
    """Something that answers queries of most kinds in one or both views."""

    name: str
    views: tuple[str, ...]

    def ask(self, query: Query, view: str) -> int:
        """Answer the query as a reader would want it and return how many hits there are."""

    def can(self, query: Query) -> bool:
        """Return whether it can answer such a query at all."""


class BareEngine:
    """tantivy on the index that the product has built: one field, one kind, nothing else.

    It counts what may be hidden, leaves ties as they come, counts facets inexactly and returns
    numbers only; so it is a floor, not a product.
    """

    name = "bare engine"
    views = (INCIDENTS, REPORTS)

    def __init__(self, home: Path) -> None:
        builds = home / "index"
        build = (builds / "current").read_text(encoding="ascii").strip()
        self._index = tantivy.Index.open(str(builds / build))
        analyzers = tantivy_schema.analyzers()
        for name, analyzer in analyzers.items():
            self._index.register_tokenizer(name, analyzer)
        self._stems = analyzers[tantivy_schema.stem_analyzer_name("en")]
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def can(self, query: Query) -> bool:
        """Return True: it was made for them all."""
        return bool(query)

    def ask(self, query: Query, view: str) -> int:
        """Return the hits, having read the numbers of the first and counted the facets."""
        kind = self._term("kind", "incident" if view == INCIDENTS else "report")
        filters = {name: self._term(_field(name), value) for name, value in query.filters}
        asked = self._all([self._words(query), kind, *filters.values()])
        found = self._searcher.search(asked, SHOWN)
        for _score, address in found.hits:
            self._searcher.doc(address)["number"]
        if query.facets:
            self._count(asked, [name for name in query.facets if name not in filters])
            for own in filters:
                # What is chosen in a facet does not narrow that facet: one pass more for each.
                others = [one for name, one in filters.items() if name != own]
                self._count(self._all([self._words(query), kind, *others]), [own])
        return int(found.count)

    def _count(self, asked: tantivy.Query, names: Sequence[str]) -> None:
        terms = {name: {"terms": {"field": _field(name), "size": SHOWN}} for name in names}
        self._searcher.aggregate(asked, terms)

    def _words(self, query: Query) -> tantivy.Query:
        words, schema = query.words, self._schema
        if not words:
            return tantivy.Query.all_query()
        if query.kind == "phrase":
            return tantivy.Query.phrase_query(schema, "text", [*words.split()])
        if query.kind == "Japanese substring":
            if len(words) == 1:
                return self._term("text", words)
            return tantivy.Query.phrase_query(schema, "text", [*words])
        if query.kind == "prefix":
            return tantivy.Query.fuzzy_term_query(schema, "text", words, distance=0, prefix=True)
        if query.kind == "typo":
            return tantivy.Query.fuzzy_term_query(schema, "text", words, distance=1)
        # By its stem, as the analyzer of design/technology.md had it: the product finds those too.
        (stem,) = self._stems.analyze(words)
        return self._term("body_en", stem)

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value)

    def _all(self, queries: Sequence[tantivy.Query]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(_MUST, each) for each in queries])


def _field(parameter: str) -> str:
    return tantivy_schema.facet_field(facets.BY_PARAMETER[parameter].name)


class Connection:
    """One kept-open connection to a server on this machine."""

    def __init__(self, site: str) -> None:
        self._http = http.client.HTTPConnection(str(urlsplit(site).netloc), timeout=900)

    def json(self, path: str) -> Any:
        """Return what the server answers; it closes a connection that was idle for long."""
        try:
            answer, body = self._get(path)
        except (http.client.HTTPException, ConnectionError):
            self._http.close()
            answer, body = self._get(path)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
        return json.loads(body)

    def _get(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        self._http.request("GET", path)
        answer = self._http.getresponse()
        return answer, answer.read()

    def close(self) -> None:
        """Close it."""
        self._http.close()


class HttpJson:
    """The product as a program meets it: results with passages and facets, as JSON over HTTP."""

    name = "HTTP JSON"
    views = (INCIDENTS, REPORTS)

    def __init__(self, get: Callable[[str], Any]) -> None:
        self._get = get

    def can(self, query: Query) -> bool:
        """Return True: the product answers them all."""
        return bool(query)

    def ask(self, query: Query, view: str) -> int:
        """Return the total that the answer names."""
        return int(self._get(address(query, view))["total"])


@contextmanager
def http_json(home: Path) -> Iterator[HttpJson]:
    """Serve a data folder with one web process and give the contestant that asks it."""
    with measuring.served(home, port=PORT) as site:
        connection = Connection(site)
        yield HttpJson(connection.json)
        connection.close()


def address(query: Query, view: str) -> str:
    """Return the address of a query in Discover."""
    asked = dict(query.filters)
    if query.words:
        asked["s"] = _typed(query)
    if view == REPORTS:
        asked["is_incident_report"] = "false||true"
    asked["page_size"] = str(SHOWN)
    # Asked for by name also where there are none: the page has some that are shown anyway.
    asked["facets"] = "||".join(query.facets)
    return "/apps/discover.json?" + "&".join(
        f"{name}={quote_plus(value)}" for name, value in asked.items()
    )


def _typed(query: Query) -> str:
    if query.kind == "phrase":
        return f'"{query.words}"'
    if query.kind in {"prefix", "Japanese substring"}:
        return query.words
    # The last word also stands for longer ones, unless a space shows that it is whole.
    return f"{query.words} "


def check_facets() -> None:
    """Stop where the product has another list of facets than the measurement."""
    if missing := [name for name in FACETS if name not in facets.BY_PARAMETER]:
        raise SystemExit(f"no such facets: {', '.join(missing)}")

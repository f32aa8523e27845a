"""An instance as an object of Python: each operation of its API is a method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from urllib.parse import quote

from incidentbase.client import downloads, operations
from incidentbase.client.answers import ChangePage, PageOf, SearchPage, SnapshotList
from incidentbase.client.asking import (
    EntityKind,
    Filters,
    Listed,
    NewSubmission,
    Order,
    Sort,
    as_json,
    named,
    written,
)
from incidentbase.client.downloads import Progress
from incidentbase.client.errors import NotFound
from incidentbase.client.operations import Operation
from incidentbase.client.pages import Changes, Pages, Results, Rows
from incidentbase.client.reading import read
from incidentbase.client.records import (
    Classification,
    Entity,
    Incident,
    Lookup,
    Named,
    Record,
    Report,
    Snapshot,
    SnapshotFile,
    Submission,
    SubmissionState,
    Taxonomy,
)
from incidentbase.client.transport import Pairs, Transport

R = TypeVar("R", bound=Record)

Names = str | Iterable[str]

MOST_ADDRESSES = 100
# Servers refuse longer first lines of requests; a few hundred signs are for the rest of it.
LONGEST_QUERY = 3_500
CHANGES_AT_ONCE = 500


class Client:
    """Reads an instance of IncidentBase, and sends reports in.

    Lists are lazy: their pages are fetched while one goes through them. `fields` chooses the
    members of records; others are then not there. Any method raises ClientError: Problem when
    the instance refuses, Unreachable without an answer, UnreadableAnswer for a strange one.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        timeout: float = 30.0,
        retries: int = 4,
        patience: float = 120.0,
        agent: str = "",
        cache: int = 0,
    ) -> None:
        """Prepare for an instance, such as `https://example.org`; nothing is sent yet.

        Reads are tried again up to `retries` times; when the instance asks to wait for longer
        than `patience` seconds that is an error. `agent` says who is asking, for the operator.
        With `cache` so many answers are kept and only asked for again if they changed.
        Raises ValueError for an address or a token that cannot be used.
        """
        self._transport = Transport(
            address,
            token=token,
            timeout=timeout,
            retries=retries,
            patience=patience,
            agent=agent,
            kept_answers=cache,
        )

    def __enter__(self) -> Self:
        """Use it in a `with` block, which closes its connections."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def __repr__(self) -> str:
        """Show the address, and never the token."""
        token = ", token=..." if self._transport.has_token else ""
        return f"Client({self._transport.base!r}{token})"

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    # Incidents and reports

    def incidents(
        self,
        query: str = "",
        *,
        order: Order = "asc",
        fields: Names = (),
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> Rows[Incident]:
        """Return incidents by number; those that a search finds, best first, with words or filters.

        Of a search each incident is read by a request of its own, and is whole. Raises ValueError
        for an order by number of what is searched for; `search` has orders of its own.
        """
        if query or filters:
            if order != "asc":
                raise ValueError("results of a search have no order by number; see search(sort=)")
            found = self.search(query, limit=limit, **filters)
            return Rows(Incident, lambda: self._each(found, fields))
        return self._list(operations.LIST_INCIDENTS, Incident, limit, order=order, fields=fields)

    def _each(self, found: Results, fields: Names) -> Iterator[Incident]:
        for hit in found:
            if hit.incident_id is not None:
                yield self.incident(hit.incident_id, fields=fields)

    def incident(self, incident_id: int, *, fields: Names = ()) -> Incident:
        """Return an incident with its reports and classifications; of a duplicate the true one."""
        return self._one(operations.GET_INCIDENT, fields, incident_id=incident_id)

    def reports(
        self,
        *,
        incident_id: int | None = None,
        source_domain: str = "",
        language: str = "",
        order: Order = "asc",
        fields: Names = (),
        limit: int | None = None,
    ) -> Pages[Report]:
        """Return reports by number, also those of issues."""
        return self._list(
            operations.LIST_REPORTS,
            Report,
            limit,
            incident_id=incident_id,
            source_domain=source_domain,
            language=language,
            order=order,
            fields=fields,
        )

    def report(self, report_number: int, *, fields: Names = ()) -> Report:
        """Return a report with its text and translations."""
        return self._one(operations.GET_REPORT, fields, report_number=report_number)

    # Entities and taxonomies

    def entities(
        self, *, kind: EntityKind = "", fields: Names = (), limit: int | None = None
    ) -> Pages[Entity]:
        """Return the entities that incidents name, by id."""
        return self._list(operations.LIST_ENTITIES, Entity, limit, kind=kind, fields=fields)

    def entity(self, entity_id: str, *, fields: Names = ()) -> Entity:
        """Return an entity with its incidents by role; of one that was merged the other."""
        return self._one(operations.GET_ENTITY, fields, entity_id=entity_id)

    def taxonomies(self, *, fields: Names = ()) -> Rows[Taxonomy]:
        """Return the taxonomies, without their fields."""
        query = _fields(Taxonomy, fields)
        return Rows(Taxonomy, lambda: iter(self._ask(operations.LIST_TAXONOMIES, query).items))

    def taxonomy(self, namespace: str, *, fields: Names = ()) -> Taxonomy:
        """Return a taxonomy with its fields."""
        return self._one(operations.GET_TAXONOMY, fields, namespace=namespace)

    def classifications(
        self,
        namespace: str = "",
        *,
        incident_id: int | None = None,
        report_number: int | None = None,
        fields: Names = (),
        limit: int | None = None,
    ) -> Pages[Classification]:
        """Return classifications in the order in which they were made."""
        return self._list(
            operations.LIST_CLASSIFICATIONS,
            Classification,
            limit,
            namespace=namespace,
            incident_id=incident_id,
            report_number=report_number,
            fields=fields,
        )

    def classification(self, object_id: str, *, fields: Names = ()) -> Classification:
        """Return a classification, named by its `id`."""
        return self._one(operations.GET_CLASSIFICATION, fields, object_id=object_id)

    # Searching and following

    def search(
        self,
        query: str = "",
        *,
        listed: Listed = "incidents",
        sort: Sort = "relevance",
        facets: Names = (),
        facet_size: int | None = None,
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> Results:
        """Return what the words and filters of Discover find, with counts of the facets named.

        A filter takes one value or several, of which any will do. Raises ValueError for a value
        that cannot be asked for together with others.
        """
        asked = written(
            {
                "s": query,
                "list": listed,
                "sortBy": sort,
                "facets": named(facets),
                "facet_size": facet_size,
                **filters,
            }
        )

        def page(cursor: str, size: int) -> SearchPage:
            return self._ask(operations.SEARCH, [*asked, *_place(cursor, size)])

        return Results(page, incident=self.incident, limit=limit)

    def changes(self, since: str | None = None) -> Changes:
        """Return what changed since a cursor, from the beginning without one.

        Keep its `cursor` after going through it, and ask with that the next time.
        """

        def page(cursor: str) -> ChangePage:
            return self._ask(operations.LIST_CHANGES, _place(cursor, CHANGES_AT_ONCE))

        return Changes(page, since=since)

    def lookup_urls(self, urls: Iterable[str]) -> list[Lookup]:
        """Return what is known of web pages, in the order given."""
        found: list[Lookup] = []
        for part in _portions([urls] if isinstance(urls, str) else urls):
            query = [("url", one) for one in part]
            found += self._ask(operations.LOOK_UP_ADDRESSES, query).results
        return found

    def lookup_entities(self, part_of_name: str) -> list[Named]:
        """Return entities of which a name holds the words, the likeliest first."""
        return list(self._ask(operations.LOOK_UP_ENTITIES, [("q", part_of_name)]).items)

    # Sending in

    def submit(self, **draft: Unpack[NewSubmission]) -> SubmissionState:
        """Send a report in and return its state with the tracking code.

        It is sent once: after Unreachable look at `submissions` before sending it again. Raises
        Unacceptable, which names the fields, or KnownAlready.
        """
        told = self._transport.post(operations.SEND_SUBMISSION.path, as_json(draft))
        return read(operations.SEND_SUBMISSION.gives, told)

    def submissions(self, *, limit: int | None = None) -> Pages[Submission]:
        """Return what waits for the editors, the newest first."""
        return self._list(operations.LIST_SUBMISSIONS, Submission, limit)

    def submission(self, code: str) -> SubmissionState:
        """Return what became of a submission, by its tracking code."""
        return self._one(operations.GET_SUBMISSION, (), code=code)

    # Snapshots

    def snapshots(self) -> list[Snapshot]:
        """Return the snapshots that are kept, newest first."""
        told = self._transport.get("/research/snapshots.json")
        return list(read(SnapshotList, told).snapshots)

    def download(
        self,
        file: SnapshotFile | str,
        folder: Path | str = ".",
        *,
        progress: Progress | None = None,
    ) -> Path:
        """Fetch a file of a snapshot into a folder, check its digest, and return its path.

        `file` is one of a snapshot's files, or a kind such as `sqlite`: then that of the newest
        snapshot which has one. What broke off is gone on with. `progress` is told the bytes that
        are there and the bytes of the whole. Raises DamagedDownload, or NotFound for the kind.
        """
        if isinstance(file, str):
            file = self._newest(file)
        return downloads.fetch(self._transport, file, Path(folder), progress=progress)

    def _newest(self, kind: str) -> SnapshotFile:
        files = [one for kept in self.snapshots() for one in kept.files]
        for one in files:
            if one.kind == kind:
                return one
        known = ", ".join(sorted({one.kind for one in files})) or "none"
        raise NotFound(
            404, {"title": "Not found", "detail": f"No file of this kind; there are: {known}."}
        )

    # How all of them ask

    def _ask(self, operation: Operation[R], query: Pairs = (), **names: Any) -> R:
        path = operation.path.format_map(
            {name: quote(str(value), safe="") for name, value in names.items()}
        )
        return read(operation.gives, self._transport.get(path, query))

    def _one(self, operation: Operation[R], fields: Names, **names: Any) -> R:
        return self._ask(operation, _fields(operation.gives, fields), **names)

    def _list(
        self,
        operation: Operation[Any],
        gives: type[R],
        limit: int | None,
        /,
        fields: Names = (),
        **asked: Any,
    ) -> Pages[R]:
        query = [*written(asked), *_fields(gives, fields)]

        def page(cursor: str, size: int) -> PageOf[R]:
            found: PageOf[R] = self._ask(operation, [*query, *_place(cursor, size)])
            return found

        return Pages(gives, page, limit=limit)


def _place(cursor: str, size: int) -> list[tuple[str, str]]:
    return [("limit", str(size)), *([("cursor", cursor)] if cursor else [])]


def _fields(kind: type[Record], names: Names) -> list[tuple[str, str]]:
    """Return the members that are wanted, by the names that the API has for them."""
    wanted = names.split(",") if isinstance(names, str) else names
    return written({"fields": named(kind.NAMES.get(name, name) for name in wanted)})


def _portions(urls: Iterable[str]) -> Iterator[list[str]]:
    """Yield so many addresses at a time as one request can carry."""
    part: list[str] = []
    length = 0
    for url in urls:
        more = len(quote(url, safe="")) + len("&url=")
        if part and (len(part) == MOST_ADDRESSES or length + more > LONGEST_QUERY):
            yield part
            part, length = [], 0
        part.append(url)
        length += more
    if part:
        yield part

"""What the parameters of a list ask for: which page, how much, which members of each record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from incidentbase.serve.rest import cursors
from incidentbase.serve.rest.problems import Refused

LARGEST_PAGE = 100
PAGE = 50

Order = Literal["asc", "desc"]


class Narrowing(Schema):
    """Which members of a record are wanted."""

    fields_: Annotated[
        str,
        Field(
            alias="fields",
            max_length=1_000,
            description="Names of the members to give, with commas between them.",
        ),
    ] = ""


class Paging(Schema):
    """Which page of a list is wanted."""

    cursor: Annotated[
        str, Field(max_length=1_000, description="`next_cursor` of the page before.")
    ] = ""
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many to a page.")] = PAGE


class Listing(Paging, Narrowing):
    """A page of records, with the members that are wanted."""


@dataclass(frozen=True, slots=True)
class Members:
    """The members that a kind of record has, and which of them lists leave out unless asked."""

    all: tuple[str, ...]
    not_in_lists: frozenset[str] = frozenset()
    # What only one record alone is given with.
    alone: frozenset[str] = frozenset()

    def of_list(self, fields: str) -> frozenset[str]:
        """Return the members wanted of each record in a list. Raises Refused."""
        possible = [name for name in self.all if name not in self.alone]
        chosen = _chosen(fields, possible)
        return chosen or frozenset(possible) - self.not_in_lists

    def of_one(self, fields: str) -> frozenset[str]:
        """Return the members wanted of a record. Raises Refused."""
        return _chosen(fields, self.all) or frozenset(self.all)


def members(schema: type[Schema], *, not_in_lists: str = "", alone: str = "") -> Members:
    """Return the members of a shape, by the names that clients see."""
    names = tuple(field.alias or name for name, field in schema.model_fields.items())
    return Members(names, frozenset(not_in_lists.split()), frozenset(alone.split()))


def _chosen(fields: str, possible: Sequence[str]) -> frozenset[str]:
    names = frozenset(name.strip() for name in fields.split(",") if name.strip())
    if unknown := sorted(names - set(possible)):
        detail = f"Not known: {', '.join(unknown)}. Known: {', '.join(possible)}."
        raise Refused(400, "Unknown fields", detail)
    return names


def page_of(
    request: HttpRequest,
    rows: QuerySet[Any],
    key: str,
    ask: Paging,
    *,
    kind: type = int,
    order: Order = "asc",
) -> tuple[list[Any], str | None]:
    """Return a page of rows by a unique column, and the cursor of the next. Raises Refused."""
    place = cursors.open_in(request, (kind,))
    if place is not None:
        rows = rows.filter(**{f"{key}__{'gt' if order == 'asc' else 'lt'}": place[0]})
    found = list(rows.order_by(key if order == "asc" else f"-{key}")[: ask.limit + 1])
    if len(found) <= ask.limit:
        return found, None
    found = found[: ask.limit]
    return found, cursors.seal(request, getattr(found[-1], key))

"""What every mutation has in common: finding records, links, one transaction, errors in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.db import DataError, IntegrityError, transaction
from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql import reading, whole
from incidentbase.serve.graphql.filters import Asking, condition, order
from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.sources import SOURCES
from incidentbase.serve.http import limits
from incidentbase.store.history.actions import NumberTaken
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, StillNeeded, Unfit
from incidentbase.store.review.actions import NotReady

Given = Mapping[str, Any]
Resolver = Callable[..., Any]


def acting(resolver: Resolver) -> Resolver:
    """Return a resolver that writes all or nothing, and says in words why it did not."""

    @wraps(resolver)
    def answer(root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
        try:
            with transaction.atomic():
                return resolver(root, info, **_storable(given))
        except NotReady as error:
            told = (f"{name}: {problem.code}" for name, problem in error.problems.items())
            raise Unanswerable(", ".join(told)) from error
        except (EditConflict, NoSuchRecord, NumberTaken, StillNeeded, Unfit) as error:
            raise Unanswerable(str(error)) from error
        except (DataError, IntegrityError) as error:
            raise Unanswerable("A value does not fit its place.") from error

    return answer


def _storable(value: Any) -> Any:
    """Return what was given without what no database takes."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return (
        {name: _storable(one) for name, one in value.items()} if isinstance(value, dict) else value
    )


def alike(given: Iterable[Given | None] | None) -> list[list[Any]]:
    """Return what an input says of the likeness of incidents, as it is kept, each number once."""
    found = {
        one["incident_id"]: one.get("similarity")
        for one in given or ()
        if one and one.get("incident_id") is not None
    }
    return [[number, likeness] for number, likeness in found.items()]


def throttle(name: str, info: GraphQLResolveInfo) -> None:
    """Count what anybody may do; raise Unanswerable when somebody did it too often."""
    request = info.context.request
    if request is not None and not limits.take(name, request):
        raise Unanswerable("That was often. Please wait a while.")


def first(kind: str, info: GraphQLResolveInfo, given: Given) -> int | None:
    """Return the primary key of the first record that a filter finds, None when there is none."""
    asking: Asking = info.context
    rows = asking.rows(kind).filter(condition(kind, given.get("filter"), asking))
    skip = max(0, (given.get("pagination") or {}).get("skip") or 0)
    keys = rows.order_by(*order(kind, given.get("sort"))).values_list("pk", flat=True)
    found: int | None = next(iter(keys[skip : skip + 1]), None)
    return found


def every(kind: str, info: GraphQLResolveInfo, given: Given) -> list[int]:
    """Return the primary keys of all records that a filter finds."""
    asking: Asking = info.context
    rows = asking.rows(kind).filter(condition(kind, given.get("filter"), asking))
    return list(rows.values_list("pk", flat=True))


def told(kind: str, info: GraphQLResolveInfo, pk: int | None) -> Any:
    """Return what a mutation selects of a record, read by its key: filters may not find it now."""
    record = None if pk is None else reading.one(kind, info, pk)
    return whole.put_together(record, info)


def linked(
    kind: str,
    member: str,
    given: Given,
    info: GraphQLResolveInfo,
    *,
    known: Callable[[set[Any]], Iterable[Any]] | None = None,
) -> list[Any] | None:
    """Return the keys to which a member of an input links, each once; None when it says nothing.

    `known` returns which of keys exist, where others than those in sight count. Raises
    Unanswerable, in the reference's words, when one of them does not exist.
    """
    relation = given.get(member) or {}
    if "link" not in relation:
        return None
    link = relation["link"]
    is_list = isinstance(link, list)
    keys = list(
        dict.fromkeys(one for one in (link if is_list else [link]) if one not in (None, ""))
    )
    seen = set(known(set(keys)) if known else _in_sight(kind, member, keys, info.context))
    missing = [key for key in keys if key not in seen]
    if missing and is_list:
        raise Unanswerable(f"Invalid linked ids: {member} -> [{','.join(map(str, missing))}]")
    if missing:
        raise Unanswerable(f"Invalid linked id: {member} -> {missing[0]}")
    return keys


def _in_sight(kind: str, member: str, keys: Iterable[Any], asking: Asking) -> Iterable[Any]:
    source = SOURCES[kind]
    if named := source.named.get(member):
        leads_to, column = named.to, named.key
    else:
        link = source.links[member]
        leads_to, column = link.to, link.key
    rows = asking.rows(leads_to).filter(**{f"{column}__in": list(keys)})
    return set(rows.values_list(column, flat=True))

"""The schema with what answers it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from ariadne import ObjectType, QueryType, ScalarType, make_executable_schema
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema

from incidentbase.kit import clock
from incidentbase.serve.graphql import computed, listing, reading, sdl, whole, writing
from incidentbase.serve.graphql.reading import Record
from incidentbase.serve.graphql.table import ROOTS

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)
_LONGEST = 2**53


@cache
def executable() -> GraphQLSchema:
    """Return the schema, made once in each process."""
    query = QueryType()
    for name, (one, many) in ROOTS.items():
        query.set_field(many, _many(name))
        query.set_field(one, _one(name))
    query.set_field("risks", _risks)
    query.set_field("similarEntities", _similar_entities)
    incident, report, user = ObjectType("Incident"), ObjectType("Report"), ObjectType("User")
    incident.set_field("tsne", _place)
    incident.set_field("translations", _translations)
    report.set_field("translations", _translations)
    report.set_field("epoch_date_published", _epoch("epoch_date_published"))
    report.set_field("epoch_date_submitted", _epoch("epoch_date_submitted"))
    user.set_field("adminData", _admin_data)
    risk = ObjectType("Risks")
    risk.set_field("precedents", _precedents)
    return make_executable_schema(
        sdl.written(), query, writing.bound(), incident, report, user, risk, *_scalars()
    )


def _many(name: str) -> Callable[..., list[Record]]:
    def answer(_root: None, info: GraphQLResolveInfo, **asked: Any) -> Any:
        return whole.put_together(_listed(name, info, asked), info)

    return answer


def _listed(name: str, info: GraphQLResolveInfo, asked: dict[str, Any]) -> list[Record]:
    if name in listing.LISTINGS:
        return listing.many(name, info.context, asked)
    return reading.many(name, info, asked)


def _one(name: str) -> Callable[..., Record | None]:
    def answer(_root: None, info: GraphQLResolveInfo, **asked: Any) -> Any:
        page = {"skip": (asked.get("pagination") or {}).get("skip"), "limit": 1}
        found = _listed(name, info, {**asked, "pagination": page})
        return whole.put_together(next(iter(found), None), info)

    return answer


def _risks(
    _root: None, info: GraphQLResolveInfo, input: dict[str, Any] | None = None
) -> list[Record]:
    tags = [one for one in (input or {}).get("tags") or () if one is not None]
    return computed.risks(tags, info.context)


def _similar_entities(
    _root: None,
    info: GraphQLResolveInfo,
    threshold: int,
    offset: int | None = None,
    limit: int | None = None,
) -> Record:
    return computed.similar_entities(threshold, offset or 0, limit, info.context)


def _translations(
    record: Record, _info: GraphQLResolveInfo, languages: list[str | None]
) -> list[Record]:
    return [{"language": one, **record["words"].get(one, {})} for one in languages]


def _place(record: Record, _info: GraphQLResolveInfo) -> Record | None:
    if record["map_x"] is None:
        return None
    return {"x": record["map_x"], "y": record["map_y"]}


def _epoch(name: str) -> Callable[..., int]:
    def answer(record: Record, _info: GraphQLResolveInfo) -> int:
        return int(record[name].timestamp() // 1)

    return answer


def _precedents(risk: Record, _info: GraphQLResolveInfo) -> list[Record]:
    # Those of a checklist are looked for when somebody asks for them.
    found = risk["precedents"]
    return found() if callable(found) else found


def _admin_data(record: Record, _info: GraphQLResolveInfo) -> Record:
    return {
        "email": record["email"] or "",
        "creationDate": record["created_at"],
        "disabled": not record["is_active"],
        "lastAuthenticationDate": record["last_login"],
    }


def _scalars() -> list[ScalarType]:
    return [
        ScalarType("ObjectId", value_parser=_object_id),
        ScalarType("DateTime", serializer=clock.iso, value_parser=_date_time),
        ScalarType("Long", value_parser=_long),
    ]


def _object_id(value: Any) -> str:
    if not isinstance(value, str) or not _OBJECT_ID.fullmatch(value):
        raise GraphQLError(f'Expected value of type "ObjectId", found {value!r}.')
    return value.lower()


def _date_time(value: Any) -> dt.datetime:
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(f"DateTime cannot represent an invalid date-time-string {value}.")


def _long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LONGEST:
        raise GraphQLError(f"Long cannot represent {value}.")
    return value

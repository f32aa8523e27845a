"""Checklists under their owner's hand, whole lists at once."""

from __future__ import annotations

import uuid
from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql import listing, whole
from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import Given, Resolver
from incidentbase.store.accounts.rules import NotPermitted
from incidentbase.store.assessing import actions as assessing
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists.rules import TAG_LISTS, USUAL_STATUS

_TEXTS = ("title", "severity", "likelihood", "risk_notes")


def _insert(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    return _written(data, info, key="")


def _upsert(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    found = _found(info, given)
    if found is None:
        wanted = given["update"].get("id") or ((given["filter"].get("id") or {}).get("EQ"))
        if wanted and checklists.exists(wanted):
            # It is somebody's own, and nothing tells strangers that it is there.
            raise NotPermitted("not the owner")
        return _written({**given["update"], "id": wanted}, info, key="")
    return _written(given["update"], info, key=found["_id"])


def _delete(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    found = _found(info, given)
    if found is None:
        return None
    # What is selected of it is read before it is gone.
    gone = whole.put_together(found, info)
    assessing.delete_checklist(found["_id"], actor=info.context.viewer)
    return gone


def _found(info: GraphQLResolveInfo, given: Given) -> listing.Record | None:
    page = {"limit": 1, "skip": (given.get("pagination") or {}).get("skip")}
    return next(iter(listing.many("Checklist", info.context, {**given, "pagination": page})), None)


def _written(data: Given, info: GraphQLResolveInfo, *, key: str) -> Any:
    values: dict[str, Any] = {name: data[name] or "" for name in ("name", "about") if name in data}
    tags = {
        name: [one for one in data[f"tags_{name}"] or () if one]
        for name in TAG_LISTS
        if f"tags_{name}" in data
    }
    values |= {"tags": tags} if tags else {}
    if "risks" in data:
        values["risks"] = [_risk(one) for one in data["risks"] or () if one]
    if data.get("id") and not key:
        values["checklist_id"] = data["id"]
        if checklists.exists(data["id"]):
            raise Unanswerable("There is a checklist with this id.")
    try:
        made = assessing.write_checklist(values, key=key, actor=info.context.viewer)
    except assessing.Refused as error:
        raise Unanswerable(str(error)) from error
    return whole.put_together(_found(info, {"filter": {"_id": {"EQ": made}}}), info)


def _risk(given: Given) -> dict[str, Any]:
    tags = [one for one in given.get("tags") or [given.get("tag")] if one]
    return {
        **{name: given.get(name) or "" for name in _TEXTS},
        "id": given.get("id") or str(uuid.uuid4()),
        "tags": tags,
        "risk_status": given.get("risk_status") or USUAL_STATUS,
        "touched": bool(given.get("touched")),
    }


RESOLVERS: dict[str, Resolver] = {
    "insertOneChecklist": _insert,
    "upsertOneChecklist": _upsert,
    "deleteOneChecklist": _delete,
}

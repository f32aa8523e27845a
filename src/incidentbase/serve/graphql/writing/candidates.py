"""What the news digest found, as crawlers bring it and admins keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.kit import clock, ids, text
from incidentbase.serve.graphql.writing.acting import Given, Resolver, every, first, told
from incidentbase.store.accounts.rules import ADMIN, require
from incidentbase.store.review import actions as review
from incidentbase.store.submissions.models import Candidate

_SAME = {
    "title": "title",
    "date_published": "date_published",
    "similarity": "similarity",
    "match": "is_match",
    "url": "url",
    "dismissed": "is_dismissed",
    "text": "text",
    "plain_text": "plain_text",
}
_LISTS = {
    "matching_keywords": "keywords",
    "matching_harm_keywords": "harm_keywords",
    "matching_entities": "entities",
}
_BLANK: dict[str, Any] = {
    "title": "",
    "date_published": "",
    "text": "",
    "plain_text": "",
    "similarity": None,
    "is_match": False,
    "is_dismissed": False,
}


def _insert_one(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    [key] = review.put_candidates([_new(data, info)], actor=info.context.viewer)
    return _told(key, info)


def _insert_many(_root: None, info: GraphQLResolveInfo, data: list[Given | None]) -> Any:
    require(info.context.viewer, ADMIN)
    states = [_new(one, info) for one in data if one]
    return {"insertedIds": review.put_candidates(states, actor=info.context.viewer)}


def _update_one(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = _only_for_admins(first("Candidate", info, given), info)
    if pk is None:
        return None
    [key] = _keys([pk])
    _change([key], given["update"].get("set") or {}, info)
    return told("Candidate", info, pk)


def _update_many(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    keys = _keys(_only_for_admins(every("Candidate", info, given), info))
    changed = _change(keys, given["update"].get("set") or {}, info)
    return {"matchedCount": len(keys), "modifiedCount": changed}


def _upsert_one(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = _only_for_admins(first("Candidate", info, given), info)
    if pk is None:
        return _insert_one(None, info, given["update"])
    _change(_keys([pk]), given["update"], info)
    return told("Candidate", info, pk)


def _delete_one(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = _only_for_admins(first("Candidate", info, given), info)
    gone = told("Candidate", info, pk)
    if pk is not None:
        review.remove_candidates(_keys([pk]), actor=info.context.viewer)
    return gone


def _delete_many(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    keys = _keys(_only_for_admins(every("Candidate", info, given), info))
    return {"deletedCount": review.remove_candidates(keys, actor=info.context.viewer)}


def _only_for_admins(found: Any, info: GraphQLResolveInfo) -> Any:
    """Return what was found; those who are no admins are refused, whatever it is."""
    require(info.context.viewer, ADMIN)
    return found


def _new(data: Given, info: GraphQLResolveInfo) -> dict[str, Any]:
    given = _columns(data, {})
    return {
        **_BLANK,
        "object_id": data.get("_id") or ids.new_object_id(),
        "created_at": clock.iso(data.get("created_at") or info.context.viewer.at),
        **{name: value for name, value in given.items() if value is not None},
        "payload": {**dict.fromkeys(_LISTS.values(), ()), **given.get("payload", {})},
    }


def _columns(data: Given, payload: Given) -> dict[str, Any]:
    """Return what an input says, as states name it."""
    found = {_SAME[name]: data[name] for name in _SAME if name in data}
    if "text" in data and "plain_text" not in data:
        found["plain_text"] = text.markdown_to_plain(data["text"] or "")
    lists = {_LISTS[name]: list(data[name] or ()) for name in _LISTS if name in data}
    return found | ({"payload": {**payload, **lists}} if lists else {})


def _change(keys: Iterable[str], wanted: Given, info: GraphQLResolveInfo) -> int:
    rows = Candidate.objects.filter(public_id__in=list(keys)).values_list("public_id", "payload")
    changes = {
        key: {
            name: _BLANK.get(name) if value is None else value
            for name, value in _columns(wanted, payload).items()
        }
        for key, payload in rows
    }
    return review.change_candidates(changes, actor=info.context.viewer)


def _keys(pks: list[int]) -> list[str]:
    return list(Candidate.objects.filter(pk__in=pks).values_list("public_id", flat=True))


def _told(key: str, info: GraphQLResolveInfo) -> Any:
    return told("Candidate", info, Candidate.objects.get(public_id=key).pk)


RESOLVERS: dict[str, Resolver] = {
    "insertOneCandidate": _insert_one,
    "insertManyCandidates": _insert_many,
    "updateOneCandidate": _update_one,
    "updateManyCandidates": _update_many,
    "upsertOneCandidate": _upsert_one,
    "deleteOneCandidate": _delete_one,
    "deleteManyCandidates": _delete_many,
}

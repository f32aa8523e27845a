"""What waits for editors: submissions, what becomes of them, and bare links."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import (
    Given,
    Resolver,
    alike,
    every,
    first,
    throttle,
    told,
)
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, require
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import actions as records
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import NoSuchRecord, version_of
from incidentbase.store.review import actions as review
from incidentbase.store.review.rules import Draft
from incidentbase.store.submissions.models import QuickAdd, Submission
from incidentbase.store.submissions.rules import OPEN, Target

_TEXTS = (
    *("url", "title", "date_published", "date_downloaded", "text", "incident_date"),
    *("image_url", "language", "editor_notes", "incident_title", "description"),
)
_LISTS = ("authors", "incident_ids", "submitters", "tags")
_ENTITIES = {
    "deployers": "deployers",
    "developers": "developers",
    "harmed_parties": "harmed",
    "implicated_systems": "implicated",
}
# What only editors set: the name here, and where it is kept.
_FOR_EDITORS = {
    "status": "status",
    "cloudinary_id": "cloudinary_id",
    "snippet_max_characters": "snippet_max_characters",
    "quiet": "is_quiet",
}
_NUMBERS = {
    "editor_similar_incidents": "editor_similar",
    "editor_dissimilar_incidents": "editor_dissimilar",
}


def _insert(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    throttle("submit", info)
    actor = info.context.viewer
    _require_incidents(data.get("incident_ids"), info)
    draft = Draft(**_drafted(data))
    key = review.submit(draft, similar=_similar(data), actor=actor)
    return told("Submission", info, Submission.objects.get(public_id=key).pk)


def _update(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    pk = first("Submission", info, given)
    if pk is None:
        return None
    key = Submission.objects.get(pk=pk).public_id
    wanted: Given = given["update"].get("set") or {}
    _require_incidents(wanted.get("incident_ids"), info)
    actor = info.context.viewer
    state = recorded.state_of("submission", key) or {}
    draft = Draft(**{**_said(state), **_drafted(wanted)})
    review.revise(key, draft, seen=version_of(state), actor=actor)
    if extra := _for_editors(wanted, recorded.state_of("submission", key) or {}):
        records.edit("submission", key, extra, seen="", actor=actor)
    return told("Submission", info, pk)


def _delete(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Submission", info, given)
    gone = told("Submission", info, pk)
    if pk is not None:
        key = Submission.objects.get(pk=pk).public_id
        review.reject(key, code="other", reason="", actor=info.context.viewer)
    return gone


def _promote(_root: None, info: GraphQLResolveInfo, input: Given) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    numbers = list(dict.fromkeys(one for one in input["incident_ids"] if one is not None))
    known = [one for one in numbers if incidents.get(one, viewer=actor) is not None]
    target: Target = "existing" if known else "issue"
    if input.get("is_incident_report") and not known:
        target = "new"
    try:
        made = review.promote(input["submission_id"], target=target, numbers=known, actor=actor)
    except NoSuchRecord as error:
        raise Unanswerable("Submission not found") from error
    except review.AlreadyDone as error:
        raise Unanswerable(str(error)) from error
    return {"incident_ids": list(made.incidents), "report_number": made.report}


def _drafted(data: Given) -> dict[str, Any]:
    """Return what an input says of what a draft has."""
    found: dict[str, Any] = {name: data[name] or "" for name in _TEXTS if name in data}
    for name in _LISTS:
        if name in data:
            found[name] = tuple(one for one in data[name] or () if one is not None)
    for name, kept in _ENTITIES.items():
        if "link" in (data.get(name) or {}):
            found[kept] = tuple(one for one in data[name]["link"] if one)
    return found


def _said(state: Given) -> dict[str, Any]:
    """Return a submission as the draft that it would be made of."""
    payload = state["payload"]
    lists = (*_LISTS, *_ENTITIES.values())
    return {
        **{name: state[name] for name in _TEXTS},
        **{name: tuple(payload.get(name) or ()) for name in lists},
    }


def _similar(data: Given) -> dict[str, list[Any]]:
    """Return what an input says of incidents that are alike, as it is kept."""
    found: dict[str, list[Any]] = {
        kept: [one for one in data[name] or () if one is not None]
        for name, kept in _NUMBERS.items()
        if name in data
    }
    if "nlp_similar_incidents" in data:
        found["machine_similar"] = alike(data["nlp_similar_incidents"])
    return found


def _for_editors(wanted: Given, state: Given) -> dict[str, Any]:
    extra = {kept: wanted[name] for name, kept in _FOR_EDITORS.items() if name in wanted}
    if extra.get("status", "") not in OPEN:
        raise Unanswerable("The status is `pendingReview` or `inReview`.")
    payload: dict[str, Any] = _similar(wanted)
    if "link" in (wanted.get("incident_editors") or {}):
        payload["incident_editors"] = list(dict.fromkeys(wanted["incident_editors"]["link"]))
    if payload:
        extra["payload"] = {**state["payload"], **payload}
    return extra


def _require_incidents(numbers: list[int | None] | None, info: GraphQLResolveInfo) -> None:
    for number in numbers or ():
        if number is not None and incidents.get(number, viewer=info.context.viewer) is None:
            raise Unanswerable(f"Incident {number} not found")


def _insert_link(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    throttle("quick_add", info)
    key = review.quick_add(data["url"], actor=info.context.viewer)
    return told("Quickadd", info, QuickAdd.objects.get(public_id=key).pk)


def _insert_links(_root: None, info: GraphQLResolveInfo, data: list[Given | None]) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    return {"insertedIds": [review.quick_add(one["url"], actor=actor) for one in data if one]}


def _update_link(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Quickadd", info, given)
    if pk is not None:
        _change_links([pk], given["update"].get("set") or {}, info)
    return told("Quickadd", info, pk)


def _update_links(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pks = every("Quickadd", info, given)
    changed = _change_links(pks, given["update"].get("set") or {}, info)
    return {"matchedCount": len(pks), "modifiedCount": changed}


def _upsert_link(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Quickadd", info, given)
    if pk is None:
        return _insert_link(None, info, given["update"])
    _change_links([pk], given["update"], info)
    return told("Quickadd", info, pk)


def _delete_link(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Quickadd", info, given)
    gone = told("Quickadd", info, pk)
    if pk is not None:
        review.dismiss_links(_links([pk]), actor=info.context.viewer)
    return gone


def _delete_links(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    keys = _links(every("Quickadd", info, given))
    return {"deletedCount": review.dismiss_links(keys, actor=info.context.viewer)}


def _change_links(pks: list[int], wanted: Given, info: GraphQLResolveInfo) -> int:
    names = {
        "url": "url",
        "date_submitted": "date_submitted",
        "source_domain": "source_domain",
        "incident_id": "incident_number",
    }
    changes = {kept: wanted[name] for name, kept in names.items() if wanted.get(name) is not None}
    return review.change_links(_links(pks), changes, actor=info.context.viewer)


def _links(pks: list[int]) -> list[str]:
    return list(QuickAdd.objects.filter(pk__in=pks).values_list("public_id", flat=True))


RESOLVERS: dict[str, Resolver] = {
    "insertOneSubmission": _insert,
    "updateOneSubmission": _update,
    "deleteOneSubmission": _delete,
    "promoteSubmissionToReport": _promote,
    "insertOneQuickadd": _insert_link,
    "insertManyQuickadds": _insert_links,
    "updateOneQuickadd": _update_link,
    "updateManyQuickadds": _update_links,
    "upsertOneQuickadd": _upsert_link,
    "deleteOneQuickadd": _delete_link,
    "deleteManyQuickadds": _delete_links,
}

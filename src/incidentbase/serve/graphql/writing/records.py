"""Incidents and reports under an editor's hand, and what readers say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLResolveInfo

from incidentbase.kit import clock
from incidentbase.serve.graphql import reading, whole
from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import (
    Given,
    Resolver,
    alike,
    every,
    first,
    linked,
    throttle,
    told,
)
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, require
from incidentbase.store.curation import actions as curation
from incidentbase.store.editing import actions as editing
from incidentbase.store.editing.rules import TranslationDraft
from incidentbase.store.entities import queries as entities
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report
from incidentbase.store.review import actions as review
from incidentbase.store.variants import actions as variants
from incidentbase.store.variants.rules import VariantDraft

_INCIDENT = {
    "title": "title",
    "description": "description",
    "date": "date",
    "editor_notes": "editor_notes",
}
_NUMBERS = {
    "editor_similar_incidents": "editor_similar",
    "editor_dissimilar_incidents": "editor_dissimilar",
    "flagged_dissimilar_incidents": "flagged_dissimilar",
}
_ROLES = {
    "AllegedDeployerOfAISystem": "deployers",
    "AllegedDeveloperOfAISystem": "developers",
    "AllegedHarmedOrNearlyHarmedParties": "harmed",
    "implicated_systems": "implicated",
}
_REPORT = {
    **{name: name for name in ("title", "url", "source_domain", "text", "language", "image_url")},
    **{name: name for name in ("cloudinary_id", "description", "editor_notes")},
}
_LISTS = ("authors", "submitters", "tags", "inputs_outputs")
_MOMENTS = {
    "date_published": "published_at",
    "date_downloaded": "downloaded_at",
    "date_submitted": "submitted_at",
}
_REPORT_FLAGS = {"flag": "is_flagged", "quiet": "is_quiet"}
_DELETED = "deleted by a program"


def _insert_incident(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    number = data["incident_id"]
    editing.write_incident(number, _incident(data, info), is_new=True, actor=actor)
    return told("Incident", info, Incident.objects.get(incident_id=number).pk)


def _update_incident(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Incident", info, given)
    if pk is not None:
        _change_incidents([pk], given["update"].get("set") or {}, info)
    return told("Incident", info, pk)


def _update_incidents(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pks = every("Incident", info, given)
    rows = Incident.objects.filter(pk__in=pks)
    before = dict(rows.values_list("pk", "modified_at"))
    _change_incidents(pks, given["update"].get("set") or {}, info)
    after = dict(rows.values_list("pk", "modified_at"))
    changed = sum(after[pk] != before[pk] for pk in pks)
    return {"matchedCount": len(pks), "modifiedCount": changed}


def _change_incidents(pks: list[int], wanted: Given, info: GraphQLResolveInfo) -> None:
    changes = _incident(wanted, info)
    rows = Incident.objects.filter(pk__in=pks).order_by("incident_id")
    for number, public_id in rows.values_list("incident_id", "public_id"):
        _require_same(wanted, {"incident_id": number, "_id": public_id})
        editing.write_incident(number, changes, actor=info.context.viewer)


def _incident(data: Given, info: GraphQLResolveInfo) -> dict[str, Any]:
    """Return what an input says of an incident, as states have it."""
    found: dict[str, Any] = {
        kept: data[name] or "" for name, kept in _INCIDENT.items() if name in data
    }
    for name, kept in _NUMBERS.items():
        if name in data:
            found[kept] = list(dict.fromkeys(one for one in data[name] or () if one is not None))
    if "nlp_similar_incidents" in data:
        found["machine_similar"] = alike(data["nlp_similar_incidents"])
    if tsne := data.get("tsne"):
        found |= {f"map_{axis}": tsne[axis] for axis in ("x", "y") if axis in tsne}
    # Who edits may name what no incident in sight names yet.
    known: dict[str, Callable[[set[Any]], Iterable[Any]]] = {
        **dict.fromkeys(_ROLES, entities.existing_ids),
        "editors": accounts.states,
        "reports": reports.existing_numbers,
    }
    for name, exist in known.items():
        keys = linked("Incident", name, data, info, known=exist)
        if keys is not None:
            found[_ROLES.get(name, name)] = keys
    return found


def _link(_root: None, info: GraphQLResolveInfo, input: Given) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    numbers = list(dict.fromkeys(input.get("report_numbers") or ()))
    if unknown := sorted(set(numbers) - reports.existing_numbers(numbers)):
        raise Unanswerable(f"Invalid linked ids: reports -> [{','.join(map(str, unknown))}]")
    wanted = list(dict.fromkeys(input.get("incident_ids") or ()))
    curation.move_reports(numbers, to=wanted, actor=actor)
    holding = Incident.objects.filter(incident_id__in=incidents.numbers_with_reports(numbers))
    pks = list(holding.values_list("pk", flat=True))
    return whole.put_together(reading.several("Incident", info, pks), info)


def _flag_similarity(
    _root: None,
    info: GraphQLResolveInfo,
    incidentId: int,  # noqa: N803 (the reference's name)
    dissimilarIds: list[int] | None = None,  # noqa: N803
) -> Any:
    editing.flag_dissimilar(incidentId, dissimilarIds or (), actor=info.context.viewer)
    return told("Incident", info, Incident.objects.get(incident_id=incidentId).pk)


def _translate_incident(_root: None, info: GraphQLResolveInfo, input: Given) -> Any:
    number = input["incident_id"]
    draft = TranslationDraft(title=input["title"], body=input["description"])
    _translate("incident", number, draft, input, info)
    return told("Incident", info, Incident.objects.get(incident_id=number).pk)


def _translate_report(_root: None, info: GraphQLResolveInfo, input: Given) -> Any:
    number = input["report_number"]
    draft = TranslationDraft(title=input["title"], body=input["text"])
    _translate("report", number, draft, input, info)
    return told("Report", info, Report.objects.get(report_number=number).pk)


def _translate(
    kind: str, number: int, draft: TranslationDraft, given: Given, info: GraphQLResolveInfo
) -> None:
    editing.write_translation(
        kind,
        number,
        given["language"],
        draft,
        is_dirty=bool(given.get("dirty")),
        actor=info.context.viewer,
    )


def _insert_report(_root: None, info: GraphQLResolveInfo, data: Given) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    number = data["report_number"]
    editing.write_report(number, _report(data, info), is_new=True, actor=actor)
    return told("Report", info, Report.objects.get(report_number=number).pk)


def _update_report(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    require(info.context.viewer, INCIDENT_EDITOR)
    pk = first("Report", info, given)
    if pk is None:
        return None
    wanted: Given = given["update"].get("set") or {}
    row = Report.objects.get(pk=pk)
    _require_same(wanted, {"report_number": row.report_number, "_id": row.public_id})
    changes = _report(wanted, info)
    editing.write_report(row.report_number, changes, actor=info.context.viewer)
    return told("Report", info, pk)


def _delete_report(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    actor = info.context.viewer
    require(actor, INCIDENT_EDITOR)
    pk = first("Report", info, given)
    gone = told("Report", info, pk)
    if pk is not None:
        number = Report.objects.get(pk=pk).report_number
        curation.withdraw("report", number, actor=actor, reason=_DELETED)
    return gone


def _report(data: Given, info: GraphQLResolveInfo) -> dict[str, Any]:
    """Return what an input says of a report, as states have it."""
    found: dict[str, Any] = {
        kept: data[name] or "" for name, kept in _REPORT.items() if name in data
    }
    for name in _LISTS:
        if name in data:
            found[name] = [one for one in data[name] or () if one is not None]
    for name, kept in _MOMENTS.items():
        if data.get(name) is not None:
            found[kept] = clock.iso(data[name])
    found |= {kept: bool(data[name]) for name, kept in _REPORT_FLAGS.items() if name in data}
    if data.get("snippet_max_characters") is not None:
        found["snippet_max_characters"] = data["snippet_max_characters"]
    who = linked("Report", "user", data, info, known=accounts.states)
    if who is not None:
        found["submitted_by"] = next(iter(who), "")
    return found


def _flag_report(
    _root: None,
    info: GraphQLResolveInfo,
    report_number: int,
    input: bool,
) -> Any:
    actor = info.context.viewer
    if reports.get(report_number, viewer=actor) is None:
        raise Unanswerable("Report not found")
    if input:
        throttle("flag", info)
        review.raise_flag(report_number, code="other", actor=actor)
    else:
        review.resolve_flags(report_number, outcome="unfounded", actor=actor)
    return told("Report", info, Report.objects.get(report_number=report_number).pk)


def _create_variant(_root: None, info: GraphQLResolveInfo, input: Given) -> Any:
    throttle("variant", info)
    actor, number = info.context.viewer, input["incidentId"]
    if incidents.get(number, viewer=actor) is None:
        raise Unanswerable(f"Incident {number} not found")
    said = input.get("variant") or {}
    draft = VariantDraft(
        text=said.get("text") or "",
        date=(said.get("date_published") or "")[:10],
        submitters=tuple(one for one in said.get("submitters") or () if one),
        exchanges=tuple(one or "" for one in said.get("inputs_outputs") or ()),
    )
    try:
        report = variants.submit(number, draft, actor=actor)
    except variants.Refused as error:
        raise Unanswerable(str(error)) from error
    return {"incident_id": number, "report_number": report}


def _require_same(wanted: Given, present: Given) -> None:
    """Raise Unanswerable where an input would give a record another number or id."""
    for name, value in present.items():
        if wanted.get(name) not in (None, value):
            raise Unanswerable(f"`{name}` is never changed.")


RESOLVERS: dict[str, Resolver] = {
    "insertOneIncident": _insert_incident,
    "updateOneIncident": _update_incident,
    "updateManyIncidents": _update_incidents,
    "linkReportsToIncidents": _link,
    "flagIncidentSimilarity": _flag_similarity,
    "updateOneIncidentTranslation": _translate_incident,
    "insertOneReport": _insert_report,
    "updateOneReport": _update_report,
    "deleteOneReport": _delete_report,
    "updateOneReportTranslation": _translate_report,
    "flagReport": _flag_report,
    "createVariant": _create_variant,
}

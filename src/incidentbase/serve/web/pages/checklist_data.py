"""Checklists for programs and for keeping: JSON, CSV, Markdown and a plain HTML document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from incidentbase.formats import checklists as formats
from incidentbase.serve.http import sealing
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import assessing, chrome, errors
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.checklists import precedents, queries, rules
from incidentbase.store.checklists.precedents import Precedent
from incidentbase.store.checklists.rules import State

KINDS = ("json", "csv", "html", "md")


@never_cache
def by_id(request: HttpRequest, checklist_id: str, kind: str) -> HttpResponse:
    """Return a checklist that the viewer may see in a format."""
    viewer = viewer_of(request)
    state = queries.get(checklist_id, viewer=viewer)
    return errors.not_found(request) if state is None else _answer(request, state, kind, viewer)


@never_cache
def by_link(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Return a checklist that is shared by a link in a format."""
    state = queries.by_link(sealing.id_of(sealing.SHARED, code) or "")
    if state is None:
        return errors.not_found(request)
    return _answer(request, state, kind, viewer_of(request))


def _answer(request: HttpRequest, state: State, kind: str, viewer: Viewer) -> HttpResponse:
    shape = shaped(state, viewer)
    base = chrome.site_url(request)
    answer: HttpResponse
    if kind == "json":
        answer = JsonResponse(shape, json_dumps_params={"ensure_ascii": False})
    elif kind == "csv":
        lines = "".join(formats.csv_lines(shape))
        answer = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    elif kind == "md":
        written = formats.markdown(shape, incident_url=f"{base}/cite/")
        answer = HttpResponse(written, content_type="text/markdown; charset=utf-8")
    else:
        context = {"checklist": shape, "incident_url": f"{base}/cite/"}
        answer = render(request, "pages/checklists/document.html", context)
    name = f"{state['name'] or state['checklist_id']} - Risk Checklist.{kind}"
    is_kept = kind in ("csv", "md")
    disposition = content_disposition_header(is_kept, name.replace("/", "-"))
    answer["Content-Disposition"] = disposition or "inline"
    answer["X-Robots-Tag"] = "noindex"
    if state["sharing"] == rules.PUBLISHED:
        answer["Access-Control-Allow-Origin"] = "*"
    return answer


def shaped(state: State, viewer: Viewer) -> dict[str, Any]:
    """Return a checklist in the shape of the reference, with the risks that are only suggested."""
    found = precedents.assess(state, viewer=viewer)
    lists = state["tags"] or {}
    kept = [
        {
            "id": rules.said(one.risk, "id"),
            "title": rules.said(one.risk, "title"),
            "tags": rules.risk_tags(one.risk),
            "severity": rules.said(one.risk, "severity"),
            "likelihood": rules.said(one.risk, "likelihood"),
            "risk_status": rules.said(one.risk, "risk_status"),
            "risk_notes": rules.said(one.risk, "risk_notes"),
            "touched": bool(one.risk.get("touched")),
            "generated": False,
            "precedents": [_precedent(each) for each in one.precedents],
        }
        for one in found.saved
    ]
    suggested = [
        {
            "id": assessing.suggested_id(str(one.tag)),
            "title": one.tag.text,
            "tags": [str(one.tag)],
            "severity": "",
            "likelihood": "",
            "risk_status": rules.USUAL_STATUS,
            "risk_notes": "",
            "touched": False,
            "generated": True,
            "precedents": [_precedent(each) for each in one.precedents],
        }
        for one in found.suggested
    ]
    return {
        "id": state["checklist_id"],
        "owner_id": state["owner_id"],
        "name": state["name"],
        "about": state["about"],
        "date_created": state["created_at"],
        "date_updated": state["updated_at"],
        **{f"tags_{name}": list(lists.get(name) or ()) for name in rules.TAG_LISTS},
        "risk_fields": list(rules.sources_of(state)),
        "risks": [*kept, *suggested],
    }


def _precedent(one: Precedent) -> dict[str, Any]:
    return {
        "incident_id": one.number,
        "title": one.title,
        "description": one.description,
        "tags": list(one.tags),
    }


def formats_of(url: str) -> list[chrome.Format]:
    """Return the formats of a checklist; `url` is its page in no language, without the slash."""
    types = {
        "json": ("JSON", "application/json"),
        "csv": ("CSV", "text/csv"),
        "html": ("HTML", "text/html"),
        "md": ("Markdown", "text/markdown"),
    }
    return [chrome.Format(label, f"{url}.{kind}", media) for kind, (label, media) in types.items()]

"""The form of a classification, for its own page and within those of incidents and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import naming, presenting
from incidentbase.serve.web.classifying import provenance_shown, taxonomy_url, words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import may_classify
from incidentbase.store.classifying import queries
from incidentbase.store.classifying.queries import Editable, Subject
from incidentbase.store.classifying.rules import ClassificationDraft
from incidentbase.store.records.actions import EditConflict
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import rules as taxonomy_rules


def inline(request: HttpRequest, kind: str, number: int) -> dict[str, Any] | None:
    """Return the form that `?edit_taxonomy=` asks for on a record's page, None without one.

    What is sent goes to the form's own page.
    """
    viewer = viewer_of(request)
    wanted = request.GET.get("edit_taxonomy", "").replace("\0", "")[:100]
    if not wanted or not viewer.classifies:
        return None
    editable = queries.editable(wanted, kind, number, viewer=viewer)
    if editable is None or not may_classify(viewer, editable.taxonomy["namespace"]):
        return None
    return form_context(request, editable, draft_of(editable), seen=editable.seen)


def draft_of(editable: Editable) -> ClassificationDraft:
    """Return what a form starts with: what is stored, or the usual answers of the taxonomy."""
    return forms.draft_of(editable) if editable.public_id else forms.blank_draft(editable)


def told_of(editable: Editable) -> dict[str, taxonomy_rules.Provenance]:
    """Return where each stored answer of a classification comes from, by its question."""
    is_automated = bool(editable.taxonomy["is_automated"])
    return {
        name: taxonomy_rules.provenance_of(
            provenance[0] if provenance else {}, is_automated=is_automated
        )
        for name, value_json, *provenance in editable.state["attributes"]
        if taxonomy_rules.decode(value_json) not in ("", None, [])
    }


def form_context(
    request: HttpRequest,
    editable: Editable,
    draft: ClassificationDraft,
    *,
    seen: str,
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    more: str = "",
) -> dict[str, Any]:
    """Return what the form of a classification shows, on its own page or within another."""
    problems = problems or {}
    told = told_of(editable)
    people = accounts.names_of(
        {one.by for one in told.values()} | {one.reviewed_by for one in told.values()}
    )
    namespace = editable.taxonomy["namespace"]
    about = editable.subject

    def provenance(name: str) -> Mapping[str, Any]:
        return provenance_shown(told[name], people) if name in told else {}

    machine = [name for name, one in told.items() if one.is_machine and not one.is_reviewed]
    return {
        "heading": _("%(namespace)s classification of %(record)s")
        % {"namespace": namespace, "record": naming.record(about.kind, about.number)},
        "namespace": namespace,
        "taxonomy_url": taxonomy_url(namespace),
        "record_title": about.title,
        "record_url": url_of(about),
        "action": edit_url(namespace, about),
        "sections": forms.sections(
            editable,
            draft,
            problems,
            offered=queries.suggestions(editable.taxonomy, viewer=viewer_of(request)),
            more=more,
            provenance=provenance,
        ),
        "notes": draft.notes,
        "notes_error": forms.in_words(problems["notes"]) if "notes" in problems else "",
        "is_published": draft.is_published,
        "is_draft": not editable.state["is_published"],
        "exists": bool(editable.public_id),
        "unreviewed": len(machine),
        "seen": seen,
        "reason": params.reason(request),
        "has_problems": bool(problems),
        "theirs": _theirs(conflict),
    }


def _theirs(conflict: EditConflict | None) -> dict[str, str]:
    if conflict is None:
        return {}
    return {
        forms.label_of(name): words(clash.theirs) or "—"
        for name, clash in sorted(conflict.clashes.items())
    }


def edit_url(namespace: str, about: Subject) -> str:
    """Return the address of the form for a record."""
    name = "incident_id" if about.kind == "incident" else "report_number"
    query = urlencode({"namespace": namespace, name: str(about.number)})
    return f"{reverse('classification-edit')}?{query}"


def url_of(about: Subject) -> str:
    if about.kind == "incident":
        return presenting.incident_url(about.number)
    return presenting.report_url(about.number)

"""Checklists as pages show them: risks in words, their precedents, the matrix, the filters."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidentbase.kit import text
from incidentbase.serve.web import presenting
from incidentbase.serve.web.forms import checklists as forms
from incidentbase.store.checklists import rules
from incidentbase.store.checklists.precedents import Assessment, Candidate, Precedent, Saved
from incidentbase.store.checklists.rules import State

CARDS_SHOWN = 12
EXCERPT = 280
_BADGES = {
    "Not Mitigated": ("warning", "warning"),
    "Mitigated": ("accent", "check"),
    "Prevented": ("success", "check"),
    "Unclear": ("", "warning"),
    "Not Applicable": ("", "minus"),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a reader wants to see the risks, as the address says."""

    sort: str
    hidden: frozenset[str]
    is_folded: bool

    @classmethod
    def of(cls, request: HttpRequest, *, is_folded: bool) -> Wishes:
        """Return what the address says; what makes no sense is left out.

        `is_folded` is how risks are shown where it says nothing.
        """
        sort = request.GET.get("sort", "")
        hidden = frozenset(request.GET.getlist("hide"))
        is_folded = {"yes": True, "no": False}.get(request.GET.get("fold", ""), is_folded)
        return cls(sort if sort in rules.ORDERS else "", hidden, is_folded)


def risks_shown(found: Assessment, wishes: Wishes) -> list[dict[str, Any]]:
    """Return the risks that are kept, in the order wished for, as pages show them."""
    kept = {id(one.risk): one for one in found.saved}
    ordered = [one.risk for one in found.saved]
    if wishes.sort:
        ordered = rules.in_order(ordered, wishes.sort)
    return [_kept(kept[id(risk)], wishes) for risk in ordered]


def suggestions_shown(found: Assessment, wishes: Wishes) -> list[dict[str, Any]]:
    """Return the risks that precedents suggest, as pages show them."""
    shown = [_suggested(one, wishes) for one in found.suggested]
    return [one for one in shown if one["count"]]


def _kept(one: Saved, wishes: Wishes) -> dict[str, Any]:
    risk = one.risk
    said = {name: rules.said(risk, name) for name in rules.RISK_FIELDS if name != "tags"}
    kind, icon = _BADGES.get(said["risk_status"], ("", "info"))
    filled = rules.filled(risk)
    return {
        "id": rules.said(risk, "id"),
        "anchor": f"risk-{rules.said(risk, 'id')}",
        "title": said["title"] or _("Without a title"),
        "tags": rules.risk_tags(risk),
        "status": forms.status_in_words(said["risk_status"]),
        "status_kind": kind,
        "status_icon": icon,
        "severity": forms.severity_in_words(said["severity"]),
        "likelihood": forms.likelihood_in_words(said["likelihood"]),
        "notes": said["risk_notes"],
        "filled": filled,
        "progress": _("%(number)s of %(all)s") % {"number": filled, "all": 3},
        **_precedents(one.precedents, wishes.hidden),
    }


def _suggested(one: Candidate, wishes: Wishes) -> dict[str, Any]:
    tag = str(one.tag)
    return {
        "anchor": f"risk-{suggested_id(tag)}",
        "title": one.tag.text,
        "tag": tag,
        "tags": [tag],
        "do": forms.ANNOTATE + tag,
        **_precedents(one.precedents, wishes.hidden),
    }


def suggested_id(tag: str) -> str:
    """Return the lasting id of a risk that is only suggested."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"checklist-risk:{tag}"))


def _precedents(found: Sequence[Precedent], hidden: Collection[str]) -> dict[str, Any]:
    left = [one for one in found if not set(one.tags) <= set(hidden)]
    return {
        "count": len(left),
        "precedents": [
            {
                "number": one.number,
                "title": one.title,
                "url": presenting.incident_url(one.number),
                "description": text.excerpt(one.description, EXCERPT),
                "date": one.date,
                "tags": one.tags,
            }
            for one in left[:CARDS_SHOWN]
        ],
        "others": [
            {"number": one.number, "url": presenting.incident_url(one.number)}
            for one in left[CARDS_SHOWN:]
        ],
    }


def progress(risks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how far the risks are annotated: notes, severity and likelihood of each."""
    done, most = sum(one["filled"] for one in risks), 3 * len(risks)
    return {
        "value": done,
        "max": most,
        "text": _("%(number)s of %(all)s") % {"number": done, "all": most},
    }


def matrix(found: Assessment) -> dict[str, Any]:
    """Return the kept risks by severity and likelihood, and how many have no place there.

    What does not apply is left out.
    """
    cells: dict[tuple[int, int], list[dict[str, str]]] = {}
    without = 0
    for one in found.saved:
        risk = one.risk
        if rules.said(risk, "risk_status") == rules.NOT_APPLICABLE:
            continue
        severity = rules.level(rules.said(risk, "severity"), rules.SEVERITIES)
        likelihood = rules.level(rules.said(risk, "likelihood"), rules.LIKELIHOODS)
        if severity is None or likelihood is None:
            without += 1
            continue
        link = {
            "title": rules.said(risk, "title") or _("Without a title"),
            "url": f"#risk-{rules.said(risk, 'id')}",
        }
        cells.setdefault((severity, likelihood), []).append(link)
    rows = [
        {
            "label": said,
            "cells": [_cell(place, other, cells) for other in range(1, 6)],
        }
        for place, said in reversed(list(enumerate(forms.severities(), 1)))
    ]
    return {
        "columns": forms.likelihoods(),
        "rows": rows,
        "without": without,
        "is_empty": not cells,
    }


def _cell(
    severity: int, likelihood: int, cells: dict[tuple[int, int], list[dict[str, str]]]
) -> dict[str, Any]:
    band = rules.band(severity, likelihood)
    return {
        "band": band,
        "label": forms.band_in_words(band),
        "risks": cells.get((severity, likelihood), []),
    }


def sorts(request: HttpRequest, wishes: Wishes) -> list[dict[str, Any]]:
    """Return the orders of risks as tabs."""
    named = {
        "": _("As kept"),
        "status": _("Status"),
        "severity": _("Severity"),
        "likelihood": _("Likelihood"),
    }
    return [
        {"label": label, "url": _with(request, sort=name), "current": name == wishes.sort}
        for name, label in named.items()
    ]


def fold(request: HttpRequest, wishes: Wishes) -> presenting.NamedLink:
    """Return the link that folds all risks, or unfolds them."""
    if wishes.is_folded:
        return presenting.NamedLink(_("Expand all"), _with(request, fold="no"))
    return presenting.NamedLink(_("Collapse all"), _with(request, fold="yes"))


def filters(request: HttpRequest, tags: Iterable[str], wishes: Wishes) -> list[dict[str, Any]]:
    """Return the tags of the system as switches that hide or show precedents."""
    found = []
    for tag in tags:
        hidden = wishes.hidden ^ {tag}
        found.append(
            {
                "tag": tag,
                "is_hidden": tag in wishes.hidden,
                "url": _with(request, hide=sorted(hidden)),
            }
        )
    return found


def _with(request: HttpRequest, **changes: Any) -> str:
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        query.setlist(name, value if isinstance(value, list) else [value])
        if not value:
            del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def who_sees(sharing: str) -> str:
    """Return who can see a checklist, as a sentence for its owner."""
    return {
        rules.PRIVATE: _("Private: only you see it, and the admins of this site."),
        rules.LINK: _("Shared: everybody who has the link sees it."),
        rules.PUBLISHED: _("Published: everybody sees it."),
    }[sharing]


def sharing_in_words(sharing: str) -> str:
    """Return who can see a checklist, as a word."""
    return {
        rules.PRIVATE: pgettext("checklist", "Private"),
        rules.LINK: pgettext("checklist", "Shared by a link"),
        rules.PUBLISHED: pgettext("checklist", "Published"),
    }[sharing]


def tag_lists(state: State) -> list[dict[str, Any]]:
    """Return the lists of tags that say something, with what they are called."""
    lists = state["tags"] or {}
    return [
        {"label": forms.list_in_words(name), "tags": lists[name]}
        for name in rules.TAG_LISTS
        if lists.get(name)
    ]

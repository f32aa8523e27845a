"""The form of a checklist: its scales in words, what a post holds, and problems in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.assessing import rules as drafts
from incidentbase.store.assessing.rules import ChecklistDraft
from incidentbase.store.checklists import precedents, rules
from incidentbase.store.checklists.rules import State
from incidentbase.store.submissions.rules import Problem

LONGEST_LINE = 500
# What a button for one risk says before its id, or its tag.
ANNOTATE, REMOVE = "annotate:", "remove:"


def status_in_words(status: str) -> str:
    """Return what was done about a risk; what an import said otherwise stays as it is."""
    return {
        "Not Mitigated": pgettext("status of a risk", "Not mitigated"),
        "Mitigated": pgettext("status of a risk", "Mitigated"),
        "Prevented": pgettext("status of a risk", "Prevented"),
        "Unclear": pgettext("status of a risk", "Unclear"),
        "Not Applicable": pgettext("status of a risk", "Not applicable"),
    }.get(status, status)


def severity_in_words(value: str) -> str:
    """Return how bad a risk is; what somebody wrote freely stays as it is."""
    place = rules.level(value, rules.SEVERITIES)
    return value if place is None else severities()[place - 1]


def likelihood_in_words(value: str) -> str:
    """Return how likely a risk is; what somebody wrote freely stays as it is."""
    place = rules.level(value, rules.LIKELIHOODS)
    return value if place is None else likelihoods()[place - 1]


def severities() -> list[str]:
    """Return the levels of severity in words, the slightest first."""
    return [
        pgettext("severity", "Negligible"),
        pgettext("severity", "Minor"),
        pgettext("severity", "Moderate"),
        pgettext("severity", "Major"),
        pgettext("severity", "Critical"),
    ]


def likelihoods() -> list[str]:
    """Return the levels of likelihood in words, the rarest first."""
    return [
        pgettext("likelihood", "Rare"),
        pgettext("likelihood", "Unlikely"),
        pgettext("likelihood", "Possible"),
        pgettext("likelihood", "Likely"),
        pgettext("likelihood", "Almost certain"),
    ]


def band_in_words(band: str) -> str:
    """Return how grave a risk is."""
    return {
        "low": pgettext("gravity of a risk", "Low"),
        "medium": pgettext("gravity of a risk", "Medium"),
        "high": pgettext("gravity of a risk", "High"),
        "extreme": pgettext("gravity of a risk", "Extreme"),
    }[band]


def list_in_words(name: str) -> str:
    """Return what a list of tags is called."""
    return {
        "goals": _("Goals of the system"),
        "methods": _("Methods and technologies"),
        "other": _("Other tags"),
    }[name]


def options(name: str, chosen: str) -> list[dict[str, Any]]:
    """Return the options of a select for a field of a risk, with what was written freely."""
    levels: Sequence[tuple[str, str]]
    if name == "risk_status":
        levels = [(one, status_in_words(one)) for one in rules.STATUSES]
    else:
        said = severities() if name == "severity" else likelihoods()
        levels = list(zip(rules.SCALES[name], said, strict=True))
    blank = [] if name == "risk_status" and chosen else [("", pgettext("level", "Not said"))]
    free = [] if chosen in ("", *(one for one, _said in levels)) else [(chosen, chosen)]
    return [
        {"value": value, "label": label, "selected": value == chosen}
        for value, label in (*blank, *levels, *free)
    ]


def source_options(chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Return the fields whose answers can be risks, as `parts/field.html` wants options."""
    ticked = set(chosen)
    known = dict.fromkeys([*precedents.risk_sources(), *chosen])
    return [{"value": one, "label": _source(one), "selected": one in ticked} for one in known]


def _source(source: str) -> str:
    namespace, _colon, field = source.partition(":")
    return f"{namespace}: {field}"


def draft_from(
    post: QueryDict, state: State, *, viewer: Viewer
) -> tuple[ChecklistDraft, dict[str, list[str]]]:
    """Return what a post holds, and by field the lines that are no tags.

    What the post does not have stays as it is.
    """
    present = rules.flat(state)
    unknown: dict[str, list[str]] = {}

    def tags(name: str, purpose: str) -> list[str]:
        if name not in post:
            return list(present[name])
        lines = [one[:LONGEST_LINE] for one in reading.names(post.get(name, "").split("\n"))]
        found, rest = precedents.resolved(lines, purpose, known=present[name], viewer=viewer)
        if rest:
            unknown[name] = rest
        return found

    risks: dict[str, dict[str, Any]] = {}
    for name in present:
        kind, _dot, rest = name.partition(".")
        if kind != "risk" or name not in post:
            continue
        risk_id, _dot, field = rest.rpartition(".")
        value = tags(name, "risks") if field == "tags" else post.get(name, "")
        risks.setdefault(risk_id, {})[field] = value
    offered = {*precedents.risk_sources(), *rules.sources_of(state)}
    chosen = [one for one in post.getlist("risk_fields") if one in offered]
    draft = ChecklistDraft(
        name=str(post.get("name", state["name"])),
        about=str(post.get("about", state["about"])),
        tags={name: tags(f"tags.{name}", name) for name in rules.TAG_LISTS},
        risk_fields=list(dict.fromkeys(chosen))
        if "has_risk_fields" in post
        else present["risk_fields"],
        risks=risks,
    )
    return draft, unknown


def values_of(state: State, draft: ChecklistDraft, post: QueryDict) -> dict[str, Any]:
    """Return what the form shows again: the state with what was typed, tags as they were typed."""
    values = {**rules.flat(state), **drafts.wanted(draft)}
    for name in values:
        if name in post and isinstance(values[name], list) and name != "risk_fields":
            values[name] = list(reading.names(post.get(name, "").split("\n")))
    return values


def as_text(value: Any) -> str:
    """Return a value as it stands in its field of the form."""
    return "\n".join(value) if isinstance(value, list) else str(value)


def in_words(problem: Problem) -> str:
    """Return what is wrong with a field, as a sentence."""
    if problem.code == drafts.NOT_OFFERED:
        return _("Please choose one of those offered.")
    if problem.code == drafts.TOO_MANY:
        return ngettext(
            "No more than %(limit)s is possible.",
            "No more than %(limit)s are possible.",
            problem.limit,
        ) % {"limit": problem.limit}
    return forms.in_words(problem)


def unknown_in_words(lines: Sequence[str]) -> str:
    """Return that lines are no tags, as a sentence."""
    return _("No incident is classified so: %(tags)s") % {"tags": ", ".join(lines)}


def labels(state: State) -> Mapping[str, str]:
    """Return what the form calls the values that `checklists.rules.flat` names."""
    words = {
        "title": _("Risk"),
        "tags": _("Tags"),
        "risk_status": _("Status"),
        "severity": _("Severity"),
        "likelihood": _("Likelihood"),
        "risk_notes": _("Notes"),
    }
    named = {"name": _("Name"), "about": _("About the system"), "risk_fields": _("Risks come from")}
    named |= {f"tags.{name}": list_in_words(name) for name in rules.TAG_LISTS}
    for risk in state["risks"]:
        for name, word in words.items():
            named[f"risk.{rules.said(risk, 'id')}.{name}"] = f"{rules.said(risk, 'title')}: {word}"
    return named

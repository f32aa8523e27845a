"""Codings side by side: what annotators say of each field, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidentbase.kit import clock
from incidentbase.serve.web import codings, presenting
from incidentbase.serve.web.classifying import words
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.serve.web.forms import codings as coding_forms
from incidentbase.store.annotating import rules
from incidentbase.store.annotating.queries import Board, Origin
from incidentbase.store.annotating.rules import OWN, PROPOSED, STANDING, Decisions, Proposal
from incidentbase.store.classifying import rules as answers
from incidentbase.store.classifying.queries import Editable
from incidentbase.store.submissions.rules import Problem


def annotators(found: Board) -> list[dict[str, Any]]:
    """Return who coded a record, and where each coding comes from."""
    return [_annotator(one.origin) for one in found.given]


def _annotator(origin: Origin) -> dict[str, Any]:
    state = {} if origin.is_copy else codings.state_shown(origin.state, is_begun=True)
    return {
        "label": origin.label,
        "is_copy": origin.is_copy,
        "is_draft": origin.is_draft,
        "is_blind": origin.is_blind,
        "state": state,
        "handed_in_at": origin.handed_in_at,
    }


def sections(
    found: Board, decisions: Decisions, problems: Mapping[str, Problem], *, more: str = ""
) -> list[dict[str, Any]]:
    """Return the fields under the headings of their taxonomy, each with what to choose from."""
    editable = found.editable
    proposed = rules.proposals(found.codings, editable.fields)
    blank = _begun(found, proposed)
    typed = replace(blank, answers={**blank.answers, **decisions.typed.answers})
    shown = forms.sections(
        editable, typed, problems, offered={}, more=more, provenance=lambda _name: {}
    )
    result = rules.settle(found.codings, found.standing, decisions, editable.fields, found.settled)
    return [
        {
            "title": section["title"],
            "rows": [
                _row(found, question, proposed[question["name"]], decisions, result)
                for question in section["questions"]
            ],
        }
        for section in shown
    ]


def _begun(found: Board, proposed: Mapping[str, Proposal]) -> answers.ClassificationDraft:
    """Return a draft with what an own answer to each field begins with."""
    asked = answers.questions(found.editable.fields)
    values = {name: one.value for name, one in proposed.items()}
    for name, one in proposed.items():
        if one.verdict == rules.DIFFERENT and asked[name]["display_type"] == answers.NESTED:
            values[name] = coding_forms.united_groups(found.codings, name)
    state = coding_forms.state_with(values, "", is_published=False)
    about = found.editable
    return forms.draft_of(Editable(about.taxonomy, about.subject, about.public_id, state))


def _row(
    found: Board,
    question: dict[str, Any],
    proposed: Proposal,
    decisions: Decisions,
    result: rules.Settled,
) -> dict[str, Any]:
    name = question["name"]
    usual = rules.usual_pick(proposed, name, found.standing, found.settled)
    options = _options(found, name, proposed)
    picked = decisions.picks.get(name) or usual
    known = {one["value"] for one in options} | {OWN}
    picked = picked if picked in known else ""
    return {
        "question": question,
        "pick": coding_forms.PICK + question["key"],
        "options": [{**one, "selected": one["value"] == picked} for one in options],
        "is_own": picked == OWN,
        "verdict": _verdict(proposed.verdict),
        "is_difference": proposed.is_difference,
        "is_undecided": name in result.open,
        "is_quiet": not (
            proposed.is_difference or question["error"] or _is_other(found, proposed, name)
        ),
    }


def _is_other(found: Board, proposed: Proposal, name: str) -> bool:
    """Return whether annotators agree on something other than what is stored."""
    standing = found.standing.get(answers.ANSWER + name)
    return None not in (standing, proposed.value) and standing != proposed.value


def _verdict(verdict: str) -> dict[str, str]:
    labels = {
        rules.BLANK: (pgettext("codings of a field", "Nobody answered"), ""),
        rules.SAME: (pgettext("codings of a field", "All the same"), "success"),
        rules.SINGLE: (pgettext("codings of a field", "Not all answered, no difference"), ""),
        rules.UNITED: (pgettext("codings of a field", "Lists united"), "accent"),
        rules.JOINED: (pgettext("codings of a field", "Texts put together"), "accent"),
        rules.DIFFERENT: (pgettext("codings of a field", "Different"), "warning"),
    }
    label, kind = labels[verdict]
    return {"label": label, "kind": kind}


def _options(found: Board, name: str, proposed: Proposal) -> list[dict[str, Any]]:
    """Return what can be picked beside an own answer: codings, a proposal, what is stored."""
    options = []
    if proposed.verdict not in (rules.SAME, rules.BLANK):
        options += [
            {
                "value": one.coded.key,
                "who": one.origin.label,
                "said": words(one.coded.flat.get(answers.ANSWER + name)),
                **_source(one.origin, name),
            }
            for one in found.given
        ]
    if proposed.verdict != rules.DIFFERENT:
        options.append(
            {"value": PROPOSED, "who": _proposal(proposed), "said": words(proposed.value)}
        )
    standing = found.standing.get(answers.ANSWER + name)
    if standing is not None:
        options.append({"value": STANDING, "who": _("As it is stored"), "said": words(standing)})
    return options


def _proposal(proposed: Proposal) -> str:
    return {
        rules.SAME: _("All annotators"),
        rules.BLANK: _("All annotators"),
        rules.SINGLE: _("Who answered"),
    }.get(proposed.verdict, _("All together"))


def _source(origin: Origin, name: str) -> dict[str, Any]:
    told = origin.told.get(name)
    if told is None:
        return {}
    return {
        "passage": told.passage,
        "report": told.report,
        "report_url": presenting.report_url(told.report) if told.report else "",
        "confidence": f"{told.confidence * 100:g}" if told.confidence is not None else "",
        "is_machine": told.is_machine,
        "at": clock.from_iso(told.at) if told.at else None,
    }

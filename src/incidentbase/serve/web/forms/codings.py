"""What coordinators type: records, annotators and terms; what adjudicators pick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from incidentbase.serve.web.forms import bulk
from incidentbase.serve.web.forms import classifying as forms
from incidentbase.store.annotating import rules
from incidentbase.store.annotating.actions import Plan, Terms
from incidentbase.store.annotating.rules import Decisions
from incidentbase.store.classifying import rules as answers

LONGEST_SEED = 100
PICK = "pick-"


@dataclass(slots=True)
class Wanted:
    """A plan as it was typed, and what is wrong with it by field."""

    plan: Plan
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


def plan_in(given: QueryDict, offered: Mapping[str, str]) -> Wanted:
    """Return what a form says of who is to code what; `offered` are the accounts to choose from."""
    names = ("numbers", "each", "share", "seed", "due", "instruction")
    typed = {name: bulk.typed(given, name) for name in names}
    errors: dict[str, str] = {}
    numbers = bulk.numbers_in([typed["numbers"]])
    if numbers.nonsense:
        errors["numbers"] = _("“%(part)s” is not a number.") % {"part": numbers.nonsense}
    elif not numbers.found:
        errors["numbers"] = _("Please fill this in.")
    elif len(numbers.found) > rules.MOST_AT_ONCE:
        errors["numbers"] = _("These are too many; the limit is %(limit)s.") % {
            "limit": rules.MOST_AT_ONCE
        }
    annotators = [one for one in dict.fromkeys(given.getlist("annotator")) if one in offered]
    if not annotators:
        errors["annotator"] = _("Choose at least one annotator.")
    each = _whole(typed["each"]) if typed["each"] else len(annotators)
    if annotators and (each is None or not 1 <= each <= len(annotators)):
        errors["each"] = _("Write a whole number from 1 to %(most)s.") % {"most": len(annotators)}
    share = _whole(typed["share"]) if typed["share"] else 100
    if share is None or not 1 <= share <= 100:
        errors["share"] = _("Write a whole number from 1 to %(most)s.") % {"most": 100}
    terms, wrong = terms_in(given)
    plan = Plan(
        kind="report" if given.get("kind") == "report" else "incident",
        numbers=numbers.found,
        annotators=annotators,
        each=each or 1,
        share=share or 100,
        seed=typed["seed"][:LONGEST_SEED],
        terms=terms,
    )
    return Wanted(plan, typed, {**errors, **wrong})


def terms_in(given: QueryDict) -> tuple[Terms, dict[str, str]]:
    """Return the day and the words that were typed, and what is wrong with them."""
    due, instruction = bulk.typed(given, "due"), bulk.typed(given, "instruction")
    errors = {}
    day = None
    if due:
        try:
            day = dt.date.fromisoformat(due)
        except ValueError:
            errors["due"] = _("Write a day as 2024-05-31.")
    wrong = bulk.problem_of_length(instruction, rules.LONGEST_INSTRUCTION, is_needed=False)
    if wrong:
        errors["instruction"] = wrong
    return Terms(day, instruction), errors


def _whole(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None


def decisions_in(post: QueryDict, fields: answers.Fields) -> Decisions:
    """Return what an adjudicator picked and typed; what was not sent is as usual."""
    picks = {
        name: post.get(PICK + forms.key_of(name), "").replace("\0", "")
        for name in answers.questions(fields)
    }
    typed = forms.draft_from(post, fields)
    return Decisions({name: pick for name, pick in picks.items() if pick}, typed)


def state_with(values: Mapping[str, Any], notes: str, *, is_published: bool) -> dict[str, Any]:
    """Return the state of a classification that gives these answers, to make a draft of it."""
    return {
        "notes": notes,
        "is_published": is_published,
        "attributes": [
            [name, answers.written(value)] for name, value in values.items() if value is not None
        ],
    }


def united_groups(codings: Sequence[rules.Coded], name: str) -> list[Any] | None:
    """Return the groups of all annotators, each once, to begin an own answer with."""
    found = {
        answers.written(group): group
        for one in codings
        for group in one.flat.get(answers.ANSWER + name) or ()
    }
    return list(found.values()) or None

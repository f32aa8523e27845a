"""The form of a classification: questions of a taxonomy as controls, posts as drafts, words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.forms.submissions import in_words as submission_in_words
from incidentbase.store.annotating.rules import TO_DECIDE
from incidentbase.store.classifying import rules
from incidentbase.store.classifying.queries import Editable
from incidentbase.store.classifying.rules import ClassificationDraft, Source
from incidentbase.store.submissions.rules import Problem

State = Mapping[str, Any]

# Up to so many values are shown as buttons, more in a list to choose from (spec §3.9).
MOST_RADIOS = 5
MOST_OFFERED = 300

_CONTROLS = {
    "string": "text",
    "location": "text",
    "date": "text",
    "long_string": "textarea",
    "bool": "radios",
    "int": "number",
    "multi": "checkboxes",
    "list": "lines",
    rules.NESTED: "groups",
}


def key_of(name: str) -> str:
    """Return what controls call a question: names of questions may have any characters."""
    return f"q{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def control_of(definition: State) -> str:
    """Return how a question is asked."""
    if definition["display_type"] == "enum":
        return "radios" if len(definition["permitted_values"]) <= MOST_RADIOS else "select"
    return _CONTROLS.get(definition["display_type"], "text")


def draft_from(post: QueryDict, fields: rules.Fields) -> ClassificationDraft:
    """Return what a post says; a question whose control was not sent keeps its answer."""
    answers: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for name, one in rules.questions(fields).items():
        key = key_of(name)
        if f"{key}-asked" not in post:
            continue
        answers[name] = _answer(post, key, one)
        sources[name] = Source(
            confidence=_text(post, f"{key}-confidence"),
            report=_text(post, f"{key}-report"),
            passage=_text(post, f"{key}-passage"),
        )
    return ClassificationDraft(
        answers=answers,
        sources=sources,
        notes=_text(post, "notes"),
        is_published=post.get("is_published") == "true",
    )


def _answer(post: QueryDict, key: str, definition: State) -> Any:
    control = control_of(definition)
    if control == "groups":
        rows = post.get(f"{key}-rows", "0")
        count = int(rows) if rows.isascii() and rows.isdigit() and len(rows) < 4 else 0
        return tuple(
            {
                one["short_name"]: _answer(post, f"{key}-{row}-{key_of(one['short_name'])}", one)
                for one in definition["subfields"]
            }
            for row in range(min(count, rules.MOST_GROUPS + 1))
        )
    if control == "checkboxes":
        typed = [one.replace("\0", "") for one in post.getlist(key)]
        return (*typed, *reading.names(_text(post, f"{key}-others").split("\n")))
    if control == "lines":
        return reading.names(_text(post, key).split("\n"))
    return _text(post, key)


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\0", "")


def draft_of(editable: Editable) -> ClassificationDraft:
    """Return what a classification says as a draft."""
    flat = rules.flattened(editable.state, editable.fields)
    answers, sources = {}, {}
    for name, one in rules.questions(editable.fields).items():
        answers[name] = _typed(flat[rules.ANSWER + name], one)
        sources[name] = _source(flat[rules.SOURCE + name])
    return ClassificationDraft(
        answers=answers,
        sources=sources,
        notes=flat["notes"],
        is_published=flat["is_published"],
    )


def blank_draft(editable: Editable) -> ClassificationDraft:
    """Return the draft of a classification that is yet to be made: the usual answers."""
    answers = {
        name: _typed(rules.normal(one["default"], one), one) if one["default"] else ""
        for name, one in rules.questions(editable.fields).items()
        if one["display_type"] != rules.NESTED
    }
    return ClassificationDraft(answers=answers)


def _typed(value: Any, definition: State) -> Any:
    if value is None:
        return () if definition["display_type"] in (*rules.LISTS, rules.NESTED) else ""
    if definition["display_type"] == rules.NESTED:
        below = rules.questions(definition["subfields"])
        return tuple(
            {
                name: _typed(rules.normal(answer, below[name]), below[name])
                for name, answer in rules.answers_of_group(group).items()
                if name in below
            }
            for group in value
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return tuple(map(str, value))
    return str(value)


def _source(stored: Sequence[Any] | None) -> Source:
    confidence, report, passage = stored or (None, None, None)
    share = f"{confidence * 100:g}" if isinstance(confidence, int | float) else confidence or ""
    return Source(share, str(report or ""), passage or "")


def brought_up(
    typed: ClassificationDraft, fresh: ClassificationDraft, taken: frozenset[str]
) -> ClassificationDraft:
    """Return a draft as it was typed, with the answers of others where only they changed them."""
    answers, sources = dict(typed.answers), dict(typed.sources)
    for entry in taken:
        if entry.startswith(rules.ANSWER):
            name = entry.removeprefix(rules.ANSWER)
            answers[name] = fresh.answers.get(name, "")
        elif entry.startswith(rules.SOURCE):
            name = entry.removeprefix(rules.SOURCE)
            sources[name] = fresh.sources.get(name, Source())
    return replace(
        typed,
        answers=answers,
        sources=sources,
        notes=fresh.notes if "notes" in taken else typed.notes,
        is_published=fresh.is_published if "is_published" in taken else typed.is_published,
    )


def sections(
    editable: Editable,
    draft: ClassificationDraft,
    problems: Mapping[str, Problem],
    *,
    offered: Mapping[str, Sequence[str]],
    more: str = "",
    provenance: Callable[[str], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return the questions under the headings of their taxonomy, as the templates want them.

    `offered` are values to suggest by the names of questions; `more` the key of the question to
    which a group was added; `provenance` says where a stored answer came from.
    """
    headings = [(str(number), str(title)) for number, title in editable.taxonomy["headings"]]
    found: list[dict[str, Any]] = []
    for name, one in rules.questions(_in_order(editable.fields)).items():
        title = heading_of(str(one.get("field_number") or ""), headings)
        if not found or found[-1]["title"] != title:
            found.append({"title": title, "questions": []})
        key = key_of(name)
        shown = _question(
            key,
            one,
            draft.answers.get(name, ""),
            offered=offered.get(name, ()),
            namespace=editable.taxonomy["namespace"],
            keeps_blanks=more == key,
        )
        source = draft.sources.get(name, Source())
        wrong = problems.get(rules.ANSWER + name)
        wrong_source = problems.get(rules.SOURCE + name)
        found[-1]["questions"].append(
            {
                **shown,
                "number": one.get("field_number") or "",
                "help": one["short_description"],
                "definition": _longer(one),
                "is_required": one["required"],
                "is_for_annotators": one["public"] is False,
                "condition": _condition(one),
                "error": in_words(wrong) if wrong else "",
                "source": source,
                "source_error": in_words(wrong_source) if wrong_source else "",
                "is_sourced": bool(wrong_source or source != Source()),
                "provenance": provenance(name),
            }
        )
    return found


def one_question(taxonomy: State, name: str, draft: ClassificationDraft) -> dict[str, Any]:
    """Return one question with its control, to answer it for many records at once."""
    definition = rules.questions(taxonomy["fields"])[name]
    return {
        **_question(
            key_of(name),
            definition,
            draft.answers.get(name, ""),
            offered=(),
            namespace=taxonomy["namespace"],
        ),
        "help": definition["short_description"],
    }


def _in_order(fields: rules.Fields) -> list[State]:
    """Return the fields by their dotted numbers; those without one keep their place."""
    numbered = [_sort_key(str(one.get("field_number") or "")) for one in fields]
    if not all(numbered):
        return list(reversed(fields))
    order = sorted(range(len(fields)), key=lambda at: numbered[at])
    # `questions` keeps the first of those with one name, and reads from the end.
    return [fields[at] for at in reversed(order)]


def _sort_key(number: str) -> tuple[int, ...]:
    parts = number.split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else ()


def heading_of(number: str, headings: Sequence[tuple[str, str]]) -> str:
    """Return the title of the section that a numbered field stands in, empty without one."""
    best = ""
    title = ""
    for start, name in headings:
        if (number == start or number.startswith(f"{start}.")) and len(start) > len(best):
            best, title = start, name
    return title.strip()


def _longer(definition: State) -> str:
    short, long = definition["short_description"], definition["long_description"]
    notes = definition.get("notes") or ""
    parts = [part for part in (long if long != short else "", notes) if part]
    return "\n\n".join(parts)


def _condition(definition: State) -> dict[str, Any] | None:
    condition = definition.get("shown_if")
    if not condition:
        return None
    return {
        "key": key_of(condition["field"]),
        "name": condition["field"],
        "values": condition["is"],
        "said": ", ".join(map(str, condition["is"])),
    }


def _question(
    key: str,
    definition: State,
    value: Any,
    *,
    offered: Sequence[str],
    namespace: str,
    keeps_blanks: bool = False,
) -> dict[str, Any]:
    control = control_of(definition)
    found: dict[str, Any] = {
        "key": key,
        "name": definition["short_name"],
        "control": control,
        "placeholder": definition.get("placeholder") or "",
        "value": value if isinstance(value, str) else "",
        "offered": list(offered)[:MOST_OFFERED] if control == "text" else [],
        "suggest": "",
    }
    if control == "groups":
        groups = list(value or ())
        while groups and not keeps_blanks and not any(groups[-1].values()):
            groups.pop()
        found |= _groups(key, definition, groups, namespace=namespace)
    elif control == "lines":
        found["value"] = "\n".join(value or ())
        found |= _line_sources(definition, namespace)
    elif control == "checkboxes":
        found |= _checkboxes(definition, value or ())
    elif control in ("radios", "select"):
        found["options"] = _options(definition, value)
    return found


def _groups(
    key: str, definition: State, groups: Sequence[Mapping[str, Any]], *, namespace: str
) -> dict[str, Any]:
    """Return the groups of a question, with an empty one to be filled in at the end."""
    rows: list[Mapping[str, Any]] = [*groups, {}]
    below = rules.questions(definition["subfields"])
    order = rules.asked_in_order(definition["subfields"])
    return {
        "rows": [
            {
                "number": at + 1,
                "questions": [
                    {
                        **_question(
                            f"{key}-{at}-{key_of(name)}",
                            below[name],
                            row.get(name, ""),
                            offered=[],
                            namespace=namespace,
                        ),
                        "help": below[name]["short_description"],
                    }
                    for name in order
                ],
            }
            for at, row in enumerate(rows)
        ],
        "count": len(rows),
    }


def _line_sources(definition: State, namespace: str) -> dict[str, Any]:
    """Return where suggestions for a list come from: entities, other answers here, or the store."""
    sources = definition.get("complete_from") or {}
    if sources.get("entities"):
        return {"suggest": reverse("entity-suggest")}
    if current := sources.get("current"):
        return {"suggest_from": " ".join(key_of(name) for name in current)}
    query = urlencode({"namespace": namespace, "field": definition["short_name"]})
    return {"suggest": f"{reverse('classification-suggest')}?{query}"}


def _checkboxes(definition: State, value: Sequence[str]) -> dict[str, Any]:
    permitted = [str(one) for one in definition["permitted_values"]]
    notes = definition.get("value_notes") or {}
    trimmed = {" ".join(one.split()) for one in permitted}
    others = [one for one in value if one not in trimmed and one not in permitted]
    return {
        "options": [
            {
                "value": one,
                "label": one,
                "help": notes.get(one, ""),
                "selected": one in value or " ".join(one.split()) in value,
            }
            for one in permitted
        ],
        "others": "\n".join(others),
        "takes_others": bool(others) or any(one.casefold() == "other" for one in permitted),
    }


def _options(definition: State, value: str) -> list[dict[str, Any]]:
    if definition["display_type"] == "bool":
        pairs = [("true", _("Yes")), ("false", _("No"))]
    else:
        pairs = [(str(one), str(one)) for one in definition["permitted_values"]]
    notes = definition.get("value_notes") or {}
    known = {one for one, _label in pairs} | {" ".join(one.split()) for one, _label in pairs}
    if value and value not in known:
        # An answer that the definition does not permit stays until somebody chooses another.
        pairs.append((value, value))
    is_english = definition["display_type"] != "bool"
    found = [
        {
            "value": one,
            "label": label,
            "help": notes.get(one, ""),
            "lang": "en" if is_english else "",
            "selected": value in (one, " ".join(one.split())) and bool(value),
        }
        for one, label in pairs
    ]
    none = {"value": "", "label": pgettext("answer", "No answer"), "selected": not value}
    return [*found, none]


def in_words(problem: Problem) -> str:
    """Return what is wrong with an answer, as a sentence."""
    if problem.code == rules.NOT_PERMITTED:
        return _("“%(value)s” is none of the values to choose from.") % {"value": problem.said}
    if problem.code == TO_DECIDE:
        return _("The annotators differ: choose one of the answers, or write another.")
    if problem.code == rules.NO_NUMBER:
        return _("This must be a whole number.")
    if problem.code == rules.NO_DATE:
        return _("Write a date as 2024, 2024-05 or 2024-05-31.")
    if problem.code == rules.NO_SHARE:
        return _("Write a whole number from 0 to 100.")
    if problem.code == rules.TOO_MANY:
        return ngettext(
            "There can be %(number)s entry at most.",
            "There can be %(number)s entries at most.",
            problem.limit,
        ) % {"number": problem.limit}
    return submission_in_words(problem)


def label_of(entry: str) -> str:
    """Return what the form calls an entry of a flattened classification."""
    if entry == "notes":
        return _("Notes")
    if entry == "is_published":
        return _("Publication")
    if entry.startswith(rules.SOURCE):
        name = entry.removeprefix(rules.SOURCE)
        return _("Source of the answer to “%(name)s”") % {"name": name}
    return entry.removeprefix(rules.ANSWER)

"""Pure decisions about classifying: what a draft says, what is wrong with it, what is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.kit import text
from incidentbase.store.accounts.rules import PUBLIC
from incidentbase.store.submissions.rules import MISSING, TOO_LONG, Problem
from incidentbase.store.taxonomies import rules as taxonomies

State = Mapping[str, Any]
Fields = Sequence[Mapping[str, Any]]

LONGEST_LINE = 1_000
LONGEST_TEXT = 50_000
LONGEST_ENTRY = taxonomies.LONGEST_VALUE
MOST_ENTRIES = 200
MOST_GROUPS = 50
MOST_AT_ONCE = 1_000

NOT_PERMITTED, NO_NUMBER, NO_DATE, NO_SHARE = "not-permitted", "no-number", "no-date", "no-share"
TOO_MANY = "too-many"

LISTS = ("multi", "list")
NESTED = "object-list"
OF_SEVERAL_LINES = "long_string"
# A chosen "Other" may be followed by what it is (spec aiid-interface §6.3).
OTHER = "Other"

ANSWER, SOURCE = "answer.", "source."

_WHOLE = re.compile(r"-?\d{1,15}")
_SHARE = re.compile(r"\d{1,2}|100", re.ASCII)
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")

# A classification that says nothing yet.
BLANK: State = {
    "notes": "",
    "is_published": False,
    "visibility": PUBLIC,
    "embargoed_until": None,
    "attributes": [],
}


class UnfitAnswer(ValueError):
    """An answer cannot be kept: the name of its question, and why."""

    def __init__(self, name: str, problem: str) -> None:
        """Take the question and what is wrong."""
        super().__init__(name, problem)
        self.name, self.problem = name, problem


@dataclass(frozen=True, slots=True)
class Source:
    """How sure somebody is of an answer, and the passage of which report supports it."""

    confidence: str = ""
    report: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class ClassificationDraft:
    """What somebody answers: texts, truths, tuples of texts, or tuples of such answers by name.

    Numbers are texts as they were typed; a question that is not named keeps its answer.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: str = ""
    is_published: bool = False


_USUAL: dict[str, Any] = {
    "field_number": "",
    "short_description": "",
    "long_description": "",
    "default": "",
    "permitted_values": [],
    "required": False,
    "subfields": [],
}


def completed(fields: Fields) -> list[dict[str, Any]]:
    """Return definitions of fields that say everything: what one leaves out is as usual."""
    return [{**_USUAL, **one, "subfields": completed(one.get("subfields") or [])} for one in fields]


def blank(namespace: str, kind: str, number: int, object_id: str) -> dict[str, Any]:
    """Return the state of a new classification of a record that says nothing yet."""
    return {
        **BLANK,
        "object_id": object_id,
        "namespace": namespace,
        "incident_id": number if kind == "incident" else None,
        "report_number": number if kind == "report" else None,
    }


def questions(fields: Fields) -> dict[str, Mapping[str, Any]]:
    """Return the fields by their names; of two with one name the first is asked."""
    return {one["short_name"]: one for one in reversed(fields)}


def normal(value: Any, definition: Mapping[str, Any]) -> Any:
    """Return an answer as JSON would hold it, None when nothing is said.

    What is no number or truth stays the text that it is, for `problems_of_answers` to see.
    """
    kind = definition["display_type"]
    if kind == NESTED:
        groups = [_group(one, definition) for one in value or ()]
        return [one for one in groups if one["attributes"]] or None
    if kind in LISTS:
        several = [value] if isinstance(value, str) else list(value or ())
        lines = (_line(str(one)) for one in several)
        entries = list(dict.fromkeys(one for one in lines if one))
        return (_as_defined(entries, definition) if kind == "multi" else entries) or None
    if kind == "bool":
        return {"true": True, "false": False}.get(value, value) if value != "" else None
    if isinstance(value, str):
        cleaned = _block(value) if kind == OF_SEVERAL_LINES else _line(value)
        if kind == "int" and _WHOLE.fullmatch(cleaned):
            return int(cleaned)
        return cleaned or None
    return value


def _as_defined(entries: list[str], definition: Mapping[str, Any]) -> list[str]:
    """Return chosen values in the order of the definition, which is all the order they have.

    So a form that sends them in another one than they were stored in changes nothing.
    """
    order = {_line(str(one)): at for at, one in enumerate(definition["permitted_values"])}
    return sorted(entries, key=lambda one: order.get(one, len(order)))


def _group(answers: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    found = []
    for one in definition["subfields"]:
        said = normal(answers.get(one["short_name"], ""), one)
        if said is not None:
            found.append({"short_name": one["short_name"], "value_json": written(said)})
    return {"attributes": found}


def written(value: Any) -> str:
    """Return a value as the JSON text that attributes hold, as the reference writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stored(value_json: str, definition: Mapping[str, Any]) -> Any:
    """Return a stored answer in the form of `normal`; what does not fit its field is left as is."""
    decoded = taxonomies.decode(value_json)
    if definition["display_type"] == NESTED:
        groups = decoded if isinstance(decoded, list) else []
        return normal([answers_of_group(one) for one in groups], definition)
    if isinstance(decoded, list) and definition["display_type"] not in LISTS:
        return [one for one in decoded if one not in ("", None)] or None
    return normal(decoded, definition)


def answers_of_group(group: Any) -> dict[str, Any]:
    """Return the answers of one nested group by their names."""
    if not isinstance(group, Mapping):
        return {}
    return {
        str(one.get("short_name")): taxonomies.decode(str(one.get("value_json", "null")))
        for one in group.get("attributes") or ()
        if isinstance(one, Mapping)
    }


def flattened(state: State, fields: Fields) -> dict[str, Any]:
    """Return a classification with each answer and its source as an entry of its own."""
    asked = questions(fields)
    found: dict[str, Any] = {"notes": state["notes"], "is_published": state["is_published"]}
    for name in asked:
        found[ANSWER + name] = None
        found[SOURCE + name] = None
    for name, value_json, *provenance in state["attributes"]:
        if name in asked:
            found[ANSWER + name] = stored(value_json, asked[name])
            found[SOURCE + name] = _source_of(provenance[0]) if provenance else None
    return found


def _source_of(provenance: Mapping[str, Any]) -> list[Any] | None:
    said = [provenance.get(name) for name in ("confidence", "report", "passage")]
    return said if any(one is not None for one in said) else None


def wanted(draft: ClassificationDraft, fields: Fields) -> dict[str, Any]:
    """Return what a draft says, flattened; answers to what is not asked are left out."""
    asked = questions(fields)
    found: dict[str, Any] = {"notes": _block(draft.notes), "is_published": draft.is_published}
    for name, value in draft.answers.items():
        if name in asked:
            found[ANSWER + name] = normal(value, asked[name])
    for name, source in draft.sources.items():
        if name in asked:
            found[SOURCE + name] = _stored_source(source)
    return found


def _stored_source(source: Source) -> list[Any] | None:
    share = source.confidence.strip().removesuffix("%").strip()
    report = source.report.strip().removeprefix("#")
    said: list[Any] = [
        int(share) / 100 if _SHARE.fullmatch(share) else share,
        int(report) if report.isascii() and report.isdigit() and len(report) < 10 else report,
        _block(source.passage),
    ]
    said = [None if one == "" else one for one in said]
    return said if any(one is not None for one in said) else None


def without_unasked(flat: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the entries without answers to fields whose condition does not hold."""
    kept = dict(flat)
    for one in fields:
        if not is_asked(one, kept):
            kept[ANSWER + one["short_name"]] = None
            kept[SOURCE + one["short_name"]] = None
    return kept


def is_asked(definition: Mapping[str, Any], flat: Mapping[str, Any]) -> bool:
    """Return whether a field is to be answered, given the answers to the fields before it."""
    condition = definition.get("shown_if")
    if not condition:
        return True
    answer = flat.get(ANSWER + condition["field"])
    given = {one.text for one in taxonomies.values_of(written(answer))}
    return bool(given & set(condition["is"]))


def problems_of(
    flat: Mapping[str, Any], before: Mapping[str, Any], fields: Fields
) -> dict[str, Problem]:
    """Return what is wrong with answers, by the names of entries.

    Only what differs from before is held to the definition: what was imported otherwise may
    stay. What is required must be there when it is published.
    """
    found: dict[str, Problem] = {}
    for one in questions(fields).values():
        entry = ANSWER + one["short_name"]
        value = flat.get(entry)
        if value is not None and value != before.get(entry):
            if problem := problem_of(value, one):
                found[entry] = problem
        elif value is None and _is_missed(one, flat, before):
            found[entry] = Problem(MISSING)
        source = SOURCE + one["short_name"]
        if flat.get(source) != before.get(source) and (problem := _of_source(flat[source])):
            found[source] = problem
    if len(flat["notes"]) > LONGEST_TEXT:
        found["notes"] = Problem(TOO_LONG, LONGEST_TEXT)
    return found


def _is_missed(
    definition: Mapping[str, Any], flat: Mapping[str, Any], before: Mapping[str, Any]
) -> bool:
    """Return whether an edit publishes without an answer, or takes away one that is needed."""
    was_so = before["is_published"] and before[ANSWER + definition["short_name"]] is None
    is_needed = definition["required"] and flat["is_published"] and is_asked(definition, flat)
    return bool(is_needed and not was_so)


def problem_of(value: Any, definition: Mapping[str, Any]) -> Problem | None:
    """Return what is wrong with one answer in its normal form, None when it is right."""
    kind = definition["display_type"]
    if kind == NESTED:
        return _of_groups(value, definition)
    if kind in LISTS:
        return _of_entries(value, definition)
    if kind == "bool":
        return None if isinstance(value, bool) else Problem(NOT_PERMITTED, said=str(value))
    if kind == "int":
        return None if isinstance(value, int) else Problem(NO_NUMBER)
    if not isinstance(value, str):
        return Problem(NOT_PERMITTED, said=str(value))
    if kind == "enum" and not is_permitted(value, definition):
        return Problem(NOT_PERMITTED, said=value)
    if kind == "date" and not _DATE.fullmatch(value):
        return Problem(NO_DATE)
    limit = LONGEST_TEXT if kind == OF_SEVERAL_LINES else LONGEST_LINE
    return Problem(TOO_LONG, limit) if len(value) > limit else None


def is_permitted(value: str, definition: Mapping[str, Any]) -> bool:
    """Return whether a field permits a value; one without a list of values permits any."""
    permitted = definition["permitted_values"]
    if not permitted or value in permitted:
        return True
    # Values of the reference have stray blanks (spec aiid-interface §6.3).
    if value in {_line(one) for one in permitted}:
        return True
    is_other = any(one.casefold() == OTHER.casefold() for one in permitted)
    return is_other and value.partition(":")[0].casefold() == OTHER.casefold() and ":" in value


def _of_entries(value: Any, definition: Mapping[str, Any]) -> Problem | None:
    if len(value) > MOST_ENTRIES:
        return Problem(TOO_MANY, MOST_ENTRIES)
    for one in value:
        if len(one) > LONGEST_ENTRY:
            return Problem(TOO_LONG, LONGEST_ENTRY)
        if definition["display_type"] == "multi" and not is_permitted(one, definition):
            return Problem(NOT_PERMITTED, said=one)
    return None


def _of_groups(value: Any, definition: Mapping[str, Any]) -> Problem | None:
    if len(value) > MOST_GROUPS:
        return Problem(TOO_MANY, MOST_GROUPS)
    below = questions(definition["subfields"])
    for group in value:
        for name, answer in answers_of_group(group).items():
            if problem := problem_of(answer, below[name]):
                return problem
    return None


def _of_source(source: Sequence[Any] | None) -> Problem | None:
    confidence, report, passage = source or (None, None, None)
    if isinstance(confidence, str):
        return Problem(NO_SHARE)
    if isinstance(report, str):
        return Problem(NO_NUMBER)
    return Problem(TOO_LONG, LONGEST_TEXT) if len(passage or "") > LONGEST_TEXT else None


def written_back(
    state: State,
    flat: Mapping[str, Any],
    fields: Fields,
    *,
    by: str,
    method: str,
    at: str,
    model: str = "",
) -> dict[str, Any]:
    """Return a classification with the answers of its flattened form.

    An answer that did not change keeps the very text that it had and where it came from; of one
    that did it is said who gave it, how and when.
    """
    told = {"by": by, "method": method, "at": at} | ({"model": model} if model else {})
    now = flattened(state, fields)
    asked = questions(fields)
    kept: list[list[Any]] = []
    placed: set[str] = set()
    for name, value_json, *provenance in state["attributes"]:
        entry = ANSWER + name
        if name not in asked or (
            flat[entry] == now[entry] and flat[SOURCE + name] == now[SOURCE + name]
        ):
            kept.append([name, value_json, *provenance])
        elif name not in placed and flat[entry] is not None:
            said = value_json if flat[entry] == now[entry] else written(flat[entry])
            is_new = flat[entry] != now[entry]
            earlier = provenance[0] if provenance and not is_new else {}
            made = told if is_new or not earlier else earlier
            kept.append([name, said, _with_source(made, flat[SOURCE + name])])
        placed.add(name)
    for name in asked_in_order(fields):
        if name not in placed and flat.get(ANSWER + name) is not None:
            made = _with_source(told, flat.get(SOURCE + name))
            kept.append([name, written(flat[ANSWER + name]), made])
    return {
        **state,
        "attributes": kept,
        "notes": flat["notes"],
        "is_published": flat["is_published"],
    }


def rewritten(
    state: State,
    answers: Sequence[tuple[str, str]],
    fields: Fields,
    *,
    told: Mapping[str, Any],
) -> list[list[Any]]:
    """Return answers in place of those that a classification has, each with where it came from.

    Raises UnfitAnswer for a question that is not asked, and for an answer that is no JSON.
    """
    names = {field["short_name"] for field in fields}
    before: dict[str, list[list[Any]]] = {}
    for answer in state["attributes"]:
        before.setdefault(answer[0], []).append(list(answer))
    kept = []
    for name, value_json in answers:
        same = [one for one in before.get(name, ()) if one[1] == value_json]
        if not same and name not in names:
            raise UnfitAnswer(name, "is not asked")
        if not same and not _is_json(value_json):
            raise UnfitAnswer(name, "has an answer that is no JSON")
        kept.append(same[0] if same else [name, value_json, dict(told)])
    given = {name for name, _value in answers}
    hidden = {field["short_name"] for field in fields if field.get("public") is False}
    return kept + [
        one
        for name, several in before.items()
        if name in hidden and name not in given
        for one in several
    ]


def _is_json(written: str) -> bool:
    try:
        json.loads(written)
    except (ValueError, RecursionError):
        return False
    return True


def asked_in_order(fields: Fields) -> list[str]:
    """Return the names of the fields in the order of the definition, each once."""
    return list(dict.fromkeys(one["short_name"] for one in fields))


def _with_source(provenance: Mapping[str, Any], source: Sequence[Any] | None) -> dict[str, Any]:
    told = dict(zip(("confidence", "report", "passage"), source or (None,) * 3, strict=True))
    rest = {name: value for name, value in provenance.items() if name not in told}
    return {**rest, **{name: value for name, value in told.items() if value is not None}}


def reviewed(state: State, names: Sequence[str], *, by: str, at: str) -> dict[str, Any]:
    """Return a classification whose named answers somebody looked at and found right."""
    confirmed = set(names)
    attributes = []
    for name, value_json, *provenance in state["attributes"]:
        told = provenance[0] if provenance else {}
        if name in confirmed:
            method = {} if told else {"method": taxonomies.MODEL}
            told = {**method, **told, "reviewed_by": by, "reviewed_at": at}
        attributes.append([name, value_json, *([told] if told else [])])
    return {**state, "attributes": attributes}


def _line(value: str) -> str:
    return " ".join(text.without_hidden(value).split())


def _block(value: str) -> str:
    return text.without_hidden(value.replace("\r\n", "\n")).strip()

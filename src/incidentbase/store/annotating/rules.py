"""Pure decisions about adjudication: what codings say of a field, what is taken over, what is left.

Values are those of a flattened classification (`classifying.rules.flattened`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.store.classifying import rules
from incidentbase.store.classifying.rules import ANSWER, LISTS, NESTED, SOURCE, ClassificationDraft
from incidentbase.store.submissions.rules import Problem
from incidentbase.store.taxonomies import rules as taxonomies

MOST_AT_ONCE = 1_000
LONGEST_INSTRUCTION = 2_000

# What the codings of a field come to. Nobody answered; all answered the same; those who answered,
# not all, said the same; lists are united; texts are put one below the other; or somebody must
# decide.
BLANK, SAME, SINGLE = "blank", "same", "single"
UNITED, JOINED, DIFFERENT = "united", "joined", "different"
DIFFERENCES = frozenset({UNITED, JOINED, DIFFERENT})

# What an adjudicator may pick beside a coding: what is proposed, what is stored, an own answer.
PROPOSED, STANDING, OWN = "proposed", "standing", "own"

TO_DECIDE = "to-decide"


@dataclass(frozen=True, slots=True)
class Coded:
    """What one annotator says: `key` names the coding, `label` the annotator."""

    key: str
    label: str
    flat: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the codings of a field come to, and the value that follows; None when none does."""

    verdict: str
    value: Any = None

    @property
    def is_difference(self) -> bool:
        """Whether annotators who answered said different things."""
        return self.verdict in DIFFERENCES


@dataclass(frozen=True, slots=True)
class Decisions:
    """What an adjudicator chose: picks by field, and what was typed where OWN was picked."""

    picks: Mapping[str, str] = field(default_factory=dict)
    typed: ClassificationDraft = field(default_factory=ClassificationDraft)


def proposal(codings: Sequence[Coded], definition: Mapping[str, Any]) -> Proposal:
    """Return what the codings of a field come to."""
    name, kind = definition["short_name"], definition["display_type"]
    given = [(one.label, one.flat.get(ANSWER + name)) for one in codings]
    said = [(label, value) for label, value in given if value is not None]
    if not said:
        return Proposal(BLANK)
    first = said[0][1]
    if len({_alike(value, kind) for _label, value in said}) == 1:
        return Proposal(SAME if len(said) == len(given) else SINGLE, first)
    if kind in LISTS:
        members = [member for _label, value in said for member in _members(value)]
        return Proposal(UNITED, list(dict.fromkeys(members)))
    if kind == rules.OF_SEVERAL_LINES:
        return Proposal(JOINED, joined((label, str(value)) for label, value in said))
    return Proposal(DIFFERENT)


def _alike(value: Any, kind: str) -> Hashable:
    """Return what two equal answers have in common: the order of a list says nothing."""
    if kind in LISTS:
        return frozenset(_members(value))
    if kind == NESTED and isinstance(value, list):
        return frozenset(rules.written(one) for one in value)
    return rules.written(value)


def _members(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def joined(texts: Any) -> str:
    """Return texts of annotators as one, each after the label of who wrote it."""
    return "\n\n".join(f"{label}: {text}" for label, text in texts if text)


def proposals(codings: Sequence[Coded], fields: rules.Fields) -> dict[str, Proposal]:
    """Return what the codings come to, by the names of fields in the order of the definition."""
    asked = rules.questions(fields)
    return {name: proposal(codings, asked[name]) for name in rules.asked_in_order(fields)}


def notes_proposed(codings: Sequence[Coded]) -> str:
    """Return the notes of annotators as one; those who wrote the same are said once."""
    texts = [(one.label, str(one.flat["notes"])) for one in codings if one.flat["notes"]]
    if len({text for _label, text in texts}) == 1:
        return texts[0][1]
    return joined(texts)


def usual_pick(found: Proposal, name: str, standing: Mapping[str, Any], settled: set[str]) -> str:
    """Return what is picked before anybody chooses: nothing where somebody must decide.

    `settled` are the fields whose stored answer was adjudicated before.
    """
    if name in settled or (found.verdict == BLANK and standing.get(ANSWER + name) is not None):
        return STANDING
    return "" if found.verdict == DIFFERENT else PROPOSED


@dataclass(frozen=True, slots=True)
class Settled:
    """A classification as it was decided, flattened.

    `given` are the entries that came from codings or were stored, so are not held to the
    definition again; `kept` names the fields whose stored answer stays; `open` those that nobody
    decided.
    """

    flat: dict[str, Any]
    given: dict[str, Any]
    kept: frozenset[str]
    open: frozenset[str]


def settle(
    codings: Sequence[Coded],
    standing: Mapping[str, Any],
    decisions: Decisions,
    fields: rules.Fields,
    settled: set[str],
) -> Settled:
    """Return what decisions make of codings and of what is stored."""
    typed = rules.wanted(decisions.typed, fields)
    flat = {**standing, "notes": typed["notes"], "is_published": typed["is_published"]}
    given = dict(standing)
    kept, undecided = set(), set()
    by_key = {one.key: one for one in codings}
    for name, found in proposals(codings, fields).items():
        pick = decisions.picks.get(name) or usual_pick(found, name, standing, settled)
        answer, source = ANSWER + name, SOURCE + name
        if pick == STANDING:
            kept.add(name)
        elif pick == OWN:
            flat[answer], flat[source] = typed.get(answer), None
        elif pick in by_key:
            flat[answer] = given[answer] = by_key[pick].flat.get(answer)
            flat[source] = given[source] = by_key[pick].flat.get(source)
        elif pick == PROPOSED and found.verdict != DIFFERENT:
            flat[answer] = given[answer] = found.value
            flat[source] = given[source] = _source_of(codings, name, found)
        else:
            undecided.add(name)
    flat = rules.without_unasked(flat, fields)
    asked = rules.questions(fields)
    return Settled(
        flat,
        given,
        frozenset(kept),
        frozenset(name for name in undecided if rules.is_asked(asked[name], flat)),
    )


def _source_of(codings: Sequence[Coded], name: str, found: Proposal) -> Any:
    """Return the source of an answer that some gave alike: that of the first who named one."""
    if found.verdict not in (SAME, SINGLE):
        return None
    sources = (one.flat.get(SOURCE + name) for one in codings)
    return next((one for one in sources if one is not None), None)


def problems_of(result: Settled, fields: rules.Fields) -> dict[str, Problem]:
    """Return what keeps decisions from being written, by the names of entries."""
    # Nothing was published before in the eyes of `rules.problems_of`: what is required must be
    # there, whoever left it out.
    before = {**result.given, "is_published": False}
    found = rules.problems_of(result.flat, before, fields)
    return {**found, **{ANSWER + name: Problem(TO_DECIDE) for name in result.open}}


def written(
    state: Mapping[str, Any], result: Settled, fields: rules.Fields, *, by: str, at: str
) -> dict[str, Any]:
    """Return a classification as it was adjudicated, each answer with who decided it and when.

    What was stored and is to stay keeps where it came from; it counts as reviewed.
    """
    review = {"reviewed_by": by, "reviewed_at": at}
    asked = rules.questions(fields)
    attributes: list[list[Any]] = []
    placed: set[str] = set()
    for name, value_json, *provenance in state["attributes"]:
        if name in placed:
            continue
        if name not in asked:
            attributes.append([name, value_json, *provenance])
        elif result.flat[ANSWER + name] is not None:
            placed.add(name)
            if name in result.kept:
                told = [{**one, **review} for one in provenance]
                attributes.append([name, value_json, *told])
            else:
                said = rules.written(result.flat[ANSWER + name])
                attributes.append([name, said, _decided(result.flat, name, by=by, at=at)])
    for name in rules.asked_in_order(fields):
        if name not in placed and result.flat.get(ANSWER + name) is not None:
            said = rules.written(result.flat[ANSWER + name])
            attributes.append([name, said, _decided(result.flat, name, by=by, at=at)])
    return {
        **state,
        "attributes": attributes,
        "notes": result.flat["notes"],
        "is_published": result.flat["is_published"],
    }


def _decided(flat: Mapping[str, Any], name: str, *, by: str, at: str) -> dict[str, Any]:
    names = ("confidence", "report", "passage")
    source = dict(zip(names, flat.get(SOURCE + name) or (None,) * 3, strict=True))
    return {
        "by": by,
        "method": taxonomies.ADJUDICATED,
        "at": at,
        "reviewed_by": by,
        "reviewed_at": at,
        **{key: value for key, value in source.items() if value is not None},
    }


def settled_fields(state: Mapping[str, Any]) -> set[str]:
    """Return the fields of a classification whose answer was adjudicated."""
    return {
        name
        for name, _value, *provenance in state["attributes"]
        if provenance and provenance[0].get("method") == taxonomies.ADJUDICATED
    }

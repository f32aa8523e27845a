"""Writes of editors to one incident or report, with what follows from them, as one act.

Whoever saves becomes an editor of the incident. Translations of a text that changed become
stale. What is said of the likeness of two incidents is said of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidentbase.kit import clock, ids
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, SUBMIT, NotPermitted, Viewer, require
from incidentbase.store.curation import actions as curation
from incidentbase.store.curation.rules import new_incident
from incidentbase.store.editing import queries, rules
from incidentbase.store.editing.rules import IncidentDraft, ReportDraft, TranslationDraft
from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records import rules as record_rules
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, Writer, writing
from incidentbase.store.reports.queries import existing_numbers
from incidentbase.store.review.actions import NotReady
from incidentbase.store.submissions.rules import ENTITY_FIELDS, NO_SUCH_INCIDENT, Problem


@dataclass(slots=True)
class _Outcome:
    """What stands against an edit: problems and clashes by field."""

    problems: dict[str, Problem] = field(default_factory=dict)
    clashes: dict[str, record_rules.Clash] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def add(self, merged: record_rules.Merged, *, prefix: str = "") -> None:
        """Note what others changed; what is derived from another field is not told apart."""
        clashes = {n: one for n, one in merged.clashes.items() if n not in rules.DERIVED}
        self.clashes.update((prefix + name, clash) for name, clash in clashes.items())
        self.taken.update(prefix + name for name in merged.taken - rules.DERIVED)

    def require_none(self, kind: str, number: int) -> None:
        """Raise NotReady or EditConflict if there are any."""
        if self.problems:
            raise NotReady(self.problems)
        if self.clashes:
            raise EditConflict(self.clashes, queries.seal_of(kind, number), self.taken)


def create_incident(
    draft: IncidentDraft, *, reports: Sequence[int] = (), actor: Viewer, reason: str = ""
) -> int:
    """Make an incident, perhaps of existing reports, and return its number.

    Raises NotReady, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "incident.create", reason=reason) as writer:
        named = _entities(writer, draft, {}, actor)
        wanted = rules.incident_wanted(draft, {}, entities=named)
        outcome = _Outcome(_problems_of_incident({}, wanted, draft, actor))
        outcome.problems.update(_problems_of_translations(draft.translations))
        if missing := sorted(set(reports) - existing_numbers(set(reports))):
            outcome.problems["reports"] = Problem(rules.NO_SUCH_REPORT, missing[0])
        outcome.require_none("incident", 0)
        number = history.allocate_number("incident")
        made = new_incident(
            number=number,
            object_id=ids.new_object_id(),
            title=wanted["title"],
            description=wanted["description"],
            date=wanted["date"],
            at=actor.at,
        )
        writer.create(
            "incident",
            {**made, **wanted, "reports": list(reports), "editors": _with_actor(wanted, actor)},
        )
        _tell_counterparts(writer, number, {rules.LIKE: [], rules.UNLIKE: []}, wanted, actor)
        _translate(writer, _Translated.of("incident", number), draft.translations, {}, actor)
    return number


def edit_incident(
    number: int, draft: IncidentDraft, *, seen: str, actor: Viewer, reason: str = ""
) -> None:
    """Change an incident and its translations as an editor who saw the versions sealed in `seen`.

    What others changed since then is kept. Raises NotReady, EditConflict when they changed the
    same fields, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    versions = rules.unsealed(seen)
    with writing(actor, "incident.edit", reason=reason) as writer:
        _lock(writer, number, draft)
        theirs = writer.read("incident", str(number))
        before = _before("incident", str(number), versions.get(rules.RECORD, ""), theirs)
        named = _entities(writer, draft, theirs, actor)
        wanted = rules.incident_wanted(draft, before, entities=named)
        merged = record_rules.merged(before, theirs, wanted)
        outcome = _Outcome(_problems_of_incident(theirs, merged.state, draft, actor))
        outcome.add(merged)
        translated = _Translated.of("incident", number)
        _check_translations(translated, draft.translations, versions, outcome)
        outcome.require_none("incident", number)
        if merged.state != theirs:
            after = {**merged.state, "editors": _with_actor(merged.state, actor)}
            writer.replace("incident", str(number), {**after, "modified_at": clock.iso(actor.at)})
            _tell_counterparts(writer, number, theirs, after, actor)
        is_stale = any(merged.state[name] != theirs[name] for name in ("title", "description"))
        _translate(writer, translated, draft.translations, versions, actor, is_stale=is_stale)


def edit_report(
    number: int,
    draft: ReportDraft,
    *,
    seen: str,
    seen_incidents: Sequence[int],
    actor: Viewer,
    reason: str = "",
) -> None:
    """Change a report, its translations and its incidents as an editor who saw them so.

    The report joins the incidents that were added to those seen and leaves those taken away.
    Raises NotReady, EditConflict, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    versions = rules.unsealed(seen)
    with writing(actor, "report.edit", reason=reason) as writer:
        theirs = writer.read("report", str(number))
        before = _before("report", str(number), versions.get(rules.RECORD, ""), theirs)
        wanted = rules.report_wanted(draft, before)
        merged = record_rules.merged(before, theirs, wanted)
        outcome = _Outcome(rules.problems_of_report(theirs, merged.state, today=actor.at.date()))
        outcome.add(merged)
        joined = [one for one in draft.incident_ids if one not in seen_incidents]
        left = [one for one in seen_incidents if one not in draft.incident_ids]
        if missing := _unknown(joined):
            outcome.problems["incident_ids"] = Problem(NO_SUCH_INCIDENT, missing[0])
        translated = _Translated.of("report", number)
        _check_translations(translated, draft.translations, versions, outcome)
        outcome.require_none("report", number)
        if merged.state != theirs:
            writer.replace(
                "report", str(number), {**merged.state, "modified_at": clock.iso(actor.at)}
            )
        _relink(writer, number, joined, left, actor)
        is_stale = any(merged.state[name] != theirs[name] for name in ("title", "text"))
        _translate(writer, translated, draft.translations, versions, actor, is_stale=is_stale)


def write_incident(
    number: int, changes: State, *, is_new: bool = False, actor: Viewer, reason: str = ""
) -> None:
    """Make an incident of this number, or change fields of one, as programs do.

    `changes` has fields as states have them. Unlike a form it may say what machines and readers
    found alike, and name editors; without `editors` the actor becomes one. What follows from an
    edit follows from this one too. Raises NotReady, NoSuchRecord, Unfit, NumberTaken for a new
    one, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "incident.create" if is_new else "incident.edit", reason=reason) as writer:
        if is_new:
            history.claim_number("incident", number)
            theirs: State = {}
            blank = new_incident(
                number=number,
                object_id=ids.new_object_id(),
                title="",
                description="",
                date="",
                at=actor.at,
            )
            after = {**blank, **changes}
        else:
            likely = IncidentDraft(
                editor_similar=tuple(changes.get(rules.LIKE, ())),
                editor_dissimilar=tuple(changes.get(rules.UNLIKE, ())),
            )
            _lock(writer, number, likely)
            theirs = writer.read("incident", str(number))
            after = {**theirs, **changes}
        found = rules.problems_of_incident(theirs, after, today=actor.at.date())
        found |= _problems_of_numbers_and_editors(theirs, after)
        if missing := sorted(set(after["reports"]) - existing_numbers(set(after["reports"]))):
            found["reports"] = Problem(rules.NO_SUCH_REPORT, missing[0])
        if found:
            raise NotReady(found)
        if "editors" not in changes:
            after = {**after, "editors": _with_actor(after, actor)}
        if is_new:
            writer.create("incident", after)
            _tell_counterparts(writer, number, {rules.LIKE: [], rules.UNLIKE: []}, after, actor)
        elif any(after[name] != theirs[name] for name in changes):
            writer.replace("incident", str(number), {**after, "modified_at": clock.iso(actor.at)})
            _tell_counterparts(writer, number, theirs, after, actor)
            is_stale = any(after[name] != theirs[name] for name in ("title", "description"))
            _translate(writer, _Translated.of("incident", number), {}, {}, actor, is_stale=is_stale)


def write_report(
    number: int, changes: State, *, is_new: bool = False, actor: Viewer, reason: str = ""
) -> None:
    """Make a report of this number, or change fields of one, as programs do.

    The text without its markup and the source follow from text and address. Raises NotReady,
    NoSuchRecord, Unfit, NumberTaken for a new one, and NotPermitted unless the actor edits
    incidents.
    """
    require(actor, INCIDENT_EDITOR)
    now = clock.iso(actor.at)
    with writing(actor, "report.create" if is_new else "report.edit", reason=reason) as writer:
        if is_new:
            history.claim_number("report", number)
            before: State = rules.blank_report(number, ids.new_object_id(), now=now or "")
        else:
            before = writer.read("report", str(number))
        after = rules.with_derived({**before, **changes}, before)
        # A new one is held to all that a complete report needs.
        judged = {"title": "-", "url": "-", "source_domain": "-"} if is_new else before
        if found := rules.problems_of_report(judged, after, today=actor.at.date()):
            raise NotReady(found)
        if is_new:
            writer.create("report", after)
        elif after != before:
            writer.replace("report", str(number), {**after, "modified_at": now})
            is_stale = any(after[name] != before[name] for name in ("title", "text"))
            _translate(writer, _Translated.of("report", number), {}, {}, actor, is_stale=is_stale)


def write_translation(
    kind: str,
    number: int,
    language: str,
    draft: TranslationDraft,
    *,
    is_dirty: bool = False,
    actor: Viewer,
    reason: str = "",
) -> None:
    """Say a record's title and text in a language; `is_dirty` says that its source has changed.

    Raises NotReady, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if problem := rules.problem_of_translation(draft):
        raise NotReady({f"translation.{language}.title": problem})
    with writing(actor, f"{kind}.edit", reason=reason) as writer:
        writer.read(kind, str(number))
        translated = _Translated.of(kind, number)
        versions = {language: ""}
        _translate(writer, translated, {language: draft}, versions, actor)
        writer.change(translated.kind, translated.key(language), is_dirty=is_dirty)


def flag_dissimilar(number: int, others: Sequence[int], *, actor: Viewer) -> None:
    """Say, as a reader with an account, which incidents are not like this one.

    Raises NoSuchRecord, NotReady for numbers of no incidents, and NotPermitted for those without
    an account.
    """
    if not actor.account_id or not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} has no account to flag with")
    if incidents.get(number, viewer=actor) is None:
        raise NoSuchRecord(f"incident {number}")
    flagged = list(dict.fromkeys(others))
    if missing := _unknown(flagged):
        raise NotReady({"flagged_dissimilar": Problem(NO_SUCH_INCIDENT, missing[0])})
    with writing(actor, "incident.flag_similarity") as writer:
        writer.change("incident", str(number), flagged_dissimilar=flagged)


@dataclass(frozen=True, slots=True)
class _Translated:
    """A record with its translations: their kind, the names of their fields, their states."""

    kind: str
    number: int
    reference: str
    body: str
    states: dict[str, State]

    @classmethod
    def of(cls, kind: str, number: int) -> _Translated:
        reference, body = ("incident_id", "description")
        if kind == "report":
            reference, body = ("report_number", "text")
        found = queries.translations(kind, number)
        return cls(f"{kind}_translation", number, reference, body, found)

    def key(self, language: str) -> str:
        return f"{self.number}:{language}"

    def wanted(self, draft: TranslationDraft, before: State) -> dict[str, Any]:
        return rules.translation_wanted(draft, before, body=self.body)


def _before(kind: str, key: str, version: str, theirs: State) -> State:
    return (recorded.state_at_version(kind, key, version) if version else None) or theirs


def _check_translations(
    translated: _Translated,
    drafts: Mapping[str, TranslationDraft],
    versions: Mapping[str, str],
    outcome: _Outcome,
) -> None:
    """Note what is wrong with translations, and which of them others changed otherwise."""
    outcome.problems.update(_problems_of_translations(drafts))
    for language, draft in drafts.items():
        theirs = translated.states.get(language, {})
        version = versions.get(language, "")
        key = translated.key(language)
        before = _before(translated.kind, key, version, theirs) if version else {}
        wanted = (
            dict.fromkeys(("title", translated.body), "")
            if draft.is_empty
            else translated.wanted(draft, before)
        )
        shown = {name: theirs.get(name, "") for name in wanted}
        merged = record_rules.merged({n: before.get(n, "") for n in wanted}, shown, wanted)
        outcome.add(merged, prefix=f"translation.{language}.")


def _translate(
    writer: Writer,
    translated: _Translated,
    drafts: Mapping[str, TranslationDraft],
    versions: Mapping[str, str],
    actor: Viewer,
    *,
    is_stale: bool = False,
) -> None:
    """Write the translations that a draft changes; the others are stale if the text is new."""
    now = clock.iso(actor.at)
    for language in sorted({*drafts, *translated.states}):
        theirs = translated.states.get(language)
        draft = drafts.get(language)
        key = translated.key(language)
        if theirs is None:
            if draft is not None and not draft.is_empty:
                writer.create(translated.kind, _new_translation(translated, language, draft, now))
            continue
        if draft is not None and draft.is_empty:
            # A form that did not show it yet takes nothing away.
            if versions.get(language):
                writer.remove(translated.kind, key)
            continue
        before = _before(translated.kind, key, versions.get(language, ""), theirs)
        wanted = translated.wanted(draft, before) if draft is not None else {}
        merged = record_rules.merged(before, theirs, wanted)
        is_new = merged.state != theirs
        is_dirty = (theirs["is_dirty"] or is_stale) and not is_new
        if draft is not None and draft.is_checked:
            is_dirty = False
        after = {**merged.state, "is_dirty": is_dirty}
        if is_new and "modified_at" in after:
            after["modified_at"] = now
        writer.replace(translated.kind, key, after)


def _new_translation(
    translated: _Translated, language: str, draft: TranslationDraft, now: str | None
) -> State:
    made = {
        "object_id": ids.new_object_id(),
        translated.reference: translated.number,
        "language": language,
        "is_dirty": False,
        "created_at": now,
        **translated.wanted(draft, {}),
    }
    return {**made, "modified_at": now} if translated.reference == "incident_id" else made


def _problems_of_translations(drafts: Mapping[str, TranslationDraft]) -> dict[str, Problem]:
    found = {
        f"translation.{language}.title": rules.problem_of_translation(draft)
        for language, draft in drafts.items()
        if not draft.is_empty
    }
    return {name: problem for name, problem in found.items() if problem is not None}


def _problems_of_incident(
    before: State, after: State, draft: IncidentDraft, actor: Viewer
) -> dict[str, Problem]:
    found = {
        **rules.problems_of_incident(before, after, today=actor.at.date()),
        **rules.problems_of_names(draft),
    }
    return _problems_of_numbers_and_editors(before, after) | found


def _problems_of_numbers_and_editors(before: State, after: State) -> dict[str, Problem]:
    found = {}
    for name in (rules.LIKE, rules.UNLIKE):
        if missing := _unknown(one for one in after[name] if one not in before.get(name, ())):
            found[name] = Problem(NO_SUCH_INCIDENT, missing[0])
    editors = set(after["editors"]) - set(before.get("editors", ()))
    if editors - set(accounts.states(editors)):
        found["editors"] = Problem(rules.NO_SUCH_EDITOR)
    return found


def _unknown(numbers: Iterable[int]) -> list[int]:
    """Return which numbers no incident has, or only a duplicate."""
    wanted = list(numbers)
    if not wanted:
        return []
    known = queries.incident_numbers(wanted)
    return [one for one in wanted if one not in known or incidents.true_number(one) is not None]


def _entities(
    writer: Writer, draft: IncidentDraft, state: State, actor: Viewer
) -> dict[str, list[str]]:
    """Return the entity ids of a draft by role.

    A name that one of the incident's entities has means that one, whatever else is called so.
    Nothing is made while a name cannot be one: the draft is refused for it then.
    """
    if rules.problems_of_names(draft):
        return {role: list(state.get(role, ())) for role in ENTITY_FIELDS}
    known = queries.entity_names_of(state)
    own = {name.casefold(): entity_id for entity_id, name in known.items()}
    found = {}
    for role in ENTITY_FIELDS:
        named: list[str] = []
        for name in getattr(draft, role):
            entity_id = own.get(name.casefold())
            named += [entity_id] if entity_id else curation.entities_named(writer, [name], actor)
        found[role] = list(dict.fromkeys(named))
    return found


def _with_actor(state: State, actor: Viewer) -> list[str]:
    editors = list(state["editors"])
    if actor.account_id and actor.account_id not in editors:
        editors.append(actor.account_id)
    return editors


def _lock(writer: Writer, number: int, draft: IncidentDraft) -> None:
    """Lock what an edit may change in one order, so that no two edits wait for one another."""
    stored = recorded.state_of("incident", str(number)) or {}
    said = (stored.get(name, ()) for name in (rules.LIKE, rules.UNLIKE))
    others = {*draft.editor_similar, *draft.editor_dissimilar, *(n for row in said for n in row)}
    for one in sorted(queries.incident_numbers({number, *others})):
        writer.read("incident", str(one))


def _tell_counterparts(
    writer: Writer, number: int, before: State, after: State, actor: Viewer
) -> None:
    """Say of the other incidents what was said of this one; nothing else in them changes."""
    said = {name: (set(before[name]), set(after[name])) for name in (rules.LIKE, rules.UNLIKE)}
    changed = {one for old, new in said.values() for one in old ^ new}
    for other in sorted(queries.incident_numbers(changed)):
        kinds = [name for name, (_old, new) in said.items() if other in new]
        state = writer.read("incident", str(other))
        lists = rules.as_likeness(state, number, kind=kinds[0] if kinds else None)
        if any(state[name] != lists[name] for name in lists):
            after_other = {**state, **lists, "modified_at": clock.iso(actor.at)}
            writer.replace("incident", str(other), after_other)


def _relink(
    writer: Writer, report: int, joined: Sequence[int], left: Sequence[int], actor: Viewer
) -> None:
    now = clock.iso(actor.at)
    for number in sorted({*joined, *left}):
        if number in left and number not in queries.incident_numbers([number]):
            continue
        state = writer.read("incident", str(number))
        others = [one for one in state["reports"] if one != report]
        reports = [*others, report] if number in joined else others
        if set(reports) != set(state["reports"]):
            changes = {"reports": reports, "modified_at": now}
            editors = _with_actor(state, actor) if number in joined else state["editors"]
            writer.replace("incident", str(number), {**state, **changes, "editors": editors})

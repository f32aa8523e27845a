"""Writes to what people send in, from the first word to the report that it becomes.

Everybody may submit. Who submitted may revise, as long as nothing was decided; editors do the
rest. What is refused or promoted stays, so that its sender can see what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import clock, ids, text, urls
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import (
    ADMIN,
    INCIDENT_EDITOR,
    SUBMIT,
    NotPermitted,
    Viewer,
    require,
)
from incidentbase.store.curation import actions as curation
from incidentbase.store.flags import queries as flags
from incidentbase.store.flags import rules as flag_rules
from incidentbase.store.history import actions as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.records import queries as recorded
from incidentbase.store.records import rules as record_rules
from incidentbase.store.records.actions import (
    EditConflict,
    NoSuchRecord,
    Unfit,
    Writer,
    version_of,
    writing,
)
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import queries, rules
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.submissions.rules import Problem, Target


class NotReady(Exception):
    """A submission lacks what it needs to be taken in, or to become what is wanted of it."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        """Take what is wrong, by field."""
        super().__init__(f"not ready: {', '.join(sorted(problems))}")
        self.problems = dict(problems)


class AlreadyDone(Exception):
    """A submission was promoted or rejected before."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a submission became: the number of its report and of its incidents."""

    report: int
    incidents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Revised:
    """A submission as it is after a revision, and the fields in which it kept what others said."""

    state: State
    taken: frozenset[str]


def submit(
    draft: rules.Draft,
    *,
    similar: Mapping[str, Sequence[Any]] | None = None,
    via: str = "",
    actor: Viewer,
) -> str:
    """Take a submission in and return its object id.

    `via` says by what door it came, where that is not a person's; the history says so too.
    `similar` may have lists of incidents that are alike or not (`machine_similar`,
    `editor_similar`, `editor_dissimilar`). Everybody may submit. Raises NotReady, and
    NotPermitted for a token that is not for it.
    """
    _require_scope(actor)
    state = rules.submission_from(draft, object_id=ids.new_object_id(), actor=actor)
    told = {**(similar or {}), **({"via": via} if via else {})}
    state = {**state, "payload": {**state["payload"], **told}}
    _require_ready(submission_rules.problems(state, today=actor.at.date()))
    with writing(actor, "submission.submit", reason=via) as writer:
        return writer.create("submission", state)


def quick_add(url: str, *, actor: Viewer) -> str:
    """Take in a bare link and return its object id.

    Everybody may do so. Raises NotReady, and NotPermitted for a token that is not for it.
    """
    _require_scope(actor)
    _require_ready(submission_rules.problems_of_link(url))
    with writing(actor, "quick_add.submit") as writer:
        return writer.create(
            "quick_add",
            {
                "object_id": ids.new_object_id(),
                "url": url.strip(),
                "date_submitted": actor.at.date().isoformat(),
                "source_domain": urls.source_domain(url.strip()),
                "incident_number": 0,
            },
        )


def change_links(object_ids: Iterable[str], changes: Mapping[str, Any], *, actor: Viewer) -> int:
    """Change fields of bare links and return how many differ now.

    Raises NotReady, NoSuchRecord, Unfit, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if "url" in changes:
        _require_ready(submission_rules.problems_of_link(changes["url"]))
    with writing(actor, "quick_add.edit") as writer:
        theirs = writer.read_all("quick_add", object_ids)
        after = {key: {**state, **changes} for key, state in theirs.items()}
        return writer.replace_all("quick_add", after)


def put_candidates(states: Iterable[State], *, actor: Viewer) -> list[str]:
    """Take in what a crawler found and return the keys of the new candidates.

    Raises Unfit, also for an address that is known, and NotPermitted unless the actor edits
    incidents.
    """
    require(actor, INCIDENT_EDITOR)
    wanted = list(states)
    if known := queries.candidates_at(state["url"] for state in wanted):
        raise Unfit("url", f"is known: {min(known)}")
    with writing(actor, "candidate.submit") as writer:
        return writer.create_all("candidate", wanted)


def change_candidates(changes: Mapping[str, Mapping[str, Any]], *, actor: Viewer) -> int:
    """Change fields of candidates by their keys and return how many differ now.

    Raises NoSuchRecord, Unfit, and NotPermitted unless the actor is an admin.
    """
    require(actor, ADMIN)
    with writing(actor, "candidate.edit") as writer:
        theirs = writer.read_all("candidate", changes)
        after = {key: {**state, **changes[key]} for key, state in theirs.items()}
        return writer.replace_all("candidate", after)


def remove_candidates(object_ids: Iterable[str], *, actor: Viewer) -> int:
    """Remove candidates and return how many; the history keeps them.

    Raises NoSuchRecord, and NotPermitted unless the actor is an admin.
    """
    require(actor, ADMIN)
    keys = list(object_ids)
    with writing(actor, "candidate.remove") as writer:
        for key in keys:
            writer.remove("candidate", key)
    return len(keys)


def revise(object_id: str, draft: rules.Draft, *, seen: str, actor: Viewer) -> Revised:
    """Change a submission as somebody who saw the version `seen`, and return what it is then.

    A refused one comes back into the queue when its sender changes it. Raises NotReady,
    EditConflict, AlreadyDone when it was promoted or, for others than the sender, refused,
    NoSuchRecord, and NotPermitted unless the actor sent it in or edits incidents.
    """
    with writing(actor, "submission.revise") as writer:
        theirs = writer.read("submission", object_id)
        if not rules.may_revise(theirs, actor):
            raise NotPermitted(f"{actor.label} did not send in {object_id}")
        if not rules.may_still_change(theirs, actor):
            raise AlreadyDone(f"submission {object_id} is {theirs['status']}")
        before = recorded.state_at_version("submission", object_id, seen) or theirs
        outcome = record_rules.merged(
            rules.flat(before), rules.flat(theirs), rules.flat(rules.revised(theirs, draft))
        )
        if outcome.clashes:
            taken = rules.names_in_draft(outcome.taken)
            raise EditConflict(outcome.clashes, version_of(theirs), taken)
        after = rules.reopened(rules.unflat(outcome.state), at=actor.at)
        problems = submission_rules.problems(after, today=actor.at.date())
        if rules.is_editor(actor):
            # Editors keep what is half done; what is missing matters when they promote.
            problems = {
                name: one for name, one in problems.items() if one.is_never_kept or name == "url"
            }
        _require_ready(problems)
        writer.replace("submission", object_id, after)
        return Revised(after, rules.names_in_draft(outcome.taken))


def claim(object_ids: Iterable[str], *, actor: Viewer) -> int:
    """Make the actor an editor of submissions, which are in review then; return how many changed.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    return _assign(object_ids, actor.account_id, is_claimed=True, actor=actor, action="claim")


def unclaim(object_ids: Iterable[str], *, actor: Viewer) -> int:
    """Take the actor back as an editor of submissions; return how many changed.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    return _assign(object_ids, actor.account_id, is_claimed=False, actor=actor, action="unclaim")


def assign(object_ids: Iterable[str], account_id: str, *, actor: Viewer) -> int:
    """Make somebody else an editor of submissions; return how many changed.

    Raises Unfit unless that account edits incidents, NoSuchRecord, and NotPermitted unless the
    actor does.
    """
    require(actor, INCIDENT_EDITOR)
    if account_id not in accounts.names_of_editors():
        raise Unfit("editor", "does not edit incidents")
    return _assign(object_ids, account_id, is_claimed=True, actor=actor, action="assign")


def unassign(object_ids: Iterable[str], account_id: str, *, actor: Viewer) -> int:
    """Take somebody back as an editor of submissions; return how many changed.

    It need not be somebody who edits incidents still. Raises NoSuchRecord, and NotPermitted
    unless the actor edits incidents.
    """
    return _assign(object_ids, account_id, is_claimed=False, actor=actor, action="unassign")


def dismiss_links(object_ids: Iterable[str], *, actor: Viewer, reason: str = "") -> int:
    """Take bare links off the list, all or none, and return how many; the history keeps them.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    wanted = list(dict.fromkeys(object_ids))
    with writing(actor, "quick_add.dismiss", reason=reason) as writer:
        for object_id in wanted:
            writer.remove("quick_add", object_id)
    return len(wanted)


def _assign(
    object_ids: Iterable[str], account_id: str, *, is_claimed: bool, actor: Viewer, action: str
) -> int:
    require(actor, INCIDENT_EDITOR)
    changed = 0
    with writing(actor, f"submission.{action}") as writer:
        for object_id in dict.fromkeys(object_ids):
            state = writer.read("submission", object_id)
            if state["status"] in submission_rules.OPEN:
                after = rules.assigned(state, account_id, is_claimed=is_claimed)
                changed += writer.replace("submission", object_id, after)
    return changed


def promote(
    object_id: str, *, target: Target, numbers: Sequence[int] = (), actor: Viewer
) -> Promoted:
    """Make a submission a report, of a new incident, of existing ones or of none, or a variant.

    The submission stays, so that whoever sent it can see what it became. Raises NotReady,
    AlreadyDone, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "submission.promote") as writer:
        submission = writer.read("submission", object_id)
        _require_open(submission)
        _require_ready(
            submission_rules.problems_of_promotion(
                submission, target, numbers, today=actor.at.date()
            )
        )
        report = history.allocate_number("report")
        make = rules.variant_from if target == "variant" else rules.report_from
        made = make(submission, number=report, object_id=ids.new_object_id(), at=actor.at)
        writer.create("report", made)
        found: tuple[int, ...] = ()
        if target == "new":
            found = (_incident_of(writer, submission, report, actor),)
        elif target in ("existing", "variant"):
            found = tuple(dict.fromkeys(numbers))
            # In one order, so that no two promotions wait for one another.
            for number in sorted(found):
                curation.add_reports(writer, number, [report], actor)
        payload = {
            **submission["payload"],
            "promoted": {"report": report, "incidents": list(found)},
        }
        writer.change("submission", object_id, status=submission_rules.PROMOTED, payload=payload)
    return Promoted(report, found)


def reject(object_id: str, *, code: str, reason: str, actor: Viewer) -> None:
    """Close a submission with a reason in code and words; it is kept, and may come again.

    Raises AlreadyDone, NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    with writing(actor, "submission.reject", reason=reason) as writer:
        submission = writer.read("submission", object_id)
        _require_open(submission)
        writer.replace("submission", object_id, rules.refused(submission, code, reason))


def reject_all(object_ids: Iterable[str], *, code: str, reason: str, actor: Viewer) -> int:
    """Close those submissions that are still open, for one reason; return how many that were.

    Raises NoSuchRecord, and NotPermitted unless the actor edits incidents.
    """
    require(actor, INCIDENT_EDITOR)
    refused = 0
    with writing(actor, "submission.reject", reason=reason) as writer:
        for object_id in dict.fromkeys(object_ids):
            submission = writer.read("submission", object_id)
            if submission["status"] in submission_rules.OPEN:
                state = rules.refused(submission, code, reason)
                refused += writer.replace("submission", object_id, state)
    return refused


def raise_flag(number: int, *, code: str, words: str = "", actor: Viewer) -> str:
    """Say that something is wrong with a report and return the flag's object id.

    Everybody may who can see the report. Raises NoSuchRecord for others, Unfit for a reason that
    is none, and NotPermitted for a token that is not for it.
    """
    _require_scope(actor)
    if code not in flag_rules.CODES:
        raise Unfit("code", "is not a reason")
    if reports.get(number, viewer=actor) is None:
        raise NoSuchRecord(f"report {number}")
    with writing(actor, "flag.raise") as writer:
        key = writer.create(
            "flag",
            {
                "object_id": ids.new_object_id(),
                "report_number": number,
                "code": code,
                "words": text.without_hidden(words).strip()[: flag_rules.LONGEST_WORDS],
                "raised_by": actor.account_id,
                "raised_at": clock.iso(actor.at),
                "resolved_at": None,
                "outcome": "",
            },
        )
        writer.change("report", str(number), is_flagged=True)
    return key


def resolve_flags(number: int, *, outcome: str, actor: Viewer, reason: str = "") -> None:
    """Close all flags of a report, which is not flagged any more.

    Raises NoSuchRecord, Unfit for an outcome that is none, and NotPermitted unless the actor edits
    incidents.
    """
    require(actor, INCIDENT_EDITOR)
    if outcome not in flag_rules.OUTCOMES:
        raise Unfit("outcome", "is not an outcome")
    with writing(actor, "flag.resolve", reason=reason) as writer:
        writer.change("report", str(number), is_flagged=False)
        for flag in flags.open_flags([number]).get(number, ()):
            closed = {"resolved_at": clock.iso(actor.at), "outcome": outcome}
            writer.change("flag", flag.public_id, **closed)


def _require_scope(actor: Viewer) -> None:
    if not actor.may(SUBMIT):
        raise NotPermitted(f"{actor.label} came with a token that is not for submitting")


def _require_ready(problems: Mapping[str, Problem]) -> None:
    if problems:
        raise NotReady(problems)


def _require_open(submission: State) -> None:
    if submission["status"] not in submission_rules.OPEN:
        raise AlreadyDone(f"submission {submission['object_id']} is {submission['status']}")


def _incident_of(writer: Writer, submission: State, report: int, actor: Viewer) -> int:
    number = history.allocate_number("incident")
    payload = submission["payload"]
    roles = {
        role: curation.entities_named(writer, payload[role], actor)
        for role in submission_rules.ENTITY_FIELDS
    }
    editors = [actor.account_id] if actor.account_id else []
    writer.create(
        "incident",
        rules.incident_from(
            submission,
            number=number,
            object_id=ids.new_object_id(),
            entities=roles,
            editors=editors,
            report=report,
            at=actor.at,
        ),
    )
    return number

"""Pure decisions about what people send in: what it says, who may revise it, what it becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from incidentbase.kit import clock, text, urls
from incidentbase.store.accounts.rules import EDIT, INCIDENT_EDITOR, SUBMIT, Viewer
from incidentbase.store.curation.rules import new_incident
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.variants import rules as variant_rules

State = Mapping[str, Any]

# A source without terms of its own is shown whole.
LONGEST_TEXT = 1_000_000
ANONYMOUS = submission_rules.ANONYMOUS

# A submission that an agent drafted over the Model Context Protocol.
MCP = "mcp"

# Why editors refuse; pages say it in words.
REFUSALS = ("off-topic", "no-ai", "duplicate", "spam", "unreadable", "other")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says of a source and its incident: texts as typed, days as YYYY-MM-DD."""

    url: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    date_published: str = ""
    date_downloaded: str = ""
    text: str = ""
    incident_ids: tuple[int, ...] = ()
    incident_date: str = ""
    submitters: tuple[str, ...] = ()
    image_url: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    editor_notes: str = ""
    incident_title: str = ""
    description: str = ""
    deployers: tuple[str, ...] = ()
    developers: tuple[str, ...] = ()
    harmed: tuple[str, ...] = ()
    implicated: tuple[str, ...] = ()


_LISTS = tuple(one.name for one in fields(Draft) if "tuple" in str(one.type))
_TEXTS = tuple(one.name for one in fields(Draft) if one.name not in _LISTS)


def submission_from(draft: Draft, *, object_id: str, actor: Viewer) -> dict[str, Any]:
    """Return the state of a new submission."""
    today = actor.at.date().isoformat()
    blank = {
        "object_id": object_id,
        "cloudinary_id": "",
        "date_submitted": today,
        "status": submission_rules.PENDING,
        "is_quiet": False,
        "submitted_by": actor.account_id,
        "snippet_max_characters": None,
        "payload": {
            "incident_editors": [],
            "machine_similar": [],
            "editor_similar": [],
            "editor_dissimilar": [],
        },
    }
    return {**revised(blank, draft), "date_modified": today}


def revised(state: State, draft: Draft) -> dict[str, Any]:
    """Return a submission with what a draft says."""
    said = {name: text.without_hidden(getattr(draft, name)).strip() for name in _TEXTS}
    said["text"] = text.without_hidden(draft.text.replace("\r\n", "\n"))
    lists = {name: list(dict.fromkeys(map(_shown, getattr(draft, name)))) for name in _LISTS}
    return {
        **state,
        **said,
        "source_domain": urls.source_domain(said["url"]),
        "plain_text": text.markdown_to_plain(said["text"]),
        "payload": {**state["payload"], **lists},
    }


def _shown(entry: str | int) -> str | int:
    return text.without_hidden(entry).strip() if isinstance(entry, str) else entry


def reopened(state: State, *, at: dt.datetime) -> dict[str, Any]:
    """Return a submission that was changed: in the queue again if it had been refused."""
    payload = {name: value for name, value in state["payload"].items() if name != "refusal"}
    is_refused = state["status"] == submission_rules.REJECTED
    return {
        **state,
        "status": submission_rules.PENDING if is_refused else state["status"],
        "date_modified": at.date().isoformat(),
        "payload": payload,
    }


def assigned(state: State, account_id: str, *, is_claimed: bool) -> dict[str, Any]:
    """Return a submission with an editor more or less; with any, it is in review."""
    editors = [one for one in state["payload"]["incident_editors"] if one != account_id]
    if is_claimed:
        editors.append(account_id)
    status = submission_rules.IN_REVIEW if editors else submission_rules.PENDING
    return {**state, "status": status, "payload": {**state["payload"], "incident_editors": editors}}


def refused(state: State, code: str, reason: str) -> dict[str, Any]:
    """Return a submission that was not accepted, with the reason in code and words."""
    refusal = {"code": code, "reason": reason}
    return {
        **state,
        "status": submission_rules.REJECTED,
        "payload": {**state["payload"], "refusal": refusal},
    }


def sender(object_id: str, at: dt.datetime) -> Viewer:
    """Return the actor who proved, by the tracking code, to have sent a submission in."""
    return Viewer(label=f"submission:{object_id}", at=at)


def is_sender(state: State, actor: Viewer) -> bool:
    """Return whether the actor sent a submission in: by account, or by the tracking code."""
    own = bool(actor.account_id) and state["submitted_by"] == actor.account_id
    by_code = actor.label == f"submission:{state['object_id']}"
    return actor.may(SUBMIT) and (own or by_code)


def is_editor(actor: Viewer) -> bool:
    """Return whether the actor edits incidents, and came in a way in which that may be done."""
    return actor.has_role(INCIDENT_EDITOR) and actor.may(EDIT)


def may_revise(state: State, actor: Viewer) -> bool:
    """Return whether the actor sent a submission in, or edits incidents."""
    return is_sender(state, actor) or is_editor(actor)


def may_still_change(state: State, actor: Viewer) -> bool:
    """Return whether it is not too late: a refusal is answered by the sender alone."""
    if state["status"] == submission_rules.REJECTED:
        return is_sender(state, actor)
    return bool(state["status"] != submission_rules.PROMOTED)


def flat(state: State) -> dict[str, Any]:
    """Return a submission with the entries of its payload as fields, so that each is compared."""
    payload = {f"payload.{name}": value for name, value in state["payload"].items()}
    return {**{name: value for name, value in state.items() if name != "payload"}, **payload}


def unflat(state: State) -> dict[str, Any]:
    """Return a submission that `flat` took apart."""
    own = {name: value for name, value in state.items() if not name.startswith("payload.")}
    payload = {
        name.removeprefix("payload."): value
        for name, value in state.items()
        if name.startswith("payload.")
    }
    return {**own, "payload": payload}


def names_in_draft(names: Iterable[str]) -> frozenset[str]:
    """Return what a draft calls the fields of a submission that `flat` took apart."""
    bare = {name.removeprefix("payload.") for name in names}
    return frozenset(bare & {*_LISTS, *_TEXTS})


def report_from(
    submission: State, *, number: int, object_id: str, at: dt.datetime
) -> dict[str, Any]:
    """Return the state of the report that a submission becomes."""
    payload = submission["payload"]
    now = clock.iso(at)
    limit = submission["snippet_max_characters"]
    return {
        "object_id": object_id,
        "report_number": number,
        "title": submission["title"],
        "url": submission["url"],
        "source_domain": submission["source_domain"],
        "text": submission["text"],
        "plain_text": submission["plain_text"],
        "language": submission["language"],
        "image_url": submission["image_url"],
        "cloudinary_id": submission["cloudinary_id"],
        "description": "",
        "editor_notes": submission["editor_notes"],
        "inputs_outputs": [],
        "published_at": _midnight(submission["date_published"]),
        "downloaded_at": _midnight(submission["date_downloaded"]),
        "submitted_at": _midnight(submission["date_submitted"]) or now,
        "modified_at": now,
        "created_at": now,
        "is_flagged": False,
        "is_quiet": submission["is_quiet"],
        "snippet_max_characters": LONGEST_TEXT if limit is None else limit,
        "submitted_by": submission["submitted_by"],
        "authors": list(payload["authors"]),
        "submitters": list(payload["submitters"]) or [ANONYMOUS],
        "tags": list(payload["tags"]),
        "visibility": "public",
        "embargoed_until": None,
    }


def variant_from(
    submission: State, *, number: int, object_id: str, at: dt.datetime
) -> dict[str, Any]:
    """Return the state of the variant that a submission becomes; its review is done."""
    made = report_from(submission, number=number, object_id=object_id, at=at)
    return variant_rules.as_variant(made, status=variant_rules.APPROVED, at=at)


def incident_from(
    submission: State,
    *,
    number: int,
    object_id: str,
    entities: Mapping[str, Sequence[str]],
    editors: Sequence[str],
    report: int,
    at: dt.datetime,
) -> dict[str, Any]:
    """Return the state of the incident that a submission becomes; `entities` holds ids by role."""
    payload = submission["payload"]
    made = new_incident(
        number=number,
        object_id=object_id,
        title=submission["incident_title"] or submission["title"],
        description=submission["description"],
        date=submission["incident_date"],
        at=at,
    )
    return {
        **made,
        **{role: list(names) for role, names in entities.items()},
        "editor_notes": submission["editor_notes"],
        "reports": [report],
        "editors": list(dict.fromkeys([*payload["incident_editors"], *editors])),
        "machine_similar": list(payload["machine_similar"]),
        "editor_similar": list(payload["editor_similar"]),
        "editor_dissimilar": list(payload["editor_dissimilar"]),
    }


def _midnight(day: str) -> str | None:
    try:
        return clock.iso(clock.midnight(dt.date.fromisoformat(day[:10])))
    except ValueError:
        return None

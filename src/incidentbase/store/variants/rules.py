"""Pure decisions about variants: what makes a report one, what is wrong with one, its state.

The limits and what a new one holds are those of the reference (spec aiid-site §3.14,
aiid-interface §1.2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import clock, text
from incidentbase.store.submissions import rules as limits
from incidentbase.store.submissions.rules import Problem

State = Mapping[str, Any]

UNREVIEWED, APPROVED, REJECTED = "unreviewed", "approved", "rejected"
# In the order in which pages show them.
STATUSES = (APPROVED, UNREVIEWED, REJECTED)
TAG = "variant:"
LANGUAGE = "en"

EXCHANGE = (5, 50_000)
MOST_EXCHANGES = 50
_WHOLE_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """What somebody tells of a further occurrence; the day as YYYY-MM-DD.

    `exchanges` are what went in and what came out, in turns.
    """

    text: str = ""
    date: str = ""
    submitters: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()


def cleaned(draft: VariantDraft) -> VariantDraft:
    """Return a draft without what cannot be seen and without empty exchanges at its end."""
    exchanges = [_block(one) for one in draft.exchanges]
    while exchanges and not exchanges[-1]:
        exchanges.pop()
    names = (" ".join(text.without_hidden(one).split()) for one in draft.submitters)
    return VariantDraft(
        text=_block(draft.text),
        date=draft.date.strip(),
        submitters=tuple(dict.fromkeys(name for name in names if name)),
        exchanges=tuple(exchanges),
    )


def problems(draft: VariantDraft, *, today: dt.date) -> dict[str, Problem]:
    """Return what is wrong with a cleaned draft, by field; an exchange is `exchange-1` and so on.

    The description may be left out where an exchange tells enough.
    """
    is_told = bool(draft.exchanges) and len(draft.exchanges[0]) >= EXCHANGE[0]
    found = {
        "text": limits.length(draft.text, limits.TEXT, is_needed=not is_told),
        "date": limits.day(draft.date, today, is_needed=False),
        "submitters": limits.names_together(draft.submitters, is_needed=False),
        **{
            exchange_name(place): limits.length(one, EXCHANGE, is_needed=True)
            for place, one in enumerate(draft.exchanges)
        },
    }
    if len(draft.exchanges) > MOST_EXCHANGES:
        found["exchanges"] = Problem(limits.TOO_LONG, MOST_EXCHANGES)
    return {name: problem for name, problem in found.items() if problem is not None}


def exchange_name(place: int) -> str:
    """Return the field of the exchange at a place counted from 0."""
    return f"exchange-{place + 1}"


def variant_from(
    draft: VariantDraft, *, number: int, object_id: str, submitted_by: str, at: dt.datetime
) -> dict[str, Any]:
    """Return the state of the unreviewed variant that a cleaned draft becomes."""
    now = clock.iso(at)
    happened = clock.midnight(dt.date.fromisoformat(draft.date)) if draft.date else at
    told = {
        "object_id": object_id,
        "report_number": number,
        "text": draft.text,
        "language": LANGUAGE,
        "description": "",
        "editor_notes": "",
        "inputs_outputs": list(draft.exchanges),
        "published_at": clock.iso(happened),
        "downloaded_at": now,
        "submitted_at": now,
        "modified_at": now,
        "created_at": now,
        "is_flagged": False,
        "is_quiet": False,
        "snippet_max_characters": _WHOLE_TEXT,
        "submitted_by": submitted_by,
        "submitters": list(draft.submitters),
        "tags": [],
        "visibility": "public",
        "embargoed_until": None,
    }
    return as_variant(told, status=UNREVIEWED, at=at)


def as_variant(report: State, *, status: str, at: dt.datetime) -> dict[str, Any]:
    """Return a report as a variant: what happened, without a source. Every variant is made here.

    It is one because it has no title, address and source.
    """
    now = clock.iso(at)
    sourced = ("title", "url", "source_domain", "image_url", "cloudinary_id", "plain_text")
    return {
        **report,
        **dict.fromkeys(sourced, ""),
        "authors": [],
        "submitters": list(report["submitters"]) or [limits.ANONYMOUS],
        "tags": with_status(report["tags"], status),
        "published_at": report["published_at"] or now,
        "downloaded_at": report["downloaded_at"] or now,
    }


def with_status(tags: Iterable[str], status: str) -> list[str]:
    """Return tags with this status and no other."""
    return [*(one for one in tags if not one.startswith(TAG)), TAG + status]


def status_of(tags: Sequence[str]) -> str:
    """Return how far a variant's review has come; without a tag that says so, nowhere."""
    if TAG + APPROVED in tags:
        return APPROVED
    return REJECTED if TAG + REJECTED in tags else UNREVIEWED


def _block(typed: str) -> str:
    return text.without_hidden(typed.replace("\r\n", "\n")).strip()

"""Tells followers of checklists of new precedents, by mail.

It follows the history. What a follower knows is remembered after each mail, so nothing is told
twice unless the process dies between the two, and nothing is lost.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error as DatabaseError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from incidentbase.serve.http import sealing
from incidentbase.store.assessing import queries
from incidentbase.store.assessing.queries import News
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.subscriptions import actions as subscriptions
from incidentbase.store.taxonomies import queries as taxonomies

logger = logging.getLogger(__name__)

FOLLOWER = "mail:checklists"
CHANGES_AT_ONCE = 20_000
# What can make an incident a precedent.
KINDS = frozenset({"incident", "incident_duplicate", "classification", "taxonomy", "checklist"})
MOST_LISTED = 20
PAUSE_AFTER_TROUBLE = dt.timedelta(minutes=1)
# Where nobody said what the site is called on the web, it is on this machine.
_LOCAL = "http://localhost:8000"


class Teller:
    """Looks for news whenever the history has any; after trouble it rests for a while."""

    def __init__(self) -> None:
        self._not_before: dt.datetime | None = None

    def tend(self, *, at: dt.datetime) -> int:
        """Tell what is new and return how many mails went out; trouble is logged, not raised."""
        if self._not_before is not None and at < self._not_before:
            return 0
        self._not_before = None
        try:
            return catch_up(at=at)
        except (DatabaseError, OSError):
            logger.exception("Followers of checklists could not be told.")
            self._not_before = at + PAUSE_AFTER_TROUBLE
            return 0


def catch_up(*, at: dt.datetime) -> int:
    """Tell followers what changed up to now and return how many mails went out.

    Raises OSError when the mail server takes none; what was told until then is remembered.
    """
    start = history.cursor(FOLLOWER)
    is_due = _released(start.moved_at, at)
    seq = start.seq
    while changes := history.since(seq, limit=CHANGES_AT_ONCE):
        is_due = is_due or any(change.kind in KINDS for change in changes)
        seq = changes[-1].seq
    sent = _tell_all(at) if is_due else 0
    if is_due or seq != start.seq:
        history_actions.move_cursor(FOLLOWER, seq=seq, at=at)
    return sent


def _released(since: dt.datetime | None, at: dt.datetime) -> bool:
    """Return whether an embargo ended meanwhile: that changes nothing in the history."""
    if since is None or since >= at:
        return False
    return bool(incidents.released(since, at)[0] or taxonomies.incidents_of_released(since, at))


def _tell_all(at: dt.datetime) -> int:
    sent = 0
    for one in queries.news(at=at):
        if one.fresh:
            _message(one).send()
            sent += 1
        subscriptions.note_known(one.subscription_id, known=one.known, basis=one.basis)
    return sent


def _message(one: News) -> EmailMessage:
    base = settings.SITE_URL or _LOCAL
    with translation.override(one.language or settings.LANGUAGE_CODE):
        name = " ".join(one.name.split())
        code = sealing.code_for(sealing.UNFOLLOW, one.subscription_id)
        ending = base + reverse("checklist-unfollow", args=[code])
        number = len(one.fresh)
        subject = ngettext(
            "%(number)s new precedent for “%(name)s”",
            "%(number)s new precedents for “%(name)s”",
            number,
        ) % {"number": number, "name": name}
        context = {
            "site_name": settings.SITE_NAME,
            "name": name,
            "url": base + reverse("checklist", args=[one.checklist_id]),
            "listed": [
                {
                    "number": each.number,
                    "title": " ".join(each.title.split()),
                    "url": base + reverse("incident", args=[each.number]),
                }
                for each in one.fresh[:MOST_LISTED]
            ],
            "more": max(number - MOST_LISTED, 0),
            "ending": ending,
        }
        body = render_to_string("pages/checklists/mail.txt", context)
    return EmailMessage(
        subject=f"[{settings.SITE_NAME}] {subject}",
        body=body,
        to=[one.address],
        headers={
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{ending}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )

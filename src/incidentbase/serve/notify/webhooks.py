"""Follows the history and notes, for each webhook, the events that it is to be told of.

An event is what a visitor may know, as `/api/v1/changes` says it. What is noted and how far the
history was read are written together, so nothing is lost and nothing is noted twice. Sending is
another matter (`delivering`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings
from django.db import Error as DatabaseError

from incidentbase.store.accounts.rules import Viewer, anonymous
from incidentbase.store.history import queries as history
from incidentbase.store.history.queries import Place
from incidentbase.store.records import since
from incidentbase.store.webhooks import actions, queries, rules
from incidentbase.store.webhooks.models import Webhook
from incidentbase.store.webhooks.rules import Event

logger = logging.getLogger(__name__)

FOLLOWER = "webhooks"
# So few that the worker is soon back at the index, also when each record must be read.
AT_ONCE = 100
# Embargoes end without a change; so often that is looked after.
LOOK_EVERY = dt.timedelta(seconds=10)
PAUSE_AFTER_TROUBLE = dt.timedelta(minutes=1)
# Where nobody said what the site is called on the web, it is on this machine.
_LOCAL = "http://localhost:8000"


class Telling(Protocol):
    """What says what is told of a record; the API does, with which this package has no tie."""

    def told(self, kind: str, key: str, *, is_gone: bool, at: dt.datetime, base: str) -> Any:
        """Return what is told of a record, without the record itself."""

    def record(self, kind: str, key: str, *, viewer: Viewer, base: str) -> Any:
        """Return a record, None if the viewer may not see it."""


def base_url() -> str:
    """Return the address of this site without a slash at the end."""
    return settings.SITE_URL or _LOCAL


class Announcer:
    """Notes what webhooks are to be told, some at a time; after trouble it rests for a while."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._not_before: dt.datetime | None = None

    def tend(self, *, at: dt.datetime) -> int:
        """Note some of what is new and return how much; trouble is logged, not raised.

        After an import there is much: whoever calls has other things to do in between.
        """
        if self._not_before is not None and at < self._not_before:
            return 0
        self._not_before = None
        try:
            return _step(self._telling, at)[0]
        except (DatabaseError, OSError):
            logger.exception("What webhooks are to be told could not be noted.")
            self._not_before = at + PAUSE_AFTER_TROUBLE
            return 0


def catch_up(telling: Telling, *, at: dt.datetime) -> int:
    """Note for webhooks what happened up to now and return how many deliveries that makes.

    Before there was a webhook nothing is noted, so that the first hears of what comes after it.
    """
    noted, has_more = 0, True
    while has_more:
        more, has_more = _step(telling, at)
        noted += more
    return noted


def _step(telling: Telling, at: dt.datetime) -> tuple[int, bool]:
    """Note some of what happened; return how many deliveries that makes, and whether to go on."""
    start, head = history.cursor(FOLLOWER), history.head_seq()
    is_recent = start.moved_at is not None and at < start.moved_at + LOOK_EVERY
    if start.seq == head and is_recent:
        return 0, False
    active = queries.active()
    if start.moved_at is None or not active:
        actions.enqueue(FOLLOWER, (), start=start, seq=head, moved_at=at, at=at)
        return 0, False
    # What is committed while this reads has a higher number, and is read the next time.
    place = since.Place(start.seq, start.moved_at)
    found = since.since(place, limit=AT_ONCE, viewer=anonymous(at))
    seq, moved_at = max(found.place.seq, head), at
    if found.has_more:
        seq, moved_at = found.place.seq, found.place.at or at
    events = [*map(_event, found.told), *_received(start, seq)]
    chosen = list(_chosen(active, events, telling, at))
    noted = actions.enqueue(FOLLOWER, chosen, start=start, seq=seq, moved_at=moved_at, at=at)
    return noted, found.has_more


def _event(one: since.Told) -> Event:
    what = rules.PUBLISHED if one.is_new else rules.CHANGED
    what = rules.WITHDRAWN if one.is_gone else what
    return Event(f"{one.kind}.{what}", one.kind, one.key, one.at)


def _received(start: Place, seq: int) -> Iterator[Event]:
    """Yield what was sent in, which `since` does not tell; what was imported is nothing new."""
    found = history.made(rules.SUBMISSION, "submission.submit", after=start.seq, up_to=seq)
    for change in found:
        yield Event(f"{rules.SUBMISSION}.{rules.RECEIVED}", change.kind, change.key, change.at)


def _chosen(
    active: Sequence[Webhook], events: Sequence[Event], telling: Telling, at: dt.datetime
) -> Iterator[tuple[Webhook, Event]]:
    read: dict[tuple[str, str], Mapping[str, Any] | None] = {}
    viewer = anonymous(at)
    for event in events:
        for webhook in active:
            if event.type not in webhook.events:
                continue
            if webhook.subject:
                place = (event.kind, event.key)
                if place not in read:
                    read[place] = telling.record(*place, viewer=viewer, base=base_url())
                event = Event(event.type, *place, event.at, read[place])  # noqa: PLW2901
                if not _concerns(webhook, event):
                    continue
            yield webhook, event


def _concerns(webhook: Webhook, event: Event) -> bool:
    if rules.is_of(event, webhook.subject, webhook.key):
        return True
    # Of what is gone it cannot be said any more where it belonged.
    return event.record is None and queries.told_before(webhook, kind=event.kind, key=event.key)

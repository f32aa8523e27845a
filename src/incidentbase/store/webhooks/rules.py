"""Pure decisions about webhooks: events, signatures, when to try again, when to give up."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_WEBHOOKS = 5
LONGEST_URL = 2_000
LONGEST_ANSWER = 500

PING = "ping"
SUBMISSION = "submission"
PUBLISHED, CHANGED, WITHDRAWN, RECEIVED = "published", "changed", "withdrawn", "received"
EVENTS = (
    "incident.published",
    "incident.changed",
    "incident.withdrawn",
    "report.published",
    "report.changed",
    "report.withdrawn",
    "classification.published",
    "classification.changed",
    "classification.withdrawn",
    "entity.published",
    "entity.changed",
    "taxonomy.published",
    "taxonomy.changed",
    "submission.received",
)
INCIDENT, ENTITY = "incident", "entity"
SUBJECTS = (INCIDENT, ENTITY)

WAITING, DELIVERED, FAILED, DROPPED = "waiting", "delivered", "failed", "dropped"
STATES = (WAITING, DELIVERED, FAILED, DROPPED)

# Why there was no answer, where the address itself is one that must not be reached.
REFUSED = "refused"

# How long after each try the next one comes; about a day in all.
_DELAYS = tuple(
    dt.timedelta(seconds=seconds) for seconds in (10, 120, 900, 3_600, 10_800, 28_800, 43_200)
)
MOST_TRIES = len(_DELAYS) + 1
# So much of a delay is left to chance, that not all come back at once.
_JITTER = 0.4
# After a failure nothing else is sent there for as long at most.
_LONGEST_REST = dt.timedelta(minutes=5)
STOPPED_AFTER = dt.timedelta(days=3)
# A server that answers so wants no more of it.
GONE = 410
# How long a secret counts after a new one was made.
BOTH_SECRETS_FOR = dt.timedelta(days=1)
# Who claims a delivery has so long to send it, before somebody else may.
CLAIMED_FOR = dt.timedelta(minutes=2)

SECRET_PREFIX = "whsec_"  # noqa: S105 (the part that is the same in all)


class TooManyWebhooks(Exception):
    """The account has as many webhooks as one may have."""


class NoSuchWebhook(Exception):
    """There is no such webhook, or it is somebody else's."""


class NotReachable(Exception):
    """The account has no address to which a mail could be sent."""


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """What an account says of a webhook; `subject` and `key` narrow it to one record."""

    url: str
    events: tuple[str, ...]
    subject: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that webhooks may be told of, as everybody may know of it."""

    type: str
    kind: str
    key: str
    at: dt.datetime
    # What of the record is told, None when it is gone from view.
    record: Mapping[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one try: the status, or why there was none, and the beginning of the answer."""

    status: int = 0
    trouble: str = ""
    answer: str = ""
    took_ms: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the server took it."""
        return 200 <= self.status < 300


def is_of(event: Event, subject: str, key: str) -> bool:
    """Return whether an event is about one incident or entity, or what belongs to it."""
    if not subject or (event.kind, event.key) == (subject, key):
        return True
    record = event.record or {}
    if subject == INCIDENT:
        numbers = [*record.get("incident_ids", ()), record.get("incident_id")]
        return event.kind != INCIDENT and key in {str(number) for number in numbers}
    roles = record.get("entities", {})
    return any(one["entity_id"] == key for named in roles.values() for one in named)


def delay_after(tries: int, *, chance: float) -> dt.timedelta | None:
    """Return how long to wait after so many tries, None to give up; `chance` is from 0 to 1."""
    if tries >= MOST_TRIES:
        return None
    return _DELAYS[tries - 1] * (1 - _JITTER / 2 + _JITTER * chance)


def rest_after(delay: dt.timedelta | None) -> dt.timedelta:
    """Return how long a webhook rests after a failure, given when that delivery is tried again."""
    return min(delay or _LONGEST_REST, _LONGEST_REST)


def must_stop(result: Result, *, failing_since: dt.datetime, at: dt.datetime) -> bool:
    """Return whether a webhook is to be switched off after a failure."""
    return result.status == GONE or at - failing_since >= STOPPED_AFTER


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message by the Standard Webhooks specification, version 1."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    sealed = hmac.new(key, content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(sealed).decode()


def secret_of(key: bytes) -> str:
    """Return a key as people copy it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()

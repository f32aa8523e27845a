"""Sends to webhooks what was noted for them: signed, guarded, again after a failure.

It follows the Standard Webhooks specification. What is sent is made at each try and holds only
what a visitor may see at that moment. One webhook that is slow or fails keeps no other waiting.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error as DatabaseError
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from incidentbase.kit import clock, fetch
from incidentbase.serve.http import sealing
from incidentbase.serve.notify.webhooks import Telling, base_url
from incidentbase.store.accounts.rules import anonymous
from incidentbase.store.webhooks import actions, queries, rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery
from incidentbase.store.webhooks.rules import Result

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
LARGEST_ANSWER = 4_096
AT_ONCE = 4
MOST_WAITING = 16
EACH = 20
CLEAN_EVERY = dt.timedelta(hours=1)
PAUSE_AFTER_TROUBLE = dt.timedelta(minutes=1)


class Sender:
    """Sends in threads beside the worker, so that slow receivers delay nothing else."""

    def __init__(self, telling: Telling, *, keep_days: int) -> None:
        self._telling = telling
        self._keep = dt.timedelta(days=keep_days)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")
        self._running: dict[str, Future[int]] = {}
        self._clean_at: dt.datetime | None = None
        self._not_before: dt.datetime | None = None

    def __enter__(self) -> Self:
        """Start with nothing to do."""
        return self

    def __exit__(self, *_reason: object) -> None:
        """Wait for what is being sent; the rest is sent by who comes next."""
        self._threads.shutdown(cancel_futures=True)

    def tend(self, *, at: dt.datetime) -> None:
        """Send what is due, and forget what is old; trouble is logged, not raised."""
        if self._not_before is not None and at < self._not_before:
            return
        self._not_before = None
        try:
            self._hand_out(at)
            tell_owners()
            if self._clean_at is None or at >= self._clean_at:
                self._clean_at = at + CLEAN_EVERY
                actions.forget_deliveries(before=at - self._keep)
        except (DatabaseError, OSError):
            logger.exception("Webhooks could not be looked after.")
            self._not_before = at + PAUSE_AFTER_TROUBLE

    def _hand_out(self, at: dt.datetime) -> None:
        for key in [key for key, one in self._running.items() if one.done()]:
            if error := self._running.pop(key).exception():
                logger.error("A webhook could not be served.", exc_info=error)
        free = MOST_WAITING - len(self._running)
        for public_id in queries.due(at=at, limit=free, without=self._running) if free else ():
            self._running[public_id] = self._threads.submit(self._send, public_id)

    def _send(self, public_id: str) -> int:
        try:
            return send_due_of(public_id, self._telling)
        finally:
            # Each thread has a connection of its own.
            connection.close()


def send_due(telling: Telling, *, at: dt.datetime) -> int:
    """Send all that is due now, one after the other, and return how much arrived."""
    return sum(send_due_of(one, telling) for one in queries.due(at=at, limit=1_000))


def send_due_of(public_id: str, telling: Telling) -> int:
    """Send to a webhook what is due, up to the first failure, and return how much arrived."""
    arrived = 0
    for row in queries.due_of(public_id, at=clock.now(), limit=EACH):
        if not actions.claim(row.message_id, at=clock.now()):
            continue
        body = body_of(row, telling, at=clock.now())
        if body is None:
            actions.drop(row.message_id)
            continue
        result = _sent(row, body, at=clock.now())
        at, chance = clock.now(), random.random()  # noqa: S311 (spreads load, keeps no secret)
        if not actions.note_result(row.message_id, result, at=at, chance=chance):
            break
        arrived += 1
    return arrived


def body_of(row: WebhookDelivery, telling: Telling, *, at: dt.datetime) -> bytes | None:
    """Return what is sent, None if a visitor may not see any more what it would tell of."""
    data: dict[str, Any] = {}
    if row.type != rules.PING:
        is_gone = row.type.endswith(f".{rules.WITHDRAWN}")
        place, base = (row.kind, row.key), base_url()
        record = telling.record(*place, viewer=anonymous(at), base=base)
        if (record is None) != is_gone:
            return None
        data = telling.told(*place, is_gone=is_gone, at=row.happened_at, base=base)
        data["record"] = record
    shape = {"type": row.type, "timestamp": clock.iso(row.happened_at), "data": data}
    return json.dumps(shape, ensure_ascii=False).encode(errors="replace")


def headers_of(row: WebhookDelivery, body: bytes, *, at: dt.datetime) -> dict[str, str]:
    """Return the headers that sign a message; after a change of secrets both sign for a while."""
    webhook = row.webhook
    numbers = [webhook.secrets]
    if webhook.rotated_at is not None and at < webhook.rotated_at + rules.BOTH_SECRETS_FOR:
        numbers.append(webhook.secrets - 1)
    timestamp = int(at.timestamp())
    signatures = [
        rules.signature(
            sealing.webhook_secret(webhook.public_id, number),
            message_id=row.message_id,
            timestamp=timestamp,
            body=body,
        )
        for number in numbers
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _sent(row: WebhookDelivery, body: bytes, *, at: dt.datetime) -> Result:
    began = time.monotonic()
    status, trouble, beginning = 0, "", b""
    try:
        answer = fetch.post(
            row.webhook.url,
            body,
            headers=headers_of(row, body, at=at),
            allow=settings.FETCH_ALLOW,
            max_bytes=LARGEST_ANSWER,
            timeout=TIMEOUT,
            resolver=socket.getaddrinfo,
        )
        status, beginning = answer.status, answer.beginning
    except fetch.FetchRefused:
        trouble = rules.REFUSED
    except fetch.FetchFailed as error:
        trouble = str(error.trouble)
    took = int((time.monotonic() - began) * 1000)
    text = beginning.decode(errors="replace")
    readable = "".join(sign if sign.isprintable() else " " for sign in text)
    return Result(status, trouble, readable.strip(), max(took, 0))


def tell_owners() -> int:
    """Write to the owners of webhooks that were switched off; return how many mails went out."""
    found = queries.untold_stops()
    for webhook in found:
        _message(webhook).send()
        actions.note_told(webhook.public_id)
    return len(found)


def _message(webhook: Webhook) -> EmailMessage:
    host = urlsplit(webhook.url).hostname or ""
    with translation.override(settings.LANGUAGE_CODE):
        page = base_url() + reverse("account-webhook", args=[webhook.public_id])
        context = {"host": host, "url": page}
        subject = _("The webhook to {host} was switched off").format(host=host)
        body = render_to_string("pages/webhooks/mail.txt", context)
    return EmailMessage(
        subject=f"[{settings.SITE_NAME}] {subject}",
        body=body,
        to=[webhook.account.email or ""],
        headers={"Auto-Submitted": "auto-generated"},
    )

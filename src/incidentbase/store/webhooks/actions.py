"""Writes to webhooks and to their deliveries.

What accounts do stands in the history; deliveries change no record, so no history tells of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import FULL, NotPermitted, Viewer, require_self
from incidentbase.store.history import actions as history
from incidentbase.store.history.queries import Place
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery
from incidentbase.store.webhooks.rules import Event, Result, WebhookDraft


def create_webhook(draft: WebhookDraft, *, actor: Viewer) -> str:
    """Make a webhook of the actor's account and return its id.

    Raises NotPermitted for who is not at the site, NotReachable for an account without an
    address, TooManyWebhooks.
    """
    require_self(actor, actor.account_id)
    with history.recording(actor, "webhook.create", at=actor.at) as recorder:
        account = Account.objects.select_for_update().get(public_id=actor.account_id)
        if not (account.is_active and account.email):
            raise rules.NotReachable(account.public_id)
        if account.webhooks.count() >= rules.MOST_WEBHOOKS:
            raise rules.TooManyWebhooks(account.public_id)
        row = Webhook(account=account, created_at=actor.at)
        _fill(row, draft)
        row.save()
        recorder.created("webhook", row.public_id, row.state())
    return row.public_id


def edit_webhook(public_id: str, draft: WebhookDraft, *, actor: Viewer) -> None:
    """Change what a webhook of the actor's is for. Raises NotPermitted, NoSuchWebhook."""
    with history.recording(actor, "webhook.edit", at=actor.at) as recorder:
        row = _own(public_id, actor)
        before = row.state()
        _fill(row, draft)
        row.save()
        recorder.changed("webhook", public_id, before, row.state())


def rotate_secret(public_id: str, *, actor: Viewer) -> int:
    """Let a webhook have a new secret, and return which one it is; the one before counts a while.

    Raises NotPermitted, NoSuchWebhook.
    """
    with history.recording(actor, "webhook.rotate", at=actor.at) as recorder:
        row = _own(public_id, actor)
        before = row.state()
        row.secrets += 1
        row.rotated_at = actor.at
        row.save(update_fields=["secrets", "rotated_at"])
        recorder.changed("webhook", public_id, before, row.state())
    return row.secrets


def pause_webhook(public_id: str, *, actor: Viewer) -> None:
    """Send nothing more to a webhook for now; admins may do so with any.

    Raises NotPermitted, NoSuchWebhook.
    """
    with history.recording(actor, "webhook.pause", at=actor.at) as recorder:
        row = _governed(public_id, actor)
        before = row.state()
        row.is_paused = True
        row.save(update_fields=["is_paused"])
        recorder.changed("webhook", public_id, before, row.state())


def resume_webhook(public_id: str, *, actor: Viewer) -> None:
    """Send to a webhook again that was paused or switched off; what waits is sent first.

    Raises NotPermitted, NoSuchWebhook.
    """
    with history.recording(actor, "webhook.resume", at=actor.at) as recorder:
        row = _own(public_id, actor)
        before = row.state()
        row.is_paused = row.is_told = False
        row.failing_since = row.rests_until = row.stopped_at = None
        row.save()
        recorder.changed("webhook", public_id, before, row.state())


def delete_webhook(public_id: str, *, actor: Viewer) -> None:
    """Remove a webhook with its deliveries; admins may do so with any.

    Raises NotPermitted, NoSuchWebhook.
    """
    with history.recording(actor, "webhook.delete", at=actor.at) as recorder:
        row = _governed(public_id, actor)
        recorder.deleted("webhook", public_id, row.state())
        row.delete()


def send_ping(public_id: str, *, actor: Viewer) -> bool:
    """Let a webhook of the actor's be sent a test event; return False if one waits already.

    Raises NotPermitted, NoSuchWebhook.
    """
    with transaction.atomic():
        row = _own(public_id, actor)
        if row.deliveries.filter(type=rules.PING, state=rules.WAITING).exists():
            return False
        WebhookDelivery.objects.create(
            webhook=row,
            type=rules.PING,
            happened_at=actor.at,
            due_at=actor.at,
            created_at=actor.at,
        )
    return True


def deliver_again(public_id: str, message_id: str, *, actor: Viewer) -> bool:
    """Let something be sent again to a webhook of the actor's; return False if it waits anyway.

    Raises NotPermitted, NoSuchWebhook.
    """
    with transaction.atomic():
        row = _own(public_id, actor)
        done = row.deliveries.filter(message_id=message_id).exclude(state=rules.WAITING)
        return done.update(state=rules.WAITING, tries=0, due_at=actor.at) > 0


def enqueue(
    follower: str,
    found: Iterable[tuple[Webhook, Event]],
    *,
    start: Place,
    seq: int,
    moved_at: dt.datetime,
    at: dt.datetime,
) -> int:
    """Note what is to be sent and move the follower on, both or neither; return how many.

    Where another worker has moved the follower meanwhile, it has noted the same: nothing is done.
    """
    with transaction.atomic():
        if not history.advance_cursor(follower, start=start, seq=seq, at=moved_at):
            return 0
        rows = [
            WebhookDelivery(
                webhook=webhook,
                type=event.type,
                kind=event.kind,
                key=event.key,
                happened_at=event.at,
                due_at=at,
                created_at=at,
            )
            for webhook, event in found
        ]
        WebhookDelivery.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def claim(message_id: str, *, at: dt.datetime) -> bool:
    """Take something that is due upon oneself; return False if somebody else has, or it is done."""
    rows = WebhookDelivery.objects.filter(
        message_id=message_id, state=rules.WAITING, due_at__lte=at
    )
    return rows.update(due_at=at + rules.CLAIMED_FOR) > 0


def drop(message_id: str) -> None:
    """Note that something is not sent, as what it tells of is not public any more."""
    WebhookDelivery.objects.filter(message_id=message_id).update(state=rules.DROPPED)


def note_result(message_id: str, result: Result, *, at: dt.datetime, chance: float) -> bool:
    """Note what came of a try, and when the next one comes; return whether all is well."""
    with transaction.atomic():
        row = WebhookDelivery.objects.filter(message_id=message_id).first()
        if row is None:
            # It was deleted while it was sent.
            return False
        webhook = Webhook.objects.select_for_update().get(pk=row.webhook_id)
        row.tries += 1
        row.tried_at = at
        row.status, row.trouble, row.took_ms = result.status, result.trouble, result.took_ms
        row.answer = result.answer[: rules.LONGEST_ANSWER]
        if result.is_good:
            row.state = rules.DELIVERED
            webhook.failing_since = webhook.rests_until = None
        else:
            _put_off(row, webhook, result, at=at, chance=chance)
        row.save()
        webhook.save(update_fields=["failing_since", "rests_until", "stopped_at", "is_told"])
    return result.is_good


def _put_off(
    row: WebhookDelivery, webhook: Webhook, result: Result, *, at: dt.datetime, chance: float
) -> None:
    delay = rules.delay_after(row.tries, chance=chance)
    row.state = rules.FAILED if delay is None else rules.WAITING
    row.due_at = at + (delay or dt.timedelta())
    webhook.failing_since = webhook.failing_since or at
    webhook.rests_until = at + rules.rest_after(delay)
    if rules.must_stop(result, failing_since=webhook.failing_since, at=at):
        webhook.stopped_at, webhook.is_told = at, False
        row.state = rules.FAILED
        webhook.deliveries.filter(state=rules.WAITING).update(state=rules.FAILED)


def note_told(public_id: str) -> None:
    """Remember that an owner knows that a webhook was switched off."""
    Webhook.objects.filter(public_id=public_id).update(is_told=True)


def forget_deliveries(*, before: dt.datetime) -> int:
    """Remove the deliveries made before a moment, and return how many there were."""
    return WebhookDelivery.objects.filter(created_at__lt=before).delete()[0]


def _fill(row: Webhook, draft: WebhookDraft) -> None:
    row.url = draft.url
    row.events = [event for event in rules.EVENTS if event in draft.events]
    row.subject, row.key = draft.subject, draft.key


def _own(public_id: str, actor: Viewer) -> Webhook:
    """Return a webhook of the actor's, which stays as it is until the transaction ends."""
    require_self(actor, actor.account_id)
    return _locked(public_id, account__public_id=actor.account_id)


def _governed(public_id: str, actor: Viewer) -> Webhook:
    """Return a webhook of the actor's, or anybody's for an admin."""
    if actor.is_admin and actor.may(FULL):
        return _locked(public_id)
    if not actor.account_id:
        raise NotPermitted(f"{actor.label} has no account")
    return _own(public_id, actor)


def _locked(public_id: str, **conditions: str) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(public_id=public_id, **conditions).first()
    if row is None:
        raise rules.NoSuchWebhook(public_id)
    return row

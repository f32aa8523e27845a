"""Webhooks: an account's own, with what was sent to each; all of them for admins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.kit import paging
from incidentbase.kit.fetch import Trouble
from incidentbase.serve.http import limits, params, sealing
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import acts, chrome
from incidentbase.serve.web.forms.webhooks import WebhookForm, event_names
from incidentbase.serve.web.pages.accounts import own_page, tabs
from incidentbase.serve.web.pages.admin import admin_page
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.webhooks import actions, queries, rules
from incidentbase.store.webhooks.models import Webhook, WebhookDelivery

PAGE = 25
# With more events than these, only their number is told in a list.
MOST_NAMED = 3
NAME = "account-webhooks"


@own_page
@reauthentication_required(allow_get=True, app="allauth.mfa")
def listing(request: HttpRequest) -> HttpResponse:
    """Show the account's webhooks and make new ones; the secret of a new one is shown once."""
    viewer = viewer_of(request)
    form = WebhookForm(request.POST if request.method == "POST" else None, viewer=viewer)
    made = secret = ""
    if form.is_bound and _is_too_often(request, viewer):
        form = WebhookForm(viewer=viewer)
        messages.error(request, _too_often())
    elif form.is_valid():
        try:
            made = actions.create_webhook(form.draft(), actor=viewer)
        except rules.TooManyWebhooks:
            form.add_error(None, _("You have as many webhooks as one account may have."))
        except rules.NotReachable:
            form.add_error(None, _("Your account has no e-mail address."))
        else:
            secret = sealing.webhook_secret(made, 1)
            form = WebhookForm(viewer=viewer)
    context = {
        "webhooks": [_line(row) for row in queries.of_account(viewer)],
        "most": rules.MOST_WEBHOOKS,
        "form": form,
        "made": made,
        "secret": secret,
        **_frame(_("Webhooks")),
    }
    return render(request, "pages/webhooks/own.html", context)


@own_page
@reauthentication_required(allow_get=True, app="allauth.mfa")
def page(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """Show one webhook with what was sent to it, and change it."""
    viewer = viewer_of(request)
    row = queries.get(viewer, webhook_id)
    if row is None:
        raise Http404
    wanted = request.POST.get("do", "") if request.method == "POST" else ""
    form = WebhookForm.of(row, viewer=viewer, data=request.POST if wanted == "save" else None)
    secret = ""
    try:
        if wanted == "rotate":
            number = actions.rotate_secret(webhook_id, actor=viewer)
            secret = sealing.webhook_secret(webhook_id, number)
            row = queries.get(viewer, webhook_id) or row
        elif wanted == "save":
            if form.is_valid():
                actions.edit_webhook(webhook_id, form.draft(), actor=viewer)
                messages.success(request, _("The webhook has been saved."))
                return _back(webhook_id)
        elif wanted:
            return _done(request, wanted, row, viewer)
    except (NotPermitted, rules.NoSuchWebhook):
        raise Http404 from None
    context = {
        "webhook": row,
        "line": _line(row),
        "is_own": row.account.public_id == viewer.account_id,
        "form": form,
        "secret": secret,
        **_deliveries(request, row),
        **_frame(_("Webhook")),
    }
    return render(request, "pages/webhooks/one.html", context)


@admin_page
def everybodys(request: HttpRequest) -> HttpResponse:
    """Show all webhooks, the newest first."""
    rows = queries.listing(viewer_of(request))
    place = paging.paginate(total=rows.count(), page=params.page_number(request), size=PAGE)
    context = {
        "webhooks": [
            {**_line(row), "owner": row.account.email} for row in rows[place.start : place.stop]
        ],
        "place": place,
        **_steps(request, place),
        "meta": chrome.Meta(title=_("Webhooks"), robots="noindex"),
    }
    return render(request, "pages/webhooks/all.html", context)


def _done(request: HttpRequest, wanted: str, row: Webhook, viewer: Viewer) -> HttpResponse:
    """Do what a button says, and lead on. Raises NotPermitted, NoSuchWebhook."""
    key = row.public_id
    if wanted == "delete":
        actions.delete_webhook(key, actor=viewer)
        messages.success(request, _("The webhook has been deleted."))
        is_own = row.account.public_id == viewer.account_id
        return HttpResponseRedirect(reverse(NAME if is_own else "admin-webhooks"))
    if wanted not in _BUTTONS:
        raise Http404
    if wanted in ("ping", "again") and _is_too_often(request, viewer):
        messages.error(request, _too_often())
        return _back(key)
    messages.success(request, _BUTTONS[wanted](key, request, viewer))
    return _back(key)


def _is_too_often(request: HttpRequest, viewer: Viewer) -> bool:
    """Return whether the account had too much sent; others' servers are not to be flooded."""
    return limits.use("webhook", request, at=viewer.at, who=viewer.account_id).is_spent


def _too_often() -> str:
    return _("That was too much for one hour. Please try again later.")


def _pause(key: str, _request: HttpRequest, viewer: Viewer) -> str:
    actions.pause_webhook(key, actor=viewer)
    return _("The webhook is paused.")


def _resume(key: str, _request: HttpRequest, viewer: Viewer) -> str:
    actions.resume_webhook(key, actor=viewer)
    return _("The webhook is on again.")


def _ping(key: str, _request: HttpRequest, viewer: Viewer) -> str:
    if actions.send_ping(key, actor=viewer):
        return _("A test event is on its way. Load this page again to see what came of it.")
    return _("A test event waits already.")


def _again(key: str, request: HttpRequest, viewer: Viewer) -> str:
    message_id = request.POST.get("message", "").replace("\0", "")
    if actions.deliver_again(key, message_id, actor=viewer):
        return _("It is sent again.")
    return _("It waits already, or is not kept any more.")


_BUTTONS: dict[str, Callable[[str, HttpRequest, Viewer], str]] = {
    "pause": _pause,
    "resume": _resume,
    "ping": _ping,
    "again": _again,
}


def _back(key: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("account-webhook", args=[key]))


def _line(row: Webhook) -> dict[str, Any]:
    state, kind = pgettext("of a webhook", "On"), "success"
    if row.stopped_at is not None:
        state, kind = _("Switched off"), "warning"
    elif row.is_paused:
        state, kind = pgettext("of a webhook", "Paused"), ""
    elif row.failing_since is not None:
        state, kind = _("Failing"), "warning"
    names = [name for event, name in event_names().items() if event in row.events]
    if len(names) > MOST_NAMED:
        number = len(names)
        names = [ngettext("%(number)s event", "%(number)s events", number) % {"number": number}]
    return {
        "webhook": row,
        "url": reverse("account-webhook", args=[row.public_id]),
        "host": urlsplit(row.url).hostname or row.url,
        "state": state,
        "kind": kind,
        "events": names,
        "subject": acts.record_in_words(row.subject, row.key) if row.subject else "",
        "waiting": getattr(row, "waiting", 0),
    }


def _deliveries(request: HttpRequest, row: Webhook) -> dict[str, Any]:
    rows = queries.deliveries(row)
    place = paging.paginate(total=rows.count(), page=params.page_number(request), size=PAGE)
    return {
        "deliveries": [_delivery(each) for each in rows[place.start : place.stop]],
        "place": place,
        **_steps(request, place),
    }


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    labels = {
        rules.WAITING: (_("Waiting"), ""),
        rules.DELIVERED: (_("Delivered"), "success"),
        rules.FAILED: (_("Given up"), "warning"),
        rules.DROPPED: (_("Not sent: not public any more"), ""),
    }
    label, kind = labels[row.state]
    return {
        "row": row,
        "label": label,
        "kind": kind,
        "trouble": trouble_in_words(row.trouble),
        "may_repeat": row.state != rules.WAITING,
    }


def trouble_in_words(trouble: str) -> str:
    """Return why there was no answer, in the language of the reader."""
    words = {
        rules.REFUSED: _("The address is not one that may be reached"),
        Trouble.UNKNOWN_HOST: _("No server can be found at this address"),
        Trouble.UNREACHABLE: _("The server could not be reached"),
        Trouble.CERTIFICATE: _("The certificate is not valid"),
        Trouble.SLOW: _("The server took too long"),
        Trouble.DAMAGED: _("The answer was damaged"),
    }
    return words.get(trouble, trouble)


def _steps(request: HttpRequest, place: paging.Page) -> dict[str, str]:
    return {
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
    }


def _frame(title: str) -> dict[str, Any]:
    return {"tabs": tabs(NAME), "meta": chrome.Meta(title=title, robots="noindex")}

"""One's own account: names, sessions, tokens, deletion."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from incidentbase.kit import paging
from incidentbase.serve.http import params, tracking
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, roles
from incidentbase.serve.web.pages import submissions as public
from incidentbase.store.accounts import actions, queries, rules
from incidentbase.store.review import queries as reviewed

View = Callable[..., HttpResponse]

PAGE_SIZE = 50
# Days that a token lives; 0 is for ever.
LIFETIMES = (30, 90, 365, 0)


def own_page(view: View) -> View:
    """Make a page open to signed-in people only, and never kept by a browser or on the way."""

    @never_cache
    @login_required
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return shown


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the pages of an account; `current` is the name of the one shown."""
    return [
        {"label": label, "url": reverse(name), "current": name == current}
        for label, name in (
            (_("Account"), "account"),
            (_("Submissions"), "account-submissions"),
            (_("Sign-in and security"), "mfa_index"),
            (_("Sessions"), "account-sessions"),
            (_("API tokens"), "account-tokens"),
            (_("Webhooks"), "account-webhooks"),
        )
    ]


class NamesForm(forms.Form):
    """The names of a person; neither is needed."""

    first_name = forms.CharField(
        label=gettext_lazy("First name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )


@own_page
def page(request: HttpRequest) -> HttpResponse:
    """Show one's own account, and set its names."""
    viewer = viewer_of(request)
    person = queries.own(viewer)
    if person is None:
        raise Http404
    initial = {"first_name": person.first_name, "last_name": person.last_name}
    form = NamesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        actions.rename(viewer.account_id, **form.cleaned_data, actor=viewer)
        messages.success(request, _("Your names have been saved."))
        return HttpResponseRedirect(reverse("account"))
    context = {
        "person": person,
        "roles": [roles.name_of(grant) for grant in person.grants],
        "form": form,
        "is_admin": viewer.is_admin,
        **_frame("account", _("Your account")),
    }
    return render(request, "pages/accounts/account.html", context)


@own_page
def submissions(request: HttpRequest) -> HttpResponse:
    """Show what the account sent in, and what became of it."""
    rows = reviewed.sent_in_by(viewer_of(request))
    place = paging.paginate(total=rows.count(), page=params.page_number(request), size=PAGE_SIZE)
    context = {
        "rows": [
            {
                **public.row_of(row),
                "url": reverse("submission", args=[tracking.code_for(row.public_id)]),
            }
            for row in rows[place.start : place.stop]
        ],
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        **_frame("account-submissions", _("Your submissions")),
    }
    return render(request, "pages/accounts/submissions.html", context)


@own_page
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where the account is signed in."""
    found = queries.sessions_of(viewer_of(request), current_key=request.session.session_key)
    context = {
        "sessions": [{"session": each, "device": device(each.user_agent)} for each in found],
        **_frame("account-sessions", _("Sessions")),
    }
    return render(request, "pages/accounts/sessions.html", context)


@own_page
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign the account out in one place."""
    if actions.end_session(session_id, actor=viewer_of(request)):
        messages.success(request, _("That session has ended."))
    return HttpResponseRedirect(reverse("account-sessions"))


class TokenForm(forms.Form):
    """What a new token is called, what it is for and how long it lives."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What it is for, such as the name of a program."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=gettext_lazy("May"), widget=forms.RadioSelect)
    lifetime = forms.TypedChoiceField(label=gettext_lazy("Expires"), coerce=int, initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = list(roles.scopes().items())  # type: ignore[attr-defined]
        self.fields["scope"].initial = rules.READ
        self.fields["lifetime"].choices = [  # type: ignore[attr-defined]
            (days, _("After {days} days").format(days=days) if days else _("Never"))
            for days in LIFETIMES
        ]


@own_page
@reauthentication_required(allow_get=True, app="allauth.mfa")
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the account's tokens and make new ones; the text of a new one is shown this once."""
    viewer = viewer_of(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        days = form.cleaned_data["lifetime"]
        made = actions.create_token(
            form.cleaned_data["name"],
            form.cleaned_data["scope"],
            expires_at=viewer.at + dt.timedelta(days=days) if days else None,
            actor=viewer,
        )
        form = TokenForm()
    labels = roles.scopes()
    context = {
        "tokens": [
            {
                "token": token,
                "scope": labels[token.scope],
                "has_expired": token.expires_at is not None and token.expires_at <= viewer.at,
            }
            for token in queries.tokens_of(viewer)
        ],
        "form": form,
        "made": made,
        **_frame("account-tokens", _("API tokens")),
    }
    return render(request, "pages/accounts/tokens.html", context)


@own_page
@require_POST
def revoke_token(request: HttpRequest, token_id: str) -> HttpResponse:
    """Remove a token."""
    if actions.revoke_token(token_id, actor=viewer_of(request)):
        messages.success(request, _("The token has been revoked."))
    return HttpResponseRedirect(reverse("account-tokens"))


@own_page
@reauthentication_required(app="allauth.mfa")
def delete(request: HttpRequest) -> HttpResponse:
    """Ask once more, then remove what is personal in the account."""
    viewer = viewer_of(request)
    error = ""
    if request.method == "POST":
        try:
            actions.erase(viewer.account_id, actor=viewer)
        except rules.LastAdmin:
            error = _("You are the only admin. Make somebody else an admin first.")
        else:
            logout(request)
            messages.success(request, _("Your account has been deleted."))
            return HttpResponseRedirect(reverse("landing"))
    context = {"error": error, **_frame("account", _("Delete your account"))}
    status = 409 if error else 200
    return render(request, "pages/accounts/delete.html", context, status=status)


def _frame(name: str, title: str) -> dict[str, Any]:
    return {"tabs": tabs(name), "meta": chrome.Meta(title=title, robots="noindex")}


# The first that fits, as browsers claim to be one another.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone|iPad", "iOS"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux|X11", "Linux"))  # fmt: skip


def device(user_agent: str) -> str:
    """Return browser and system in words, as far as they can be told from what a browser says."""
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if re.search(mark, user_agent)), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown device")

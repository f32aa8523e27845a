"""Signing in as programs of the reference database do: a link by mail, and cookies (spec §7.1).

Sessions and accounts are those of the site itself. Where a request has a token against forgery,
it stands in a cookie with its seal and in the body, as the reference has it.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from incidentbase.kit import clock
from incidentbase.serve.http import cookies, limits
from incidentbase.serve.http.viewing import RENEWED_AT, viewer_of
from incidentbase.serve.web import chrome, entering
from incidentbase.serve.web.adapters import MailNotSent
from incidentbase.store.accounts import actions, queries, rules

PROVIDER = "http-email"
NO_STORE = "no-store, max-age=0"
_TOKEN_LENGTH = 64

View = Callable[..., HttpResponse]


def _unkept(view: View) -> View:
    """Make sure that nobody on the way keeps an answer."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = NO_STORE
        return response

    return answer


@_unkept
@require_safe
def csrf(request: HttpRequest) -> HttpResponse:
    """Give a token against forgery, in the body and sealed in a cookie."""
    token = _token_in_cookie(request)
    is_new = not token
    token = token or secrets.token_hex(_TOKEN_LENGTH // 2)
    response = JsonResponse({"csrfToken": token})
    if is_new:
        response.set_cookie(
            cookies.csrf_name(),
            f"{token}|{_seal(token)}",
            httponly=True,
            samesite="Lax",
            secure=settings.CSRF_COOKIE_SECURE,
        )
    return response


@_unkept
@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Tell that one signs in by mail, and where."""
    site = chrome.site_url(request)
    return JsonResponse(
        {
            PROVIDER: {
                "id": PROVIDER,
                "name": "Email",
                "type": "email",
                "signinUrl": site + reverse("auth-signin-email"),
                "callbackUrl": site + reverse("auth-callback"),
            }
        }
    )


@_unkept
@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Tell who is signed in by this session; nothing of visitors and of tokens."""
    viewer = viewer_of(request)
    person = queries.own(viewer) if viewer.account_id and viewer.may(rules.FULL) else None
    if person is None:
        return JsonResponse({})
    user: dict[str, Any] = {
        "email": person.email,
        "id": person.public_id,
        "roles": rules.role_names(person.grants),
    }
    names = {"first_name": person.first_name, "last_name": person.last_name}
    user |= {name: value for name, value in names.items() if value}
    renewed = dt.datetime.fromtimestamp(request.session[RENEWED_AT], dt.UTC)
    ends = renewed + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    expires = ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return JsonResponse({"user": user, "expires": expires})


@csrf_exempt
@_unkept
@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest) -> HttpResponse:
    """Send a link to an address; the answer is the same whether it has an account or not."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("account_login"))
    given = _given(request)
    if not _is_unforged(request, given):
        return _to(request, "auth-signin", csrf="true")
    email = _address(given.get("email", ""))
    is_within = limits.take("link", request)
    if not email:
        return _to(request, "auth-api-error", error="EmailSignin")
    by_address = limits.use("link_to_address", request, at=clock.now(), who=email)
    if not is_within or by_address.is_spent:
        return _to(request, "auth-api-error", status=429, error="EmailSignin")
    wants_login = (request.GET.get("operation") or given.get("operation")) == "login"
    is_known = queries.id_of_address(email) is not None
    if is_known or not wants_login:
        try:
            _mail_link(request, email, given.get("callbackUrl", ""), is_known=is_known)
        except MailNotSent:
            # The log tells; who may only sign in must not learn from it that there is an account.
            if not wants_login:
                return _to(request, "auth-api-error", error="EmailSignin")
    return _to(request, "auth-verify-request", provider=PROVIDER, type="email")


def _mail_link(request: HttpRequest, email: str, after: str, *, is_known: bool) -> None:
    """Send a link that signs in. Raises MailNotSent."""
    site = chrome.site_url(request)
    parameters = {
        "callbackUrl": site + (entering.path_here(request, after) or "/"),
        "token": actions.keep_link(email, at=clock.now()),
        "email": email,
    }
    target = f"{site}{reverse('auth-callback')}?{urlencode(parameters)}"
    link = f"{site}/magic-link?{urlencode({'link': target})}"
    template = "login_link" if is_known else "signup_link"
    get_adapter().send_mail(f"account/email/{template}", email, {"link": link})


@_unkept
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in by a link, once; the account of a new address is made now.

    A browser that was led here from elsewhere is asked first: otherwise another site could sign
    its readers in to an account of its own, and programs that open mail would use links up.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        query = urlencode({"link": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('magic-link')}?{query}")
    email = _address(request.GET.get("email", ""))
    if (
        request.method != "GET"
        or not email
        or not actions.use_link(request.GET.get("token", ""), email, at=clock.now())
    ):
        return HttpResponseRedirect(f"{reverse('auth-error')}?error=Verification")
    after = entering.path_here(request, request.GET.get("callbackUrl", "")) or "/"
    if queries.id_of_address(email) is None:
        target = chrome.site_url(request) + after
        after = f"{reverse('account')}?{urlencode({'callbackUrl': target})}"
    # Nothing is carried over from whoever was signed in here before.
    logout(request)
    response: HttpResponse = perform_login(request, entering.account_for(email), redirect_url=after)
    return response


@csrf_exempt
@_unkept
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session that the request came with."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("account_logout"))
    given = _given(request)
    if not _is_unforged(request, given):
        return _to(request, "auth-signout", csrf="true")
    logout(request)
    site = chrome.site_url(request)
    after = entering.path_here(request, given.get("callbackUrl", "")) or "/"
    return JsonResponse({"url": site + after})


def lead_to(name: str) -> View:
    """Return a view that leads from an address of the reference to the page of that name."""

    @_unkept
    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(reverse(name) + (f"?{query}" if query else ""))

    return view


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def magic_link(request: HttpRequest) -> HttpResponse:
    """Ask before a link is followed; only the button does, and only within this site."""
    given = request.POST.get("link") or request.GET.get("link") or ""
    target = entering.path_here(request, given)
    if target and request.method == "POST":
        return HttpResponseRedirect(target)
    context = {
        "is_valid": bool(target),
        "link": target,
        "meta": chrome.Meta(title=_("Sign in"), robots="noindex"),
    }
    return render(request, "account/magic_link.html", context, status=200 if target else 400)


@never_cache
@require_safe
def verify_request(request: HttpRequest) -> HttpResponse:
    """Tell that a link was sent."""
    lead = _("If it can be used to sign in, a link was sent to the address. It works for a day.")
    return _notice(request, _("See your mail"), lead)


@never_cache
@require_safe
def error(request: HttpRequest) -> HttpResponse:
    """Tell why signing in did not work."""
    if request.GET.get("error") == "Verification":
        lead = _("This link was used already, or is too old.")
    else:
        lead = _("No link could be sent. See whether the address is right, or try again later.")
    return _notice(request, _("Signing in did not work"), lead)


def _notice(request: HttpRequest, title: str, lead: str) -> HttpResponse:
    context = {"lead": lead, "meta": chrome.Meta(title=title, robots="noindex")}
    return render(request, "account/link_notice.html", context)


def _to(request: HttpRequest, name: str, *, status: int = 200, **parameters: str) -> HttpResponse:
    address = f"{chrome.site_url(request)}{reverse(name)}?{urlencode(parameters)}"
    return JsonResponse({"url": address}, status=status)


def _given(request: HttpRequest) -> dict[str, str]:
    """Return the texts that a form or a JSON body has; nothing of a body that is neither."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in request.POST.items()}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _address(given: str) -> str:
    """Return the address that is meant, empty for what is none."""
    address = rules.address_for_link(given)
    try:
        return str(forms.EmailField(max_length=254).clean(address))
    except forms.ValidationError:
        return ""


def _is_unforged(request: HttpRequest, given: dict[str, str]) -> bool:
    token = _token_in_cookie(request)
    said = given.get("csrfToken", "")
    return bool(token) and constant_time_compare(token, said)


def _token_in_cookie(request: HttpRequest) -> str:
    """Return the token of the cookie that this site sealed, empty without one."""
    token, _mark, seal = request.COOKIES.get(cookies.csrf_name(), "").partition("|")
    return token if token and constant_time_compare(seal, _seal(token)) else ""


def _seal(token: str) -> str:
    return salted_hmac("incidentbase.auth-csrf", token, algorithm="sha256").hexdigest()

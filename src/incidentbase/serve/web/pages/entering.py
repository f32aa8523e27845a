"""Signing in and out: the pages before somebody is known."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_account
from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginByCodeStage
from allauth.account.utils import perform_login
from allauth.mfa.base import views as allauth_mfa
from django.conf import settings
from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic.edit import FormView

from incidentbase.serve.web import chrome, entering
from incidentbase.serve.web.adapters import MailNotSent


class OurPage:
    """Gives a page of allauth our head, and our site instead of its own."""

    title: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the page."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context.pop("site", None)
        return {**context, "meta": chrome.Meta(title=str(self.title), robots="noindex")}


class _Entrance(OurPage):
    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Ask anew: who comes here while a code is on its way has mistyped the address."""

    def get_form_class(self) -> Any:
        """Return the form."""
        return self.form_class  # type: ignore[attr-defined]


class Enter(_Entrance, allauth_account.RequestLoginCodeView):
    """Asks for an address and sends a code to it: sign-in and sign-up alike."""

    title = gettext_lazy("Sign in")
    template_name = "account/login.html"
    form_class = entering.AddressForm

    def get_authenticated_redirect_url(self) -> str:
        """Return where somebody goes who is signed in already."""
        return entering.return_address(self.request) or reverse("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the code and ask for it."""
        email = form.cleaned_data["email"]
        try:
            entering.EmailCode.begin(self.request, email=email, account=form._user)
        except MailNotSent:
            form.add_error(None, _("The message could not be sent. Please try again later."))
            response = self.form_invalid(form)
            response.status_code = 503
            return response
        return HttpResponseRedirect(_confirm_address(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the page."""
        return {
            **super().get_context_data(**kwargs),
            "next": entering.return_address(self.request),
            "passwords": settings.PASSWORDS,
        }


def _confirm_address(request: HttpRequest) -> str:
    target = entering.return_address(request)
    query = f"?{urlencode({'next': target})}" if target else ""
    return reverse("account_confirm_login_code") + query


@method_decorator(
    login_stage_required(stage=LoginByCodeStage.key, redirect_urlname="account_login"),
    name="dispatch",
)
class ConfirmCode(OurPage, allauth_account.ConfirmLoginCodeView):
    """Asks for the code that was sent."""

    title = gettext_lazy("Enter the code")
    template_name = "account/confirm_login_code.html"
    form_class = entering.CodeForm

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Go on with the code on its way; without one, lead back to the beginning."""
        self.stage = request._login_stage  # type: ignore[attr-defined]
        process = entering.EmailCode.resume(self.stage)
        if process is None:
            messages.error(request, _("The code is no longer valid. Please ask for another."))
            return HttpResponseRedirect(reverse("account_login"))
        self._process = process
        return FormView.dispatch(self, request, *args, **kwargs)

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        try:
            self._process.resend()
        except MailNotSent:
            messages.error(
                self.request, _("The message could not be sent. Please try again later.")
            )
        else:
            messages.success(self.request, _("A new code has been sent."))
        return HttpResponseRedirect(_confirm_address(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the page."""
        next_url = entering.return_address(self.request)
        return {**super().get_context_data(**kwargs), "next": next_url}


class EnterByPassword(_Entrance, allauth_account.LoginView):
    """Signs in by address and password, where the operator allows it."""

    title = gettext_lazy("Sign in with a password")
    template_name = "account/password_login.html"
    form_class = entering.PasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as if there were no such page unless passwords are allowed."""
        if not settings.PASSWORDS:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class SecondFactor(OurPage, allauth_mfa.AuthenticateView):
    """Asks for a passkey, or a code of the app or the list, after the first code."""

    title = gettext_lazy("Second factor")


class Inactive(OurPage, allauth_account.AccountInactiveView):
    """Tells that nobody can sign in to the account."""

    title = gettext_lazy("This account is closed")


class Leave(OurPage, allauth_account.LogoutView):
    """Asks once, then signs out."""

    title = gettext_lazy("Sign out")


def sign_up(request: HttpRequest) -> HttpResponse:
    """Lead to the one form for signing in and signing up."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(reverse("account_login") + (f"?{query}" if query else ""))


@never_cache
def by_link(request: HttpRequest, account_id: str, key: str) -> HttpResponse:
    """Sign in with a link; only the button uses it up, as programs that read mail press none."""
    account = entering.account_of_link(account_id, key)
    if account is not None and request.method == "POST":
        return perform_login(request, account, redirect_url=reverse("account"))
    context = {
        "is_valid": account is not None,
        "meta": chrome.Meta(title=_("Sign in"), robots="noindex"),
    }
    return render(request, "account/link.html", context, status=200 if account else 410)

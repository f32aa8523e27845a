"""Signing in by a code: one way for those who have an account and those who will."""

from __future__ import annotations

from typing import Any, Self

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, RequestLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from incidentbase.kit import clock, urls
from incidentbase.serve.web import chrome
from incidentbase.store.accounts import actions, queries
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import normal_address, system

# Names under which addresses to return to are given: ours first, then those of the reference.
RETURN_NAMES = ("next", "redirectTo", "callbackUrl")


def return_address(request: HttpRequest) -> str:
    """Return the path of this site that somebody is to be led to, empty without a safe one."""
    for name in RETURN_NAMES:
        path = path_here(request, request.POST.get(name) or request.GET.get(name) or "")
        if path:
            return path
    return ""


def path_here(request: HttpRequest, address: str) -> str:
    """Return the path of an address of this site, empty for any other."""
    return urls.safe_path(address.removeprefix(chrome.site_url(request)), default="")


class AddressForm(RequestLoginCodeForm):
    """Asks for the address that a code is sent to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(
            label=gettext_lazy("E-mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        )

    def clean_email(self) -> str:
        """Return the address as it is kept. Refuses who asks too often."""
        self.cleaned_data["email"] = normal_address(self.cleaned_data["email"])
        return str(super().clean_email())


class PasswordForm(LoginForm):
    """Asks for address and password."""

    def _setup_password_field(self) -> None:
        """Keep the field, which allauth drops where people sign up without a password."""


class CodeForm(ConfirmLoginCodeForm):
    """Asks for the code that was sent."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )


class EmailCode(LoginCodeVerificationProcess):
    """A code on its way; allauth counts the attempts and watches the time.

    An unknown address gets a code as well, and its account is made when the code comes back: so
    nothing that a visitor can see tells whether an address has an account.
    """

    @classmethod
    def begin(cls, request: HttpRequest, *, email: str, account: Account | None) -> None:
        """Send a code and remember it in the session. Raises MailNotSent."""
        login = Login(user=account, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=account, email=email), initiated_by_user=True)
        process = cls(stage=stage)
        process.send()
        process.persist()

    @classmethod
    def resume(cls, stage: LoginByCodeStage) -> Self | None:
        """Return the code that was sent, None when its time is over."""
        return cls(stage=stage).abort_if_invalid()

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:
        """Send a fresh code, whether the address is known or not."""
        code = self.generate_code()
        template = "login_code" if self.user else "signup_code"
        get_adapter().send_mail(f"account/email/{template}", email, {"code": code})

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """Sign in; make the account first if there is none."""
        if self.user is None:
            self._user = account_for(self.state["email"])
        return super().finish(redirect_url or reverse("account"))


def account_for(email: str) -> AbstractBaseUser | None:
    """Return the account of an address that was just proved; a new one unless it exists by now."""
    try:
        public_id: str | None = actions.register(email, actor=system("sign-up", clock.now()))
    except actions.AddressTaken:
        public_id = queries.id_of_address(email)
    return queries.signing_in(public_id) if public_id else None


class _LoginLinks(PasswordResetTokenGenerator):
    """Makes keys for links that sign in once: signing in changes what the key is made of."""

    key_salt = "incidentbase.login-link"


_links = _LoginLinks()


def login_path(account: Account) -> str:
    """Return the path of a page that signs this account in, once and within a day."""
    return reverse("login-link", args=[account.public_id, _links.make_token(account)])


def account_of_link(public_id: str, key: str) -> Account | None:
    """Return the account that a link is for, None when it was used, is too old or made up."""
    account = queries.signing_in(public_id)
    return account if account is not None and _links.check_token(account, key) else None

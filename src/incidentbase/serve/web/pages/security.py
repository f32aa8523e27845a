"""Passkeys, authenticator app, recovery codes and password of one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from incidentbase.serve.web.pages.accounts import own_page, tabs
from incidentbase.serve.web.pages.entering import OurPage


class _Own(OurPage):
    """A page about one's own account: never kept by a browser or on the way."""

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and forbid keeping the answer."""
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the page."""
        return {**super().get_context_data(**kwargs), "tabs": tabs("mfa_index")}


class Overview(_Own, mfa.IndexView):
    """Shows what is set up."""

    title = gettext_lazy("Sign-in and security")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the page."""
        return {**super().get_context_data(**kwargs), "passwords": settings.PASSWORDS}


class _Add(_Own):
    def form_valid(self, form: Any) -> HttpResponse:
        """Set it up; who has just used it need not confirm anew to see the recovery codes."""
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        record_authentication(request, request.user, method="mfa", reauthenticated=True)
        return response


class AddPasskey(_Add, webauthn.AddWebAuthnView):
    """Registers a passkey; needs JavaScript, as only a script can speak to the browser's keys."""

    title = gettext_lazy("Add a passkey")


class RenamePasskey(_Own, webauthn.EditWebAuthnView):
    """Gives a passkey another name."""

    title = gettext_lazy("Rename a passkey")


class RemovePasskey(_Own, webauthn.RemoveWebAuthnView):
    """Removes a passkey."""

    title = gettext_lazy("Remove a passkey")


class AddApp(_Add, totp.ActivateTOTPView):
    """Sets up an authenticator app."""

    title = gettext_lazy("Set up an authenticator app")


class RemoveApp(_Own, totp.DeactivateTOTPView):
    """Removes the authenticator app."""

    title = gettext_lazy("Remove the authenticator app")


class RecoveryCodes(_Own, recovery_codes.ViewRecoveryCodesView):
    """Shows the recovery codes that are left."""

    title = gettext_lazy("Recovery codes")


class NewRecoveryCodes(_Own, recovery_codes.GenerateRecoveryCodesView):
    """Makes new recovery codes in place of the old."""

    title = gettext_lazy("New recovery codes")


class ConfirmByCode(_Own, mfa.ReauthenticateView):
    """Asks for a code of the app or the list before something that matters."""

    title = gettext_lazy("Confirm that it is you")


class ConfirmByPasskey(_Own, webauthn.ReauthenticateWebAuthnView):
    """Asks for a passkey before something that matters."""

    title = gettext_lazy("Confirm that it is you")


class ConfirmByPassword(_Own, allauth_account.ReauthenticateView):
    """Asks for the password before something that matters."""

    title = gettext_lazy("Confirm that it is you")


class _Password(_Own):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as if there were no such page unless passwords are allowed."""
        if not settings.PASSWORDS:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class SetPassword(_Password, allauth_account.PasswordSetView):
    """Sets the first password."""

    title = gettext_lazy("Set a password")


class ChangePassword(_Password, allauth_account.PasswordChangeView):
    """Changes the password."""

    title = gettext_lazy("Change the password")


@own_page
def passkeys(request: HttpRequest) -> HttpResponse:
    """Lead to the page that shows the passkeys among the rest."""
    return HttpResponseRedirect(reverse("mfa_index"))

"""What allauth asks of this site: mail, messages, return addresses, names of keys (ADR 10)."""

from __future__ import annotations

import ipaddress
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidentbase.kit import urls
from incidentbase.serve.web import chrome
from incidentbase.store.accounts.models import Account

logger = logging.getLogger(__name__)

NOWHERE = "0.0.0.0"  # noqa: S104 (stands for an unknown address, nothing is bound to it)

# What is told on the next page, by the name of allauth's message; others are not told.
SAID = {
    "account/messages/logged_out.txt": gettext_lazy("You have signed out."),
    "account/messages/password_changed.txt": gettext_lazy("Your password has been changed."),
    "account/messages/password_set.txt": gettext_lazy("Your password has been set."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app has been removed."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("New recovery codes are ready."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey has been added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey has been removed."),
}

# What is told by mail when an account becomes easier or harder to enter.
REPORTED = {
    "account/email/password_changed": gettext_lazy("The password was changed."),
    "account/email/password_set": gettext_lazy("A password was set."),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was set up."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was removed."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were made."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed."),
}


class MailNotSent(Exception):
    """A message could not be handed to the mail server."""


class AccountAdapter(DefaultAccountAdapter):
    """Sends our mails, tells our messages and leads to paths of this site only."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message. Raises MailNotSent when the mail server does not take it."""
        address = chrome.site_url(self.request) + reverse("account_login")
        known = {"site_name": settings.SITE_NAME, "login_url": address, **context}
        message = self.render_mail(
            template_prefix, email, known, headers={"Auto-Submitted": "auto-generated"}
        )
        try:
            message.send()
        except OSError as error:
            logger.error("A message could not be sent: %s", error)
            raise MailNotSent from None

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person of an account that it can now be entered in another way."""
        said = REPORTED.get(template_prefix)
        if said is None or not isinstance(user, Account) or not user.email:
            return
        try:
            self.send_mail("account/email/notice", user.email, {"said": said})
        except MailNotSent:
            return  # what was done is done, and the log tells

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Tell on the next page what was done, in our words."""
        said = message or SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)

    def is_safe_url(self, url: str) -> bool:
        """Return whether a return address is a path of this site."""
        return bool(url) and urls.safe_path(url, default="") == url

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that the request came from, for counting and for the account page."""
        try:
            return str(ipaddress.ip_address(super().get_client_ip(request)))
        except (ValueError, ImproperlyConfigured, PermissionDenied):
            pass
        try:
            return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
        except ValueError:
            return NOWHERE

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Return whether the password is the account's."""
        if not isinstance(user, Account):
            return False
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where to go once a password is set."""
        return reverse("mfa_index")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names this site and its keys as people should see them."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return how this site names itself to whatever keeps the passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SITE_NAME}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return the name that a new passkey has until its owner gives another."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey {number}").format(number=count + 1)

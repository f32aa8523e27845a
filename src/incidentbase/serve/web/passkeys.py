"""Forms that take what a browser says of a passkey; nonsense is refused like a wrong key."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Clean = Callable[[Any], Any]

# What the parsers raise for JSON of another shape: they take every member for granted.
_WRONG_SHAPE = (AttributeError, LookupError, TypeError, ValueError, struct.error)


def _guarded(clean: Clean) -> Clean:
    @wraps(clean)
    def refusing(form: Any) -> Any:
        try:
            return clean(form)
        except _WRONG_SHAPE:
            raise ValidationError(_("This passkey was not accepted.")) from None

    return refusing


class AddForm(forms.AddWebAuthnForm):
    """Takes a new passkey."""

    clean = _guarded(forms.AddWebAuthnForm.clean)


class LoginForm(forms.LoginWebAuthnForm):
    """Takes a passkey that signs in by itself."""

    clean_credential = _guarded(forms.LoginWebAuthnForm.clean_credential)


class SecondFactorForm(forms.AuthenticateWebAuthnForm):
    """Takes a passkey as the second factor."""

    clean_credential = _guarded(forms.AuthenticateWebAuthnForm.clean_credential)


class ConfirmForm(forms.ReauthenticateWebAuthnForm):
    """Takes a passkey before something that matters."""

    clean_credential = _guarded(forms.ReauthenticateWebAuthnForm.clean_credential)

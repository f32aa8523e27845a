"""What keeps machines from posting as visitors: a trap, a seal of the time, limits; no captcha."""

from __future__ import annotations

import datetime as dt

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from incidentbase.serve.http import limits

# Nobody fills in a form in less; forms that lay open longer are fine until the seal is old.
FASTEST = dt.timedelta(seconds=2)
SLOWEST = dt.timedelta(days=14)
# Answered by machines that fill in every field; people do not see it.
TRAP = "website"
SEAL = "since"
_SALT = "incidentbase.submit"


def seal(at: dt.datetime) -> str:
    """Return what a form carries to say when it was shown."""
    return signing.dumps(at.timestamp(), salt=_SALT)


def suspicion(request: HttpRequest, at: dt.datetime, *, limit: str) -> str:
    """Return why a post is not taken, as a sentence; people hardly ever see one."""
    if request.POST.get(TRAP):
        return _("One field must stay empty.")
    try:
        since = signing.loads(request.POST.get(SEAL, ""), salt=_SALT)
        age = at - dt.datetime.fromtimestamp(since, tz=dt.UTC)
    except (signing.BadSignature, TypeError, ValueError, OverflowError):
        return _("The form was open for too long. Please send it again.")
    if not FASTEST <= age <= SLOWEST:
        return _("That was too fast, or too long ago. Please send it again.")
    if not limits.take(limit, request):
        return _("That was often. Please wait a while.")
    return ""

"""The image that a draft names, looked at before it is taken over.

Pages load nothing from other sites, so the server fetches it and puts it into the page. Nothing is
kept, and no address of ours answers with what others put up.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from incidentbase.ingest import capture
from incidentbase.serve.http import limits
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.store.submissions import rules


@dataclass(frozen=True, slots=True)
class Preview:
    """An image as a `data:` address, or why there is none; both empty until somebody asks."""

    source: str = ""
    trouble: str = ""
    status: int = 200


def preview(request: HttpRequest, url: str) -> Preview:
    """Fetch the image at an address that somebody typed."""
    if problems := rules.problems_of_link(url):
        return Preview(trouble=forms.in_words(problems["url"]), status=422)
    if not limits.take("image", request):
        return Preview(trouble=_("That was often. Please wait a while."), status=429)
    try:
        found = capture.read_picture(
            url, allow=settings.FETCH_ALLOW, obey_robots=settings.FETCH_ROBOTS, keeper=cache
        )
    except capture.CaptureFailed as failure:
        said = capture.message(failure.reason, failure.values, translate=_)
        return Preview(trouble=said, status=422)
    encoded = base64.b64encode(found.data).decode("ascii")
    return Preview(source=f"data:{found.content_type};base64,{encoded}")

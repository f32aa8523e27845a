"""Pages that are for editors only; what may be done there is decided by the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import errors
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, NotPermitted, Viewer
from incidentbase.store.records.actions import NoSuchRecord, Unfit

View = Callable[..., HttpResponseBase]


def editors_page(view: View) -> View:
    """Keep a page for those who edit incidents: see `_page_for`."""
    return _page_for(lambda viewer: viewer.has_role(INCIDENT_EDITOR), view)


def classifiers_page(view: View) -> View:
    """Keep a page for those who edit incidents or a taxonomy: see `_page_for`."""
    return _page_for(lambda viewer: viewer.classifies, view)


def _page_for(is_meant: Callable[[Viewer], bool], view: View) -> View:
    """Lead visitors to the login, and answer accounts not meant as if the page were not there.

    Both happen before anything is looked up, so the answer tells nothing of any record.
    """

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        viewer = viewer_of(request)
        if not is_meant(viewer):
            if viewer.account_id or request.method not in ("GET", "HEAD"):
                return errors.not_found(request)
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('account_login')}?{query}")
        try:
            return view(request, *args, **kwargs)
        except NotPermitted:
            return errors.not_found(request)
        except (NoSuchRecord, Unfit):
            # Somebody else was faster by a moment; nothing was written.
            return errors.conflict(request)

    return shown

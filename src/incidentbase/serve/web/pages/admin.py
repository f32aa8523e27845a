"""For admins: all accounts, and the roles of each. For everybody else there are no such pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from incidentbase.kit import paging
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, roles
from incidentbase.store.accounts import actions, queries, rules
from incidentbase.store.taxonomies import queries as taxonomies

PAGE = 50

View = Callable[..., HttpResponse]


def admin_page(view: View) -> View:
    """Answer everybody but admins as if there were no such page (ADR 3)."""

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except rules.NotPermitted:
            raise Http404 from None

    return shown


@admin_page
def listing(request: HttpRequest) -> HttpResponse:
    """Show the accounts that people can sign in to, the newest first."""
    viewer = viewer_of(request)
    wanted = request.GET.get("q", "").replace("\0", "").strip()
    total = queries.count(viewer, wanted=wanted)
    place = paging.paginate(total=total, page=params.page_number(request), size=PAGE)
    people = queries.listing(viewer, wanted=wanted, start=place.start, stop=place.stop)
    context = {
        "people": [
            {
                "person": person,
                "url": reverse("admin-account", args=[person.public_id]),
                "roles": [roles.name_of(grant) for grant in person.grants],
            }
            for person in people
        ],
        "total": total,
        "wanted": wanted,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "meta": chrome.Meta(title=_("Accounts"), robots="noindex"),
    }
    return render(request, "pages/admin/accounts.html", context)


class RolesForm(forms.Form):
    """The roles of one account. A role that the actor may not give is not offered."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, grants: list[rules.Grant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (str(grant), roles.name_of(grant)) for grant in grants
        ]

    def clean_roles(self) -> list[rules.Grant]:
        """Return the roles that were ticked."""
        return [rules.Grant(*text.split(":", 1)) for text in self.cleaned_data["roles"]]


@admin_page
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show one account, and set its roles."""
    viewer = viewer_of(request)
    person = queries.person(viewer, account_id)
    if person is None:
        raise Http404
    form = RolesForm(
        request.POST if request.method == "POST" else None,
        grants=_offered(viewer, person),
        initial={"roles": [str(grant) for grant in person.grants]},
    )
    if form.is_valid() and _save(form, person, viewer):
        messages.success(request, _("The roles have been saved."))
        return HttpResponseRedirect(reverse("admin-account", args=[account_id]))
    context = {
        "person": person,
        "form": form,
        "is_own": person.public_id == viewer.account_id,
        "meanings": [
            {"name": roles.name_of(rules.Grant(role)), "meaning": roles.meaning_of(role)}
            for role in rules.ROLES
        ],
        "meta": chrome.Meta(title=person.email, robots="noindex"),
    }
    status = 409 if form.errors else 200
    return render(request, "pages/admin/account.html", context, status=status)


def _offered(viewer: rules.Viewer, person: queries.Person) -> list[rules.Grant]:
    if person.public_id == viewer.account_id:
        return list(person.grants)
    known = taxonomies.all_taxonomies(viewer)
    bound = {rules.Grant(rules.TAXONOMY_EDITOR, row.namespace) for row in known}
    # A taxonomy may have gone since its editor was named.
    bound |= {grant for grant in person.grants if grant.namespace}
    return [*(rules.Grant(role) for role in rules.ROLES), *sorted(bound)]


def _save(form: RolesForm, person: queries.Person, viewer: rules.Viewer) -> bool:
    try:
        actions.set_roles(person.public_id, form.cleaned_data["roles"], actor=viewer)
    except rules.LastAdmin:
        form.add_error("roles", _("This is the only admin. Make somebody else an admin first."))
    except rules.OwnRolesRaised:
        form.add_error("roles", _("You cannot give roles to yourself."))
    except actions.UnknownAccount:
        raise Http404 from None
    return not form.errors

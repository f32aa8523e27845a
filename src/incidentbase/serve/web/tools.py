"""What a viewer may do with the record of a page, as links: nothing that would be refused."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidentbase.serve.web.presenting import NamedLink
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer


def of_incident(number: int, viewer: Viewer) -> list[NamedLink]:
    """Return the links for an incident."""
    query = f"?incident_id={number}"
    found = [NamedLink(_history(), reverse("incident-history") + query)]
    if not viewer.has_role(INCIDENT_EDITOR):
        return found
    return [
        *found,
        NamedLink(_("Edit"), reverse("incident-edit") + query),
        NamedLink(_("Its reports"), reverse("incident-reports") + query),
        NamedLink(_("Merge"), reverse("incident-merge") + query),
        NamedLink(_("A new one like this"), reverse("incident-new") + query),
        NamedLink(_("Withdraw or put back"), reverse("incident-withdraw") + query),
    ]


def of_report(number: int, viewer: Viewer) -> list[NamedLink]:
    """Return the links for a report."""
    query = f"?report_number={number}"
    found = [
        NamedLink(_history(), reverse("report-history") + query),
        NamedLink(_("Something is wrong with it"), reverse("report-flag", args=[number])),
    ]
    if not viewer.has_role(INCIDENT_EDITOR):
        return found
    return [
        *found,
        NamedLink(_("Edit"), reverse("report-edit") + query),
        NamedLink(_("Withdraw or put back"), reverse("report-withdraw") + query),
    ]


def of_entity(entity_id: str, viewer: Viewer) -> list[NamedLink]:
    """Return the links for an entity."""
    if not viewer.has_role(INCIDENT_EDITOR):
        return []
    query = "?" + urlencode({"entity_id": entity_id})
    return [
        NamedLink(_("Edit"), reverse("entity-edit") + query),
        NamedLink(_("Merge"), reverse("entity-merge") + query),
    ]


def _history() -> str:
    return pgettext("versions of a record", "History")

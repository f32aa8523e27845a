"""What people say of a webhook: the address, the events, perhaps one record."""

from __future__ import annotations

import socket
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidentbase.kit import fetch
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.webhooks import rules
from incidentbase.store.webhooks.models import Webhook
from incidentbase.store.webhooks.rules import WebhookDraft

LONGEST_ID = 255


class WebhookForm(forms.Form):
    """A webhook as its owner describes it."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=rules.LONGEST_URL,
        help_text=gettext_lazy("Where your program takes posts, such as https://example.org/hook."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"), widget=forms.CheckboxSelectMultiple
    )
    incident = forms.IntegerField(
        label=gettext_lazy("Only of this incident"),
        required=False,
        min_value=1,
        max_value=999_999_999,
        help_text=gettext_lazy("Its number. Reports and classifications of it belong to it."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    entity = forms.CharField(
        label=gettext_lazy("Only of this entity"),
        required=False,
        max_length=LONGEST_ID,
        help_text=gettext_lazy("Its id, as in the address of its page. Incidents that name it "
                               "belong to it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer
        self.fields["events"].choices = list(event_names().items())  # type: ignore[attr-defined]

    @classmethod
    def of(cls, webhook: Webhook, *, viewer: Viewer, data: Any = None) -> WebhookForm:
        """Return the form filled with what a webhook is now."""
        initial = {"url": webhook.url, "events": webhook.events}
        if webhook.subject:
            initial[webhook.subject] = webhook.key
        return cls(data, initial=initial, viewer=viewer)

    def clean_url(self) -> str:
        """Return the address. Raises ValidationError unless something could be posted there."""
        url: str = self.cleaned_data["url"].strip()
        try:
            fetch.require_postable(url, allow=settings.FETCH_ALLOW, resolver=socket.getaddrinfo)
        except fetch.FetchRefused:
            said = _("It must begin with https:// and lead to a server on the open internet.")
            raise forms.ValidationError(said) from None
        except fetch.FetchFailed:
            raise forms.ValidationError(_("No server can be found at this address.")) from None
        return url

    def clean_incident(self) -> int | None:
        """Return the number. Raises ValidationError for an incident that cannot be seen."""
        number: int | None = self.cleaned_data["incident"]
        if number is not None and incidents.get(number, viewer=self._viewer) is None:
            raise forms.ValidationError(_("There is no such incident."))
        return number

    def clean_entity(self) -> str:
        """Return the id. Raises ValidationError for an entity that cannot be seen."""
        key: str = self.cleaned_data["entity"]
        if key and incidents.entity(key, viewer=self._viewer) is None:
            raise forms.ValidationError(_("There is no such entity."))
        return key

    def clean(self) -> None:
        """Refuse two records at once."""
        if self.cleaned_data.get("incident") and self.cleaned_data.get("entity"):
            self.add_error("entity", _("Choose an incident or an entity, not both."))

    def draft(self) -> WebhookDraft:
        """Return what was typed in."""
        given = self.cleaned_data
        subject, key = "", ""
        if given["incident"]:
            subject, key = rules.INCIDENT, str(given["incident"])
        elif given["entity"]:
            subject, key = rules.ENTITY, given["entity"]
        return WebhookDraft(given["url"], tuple(given["events"]), subject, key)


def event_names() -> dict[str, str]:
    """Return what each event is, in the language of the reader."""
    return {
        "incident.published": _("an incident is published"),
        "incident.changed": _("an incident changes"),
        "incident.withdrawn": _("an incident is withdrawn"),
        "report.published": _("a report is published"),
        "report.changed": _("a report changes"),
        "report.withdrawn": _("a report is withdrawn"),
        "classification.published": _("a classification is published"),
        "classification.changed": _("a classification changes"),
        "classification.withdrawn": _("a classification is withdrawn"),
        "entity.published": _("an entity is added"),
        "entity.changed": _("an entity changes"),
        "taxonomy.published": _("a taxonomy is added"),
        "taxonomy.changed": _("a taxonomy changes"),
        "submission.received": _("a report is sent in and waits for editors"),
    }

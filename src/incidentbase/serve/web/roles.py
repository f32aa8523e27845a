"""What roles and scopes are called, and what they allow, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from incidentbase.store.accounts import rules


def name_of(grant: rules.Grant) -> str:
    """Return what a role is called."""
    names = {
        rules.SUBSCRIBER: _("Subscriber"),
        rules.SUBMITTER: _("Submitter"),
        rules.INCIDENT_EDITOR: _("Incident editor"),
        rules.TAXONOMY_EDITOR: _("Taxonomy editor"),
        rules.ADMIN: _("Admin"),
    }
    if grant.namespace:
        return _("Taxonomy editor of {taxonomy}").format(taxonomy=grant.namespace)
    return names[grant.role]


def meaning_of(role: str) -> str:
    """Return what a role allows."""
    return {
        rules.SUBSCRIBER: _("Follows incidents and entities; every account starts with it."),
        rules.SUBMITTER: _("Submits reports under their own name and edits them while they wait."),
        rules.INCIDENT_EDITOR: _(
            "Reviews submissions, edits incidents, reports and entities, and sees what is "
            "not public yet."
        ),
        rules.TAXONOMY_EDITOR: _("Edits the classifications of all taxonomies, or of some."),
        rules.ADMIN: _("May do all of this, and gives roles."),
    }[role]


def scopes() -> dict[str, str]:
    """Return what each scope of a token allows, the narrowest first."""
    return {
        rules.READ: _("Read what the account may see"),
        rules.SUBMIT: _("Read and submit"),
        rules.EDIT: _("Read, submit and edit, as far as the account’s roles allow"),
    }

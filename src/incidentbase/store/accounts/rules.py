"""Pure decisions about people: roles, who acts, and which visibility a viewer may see (ADR 3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

PUBLIC = "public"
RESTRICTED = "restricted"
EMBARGOED = "embargoed"
INTERNAL = "internal"
VISIBILITIES = (PUBLIC, RESTRICTED, EMBARGOED, INTERNAL)

SUBSCRIBER = "subscriber"
SUBMITTER = "submitter"
INCIDENT_EDITOR = "incident_editor"
TAXONOMY_EDITOR = "taxonomy_editor"
ADMIN = "admin"
ROLES = (SUBSCRIBER, SUBMITTER, INCIDENT_EDITOR, TAXONOMY_EDITOR, ADMIN)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks or acts, and when: everything a permission or visibility decision needs."""

    label: str
    at: dt.datetime
    roles: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether every role test passes."""
        return ADMIN in self.roles

    @property
    def account_id(self) -> str:
        """The public id of the account, empty where there is none."""
        kind, _colon, public_id = self.label.partition(":")
        return public_id if kind == "account" else ""

    def has_role(self, role: str) -> bool:
        """Return whether the viewer holds the role, or is an admin."""
        return self.is_admin or role in self.roles


class NotPermitted(Exception):
    """The actor lacks the role that an action needs."""


def require(actor: Viewer, role: str) -> None:
    """Raise NotPermitted unless the actor holds the role, or is an admin."""
    if not actor.has_role(role):
        raise NotPermitted(f"{actor.label} is not {role}")


def anonymous(at: dt.datetime) -> Viewer:
    """Return the viewer without an account."""
    return Viewer(label="anonymous", at=at)


def system(name: str, at: dt.datetime) -> Viewer:
    """Return a part of the system that acts by itself, such as the importer."""
    return Viewer(label=f"system:{name}", at=at, roles=frozenset({ADMIN}))


def visible_classes(viewer: Viewer) -> frozenset[str]:
    """Return the visibility classes that the viewer sees at any time.

    Everybody also sees an embargoed record once its embargo has passed.
    """
    if viewer.has_role(INCIDENT_EDITOR):
        return frozenset(VISIBILITIES)
    if viewer.has_role(TAXONOMY_EDITOR):
        return frozenset({PUBLIC, RESTRICTED})
    return frozenset({PUBLIC})


def may_see(viewer: Viewer, *, visibility: str, embargoed_until: dt.datetime | None) -> bool:
    """Return whether the viewer may see a record of this visibility."""
    if visibility in visible_classes(viewer):
        return True
    return visibility == EMBARGOED and embargoed_until is not None and embargoed_until <= viewer.at

"""Pure decisions about people: roles, who acts, and which visibility a viewer may see (ADR 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

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

# What a token may be made for, each including those before it; FULL is a person at the site.
READ = "read"
SUBMIT = "submit"
EDIT = "edit"
SCOPES = (READ, SUBMIT, EDIT)
FULL = "full"
_LEVELS = (*SCOPES, FULL)
_LEVEL_OF_ROLE = {
    SUBSCRIBER: SUBMIT,
    SUBMITTER: SUBMIT,
    INCIDENT_EDITOR: EDIT,
    TAXONOMY_EDITOR: EDIT,
    ADMIN: FULL,
}


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role given to an account; for a taxonomy editor perhaps in one taxonomy only.

    Raises ValueError for a role that is not known, or one that cannot be bound to a taxonomy.
    """

    role: str
    namespace: str = ""

    def __post_init__(self) -> None:
        """Refuse what the table would refuse."""
        if self.role not in ROLES or (self.namespace and self.role != TAXONOMY_EDITOR):
            raise ValueError(f"there is no role {self}")

    def __str__(self) -> str:
        return f"{self.role}:{self.namespace}" if self.namespace else self.role


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks or acts, and when: everything a permission or visibility decision needs."""

    label: str
    at: dt.datetime
    roles: frozenset[str] = frozenset()
    # The public id of the account; empty for visitors and for parts of the system.
    account_id: str = ""
    # The taxonomies that the account edits although it is not an editor of all.
    namespaces: frozenset[str] = frozenset()
    scope: str = FULL

    @property
    def is_admin(self) -> bool:
        """Whether every role test passes."""
        return ADMIN in self.roles

    def has_role(self, role: str) -> bool:
        """Return whether the viewer holds the role, or is an admin."""
        return self.is_admin or role in self.roles

    def may(self, scope: str) -> bool:
        """Return whether the way in which the viewer is signed in reaches as far as the scope."""
        return _LEVELS.index(scope) <= _LEVELS.index(self.scope)

    @property
    def classifies(self) -> bool:
        """Whether the viewer edits incidents or a taxonomy."""
        return (
            self.has_role(INCIDENT_EDITOR)
            or self.has_role(TAXONOMY_EDITOR)
            or bool(self.namespaces)
        )

    def edits_taxonomy(self, namespace: str) -> bool:
        """Return whether the viewer is an editor of this taxonomy, or of all."""
        return self.has_role(TAXONOMY_EDITOR) or namespace in self.namespaces


class NotPermitted(Exception):
    """The actor lacks the role that an action needs, or came with a token that is not for it."""


class OwnRolesRaised(Exception):
    """Somebody would give a role to their own account."""


class LastAdmin(Exception):
    """The last account that is an admin would cease to be one."""


def require(actor: Viewer, role: str) -> None:
    """Raise NotPermitted unless the actor holds the role, or is an admin, and may act in it."""
    if not actor.has_role(role):
        raise NotPermitted(f"{actor.label} is not {role}")
    if not actor.may(_LEVEL_OF_ROLE[role]):
        raise NotPermitted(f"{actor.label} came with a token that is not for {role}")


def may_classify(viewer: Viewer, namespace: str) -> bool:
    """Return whether the viewer edits incidents or this taxonomy."""
    return viewer.has_role(INCIDENT_EDITOR) or viewer.edits_taxonomy(namespace)


def require_classifier(actor: Viewer, namespace: str) -> None:
    """Raise NotPermitted unless the actor edits incidents or this taxonomy, and may act so."""
    if not may_classify(actor, namespace):
        raise NotPermitted(f"{actor.label} edits neither incidents nor {namespace}")
    if not actor.may(EDIT):
        raise NotPermitted(f"{actor.label} came with a token that is not for editing")


def require_taxonomy_editor(actor: Viewer, namespace: str) -> None:
    """Raise NotPermitted unless the actor edits this taxonomy or all, and may act so."""
    if not actor.edits_taxonomy(namespace):
        raise NotPermitted(f"{actor.label} does not edit {namespace}")
    if not actor.may(EDIT):
        raise NotPermitted(f"{actor.label} came with a token that is not for editing")


def require_self(actor: Viewer, account_id: str) -> None:
    """Raise NotPermitted unless the actor is the person of the account, at the site itself."""
    if not account_id or actor.account_id != account_id or not actor.may(FULL):
        raise NotPermitted(f"{actor.label} is not account:{account_id}")


def require_role_change(
    actor: Viewer,
    account_id: str,
    *,
    before: frozenset[Grant],
    after: frozenset[Grant],
    has_other_admins: bool,
) -> None:
    """Raise unless the actor may change the roles of the account.

    NotPermitted for those who are no admins, OwnRolesRaised for a role given to oneself,
    LastAdmin when nobody would be left to give roles.
    """
    require(actor, ADMIN)
    if actor.account_id == account_id and after - before:
        raise OwnRolesRaised(account_id)
    if Grant(ADMIN) in before - after and not has_other_admins:
        raise LastAdmin(account_id)


def narrowed(viewer: Viewer, scope: str) -> Viewer:
    """Return the viewer as a token of this scope lets them act: never as an admin."""
    roles = frozenset(ROLES) if viewer.is_admin else viewer.roles
    return replace(viewer, roles=roles - {ADMIN}, scope=scope)


def normal_address(email: str) -> str:
    """Return an address as it is kept and looked up: without spaces around it, in lower case."""
    return email.strip().lower()


def address_for_link(given: str) -> str:
    """Return the address that a link is sent to, empty when it is none.

    What follows a comma is dropped: a second address must not get the link of the first.
    """
    address = normal_address(given).partition(",")[0]
    name, _, domain = address.rpartition("@")
    is_one = bool(name) and not set(given) & set("\"'<>;\r\n\0") and given.count("@") == 1
    return address if is_one and "." in domain.strip(".") else ""


def role_names(grants: Iterable[Grant]) -> list[str]:
    """Return roles as the reference names them, such as `taxonomy_editor_mit`."""
    return [
        f"{grant.role}_{grant.namespace.lower()}" if grant.namespace else grant.role
        for grant in grants
    ]


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

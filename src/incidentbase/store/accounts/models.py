"""Accounts with roles, and the visibility that every public record carries."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from incidentbase.kit import ids
from incidentbase.store.accounts import rules


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their address; writing is the business of `accounts.actions`."""


class Account(AbstractBaseUser):
    """A person known here, or only named by an imported record (then without an address)."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    email = models.EmailField(unique=True, null=True, blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()

    # What allauth keeps of an account; its tables are not declared here.
    usersession_set: Any
    authenticator_set: Any

    def __str__(self) -> str:
        return self.full_name or self.public_id

    @property
    def full_name(self) -> str:
        """First and last name, empty when neither is known."""
        return f"{self.first_name} {self.last_name}".strip()


class AccountRole(models.Model):
    """One role of an account; a taxonomy editor may be bound to one namespace."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=30, choices=[(role, role) for role in rules.ROLES])
    namespace = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role", "namespace"], name="account_role_once"
            ),
            models.CheckConstraint(condition=Q(role__in=rules.ROLES), name="account_role_known"),
            models.CheckConstraint(
                condition=Q(namespace="") | Q(role=rules.TAXONOMY_EDITOR),
                name="account_namespace_of_taxonomy_editor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.namespace}".strip()


class ApiToken(models.Model):
    """A key for programs that act for an account; only the digest of its text is kept."""

    public_id = models.CharField(max_length=24, unique=True, default=ids.new_object_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=[(name, name) for name in rules.SCOPES])
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=rules.SCOPES), name="api_token_scope_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VisibleQuerySet(models.QuerySet[Any]):
    """A query set that can be narrowed to what a viewer may see."""

    def visible_to(self, viewer: rules.Viewer) -> Self:
        """Return the rows that the viewer may see; the one door for reads."""
        return self.filter(visible(viewer))


def visible(viewer: rules.Viewer, prefix: str = "") -> Q:
    """Return the condition for rows, or related rows under `prefix`, that the viewer may see."""
    classes = rules.visible_classes(viewer)
    condition = Q(**{f"{prefix}visibility__in": sorted(classes)})
    if rules.EMBARGOED not in classes:
        condition |= Q(
            **{
                f"{prefix}visibility": rules.EMBARGOED,
                f"{prefix}embargoed_until__lte": viewer.at,
            }
        )
    return condition


class Visible(models.Model):
    """What a record needs so that `visible_to` can decide about it."""

    visibility = models.CharField(
        max_length=10,
        default=rules.PUBLIC,
        choices=[(name, name) for name in rules.VISIBILITIES],
    )
    embargoed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def embargo_index(table: str) -> models.Index:
    """Return the index by which ended embargoes are found; it holds nothing but embargoes."""
    return models.Index(
        fields=["embargoed_until"],
        condition=Q(embargoed_until__isnull=False),
        name=f"{table}_embargo",
    )


def visibility_constraints(table: str) -> list[models.BaseConstraint]:
    """Return the constraints of a table with `Visible` columns."""
    return [
        models.CheckConstraint(
            condition=Q(visibility__in=rules.VISIBILITIES), name=f"{table}_visibility_known"
        ),
        models.CheckConstraint(
            condition=(
                Q(visibility=rules.EMBARGOED, embargoed_until__isnull=False)
                | (~Q(visibility=rules.EMBARGOED) & Q(embargoed_until__isnull=True))
            ),
            name=f"{table}_embargo_has_date",
        ),
    ]

"""How the table of a type says where its fields come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

Rows = Callable[..., QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A list in a table of its own: values, or with `members` objects.

    `tag` is a column with the value that sets this list apart from others of the same table.
    """

    model: type[Model]
    owner: str
    tag: tuple[str, str] = ("", "")
    value: str = ""
    members: dict[str, str] = field(default_factory=dict)
    order: str = "position"
    where: dict[str, Any] = field(default_factory=dict)
    computed: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Other records: the table that links them, both its ends, and the key that filters know."""

    to: str
    model: type[Model]
    owner: str
    target: str
    key: str
    tag: tuple[str, str] = ("", "")
    order: str = "position"
    is_list: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A value that is made from columns; filters compare what was made."""

    columns: tuple[str, ...]
    of: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Named:
    """Other records that a record names by their keys."""

    to: str
    key: str
    keys: Made
    is_list: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """One type of record: its rows in their lasting order, and where its fields come from."""

    rows: Rows
    columns: dict[str, str]
    beside: dict[str, Beside] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)
    # Objects whose members are columns of the record itself.
    objects: dict[str, dict[str, str]] = field(default_factory=dict)
    words: Beside | None = None
    # What only editors read, and by which only they find; others get these values.
    for_editors: dict[str, Any] = field(default_factory=dict)
    # Whether the setting that opens the queue opens this to everybody; its rows are told so.
    is_queue: bool = False


def tagged(of: Beside | Link) -> dict[str, str]:
    """Return what sets the rows of a list apart, as a condition."""
    column, value = of.tag
    return {column: value} if column else {}

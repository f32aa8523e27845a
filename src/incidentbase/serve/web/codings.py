"""Codings in words: how far one has come, and the addresses that belong to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.annotating import queries
from incidentbase.store.annotating.queries import Record
from incidentbase.store.codings import rules
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules as taxonomy_rules


def state_shown(state: str, *, is_begun: bool, is_blind: bool = True) -> dict[str, Any]:
    """Return how far a coding has come, as a badge."""
    labels = {
        rules.ASSIGNED: pgettext("state of a coding", "Assigned"),
        rules.HANDED_IN: pgettext("state of a coding", "Handed in"),
        rules.ADJUDICATED: pgettext("state of a coding", "Adjudicated"),
        rules.WITHDRAWN: pgettext("state of a coding", "Withdrawn"),
    }
    kinds = {rules.HANDED_IN: "accent", rules.ADJUDICATED: "success"}
    is_going_on = state == rules.ASSIGNED and is_begun
    return {
        "label": pgettext("state of a coding", "Begun") if is_going_on else labels[state],
        "kind": kinds.get(state, ""),
        "is_blind": is_blind,
    }


def stage_shown(stage: str) -> dict[str, str]:
    """Return how far a record has come, as a badge."""
    return {
        queries.WAITS: {"label": pgettext("of a record", "Waiting"), "kind": "accent"},
        queries.IS_CODED: {"label": pgettext("of a record", "Being coded"), "kind": ""},
        queries.IS_DONE: {"label": pgettext("of a record", "Done"), "kind": "success"},
    }[stage]


def is_late(due: dt.date | None, state: str, viewer: Viewer) -> bool:
    """Return whether a coding should have been handed in before today."""
    return due is not None and state == rules.ASSIGNED and due < viewer.at.date()


def board_url(namespace: str, record: Record) -> str:
    """Return where the codings of a record stand side by side."""
    kind, number = record
    return reverse(f"adjudicate-{kind}", args=[namespace.lower(), number])


def coordinated(viewer: Viewer) -> list[dict[str, str]]:
    """Return links to the taxonomies whose codings the viewer gives out."""
    return [
        {
            "name": row.namespace,
            "url": reverse("codings-of-taxonomy", args=[row.namespace.lower()]),
        }
        for row in taxonomies.all_namespaces()
        if rules.coordinates(viewer, row.namespace)
        and not taxonomy_rules.is_annotator_copy(row.namespace)
    ]


def namespace_of(viewer: Viewer, given: str) -> str | None:
    """Return the taxonomy of an address that the viewer coordinates, None for any other."""
    row = taxonomies.get(given)
    if row is None or taxonomy_rules.is_annotator_copy(row.namespace):
        return None
    return row.namespace if rules.coordinates(viewer, row.namespace) else None


def tabs(namespace: str, *, at: str) -> list[dict[str, Any]]:
    """Return links between the pages of who coordinates a taxonomy; `at` is the present one."""
    pages = (
        ("codings-of-taxonomy", _("Who codes what")),
        ("codings-assign", _("Give out codings")),
        ("adjudications", _("Adjudication")),
    )
    return [
        {"url": reverse(name, args=[namespace.lower()]), "label": label, "is_here": name == at}
        for name, label in pages
    ]

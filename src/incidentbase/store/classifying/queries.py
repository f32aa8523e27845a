"""Reads for those who classify: a classification with its questions, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from incidentbase.kit import ids
from incidentbase.store.accounts.rules import PUBLIC, Viewer
from incidentbase.store.classifying import rules
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import version_of
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import AttributeValue, Classification

MOST_SUGGESTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that a classification speaks of: the kind, its number and its title."""

    kind: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Editable:
    """A classification as an editor sees it; without an id it is yet to be made."""

    taxonomy: State
    subject: Subject
    public_id: str
    state: State

    @property
    def fields(self) -> Sequence[State]:
        """The questions, in the order of the definition."""
        found: Sequence[State] = self.taxonomy["fields"]
        return found

    @property
    def seen(self) -> str:
        """The version that a form made of it shows; empty for one that is yet to be made."""
        return version_of(self.state) if self.public_id else ""


def definition(namespace: str) -> State | None:
    """Return a taxonomy with its fields, by its name in any letter case; None without one."""
    row = taxonomies.get(namespace)
    state = recorded.state_of("taxonomy", row.namespace) if row else None
    return {**state, "fields": rules.completed(state["fields"])} if state else None


def subject(kind: str, number: int, *, viewer: Viewer) -> Subject | None:
    """Return an incident or report that the viewer may see, None for any other."""
    record: Any = (
        incidents.get(number, viewer=viewer)
        if kind == "incident"
        else reports.get(number, viewer=viewer)
    )
    return None if record is None else Subject(kind, number, record.title)


def editable(namespace: str, kind: str, number: int, *, viewer: Viewer) -> Editable | None:
    """Return what a taxonomy says of a record, or a blank where it says nothing yet.

    None when there is no such taxonomy or record, or the viewer may not see it.
    """
    taxonomy = definition(namespace)
    about = subject(kind, number, viewer=viewer)
    if taxonomy is None or about is None:
        return None
    rows = taxonomies.classifications(viewer).filter(
        **{f"{kind}__{_number_of(kind)}": number}, taxonomy__namespace=taxonomy["namespace"]
    )
    public_id = rows.order_by("pk").values_list("public_id", flat=True).first() or ""
    state = recorded.state_of("classification", public_id) if public_id else None
    blank: State = {"notes": "", "is_published": False, "attributes": []}
    return Editable(taxonomy, about, public_id, state or blank)


def blank(editable: Editable, kind: str, number: int) -> State:
    """Return the state of a classification of a record that is yet to be made."""
    return {
        "object_id": ids.new_object_id(),
        "notes": "",
        "is_published": False,
        "visibility": PUBLIC,
        "embargoed_until": None,
        "namespace": editable.taxonomy["namespace"],
        "incident_id": number if kind == "incident" else None,
        "report_number": number if kind == "report" else None,
        "attributes": [],
    }


def editable_by_id(public_id: str, *, viewer: Viewer) -> Editable | None:
    """Return a classification by its id, None when there is none that the viewer may see."""
    rows: Any = taxonomies.classifications(viewer)
    row = rows.filter(public_id=public_id).select_related("taxonomy", "incident", "report").first()
    if row is None:
        return None
    kind, record = _subject_of(row)
    state = recorded.state_of("classification", public_id)
    taxonomy = definition(row.taxonomy.namespace)
    if state is None or taxonomy is None:
        return None
    about = Subject(kind, getattr(record, _number_of(kind)), record.title)
    return Editable(taxonomy, about, public_id, state)


def _subject_of(row: Classification) -> tuple[str, Any]:
    return ("incident", row.incident) if row.incident_id else ("report", row.report)


def _number_of(kind: str) -> str:
    return "incident_id" if kind == "incident" else "report_number"


def next_unclassified(namespace: str, *, after: int, viewer: Viewer) -> int | None:
    """Return the number of the next listed incident that a taxonomy has not classified in public.

    After the last one it begins anew; None when all are classified.
    """
    done = Classification.objects.filter(
        taxonomy__namespace=namespace, is_published=True, incident__isnull=False
    )
    waiting = incidents.listed(viewer).exclude(pk__in=done.values("incident"))
    numbers = waiting.order_by("incident_id").values_list("incident_id", flat=True)
    return (
        numbers.filter(incident_id__gt=after).first() or numbers.exclude(incident_id=after).first()
    )


def values_used(namespace: str, names: Sequence[str], *, viewer: Viewer) -> list[str]:
    """Return the values that classifications in sight give to fields, most used first."""
    shown = taxonomies.classifications(viewer).filter(taxonomy__namespace=namespace)
    rows = AttributeValue.objects.filter(
        field__taxonomy__namespace=namespace,
        field__short_name__in=names,
        attribute__classification__in=shown.order_by().values("pk"),
    )
    texts = rows.values_list("text", flat=True)
    counted: dict[str, int] = {}
    for one in texts.iterator(chunk_size=5_000):
        counted[one] = counted.get(one, 0) + 1
    ordered = sorted(counted, key=lambda one: (-counted[one], one.casefold()))
    return ordered[:MOST_SUGGESTIONS]


def suggestions(taxonomy: State, *, viewer: Viewer) -> dict[str, list[str]]:
    """Return what to offer for the free fields of a taxonomy, by their names.

    These are the permitted values and those in use, in the fields that the definition names as
    sources or in the field itself.
    """
    found: dict[str, list[str]] = {}
    for name, one in rules.questions(taxonomy["fields"]).items():
        if one["display_type"] not in ("list", "string", "location"):
            continue
        sources = (one.get("complete_from") or {}).get("all") or [name]
        used = values_used(taxonomy["namespace"], sources, viewer=viewer)
        found[name] = list(dict.fromkeys([*map(str, one["permitted_values"]), *used]))
    return found

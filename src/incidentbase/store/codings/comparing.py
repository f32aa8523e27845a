"""What several annotators answered about the same records, one beside the other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.codings import queries as codings
from incidentbase.store.codings.models import Coding
from incidentbase.store.taxonomies import queries, rules
from incidentbase.store.taxonomies.models import Classification, Taxonomy

# An annotator, a record and what the annotator answered.
Coded = tuple[str, str, Hashable]


@dataclass(slots=True)
class FieldCodings:
    """All codings of one field; `kind` is its display type."""

    name: str
    kind: str
    codings: list[Coded] = field(default_factory=list)


def copies_of(namespace: str) -> list[str]:
    """Return the taxonomies that are working copies of one, in the order of their names."""
    start = namespace + rules.ANNOTATOR_MARK
    rows = Taxonomy.objects.filter(namespace__startswith=start).order_by("namespace")
    return list(rows.values_list("namespace", flat=True))


def annotators_of(namespace: str, *, viewer: Viewer) -> list[str]:
    """Return who coded by a taxonomy, as copies of it are named: `NAMESPACE_Annotator-1`.

    These are its copies, and those who coded in it as far as that is told.
    """
    numbers = _told(namespace, viewer).order_by("number").values_list("number", flat=True)
    own = [_name_of(namespace, number) for number in numbers.distinct()]
    return list(dict.fromkeys([*copies_of(namespace), *own]))


def _told(namespace: str, viewer: Viewer) -> QuerySet[Coding]:
    """Return the codings that are compared: finished ones, made without a look at others."""
    return codings.finished(namespace, viewer=viewer).filter(is_blind=True)


def _name_of(namespace: str, number: int) -> str:
    return f"{namespace}{rules.ANNOTATOR_MARK}{number}"


def of_taxonomy(namespace: str, *, viewer: Viewer) -> list[FieldCodings]:
    """Return the codings of each field of a taxonomy, in definition order.

    They come from the copies of the taxonomy, and from the codings in it of records that nobody
    codes any more. A question left blank is no coding. Lists are sets here: their order says
    nothing.
    """
    found: dict[str, FieldCodings] = {}
    taxonomy = queries.get(namespace)
    if taxonomy is None:
        return []
    for one in taxonomy.fields.filter(parent__isnull=True).order_by("position"):
        if one.is_public:
            found.setdefault(one.short_name, FieldCodings(one.short_name, one.display_type))
    for coder, record, answers in _answers(namespace, viewer):
        for short_name, value_json in answers:
            known = found.get(short_name)
            label = label_of(value_json, known.kind) if known else None
            if known is not None and label is not None:
                known.codings.append((coder, record, label))
    return list(found.values())


def _answers(
    namespace: str, viewer: Viewer
) -> Iterator[tuple[str, str, Iterable[tuple[str, str]]]]:
    """Yield each coding: who coded, which record, and the answers as (name, JSON text)."""
    rows = (
        queries.classifications(viewer)
        .filter(taxonomy__namespace__in=copies_of(namespace))
        .select_related("taxonomy", "incident", "report")
        .prefetch_related("attributes")
        .order_by("pk")
    )
    for row in rows:
        answers = [(one.short_name, one.value_json) for one in row.attributes.all()]
        yield row.taxonomy.namespace, _record_of(row), answers
    for own in _told(namespace, viewer).order_by("number", "pk"):
        said = [(str(one[0]), str(one[1])) for one in own.attributes]
        yield _name_of(namespace, own.number), _record_of(own), said


def _record_of(row: Classification | Coding) -> str:
    if row.incident is not None:
        return f"incident {row.incident.incident_id}"
    assert row.report is not None  # noqa: S101 (a constraint of both tables)
    return f"report {row.report.report_number}"


def label_of(value_json: str, kind: str) -> Hashable | None:
    """Return an answer as a label to compare: a text, a number or a set; None for a blank."""
    decoded = rules.decode(value_json)
    if kind in ("multi", "list"):
        members = decoded if isinstance(decoded, list) else [decoded]
        said = frozenset(" ".join(str(one).split()) for one in members if one not in ("", None))
        return said or None
    if kind in rules.NESTED_TYPES:
        names = [_first_answer(one) for one in decoded] if isinstance(decoded, list) else []
        return frozenset(filter(None, names)) or None
    if isinstance(decoded, bool):
        return str(decoded)
    if kind == "int" and isinstance(decoded, int | float):
        return float(decoded)
    if decoded is None or isinstance(decoded, list | dict):
        return None
    return " ".join(str(decoded).split()) or None


def _first_answer(group: Any) -> str:
    """Return what the first question of a group was answered with: the group's name."""
    if not isinstance(group, Mapping):
        return ""
    for one in group.get("attributes") or ():
        said = rules.decode(str(one.get("value_json", "null")))
        return " ".join(said.split()) if isinstance(said, str) else ""
    return ""

"""What several annotators answered about the same records, one beside the other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.taxonomies import queries, rules
from incidentbase.store.taxonomies.models import Taxonomy

# A coder, a record and what the coder answered: one coding.
Coding = tuple[str, str, Hashable]


@dataclass(slots=True)
class FieldCodings:
    """All codings of one field; `kind` is its display type."""

    name: str
    kind: str
    codings: list[Coding] = field(default_factory=list)


def annotators_of(namespace: str) -> list[str]:
    """Return the taxonomies that are working copies of one, in the order of their names."""
    start = namespace + rules.ANNOTATOR_MARK
    rows = Taxonomy.objects.filter(namespace__startswith=start).order_by("namespace")
    return list(rows.values_list("namespace", flat=True))


def of_taxonomy(namespace: str, *, viewer: Viewer) -> list[FieldCodings]:
    """Return the codings of each field of a taxonomy, in definition order.

    A coder is an annotator's copy of the taxonomy, a record the incident or report classified. A
    question left blank is no coding. Lists are sets here: their order says nothing.
    """
    copies = annotators_of(namespace)
    found: dict[str, FieldCodings] = {}
    taxonomy = queries.get(namespace)
    if taxonomy is None:
        return []
    for one in taxonomy.fields.filter(parent__isnull=True).order_by("position"):
        if one.is_public:
            found.setdefault(one.short_name, FieldCodings(one.short_name, one.display_type))
    rows = (
        queries.classifications(viewer)
        .filter(taxonomy__namespace__in=copies)
        .select_related("taxonomy", "incident", "report")
        .prefetch_related("attributes")
        .order_by("pk")
    )
    for row in rows:
        record = f"incident {row.incident.incident_id}" if row.incident else ""
        if row.report is not None:
            record = f"report {row.report.report_number}"
        for answer in row.attributes.all():
            known = found.get(answer.short_name)
            label = label_of(answer.value_json, known.kind) if known else None
            if known is not None and label is not None:
                known.codings.append((row.taxonomy.namespace, record, label))
    return list(found.values())


def label_of(value_json: str, kind: str) -> Hashable | None:
    """Return an answer as a label to compare: a text, a number or a set; None for a blank."""
    decoded = rules.decode(value_json)
    if kind in ("multi", "list"):
        members = decoded if isinstance(decoded, list) else [decoded]
        said = frozenset(" ".join(str(one).split()) for one in members if one not in ("", None))
        return said or None
    if kind in rules.NESTED_TYPES:
        names = [_name_of(one) for one in decoded] if isinstance(decoded, list) else []
        return frozenset(filter(None, names)) or None
    if isinstance(decoded, bool):
        return str(decoded)
    if kind == "int" and isinstance(decoded, int | float):
        return float(decoded)
    if decoded is None or isinstance(decoded, list | dict):
        return None
    return " ".join(str(decoded).split()) or None


def _name_of(group: Any) -> str:
    """Return what the first question of a group was answered with: the group's name."""
    if not isinstance(group, Mapping):
        return ""
    for one in group.get("attributes") or ():
        said = rules.decode(str(one.get("value_json", "null")))
        return " ".join(said.split()) if isinstance(said, str) else ""
    return ""

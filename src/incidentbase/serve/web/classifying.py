"""Classifications as blocks on a page (spec aiid-site §3.10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from incidentbase.kit import clock
from incidentbase.serve.web import presenting
from incidentbase.serve.web.presenting import NamedLink
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer, may_classify
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import rules
from incidentbase.store.taxonomies.models import Attribute, Classification, TaxonomyField

# A classification shows its long description instead of a bare "yes" (spec §1.7).
DESCRIPTION_TOGGLE = "description_toggle"

# Taxonomies and what is answered with them are written in English.
TAXONOMY_LANGUAGE = "en"


def provenance_shown(told: rules.Provenance, people: Mapping[str, str]) -> dict[str, Any]:
    """Return where an answer came from in words; `people` are the names of accounts."""
    return {
        "said": _origin(told, people),
        # Whether there is more to say than that people answered somewhere.
        "is_told": told != rules.Provenance(method=rules.IMPORTED),
        "is_machine": told.is_machine,
        "is_reviewed": told.is_reviewed,
        "reviewer": people.get(told.reviewed_by, _("an editor")) if told.is_reviewed else "",
        "at": clock.from_iso(told.at) if told.at else None,
        "confidence": f"{told.confidence * 100:g}" if told.confidence is not None else "",
        "passage": told.passage,
        "report": told.report,
        "report_url": presenting.report_url(told.report) if told.report else "",
    }


def _origin(told: rules.Provenance, people: Mapping[str, str]) -> str:
    if told.method == rules.MODEL:
        if told.model:
            return _("Answered by a machine (%(model)s)") % {"model": told.model}
        return _("Answered by a machine")
    if told.method == rules.IMPORTED:
        return _("Answered by people, brought in from elsewhere")
    who = people.get(told.by, _("an editor"))
    if told.method == rules.ADJUDICATED:
        return _("Decided by %(name)s from the answers of several annotators") % {"name": who}
    return _("Answered by %(name)s") % {"name": who}


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One answered field."""

    id: str
    label: str
    value: str
    definition: str
    language: str
    # Empty when the value is said in the reader's language, as yes and no are.
    value_language: str
    # Where the answer comes from, as `provenance_shown` says it; empty where that tells nothing.
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """What one taxonomy says about one record: see `parts/classification.html`."""

    namespace: str
    title: str
    url: str
    anchor: str
    provenance: str
    fields: list[FieldShown]
    # For those who may edit it; empty for everybody else.
    edit_url: str
    notes: str
    is_draft: bool


def classification_blocks(rows: Iterable[Classification], viewer: Viewer) -> list[Block]:
    """Return a block for each classification that says something, annotator copies left out.

    Those who may edit one also see it when it says nothing yet.
    """
    shown = [row for row in rows if not rules.is_annotator_copy(row.taxonomy.namespace)]
    stored = [answer.provenance for row in shown for answer in row.attributes.all()]
    named = {told.get(who) for told in stored for who in ("by", "reviewed_by")} - {None}
    people = accounts.names_of(named) if named else {}
    blocks = [_block(row, people, viewer) for row in shown]
    return [block for block in blocks if block.fields or block.edit_url]


def taxonomies_to_add(blocks: Iterable[Block], viewer: Viewer) -> list[NamedLink]:
    """Return links to classify a record by the taxonomies that have not done so yet."""
    if not viewer.classifies:
        return []
    done = {block.namespace for block in blocks}
    return [
        NamedLink(row.namespace, f"?{urlencode({'edit_taxonomy': row.namespace})}#classify")
        for row in taxonomies.all_namespaces()
        if row.namespace not in done
        and not rules.is_annotator_copy(row.namespace)
        and may_classify(viewer, row.namespace)
    ]


def _block(row: Classification, people: Mapping[str, str], viewer: Viewer) -> Block:
    namespace = row.taxonomy.namespace
    answered = [
        (answer, answer.field)
        for answer in row.attributes.all()
        if answer.field is not None and answer.field.is_public
    ]
    answered.sort(key=lambda pair: (-pair[1].weight, pair[1].position))
    is_automated = bool(row.taxonomy.is_automated)
    shown = [
        _field(
            row.public_id,
            answer,
            field,
            provenance_shown(
                rules.provenance_of(answer.provenance, is_automated=is_automated), people
            ),
        )
        for answer, field in answered
    ]
    may_edit = may_classify(viewer, namespace)
    return Block(
        namespace=namespace,
        title=_("%(namespace)s classification") % {"namespace": namespace},
        url=taxonomy_url(namespace),
        anchor=f"{namespace}-classifications",
        provenance="machine" if row.taxonomy.is_automated else "human",
        fields=[field for field in shown if field.value],
        edit_url=f"?{urlencode({'edit_taxonomy': namespace})}#classify" if may_edit else "",
        notes=row.notes if may_edit else "",
        is_draft=not row.is_published,
    )


def taxonomy_url(namespace: str) -> str:
    """Return the page of a taxonomy; its address is the name in lower case."""
    return reverse("taxonomy", args=[namespace.lower()])


def _field(
    prefix: str, answer: Attribute, field: TaxonomyField, told: Mapping[str, Any]
) -> FieldShown:
    decoded = rules.decode(answer.value_json)
    definition = field.short_description
    value = words(decoded)
    if field.definition.get("render_as") == DESCRIPTION_TOGGLE:
        value = field.long_description if decoded is True else ""
    return FieldShown(
        id=f"c{prefix}-{answer.position}",
        label=field.short_name,
        value=value,
        definition=definition,
        language=TAXONOMY_LANGUAGE,
        value_language="" if isinstance(decoded, bool) else TAXONOMY_LANGUAGE,
        told=told if told["is_told"] else {},
    )


def words(value: Any) -> str:
    """Return an answer in words: yes and no, lists joined, nested answers in parentheses."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(filter(None, map(words, value)))
    if isinstance(value, dict):
        return _nested(value)
    return str(value).strip()


def _nested(value: dict[str, Any]) -> str:
    pairs = []
    for answer in value.get("attributes") or ():
        said = words(rules.decode(str(answer.get("value_json", "null"))))
        if said:
            pairs.append(f"{answer.get('short_name', '')}: {said}")
    return f"({'; '.join(pairs)})" if pairs else ""

"""What a taxonomy says of a record, all answers at once."""

from __future__ import annotations

from typing import Any, cast

from graphql import GraphQLResolveInfo

from incidentbase.serve.graphql.limits import Unanswerable
from incidentbase.serve.graphql.writing.acting import Given, Resolver, first, linked, told
from incidentbase.store.accounts.rules import require_classifier
from incidentbase.store.classifying import actions as classifying
from incidentbase.store.incidents.models import Incident
from incidentbase.store.taxonomies import queries as taxonomies


def _upsert(_root: None, info: GraphQLResolveInfo, **given: Any) -> Any:
    update: Given = given["update"]
    actor = info.context.viewer
    require_classifier(actor, update["namespace"])
    kind, number = _about(update, first("Classification", info, given), info)
    answers = None
    if update.get("attributes") is not None:
        answers = [
            (one.get("short_name") or "", one.get("value_json") or "")
            for one in update["attributes"]
            if one
        ]
    public_id = classifying.write_answers(
        update["namespace"],
        kind,
        number,
        answers,
        notes=update["notes"] or "" if "notes" in update else None,
        is_published=update.get("publish"),
        actor=actor,
    )
    found = taxonomies.classifications(actor).get(public_id=public_id)
    return told("Classification", info, found.pk)


def _about(update: Given, pk: int | None, info: GraphQLResolveInfo) -> tuple[str, int]:
    """Return the kind and number of what is classified: as the links say, or as it is found."""
    numbers = [
        (kind, number)
        for kind, member in (("incident", "incidents"), ("report", "reports"))
        for number in linked("Classification", member, update, info) or ()
    ]
    if not numbers and pk is not None:
        row = taxonomies.classifications(info.context.viewer).get(pk=pk)
        if row.report is not None:
            return "report", row.report.report_number
        return "incident", cast("Incident", row.incident).incident_id
    if len(numbers) != 1:
        raise Unanswerable("A classification is of exactly one incident or one report.")
    return numbers[0]


RESOLVERS: dict[str, Resolver] = {"upsertOneClassification": _upsert}

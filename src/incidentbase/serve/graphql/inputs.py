"""What mutations take and give, in the language of schemas; its rules are the reference's.

Inputs follow from the table: what is inserted has the types of what is read, what is set the same
without exclamation marks, and records that a record leads to are named by `link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from incidentbase.serve.graphql.table import MUTATIONS, PARTS, RECORDS, ROOTS, Field

# What changes a record in one act, and who may do so, is said where it is done.
_OWN = """
scalar JSONObject
type DeleteManyPayload { deletedCount: Int! }
type InsertManyPayload { insertedIds: [ObjectId]! }
type UpdateManyPayload { modifiedCount: Int! matchedCount: Int! }
type CreateVariantPayload { incident_id: Int! report_number: Int! }
type PromoteSubmissionToReportPayload { incident_ids: [Int] report_number: Int }
type UpdateOneEntityPayload {
  created_at: DateTime date_modified: DateTime entity_id: String! name: String!
  entity_relationships_to_add: [String] entity_relationships_to_remove: [String]
}
input CreateVariantInput { incidentId: Int! variant: CreateVariantInputVariant }
input CreateVariantInputVariant {
  date_published: String inputs_outputs: [String] submitters: [String] text: String
}
input LinkReportsToIncidentsInput { incident_ids: [Int!] report_numbers: [Int!] }
input UpdateOneReportTranslationInput {
  language: String! plain_text: String! report_number: Int! text: String! title: String!
  dirty: Boolean
}
input UpdateOneIncidentTranslationInput {
  language: String! incident_id: Int! title: String! description: String! dirty: Boolean
}
input UpdateOneEntityInput {
  created_at: DateTime date_modified: DateTime entity_id: String! name: String!
  entity_relationships_to_add: [JSONObject] entity_relationships_to_remove: [JSONObject]
}
input PromoteSubmissionToReportInput {
  incident_ids: [Int]! is_incident_report: Boolean submission_id: ObjectId!
}
"""
_OWN_MUTATIONS = (
    "flagReport(report_number: Int!, input: Boolean!): Report",
    "updateOneReportTranslation(input: UpdateOneReportTranslationInput!): Report",
    "createVariant(input: CreateVariantInput!): CreateVariantPayload",
    "linkReportsToIncidents(input: LinkReportsToIncidentsInput!): [Incident]",
    "flagIncidentSimilarity(incidentId: Int!, dissimilarIds: [Int!]): Incident",
    "updateOneIncidentTranslation(input: UpdateOneIncidentTranslationInput!): Incident",
    "updateEntityAndRelationships(input: UpdateOneEntityInput!): UpdateOneEntityPayload!",
    "mergeEntities(primaryId: String!, secondaryId: String!, keepEntity: Int!): Entity!",
    "promoteSubmissionToReport(input: PromoteSubmissionToReportInput!): "
    "PromoteSubmissionToReportPayload!",
)
_WINDOW = "filter: {0}FilterType, sort: {0}SortType, pagination: PaginationType"
_FILTER = "filter: {0}FilterType!"
_GENERATED = {
    "deleteOne": (f"({_WINDOW})", "{0}"),
    "deleteMany": (f"({_WINDOW})", "DeleteManyPayload"),
    "insertOne": ("(data: {0}InsertType!)", "{0}"),
    "insertMany": ("(data: [{0}InsertType]!)", "InsertManyPayload"),
    "updateOne": (f"({_FILTER}, update: {{0}}UpdateType!)", "{0}"),
    "updateMany": (f"({_FILTER}, update: {{0}}UpdateType!)", "UpdateManyPayload"),
    "upsertOne": (f"({_FILTER}, update: {{0}}InsertType!)", "{0}"),
}


def name_of(act: str, kind: str) -> str:
    """Return the name of a generated mutation: `insertOne` of `Report` is `insertOneReport`."""
    one, many = ROOTS[kind]
    word = many if act.endswith("Many") else one
    return f"{act}{word[0].upper()}{word[1:]}"


def written() -> str:
    """Return the inputs and the root of mutations."""
    inserted = [kind for kind, acts in MUTATIONS.items() if _INSERTING & set(acts)]
    updated = [kind for kind, acts in MUTATIONS.items() if _UPDATING & set(acts)]
    return "\n".join(
        [
            _OWN,
            *(_input(f"{kind}InsertType", _inserted(RECORDS[kind], kind)) for kind in inserted),
            *(_input(f"{kind}SetType", _set(RECORDS[kind], kind)) for kind in updated),
            *(f"input {kind}UpdateType {{ set: {kind}SetType }}" for kind in updated),
            *_links({*inserted, *updated}),
            *_parts(inserted, updated),
            _root(),
        ]
    )


_INSERTING = frozenset({"insertOne", "insertMany", "upsertOne"})
_UPDATING = frozenset({"updateOne", "updateMany"})


def _root() -> str:
    generated = [
        f"{name_of(act, kind)}{arguments.format(kind)}: {answer.format(kind)}"
        for kind, acts in MUTATIONS.items()
        for act in acts
        for arguments, answer in [_GENERATED[act]]
    ]
    return _braced("type Mutation", [*generated, *_OWN_MUTATIONS])


def _inserted(fields: dict[str, Field], kind: str) -> list[str]:
    return [
        f"{field.name}: {_with_base(field, kind, 'InsertType', 'InsertType')}"
        for field in _given(fields)
    ]


def _set(fields: dict[str, Field], kind: str) -> list[str]:
    return [
        f"{field.name}: {_with_base(field, kind, 'SetObjectType', 'SetListObjectType')}".replace(
            "!", ""
        )
        for field in _given(fields)
    ]


def _given(fields: dict[str, Field]) -> list[Field]:
    """Return the fields that can be given: first values, then what leads to other records."""
    given = [field for field in fields.values() if not field.is_computed]
    return sorted(given, key=lambda field: bool(field.key))


def _with_base(field: Field, kind: str, one: str, several: str) -> str:
    if field.key:
        return _relation(kind, field)
    if field.base not in PARTS:
        return field.type
    return field.type.replace(field.base, field.base + (several if field.is_list else one))


def _relation(kind: str, field: Field) -> str:
    # Only the first letter stays as it is: the reference's names are made so.
    return f"{kind}{field.name[0].upper()}{field.name[1:].lower()}RelationInput"


def _links(kinds: Iterable[str]) -> list[str]:
    return [
        _input(
            _relation(kind, field), [f"link: {f'[{field.key}]!' if field.is_list else field.key}"]
        )
        for kind in RECORDS
        if kind in kinds
        for field in _given(RECORDS[kind])
        if field.key
    ]


def _parts(inserted: Iterable[str], updated: Iterable[str]) -> list[str]:
    """Return the inputs of objects inside of records."""
    found: dict[str, str] = {}
    for kind in inserted:
        _add_inserted(RECORDS[kind], found)
    for kind in updated:
        for field in _given(RECORDS[kind]):
            if field.base in PARTS:
                ending = "SetListObjectType" if field.is_list else "SetObjectType"
                members = [re.sub("!", "", one) for one in _set(PARTS[field.base], field.base)]
                members += [] if field.is_list else ["_OVERWRITE: Boolean"]
                found[f"{field.base}{ending}"] = _input(f"{field.base}{ending}", members)
    return list(found.values())


def _add_inserted(fields: dict[str, Field], found: dict[str, str]) -> None:
    for field in _given(fields):
        name = f"{field.base}InsertType"
        if field.base in PARTS and name not in found:
            found[name] = _input(name, _inserted(PARTS[field.base], field.base))
            _add_inserted(PARTS[field.base], found)


def _input(name: str, members: Iterable[str]) -> str:
    return _braced(f"input {name}", members)


def _braced(head: str, members: Iterable[str]) -> str:
    return head + " {\n" + "".join(f"  {member}\n" for member in members) + "}\n"

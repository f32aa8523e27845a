"""The one table of what the GraphQL API knows: types with fields, in the order of precedence.

A field is `name: Type`, as clients see it. `by Int` says that it leads to other records and that
filters compare the key of those; `computed` says that no filter and no order knows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SCALARS = ("ObjectId", "DateTime", "Long")
COMPARED = ("String", "Int", "Float", "Boolean", "DateTime", "ObjectId", "Long")

# What can be asked for by itself: with filters, an order and pages.
_RECORDS = {
    "Quickadd": """
        _id: ObjectId, date_submitted: String!, incident_id: Int, source_domain: String,
        url: String!
    """,
    "Report": """
        _id: ObjectId, authors: [String]!, cloudinary_id: String!, created_at: DateTime,
        date_downloaded: DateTime!, date_modified: DateTime!, date_published: DateTime!,
        date_submitted: DateTime!, description: String, editor_notes: String,
        embedding: ReportEmbedding, epoch_date_published: Int!, epoch_date_submitted: Int!,
        flag: Boolean, image_url: String!, inputs_outputs: [String],
        is_incident_report: Boolean, language: String!, plain_text: String!,
        report_number: Int!, source_domain: String!, snippet_max_characters: Int,
        submitters: [String]!, tags: [String]!, text: String!, title: String!, url: String!,
        user: User by String, quiet: Boolean,
        translations(languages: [String]!): [ReportTranslations] computed
    """,
    "User": """
        _id: ObjectId, adminData: UserAdminDatum computed, first_name: String,
        last_name: String, roles: [String]!, userId: String!
    """,
    "Incident": """
        _id: ObjectId, date: String!, description: String, editor_notes: String!,
        date_modified: DateTime, incident_id: Int!, title: String!,
        AllegedDeployerOfAISystem: [Entity] by String,
        AllegedDeveloperOfAISystem: [Entity] by String,
        AllegedHarmedOrNearlyHarmedParties: [Entity] by String,
        classifications: [Classification] computed, implicated_systems: [Entity] by String,
        editor_dissimilar_incidents: [Int], editor_similar_incidents: [Int],
        editors: [User] by String, embedding: IncidentEmbedding,
        flagged_dissimilar_incidents: [Int]!,
        nlp_similar_incidents: [IncidentNlp_similar_incident], reports: [Report] by Int,
        tsne: IncidentTsne, created_at: DateTime,
        translations(languages: [String]!): [IncidentTranslations] computed
    """,
    "Entity": """
        _id: ObjectId, entity_id: String!, name: String!, created_at: DateTime,
        date_modified: DateTime
    """,
    "Classification": """
        _id: ObjectId, attributes: [Attribute], incidents: [Incident] by Int,
        namespace: String!, notes: String, publish: Boolean, reports: [Report] by Int
    """,
    "Submission": """
        _id: ObjectId, authors: [String]!, cloudinary_id: String, date_downloaded: String!,
        date_modified: String!, date_published: String!, date_submitted: String!,
        deployers: [Entity] by String, description: String, developers: [Entity] by String,
        editor_dissimilar_incidents: [Int], editor_notes: String,
        editor_similar_incidents: [Int], embedding: Embedding, epoch_date_modified: Long,
        harmed_parties: [Entity] by String, image_url: String!, incident_date: String,
        incident_editors: [User] by String, incident_ids: [Int], incident_title: String,
        language: String!, nlp_similar_incidents: [IncidentNlp_similar_incident],
        plain_text: String, source_domain: String!, submitters: [String]!, tags: [String]!,
        text: String!, title: String!, url: String!, user: User by String, status: String,
        snippet_max_characters: Int, quiet: Boolean, implicated_systems: [Entity] by String
    """,
    "Entity_relationship": """
        _id: ObjectId, pred: String, is_symmetric: Boolean, obj: Entity by String,
        sub: Entity by String, created_at: DateTime
    """,
    "Taxa": """
        _id: ObjectId, complete_entities: Boolean, description: String,
        dummy_fields: [DummyFields], field_list: [FieldList], namespace: String, weight: Int,
        automatedClassifications: Boolean
    """,
    "Candidate": """
        _id: ObjectId, title: String!, date_published: String!, matching_keywords: [String],
        matching_harm_keywords: [String], matching_entities: [String],
        embedding: CandidateEmbedding, similarity: Float, match: Boolean, created_at: DateTime,
        url: String!, dismissed: Boolean, text: String, plain_text: String
    """,
    "Subscription": """
        _id: ObjectId, entityId: Entity by String, incident_id: Incident by Int, type: String!,
        userId: User by String
    """,
    "Duplicate": """
        _id: ObjectId, duplicate_incident_number: Int, true_incident_number: Int
    """,
    "Notification": """
        _id: ObjectId, incident_id: Int, report_number: Int, entity_id: String,
        isUpdate: Boolean, processed: Boolean, sentDate: DateTime, type: String,
        userId: User by String, created_at: DateTime
    """,
    "History_report": """
        _id: ObjectId, authors: [String], cloudinary_id: String, created_at: DateTime,
        date_downloaded: DateTime!, date_modified: DateTime!, date_published: DateTime!,
        date_submitted: DateTime!, description: String, modifiedBy: String,
        editor_notes: String, embedding: ReportEmbedding, epoch_date_modified: Int,
        epoch_date_published: Int, epoch_date_submitted: Int, flag: Boolean, image_url: String,
        inputs_outputs: [String], is_incident_report: Boolean, language: String,
        plain_text: String, report_number: Int, source_domain: String,
        snippet_max_characters: Int, submitters: [String], tags: [String], text: String,
        title: String, url: String, user: String, quiet: Boolean
    """,
    "History_incident": """
        _id: ObjectId, AllegedDeployerOfAISystem: [String] computed,
        AllegedDeveloperOfAISystem: [String] computed,
        AllegedHarmedOrNearlyHarmedParties: [String] computed,
        created_at: DateTime, implicated_systems: [String], date: String!, description: String,
        modifiedBy: String, editor_dissimilar_incidents: [Int], editor_notes: String,
        editor_similar_incidents: [Int], editors: [String]!, embedding: IncidentEmbedding,
        date_modified: DateTime, flagged_dissimilar_incidents: [Int], incident_id: Int!,
        nlp_similar_incidents: [IncidentNlp_similar_incident], reports: [Int]!, title: String!,
        tsne: IncidentTsne
    """,
    "Checklist": """
        _id: ObjectId, owner_id: String, tags_methods: [String], tags_goals: [String],
        tags_other: [String], about: String, date_created: DateTime, date_updated: DateTime,
        risks: [Risks], id: String, name: String
    """,
    "EntityDuplicate": """
        _id: ObjectId, duplicate_entity_id: String!, true_entity_id: String!
    """,
}

# What only stands inside of others.
_PARTS = {
    "ReportEmbedding": """
        from_text_hash: String, vector: [Float]
    """,
    "UserAdminDatum": """
        creationDate: DateTime!, disabled: Boolean!, email: String!,
        lastAuthenticationDate: DateTime
    """,
    "ReportTranslations": """
        text: String, title: String, plain_text: String, language: String!, dirty: Boolean
    """,
    "Attribute": """
        short_name: String, value_json: String
    """,
    "IncidentEmbedding": """
        from_reports: [Int], vector: [Float]
    """,
    "IncidentNlp_similar_incident": """
        incident_id: Int, similarity: Float
    """,
    "IncidentTsne": """
        x: Float, y: Float
    """,
    "IncidentTranslations": """
        language: String, title: String, description: String, dirty: Boolean
    """,
    "Embedding": """
        from_text_hash: String, vector: [Float]
    """,
    "DummyFields": """
        field_number: String, short_name: String
    """,
    "FieldList": """
        complete_from: CompleteFrom, default: String, display_type: String,
        field_number: String, instant_facet: Boolean, item_fields: ItemFields,
        long_description: String, long_name: String, mongo_type: String,
        permitted_values: [String], placeholder: String, public: Boolean, hide_search: Boolean,
        required: Boolean, short_description: String, short_name: String, weight: Int,
        notes: String, subfields: [Subfield]
    """,
    "CompleteFrom": """
        all: [String], current: [String]
    """,
    "ItemFields": """
        complete_from: CompleteFrom, default: String, display_type: String,
        field_number: String, instant_facet: Boolean, long_description: String,
        long_name: String, mongo_type: String, permitted_values: [String], placeholder: String,
        public: Boolean, required: Boolean, short_description: String, short_name: String,
        weight: Int
    """,
    "Subfield": """
        field_number: String, short_name: String, long_name: String, short_description: String,
        long_description: String, display_type: String, mongo_type: String, default: String,
        placeholder: String, permitted_values: [String], weight: Int, instant_facet: Boolean,
        required: Boolean, public: Boolean, complete_from: SubfieldCompleteFrom,
        hide_search: Boolean
    """,
    "SubfieldCompleteFrom": """
        all: [String], current: [String], entities: Boolean
    """,
    "CandidateEmbedding": """
        vector: [Float], source: String
    """,
    "Risks": """
        id: String, tag: String, tags: [String], severity: String, title: String,
        risk_status: String, likelihood: String, touched: Boolean, risk_notes: String,
        precedents: [Precedents]
    """,
    "Precedents": """
        id: String, title: String, description: String, incident_id: Int, tags: [String]
    """,
    "SimilarEntitiesResult": """
        pairs: [SimilarEntityPair]!, hasMore: Boolean!
    """,
    "SimilarEntityPair": """
        entityId1: String!, entityName1: String!, entityId2: String!, entityName2: String!,
        similarity: Float!
    """,
}

# How one and how many records of a type are asked for.
ROOTS = {
    "Quickadd": ("quickadd", "quickadds"),
    "Report": ("report", "reports"),
    "User": ("user", "users"),
    "Incident": ("incident", "incidents"),
    "Entity": ("entity", "entities"),
    "Classification": ("classification", "classifications"),
    "Submission": ("submission", "submissions"),
    "Entity_relationship": ("entity_relationship", "entity_relationships"),
    "Taxa": ("taxa", "taxas"),
    "Candidate": ("candidate", "candidates"),
    "Subscription": ("subscription", "subscriptions"),
    "Duplicate": ("duplicate", "duplicates"),
    "Notification": ("notification", "notifications"),
    "History_report": ("history_report", "history_reports"),
    "History_incident": ("history_incident", "history_incidents"),
    "Checklist": ("checklist", "checklists"),
    "EntityDuplicate": ("entityDuplicate", "entityDuplicates"),
}


_ALL = (
    *("deleteOne", "deleteMany", "insertOne", "insertMany"),
    *("updateOne", "updateMany", "upsertOne"),
)
# What can be done to records of a type by generated mutations.
MUTATIONS = {
    "Quickadd": _ALL,
    "Report": ("deleteOne", "insertOne", "updateOne"),
    "User": ("updateOne",),
    "Incident": ("insertOne", "updateOne", "updateMany"),
    "Entity": ("updateOne", "upsertOne"),
    "Classification": ("upsertOne",),
    "Submission": ("deleteOne", "insertOne", "updateOne"),
    "Entity_relationship": ("deleteOne", "updateOne", "upsertOne"),
    "Candidate": _ALL,
    "Subscription": ("deleteOne", "deleteMany", "updateOne", "upsertOne"),
    "Duplicate": _ALL,
    "Checklist": ("deleteOne", "insertOne", "upsertOne"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its arguments and type in the language of schemas, and what filters compare."""

    name: str
    arguments: str
    type: str
    # The scalar by which filters know records that it leads to; empty for all else.
    key: str
    is_computed: bool

    @property
    def base(self) -> str:
        """The type without lists and exclamation marks."""
        return self.type.strip("[]!")

    @property
    def is_list(self) -> bool:
        """Whether it holds several."""
        return self.type.startswith("[")


_FIELD = re.compile(
    r"(?P<name>\w+)(?P<arguments>\([^)]*\))?: (?P<type>[\w\[\]!]+)"
    r"(?: by (?P<key>\w+))?(?P<computed> computed)?(?:,|\Z)\s*"
)


def _fields(written: str) -> dict[str, Field]:
    return {
        found["name"]: Field(
            found["name"],
            found["arguments"] or "",
            found["type"],
            found["key"] or "",
            bool(found["computed"]),
        )
        for found in _FIELD.finditer(" ".join(written.split()))
    }


RECORDS = {name: _fields(written) for name, written in _RECORDS.items()}
PARTS = {name: _fields(written) for name, written in _PARTS.items()}

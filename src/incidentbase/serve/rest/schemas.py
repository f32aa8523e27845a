"""The shapes of answers and bodies, for the OpenAPI document and for checking what comes in.

Answers are made by `serve/http/shapes.py` and `records.py`; tests hold them to these shapes.
Members that `fields` may leave out are not required.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from incidentbase.store.submissions import rules as submission_rules


def _nothing_required(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class Narrowed(Schema):
    """A record of which `fields` may ask for parts."""

    model_config = ConfigDict(json_schema_extra=_nothing_required)


class Named(Schema):
    """An entity in a role."""

    entity_id: str
    name: str
    kind: str
    url: str


class Roles(Schema):
    """Who took part in an incident, by role."""

    deployer: list[Named]
    developer: list[Named]
    harmed: list[Named]
    implicated: list[Named]


class Words(Schema):
    """An incident's words in another language."""

    language: str
    title: str
    description: str


class ReportWords(Schema):
    """A report's words in another language."""

    language: str
    title: str
    text: str


class Report(Narrowed):
    """A report. Lists leave out `text` and `translations` unless `fields` names them."""

    report_number: int
    id: Annotated[str, Field(alias="_id", serialization_alias="_id")]
    title: str
    url: str
    source_domain: str
    text: Annotated[str, Field(description="Markdown, as much as the source permits.")]
    language: str
    authors: list[str]
    submitters: list[str]
    tags: list[str]
    date_published: str | None
    date_submitted: str | None
    date_modified: str | None
    flag: bool
    inputs_outputs: list[Any]
    page: str | None
    translations: list[ReportWords]
    incident_ids: list[int]


class Provenance(Schema):
    """Who or what gave an answer, and how; what nobody said is null."""

    method: str
    machine: bool
    by: str | None
    model: str | None
    at: str | None
    confidence: float | None
    reviewed_by: str | None
    reviewed_at: str | None
    report: int | None
    passage: str | None


class Answer(Schema):
    """The answer to one field of a taxonomy."""

    short_name: str
    value: Any
    provenance: Provenance


class Classification(Narrowed):
    """What a taxonomy says of one incident or report."""

    id: Annotated[str, Field(alias="_id", serialization_alias="_id")]
    namespace: str
    incident_id: int | None
    report_number: int | None
    publish: bool
    attributes: list[Answer]


class Incident(Narrowed):
    """An incident. Lists leave out all but the numbers of `reports` and the `classifications`."""

    incident_id: int
    id: Annotated[str, Field(alias="_id", serialization_alias="_id")]
    title: str
    description: str
    date: str
    editor_notes: str
    created_at: str | None
    date_modified: str | None
    url: str
    entities: Roles
    report_numbers: list[int]
    translations: list[Words]
    same_as: Annotated[list[str], Field(description="Its pages in other databases.")]
    reports: list[Report]
    classifications: list[Classification]


class RoleCounts(Schema):
    """In how many incidents an entity has each role."""

    deployer: int
    developer: int
    harmed: int
    implicated: int


class Entity(Narrowed):
    """An entity that incidents name. Lists leave out `incidents` and `related`."""

    entity_id: str
    name: str
    kind: str
    url: str
    aliases: list[str]
    counts: RoleCounts
    incidents: Annotated[
        dict[str, list[int]], Field(description="Numbers of incidents, by the entity's role.")
    ]
    related: Annotated[
        dict[str, list[Named]], Field(description="Entities by how they stand to this one.")
    ]


class TaxonomyField(Schema):
    """One field of a taxonomy."""

    short_name: str
    display_type: str
    short_description: str
    long_description: str
    permitted_values: list[Any]


class Taxonomy(Narrowed):
    """A taxonomy. The list leaves out `fields`."""

    namespace: str
    description: str
    version: int
    is_automated: bool | None
    classifications: int
    url: str
    fields_: Annotated[list[TaxonomyField], Field(alias="fields", serialization_alias="fields")]


class Page(Schema):
    """One page of a list; `next_cursor` is null at the end."""

    next_cursor: str | None


class IncidentPage(Page):
    """Incidents."""

    items: list[Incident]


class ReportPage(Page):
    """Reports."""

    items: list[Report]


class EntityPage(Page):
    """Entities."""

    items: list[Entity]


class TaxonomyPage(Page):
    """Taxonomies."""

    items: list[Taxonomy]


class ClassificationPage(Page):
    """Classifications."""

    items: list[Classification]


class Passage(Schema):
    """Where the words of a search stand in a report."""

    report_number: int
    language: str
    text: str


class Hit(Schema):
    """A result: an incident, or a report, with where it matched."""

    kind: Literal["incident", "report"]
    title: str
    url: str
    incident_id: int | None = None
    report_number: int | None = None
    matched_in: list[str] = []
    passages: list[Passage] = []


class FacetValue(Schema):
    """How many results a value of a facet has."""

    value: str
    count: int


class SearchPage(Page):
    """Results of a search with counts of facets, by their parameters."""

    total: int
    matched: Annotated[
        Literal["typed", "spelling", "most"], Field(description="How the words were taken.")
    ]
    notes: list[str]
    items: list[Hit]
    facets: dict[str, list[FacetValue]]


class Change(Schema):
    """A record that changed, or that is gone from view."""

    kind: Literal["incident", "report", "entity", "taxonomy", "classification"]
    id: str
    event: Literal["changed", "gone"]
    at: str
    url: Annotated[str | None, Field(description="Where to read it again; null when gone.")]


class ChangePage(Schema):
    """Changes in order. Keep `cursor` and ask with it again, now or later."""

    items: list[Change]
    cursor: Annotated[str | None, Field(description="Null only before the very first change.")]
    has_more: bool


class FoundReport(Schema):
    """A report at an address."""

    report_number: int
    title: str
    url: str


class FoundIncident(Schema):
    """An incident of a report at an address."""

    incident_id: int
    title: str
    url: str


class Lookup(Schema):
    """What is known of one address."""

    url: str
    reports: list[FoundReport]
    incidents: list[FoundIncident]


class LookupList(Schema):
    """What is known of each address, in the order given."""

    results: list[Lookup]


class FoundNames(Schema):
    """Entities of which a name or other name holds the words."""

    items: list[Named]


class Submission(Schema):
    """What everybody may see of a submission that waits."""

    title: str
    source_domain: str
    language: str
    date_submitted: str
    submitters: list[str]
    status: str


class SubmissionPage(Page):
    """The queue, newest first."""

    items: list[Submission]


class SubmissionState(Schema):
    """What became of a submission, for who holds its tracking code."""

    code: str
    title: str
    status: str
    url: str
    refusal: str | None
    report_number: int | None
    incident_ids: list[int]


Text = Annotated[str, Field(max_length=submission_rules.TEXT[1] * 2)]
Line = Annotated[str, Field(max_length=submission_rules.LONGEST_URL)]
Number = Annotated[int, Field(ge=1, le=999_999_999)]
Names = Annotated[list[Line], Field(max_length=submission_rules.LONGEST_LIST)]


class Draft(Schema):
    """A report to send in. The same rules hold as for the form."""

    model_config = ConfigDict(extra="forbid")

    url: Line
    title: Line
    authors: Names
    date_published: Annotated[Line, Field(description="YYYY-MM-DD")]
    date_downloaded: Annotated[Line, Field(description="YYYY-MM-DD")]
    text: Annotated[Text, Field(description="Markdown, 80 to 50,000 characters.")]
    incident_ids: Annotated[list[Number], Field(max_length=submission_rules.LONGEST_LIST)] = []
    incident_date: Line = ""
    submitters: Names = []
    image_url: Line = ""
    language: Line = "en"
    tags: Names = []
    editor_notes: Text = ""
    incident_title: Line = ""
    description: Text = ""
    deployers: Names = []
    developers: Names = []
    harmed: Names = []
    implicated: Names = []


class NewSubmission(Draft):
    """A draft, and whether to send it in although the address is known already."""

    anyway: bool = False

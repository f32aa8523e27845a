"""The one list of facets: it makes the index fields, the filters of pages and APIs, the words of
the query language, the columns of tables, and their help.

`name` is what the index and the code call a facet, `parameter` what addresses call it; addresses
of the reference site keep working, so its parameter names are kept. The values of the tree facet
are `NS:Field:Value`; its branches `NS` and `NS:Field` are values too, for "anything in there".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FacetKind = Literal["term", "year", "flag", "tree", "record"]

# Joins the values of one facet in an address, as in `source_domain=a.com||b.com`.
SEPARATOR = "||"
# Before the parameter of a facet: results must have none of the values.
EXCLUDING = "not_"
# Between the levels of a value of the tree facet.
LEVELS = ":"


@dataclass(frozen=True, slots=True)
class Facet:
    """A property to narrow a search by.

    `prefixes` are its names in the query language. With `has_words` a value is found there by
    its words (`deployer:tesla`), otherwise only by the value as it is (`lang:ja`).
    """

    name: str
    label: str | Promise
    parameter: str
    kind: FacetKind
    help: str | Promise
    prefixes: tuple[str, ...] = ()
    has_words: bool = False


FACETS: tuple[Facet, ...] = (
    Facet(
        name="classifications",
        label=_("Classifications"),
        parameter="classifications",
        kind="tree",
        help=_("Answers that taxonomies give about the incident, such as MIT or CSETv1."),
    ),
    Facet(
        name="mit_domain",
        label=_("MIT risk domain"),
        parameter="mit_domain",
        kind="term",
        help=_("The kind of risk according to the MIT taxonomy."),
        prefixes=("risk",),
        has_words=True,
    ),
    Facet(
        name="entity",
        label=_("Entity"),
        parameter="entity",
        kind="term",
        help=_("Organizations, people and groups named by the incident, in any role."),
        prefixes=("entity",),
        has_words=True,
    ),
    Facet(
        name="deployer",
        label=_("Alleged deployer"),
        parameter="deployer",
        kind="term",
        help=_("Who is alleged to have deployed the system."),
        prefixes=("deployer",),
        has_words=True,
    ),
    Facet(
        name="developer",
        label=_("Alleged developer"),
        parameter="developer",
        kind="term",
        help=_("Who is alleged to have developed the system."),
        prefixes=("developer",),
        has_words=True,
    ),
    Facet(
        name="harmed",
        label=_("Harmed or nearly harmed"),
        parameter="harmed",
        kind="term",
        help=_("Who is alleged to have been harmed or nearly harmed."),
        prefixes=("harmed",),
        has_words=True,
    ),
    Facet(
        name="implicated",
        label=_("Implicated system"),
        parameter="implicated",
        kind="term",
        help=_("Systems alleged to have taken part in the incident."),
        prefixes=("system",),
        has_words=True,
    ),
    Facet(
        name="source",
        label=_("Source"),
        parameter="source_domain",
        kind="term",
        help=_("The publisher of a report, named by its domain."),
        prefixes=("source", "domain"),
        has_words=True,
    ),
    Facet(
        name="year",
        label=_("Incident year"),
        parameter="year",
        kind="year",
        help=_("The year in which the incident happened or began."),
        prefixes=("year",),
    ),
    Facet(
        name="published_year",
        label=_("Year published"),
        parameter="published_year",
        kind="year",
        help=_("The year in which a report was published."),
    ),
    Facet(
        name="country",
        label=_("Country"),
        parameter="country",
        kind="term",
        help=_("Where it happened, for incidents whose classification names a country."),
        prefixes=("country",),
    ),
    Facet(
        name="language",
        label=_("Language"),
        parameter="language",
        kind="term",
        help=_("The language in which a report was written."),
        prefixes=("lang", "language"),
    ),
    Facet(
        name="tags",
        label=_("Tags"),
        parameter="tags",
        kind="term",
        help=_("Labels that editors gave to reports."),
        prefixes=("tag", "tags"),
        has_words=True,
    ),
    Facet(
        name="authors",
        label=_("Authors"),
        parameter="authors",
        kind="term",
        help=_("Who wrote a report."),
        prefixes=("author",),
        has_words=True,
    ),
    Facet(
        name="submitters",
        label=_("Submitters"),
        parameter="submitters",
        kind="term",
        help=_("Who sent a report in."),
        prefixes=("submitter",),
        has_words=True,
    ),
    Facet(
        name="flag",
        label=_("Flagged"),
        parameter="flag",
        kind="flag",
        help=_("Whether a reader asked editors to look at a report again."),
    ),
    Facet(
        name="incident_id",
        label=_("Incident number"),
        parameter="incident_id",
        kind="term",
        help=_("The number of the incident, or of a report's incidents."),
        prefixes=("id",),
    ),
    Facet(
        name="kind",
        label=_("Kind of record"),
        parameter="is_incident_report",
        kind="record",
        help=_("Incidents, reports of incidents, or reports of issues without an incident."),
    ),
)

NAMES: frozenset[str] = frozenset(facet.name for facet in FACETS)
BY_NAME: dict[str, Facet] = {facet.name: facet for facet in FACETS}
BY_PARAMETER: dict[str, Facet] = {facet.parameter: facet for facet in FACETS}
BY_PREFIX: dict[str, Facet] = {prefix: facet for facet in FACETS for prefix in facet.prefixes}
# What filters can name; the kind of record is chosen apart, because every search has one.
FILTERS: tuple[Facet, ...] = tuple(facet for facet in FACETS if facet.kind != "record")
ENTITIES: frozenset[str] = frozenset({"entity", "deployer", "developer", "harmed", "implicated"})


def group_of(name: str, value: str) -> str:
    """Return what a value shares its OR with: its facet, in a tree its field."""
    if BY_NAME[name].kind != "tree":
        return name
    return LEVELS.join([name, *value.split(LEVELS)[:2]])


def branches(namespace: str, field: str, value: str) -> tuple[str, str, str]:
    """Return a value of the tree facet and the branches above it, the outermost first."""
    return namespace, f"{namespace}{LEVELS}{field}", LEVELS.join([namespace, field, value])

"""The one list of facets: it makes the index fields, the filters of pages and APIs, and their help.

`name` is what the index and the code call a facet, `parameter` what addresses call it; addresses
of the reference site keep working, so its parameter names are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FacetKind = Literal["term", "year", "flag"]
Unit = Literal["incident", "report"]

# Joins the values of one facet in an address, as in `source_domain=a.com||b.com`.
SEPARATOR = "||"


@dataclass(frozen=True, slots=True)
class Facet:
    """A property to narrow a search by; `units` are the kinds of result that have it."""

    name: str
    label: str | Promise
    parameter: str
    kind: FacetKind
    help: str | Promise
    units: tuple[Unit, ...] = ("incident", "report")


FACETS: tuple[Facet, ...] = (
    Facet(
        name="entity",
        label=_("Entity"),
        parameter="entity",
        kind="term",
        help=_("Organizations, people and groups named by the incident, in any role."),
    ),
    Facet(
        name="deployer",
        label=_("Alleged deployer"),
        parameter="deployer",
        kind="term",
        help=_("Who is alleged to have deployed the system."),
    ),
    Facet(
        name="developer",
        label=_("Alleged developer"),
        parameter="developer",
        kind="term",
        help=_("Who is alleged to have developed the system."),
    ),
    Facet(
        name="harmed",
        label=_("Harmed or nearly harmed"),
        parameter="harmed",
        kind="term",
        help=_("Who is alleged to have been harmed or nearly harmed."),
    ),
    Facet(
        name="implicated",
        label=_("Implicated system"),
        parameter="implicated",
        kind="term",
        help=_("Systems alleged to have taken part in the incident."),
    ),
    Facet(
        name="source",
        label=_("Source"),
        parameter="source_domain",
        kind="term",
        help=_("The publisher of a report, named by its domain."),
    ),
    Facet(
        name="language",
        label=_("Language"),
        parameter="language",
        kind="term",
        help=_("The language in which a report was written."),
    ),
    Facet(
        name="mit_domain",
        label=_("MIT risk domain"),
        parameter="mit_domain",
        kind="term",
        help=_("The kind of risk according to the MIT taxonomy."),
    ),
    Facet(
        name="year",
        label=_("Incident year"),
        parameter="year",
        kind="year",
        help=_("The year in which the incident happened or began."),
    ),
    Facet(
        name="tags",
        label=_("Tags"),
        parameter="tags",
        kind="term",
        help=_("Labels that editors gave to reports."),
    ),
    Facet(
        name="authors",
        label=_("Authors"),
        parameter="authors",
        kind="term",
        help=_("Who wrote a report."),
    ),
    Facet(
        name="submitters",
        label=_("Submitters"),
        parameter="submitters",
        kind="term",
        help=_("Who sent a report in."),
    ),
    Facet(
        name="incident_id",
        label=_("Incident number"),
        parameter="incident_id",
        kind="term",
        help=_("The number of the incident, or of a report's incidents."),
    ),
)

NAMES: frozenset[str] = frozenset(facet.name for facet in FACETS)
BY_NAME: dict[str, Facet] = {facet.name: facet for facet in FACETS}
BY_PARAMETER: dict[str, Facet] = {facet.parameter: facet for facet in FACETS}

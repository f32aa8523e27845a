"""What agents may say to the tools, with the words that explain it to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from incidentbase.index import facets
from incidentbase.store.submissions import rules

MOST_RESULTS = 50
MOST_ALIKE = 20

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Field(ge=1, le=MOST_RESULTS, description="How many results at most.")]
Words = Annotated[str, Field(max_length=1_000)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=rules.TEXT[1])]
Line = Annotated[str, Field(max_length=rules.LONGEST_URL)]
Lines = Annotated[list[Line], Field(max_length=rules.LONGEST_LIST)]
Kind = Literal["incidents", "incident_reports", "issue_reports"]
Order = Literal["relevance", "incident-date-desc", "incident-date-asc"]

# One list of facets makes the form of Discover, the parameters of REST, and this.
Filters: type[BaseModel] = create_model(
    "Filters",
    __config__=ConfigDict(extra="forbid"),
    **{
        facet.parameter: (
            Annotated[list[Words] | None, Field(description=str(facet.help), max_length=50)],
            None,
        )
        for facet in facets.FILTERS
    },  # type: ignore[call-overload]
)


def chosen(filters: BaseModel | None) -> dict[str, tuple[str, ...]]:
    """Return the values of filters by the names of their facets."""
    given: dict[str, Any] = filters.model_dump(exclude_none=True) if filters else {}
    return {facets.BY_PARAMETER[name].name: tuple(values) for name, values in given.items()}

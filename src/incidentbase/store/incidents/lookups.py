"""Which reports of incidents are about an address: for lookups by programs and widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from incidentbase.kit import urls
from incidentbase.store.accounts.models import visible
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries
from incidentbase.store.incidents.models import IncidentReport
from incidentbase.store.reports.models import complete


@dataclass(frozen=True, slots=True)
class Linked:
    """A report at an address with one of its incidents."""

    report_number: int
    title: str
    url: str
    incident_id: int
    incident_title: str


def at_addresses(addresses: Sequence[str], *, viewer: Viewer) -> list[list[Linked]]:
    """Return, for each address, its visible reports in listed incidents, once for each incident.

    Two addresses are the same when host and path are.
    """
    keys = [urls.match_key(one) for one in addresses]
    wanted = set(filter(None, keys))
    domains = {urls.source_domain(one) for one in addresses} - {""}
    found: dict[str, list[Linked]] = {}
    if wanted:
        for row in _links(viewer, domains):
            key = urls.match_key(row.url)
            if key in wanted:
                found.setdefault(key, []).append(row)
    return [found.get(key, []) for key in keys]


def numbers_by_address(viewer: Viewer) -> dict[str, list[int]]:
    """Return the numbers of listed incidents by host and path of their visible reports.

    An address that cannot be parsed counts as it is.
    """
    found: dict[str, list[int]] = {}
    for row in _links(viewer):
        numbers = found.setdefault(urls.match_key(row.url) or row.url, [])
        if row.incident_id not in numbers:
            numbers.append(row.incident_id)
    return found


def _links(viewer: Viewer, domains: set[str] | None = None) -> Iterator[Linked]:
    rows = IncidentReport.objects.filter(
        visible(viewer, "report__"), complete("report__"), incident__in=queries.listed(viewer)
    )
    if domains is not None:
        rows = rows.filter(report__source_domain__in=domains)
    values = rows.order_by("incident__incident_id", "position").values_list(
        "report__report_number",
        "report__title",
        "report__url",
        "incident__incident_id",
        "incident__title",
    )
    return (Linked(*row) for row in values.iterator(chunk_size=2_000))

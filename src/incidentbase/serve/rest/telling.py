"""What webhooks are told of a record: an item of `/api/v1/changes` with the record in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from incidentbase.kit import clock
from incidentbase.serve.http.shapes import Shape
from incidentbase.serve.rest import following, reading, records
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import since
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import queries as reviewed
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies import sheets

SUBMISSION = "submission"


def told(kind: str, key: str, *, is_gone: bool, at: dt.datetime, base: str) -> Shape:
    """Return what is told of a record that changed, or is gone, without the record itself."""
    url: str | None = f"{base}/apps/submitted/"
    if kind != SUBMISSION:
        url = following.address_of(kind, key, base=base)
    return {
        "kind": kind,
        # The id of a submission is half of its tracking code.
        "id": None if kind == SUBMISSION else key,
        "event": "gone" if is_gone else "changed",
        "at": clock.iso(at),
        "url": None if is_gone else url,
    }


def record(kind: str, key: str, *, viewer: Viewer, base: str) -> Shape | None:
    """Return a record as lists of the API give it, None if the viewer may not see it."""
    return _READERS[kind](key, viewer, base)


def _incident(key: str, viewer: Viewer, base: str) -> Shape | None:
    rows = list(incidents.listed(viewer).filter(incident_id=int(key)))
    found = records.incident_list(rows, reading.INCIDENT.of_list(""), viewer=viewer, base=base)
    return found[0] if found else None


def _report(key: str, viewer: Viewer, base: str) -> Shape | None:
    row = reports.get(int(key), viewer=viewer)
    if row is None:
        return None
    wanted = reading.REPORT.of_list("")
    return records.report_list([row], wanted, viewer=viewer, base=base)[0]


def _entity(key: str, viewer: Viewer, base: str) -> Shape | None:
    row = incidents.entity(key, viewer=viewer)
    if row is None:
        return None
    wanted = reading.ENTITY.of_list("")
    return records.entity_list([row], wanted, viewer=viewer, base=base)[0]


def _taxonomy(key: str, viewer: Viewer, base: str) -> Shape | None:
    rows = taxonomies.all_taxonomies(viewer)
    row = next((one for one in rows if one.namespace == key), None)
    return records.taxonomy(row, base=base) if row else None


def _classification(key: str, viewer: Viewer, _base: str) -> Shape | None:
    rows = taxonomies.classifications(viewer).filter(public_id=key)
    row = sheets.with_answers(rows).first()
    return records.classification(row) if row else None


def _submission(key: str, _viewer: Viewer, _base: str) -> Shape | None:
    row = reviewed.queue().filter(public_id=key).first()
    return records.submission(row) if row else None


_READERS: dict[str, Callable[[str, Viewer, str], Shape | None]] = {
    since.INCIDENT: _incident,
    since.REPORT: _report,
    since.ENTITY: _entity,
    since.TAXONOMY: _taxonomy,
    since.CLASSIFICATION: _classification,
    SUBMISSION: _submission,
}

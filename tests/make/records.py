"""Incidents, reports and what belongs to them, made by the same actions that imports use."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from incidentbase.kit import clock, hashing
from incidentbase.store.accounts.rules import Viewer, system
from incidentbase.store.imports import actions as imports

AT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
_ids = itertools.count(1)


def actor() -> Viewer:
    """Return who makes the records."""
    return system("tests", AT)


def object_id(*parts: object) -> str:
    """Return a lasting id of 24 hexadecimal digits."""
    return hashing.digest([str(part) for part in parts])[:24]


def bring_in(kind: str, *states: dict[str, Any]) -> None:
    """Import states and insist that none is refused."""
    outcome = imports.import_states(kind, list(states), actor=actor())
    assert not outcome.skipped, outcome.skipped


def entity(entity_id: str, name: str = "", *, kind: str = "") -> str:
    """Make an entity and return its id."""
    bring_in(
        "entity",
        {
            "object_id": object_id("entity", entity_id),
            "entity_id": entity_id,
            "name": name or entity_id.title(),
            "kind": kind,
            "created_at": None,
            "modified_at": None,
        },
    )
    return entity_id


def relationship(subject: str, predicate: str, target: str) -> None:
    """Say how an entity stands to another; related stands for both directions."""
    bring_in(
        "entity_relationship",
        {
            "object_id": object_id("relationship", subject, predicate, target),
            "predicate": predicate,
            "is_symmetric": predicate == "related",
            "created_at": None,
            "subject": subject,
            "object": target,
        },
    )


def report_state(number: int, **changes: Any) -> dict[str, Any]:
    """Return the state of an ordinary report."""
    text = changes.pop("text", f"The text of report {number} tells what happened.\n")
    published = changes.pop("published", dt.date(2024, 1, number % 28 + 1))
    moment = clock.iso(clock.midnight(published))
    return {
        "object_id": object_id("report", number),
        "report_number": number,
        "title": f"Headline of report {number}",
        "url": f"https://news.example/{number}",
        "source_domain": "news.example",
        "text": text,
        "plain_text": text,
        "language": "en",
        "image_url": "",
        "cloudinary_id": "reports/",
        "description": "",
        "editor_notes": "",
        "inputs_outputs": [],
        "published_at": moment,
        "downloaded_at": moment,
        "submitted_at": moment,
        "modified_at": moment,
        "created_at": moment,
        "is_flagged": False,
        "is_quiet": False,
        "snippet_max_characters": 1_000_000,
        "submitted_by": "",
        "authors": ["Ann Author"],
        "submitters": ["Anonymous"],
        "tags": [],
        "visibility": "public",
        "embargoed_until": None,
        **changes,
    }


def report(number: int, **changes: Any) -> int:
    """Make a report and return its number."""
    bring_in("report", report_state(number, **changes))
    return number


def incident_state(number: int, **changes: Any) -> dict[str, Any]:
    """Return the state of an ordinary incident."""
    return {
        "object_id": object_id("incident", number),
        "incident_id": number,
        "title": f"Title of incident {number}",
        "description": f"Description of incident {number}.",
        "date": "2024-01-02",
        "editor_notes": "",
        "created_at": "2024-01-03T00:00:00.000Z",
        "modified_at": None,
        "map_x": None,
        "map_y": None,
        "reports": [],
        "deployers": [],
        "developers": [],
        "harmed": [],
        "implicated": [],
        "editors": [],
        "machine_similar": [],
        "editor_similar": [],
        "editor_dissimilar": [],
        "flagged_dissimilar": [],
        "visibility": "public",
        "embargoed_until": None,
        **changes,
    }


def incident(number: int, **changes: Any) -> int:
    """Make an incident and return its number."""
    bring_in("incident", incident_state(number, **changes))
    return number


def duplicate(number: int, *, of: int) -> None:
    """Make a number the duplicate of another."""
    bring_in(
        "incident_duplicate",
        {
            "object_id": object_id("duplicate", number),
            "duplicate_number": number,
            "true_number": of,
        },
    )


def incident_translation(number: int, language: str, title: str, description: str = "") -> None:
    """Store a translation of an incident."""
    bring_in(
        "incident_translation",
        {
            "object_id": object_id("translation", number, language),
            "incident_id": number,
            "language": language,
            "title": title,
            "description": description,
            "is_dirty": False,
            "created_at": None,
            "modified_at": None,
        },
    )


def report_translation(number: int, language: str, title: str, text: str) -> None:
    """Store a translation of a report."""
    bring_in(
        "report_translation",
        {
            "object_id": object_id("report translation", number, language),
            "report_number": number,
            "language": language,
            "title": title,
            "text": text,
            "plain_text": text,
            "is_dirty": False,
            "created_at": None,
        },
    )


def field(name: str, display_type: str = "string", **changes: Any) -> dict[str, Any]:
    """Return the definition of a taxonomy field."""
    return {
        "short_name": name,
        "display_type": display_type,
        "short_description": f"What {name} means.",
        "public": True,
        "instant_facet": True,
        "weight": 10,
        "subfields": [],
        **changes,
    }


def taxonomy(namespace: str, *fields: dict[str, Any], **changes: Any) -> str:
    """Make a taxonomy and return its namespace."""
    bring_in(
        "taxonomy",
        {
            "object_id": object_id("taxonomy", namespace),
            "namespace": namespace,
            "weight": 70,
            "description": f"What {namespace} is for.",
            "complete_entities": None,
            "is_automated": None,
            "headings": [],
            "fields": list(fields),
            **changes,
        },
    )
    return namespace


def classification(
    namespace: str, incident_id: int | None, *attributes: list[str], **changes: Any
) -> str:
    """Make a classification and return its id."""
    made = object_id("classification", namespace, incident_id, next(_ids))
    bring_in(
        "classification",
        {
            "object_id": made,
            "namespace": namespace,
            "incident_id": incident_id,
            "report_number": None,
            "notes": "",
            "is_published": True,
            "attributes": list(attributes),
            "visibility": "public",
            "embargoed_until": None,
            **changes,
        },
    )
    return made

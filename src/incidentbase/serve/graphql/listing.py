"""Records that no single table holds: taxonomies, checklists, the versions of records.

They are made one after the other, and filters and orders work on what was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from incidentbase.kit import clock, text
from incidentbase.serve.graphql.filters import Asking
from incidentbase.serve.graphql.matching import in_order, record_predicate, tests_of
from incidentbase.serve.graphql.table import RECORDS
from incidentbase.store.accounts.rules import ADMIN, require
from incidentbase.store.checklists import precedents
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists import rules as checklist_rules
from incidentbase.store.checklists.precedents import Assessment
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import past, published
from incidentbase.store.records.past import Past, PastVersion

Record = dict[str, Any]
Asked = Mapping[str, Any]
Listing = Callable[[Asking, Asked], Iterator[Record]]

_BATCH = 200


def many(name: str, asking: Asking, asked: Asked) -> list[Any]:
    """Return the records of a type that a request asks for; raises NotPermitted."""
    given = asked.get("filter") or {}
    meets = record_predicate(given)
    found = []
    for record in LISTINGS[name](asking, given):
        asking.budget.spend(1)
        if meets(record):
            found.append(record)
    page = asked.get("pagination") or {}
    skip, limit = max(0, page.get("skip") or 0), max(0, page.get("limit") or 0)
    ordered = in_order(found, list(RECORDS[name]), asked.get("sort"))
    return ordered[skip : skip + limit] if limit else ordered[skip:]


def _taxonomies(asking: Asking, _given: Asked) -> Iterator[Record]:
    for state in published.states("taxonomy", at=asking.viewer.at):
        yield {
            "_id": state["object_id"],
            "complete_entities": state["complete_entities"],
            "description": state["description"],
            "dummy_fields": [
                {"field_number": number, "short_name": name} for number, name in state["headings"]
            ],
            "field_list": [_field(one) for one in state["fields"]],
            "namespace": state["namespace"],
            "weight": state["weight"],
            "automatedClassifications": state["is_automated"],
        }


def _field(state: State) -> Record:
    default = state.get("default")
    return {
        **state,
        # The reference has texts only, whatever the type of the answer.
        "default": default if default is None or isinstance(default, str) else str(default),
        "permitted_values": [str(one) for one in state.get("permitted_values") or ()],
        "complete_from": state.get("complete_from") or None,
        "subfields": [_field(one) for one in state.get("subfields") or ()],
    }


def _checklists(asking: Asking, _given: Asked) -> Iterator[Record]:
    rows = checklists.visible_to(asking.viewer).order_by("pk")
    keys = list(rows.values_list("public_id", flat=True))
    for start in range(0, len(keys), _BATCH):
        for state in checklists.states(keys[start : start + _BATCH]).values():
            yield _checklist(state, asking)


def _checklist(state: State, asking: Asking) -> Record:
    tags = state["tags"] or {}
    assessed = cache(lambda: precedents.assess(state, viewer=asking.viewer))
    return {
        "_id": state["object_id"],
        "id": state["checklist_id"],
        "owner_id": state["owner_id"],
        "name": state["name"],
        "about": state["about"],
        "date_created": clock.from_iso(state["created_at"]),
        "date_updated": clock.from_iso(state["updated_at"]),
        **{f"tags_{name}": list(tags.get(name) or ()) for name in checklist_rules.TAG_LISTS},
        "risks": [
            _risk(one, partial(_precedents, assessed, place))
            for place, one in enumerate(state["risks"])
        ],
    }


def _risk(risk: Mapping[str, Any], found: Callable[..., list[Record]]) -> Record:
    texts = ("id", "title", "severity", "likelihood", "risk_status", "risk_notes")
    tags = checklist_rules.risk_tags(risk)
    return {
        **{name: checklist_rules.said(risk, name) for name in texts},
        "tag": next(iter(tags), None),
        "tags": tags,
        "touched": bool(risk.get("touched")),
        # What was stored is as old as the risk: readers get what is seen today, when they ask.
        "precedents": found,
    }


def _precedents(assessed: Callable[[], Assessment], place: int) -> list[Record]:
    return [
        {
            "id": str(one.number),
            "title": one.title,
            "description": one.description,
            "incident_id": one.number,
            "tags": list(one.tags),
        }
        for one in assessed().saved[place].precedents
    ]


def _notifications(asking: Asking, _given: Asked) -> Iterator[Record]:
    require(asking.viewer, ADMIN)
    # Mails follow the history: none is noted down before it is sent.
    yield from ()


def _history_of_incidents(asking: Asking, given: Asked) -> Iterator[Record]:
    rows = incidents.visible_incidents(asking.viewer).order_by("incident_id")
    numbers = _numbers(rows.values_list("incident_id", flat=True), given.get("incident_id"))
    for number, version in _versions(numbers, past.of_incident, asking):
        state: State = version.state or {}
        yield {
            "_id": _object_id("incident", number, version.seq),
            "AllegedDeployerOfAISystem": state["deployers"],
            "AllegedDeveloperOfAISystem": state["developers"],
            "AllegedHarmedOrNearlyHarmedParties": state["harmed"],
            "implicated_systems": state["implicated"],
            "created_at": version.at,
            "date": state["date"],
            "description": state["description"],
            "modifiedBy": _account(version),
            "editor_dissimilar_incidents": state["editor_dissimilar"],
            "editor_notes": state["editor_notes"],
            "editor_similar_incidents": state["editor_similar"],
            "editors": list(version.editor_ids),
            "date_modified": clock.from_iso(state["modified_at"]),
            "flagged_dissimilar_incidents": state["flagged_dissimilar"],
            "incident_id": number,
            "nlp_similar_incidents": [
                {"incident_id": other, "similarity": likeness}
                for other, likeness in state["machine_similar"]
            ],
            "reports": state["reports"],
            "title": state["title"],
            "tsne": _place(state),
        }


def _history_of_reports(asking: Asking, given: Asked) -> Iterator[Record]:
    rows = published.published_reports(asking.viewer)
    numbers = _numbers(rows.values_list("report_number", flat=True), given.get("report_number"))
    for number, version in _versions(numbers, past.of_report, asking):
        state: State = version.state or {}
        moments = {
            f"date_{name}": clock.from_iso(state[f"{name}_at"])
            for name in ("downloaded", "modified", "published", "submitted")
        }
        yield {
            "_id": _object_id("report", number, version.seq),
            **{name: state[name] for name in _SAME_IN_REPORTS},
            **moments,
            **{
                f"epoch_{name}": int(moment.timestamp() // 1)
                for name, moment in moments.items()
                if moment and name != "date_downloaded"
            },
            "created_at": version.at,
            "modifiedBy": _account(version),
            "flag": state["is_flagged"],
            # The text without its markup is not kept from version to version.
            "plain_text": text.markdown_to_plain(state["text"]),
            "quiet": state["is_quiet"],
            "user": state.get("submitted_by"),
        }


_SAME_IN_REPORTS = (
    *("authors", "cloudinary_id", "description", "editor_notes", "image_url", "inputs_outputs"),
    *("language", "report_number", "source_domain", "snippet_max_characters", "submitters"),
    *("tags", "text", "title", "url"),
)


def _numbers(all_of_them: Iterable[int], given: Any) -> Iterable[int]:
    """Return the numbers of the records that a filter may mean."""
    tests = dict(tests_of(given or {}))
    if isinstance(tests.get("EQ"), int):
        return [tests["EQ"]]
    if isinstance(tests.get("IN"), list):
        return [one for one in tests["IN"] if isinstance(one, int)]
    return list(all_of_them)


def _versions(
    numbers: Iterable[int], of: Callable[..., Past | None], asking: Asking
) -> Iterator[tuple[int, PastVersion]]:
    """Yield the shown versions of records, the oldest of each first."""
    for number in dict.fromkeys(numbers):
        asking.budget.check_time()
        found = of(number, viewer=asking.viewer) if number > 0 else None
        for version in reversed(found.versions if found else ()):
            if version.state is not None:
                yield number, version


def _account(version: PastVersion) -> str:
    return version.actor.account_id if version.actor else ""


def _place(state: State) -> Record | None:
    return None if state["map_x"] is None else {"x": state["map_x"], "y": state["map_y"]}


def _object_id(kind: str, number: int, seq: int) -> str:
    """Return a lasting id of a version: it has none of its own."""
    named = f"{kind}:{number}:{seq}".encode()
    return hashlib.sha256(named).hexdigest()[:24]


LISTINGS: dict[str, Listing] = {
    "Taxa": _taxonomies,
    "Checklist": _checklists,
    "Notification": _notifications,
    "History_incident": _history_of_incidents,
    "History_report": _history_of_reports,
}

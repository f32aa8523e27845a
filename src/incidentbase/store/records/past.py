"""The history of one record as a viewer may read it (ADR 3).

A version is shown when the viewer could have seen the record at some moment while the version
stood, and what is compared are shown versions only: nothing of a time in which the record was
hidden is told by what came before or after. Of lists only those members remain that the viewer
may see today, and a version that differs in nothing else is as if it had never been.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.history import queries as history
from incidentbase.store.history.mirrors import State
from incidentbase.store.history.models import Change
from incidentbase.store.history.rules import Delta, difference
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries, rules
from incidentbase.store.reports import queries as reports
from incidentbase.store.taxonomies import queries as taxonomies

INCIDENT = "incident"
REPORT = "report"
CLASSIFICATION = "classification"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change: an account by its public name, or a part of the system by its own.

    The name of an account is empty where the viewer may not know it.
    """

    is_account: bool
    name: str
    # The id of an account whose name the viewer may know.
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class PastVersion:
    """One version as the viewer may read it; of one that is not shown only the number is known.

    `group` names the act for those from whom nothing is hidden. `delta` holds what differs from
    the next older version shown, nothing when `is_first`.
    `state` is None too where the change removed the record. `has_gap` says that versions
    between this one and the next older one shown are not shown.
    """

    seq: int
    at: dt.datetime | None = None
    actor: Actor | None = None
    action: str = ""
    reason: str = ""
    group: uuid.UUID | None = None
    state: State | None = None
    delta: Delta = field(default_factory=dict)
    is_first: bool = False
    has_gap: bool = False
    # The ids of the editors whose names the viewer may know.
    editor_ids: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether the viewer may read more than the number."""
        return self.at is not None


@dataclass(frozen=True, slots=True)
class Past:
    """All versions of a record, newest first, and names of the entities that they speak of."""

    versions: list[PastVersion]
    entity_names: dict[str, str]

    def version(self, seq: int) -> PastVersion | None:
        """Return the shown version of this number that has a state, None when there is none."""
        return next((one for one in self.versions if one.seq == seq and one.state), None)


def of_incident(number: int, *, viewer: Viewer) -> Past | None:
    """Return the past of an incident, None when there is none to be seen.

    A duplicate has a past of its own as long as it may be seen.
    """
    if not incidents.visible_incidents(viewer).filter(incident_id=number).exists():
        return None
    return _past(INCIDENT, str(number), viewer)


def of_report(number: int, *, viewer: Viewer) -> Past | None:
    """Return the past of a report, None when there is none to be seen.

    A variant is seen through its incidents.
    """
    report = reports.visible(viewer).filter(report_number=number).first()
    if report is None:
        return None
    if not report.is_complete and not incidents.parents_of(report, viewer=viewer).exists():
        return None
    return _past(REPORT, str(number), viewer)


def _past(kind: str, key: str, viewer: Viewer) -> Past:
    found = list(queries.versions(kind, key))
    shown = _shown(found, viewer)
    view = _View.over(shown.values(), viewer)
    older = {newer.seq: before for newer, before in pairwise(shown.values())}
    versions = []
    for place, version in enumerate(found):
        if version.seq not in shown:
            versions.append(PastVersion(version.seq))
            continue
        before = older.get(version.seq)
        has_gap = place + 1 < len(found) and before is not found[place + 1]
        entry = view.entry(version, before, has_gap=has_gap)
        if entry is not None:
            versions.append(entry)
    return Past(versions, view.entity_names)


def _shown(found: Sequence[queries.Version], viewer: Viewer) -> dict[int, queries.Version]:
    """Return the versions that the viewer could have seen while they stood, by number."""
    shown = {}
    replaced_at: dt.datetime | None = None
    for version in found:
        if rules.seen_while_it_stood(viewer, version.state, replaced_at=replaced_at):
            shown[version.seq] = version
        replaced_at = version.change.at
    return shown


@dataclass(frozen=True, slots=True)
class _View:
    """What the viewer may know of the records and people that the versions name."""

    is_full: bool
    reports: frozenset[int]
    incidents: frozenset[int]
    entity_names: dict[str, str]
    people: dict[str, str]
    # What the source of a report lets readers see of its text now holds for older texts too.
    most_characters: int | None
    quiet: frozenset[Any]

    @classmethod
    def over(cls, versions: Iterable[queries.Version], viewer: Viewer) -> _View:
        known = list(versions)
        named = rules.named_in([one.state for one in known if one.state is not None])
        is_full = rules.sees_everything(viewer)
        acts = [] if is_full else _others_in_acts([one.change for one in known])
        numbers = {
            kind: {int(key) for _group, other, key in acts if other == kind}
            for kind in (INCIDENT, REPORT)
        }
        seen_reports = _visible_reports(named.reports | numbers[REPORT], viewer)
        seen_incidents = _visible_incidents(named.incidents | numbers[INCIDENT], viewer)
        answers = {key for _group, kind, key in acts if kind == CLASSIFICATION}
        seen = {
            **dict.fromkeys((INCIDENT, str(one)) for one in seen_incidents),
            **dict.fromkeys((REPORT, str(one)) for one in seen_reports),
            **dict.fromkeys(
                (CLASSIFICATION, one) for one in taxonomies.visible_ids(answers, viewer=viewer)
            ),
        }
        actors = {one.change.actor.partition(":")[2] for one in known}
        return cls(
            is_full=is_full,
            reports=seen_reports,
            incidents=seen_incidents,
            entity_names=incidents.entity_names(named.entities, viewer=viewer),
            people=incidents.names_of_credited(named.editors | actors, viewer=viewer),
            most_characters=(known[0].state or {}).get("snippet_max_characters") if known else None,
            quiet=frozenset(group for group, *record in acts if tuple(record) not in seen),
        )

    def entry(
        self, version: queries.Version, before: queries.Version | None, *, has_gap: bool
    ) -> PastVersion | None:
        """Return a shown version, None when all that it changed is hidden from the viewer."""
        change = version.change
        earlier = before.state if before else None
        is_first = earlier is None
        state = None if version.state is None else self.state(version.state)
        raw = difference(earlier or {}, version.state or {})
        delta = {} if earlier is None else difference(self.state(earlier), state or {})
        if not self.is_full and raw and not (delta or is_first or has_gap):
            return None
        keeps_quiet = (
            has_gap or change.group in self.quiet or self._hides_some(raw, is_first=is_first)
        )
        kind = change.kind
        return PastVersion(
            seq=version.seq,
            at=change.at,
            actor=self.actor(change.actor),
            action=change.action if self.is_full or not keeps_quiet else f"{kind}.edit",
            reason=change.reason if self.is_full or not keeps_quiet else "",
            group=change.group if self.is_full else None,
            state=state,
            delta=delta if state is not None else {},
            is_first=is_first,
            has_gap=has_gap,
            editor_ids=tuple(
                one for one in (version.state or {}).get("editors") or () if one in self.people
            ),
        )

    def _hides_some(self, raw: Delta, *, is_first: bool) -> bool:
        """Return whether a difference speaks of what this viewer may not know."""
        if not is_first and rules.OWN_VISIBILITY & raw.keys():
            return True
        return any(
            not self._may_name(name, member)
            for name in rules.NAMING.keys() & raw.keys()
            for member in rules.altered(*raw[name])
        )

    def state(self, state: State) -> State:
        """Return what the viewer may read of a state."""
        if self.is_full:
            shown = {name: value for name, value in state.items() if name not in rules.DERIVED}
        else:
            shown = {
                name: self._of_list(name, value) if name in rules.NAMING else value
                for name, value in rules.cut_to_size(state, limit=self.most_characters).items()
                if name not in rules.DERIVED | rules.INTERNAL_FIELDS
            }
        if "editors" in shown:
            shown["editors"] = [self.people.get(one, "") for one in shown["editors"] or []]
        return shown

    def _of_list(self, name: str, value: list[Any] | None) -> list[Any]:
        return [member for member in value or [] if self._may_name(name, member)]

    def _may_name(self, name: str, member: Any) -> bool:
        what = rules.NAMING[name]
        if what == "reports":
            return member in self.reports
        if what == "entities":
            return member in self.entity_names
        if what == "incidents":
            return (member[0] if isinstance(member, list) else member) in self.incidents
        return True

    def actor(self, label: str) -> Actor:
        """Return who a label stands for."""
        kind, _colon, name = label.partition(":")
        if kind == "account":
            known = self.people.get(name, "")
            return Actor(is_account=True, name=known, account_id=name if known else "")
        return Actor(is_account=False, name=name)


def _visible_reports(numbers: set[int], viewer: Viewer) -> frozenset[int]:
    rows = reports.visible(viewer).filter(report_number__in=numbers)
    return frozenset(rows.values_list("report_number", flat=True))


def _visible_incidents(numbers: set[int], viewer: Viewer) -> frozenset[int]:
    rows = incidents.visible_incidents(viewer).filter(incident_id__in=numbers)
    return frozenset(rows.values_list("incident_id", flat=True))


def _others_in_acts(changes: Sequence[Change]) -> list[tuple[Any, str, str]]:
    """Return (group, kind, key) of what editors changed in the same acts."""
    by_editors = [one for one in changes if not one.action.endswith(".import")]
    return history.records_of_acts(by_editors, kinds=(INCIDENT, REPORT, CLASSIFICATION))

"""Reads for editors: what a form shows of a record and its translations, and in which versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from incidentbase.store.editing import rules
from incidentbase.store.entities.models import Entity
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import version_of
from incidentbase.store.records.kinds import KINDS
from incidentbase.store.reports.models import Report
from incidentbase.store.submissions.rules import ENTITY_FIELDS
from incidentbase.store.translations.models import IncidentTranslation, ReportTranslation


@dataclass(frozen=True, slots=True)
class Editable:
    """A record as an editor sees it: its state, its translations by language, their versions."""

    state: State
    translations: dict[str, State]
    seen: str
    # Of an incident the names of its entities by id, of a report the numbers of its incidents.
    entity_names: dict[str, str]
    incidents: list[int]


def incident(number: int) -> Editable | None:
    """Return an incident for its editors, None when there is none or it is a duplicate."""
    state = recorded.state_of("incident", str(number))
    if state is None or incidents.true_number(number) is not None:
        return None
    found = translations("incident", number)
    return Editable(state, found, _sealed(state, found), entity_names_of(state), [])


def report(number: int) -> Editable | None:
    """Return a report or variant for its editors, None when there is none."""
    state = recorded.state_of("report", str(number))
    if state is None:
        return None
    found = translations("report", number)
    return Editable(
        state, found, _sealed(state, found), {}, sorted(incidents.numbers_with_reports([number]))
    )


def translations(kind: str, number: int) -> dict[str, State]:
    """Return the translations of an incident or report by language."""
    rows = (
        IncidentTranslation.objects.filter(incident__incident_id=number)
        if kind == "incident"
        else ReportTranslation.objects.filter(report__report_number=number)
    )
    languages = list(rows.order_by("language").values_list("language", flat=True))
    states = KINDS[f"{kind}_translation"].states([f"{number}:{one}" for one in languages])
    return {one: states[f"{number}:{one}"] for one in languages}


def seal_of(kind: str, number: int) -> str:
    """Return the versions of a record and its translations as a form carries them."""
    state = recorded.state_of(kind, str(number))
    return _sealed(state or {}, translations(kind, number))


def incident_numbers(numbers: Iterable[int]) -> set[int]:
    """Return which of the numbers belong to a stored incident."""
    rows = Incident.objects.filter(incident_id__in=set(numbers))
    return set(rows.values_list("incident_id", flat=True))


def report_titles(numbers: Iterable[int]) -> dict[int, str]:
    """Return the titles of reports by their numbers."""
    rows = Report.objects.filter(report_number__in=set(numbers))
    return dict(rows.values_list("report_number", "title"))


def entity_names_of(state: State) -> dict[str, str]:
    """Return the names of an incident's entities by their ids."""
    named = {one for role in ENTITY_FIELDS for one in state.get(role, ())}
    return dict(Entity.objects.filter(entity_id__in=named).values_list("entity_id", "name"))


def _sealed(state: State, found: dict[str, State]) -> str:
    versions = {language: version_of(one) for language, one in found.items()}
    return rules.seal({rules.RECORD: version_of(state), **versions})

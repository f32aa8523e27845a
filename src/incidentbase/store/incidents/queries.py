"""Reads of incidents; every one that leaves the store starts from what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, ExtractYear

from incidentbase.kit import text
from incidentbase.store.accounts import queries as account_queries
from incidentbase.store.accounts.models import Account, visible
from incidentbase.store.accounts.rules import EMBARGOED, Viewer
from incidentbase.store.entities import queries as entity_queries
from incidentbase.store.entities.models import Entity
from incidentbase.store.history.mirrors import State
from incidentbase.store.incidents.mirrors import ENTITY_LISTS, INCIDENT, SIMILARITY_LISTS
from incidentbase.store.incidents.models import (
    ExternalLink,
    Incident,
    IncidentDuplicate,
    IncidentEditor,
    IncidentEntity,
    IncidentReport,
    IncidentSimilarity,
)
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, complete
from incidentbase.store.translations.models import IncidentTranslation

_LIST_OF_ROLE = {role: name for name, role in ENTITY_LISTS.items()}
_LIST_OF_SIMILARITY = {kind: name for name, kind in SIMILARITY_LISTS.items()}


def states(keys: Iterable[str]) -> dict[str, State]:
    """Return the present states of incidents with all their lists."""
    rows = INCIDENT.rows(keys)
    names = {row.pk: key for key, row in rows.items()}
    found = {key: {**INCIDENT.state_of(row), **_empty_lists()} for key, row in rows.items()}
    report_links = IncidentReport.objects.filter(incident_id__in=names).order_by("position")
    for incident, number in report_links.values_list("incident_id", "report__report_number"):
        found[names[incident]]["reports"].append(number)
    entity_links = IncidentEntity.objects.filter(incident_id__in=names).order_by("position")
    for incident, role, name in entity_links.values_list(
        "incident_id", "role", "entity__entity_id"
    ):
        found[names[incident]][_LIST_OF_ROLE[role]].append(name)
    editor_links = IncidentEditor.objects.filter(incident_id__in=names).order_by("position")
    for incident, name in editor_links.values_list("incident_id", "account__public_id"):
        found[names[incident]]["editors"].append(name)
    for row in IncidentSimilarity.objects.filter(incident_id__in=names).order_by("position"):
        state = found[names[row.incident_id]]
        if row.kind == IncidentSimilarity.MACHINE:
            state["machine_similar"].append([row.other_number, row.similarity])
        else:
            state[_LIST_OF_SIMILARITY[row.kind]].append(row.other_number)
    return found


def _empty_lists() -> State:
    names = ("reports", "editors", "machine_similar", *ENTITY_LISTS, *SIMILARITY_LISTS)
    return {name: [] for name in names}


def missing_targets(state: State) -> dict[str, list[str]]:
    """Return, by field, the reports, entities and editors that a state names and that are none."""
    numbers = set(state["reports"])
    names = {name for field in ENTITY_LISTS for name in state[field]}
    editors = set(state["editors"])
    known_names = entity_queries.existing_ids(names)
    gone = {
        "reports": numbers - reports.existing_numbers(numbers),
        "editors": editors - set(account_queries.states(editors)),
        **{field: set(state[field]) - known_names for field in ENTITY_LISTS},
    }
    return {field: sorted(map(str, names)) for field, names in gone.items() if names}


def visible_incidents(viewer: Viewer) -> QuerySet[Incident]:
    """Return every incident that the viewer may see, duplicates included."""
    return Incident.objects.visible_to(viewer)


def listed(viewer: Viewer) -> QuerySet[Incident]:
    """Return the incidents that lists, counts and neighbours speak of: without duplicates."""
    tombstones = IncidentDuplicate.objects.filter(duplicate_number=OuterRef("incident_id"))
    return visible_incidents(viewer).exclude(Exists(tombstones))


def get(incident_id: int, *, viewer: Viewer) -> Incident | None:
    """Return one listed incident, None when there is none to be seen."""
    return listed(viewer).filter(incident_id=incident_id).first()


def true_number(incident_id: int) -> int | None:
    """Return the number that a duplicate stands for at the end of its chain, None if it is none."""
    return true_numbers([incident_id]).get(incident_id)


def true_numbers(incident_ids: Iterable[int]) -> dict[int, int]:
    """Return, for those that are duplicates, the number at the end of the chain of each."""
    chain = dict(IncidentDuplicate.objects.values_list("duplicate_number", "true_number"))
    found = {}
    for incident_id in chain.keys() & set(incident_ids):
        seen = {incident_id}
        number = chain[incident_id]
        while number in chain and number not in seen:
            seen.add(number)
            number = chain[number]
        found[incident_id] = number
    return found


def with_report_counts(incidents: QuerySet[Incident], *, viewer: Viewer) -> QuerySet[Incident]:
    """Return the incidents with `report_count`: complete reports that the viewer may see."""
    counted = (
        IncidentReport.objects.filter(
            visible(viewer, "report__"), complete("report__"), incident=OuterRef("pk")
        )
        .order_by()
        .values("incident")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return incidents.annotate(
        report_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    )


def reports_of(incident: Incident, *, viewer: Viewer) -> QuerySet[Report]:
    """Return the visible reports of an incident by date of publication, variants included."""
    linked = reports.visible(viewer).filter(incident_links__incident=incident)
    return reports.with_parts(linked).order_by("published_at", "report_number")


def parents_of(report: Report, *, viewer: Viewer) -> QuerySet[Incident]:
    """Return the listed incidents that a report belongs to, with their report counts."""
    linked = listed(viewer).filter(report_links__report=report)
    return with_report_counts(linked, viewer=viewer).order_by("incident_id")


def entity_links_of(incidents: Iterable[Incident]) -> list[IncidentEntity]:
    """Return which entities stand in which roles of the incidents, in the order given."""
    return list(
        IncidentEntity.objects.filter(incident__in=[incident.pk for incident in incidents])
        .select_related("entity")
        .order_by("incident", "role", "position")
    )


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """An entity in a role of an incident, with all its names."""

    role: str
    entity_id: str
    names: tuple[str, ...]


def named_entities(keys: Iterable[int]) -> dict[int, list[NamedEntity]]:
    """Return the entities of incidents by the incidents' keys, in the order given."""
    links = IncidentEntity.objects.filter(incident__in=set(keys)).order_by(
        "incident", "role", "position", "entity__aliases__name"
    )
    # An entity with aliases comes in one row for each.
    named: dict[tuple[int, str, str], list[str]] = {}
    for incident, role, entity_id, name, alias in links.values_list(
        "incident_id", "role", "entity__entity_id", "entity__name", "entity__aliases__name"
    ):
        names = named.setdefault((incident, role, entity_id), [name])
        if alias is not None:
            names.append(alias)
    found: dict[int, list[NamedEntity]] = {}
    for (incident, role, entity_id), names in named.items():
        entity = NamedEntity(role, entity_id, tuple(names))
        found.setdefault(incident, []).append(entity)
    return found


def translated_words(keys: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Return (language, title, description) of all translations by the incidents' keys."""
    rows = IncidentTranslation.objects.filter(incident__in=set(keys)).order_by("language")
    found: dict[int, list[tuple[str, str, str]]] = {}
    for key, language, title, description in rows.values_list(
        "incident_id", "language", "title", "description"
    ):
        found.setdefault(key, []).append((language, title, description))
    return found


def editors_of(incident: Incident) -> list[IncidentEditor]:
    """Return the editors of an incident in order."""
    return list(
        IncidentEditor.objects.filter(incident=incident)
        .select_related("account")
        .order_by("position")
    )


def external_links_of(incident: Incident) -> list[ExternalLink]:
    """Return the addresses of the same incident in other databases."""
    return list(ExternalLink.objects.filter(incident=incident).order_by("namespace", "url"))


def links_lacking(number: int, *, into: int) -> list[str]:
    """Return the ids of the external links of one incident that another lacks."""
    own = ExternalLink.objects.filter(incident__incident_id=into)
    taken = set(own.values_list("namespace", "url"))
    rows = ExternalLink.objects.filter(incident__incident_id=number).order_by("pk")
    return [row.public_id for row in rows if (row.namespace, row.url) not in taken]


def similarities_of(incident: Incident) -> list[Any]:
    """Return what machines and people said about like and unlike incidents.

    Each row has `true_number`: what its number leads to if it is a duplicate, else None.
    """
    leads_to = IncidentDuplicate.objects.filter(duplicate_number=OuterRef("other_number"))
    rows = IncidentSimilarity.objects.filter(incident=incident).order_by("position")
    return list(rows.annotate(true_number=Subquery(leads_to.values("true_number")[:1])))


def cards(numbers: Iterable[int], *, viewer: Viewer) -> dict[int, Incident]:
    """Return listed incidents by number, with report counts and translations, for cards."""
    wanted = list(numbers)
    found = with_report_counts(
        listed(viewer).filter(incident_id__in=wanted), viewer=viewer
    ).prefetch_related("translations")
    return {incident.incident_id: incident for incident in found}


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The numbers before and after an incident among those listed."""

    previous: int | None
    following: int | None


def neighbors(incident_id: int, *, viewer: Viewer) -> Neighbors:
    """Return the nearest listed incident numbers on both sides."""
    shown = listed(viewer)
    before = shown.filter(incident_id__lt=incident_id).aggregate(n=Max("incident_id"))["n"]
    after = shown.filter(incident_id__gt=incident_id).aggregate(n=Min("incident_id"))["n"]
    return Neighbors(before, after)


def number_at(share: float, *, viewer: Viewer) -> int | None:
    """Return the incident number at a share (0 to 1) of the list: a random one for a random share.

    None when nothing is listed.
    """
    shown = listed(viewer).order_by("incident_id").values_list("incident_id", flat=True)
    total = shown.count()
    if total == 0:
        return None
    place = min(int(share * total), total - 1)
    return shown[place : place + 1].get()


def newest(viewer: Viewer, *, limit: int) -> list[Incident]:
    """Return the incidents with the newest reports that are not kept quiet."""
    links = (
        IncidentReport.objects.filter(
            visible(viewer, "report__"), report__is_quiet=False, incident__in=listed(viewer)
        )
        .order_by("-report__submitted_at", "-report__report_number")
        .values_list("incident__incident_id", flat=True)
    )
    # Several of the newest reports often tell of one incident, so look a little further.
    numbers = list(dict.fromkeys(links[: limit * 20]))[:limit]
    found = cards(numbers, viewer=viewer)
    return [found[number] for number in numbers if number in found]


def count_by_year(viewer: Viewer) -> list[tuple[int, int]]:
    """Return (year, number of listed incidents) in order, without empty years."""
    rows = (
        listed(viewer)
        .annotate(year=ExtractYear("date"))
        .values("year")
        .annotate(number=Count("pk"))
        .order_by("year")
    )
    return [(row["year"], row["number"]) for row in rows]


def titles(viewer: Viewer, *, languages: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return (title, its language) by number: in the first of the languages that there is.

    Where there is none, the title as it was written, in English.
    """
    rows = listed(viewer).order_by("incident_id").values_list("incident_id", "title")
    found = {number: (title, "en") for number, title in rows}
    translated = IncidentTranslation.objects.filter(language__in=languages)
    ranked = sorted(
        translated.values_list("language", "incident__incident_id", "title"),
        key=lambda row: -languages.index(row[0]),
    )
    for language, number, title in ranked:
        if number in found:
            found[number] = (title, language)
    return found


def translations_of(incident: Incident) -> list[IncidentTranslation]:
    """Return the stored translations of an incident."""
    return list(IncidentTranslation.objects.filter(incident=incident).order_by("language"))


def entity_links_listed(viewer: Viewer) -> QuerySet[IncidentEntity]:
    """Return every role of every entity in listed incidents."""
    return IncidentEntity.objects.filter(incident__in=listed(viewer))


def visible_entities(viewer: Viewer) -> QuerySet[Entity]:
    """Return the entities that the viewer may know of: those that a listed incident names.

    A name that stands only in withheld incidents would give them away.
    """
    links = entity_links_listed(viewer).filter(entity=OuterRef("pk"))
    return Entity.objects.filter(Exists(links))


def entity(entity_id: str, *, viewer: Viewer) -> Entity | None:
    """Return one visible entity with its aliases, None when there is none."""
    found = visible_entities(viewer).filter(entity_id=entity_id)
    return found.prefetch_related("aliases").first()


def entity_names(entity_ids: Iterable[str], *, viewer: Viewer) -> dict[str, str]:
    """Return the names of visible entities by their ids."""
    rows = visible_entities(viewer).filter(entity_id__in=set(entity_ids))
    return dict(rows.values_list("entity_id", "name"))


def entity_names_like(words: str, *, limit: int, viewer: Viewer) -> list[str]:
    """Return the names of visible entities of which a name or other name holds the words.

    Names that begin so come first, then those in which a word does; case and accents are the same.
    """
    wanted = text.folded(words)
    if not wanted:
        return []
    rows = visible_entities(viewer).order_by("name", "aliases__name")
    best: dict[str, tuple[int, int]] = {}
    for name, alias in rows.values_list("name", "aliases__name"):
        for called in filter(None, (name, alias)):
            key = text.folded(called)
            place = key.find(wanted)
            if place < 0:
                continue
            rank = 0 if place == 0 else 1 if not key[place - 1].isalnum() else 2
            best[name] = min(best.get(name, (3, 0)), (rank, len(key)))
    return sorted(best, key=lambda name: (*best[name], name))[:limit]


def credited(viewer: Viewer) -> QuerySet[Account]:
    """Return the accounts that a listed incident credits as editors.

    Who is credited nowhere has not shown a name in public.
    """
    credits = IncidentEditor.objects.filter(account=OuterRef("pk"), incident__in=listed(viewer))
    return Account.objects.filter(Exists(credits))


def accounts_in_sight(viewer: Viewer) -> QuerySet[Account]:
    """Return the accounts that the viewer may know of: the credited and their own; admins all."""
    if viewer.is_admin:
        return Account.objects.all()
    own = Account.objects.filter(public_id=viewer.account_id)
    return credited(viewer) | own if viewer.account_id else credited(viewer)


def names_of_credited(public_ids: Iterable[str], *, viewer: Viewer) -> dict[str, str]:
    """Return the names of credited accounts by their public ids."""
    rows = credited(viewer).filter(public_id__in=set(public_ids))
    return {row.public_id: row.full_name for row in rows if row.full_name}


def report_links_of(keys: Iterable[int]) -> list[tuple[int, int]]:
    """Return (incident key, report key) pairs of the incidents, in the order of their reports."""
    links = IncidentReport.objects.filter(incident__in=set(keys))
    return list(links.order_by("incident", "position").values_list("incident_id", "report_id"))


def report_links_to(keys: Iterable[int]) -> list[tuple[int, int]]:
    """Return (incident key, report key) pairs of the incidents that the reports belong to."""
    links = IncidentReport.objects.filter(report__in=set(keys))
    return list(
        links.order_by("report", "incident__incident_id").values_list("incident_id", "report_id")
    )


def numbers_by_report(keys: Iterable[int], *, viewer: Viewer) -> dict[int, list[int]]:
    """Return the numbers of the listed incidents of reports, by the reports' keys."""
    links = IncidentReport.objects.filter(report__in=set(keys), incident__in=listed(viewer))
    found: dict[int, list[int]] = {}
    for report, number in links.order_by("incident__incident_id").values_list(
        "report_id", "incident__incident_id"
    ):
        found.setdefault(report, []).append(number)
    return found


def newest_of_reports(keys: Iterable[int], *, viewer: Viewer) -> dict[int, int]:
    """Return the number of each report's listed incident with the latest date, by report keys."""
    links = IncidentReport.objects.filter(report__in=set(keys), incident__in=listed(viewer))
    ordered = links.order_by("incident__date", "incident__incident_id")
    return dict(ordered.values_list("report_id", "incident__incident_id"))


def report_numbers_by_incident(keys: Iterable[int], *, viewer: Viewer) -> dict[int, list[int]]:
    """Return the numbers of the visible complete reports of incidents, by the incidents' keys."""
    links = IncidentReport.objects.filter(
        visible(viewer, "report__"), complete("report__"), incident__in=set(keys)
    )
    found: dict[int, list[int]] = {}
    for incident, number in links.order_by("incident", "position").values_list(
        "incident_id", "report__report_number"
    ):
        found.setdefault(incident, []).append(number)
    return found


def external_urls(keys: Iterable[int]) -> dict[int, list[str]]:
    """Return the addresses of incidents in other databases, by the incidents' keys."""
    rows = ExternalLink.objects.filter(incident__in=set(keys)).order_by("namespace", "url")
    found: dict[int, list[str]] = {}
    for incident, url in rows.values_list("incident_id", "url"):
        found.setdefault(incident, []).append(url)
    return found


def numbers_naming(entity_ids: Iterable[str]) -> set[int]:
    """Return the numbers of all incidents that name one of the entities."""
    links = IncidentEntity.objects.filter(entity__entity_id__in=set(entity_ids))
    return set(links.values_list("incident__incident_id", flat=True))


def numbers_with_reports(report_numbers: Iterable[int]) -> set[int]:
    """Return the numbers of all incidents that one of the reports belongs to."""
    links = IncidentReport.objects.filter(report__report_number__in=set(report_numbers))
    return set(links.values_list("incident__incident_id", flat=True))


def report_numbers_of(numbers: Iterable[int]) -> set[int]:
    """Return the numbers of all reports that belong to one of the incidents."""
    links = IncidentReport.objects.filter(incident__incident_id__in=set(numbers))
    return set(links.values_list("report__report_number", flat=True))


def released(after: dt.datetime, until: dt.datetime) -> tuple[set[int], set[int]]:
    """Return the incident and report numbers whose embargo ended in the time span."""
    span = {"embargoed_until__gt": after, "embargoed_until__lte": until}
    return (
        set(Incident.objects.filter(**span).values_list("incident_id", flat=True)),
        set(Report.objects.filter(**span).values_list("report_number", flat=True)),
    )


def releases(
    after: dt.datetime, until: dt.datetime, *, viewer: Viewer
) -> list[tuple[str, dt.datetime]]:
    """Return the numbers of the listed incidents whose embargo ended in the time span, and when."""
    rows = listed(viewer).filter(
        visibility=EMBARGOED, embargoed_until__gt=after, embargoed_until__lte=until
    )
    pairs = rows.values_list("incident_id", "embargoed_until")
    return [(str(key), end) for key, end in pairs if end is not None]

"""What earlier incidents tell of a system that is described by tags: its risks, with precedents.

An incident is like the system when a published classification gives it any of the tags. Every
failure or harm that such an incident is classified with is a risk, and the incident a precedent.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.checklists import rules
from incidentbase.store.checklists.rules import Risk, State, Tag
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.taxonomies import queries as taxonomies
from incidentbase.store.taxonomies.models import TaxonomyField

MOST_SUGGESTIONS = 12


@dataclass(frozen=True, slots=True)
class Precedent:
    """An incident that shows a risk, and the tags that it shares with the system."""

    number: int
    title: str
    description: str
    date: dt.date
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A risk that precedents suggest."""

    tag: Tag
    precedents: tuple[Precedent, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """A risk that the owner keeps, with what precedents there are for it."""

    risk: Risk
    precedents: tuple[Precedent, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The risks of a checklist: those kept, in their order, and those only suggested."""

    saved: tuple[Saved, ...]
    suggested: tuple[Candidate, ...]


def assess(state: State, *, viewer: Viewer) -> Assessment:
    """Return the risks of a checklist with the precedents that the viewer may see.

    What is suggested leaves out every risk that is kept with the same tags. A kept risk has the
    precedents of all its tags.
    """
    kept = [(risk, rules.risk_tags(risk)) for risk in state["risks"]]
    named = [tag.source for _risk, tags in kept for tag in map(rules.tag_of, tags) if tag]
    sources = rules.sources_of(state)
    found = candidates(rules.tags_of(state), [*sources, *named], viewer=viewer)
    by_tag = {str(one.tag): one for one in found}
    taken = {tuple(sorted(tags)) for _risk, tags in kept}
    return Assessment(
        saved=tuple(Saved(risk, _united(tags, by_tag)) for risk, tags in kept),
        suggested=tuple(
            one for one in found if one.tag.source in sources and (str(one.tag),) not in taken
        ),
    )


def _united(tags: Iterable[str], by_tag: dict[str, Candidate]) -> tuple[Precedent, ...]:
    found = {one.number: one for tag in tags if tag in by_tag for one in by_tag[tag].precedents}
    return tuple(sorted(found.values(), key=_first_the_likest))


def candidates(tags: Sequence[str], sources: Iterable[str], *, viewer: Viewer) -> list[Candidate]:
    """Return what incidents like this suffered from, most precedents first.

    `tags` describe the system, `sources` are the fields, as `NAMESPACE:field`, whose answers are
    risks. Only published classifications count, and incidents that lists show.
    """
    wanted = [tag for tag in map(rules.tag_of, tags) if tag]
    if not wanted:
        return []
    fields = taxonomies.answered_fields()
    like = _like(wanted, fields, viewer)
    if not like:
        return []
    names = {key: one for one in sources for key in fields.get(one, ())}
    rows = taxonomies.published_values(names, viewer=viewer).values_list(
        "field_id", "text", "attribute__classification__incident_id"
    )
    suffered: dict[Tag, set[int]] = defaultdict(set)
    for field, text, incident in rows:
        if incident in like:
            namespace, _colon, name = names[field].partition(":")
            suffered[Tag(namespace, name, text)].add(incident)
    precedents = _precedents(like, set().union(*suffered.values()), viewer)
    found = [
        Candidate(
            tag=tag,
            precedents=tuple(
                sorted(
                    (precedents[one] for one in keys if one in precedents), key=_first_the_likest
                )
            ),
        )
        for tag, keys in suffered.items()
    ]
    shown = [one for one in found if one.precedents]
    return sorted(shown, key=lambda one: (-len(one.precedents), one.tag.text, one.tag.source))


def _like(
    wanted: Iterable[Tag], fields: dict[str, list[int]], viewer: Viewer
) -> dict[int, list[str]]:
    """Return the tags that incidents have, by the incidents' keys."""
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    for tag in wanted:
        for key in fields.get(tag.source, ()):
            texts[key][tag.text] = str(tag)
    if not texts:
        return {}
    any_of = Q()
    for field, named in texts.items():
        any_of |= Q(field=field, text__in=list(named))
    rows = taxonomies.published_values(texts, viewer=viewer).filter(any_of)
    like: dict[int, list[str]] = defaultdict(list)
    for field, text, incident in rows.values_list(
        "field_id", "text", "attribute__classification__incident_id"
    ):
        like[incident].append(texts[field][text])
    return dict(like)


def _precedents(
    like: dict[int, list[str]], keys: Iterable[int], viewer: Viewer
) -> dict[int, Precedent]:
    rows = incidents.listed(viewer).filter(pk__in=set(keys))
    return {
        key: Precedent(number, title, description, date, tuple(sorted(set(like[key]))))
        for key, number, title, description, date in rows.values_list(
            "pk", "incident_id", "title", "description", "date"
        )
    }


def _first_the_likest(one: Precedent) -> tuple[int, int]:
    return (-len(one.tags), -one.number)


def risk_sources() -> list[str]:
    """Return the fields, as `NAMESPACE:field`, whose answers can be risks."""
    return [_source(field) for field in taxonomies.filterable_fields() if _is_source(field)]


def _is_source(field: TaxonomyField) -> bool:
    return rules.names_risks(field.short_name) and field.display_type != "bool"


def _source(field: TaxonomyField) -> str:
    return f"{field.taxonomy.namespace}:{field.short_name}"


def suggestions(words: str, purpose: str, *, viewer: Viewer) -> list[str]:
    """Return tags that a few letters may mean: what classifications use, the most used first.

    `purpose` is a list of tags (`goals`, `methods`, `other`), or `risks` for what names risks.
    """
    fields = {one.pk: _source(one) for one in _fields_for(purpose)}
    found = taxonomies.published_values(fields, viewer=viewer)
    for word in words.replace(":", " ").split():
        named = [pk for pk, source in fields.items() if word.casefold() in source.casefold()]
        found = found.filter(Q(text__icontains=word) | Q(field__in=named))
    counted = found.values_list("field_id", "text").annotate(times=Count("pk"))
    often = counted.order_by("-times", "text", "field_id")[:MOST_SUGGESTIONS]
    return [f"{fields[field]}:{text}" for field, text, _times in often]


def _fields_for(purpose: str) -> list[TaxonomyField]:
    fields = taxonomies.filterable_fields()
    if purpose == "risks":
        return [one for one in fields if _is_source(one)]
    return [one for one in fields if rules.list_for(one.short_name) == purpose]


def resolved(
    typed: Iterable[str], purpose: str, *, known: Iterable[str] = (), viewer: Viewer
) -> tuple[list[str], list[str]]:
    """Return the tags that lines of a form mean, and the lines that mean none.

    A line is a tag in full, or an answer alone where the list has but few fields. New tags must be
    in use; those `known` may stay.
    """
    kept = set(known)
    lines = [" ".join(line.split()) for line in typed]
    if not set(lines) - kept - {""}:
        return [line for line in dict.fromkeys(lines) if line], []
    fields = {one.pk: _source(one) for one in _fields_for(purpose)}
    tags = {line: rules.tag_of(line) for line in lines if line not in kept}
    texts = {tag.text if tag else line for line, tag in tags.items()} | set(tags)
    used = defaultdict(list)
    rows = taxonomies.published_values(fields, viewer=viewer).filter(text__in=texts)
    pairs = set(rows.values_list("field_id", "text")) if texts else set()
    # In the order of the fields: what is known of an incident comes before what may be.
    for field, source in fields.items():
        for text in texts:
            if (field, text) in pairs:
                used[text].append(f"{source}:{text}")
    found: dict[str, None] = {}
    unknown = []
    for line in filter(None, lines):
        tag = tags.get(line)
        if line in kept:
            found[line] = None
        elif tag and str(tag) in used[tag.text]:
            found[str(tag)] = None
        elif used[line]:
            found[used[line][0]] = None
        else:
            unknown.append(line)
    return list(found), unknown

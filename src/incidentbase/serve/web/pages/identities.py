"""Which entity a name stands for: the editor of an entity, merging two, names while one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from incidentbase.kit import paging
from incidentbase.serve.http import params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, naming, presenting
from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.serve.web.guarding import editors_page
from incidentbase.store.entities import queries as entities
from incidentbase.store.identities import actions, queries, rules
from incidentbase.store.identities.queries import Editable
from incidentbase.store.identities.rules import EntityDraft
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, version_of
from incidentbase.store.submissions.rules import Problem

LONGEST_QUERY = 100
MOST_SUGGESTIONS = 10
PAGE_SIZE = 50
# Percent of likeness; less than half makes everything a candidate of everything.
USUAL_LIKENESS, LEAST_LIKENESS = 90, 50


def suggest(request: HttpRequest) -> HttpResponse:
    """Return names of entities that a few letters may mean, for programs and forms."""
    words = request.GET.get("q", "").replace("\0", "")[:LONGEST_QUERY]
    names = incidents.entity_names_like(words, limit=MOST_SUGGESTIONS, viewer=viewer_of(request))
    return open_json({"names": names})


@dataclass(frozen=True, slots=True)
class _Typed:
    """The form of an entity: what was typed, and what it was made from."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    relations: Mapping[str, tuple[str, ...]]
    seen: str
    seen_aliases: tuple[str, ...]
    seen_relations: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, found: Editable) -> _Typed:
        """Return what the form shows at first."""
        return cls(
            name=found.state["name"],
            kind=found.state["kind"],
            aliases=tuple(found.aliases),
            relations={name: tuple(row.values()) for name, row in found.relations.items()},
            seen=version_of(found.state),
            seen_aliases=tuple(found.aliases),
            seen_relations={name: tuple(row) for name, row in found.relations.items()},
        )

    @classmethod
    def sent(cls, request: HttpRequest) -> _Typed:
        """Return what a post holds."""

        def lines(name: str) -> tuple[str, ...]:
            return reading.names(request.POST.get(name, "").split("\n"))

        return cls(
            name=request.POST.get("name", "").replace("\0", ""),
            kind=request.POST.get("kind", ""),
            aliases=lines("aliases"),
            relations={name: lines(name) for name in rules.RELATIONS},
            seen=request.POST.get("seen", ""),
            seen_aliases=lines("seen_aliases"),
            seen_relations={name: lines(f"seen_{name}") for name in rules.RELATIONS},
        )


@editors_page
def edit(request: HttpRequest) -> HttpResponse:
    """Show the editor of an entity, and save what was typed."""
    entity_id = request.GET.get("entity_id", "").replace("\0", "")
    found = queries.editable(entity_id) if entity_id else None
    if found is None:
        true = entities.true_id(entity_id) if entity_id else None
        if true is not None and request.method == "GET":
            return HttpResponseRedirect(f"{request.path}?{urlencode({'entity_id': true})}")
        return errors.not_found(request)
    if request.method != "POST":
        return _edit(request, found, _Typed.of(found))
    typed = _Typed.sent(request)
    named = {name: _ids_of(row, found.relations[name]) for name, row in typed.relations.items()}
    unknown = {name: missing for name, (_ids, missing) in named.items() if missing}
    if unknown:
        problems = dict.fromkeys(unknown, Problem(rules.NO_SUCH_ENTITY))
        return _edit(request, found, typed, problems=problems, unknown=unknown, status=422)
    draft = EntityDraft(
        typed.name,
        typed.kind,
        typed.aliases,
        **{name: tuple(ids) for name, (ids, _missing) in named.items()},
    )
    try:
        actions.edit_entity(
            entity_id,
            draft,
            seen=typed.seen,
            seen_aliases=typed.seen_aliases,
            seen_relations=typed.seen_relations,
            actor=viewer_of(request),
            reason=params.reason(request),
        )
    except actions.Refused as refused:
        return _edit(request, found, typed, problems=refused.problems, status=422)
    except EditConflict as conflict:
        fresh = queries.editable(entity_id) or found
        return _edit(request, fresh, typed, conflict=conflict, status=409)
    messages.success(request, _("Your changes are saved."))
    return HttpResponseRedirect(presenting.entity_url(entity_id))


def _ids_of(names: tuple[str, ...], present: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the ids that names stand for, and the names that stand for none.

    A name of one that is there at present, by its id, means that one.
    """
    own = {name: entity_id for entity_id, name in present.items()}
    ids = {name: own.get(name) or entities.id_of(name) for name in names}
    known = entities.existing_ids([one for one in ids.values() if one])
    return (
        [one for one in ids.values() if one in known],
        [name for name, one in ids.items() if one not in known],
    )


def _edit(
    request: HttpRequest,
    found: Editable,
    typed: _Typed,
    *,
    problems: Mapping[str, Problem] | None = None,
    unknown: Mapping[str, list[str]] | None = None,
    conflict: EditConflict | None = None,
    status: int = 200,
) -> HttpResponse:
    name, entity_id = found.state["name"], found.state["entity_id"]
    title = _("Edit entity: %(name)s") % {"name": name}
    labels = {"name": _("Name"), "kind": _("Kind")}
    theirs = {} if conflict is None else {labels[n]: c.theirs for n, c in conflict.clashes.items()}
    taken = conflict.taken if conflict else frozenset()
    context = {
        "heading": title,
        "entity_id": entity_id,
        "url": presenting.entity_url(entity_id),
        "merge_url": f"{reverse('entity-merge')}?{urlencode({'entity_id': entity_id})}",
        "name": found.state["name"] if "name" in taken else typed.name,
        "kinds": [
            {
                "value": one,
                "label": naming.kind_of_entity(one),
                "selected": one == (found.state["kind"] if "kind" in taken else typed.kind),
            }
            for one in rules.KINDS
        ],
        "aliases": "\n".join(typed.aliases),
        "relations": _relations(typed, problems or {}, unknown or {}),
        "suggest": reverse("entity-suggest"),
        "seen": conflict.version if conflict else typed.seen,
        "seen_aliases": "\n".join(typed.seen_aliases),
        "reason": params.reason(request),
        "wrong": {field: _in_words(problem, []) for field, problem in (problems or {}).items()},
        "has_problems": bool(problems),
        "theirs": theirs,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/identities/edit.html", context, status=status)


def _relations(
    typed: _Typed, problems: Mapping[str, Problem], unknown: Mapping[str, list[str]]
) -> list[dict[str, str]]:
    labels = {
        "parents": (_("Part of, or owned by"), _("One in each line. Its parts say it themselves.")),
        "version_of": (_("A version of"), _("One in each line. Its versions say it themselves.")),
        "related": (_("Related otherwise"), _("One in each line.")),
    }
    return [
        {
            "name": name,
            "label": label,
            "help": help_,
            "value": "\n".join(typed.relations[name]),
            "seen": "\n".join(typed.seen_relations[name]),
            "error": _in_words(problems[name], unknown.get(name, [])) if name in problems else "",
        }
        for name, (label, help_) in labels.items()
    ]


def _in_words(problem: Problem, unknown: list[str]) -> str:
    if problem.code == rules.IS_ITSELF:
        return _("This is the entity itself.")
    if problem.code == rules.IS_A_CIRCLE:
        return _("That leads in a circle: one of these is already below this entity.")
    if problem.code == rules.IS_ANOTHER:
        return _("One of these is the name of another entity. If they are one, merge them.")
    if problem.code == rules.NO_SUCH_ENTITY:
        return _("No entity is called so: %(names)s") % {"names": ", ".join(unknown)}
    return forms.in_words(problem)


@editors_page
def merge(request: HttpRequest) -> HttpResponse:
    """Show entities that may be one, compare two, and merge them."""
    if request.method == "POST":
        return _merged(request)
    gone_name, kept_name = (
        request.GET.get(name, "").replace("\0", "").strip() for name in ("entity_id", "into")
    )
    gone, kept = _named(gone_name), _named(kept_name)
    wrong = {
        field: _in_words(Problem(rules.NO_SUCH_ENTITY), [name])
        for field, name, found in (("entity_id", gone_name, gone), ("into", kept_name, kept))
        if name and found is None
    }
    if gone and kept and gone == kept:
        wrong["into"] = _in_words(Problem(rules.IS_ITSELF), [])
    is_ready = gone is not None and kept is not None and not wrong
    least = _least(request)
    pairs = [] if is_ready else queries.candidates(least=least)
    place = paging.paginate(total=len(pairs), page=params.page_number(request), size=PAGE_SIZE)
    title = _("Merge entities")
    context = {
        "heading": title,
        "gone": gone_name,
        "kept": kept_name,
        "wrong": wrong,
        "suggest": reverse("entity-suggest"),
        "sides": [_side(one) for one in (kept, gone)] if is_ready else [],
        "least": least,
        "candidates": [_candidate(pair) for pair in pairs[place.start : place.stop]],
        "is_ready": is_ready,
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/identities/merge.html", context, status=422 if wrong else 200)


def _merged(request: HttpRequest) -> HttpResponse:
    gone, kept = (
        request.POST.get(name, "").replace("\0", "").strip() for name in ("entity_id", "into")
    )
    try:
        actions.merge_entities(
            gone, into=kept, actor=viewer_of(request), reason=params.reason(request)
        )
    except (NoSuchRecord, actions.Refused):
        # Somebody else was faster, or the address was made by hand.
        query = urlencode({"entity_id": gone, "into": kept})
        return HttpResponseRedirect(f"{request.path}?{query}")
    group = recorded.newest_act("entity_duplicate", gone)
    return HttpResponseRedirect(reverse("act", args=[group]))


def _least(request: HttpRequest) -> int:
    given = request.GET.get("least", "")
    is_number = given.isascii() and given.isdigit() and len(given) <= 3
    return min(max(int(given), LEAST_LIKENESS), 100) if is_number else USUAL_LIKENESS


def _named(typed: str) -> str | None:
    """Return the entity that an id or a name stands for, None when there is none."""
    if not typed:
        return None
    if entities.existing_ids([typed]):
        return typed
    found = entities.id_of(typed)
    return found if found and entities.existing_ids([found]) else None


def _side(entity_id: str | None) -> dict[str, Any]:
    found = queries.editable(entity_id or "")
    if found is None:
        raise NoSuchRecord(f"entity {entity_id}")
    return {
        "id": entity_id,
        "name": found.state["name"],
        "url": presenting.entity_url(entity_id or ""),
        "aliases": found.aliases,
        "related": list(
            dict.fromkeys(name for row in found.relations.values() for name in row.values())
        ),
        "incidents": len(incidents.numbers_naming([entity_id or ""])),
    }


def _candidate(pair: queries.Candidate) -> dict[str, Any]:
    def url(gone: str, kept: str) -> str:
        return f"{reverse('entity-merge')}?{urlencode({'entity_id': gone, 'into': kept})}"

    return {
        "one": presenting.NamedLink(pair.name, presenting.entity_url(pair.entity_id)),
        "other": presenting.NamedLink(pair.other_name, presenting.entity_url(pair.other_id)),
        "likeness": pair.likeness,
        "keep_one": url(pair.other_id, pair.entity_id),
        "keep_other": url(pair.entity_id, pair.other_id),
    }
